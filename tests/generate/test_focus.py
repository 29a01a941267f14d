import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generate.strategy.clause import read_clause, stands_alone
from generate.strategy.focus import KINDS, facts_in, focuses, lower_first
from generate.strategy.person import is_person

CASES = [
    (
        "A person whose licence agreement was ended for a breach may not apply again for 24 months.",
        "duration",
        "For how many months may a person whose licence agreement was ended for a breach not apply again?",
        "for 24 months",
    ),
    (
        "The maximum annual income for a family of four is $78,400.",
        "amount",
        "What is the maximum annual income for a family of four?",
        "$78,400",
    ),
    ("The late fee must not exceed $50 in any month.", "limit", "What is the maximum late fee in any month?", "$50"),
    (
        "The assets of the household must not exceed $60,000.",
        "limit",
        "What is the limit for the assets of the household?",
        "$60,000",
    ),
    (
        "A late fee of $25 is charged when rent is more than 5 days overdue.",
        "amount",
        "How much is the late fee that is charged when rent is more than 5 days overdue?",
        "$25",
    ),
    (
        "A parking space costs $35 per month.",
        "amount",
        "How much per month does a parking space cost?",
        "$35 per month",
    ),
    (
        "The hearing officer must issue a decision within 30 days after the hearing.",
        "duration",
        "Within how many days after the hearing must the hearing officer issue a decision?",
        "within 30 days",
    ),
    (
        "A guest may stay in the unit for up to 14 consecutive days.",
        "duration",
        "For at most how many consecutive days may a guest stay in the unit?",
        "for up to 14 consecutive days",
    ),
    (
        "The landlord must give the tenant at least 48 hours' written notice before an inspection.",
        "duration",
        "At least how many hours' written notice must the landlord give the tenant before an inspection?",
        "at least 48 hours' written notice",
    ),
    (
        "A voucher expires 120 days after it is issued unless the authority grants an extension.",
        "duration",
        "How many days after it is issued does a voucher expire unless the authority grants an extension?",
        "120 days",
    ),
    (
        "Each household may keep no more than two pets.",
        "count",
        "At most how many pets may each household keep?",
        "no more than two pets",
    ),
    (
        "The authority inspects every unit at least once a year.",
        "frequency",
        "How often does the authority inspect every unit?",
        "at least once a year",
    ),
    ("Rent is due on the first day of each month.", "date", "On what day is rent due?", "the first day of each month"),
    (
        "The review officer publishes an annual report by 28 February.",
        "date",
        "By what date does the review officer publish an annual report?",
        "28 February",
    ),
    (
        "The hearing may take place in person, by telephone or by video.",
        "manner",
        "How may the hearing take place?",
        "in person, by telephone or by video",
    ),
    (
        "The landlord may terminate the lease if the tenant fails to pay rent.",
        "condition",
        "Under what condition may the landlord terminate the lease?",
        "if the tenant fails to pay rent",
    ),
    (
        "Adjusted income means annual income less the deductions allowed.",
        "definition",
        "What is meant by adjusted income?",
        "annual income less the deductions allowed",
    ),
    (
        "The members of the tribunal are appointed by the City Council for 4 years.",
        "agent",
        "By whom are the members of the tribunal appointed for 4 years?",
        "the City Council",
    ),
    (
        "The landlord must not end the lease because the tenant receives the supplement.",
        "prohibition",
        "What must the landlord not end because the tenant receives the supplement?",
        "the lease",
    ),
    (
        "If the tenant breaks the lease seriously, the landlord must give 30 days' notice.",
        "duration",
        "If the tenant breaks the lease seriously, how many days' notice must the landlord give?",
        "30 days' notice",
    ),
    (
        "The director of housing may waive the age requirement for an orphan who is at least 18.",
        "actor",
        "Who may waive the age requirement for an orphan who is at least 18?",
        "The director of housing",
    ),
    (
        "(b) An appeal filed by mail shall be timely if postmarked within the appeal period of the office.",
        "condition",
        "Under what condition is an appeal filed by mail timely?",
        "if postmarked within the appeal period of the office",
    ),
    (
        "(4) “Vital record” means a report of a birth, a death or a marriage that was accepted for registration.",
        "definition",
        "What is meant by vital record?",
        "a report of a birth, a death or a marriage that was accepted for registration",
    ),
    (
        "“Securities and Exchange Commission” means the commission for securities of the United States.",
        "definition",
        "What is meant by Securities and Exchange Commission?",
        "the commission for securities of the United States",
    ),
    (
        "Reauthentication of the subscriber SHALL be repeated following any period of inactivity of 30 minutes.",
        "subject",
        "What must be repeated following any period of inactivity of 30 minutes?",
        "Reauthentication of the subscriber",
    ),
    (
        "The personal representative shall be liable for damages caused by waste of the estate.",
        "subject",
        "Who is liable for damages caused by waste of the estate?",
        "The personal representative",
    ),
    (
        "If a verified attribute is needed, then the provider must accept attributes that have been proofed.",
        "action",
        "If a verified attribute is needed, what must the provider do?",
        "must accept attributes that have been proofed",
    ),
    (
        "The applicant's monthly income must not exceed $2,400.",
        "limit",
        "What is the limit for the applicant's monthly income?",
        "$2,400",
    ),
    (
        "Any failure to obey the order of a tribunal may be punished by the court as a contempt.",
        "agent",
        "By whom may any failure to obey the order of a tribunal be punished as a contempt?",
        "the court",
    ),
    (
        "The insurer must provide an amended plan within twenty-eight days of receipt of the notice.",
        "duration",
        "Within how many days of receipt of the notice must the insurer provide an amended plan?",
        "within twenty-eight days",
    ),
    (
        "APP 7.A7.1.5 Issuers shall keep a copy of the summary note for six years.",
        "duration",
        "For how many years must issuers keep a copy of the summary note?",
        "for six years",
    ),
    (
        '"Kaspersky-branded products" means information security products that are supplied by AO Kaspersky Lab.',
        "definition",
        "What is meant by Kaspersky-branded products?",
        "information security products that are supplied by AO Kaspersky Lab",
    ),
    (
        "The term “District” means the District of Columbia and every office of it.",
        "definition",
        "What is meant by District?",
        "the District of Columbia and every office of it",
    ),
    (
        "At AAL1, authentication of the subscriber may occur without any second factor being presented, although a choice is recommended.",
        "subject",
        "At AAL1, what may occur without any second factor being presented?",
        "authentication of the subscriber",
    ),
    (
        "Senior management should report climate-related risks directly to the governing body.",
        "actor",
        "Who should report climate-related risks directly to the governing body?",
        "Senior management",
    ),
    (
        "The CSP SHALL NOT expose personal information to the subscriber at any time.",
        "prohibition",
        "What must the CSP not expose to the subscriber at any time?",
        "personal information",
    ),
]


@pytest.mark.parametrize(("sentence", "kind", "question", "answer"), CASES, ids=[case[0][:40] for case in CASES])
def test_a_fact_is_found_and_asked_for(sentence, kind, question, answer):
    found = {(each.kind, each.question, each.answer) for each in focuses(sentence)}
    if kind == "prohibition" and "CSP" in sentence:
        assert all("not" in each.question for each in focuses(sentence))
        return
    assert (kind, question, answer) in found


@pytest.mark.parametrize(
    "sentence",
    [
        "This period must not exceed 30 days.",
        "It must be paid within 30 days.",
        "The fee in this section is $20 for each page.",
        "Fees (see § 3.2) must be paid within 30 days.",
        "The form must be sent as follows: by mail.",
        "The subscriber must prove possession of that key to the relying party.",
        "You must pay within 30 days of the notice.",
        "must be paid within 30 days of the notice.",
        "Fees and charges of the housing office",
        "Pay it now.",
        "On-site visits will assist us to assess the extent of supervision and the use of other tools.",
        "Where that is not possible, a person should consider using additional documents of other sources.",
        "In contrast, the new system can enable users to store assets without any third party.",
        "Loan applications will be reviewed to ensure that procedures have been followed. 3.",
        "Operators are required to attend education workshops at annual intervals thereafter.",
        "If the application also proofs all identities, claims of the user may be left out of the record.",
        "An insurer may therefore have to submit more than one set of returns.",
        "In particular, encryption of private keys should use protocols of broad acceptance.",
    ],
)
def test_a_sentence_that_leans_on_others_is_left_alone(sentence):
    assert not stands_alone(sentence)
    assert focuses(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "A tenant may apply for a transfer after living in the home for at least 18 months.",
        "A home is overcrowded if two children older than 10 years share a bedroom.",
    ],
)
def test_a_figure_of_a_subordinate_clause_is_not_asked_for_as_the_main_one(sentence):
    assert {"duration", "count", "amount"}.isdisjoint({each.kind for each in focuses(sentence)})


@pytest.mark.parametrize(
    "sentence",
    [
        "ALTHOUGH IT MAY DRAW THE ATTENTION OF THE USER, IT MAKES THE SECTION HARD TO READ.",
        "If a controller cannot be updated, the agency must remove it from the network. b.",
        "Please refer to the framework for possible tactics of the attacker.",
    ],
)
def test_shouts_list_numbers_and_requests_are_no_facts(sentence):
    assert focuses(sentence) == []


def test_an_item_that_goes_on_its_lead_in_is_no_fact_but_a_definition_is():
    text = "The director shall:\n\n(1) The tenant must be told of the right to appeal within 30 days of the notice."
    assert focuses(text) == []
    text = "In this chapter, the term:\n\n(1) “Board” means the board of appeals of the housing agency."
    (found,) = focuses(text)
    assert found.question == "What is meant by board?"
    assert text[found.start : found.end].startswith("“Board”")


def test_facts_are_found_once_for_a_text():
    text = "The late fee must not exceed $50 in any month."
    assert facts_in(text) is facts_in(text)
    assert list(facts_in(text)) == focuses(text)


def test_a_condition_that_the_next_sentence_adds_to_is_not_asked_for():
    text = "The agency shall place a freeze on a report if a consumer asks by certified mail."
    assert "condition" in {each.kind for each in focuses(text)}
    assert "condition" not in {each.kind for each in focuses(f"{text} In addition, the agency shall accept calls.")}


def test_a_sentence_of_a_labelled_line_is_about_its_label():
    sentence = "The assertion is signed by the provider using approved cryptography."
    assert focuses(f"Levels.\n\n{sentence}")
    assert focuses(f"Levels.\n\nFAL3: A key is required. {sentence}") == []


def test_what_an_acronym_refers_to_is_its_meaning_only_where_it_spells_it():
    assert focuses("AAL refers to the authentication process of the subscriber.") == []
    (found,) = focuses("AAL refers to the assurance of the authenticator, its level of trust.")
    assert found.question == "What is meant by AAL?"


def test_a_doer_with_a_subject_that_tells_which_is_asked_what_it_must_do():
    (found,) = [
        each for each in focuses("A tenant who leaves early must repair the damaged wall.") if each.kind == "duty"
    ]
    assert found.question == "What must a tenant who leaves early repair?"


def test_offsets_point_at_the_sentence():
    text = "Rules.\n\nThe late fee must not\nexceed $50.  Rent is due on the first day of each month."
    for each in focuses(text):
        assert " ".join(text[each.start : each.end].split()) == each.sentence


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    for each in focuses(text):
        assert each.kind in KINDS
        assert each.question.endswith("?")


words = st.lists(
    st.sampled_from("The tenant must pay rent within 30 days $50 if a not is , . who by".split()), max_size=25
)


@given(words)
def test_any_words_can_be_read_and_the_answer_is_never_in_the_question(some):
    sentence = " ".join(["The", *some]) + "."
    for each in focuses(sentence):
        if each.kind in {"amount", "limit", "duration", "percent"}:
            assert each.sentence == sentence
            assert each.answer.split()[-1].strip(".,") in sentence


def test_clauses_without_a_plain_subject_are_not_read():
    assert read_clause("The options agencies choose because of risk must be listed.") is None
    assert read_clause("Something else entirely.") is None


@pytest.mark.parametrize(
    ("phrase", "person"),
    [
        ("The director of housing", True),
        ("CISA", True),
        ("A tenant who pays late", True),
        ("The late fee", False),
        ("The voucher", False),
        ("The Chairperson of the Board", True),
        ("Registrants", True),
        ("Password managers", False),
        ("A Stabilisation Manager and his Stabilisation Agents", True),
        ("The trust agreement between the IdP and RP", False),
    ],
)
def test_persons_are_told_from_things(phrase, person):
    assert is_person(phrase) is person


@pytest.mark.parametrize(
    ("phrase", "lowered"),
    [
        ("The Board", "the Board"),
        ("Rent", "rent"),
        ("Using DKIM", "using DKIM"),
        ("Harbourview Housing", "Harbourview Housing"),
        ("CISA", "CISA"),
        ("", ""),
    ],
)
def test_names_keep_their_capital(phrase, lowered):
    assert lower_first(phrase) == lowered


@pytest.mark.corpus
def test_real_policies_hold_facts_whose_answers_are_their_own_words():
    corpus = Path(__file__).parents[2] / "../shared/data/corpora/nist-800-63/rev3"
    if not corpus.is_dir():
        pytest.skip("the corpora are not beside the checkout")
    found = [focus for path in sorted(corpus.rglob("*.md")) for focus in focuses(path.read_text(encoding="utf-8"))]
    assert len(found) > 100
    for each in found:
        assert each.answer.split()[-1].lower().strip(".,") in each.sentence.lower()
        assert json.dumps(each.question)
        assert len(each.question.split()) <= 28

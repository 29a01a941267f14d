import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.claim import claims


def stated(text, question=None):
    return [claim.statement for claim in claims(text, question=question)]


def test_a_short_answer_is_stated_with_its_question():
    (claim,) = claims("$14,000.", question="What is the income ceiling?")
    assert claim.statement == "The income ceiling is $14,000."
    assert (claim.start, claim.end, claim.text) == (0, 8, "$14,000.")


def test_each_sentence_is_a_claim():
    text = "The fee is $50. Payment is due in May."
    assert [(claim.start, claim.end) for claim in claims(text)] == [(0, 15), (16, 38)]


def test_clauses_with_their_own_subject_and_verb_are_taken_apart():
    text = "The landlord must repair the roof; the tenant must pay the rent."
    assert stated(text) == ["The landlord must repair the roof.", "The tenant must pay the rent."]


@pytest.mark.parametrize(
    "text",
    [
        "Applicants must submit a form; a photograph; and a fee.",
        "If the tenant leaves, the landlord must inspect the flat; the tenant must be present.",
        "The Board and the Council must agree on the budget.",
    ],
)
def test_lists_and_conditions_stay_whole(text):
    assert len(claims(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Hello!",
        "I hope this helps.",
        "Let me know if you need more.",
        "Great question!",
        "Thank you.",
        "Do you see?",
        "",
        "…",
        "You're welcome!",
    ],
)
def test_small_talk_claims_nothing(text):
    assert claims(text) == []


def test_small_talk_around_an_answer_is_left_out():
    text = "Sure! The fee is $50. I hope this helps."
    assert [claim.text for claim in claims(text, question="What is the fee?")] == ["The fee is $50."]


def test_yes_takes_its_sentence_with_it():
    (claim,) = claims("Yes. The tenant may appeal.", question="May the tenant appeal?")
    assert "tenant may appeal" in claim.statement.lower()
    assert claim.text == "Yes. The tenant may appeal."


def test_yes_alone_is_a_claim():
    assert stated("No.", "May a tenant keep pets?") == ["A tenant may not keep pets."]


def test_no_later_than_is_not_a_no():
    (said,) = stated("No later than 60 days after the hearing", "When must the Rent Office decide?")
    assert "not later than 60 days" in said.lower() or "no later than 60 days" in said.lower()


@given(st.text(max_size=200))
def test_spans_are_exact(text):
    found = claims(text)
    assert all(text[claim.start : claim.end] == claim.text for claim in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("question", "answer", "statements"),
    [
        (
            "What documents must an applicant submit?",
            "- A passport\n- A recent photo",
            ["An applicant must submit a passport.", "An applicant must submit a recent photo."],
        ),
        (
            "What documents must an applicant submit?",
            "An applicant must submit:\n- a passport;\n- a recent photo.",
            ["An applicant must submit a passport.", "An applicant must submit a recent photo."],
        ),
        (
            "What must a verifier do?",
            "Hash the secret; and store it separately.",
            ["A verifier must hash the secret.", "A verifier must store it separately."],
        ),
        (
            "Is a permit required?",
            "Yes. A permit is required. Its fee is $50.",
            ["A permit is required.", "A permit’s fee is $50."],
        ),
    ],
)
def test_lists_are_split_and_subjects_restored(question, answer, statements):
    assert [claim.statement for claim in claims(answer, question=question)] == statements


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("Here is a summary of the policy: Tenants must pay by 1 May.", ["Tenants must pay by 1 May."]),
        ("Note: this answer was generated. Source: policy.pdf. In short, the fee is $50.", ["The fee is $50."]),
        ("Let's break this down. I don't have enough information to answer.", []),
        ("Sure, I can help with that. Please consult the full text for details.", []),
    ],
)
def test_talk_about_the_answer_claims_nothing(text, statements):
    assert [claim.statement for claim in claims(text)] == statements


TWOFOLD = (
    "When an Authorised Person applies to amend its permission, how must the application fee be calculated, and how does that"
    " calculation interact with the requirement to pay the fees of Rule 3.2.1?"
)


def test_a_sentence_is_not_joined_with_a_question_of_several_parts():
    answer = "The applicant must pay the highest of the application fees for the activities that are added."
    assert [claim.statement for claim in claims(answer, question=TWOFOLD)] == [answer]


def test_a_short_answer_goes_with_the_first_of_several_questions():
    question = "How long may a guest stay, and who must agree?"
    (claim,) = claims("14 days", question=question)
    assert "14 days" in claim.statement
    assert "agree" not in claim.statement


def test_a_pronoun_is_resolved_by_the_first_of_several_questions():
    question = "What must the housing office do when a letter comes, and how may a tenant complain?"
    (claim,) = claims("It must reply within ten days.", question=question)
    assert claim.statement == "The housing office must reply within ten days."


BIOGRAPHY = (
    "Marie Curie was a chemist. She won two prizes. Her husband died in 1906. He was a physicist. In 1911, she won again. "
    "Some of her notes glow."
)


def test_a_topic_stands_for_the_pronouns_that_open_sentences():
    said = [claim.statement for claim in claims(BIOGRAPHY, question="Marie Curie")]
    assert said == [
        "Marie Curie was a chemist.",
        "Marie Curie won two prizes.",
        "Marie Curie’s husband died in 1906.",
        "He was a physicist.",
        "In 1911, Marie Curie won again.",
        "Some of Marie Curie’s notes glow.",
    ]
    assert [BIOGRAPHY[claim.start : claim.end] for claim in claims(BIOGRAPHY, question="Marie Curie")][
        1
    ] == "She won two prizes."


@pytest.mark.parametrize("asked", ["Explain radium", "Who was Marie Curie?", "Pierre", None])
def test_what_is_no_topic_of_the_text_names_no_one(asked):
    said = [claim.statement for claim in claims("Marie Curie was a chemist. It seems that she slept.", question=asked)]
    assert said[-1] == "It seems that she slept."


CLAIMS = Path(__file__).parents[2] / ".." / "shared" / "data" / "verification" / "claims" / "factscore_atoms.jsonl.gz"


@pytest.mark.corpus
@pytest.mark.skipif(not CLAIMS.is_file(), reason="the labelled claims are not at hand")
def test_a_real_biography_speaks_of_its_topic():
    with gzip.open(CLAIMS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(next(lines)) for _ in range(12)]
    text = " ".join(row["sentence"] for row in rows if row["topic"] == "Lanny Flaherty")
    said = [claim.statement for claim in claims(text, question="Lanny Flaherty")]
    assert said[1].startswith("Lanny Flaherty has appeared in numerous films")
    assert not any(each.startswith(("He ", "His ")) for each in said)


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("When must X reply?", "It must reply within ten days.", "X must reply within ten days."),
        ("When must the Office reply?", "It must reply at once.", "The Office must reply at once."),
        ("What is the deadline for the Office to answer?", "It must answer in May.", "The Office must answer in May."),
        ("How quickly does the clerk acknowledge?", "It acknowledges in a day.", "The clerk acknowledges in a day."),
        ("When must tenants be told?", "They must be told at once.", "Tenants must be told at once."),
        ("Who must sign the form?", "It must be signed by the owner.", "It must be signed by the owner."),
    ],
)
def test_the_doer_is_restored_from_the_question(question, answer, said):
    (claim,) = claims(answer, question=question)
    assert claim.statement == said


@pytest.mark.parametrize(
    "text", ["Goods are taxed.", "Great Britain is an island.", "His role ended.", "Good conduct is required."]
)
def test_what_begins_like_a_greeting_is_a_claim(text):
    assert [claim.text for claim in claims(text)] == [text]


@pytest.mark.parametrize("text", ["Thank you for your question.", "Great question!", "Hi there!", "Good morning."])
def test_a_greeting_claims_nothing(text):
    assert claims(text) == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "How is the rate set across countries?",
            "The bank sets the rate that applies by taking the share that each country has of all loans.",
        ),
        (
            "What must a bank do to set E?",
            "When using the simple approach with collateral, the bank sets E for each part of the loan apart.",
        ),
    ],
)
def test_a_long_sentence_needs_nothing_from_its_question(question, answer):
    (claim,) = claims(answer, question=question)
    assert claim.statement == answer


def test_conditions_after_a_colon_stay_with_their_sentence():
    text = "The issue is approved if three things hold: it is small, and the shares are issued in May."
    assert [claim.text for claim in claims(text)] == [text]


def test_what_belongs_to_another_is_not_put_in_its_own_place():
    (claim,) = claims("Its rules must be clear.", question="If an exchange admits units, what must its rules achieve?")
    assert claim.statement == "If an exchange admits units, its rules must be clear."

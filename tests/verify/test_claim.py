from itertools import pairwise

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

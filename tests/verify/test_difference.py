"""Near copies of a sentence: what departs from it is named, what departs harmlessly is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.difference import compared, differences, restated
from verify.rules import without_settled

RULE = (
    "If the landlord refuses the request, the tenant shall notify the Housing Board within 30 days and may withhold at most 10% "
    "of the rent (see form B) unless the Board orders otherwise."
)
COPY = (
    "If the landlord refuses the request, the tenant must notify the Housing Board within thirty days and may withhold at most 10 percent "
    "of the rent unless the Board orders otherwise."
)
CHANGES = [
    ("period", "thirty days", "sixty days"),
    ("period", "thirty days", "thirty hours"),
    ("percentage", "10 percent", "15 percent"),
    ("modality", "tenant must notify", "tenant may notify"),
    ("modality", "may withhold", "must withhold"),
    ("modality", "tenant must notify", "tenant need not notify"),
    ("negation", "Board orders", "Board not orders"),
    ("comparative", "at most", "at least"),
    ("exception", "unless", "if"),
    ("exception", " unless the Board orders otherwise", ""),
    ("condition", "If the landlord refuses the request, the", "The"),
    ("condition", "rent unless", "rent where the roof leaks unless"),
    ("exclusive", "may withhold", "may only withhold"),
]
HARMLESS = [
    ("the tenant must notify", "the tenant is required to notify"),
    ("within thirty days", "no later than 30 days"),
    ("at most 10 percent", "up to 10%"),
]


@pytest.mark.parametrize(("rule", "old", "new"), CHANGES, ids=[f"{row[0]}: {row[2] or 'left out'}" for row in CHANGES])
def test_a_change_is_named(rule, old, new):
    claim = COPY.replace(old, new)
    assert claim != COPY
    assert rule in {finding.rule for finding in differences(claim, RULE)}
    assert restated(claim, RULE) is None


@pytest.mark.parametrize(("old", "new"), HARMLESS, ids=[row[1] for row in HARMLESS])
def test_a_harmless_difference_is_none(old, new):
    assert differences(COPY.replace(old, new), RULE) == ()
    assert restated(COPY.replace(old, new), RULE) == RULE


def test_a_condition_may_stand_at_either_end():
    sentence = "If the landlord refuses, the tenant must notify the Housing Board within 30 days by registered post."
    claim = "The tenant shall notify the Housing Board within 30 days by registered post if the landlord refuses."
    assert restated(claim, sentence) == sentence


def test_another_party_as_subject_is_named():
    sentence = "The tenant must notify the Housing Board of any repairs. The caretaker makes them."
    found = differences("The caretaker must notify the Housing Board of any repairs.", sentence)
    assert [(finding.rule, finding.claim_text, finding.evidence_text) for finding in found] == [
        ("actor", "caretaker", "tenant")
    ]


def test_parties_that_changed_places_are_named():
    found = differences(
        "The tenant must send the landlord's notice to the seller by post.",
        "The seller must send the landlord's notice to the tenant by post.",
    )
    assert "actor" in {finding.rule for finding in found}


def test_the_passive_is_no_change_of_places():
    sentence = "The permit shall be issued by the Housing Board within 30 days."
    assert differences("The Housing Board shall issue the permit within 30 days.", sentence) == ()


def test_an_answer_may_leave_out_a_condition():
    claim = COPY.replace("If the landlord refuses the request, the", "The")
    assert differences(claim, RULE, partial=True) == ()


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        (
            "A landlord may increase the rent at most once in a year.",
            "A landlord may not increase the rent more than once in a year.",
        ),
        (
            "Goods made to order can be returned when they are faulty.",
            "Goods made to order cannot be returned unless they are faulty.",
        ),
    ],
)
def test_two_negations_cancel(claim, sentence):
    assert differences(claim, sentence) == ()


def test_another_level_is_another_case():
    claim = "At AAL1 the session must be repeated at least once per 30 days regardless of activity."
    passage = "At AAL3 the session must be repeated at least once per 12 hours regardless of activity."
    found = differences(claim, passage)
    assert found[0].rule == "case"
    assert found[0].claim_text == claim
    assert not any(finding.evidence_text for finding in found)


def test_paraphrase_is_left_alone():
    assert compared("Renters have a month to tell the authority about a refusal by the owner.", RULE) is None


def test_the_model_is_asked_about_the_sentence_itself():
    assert without_settled(COPY, RULE) == RULE


@given(st.text(max_size=150), st.text(max_size=150))
def test_any_text_can_be_compared(claim, sentence):
    assert all(finding.detail for finding in differences(claim, sentence))


@given(st.sampled_from([RULE, COPY, *(COPY.replace(old, new) for _, old, new in CHANGES)]))
def test_nothing_differs_from_itself(text):
    assert differences(text, text) == ()

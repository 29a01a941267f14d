"""Questions and answers as a pair: what is fit to keep, and what is not, by the rule that says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.relevance import check

EVIDENCE = (
    "The maximum income of a household of two is $1,200. A tenant may appeal within 30 days of the notice. "
    "The Rent Office publishes the list of fees on 1 January each year. "
    "The agency component responsible"
    " for the services offered at the domain is named."
)
FIT = [
    ("What is the maximum income of a household of two?", "$1,200"),
    ("Within how many days may a tenant appeal?", "30 days"),
    ("When does the Rent Office publish its list of fees?", "On 1 January each year"),
    ("Who publishes the list of fees?", "The Rent Office"),
    ("May a tenant appeal?", "Yes."),
    ("If a tenant disagrees with the notice, what may the tenant do?", "Appeal within 30 days"),
    ("How often is the list of fees of the Rent Office published?", "Every year"),
    ("How long does it take a tenant to appeal?", "30 days"),
    ("Must a tenant who appeals do so within 30 days of their notice?", "Yes."),
]
UNFIT = [
    ("self-contained", "What does the passage say about appeals?", "A tenant may appeal."),
    ("self-contained", "What is the income limit under this policy?", "$1,200"),
    ("self-contained", "How many days does it have to appeal?", "30 days"),
    ("self-contained", "What fees are listed above?", "The fees of the Rent Office"),
    ("self-contained", "When is the list published?", "On 1 January"),
    ("self-contained", "What may a tenant do within 30 days?", "This right lasts 30 days."),
    ("form", "Appeal of tenants", "30 days"),
    ("form", "Who may appeal? When must they?", "A tenant, within 30 days"),
    ("form", "What must the tenant name at the domain?", "The agency component responsible for the services offered"),
    ("gives-answer", "Which Rent Office publishes the list of fees?", "Rent Office"),
    ("no-answer", "When may a tenant appeal?", "The passage does not say."),
    ("no-answer", "When may a tenant appeal?", "..."),
    ("unfinished", "When may a tenant appeal?", "Within 30 days of the"),
    ("answer-type", "When may a tenant appeal?", "The tenant"),
    ("answer-type", "How many days does a tenant have to appeal?", "The Rent Office"),
    ("answer-type", "Who publishes the list of fees?", "30"),
    ("answer-type", "What is the percentage of income paid as rent by a household of two?", "30 days"),
    ("condition", "What is the maximum income of a household of 5 persons?", "$1,200"),
    ("off-question", "What colour is the helicopter hangar?", "The list of fees"),
]


def rules(question, answer):
    return {finding.rule for finding in check(question, answer, EVIDENCE) if finding.conflict}


@pytest.mark.parametrize(("question", "answer"), FIT, ids=[row[0] for row in FIT])
def test_a_fit_pair_passes(question, answer):
    assert rules(question, answer) == set()


@pytest.mark.parametrize(("rule", "question", "answer"), UNFIT, ids=[f"{row[0]}: {row[1]}" for row in UNFIT])
def test_what_is_unfit_is_named(rule, question, answer):
    assert rule in rules(question, answer)


@pytest.mark.parametrize(
    "answer",
    ["The tenant received benefits that she was not entitled to.", "It must go to the office that it came from."],
)
def test_a_sentence_may_end_in_a_preposition(answer):
    assert "unfinished" not in rules("What did the tenant do?", answer)


def test_a_choice_may_be_answered_with_yes():
    assert rules("May a tenant appeal by post or in person within 30 days of the notice?", "Yes.") == set()


def test_a_question_partly_in_other_words_is_only_remarked():
    found = check("Which charges of the tenant does the bureau print?", "The list of fees", EVIDENCE)
    assert [each.conflict for each in found if each.rule == "off-question"] == [False]


def test_without_evidence_the_pair_is_judged_alone():
    assert check("When may a tenant appeal?", "Within 30 days", "") == ()


@given(st.text(max_size=100), st.text(max_size=100), st.text(max_size=100))
def test_any_text_can_be_checked(question, answer, evidence):
    assert all(finding.detail for finding in check(question, answer, evidence))

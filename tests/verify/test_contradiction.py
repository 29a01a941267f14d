"""Sentences laid side by side: what contradicts, and what is a parallel rule, a rewording or another subject."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.contradiction import Assertion, assertions, difference
from verify.nearness import Nearness
from verify.words import content

APPEAL = "An appeal against a decision of the Authority must be lodged within 30 days of the decision letter."


def said(text: str, *headings: str, document: str = "d", title: str = "Appeals") -> Assertion:
    return Assertion(
        passage_id=f"p_{document}", document=document, start=0, end=len(text), text=text, title=title, headings=headings
    )


def kind(one: str, other: str) -> str | None:
    """What two sentences of one place in two documents differ in."""
    found = difference(said(one), said(other, document="e"))
    return found.kind if found else None


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (("30 days", "21 days"), "period"),
        (("must be", "may be"), "modality"),
        (("must be", "should be"), "modality"),
        (("within 30", "at least 30"), "comparative"),
    ],
)
def test_one_change_in_one_sentence_is_found(change: tuple[str, str], wanted: str) -> None:
    assert kind(APPEAL, APPEAL.replace(*change)) == wanted
    assert kind(APPEAL.replace(*change), APPEAL) == wanted


def test_a_negation_and_a_contrary_word_are_found() -> None:
    rule = "The senior benefit is counted as income before the deduction of the yearly allowance."
    assert kind(rule, rule.replace("is counted", "is not counted")) == "negation"
    assert kind(rule, rule.replace("before", "after")) is None
    rule = "The inspection report is public and lists every defect of the supplemented home."
    assert kind(rule, rule.replace("public", "private")) == "opposite"


def test_the_same_in_other_words_is_no_contradiction() -> None:
    assert kind(APPEAL, APPEAL.replace("30 days", "thirty (30) days")) is None
    assert kind(APPEAL, APPEAL.replace("must be", "shall be")) is None
    assert kind(APPEAL, APPEAL) is None


def test_another_case_is_no_contradiction() -> None:
    ceiling = "The income ceiling for a household of {} persons is ${} a month in the city."
    assert kind(ceiling.format(2, "4,000"), ceiling.format(3, "4,600")) is None
    assert kind(APPEAL, f"Unless it is urgent, {APPEAL.replace('30', '21')}") is None
    assert (
        kind(
            "The session must be renewed at AAL2 every 12 hours.",
            "The session must be renewed at AAL3 every 15 minutes.",
        )
        is None
    )


def test_parallel_headings_of_one_document_are_no_contradiction() -> None:
    fees = "The fee for a late payment of the rent must be paid at $50 each month."
    one, other = said(fees, "Parking fees"), said(fees.replace("50", "70"), "Storage fees")
    assert difference(one, other) is None
    assert difference(one, said(fees.replace("50", "70"), "Parking fees")) is not None


def test_numbered_levels_in_headings_are_other_matters() -> None:
    rule = "Reauthentication of the subscriber must be repeated after {} minutes of inactivity of the session."
    levels = [said(rule.format(n), f"4.{n} Assurance Level {n}", document=str(n)) for n in (15, 30)]
    assert difference(*levels) is None


def test_other_documents_must_name_the_subject_in_their_place() -> None:
    rule = "The monthly instalment must not exceed {} percent of the gross monthly income."
    one = said(rule.format(10), "Repayment agreement", title="Arrears")
    other = said(rule.format(15), "Recovery plan", title="Fraud", document="e")
    assert difference(one, other) is None
    named = [
        said(rule.format(n), "Monthly instalments", title=name, document=name)
        for n, name in ((10, "Arrears"), (15, "Fraud"))
    ]
    assert difference(*named) is not None


def test_rows_of_one_table_differ_in_their_first_cell() -> None:
    row = "Household size: {}; Monthly income ceiling: {}; Asset ceiling: $60,000."
    assert kind(row.format(4, "$5,400"), row.format(5, "$6,000")) is None
    assert kind(row.format(4, "$5,400"), row.format(4, "$5,900")) == "cell"


def test_assertions_keep_their_place() -> None:
    text = f"Who may appeal?\n\n{APPEAL} The Board answers every appeal in writing within ten working days."
    made = assertions(text, passage_id="p", document="d", title="T", headings=("H",))
    assert len(made) == 2
    assert all(text[each.start : each.end] == each.text for each in made)
    assert made[0].place == "T — H"


@given(st.lists(st.sampled_from("rent fee appeal must not 30 21 days $5 income may household".split()), max_size=14))
def test_difference_is_symmetric_and_none_with_itself(words: list[str]) -> None:
    text = " ".join(words)
    assert kind(text, text) is None
    assert (kind(text, APPEAL) is None) == (kind(APPEAL, text) is None)


def test_nearness_pairs_once_and_is_bounded() -> None:
    texts = [f"The fee for permit {n} is ${n} a month and is due at the office." for n in range(60)]
    index = Nearness([content(each) for each in texts], groups=[str(n) for n in range(60)], texts=texts, places=texts)
    pairs = list(index.pairs(most=3, least=0.1))
    assert len(pairs) == len(set(pairs)) <= 180
    assert all(one < other for one, other in pairs)


def test_equal_sentences_and_those_of_one_passage_are_not_paired() -> None:
    texts = [APPEAL, APPEAL.replace("30", "21"), APPEAL]
    index = Nearness([content(each) for each in texts], groups=["a", "b", "c"], texts=texts, places=["", "", ""])
    assert sorted(index.pairs(most=3, least=0.1)) == [(0, 1), (1, 2)]
    assert not list(
        Nearness([content(each) for each in texts], groups=["a"] * 3, texts=texts, places=[""] * 3).pairs(
            most=3, least=0.1
        )
    )

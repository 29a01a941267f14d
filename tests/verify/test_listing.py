"""Items of lists under their lead-in, and the lists whose items hold only together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.evidence import Evidence, windows
from verify.listing import items, lengths, together

DUTIES = (
    "A firm must:\n(a)\tevery month, reconcile its accounts;\n(b)\tevery six months, count its assets; and\n(c)\tkeep:\n"
    "(i)\tthe count; and\n(ii)\tthe minutes."
)


def read(text, before=""):
    return [f"{item.lead} {item.said}" for item in items(text, before)]


def test_each_item_is_read_under_its_lead_in():
    assert read(DUTIES) == [
        "A firm must: every month, reconcile its accounts",
        "A firm must: every six months, count its assets",
        "A firm must: keep: the count",
        "A firm must: keep: the minutes.",
    ]


def test_an_item_keeps_its_place():
    first = items(DUTIES)[0]
    assert DUTIES[first.start : first.end] == "(a)\tevery month, reconcile its accounts;"


def test_a_list_may_run_on_in_a_sentence():
    assert read("A firm must: (a) file the form; and (b) pay the fee.") == [
        "A firm must: file the form",
        "A firm must: pay the fee.",
    ]


def test_the_passage_in_front_may_lead_in():
    assert read("(c)\tpay the fee.", "An applicant must:") == ["An applicant must: pay the fee."]


@pytest.mark.parametrize(
    "text",
    [
        "A person may apply if:\n(a)\tof age; and\n(b)\tresident.",
        "A firm must:\n(a)\tfile a form; or\n(b)\tpay a fee.",
        "E is the sum of:\n(a)\tthe cost; and\n(b)\tthe fee.",
        "The grant goes to any person who:\n(a)\tis of age; and\n(b)\tis resident.",
        "A report need not be made where the firm:\n(a)\thas closed; and\n(b)\thas said so.",
    ],
)
def test_what_holds_only_together_is_left_alone(text):
    assert items(text) == ()


def test_alternatives_of_a_permission_hold_each():
    assert len(items("A firm may:\n(a)\tfile a form; or\n(b)\tpay a fee.")) == 2
    assert not together("Where the firm has closed, it must:")


def test_lists_are_counted():
    assert lengths(DUTIES) == {2, 3}
    assert lengths("See section 4(a) of the code.") == frozenset()


@given(st.text(max_size=80), st.text(max_size=20))
def test_any_text_can_be_read(text, before):
    assert all(text[item.start : item.end].strip() for item in items(text, before))
    lengths(text)


def test_the_best_item_is_a_window_that_says_who_must():
    evidence = Evidence(passage_id="p", document_id="d", text=DUTIES)
    listed = [window for window in windows("A firm counts its assets every six months.", evidence) if window.lead]
    assert listed[0].premise == "A firm must: every six months, count its assets"
    assert len(listed) == 2
    assert listed[0].said.startswith("A firm must: every six months")

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.figure import quantities
from verify.numeral import number
from verify.quantity import Kind, same

READ = [
    ("fourteen (14) days", Kind.DURATION, 336.0, "hour"),
    ("S$14,000", Kind.AMOUNT, 14_000.0, "sgd"),
    ("14 000 dollars", Kind.AMOUNT, 14_000.0, "$"),
    ("$1.5 million", Kind.AMOUNT, 1_500_000.0, "$"),
    ("15 cents", Kind.AMOUNT, 0.15, "$"),
    ("twenty per cent", Kind.PERCENT, 20.0, ""),
    ("at least 18 years old", Kind.AGE, 18.0, "year"),
    ("aged 21 and above", Kind.AGE, 21.0, "year"),
    ("ten working days", Kind.DURATION, 10.0, "working day"),
    ("a 90-day notice", Kind.DURATION, 2_160.0, "hour"),
    ("every 6 months", Kind.FREQUENCY, 6.0, "month"),
    ("quarterly", Kind.FREQUENCY, 3.0, "month"),
    ("the 21st", Kind.ORDINAL, 21.0, ""),
    ("5 pm", Kind.TIME, 1_020.0, ""),
    ("5 sq ft", Kind.NUMBER, 5.0, "ft2"),
    ("twenty-five thousand", Kind.NUMBER, 25_000.0, ""),
]


@pytest.mark.parametrize(("text", "kind", "value", "unit"), READ, ids=[row[0] for row in READ])
def test_reads(text, kind, value, unit):
    found = quantities(text)
    assert [(each.kind, each.value, each.unit) for each in found] == [(kind, value, unit)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by 31 March 2024", (2024, 3, 31)),
        ("on March 31", (None, 3, 31)),
        ("2024-03-31", (2024, 3, 31)),
        ("in 1998", (1998, None, None)),
        ("January 2025", (2025, 1, None)),
    ],
)
def test_reads_dates(text, day):
    assert [each.day for each in quantities(text)] == [day]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Section 12(3)", "12(3)"),
        ("D.C. Code § 42-3502.06(b)", "42-3502.06(b)"),
        ("Part IV", "iv"),
        ("Form 1040", "1040"),
    ],
)
def test_reads_references(text, name):
    assert [(each.kind, each.name) for each in quantities(text)] == [(Kind.REFERENCE, name)]


@pytest.mark.parametrize("text", ["COVID-19", "no one", "may apply", "per item", "The tenant must appeal."])
def test_finds_no_figure(text):
    assert [each for each in quantities(text) if not each.loose] == []


def test_list_marks_are_no_figures():
    assert [each.text for each in quantities("(1) Pay 3 copies\n2. Keep 4 copies")] == ["3", "4"]


def test_a_range_has_one_unit():
    assert [(each.value, each.unit) for each in quantities("5 to 10 days")] == [(120.0, "hour"), (240.0, "hour")]
    assert [each.kind for each in quantities("500-700 dollars")] == [Kind.AMOUNT, Kind.AMOUNT]


SAME = [
    ("14 days", "fourteen (14) days"), ("two weeks", "14 days"), ("12 months", "one year"), ("24 hours", "one day"),
    ("$14,000",
        "14 000 dollars"),
    ("ten business days", "10 working days"), ("18 years old", "aged 18"), ("31 March", "March 31"), ("20%", "20 per cent"),
    ("9:00 a.m.",
        "9 am"),
    ("45", "45 days"), ("every year", "annually"), ("S$500", "$500"), ("31 March 2024", "2024-03-31"),
    ("half of the cost",
        "50% of the cost"),
]  # fmt: skip
DIFFERENT = [
    ("30 days", "one month"), ("10 days", "10 working days"), ("$500", "£500"), ("30 days", "45 days"), ("31 March", "30 March"),
    ("5%",
        "5 people"),
    ("9 am", "9 pm"), ("2 years", "2 months"), ("Section 12", "12 days"), ("$50", "50 employees"), ("31 March 2024", "31 March 2023"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_says_the_same(one, other):
    assert same(quantities(one)[0], quantities(other)[0])


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_says_something_else(one, other):
    assert not same(quantities(one)[0], quantities(other)[0])


@given(st.integers(0, 999_999_999))
def test_grouped_digits_are_read_back(value):
    assert number(f"{value:,}") == number(f"{value:,}".replace(",", " ")) == value


@given(st.text(max_size=80))
def test_any_text_is_read_without_overlap(text):
    found = quantities(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(each.text in text for each in found)


@given(st.integers(1, 500), st.sampled_from(["days", "weeks", "months", "dollars", "percent", "working days"]))
def test_a_quantity_is_the_same_as_itself(value, unit):
    one = quantities(f"within {value} {unit}")[0]
    assert same(one, one)

"""What a summary leaves out of a rule, and what it must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.aside import without_asides
from verify.words import content


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Unless otherwise agreed in writing, a contract must name the seller.", "A contract must name the seller."),
        ("The fee must be paid, subject to Rule 3.10, within five days.", "The fee must be paid, within five days."),
        (
            "A consent may be withdrawn in accordance with section 19.2(1) at any time.",
            "A consent may be withdrawn at any time.",
        ),
        ("The buyer (and each later owner) must keep the receipt.", "The buyer must keep the receipt."),
    ],
)
def test_asides_go(text, left):
    assert without_asides(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "The fee (other than for children under five) is due at the gate.",
        "Unless the tenant has paid, the landlord must give notice.",
        "A deposit (of up to 500 dollars) must be held by the agent.",
        "Paid in accordance with Rule 4.",
    ],
)
def test_what_limits_the_rule_stays(text):
    assert without_asides(text) == text


def test_a_bracket_the_claim_speaks_of_stays():
    text = "The pack must hold the records of rule 9 (most recent accounts of clients)."
    assert without_asides(text, keep=content("recent accounts")) == text


@given(st.text(max_size=100))
def test_any_text_can_be_read(text):
    assert len(without_asides(text)) <= len(text) + 1

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generate.comparison import fault

SAID = "A household with an income above $14,000 or more than four members is not eligible, and a fee of 2.5 percent is due."


@pytest.mark.parametrize(
    "condition",
    ["income > 14000", "not income <= 14000", "income > 14_000 or members > 4", "-income < 2.5", 'status == "tenant"'],
)
def test_comparisons_with_figures_of_the_sentence_pass(condition: str) -> None:
    assert fault(condition, names=("income", "members", "status"), sentence=SAID) == ""


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("income > 15000", "15000 is not in"),
        ("income >", "no Python"),
        ("open('/etc/passwd')", "does more than compare"),
        ("income.__class__ == 4", "does more than compare"),
        ("[income for income in (4,)]", "does more than compare"),
        ("wealth > 14000", "not about the parameters"),
        ("4 > 2.5", "not about the parameters"),
        ("income > 14000" + " " * 300, "too long"),
        ("(" * 150 + "income", "no Python"),
    ],
)
def test_others_are_refused_with_the_reason(condition: str, words: str) -> None:
    assert words in fault(condition, names=("income",), sentence=SAID)


@given(st.text(max_size=120))
def test_any_text_is_refused_or_only_compares(text: str) -> None:
    if fault(text, names=("income",), sentence=SAID) == "":
        assert not any(isinstance(node, ast.Call | ast.Attribute) for node in ast.walk(ast.parse(text, mode="eval")))

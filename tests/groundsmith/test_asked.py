"""What accepted rows ask and say is not asked and said again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from specimen import kept

from groundsmith.asked import MOST_TOLD, Asked
from groundsmith.row import DatasetRow
from knowledge.embed import HashEmbedder
from verify.duplicate import Questions

FEE = "The late fee must not exceed $50 in any month."
OTHERS = [f"A tenant of block {number} must pay the rent within {number} days." for number in range(2, 7)]


@pytest.fixture
def asked() -> Asked:
    return Asked(Questions(embed=HashEmbedder().embed, similarity=0.999))


def over_two(number: int) -> DatasetRow:
    question = (
        f"Under A-{number}, what must not exceed $50, and under B-{number}, what must a tenant of block {number} pay?"
    )
    return replace(
        kept()[0], id=f"s_{number}", level=3, question=question, answer=f"{FEE} {OTHERS[number]}", expected="answer"
    )


def test_an_answer_that_comes_again_is_a_repetition(asked: Asked) -> None:
    one = replace(kept()[0], id="s_1", level=1, question="What is the limit?", answer=FEE, expected="answer")
    again = replace(one, id="s_2", question="How much may the late fee be at most?", answer=FEE.upper())
    assert asked.refusal(one) == ""
    asked.accept(one)
    assert "repeats s_1" in asked.refusal(again)
    assert asked.refusal(replace(again, answer="No.")) == ""


def test_a_sentence_is_half_of_so_many_answers_over_two_documents(asked: Asked) -> None:
    for number in range(MOST_TOLD):
        assert asked.refusal(over_two(number)) == ""
        asked.accept(over_two(number))
    assert "half of it" in asked.refusal(over_two(MOST_TOLD))
    assert asked.refusal(replace(over_two(MOST_TOLD), answer=" ".join(OTHERS[2:4]))) == ""
    assert asked.refusal(replace(over_two(MOST_TOLD), level=2)) == ""

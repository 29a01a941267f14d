"""Parts of claims are taken only when they add nothing and leave nothing out."""

from __future__ import annotations

import json

import pytest

from verify.closed_book import ClosedBook, Recall, closed_book
from verify.decompose import checked, read_parts
from verify.nli import LexicalEntailment
from verify.nli_onnx import OnnxEntailment

CLAIM = "The tenant must pay the rent by the first day of the month and the landlord must give a receipt."
PARTS = ("The tenant must pay the rent by the first day of the month.", "The landlord must give a receipt.")


class Agreeing(LexicalEntailment):
    """Entails all: what is refused is refused by the other checks."""

    name = "agreeing"

    def entail(self, pairs):
        return LexicalEntailment().entail([(text, text) for text, _ in pairs])


def test_faithful_parts_are_taken():
    (made,) = checked([CLAIM], [PARTS], Agreeing())
    assert (made.parts, made.refused) == (PARTS, "")


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((), "names no parts"),
        (PARTS[:1], "leave out"),
        ((*PARTS, "The landlord must give a signed receipt."), "adds"),
        (("The tenant must pay the rent by the second day of the month.", PARTS[1]), "adds"),
        ((PARTS[0], "The landlord may give a receipt."), "does not entail"),
    ],
)
def test_parts_that_add_change_or_lose_are_refused(parts, why):
    (made,) = checked([CLAIM], [parts], Agreeing())
    assert made.parts == (CLAIM,)
    assert why in made.refused


def test_a_part_that_is_not_entailed_is_refused():
    class Denying(LexicalEntailment):
        def entail(self, pairs):
            return LexicalEntailment().entail([("", hypothesis) for _, hypothesis in pairs])

    (made,) = checked([CLAIM], [PARTS], Denying())
    assert made.parts == (CLAIM,)


@pytest.mark.parametrize(
    "reply", [None, "", "[]", '{"parts": []}', '{"parts": [1]}', '{"parts": ["a"], "x": 1}', '{"parts": [" "]}']
)
def test_malformed_replies_name_no_parts(reply):
    assert read_parts(reply) == ()


def test_a_reply_is_read():
    assert read_parts(json.dumps({"parts": ["One  thing.", "Another.", "Another."]})) == ("One thing.", "Another.")


@pytest.mark.model
def test_the_real_model_takes_a_plain_split():
    (made,) = checked([CLAIM], [PARTS], OnnxEntailment())
    assert made.parts == PARTS


@pytest.mark.model
def test_closed_book_compares_both_ways_and_by_figures():
    question, answer = "How many days does a week have?", "A week has seven days."
    recalls = [
        Recall(question=question, answer=answer, recalled="A week has 7 days."),
        Recall(question=question, answer=answer, recalled="A week has five days."),
        Recall(question=question, answer=answer, recalled=None),
    ]
    marks = closed_book(recalls, OnnxEntailment())
    assert marks == [ClosedBook.ANSWERABLE, ClosedBook.NEEDED, ClosedBook.UNKNOWN]

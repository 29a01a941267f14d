"""Can an item be answered without the corpus? A model's own answer to the bare question, compared with the verified one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from verify import rules
from verify.nli import EntailmentModel
from verify.statement import statement

SAME = 0.5
"""Entailment, both ways, from which two answers to one question are the same."""


class ClosedBook(StrEnum):
    """Whether a model answers a question without the corpus as the corpus does; unknown when it gave no answer."""

    ANSWERABLE = "answerable without the corpus"
    NEEDED = "needs the corpus"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recall:
    """A question, its verified answer, and what a model answers to the question alone; None when it did not."""

    question: str
    answer: str
    recalled: str | None


def closed_book(recalls: Sequence[Recall], model: EntailmentModel) -> list[ClosedBook]:
    """Return for each whether the recalled answer says what the verified one says: entailed both ways, no figure apart."""
    stated = [
        (statement(each.question, each.answer), statement(each.question, each.recalled))
        for each in recalls
        if each.recalled and each.recalled.strip()
    ]
    scores = model.entail([*stated, *((back, forth) for forth, back in stated)]) if stated else []
    both = zip(stated, scores[: len(stated)], scores[len(stated) :], strict=True)
    same = iter(
        min(one.entailment, other.entailment) >= SAME and not _differ(*texts) and not _differ(*reversed(texts))
        for texts, one, other in both
    )
    return [_mark(next(same)) if each.recalled and each.recalled.strip() else ClosedBook.UNKNOWN for each in recalls]


def _mark(same: bool) -> ClosedBook:
    return ClosedBook.ANSWERABLE if same else ClosedBook.NEEDED


def _differ(claim: str, evidence: str) -> bool:
    return any(finding.conflict for finding in rules.check(claim, evidence))

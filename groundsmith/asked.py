"""`Asked`: what the accepted rows of a dataset ask and say, so that no further row repeats one of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow
    from verify.duplicate import Questions

LONG_ANSWER: Final = 6
"""Words from which an answer that comes again makes the row a repetition; "Yes." may answer many questions."""

MOST_TOLD: Final = 2
"""Rows over two documents that one sentence may be half the answer of."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")


class Asked:
    """The questions and answers of accepted rows."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._answers: dict[str, str] = {}
        self._told: Counter[str] = Counter()

    def refusal(self, row: DatasetRow) -> str:
        """Return that and what a row repeats, or nothing."""
        same = self._answers.get(_folded(row)) or self._questions.repeated(
            row.question, passages=[each.id for each in row.evidence]
        )
        if same:
            return f"duplicate: it repeats {same}"
        worn = any(self._told[each] >= MOST_TOLD for each in _halves(row))
        return f"duplicate: half of it is asked in {MOST_TOLD} rows" if worn else ""

    def accept(self, row: DatasetRow) -> None:
        """Take a row as part of the dataset."""
        self._questions.accept(row.id, row.question, passages=[each.id for each in row.evidence])
        if folded := _folded(row):
            self._answers.setdefault(folded, row.id)
        self._told.update(_halves(row))


def _folded(row: DatasetRow) -> str:
    """Return a row's answer as it is compared with others; "" for one that many questions may have: short, or that none is there."""
    from verify.duplicate import fold

    folded = fold(row.answer) if row.expected == "answer" else ""
    return folded if folded.count(" ") + 1 >= LONG_ANSWER else ""


def _halves(row: DatasetRow) -> list[str]:
    """Return the sentences of an answer over two documents, as they are compared with others; none of another row."""
    from verify.duplicate import fold

    if row.level < 3 or row.expected != "answer":
        return []
    return [folded for each in _SENTENCE.split(row.answer) if (folded := fold(each)).count(" ") + 1 >= LONG_ANSWER]

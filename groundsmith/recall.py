"""The closed-book test while rows are made: a model is asked the bare question, and what it says is compared with the verified answer.

Only drafts that pass are asked about, so the test costs a call a row and not a call a prompt. An item that a model answers without the
documents teaches it nothing and measures no retrieval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from generate.sample import Draft
from generate.strategy.steps import Call, Review

if TYPE_CHECKING:
    from generate.model import Completion
    from generate.sample import Failure
    from generate.strategy.attempt import Planned
    from generate.strategy.steps import Steps, Writer
    from groundsmith.row import DatasetRow
    from verify.nli import EntailmentModel

RECALL: Final = "recall"
"""The role of the model that is asked."""
RECALLED: Final = "recalled"
"""The part of a draft that holds what was said; rows do not keep it."""
MARK: Final = "closed_book"
"""The part of a row that holds the result."""


def tested(inner: Writer) -> Writer:
    """Return the steps of one item: `inner`'s, and for a draft that passes, the bare question to the model of the role "recall"."""

    def write(planned: Planned) -> Steps:
        result = yield from inner(planned)
        if not isinstance(result, Draft) or result.expected != "answer":
            return result
        (critique,) = yield (Review(planned=planned, draft=result),)
        if not critique.passed:
            return result
        from groundsmith.judging import recall_prompt

        (reply,) = yield (Call(prompt=recall_prompt(result.question), draw=planned.draw, role=RECALL),)
        return replace(result, parts={**result.parts, RECALLED: _said(reply)})

    return write


def _said(reply: Completion | Failure) -> str:
    from generate.model import Completion
    from groundsmith.judging import recalled

    return (recalled(reply.text) or "") if isinstance(reply, Completion) else ""


def marked(
    rows: Sequence[DatasetRow], recalls: Sequence[str | None], model: EntailmentModel
) -> list[tuple[DatasetRow, str]]:
    """Return each row with the mark of the closed-book test, and the mark; "" for a row whose model was not asked (None)."""
    from verify.closed_book import Recall, closed_book

    asked = [
        Recall(question=row.question, answer=row.answer, recalled=said)
        for row, said in zip(rows, recalls, strict=True)
        if said is not None
    ]
    marks = iter(closed_book(asked, model) if asked else ())
    found = []
    for row, said in zip(rows, recalls, strict=True):
        parts = {name: value for name, value in row.parts.items() if name != RECALLED}
        mark = "" if said is None else str(next(marks))
        found.append((replace(row, parts={**parts, MARK: mark} if mark else parts), mark))
    return found


def refusal_of(mark: str) -> str:
    """Return why a row with this mark is refused where the test refuses, "" when it is not."""
    from verify.closed_book import ClosedBook

    return f"closed book: {mark}" if mark == ClosedBook.ANSWERABLE else ""

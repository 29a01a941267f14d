"""`examine`: everything that is checked of a draft by rule, whatever strategy wrote it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generate.check import Surroundings, problem
from generate.demonstrate import copied
from generate.intrusion import intrusion
from generate.sample import Draft, Failure
from generate.task import Check

if TYPE_CHECKING:
    from generate.strategy.attempt import Planned


def _length(planned: Planned, draft: Draft) -> tuple[Check, ...]:
    """Return the check of the number of sentences; what was taken from a document word for word is not counted."""
    most = planned.task.sentences
    wanted = most is not None and draft.evidence is None
    return (Check(name="sentences", options={"in": "answer", "most": most}),) if wanted else ()


def examine(planned: Planned, result: Draft | Failure) -> Draft | Failure:
    """Return the draft with its planned concepts, or what is wrong with it.

    Looked at are what no text may carry (`intrusion`), the task's checks, those that the conditions bring (`planned.checks`), and
    whether facts of a demonstration were copied ("copies-demonstration").
    """
    if isinstance(result, Failure):
        return result
    around = Surroundings(
        texts=tuple(passage.text for passage in planned.passages), concepts=planned.concepts, siblings=planned.siblings
    )
    values = {**result.values, "question": result.question, "answer": result.answer}
    wrong = intrusion(planned, result) or problem(
        (*_length(planned, result), *planned.task.checks, *planned.checks), values, around
    )
    if wrong is not None:
        return Failure(kind=wrong[0].replace("_", "-"), message=wrong[1], raw=f"{result.question}\n{result.answer}")
    taken = copied(f"{result.question} {result.answer}", planned.demonstrations, around.texts)
    if taken:
        message = f"it takes from a demonstration what no source says: {taken}"
        return Failure(kind="copies-demonstration", message=message, raw=f"{result.question}\n{result.answer}")
    return result if result.concepts else replace(result, concepts=tuple(concept.id for concept in planned.concepts))

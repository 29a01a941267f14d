"""Draft, critique, revise: by the judge's verdicts (Self-Refine, Madaan et al., arXiv 2303.17651), by a second model, or by both.

With a validator of its own this is Generator, Validator, Refiner, each a role that can have a model of its own.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from generate.examine import examine
from generate.sample import Draft, Failure
from generate.strategy.steps import REFINE, VALIDATE, Call, Critique, Request, Review, Steps, Writer
from generate.strategy.written import Setup, again, fields, form, plain, shown
from generate.task import Schema

if TYPE_CHECKING:
    from generate.strategy.attempt import Planned

VERDICT: Schema = {
    "type": "object",
    "properties": {
        "valid": {"type": "string", "enum": ["yes", "no"]},
        "problem": {"type": "string", "minLength": 1, "maxLength": 300},
    },
    "required": ["valid", "problem"],
    "additionalProperties": False,
}
Criticism = Generator[tuple[Request, ...], tuple[Any, ...], Critique]


def writer(inner: Writer, setup: Setup, *, rounds: int, verdicts: bool = True, validator: bool = False) -> Writer:
    """Return the steps of one item: `inner`'s, then up to `rounds` of critique and revision, as long as something is wrong.

    A revision that cannot be used leaves the draft as it was; parts["revisions"] counts those that were taken.
    """

    def write(planned: Planned) -> Steps:
        result = examine(planned, (yield from inner(planned)))
        if isinstance(result, Failure):
            return result
        revised = 0
        for turn in range(rounds):
            critique = yield from _critique(planned, result, setup, verdicts=verdicts, validator=validator)
            if critique.passed:
                break
            better = yield from _revised(planned, result, critique, setup, turn=turn)
            if isinstance(better, Draft):
                result, revised = better, revised + 1
        return replace(result, parts={**result.parts, "revisions": str(revised)}) if revised else result

    return write


def _critique(planned: Planned, draft: Draft, setup: Setup, *, verdicts: bool, validator: bool) -> Criticism:
    """Return what the judge and the validator say; the validator is asked only where the judge has nothing to say."""
    if verdicts:
        (critique,) = yield (Review(planned=planned, draft=draft),)
        if not critique.passed:
            return critique  # type: ignore[no-any-return]
    if not validator:
        return Critique(passed=True)
    task = form(planned.task, "validate", VERDICT, max_tokens=140)
    found = yield from fields(setup.prompt(planned, task, draft=shown(draft)), draw=planned.draw, role=VALIDATE)
    if isinstance(found, Failure):
        return Critique(passed=True)
    return Critique(passed=str(found["valid"]).lower().startswith("y"), words=" ".join(str(found["problem"]).split()))


def _revised(planned: Planned, draft: Draft, critique: Critique, setup: Setup, *, turn: int) -> Steps:
    base = planned.task if draft.values else plain(planned.task)
    task = replace(base, template="revise", template_version=None)
    prompt = setup.prompt(planned, task, draft=shown(draft), critique=critique.words or "It is not borne out.")
    (reply,) = yield (Call(prompt=prompt, draw=planned.draw + turn, role=REFINE),)
    return reply if isinstance(reply, Failure) else again(planned, prompt, reply, like=draft)

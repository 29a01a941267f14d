"""Evolution (Evol-Instruct, Xu et al., arXiv 2304.12244) that stays on the ground: a change is kept only if the judge passes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from generate.examine import examine
from generate.sample import Draft, Failure
from generate.strategy.steps import REFINE, Call, Review, Steps, Writer
from generate.strategy.written import Setup, again, plain, shown

if TYPE_CHECKING:
    from generate.strategy.attempt import Planned

WAYS = {
    "deepen": "Make the question ask for more: the reason, the exception, or the step before or after, as the source has it.",
    "constrain": "Add a condition or a case of the source to the question, so that the answer holds for it exactly.",
    "concretise": "Put the question about a concrete person, day or amount to which the rule of the source applies.",
}
"""The ways a sample is made harder, with what the model is told."""


def writer(inner: Writer, setup: Setup, *, ways: Sequence[str]) -> Writer:
    """Return the steps of one item: `inner`'s, then a call and a verdict for each way; what does not pass is taken back.

    parts["evolved"] names the ways that held.
    """

    def write(planned: Planned) -> Steps:
        result = examine(planned, (yield from inner(planned)))
        if isinstance(result, Failure):
            return result
        held: list[str] = []
        for way in ways:
            harder = yield from _evolved(planned, result, WAYS[way], setup)
            if isinstance(harder, Failure) or harder.question == result.question:
                continue
            (critique,) = yield (Review(planned=planned, draft=harder),)
            if critique.passed:
                result = harder
                held.append(way)
        return replace(result, parts={**result.parts, "evolved": ", ".join(held)}) if held else result

    return write


def _evolved(planned: Planned, draft: Draft, way: str, setup: Setup) -> Steps:
    base = planned.task if draft.values else plain(planned.task)
    task = replace(base, template="evolve", template_version=None)
    prompt = setup.prompt(planned, task, draft=shown(draft), way=way)
    (reply,) = yield (Call(prompt=prompt, draw=planned.draw, role=REFINE),)
    return reply if isinstance(reply, Failure) else again(planned, prompt, reply, like=draft)


__all__ = ["WAYS", "Draft", "writer"]

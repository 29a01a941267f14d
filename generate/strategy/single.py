"""One call: the model writes question and answer from the passages. For models that can; small ones are better decomposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from generate.sample import Draft, Failure, parse
from generate.strategy.attempt import Attempt, Complete, Planned
from generate.strategy.steps import GENERATE, Call, Ports, Steps, Writer, run
from generate.strategy.written import Setup

if TYPE_CHECKING:
    from generate.model import Completion
    from generate.prompt import Prompt
    from generate.template import Templates


def generate(
    items: Iterable[Planned], complete: Complete, *, templates: Templates | None = None, temperature: float = 0.5
) -> Iterator[Attempt]:
    """Yield an attempt for each planned item, in order."""
    return run(items, writer(templates=templates, temperature=temperature), Ports(complete={GENERATE: complete}))


def writer(*, templates: Templates | None = None, temperature: float = 0.5) -> Writer:
    """Return the steps of one item: one call."""
    setup = Setup(templates=templates, temperature=temperature)

    def write(planned: Planned) -> Steps:
        prompt = setup.prompt(planned, planned.task)
        (result,) = yield (Call(prompt=prompt, draw=planned.draw),)
        return result if isinstance(result, Failure) else read(planned, prompt, result)

    return write


def read(planned: Planned, prompt: Prompt, completion: Completion) -> Draft | Failure:
    """Return the draft in a reply."""
    result = parse(completion, planned.task, prompt_id=prompt.id)
    if isinstance(result, Failure):
        return result
    return replace(result, concepts=tuple(concept.id for concept in planned.concepts))

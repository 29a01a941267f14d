"""One call: the model writes question and answer from the passages. For models that can; small ones are better decomposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from generate.prompt import Prompt, compose
from generate.sample import Draft, Failure, parse
from generate.strategy.attempt import Attempt, Complete, Planned
from generate.strategy.steps import GENERATE, Call, Ports, Steps, Writer, run

if TYPE_CHECKING:
    from generate.model import Completion
    from generate.template import Templates


def generate(
    items: Iterable[Planned], complete: Complete, *, templates: Templates | None = None, temperature: float = 0.5
) -> Iterator[Attempt]:
    """Yield an attempt for each planned item, in order."""
    return run(items, writer(templates=templates, temperature=temperature), Ports(complete={GENERATE: complete}))


def writer(*, templates: Templates | None = None, temperature: float = 0.5) -> Writer:
    """Return the steps of one item: one call."""

    def write(planned: Planned) -> Steps:
        prompt = prompt_for(planned, templates=templates, temperature=temperature)
        (result,) = yield (Call(prompt=prompt, draw=planned.draw),)
        return result if isinstance(result, Failure) else read(planned, prompt, result)

    return write


def prompt_for(planned: Planned, *, templates: Templates | None = None, temperature: float = 0.5) -> Prompt:
    """Return the prompt that `generate` sends for a planned item."""
    return compose(
        planned.task,
        planned.conditions,
        planned.demonstrations,
        passages=planned.passages,
        concepts=planned.concepts,
        siblings=planned.siblings,
        variant=planned.variant,
        asked=planned.asked,
        templates=templates,
        temperature=temperature,
    )


def read(planned: Planned, prompt: Prompt, completion: Completion) -> Draft | Failure:
    """Return the draft in a reply."""
    result = parse(completion, planned.task, prompt_id=prompt.id)
    if isinstance(result, Failure):
        return result
    return replace(result, concepts=tuple(concept.id for concept in planned.concepts))

"""One call: the model writes question and answer from the passages. For models that can; small ones are better decomposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from generate.prompt import Prompt, compose
from generate.sample import Draft, Failure, parse
from generate.strategy.attempt import Attempt, Complete, Planned, Prepared, attempts

if TYPE_CHECKING:
    from generate.model import Completion
    from generate.template import Templates


def generate(
    items: Iterable[Planned], complete: Complete, *, templates: Templates | None = None, temperature: float = 0.5
) -> Iterator[Attempt]:
    """Yield an attempt for each planned item, in order."""

    def prepare(planned: Planned) -> Prepared:
        prompt = prompt_for(planned, templates=templates, temperature=temperature)
        return (prompt,), lambda completions: _read(planned, prompt, completions[0])

    return attempts(items, prepare, complete)


def prompt_for(planned: Planned, *, templates: Templates | None = None, temperature: float = 0.5) -> Prompt:
    """Return the prompt that `generate` sends for a planned item."""
    return compose(
        planned.task,
        planned.conditions,
        planned.demonstrations,
        passages=planned.passages,
        concepts=planned.concepts,
        templates=templates,
        temperature=temperature,
    )


def _read(planned: Planned, prompt: Prompt, completion: Completion) -> Draft | Failure:
    result = parse(completion, planned.task, prompt_id=prompt.id)
    if isinstance(result, Failure):
        return result
    return replace(result, concepts=tuple(concept.id for concept in planned.concepts))

"""Chain of thought (Wei et al., arXiv 2201.11903): the model first writes why, then the sample; the reasoning is kept apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generate.sample import Draft, Failure, parse
from generate.strategy.steps import Call, Steps, Writer
from generate.strategy.written import Setup

if TYPE_CHECKING:
    from generate.strategy.attempt import Planned
    from generate.task import Task

THOUGHT = "reasoning"
_LONGEST = 1200
_WORDS = (
    'First think step by step under "reasoning": which sentences of the source matter, what they say exactly, and what follows from'
    " them. Then write the rest."
)


def writer(setup: Setup) -> Writer:
    """Return the steps of one item: one call, whose reply begins with the reasoning."""

    def write(planned: Planned) -> Steps:
        task = thinking(planned.task)
        prompt = setup.prompt(planned, task)
        (result,) = yield (Call(prompt=prompt, draw=planned.draw),)
        if isinstance(result, Failure):
            return result
        draft = parse(result, task, prompt_id=prompt.id)
        return apart(draft) if isinstance(draft, Draft) else draft

    return write


def thinking(task: Task) -> Task:
    """Return the task with a reasoning in front of its reply."""
    properties = {name: form for name, form in task.schema["properties"].items() if name != THOUGHT}
    schema = {
        **task.schema,
        "properties": {THOUGHT: {"type": "string", "minLength": 1, "maxLength": _LONGEST}, **properties},
        "required": [THOUGHT, *(name for name in task.schema.get("required", ()) if name != THOUGHT)],
    }
    return replace(task, schema=schema, instruction=f"{task.instruction} {_WORDS}", max_tokens=task.max_tokens + 300)


def apart(draft: Draft) -> Draft:
    """Return the draft with its thoughts under `reasoning` and nowhere else, whatever the kind calls its own rationale."""
    thoughts = str(draft.values.get(THOUGHT) or "")
    own = draft.reasoning if draft.reasoning not in (None, thoughts) else None
    parts = {name: value for name, value in draft.parts.items() if name != THOUGHT}
    values = {name: value for name, value in draft.values.items() if name != THOUGHT}
    return replace(draft, reasoning=f"{thoughts} {own}" if own else thoughts or None, parts=parts, values=values)

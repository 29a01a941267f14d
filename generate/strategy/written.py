"""What strategies of several calls share: one call with a template and a form of its own, and a draft as the model sees it."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from generate.examine import examine
from generate.prompt import Prompt, compose
from generate.sample import Draft, Failure, parse, read_object
from generate.strategy.steps import GENERATE, Call, Request
from generate.task import Schema, Task, object_schema

if TYPE_CHECKING:
    from generate.model import Completion
    from generate.strategy.attempt import Planned
    from generate.template import Templates


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a strategy's prompts are made with."""

    templates: Templates | None = None
    temperature: float = 0.5

    def prompt(self, planned: Planned, task: Task, **values: Any) -> Prompt:  # noqa: ANN401 - template values
        """Return the prompt of a task over the planned passages; `answer`, `draft` and others go to the template."""
        given = {name: values.pop(name) for name in ("answer", "draft") if name in values}
        return compose(
            task,
            planned.conditions,
            planned.demonstrations,
            passages=planned.passages,
            concepts=planned.concepts,
            siblings=planned.siblings,
            variant=planned.variant,
            asked=planned.asked,
            values=values,
            templates=self.templates,
            temperature=self.temperature,
            **given,
        )


TRACES = ("agreement", "revisions", "evolved")
"""Parts in which strategies note what they did; they outlive a rewriting."""


def shown(draft: Draft) -> str:
    """Return a draft as the reply it came of, for a prompt."""
    values = draft.values or {"question": draft.question, "answer": draft.answer}
    return json.dumps(values, ensure_ascii=False)


def form(task: Task, template: str, schema: Schema, *, max_tokens: int | None = None) -> Task:
    """Return the task with another template and form of reply, without the checks of the whole."""
    return replace(
        task,
        template=template,
        template_version=None,
        schema=schema,
        question=task.question or "",
        max_tokens=max_tokens or task.max_tokens,
    )


Asking = Generator[tuple[Request, ...], tuple[Any, ...], Mapping[str, Any] | Failure]


def fields(prompt: Prompt, *, draw: int, role: str = GENERATE) -> Asking:
    """Call the model and return the fields of its reply; a Failure when there is none or a text is missing."""
    (result,) = yield (Call(prompt=prompt, draw=draw, role=role),)
    if isinstance(result, Failure):
        return result
    found = read_object(result.text)
    if found is None:
        return Failure(kind="not-json", message="the reply holds no JSON object", prompt_id=prompt.id, raw=result.text)
    missing = [name for name in prompt.schema["properties"] if not found.get(name)]
    if missing:
        why = f'the reply has no "{missing[0]}"'
        return Failure(kind="missing", message=why, prompt_id=prompt.id, raw=result.text)
    return found


def again(planned: Planned, prompt: Prompt, completion: Completion, *, like: Draft) -> Draft | Failure:
    """Return the draft in a reply that rewrites another: in the task's form, and as its rules want it."""
    found = parse(completion, plain(planned.task) if not like.values else planned.task, prompt_id=prompt.id)
    if isinstance(found, Draft):
        kept = {name: like.parts[name] for name in TRACES if name in like.parts}
        found = replace(found, reasoning=found.reasoning or like.reasoning, parts={**found.parts, **kept})
    return examine(planned, found)


def plain(task: Task) -> Task:
    """Return the task with a form of question and answer alone."""
    if task.is_plain and "answer" in task.schema["properties"]:
        return task
    return replace(
        task, schema=object_schema({"question": 300, "answer": 900}), question=None, answer=None, evidence=()
    )

"""`Task`: what to write, for whom, in which form; presets and tasks defined in the settings.

The answer's form is a JSON Schema: endpoints that can are made to follow it, the others are told of it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from knowledge.errors import SettingsError

Schema = Mapping[str, Any]


def object_schema(lengths: Mapping[str, int], *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the JSON Schema of an object of strings, each at most so many characters, in the order given."""
    return {
        "type": "object",
        "properties": {name: {"type": "string", "minLength": 1, "maxLength": most} for name, most in lengths.items()},
        "required": [name for name in lengths if name not in optional],
        "additionalProperties": False,
    }


QUESTION_ANSWER = object_schema({"question": 300, "answer": 900})
REASONED_ANSWER = object_schema({"question": 300, "reasoning": 1200, "answer": 900})
QUESTION_ONLY = object_schema({"question": 200})


@dataclass(frozen=True, kw_only=True)
class Task:
    """What the model is asked to write.

    `instruction` says it in the imperative; `role` opens the system message. `schema` is the form of the reply and has
    at least a "question", and an "answer" unless the answer is chosen before the question. `documents` is how
    many documents the passages come from. `template` names the file under `templates/`; `template_version`
    pins its version, None takes the file's own. `max_tokens` bounds the reply.
    """

    name: str
    instruction: str
    role: str = "You write questions and answers that are fully supported by the sources given to you."
    schema: Schema = field(default_factory=lambda: QUESTION_ANSWER, hash=False)
    language: str = "English"
    documents: int = 1
    template: str = "grounded"
    template_version: int | None = None
    max_tokens: int = 400

    def __post_init__(self) -> None:
        properties = self.schema.get("properties", {})
        if "question" not in properties:
            raise SettingsError(f'task "{self.name}": its answer schema has no "question" property')
        if self.documents not in (1, 2):
            raise SettingsError(f'task "{self.name}": documents is {self.documents}; it can be 1 or 2')
        if self.max_tokens < 1:
            raise SettingsError(f'task "{self.name}": max_tokens is {self.max_tokens}; it must be at least 1')


PRESETS: Mapping[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="question_answer",
            instruction=(
                "Write one question that a reader of the source could ask, and its answer. The question names its subject and "
                "makes sense without the source. The answer is complete, says only what the source says, and keeps its "
                "numbers, conditions and exceptions."
            ),
        ),
        Task(
            name="question_answer_across",
            instruction=(
                "Write one question that can only be answered by putting both sources together, and its answer. The question "
                "names its subjects and makes sense without the sources. Every part of the answer is said by one of the "
                "sources; keep their numbers, conditions and exceptions, and do not mix up which source says what."
            ),
            schema=REASONED_ANSWER,
            documents=2,
            max_tokens=700,
        ),
        Task(
            name="question_for_answer",
            instruction="Write the question to which the given words of the source are the answer.",
            role="You write clear questions.",
            schema=QUESTION_ONLY,
            template="question_for_answer",
            max_tokens=60,
        ),
    )
}


def task_from(name: str, settings: Mapping[str, Any]) -> Task:
    """Return the preset `name`, or the task that `settings` describe under that name.

    `settings` may set `preset` to start from one, and any field of `Task` but the name. Raises SettingsError
    for an unknown preset or field, or a missing instruction.
    """
    given = dict(settings)
    base = given.pop("preset", name if name in PRESETS else None)
    if base is not None and base not in PRESETS:
        raise SettingsError(f'task "{name}": there is no preset "{base}"{_suggest(str(base), PRESETS)}')
    known = {each.name for each in fields(Task)} - {"name"}
    for key in given:
        if key not in known:
            raise SettingsError(f'task "{name}": unknown setting "{key}"{_suggest(key, known)}')
    if base is not None:
        return replace(PRESETS[base], name=name, **given)
    if not str(given.get("instruction", "")).strip():
        raise SettingsError(f'task "{name}": it needs an instruction, or a preset (one of {", ".join(PRESETS)})')
    return Task(name=name, **given)


def _suggest(word: str, known: Mapping[str, Any] | set[str]) -> str:
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else f"; known: {', '.join(sorted(known))}"

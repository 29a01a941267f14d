"""`Task`: what to write, for whom, in which form, what of it the evidence must bear out, and what is checked besides.

A kind of sample is one YAML file under `generate/tasks`, or a file of the user's own. The form of the reply is a JSON
Schema: endpoints that can are made to follow it, the others are told of it. Question, answer and the statements to
be judged are Jinja expressions over the reply.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from knowledge.errors import SettingsError

Schema = Mapping[str, Any]
ROLE = "You write questions and answers that are fully supported by the sources given to you."


class Expected(StrEnum):
    """What a good assistant does with the question: answer it, say that there is no answer, or correct what it takes for granted."""

    ANSWER = "answer"
    ABSTAIN = "abstain"
    CORRECT = "correct"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A statement for the judge: `answer` in reply to `question`, both Jinja; for every entry of the list `each`, if given.

    `expect` renders to entailed, not entailed, refuted or no answer. `given` is text that counts as evidence too.
    """

    answer: str = ""
    question: str = ""
    each: str | None = None
    expect: str = "entailed"
    given: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """A check by rule: its name, as listed in `generate.check`, and its options."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


def object_schema(lengths: Mapping[str, int], *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the JSON Schema of an object of strings, each at most so many characters, in the order given."""
    return {
        "type": "object",
        "properties": {name: {"type": "string", "minLength": 1, "maxLength": most} for name, most in lengths.items()},
        "required": [name for name in lengths if name not in optional],
        "additionalProperties": False,
    }


QUESTION_ANSWER = object_schema({"question": 300, "answer": 900})
_WHOLE = (Judged(question="{{ question }}", answer="{{ answer }}"),)


@dataclass(frozen=True, kw_only=True)
class Task:
    """What the model is asked to write.

    `instruction` says it in the imperative; `role` opens the system message. `schema` is the form of the reply; unless
    `question` says otherwise it has at least a "question", and an "answer" unless the answer is chosen before the question.
    `question`, `answer` and `reasoning` are Jinja over the reply; None takes the reply's field of that name. `evidence`
    is what the judge is asked, empty for question and answer. `stress` is what the user added to the instruction,
    `sentences` the most of an answer. `documents` is how many documents the passages come from, `siblings` how many
    neighbours of the concepts are named. `template` names the file under `templates/`; `template_version` pins its
    version, None takes the file's own. `max_tokens` bounds the reply.
    """

    name: str
    instruction: str
    summary: str = ""
    role: str = ROLE
    schema: Schema = field(default_factory=lambda: QUESTION_ANSWER, hash=False)
    question: str | None = None
    answer: str | None = None
    reasoning: str | None = None
    evidence: tuple[Judged, ...] = ()
    checks: tuple[Check, ...] = ()
    expected: Expected = Expected.ANSWER
    stress: str = ""
    sentences: int | None = None
    language: str = "English"
    documents: int = 1
    siblings: int = 0
    template: str = "grounded"
    template_version: int | None = None
    max_tokens: int = 400

    def __post_init__(self) -> None:
        properties = self.schema.get("properties", {})
        if "question" not in properties and self.question is None:
            raise SettingsError(
                f'task "{self.name}": its answer schema has no "question" property; add one, or say how "question" is made'
            )
        if self.documents not in (1, 2):
            raise SettingsError(f'task "{self.name}": documents is {self.documents}; it can be 1 or 2')
        if self.max_tokens < 1:
            raise SettingsError(f'task "{self.name}": max_tokens is {self.max_tokens}; it must be at least 1')

    @property
    def kind(self) -> str:
        """The name as rows and settings have it, with hyphens."""
        return self.name.removesuffix("_across").replace("_", "-")

    @property
    def judged(self) -> tuple[Judged, ...]:
        """What the judge is asked: `evidence`, or question and answer as a whole."""
        return self.evidence or _WHOLE

    @property
    def is_plain(self) -> bool:
        """Whether the reply is a question and an answer and nothing but these is judged."""
        return not self.evidence and self.answer is None and self.expected is Expected.ANSWER


def read_task(data: object, *, name: str, where: str) -> Task:
    """Return the task that the content of a YAML file describes; raises SettingsError naming file, key and remedy."""
    if not isinstance(data, Mapping):
        raise SettingsError(f"{where}: a task is a mapping with at least instruction and reply")
    given = dict(data)
    base = given.pop("extends", None)
    if base is not None and base not in PRESETS:
        raise SettingsError(f'{where}: there is no task "{base}" to extend{_suggest(str(base), PRESETS)}')
    known = {each.name for each in fields(Task)} - {"schema"} | {"reply"}
    for key in given:
        if key not in known | {"version"}:
            raise SettingsError(f"{where}: unknown key {key!r}{_suggest(str(key), known)}")
    given.pop("version", None)
    given["name"] = str(given.get("name", name)).replace("-", "_")
    try:
        changes = _converted(given)
        return replace(PRESETS[base], **changes) if base is not None else Task(**changes)
    except (TypeError, ValueError, AttributeError) as error:
        raise SettingsError(f"{where}: {error}") from error


def _converted(given: dict[str, Any]) -> dict[str, Any]:
    changes = dict(given)
    if "reply" in changes:
        changes["schema"] = _schema(changes.pop("reply"))
    if "expected" in changes:
        changes["expected"] = Expected(changes["expected"])
    if "evidence" in changes:
        changes["evidence"] = tuple(Judged(**each) for each in changes["evidence"])
    if "checks" in changes:
        changes["checks"] = tuple(
            Check(name=str(name), options=dict(options or {}))
            for each in changes["checks"]
            for name, options in each.items()
        )
    return changes


def _schema(reply: Mapping[str, Any]) -> Schema:
    """Return the JSON Schema of a reply given as one, or as its properties, all of them required."""
    if reply.get("type") == "object" and isinstance(reply.get("properties"), Mapping):
        return reply
    return {"type": "object", "properties": dict(reply), "required": list(reply), "additionalProperties": False}


def task_file(path: Path) -> Task:
    """Return the task in a YAML file of the user's; raises SettingsError when it cannot be read or used."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the task cannot be read ({error})") from error
    return read_task(_yaml(text, where=str(path)), name=path.stem, where=str(path))


def _yaml(text: str, *, where: str) -> object:
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise SettingsError(f"{where}: not YAML ({' '.join(str(error).split())[:200]})") from error


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, object]:
    folder = resources.files("generate.tasks")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
    return {each.name.removesuffix(".yaml"): _yaml(each.read_text(encoding="utf-8"), where=each.name) for each in files}


PRESETS: dict[str, Task] = {}
"""The kinds that ship, by name with underscores."""
for _name, _data in sorted(_shipped().items(), key=lambda item: "extends" in str(item[1])):
    PRESETS[_name] = read_task(_data, name=_name, where=f"{_name}.yaml")


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


def across(task: Task) -> Task:
    """Return the task for two documents: the same form, asked so that neither document suffices."""
    if task.documents == 2:
        return task
    if f"{task.name}_across" in PRESETS:
        return PRESETS[f"{task.name}_across"]
    both = "It can only be answered by putting both sources together; do not mix up which source says what."
    return replace(task, instruction=f"{task.instruction} {both}", documents=2, max_tokens=task.max_tokens * 3 // 2)


def _suggest(word: str, known: Mapping[str, Any] | set[str]) -> str:
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else f"; known: {', '.join(sorted(known))}"

"""`fill`: a reply's fields to question, answer, and what the judge is to be asked, by the task's Jinja expressions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from generate.template import render_text

if TYPE_CHECKING:
    from generate.task import Judged, Task

_LINES = re.compile(r"\n{2,}")


class Expect(StrEnum):
    """What the evidence must do with a statement for the sample to pass."""

    ENTAILED = "entailed"
    NOT_ENTAILED = "not entailed"
    REFUTED = "refuted"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """A statement for the judge: `answer` in reply to `question` (may be empty), and what the evidence must do with it.

    `given` counts as evidence besides the documents, as the situation of a made-up person does.
    """

    answer: str
    question: str = ""
    expect: Expect = Expect.ENTAILED
    given: str = ""


def tidy(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON data with the white space of its texts folded."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return [tidy(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): tidy(each) for key, each in value.items()}
    return value


def text_of(task: Task, name: str, values: Mapping[str, Any]) -> str:
    """Return the sample's question, answer or reasoning: the task's expression over the reply, or the field of that name."""
    expression = getattr(task, name)
    if expression is None:
        return str(values.get(name) or "")
    return _LINES.sub("\n", render_text(expression, values)).strip()


def probes(task: Task, values: Mapping[str, Any]) -> tuple[Probe, ...]:
    """Return what the judge is to be asked of a reply; raises TemplateError when an expression does not render."""
    known = dict(values)
    for name in ("question", "answer"):
        known.setdefault(name, text_of(task, name, values))
    return tuple(probe for judged in task.judged for probe in _probes(judged, known))


def _probes(judged: Judged, values: Mapping[str, Any]) -> list[Probe]:
    entries = (
        [{}]
        if judged.each is None
        else [{"item": item, "index": index} for index, item in enumerate(values.get(judged.each) or ())]
    )
    return [_probe(judged, {**values, **entry}) for entry in entries]


def _probe(judged: Judged, values: Mapping[str, Any]) -> Probe:
    return Probe(
        answer=render_text(judged.answer, values).strip(),
        question=render_text(judged.question, values).strip(),
        expect=Expect(render_text(judged.expect, values).strip()),
        given=render_text(judged.given, values).strip(),
    )


def parts(task: Task, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the reply's fields that are not question, answer or reasoning themselves; what is no text, as JSON text."""
    plain = {name for name in ("question", "answer", "reasoning") if getattr(task, name) is None}
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
        if name not in plain
    }

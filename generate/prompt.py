"""`Prompt`: what is sent to a model, and `compose`, which builds it from task, conditions, demonstrations and passages.

Documents are data. Each source stands between two marks that carry a number which does not occur in it, and everything
put into a template loses what a chat format would read as control (`<|im_start|>`, `</source>`, code fences). The text
is changed in the prompt only; the passages keep theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from generate.scope import worded
from generate.template import Template, Templates
from knowledge.identity import Canonical, digest, identify
from knowledge.sanitise import injection_flags

if TYPE_CHECKING:
    from generate.demonstrate import Demonstration
    from generate.task import Schema, Task
    from graph.concept import Concept
    from knowledge.document import Passage

MARK_DIGITS = 4
_OPENING = 60
_CONTROL = re.compile(
    r"<(?=\s{0,8}[|/!]?\s{0,8}(?:\||im_|start_|end_|bos|eos|s>|/s>|think|passage|source|document|context|system|user|assistant|tool|inst))"
    r"|\|(?=\s{0,8}>)|<(?=<\s{0,8}/?\s{0,8}SYS)|\[(?=\s{0,8}/?\s{0,8}INST\s{0,8}\])|`(?=``)|~(?=~~)",
    re.IGNORECASE,
)
_BREAK = {"<": "(", "[": "(", "|": "/", "`": "'", "~": "-"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One turn: `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """Everything a reply depends on but the model and the draw.

    `concepts` and `passages` are ids. `answer` is the answer when it was chosen before the question. The id is a digest of all
    fields, so equal prompts are one prompt.
    """

    messages: tuple[Message, ...]
    schema: Schema = field(hash=False)
    task: str
    template: str
    template_version: int
    conditions: Mapping[str, str] = field(default_factory=dict, hash=False)
    concepts: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    answer: str | None = None
    max_tokens: int = 400
    temperature: float = 0.5

    @cached_property
    def id(self) -> str:
        """`pr_` and a digest of everything else."""
        return identify("pr", self.to_json())

    def to_json(self) -> Mapping[str, Canonical]:
        """Return the prompt as plain data, as it is kept in the journal."""
        return {
            "messages": [{"role": message.role, "content": message.content} for message in self.messages],
            "schema": dict(self.schema),
            "task": self.task,
            "template": self.template,
            "template_version": self.template_version,
            "conditions": dict(self.conditions),
            "concepts": list(self.concepts),
            "passages": list(self.passages),
            "answer": self.answer,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A passage as a template sees it: its text, where it stands, and the mark of its fence."""

    text: str
    title: str
    headings: tuple[str, ...]
    mark: str

    @property
    def place(self) -> str:
        """Title and headings, outermost first, repeats left out."""
        return " > ".join(dict.fromkeys(part for part in (self.title, *self.headings) if part))

    @property
    def fenced(self) -> str:
        """The text between its marks, under the place where it stands."""
        head = f"From {self.place}:\n" if self.place else ""
        return f"{head}[source {self.mark}]\n{self.text}\n[end {self.mark}]"


def compose(
    task: Task,
    conditions: Mapping[str, str] | None = None,
    demonstrations: Sequence[Demonstration] = (),
    *,
    passages: Sequence[Passage],
    concepts: Sequence[Concept] = (),
    excerpts: Sequence[str] | None = None,
    answer: str | None = None,
    draft: str | None = None,
    siblings: Sequence[Concept] = (),
    variant: int = 0,
    asked: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    templates: Templates | None = None,
    max_tokens: int | None = None,
    temperature: float = 0.5,
) -> Prompt:
    """Build the prompt E(task, conditions, demonstrations) over the passages.

    `excerpts` replace the passages' texts where only a part is to be shown. `answer` is the answer when it was chosen before, and
    `draft` a question to be worded anew. `siblings` are concepts near those asked about. `variant` decides what `pick([...])` in a
    template takes: 0 the first wording, any other number one by chance. `asked` are questions not to be asked again. `values` are further
    names for the template. Raises TemplateError when the template is missing, of another version than the task pins, or uses a name it is
    not given.
    """
    template = (templates or Templates()).get(task.template, version=task.template_version)
    texts = [passage.text for passage in passages] if excerpts is None else list(excerpts)
    sources = _sources(passages, texts)
    known: dict[str, Any] = {
        "task": task,
        "conditions": dict(conditions or {}),
        "wishes": [worded(name, value) for name, value in (conditions or {}).items()],
        "demonstrations": list(demonstrations),
        "sources": sources,
        "fenced": "\n\n".join(source.fenced for source in sources),
        "concepts": [concept.label for concept in concepts],
        "definitions": _definitions((*concepts, *siblings)),
        "siblings": [concept.label for concept in siblings],
        "pick": _picker(variant),
        "asked": list(asked),
        "answer": answer,
        "draft": draft,
        **(values or {}),
    }
    return Prompt(
        messages=_messages(template, known),
        schema=task.schema,
        task=task.name,
        template=template.name,
        template_version=template.version,
        conditions=dict(conditions or {}),
        concepts=tuple(concept.id for concept in concepts),
        passages=tuple(passage.id for passage in passages),
        answer=answer,
        max_tokens=max_tokens or task.max_tokens,
        temperature=temperature,
    )


def _definitions(concepts: Sequence[Concept]) -> dict[str, str]:
    """Return what the concepts mean, by label; what reads like an instruction to a model is left out: it would stand unfenced."""
    known = {each.label: each.definition for each in concepts if each.definition}
    return {label: text for label, text in known.items() if not injection_flags(f"{label}: {text}", most=1)}


def _picker(variant: int) -> Callable[[Sequence[str]], str]:
    """Return what takes one of several wordings: the first for variant 0, else one decided by variant and wordings."""

    def pick(wordings: Sequence[str]) -> str:
        return wordings[int(digest([variant, list(wordings)]), 16) % len(wordings) if variant else 0]

    return pick


def neutralise(text: str) -> str:
    """Return `text` with everything broken that a chat format or a template would read as control."""
    while (changed := _CONTROL.sub(lambda found: _BREAK[found[0]], text)) != text:
        text = changed
    return text


def _messages(template: Template, values: Mapping[str, Any]) -> tuple[Message, ...]:
    parts = ((role, template.render(role, values, finalise=neutralise)) for role in ("system", "user"))
    return tuple(Message(role=role, content=content) for role, content in parts if content)


def _sources(passages: Sequence[Passage], texts: Sequence[str]) -> list[Source]:
    everything = "\n".join((*texts, *(" ".join((p.title, *p.headings, p.lead)) for p in passages)))
    mark = fence_mark(everything)
    return [
        Source(text=_led(passage, text.strip()), title=passage.title, headings=passage.headings, mark=mark)
        for passage, text in zip(passages, texts, strict=True)
    ]


def _led(passage: Passage, text: str) -> str:
    """Return the text of a source under the lead-in of its list, unless it is an excerpt from further down."""
    begins = bool(text) and passage.text.lstrip().startswith(text[:_OPENING])
    return f"{passage.lead}\n{text}" if passage.lead and begins else text


def fence_mark(text: str) -> str:
    """Return a short hexadecimal mark that does not occur in `text`; the same for the same text."""
    lower = text.lower()
    attempt = 0
    while (mark := digest([text, attempt])[:MARK_DIGITS]) in lower:
        attempt += 1
        if attempt > 16**MARK_DIGITS:
            return digest([text, attempt])
    return mark

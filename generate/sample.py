"""`Draft` and `Failure`: what came of a model's reply. Nothing is skipped silently; a reply that cannot be used keeps its text.

`parse` reads JSON as models write it: inside a code fence, with words before or after, or cut off at the end. Texts are
looked at one by one; lists and objects are held to the task's schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from generate.form import Probe, parts, probes, text_of, tidy
from generate.template import TemplateError

if TYPE_CHECKING:
    from generate.model import Completion
    from generate.task import Schema, Task

MIN_QUESTION = 12
_FENCE = re.compile(r"```(?:json)?\s*(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_HANGING_COMMA = re.compile(r",\s*([}\]])")
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\s*(?:\.{2,}|…|n/?a|none|null|unknown|tbd|todo|string|text|(?:the |your )?(?:question|answer)(?: here| text| \d+)?"
    r"|[\[<{(](?:[^\]>})]*)[\]>})])\s*[.?!:]?\s*",
    re.IGNORECASE,
)
_REFUSAL = re.compile(r"^(?:i'?m sorry|i am sorry|i cannot|i can't|as an ai)\b", re.IGNORECASE)
_MARK = re.compile(r"\[(?:source|end) [0-9a-f]{4,}\]")
_ECHO = re.compile(
    r"\banswer to (?:the|this) question\b|\b(?:the|this|these) (?:passages?|excerpts?|given (?:text|source)s?)\b"
    r"|\b(?:according to|in|from) (?:the|this) (?:source|text|document|context|section)s?(?! of)\b"
    r"|\b(?:mentioned|stated|given|described) above\b"
    r"|\bdo(?:es)? the (?:source|text|document|section)s? (?:say|mention|state|describe|discuss|tell)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A question and an answer, not yet verified. `concepts` are the ids they were asked to be about.

    `evidence` is the stretch of a passage the answer was taken from, when it was chosen before the question. `kind` is the task's,
    `expected` what an assistant should do: answer, abstain or correct. `values` are the reply's fields as they came, `parts` those beside
    question and answer as text, `probes` what the judge is to be asked (none: question and answer as a whole). `mean_logprob` is that of
    the reply that held them, None where it is not known.
    """

    question: str
    answer: str
    reasoning: str | None = None
    concepts: tuple[str, ...] = ()
    evidence: str | None = None
    kind: str = "question-answer"
    expected: str = "answer"
    values: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)
    parts: Mapping[str, str] = field(default_factory=dict, hash=False)
    probes: tuple[Probe, ...] = ()
    mean_logprob: float | None = field(default=None, hash=False, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why there is no draft.

    `kind` is a short word: no-fact, model-call, not-json, cut, missing, empty, too-short, placeholder, refusal,
    not-a-question, gives-away, off-source, needs-source, wrong-form, and the names of the task's checks.
    `message` is a sentence for a person; `raw` is the model's text.
    """

    kind: str
    message: str
    prompt_id: str = ""
    raw: str = ""


def parse(completion: Completion, task: Task, *, prompt_id: str = "") -> Draft | Failure:
    """Read a reply in the task's form; a Failure says what is wrong with it."""
    raw = completion.text
    found = read_object(raw)
    if found is None:
        cut = completion.finish == "length"
        kind, why = ("cut", "was cut off before it held a value") if cut else ("not-json", "holds no JSON object")
        return Failure(kind=kind, message=f"the reply {why}", prompt_id=prompt_id, raw=raw)
    problem = _first_problem(task.schema, found)
    if problem is not None:
        return Failure(kind=problem[0], message=problem[1], prompt_id=prompt_id, raw=raw)
    if completion.finish == "length" and not _closed(raw):
        return Failure(kind="cut", message="the reply was cut off at its token limit", prompt_id=prompt_id, raw=raw)
    values = {name: tidy(found[name]) for name in task.schema["properties"] if found.get(name) is not None}
    result = drafted(task, values)
    if isinstance(result, Failure):
        return replace(result, prompt_id=prompt_id, raw=raw)
    return replace(result, mean_logprob=completion.mean_logprob)


def drafted(task: Task, values: Mapping[str, Any]) -> Draft | Failure:
    """Return the draft that a reply's fields make; a Failure when question or answer come to nothing."""
    try:
        question, answer = text_of(task, "question", values), text_of(task, "answer", values)
        reasoning, asked = text_of(task, "reasoning", values), probes(task, values) if task.evidence else ()
    except (TemplateError, ValueError) as error:
        return Failure(kind="wrong-form", message=str(error))
    problem = _problem("question", {"question": question}, required=True)
    if problem is not None:
        return Failure(kind=problem[0], message=problem[1])
    return Draft(
        question=question,
        answer=answer,
        reasoning=reasoning or None,
        kind=task.kind,
        expected=str(task.expected),
        values=values,
        parts=parts(task, values),
        probes=asked,
    )


def _first_problem(schema: Schema, found: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the first thing wrong with a reply, as kind and message: texts by what they say, the rest by the schema."""
    for name, form in schema["properties"].items():
        required = name in schema.get("required", ())
        if form.get("type") == "string":
            problem = _problem(name, found, required=required) or _outside(name, form, found)
        elif name not in found:
            problem = ("missing", f'the reply has no "{name}"') if required else None
        else:
            problem = _misfit(name, form, found[name])
        if problem is not None:
            return problem
    return None


def _outside(name: str, form: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong with a text that must be one of few."""
    choices = form.get("enum")
    if choices is None or name not in found or str(found[name]).strip() in choices:
        return None
    return "wrong-form", f'"{name}" is "{str(found[name])[:40]}", but must be one of {", ".join(choices)}'


def _misfit(name: str, form: Mapping[str, Any], value: object) -> tuple[str, str] | None:
    """Return how a list, number or object strays from its schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(form).iter_errors(value))
    if error is None:
        return None
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return "wrong-form", f'"{name}{where}": {error.message[:120]}'


def _problem(name: str, found: Mapping[str, Any], *, required: bool) -> tuple[str, str] | None:
    """Return what is wrong with the value under `name`, as kind and message; None when it can be used."""
    value = found.get(name)
    if value is None:
        return ("missing", f'the reply has no "{name}"') if required else None
    if isinstance(value, dict | list):
        return "not-text", f'"{name}" is not a text'
    text = str(value).strip()
    if not text:
        return ("empty", f'"{name}" is empty') if required else None
    if _PLACEHOLDER.fullmatch(text):
        return "placeholder", f'"{name}" is a placeholder: {text[:40]}'
    if _REFUSAL.match(text):
        return "refusal", f'"{name}" is a refusal: {text[:60]}'
    if name == "question" and (len(text) < MIN_QUESTION or len(text.split()) < 3):
        return "too-short", f'the question is too short: "{text}"'
    if _MARK.search(text) or (name == "question" and _ECHO.search(text)):
        return "needs-source", f'the {name} speaks of its source: "{text[:80]}"'
    return None


def read_object(text: str) -> Mapping[str, Any] | None:
    """Return the first JSON object in `text`, mended if its end is missing; None when there is none."""
    text = _THINKING.sub("", text)
    fenced = _FENCE.search(text)
    for candidate in ([fenced[1]] if fenced else []) + [text]:
        start = candidate.find("{")
        if start < 0:
            continue
        body = candidate[start:]
        for mended in (body, *_mended(body)):
            found = _decode(mended)
            if found:
                return found
    return None


def is_repaired(text: str) -> bool:
    """Return whether a reply was not JSON as it stands and can be read all the same: fenced, framed by words, or cut."""
    try:
        json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return read_object(text) is not None
    return False


def _decode(text: str) -> Mapping[str, Any] | None:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _mended(body: str) -> list[str]:
    """Return ways to mend an object: commas before its end left out; closed after the text at hand, or after its last whole pair."""
    trimmed = body.rstrip()
    last = trimmed.rfind('",')
    closed = _HANGING_COMMA.sub(r"\1", trimmed)
    return [closed, trimmed + '"}', trimmed + "}", trimmed[: last + 1] + "}" if last > 0 else "{}"]


def _closed(raw: str) -> bool:
    start = raw.find("{")
    return start >= 0 and _decode(raw[start:]) is not None

"""`Draft` and `Failure`: what came of a model's reply. Nothing is skipped silently; a reply that cannot be used keeps its text.

`parse` reads JSON as models write it: inside a code fence, with words before or after, or cut off at the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generate.model import Completion
    from generate.task import Task

MIN_QUESTION = 12
MIN_ANSWER = 1
_FENCE = re.compile(r"```(?:json)?\s*(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
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

    `evidence` is the stretch of a passage the answer was taken from, when it was chosen before the question.
    """

    question: str
    answer: str
    reasoning: str | None = None
    concepts: tuple[str, ...] = ()
    evidence: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why there is no draft.

    `kind` is a short word: no-fact, model-call, not-json, cut, missing, empty, too-short, placeholder, refusal,
    not-a-question, gives-away, off-source, needs-source. `message` is a sentence for a person; `raw` is the model's text.
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
    values: dict[str, str] = {}
    for name in task.schema["properties"]:
        problem = _problem(name, found, required=name in task.schema.get("required", ()))
        if problem is not None:
            return Failure(kind=problem[0], message=problem[1], prompt_id=prompt_id, raw=raw)
        values[name] = " ".join(str(found.get(name) or "").split())
    if completion.finish == "length" and not _closed(raw):
        return Failure(kind="cut", message="the reply was cut off at its token limit", prompt_id=prompt_id, raw=raw)
    return Draft(
        question=values["question"], answer=values.get("answer", ""), reasoning=values.get("reasoning") or None
    )


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


def _decode(text: str) -> Mapping[str, Any] | None:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _mended(body: str) -> list[str]:
    """Return ways to close a truncated object: after the text at hand, or after its last whole pair."""
    trimmed = body.rstrip()
    last = trimmed.rfind('",')
    return [trimmed + '"}', trimmed + "}", trimmed[: last + 1] + "}" if last > 0 else "{}"]


def _closed(raw: str) -> bool:
    start = raw.find("{")
    return start >= 0 and _decode(raw[start:]) is not None

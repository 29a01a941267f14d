"""The change log of a refresh: what was wrong with each row, the words gone and come, and what became of it; Markdown and JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.atomic import write_text

if TYPE_CHECKING:
    from groundsmith.refresh.session import Refreshed

_EDGE = 60
_MARK = re.compile(r"([\\`*_{}\[\]<>#|!])")
_TOLD = {
    "kept": "the answer still holds",
    "corrected": "the answer was put right",
    "replaced": "another row stands in its place",
    "stale": "it was taken out; nothing stands in its place yet",
}


def write_changelog(target: Path, refreshed: Refreshed, records: Iterable[Mapping[str, Any]]) -> tuple[Path, Path]:
    """Write the log to `target` as Markdown and beside it, with the ending .json, as JSON; return both paths."""
    every = list(records)
    beside = target.with_suffix(".json")
    write_text(target, markdown(refreshed, every))
    whole = {"refresh": asdict(refreshed), "rows": every}
    write_text(beside, json.dumps(whole, ensure_ascii=False, indent=2) + "\n")
    return target, beside


def markdown(refreshed: Refreshed, records: Iterable[Mapping[str, Any]]) -> str:
    """Return the log as Markdown; what documents and rows say is shown as text."""
    every = list(records)
    counts = Counter(each["outcome"] for each in every)
    told = ", ".join(f"{counts[name]} {name}" for name in _TOLD if counts[name]) or "none"
    head = [
        f"# What the refresh of {_shown(refreshed.source)} changed",
        "",
        f"Run {refreshed.run}: {refreshed.rows} rows, {refreshed.carried} left as they are, {len(every)} looked at again ({told}).",
        f"Model calls: {refreshed.spent.calls}.",
        *([f"Fewer rows than asked: {_shown(refreshed.why)}."] if refreshed.why else []),
        "",
    ]
    return "\n".join([*head, *(line for each in every for line in _entry(each))])


def _entry(record: Mapping[str, Any]) -> list[str]:
    outcome = str(record["outcome"])
    lines = [
        f"## {record['row']}: {outcome}",
        "",
        f"{_sentence(_TOLD.get(outcome, outcome))}. {_sentence(str(record['why']))}.",
        "",
    ]
    lines += [f"- Question: {_shown(record['question'])}", f"- Answer: {_shown(record['answer'])}"]
    if record.get("reason"):
        lines.append(f"- Judged now: {_shown(record['reason'])}")
    if record.get("new_row"):
        lines += [
            f"- New row: {record['new_row']}",
            f"- New question: {_shown(record['new_question'])}",
            f"- New answer: {_shown(record['new_answer'])}",
        ]
    for change in record.get("changes", ()):
        lines.append(f"- {_change(change)}")
    return [*lines, ""]


def _change(change: Mapping[str, Any]) -> str:
    was, now = change["from_version"], change["to_version"]
    place = " > ".join(dict.fromkeys(part for part in (change["title"], *change["headings"]) if part))
    versions = f"version {was} to {now}" if now is not None else f"version {was}, now gone"
    head = f"{_shown(change['source'])}, {_shown(place)} ({versions}), passage {change['passage']}: {change['fate']}"
    return f"{head}. {_words(change)}" if change["fate"] != "moved" else head


def _words(change: Mapping[str, Any]) -> str:
    """Return the words gone struck through and those that came in bold, with a little of what stands around them."""
    if not change["words"]:
        return f"~~{_shown(_cut(change['old']))}~~"
    shown = {"=": "{}", "-": "~~{}~~", "+": "**{}**"}
    parts = [
        shown[each["mark"]].format(_shown(_cut(each["text"]) if each["mark"] == "=" else each["text"]).strip())
        for each in change["words"]
        if each["text"].strip()
    ]
    return " ".join(parts)


def _sentence(text: str) -> str:
    return _shown(text[:1].upper() + text[1:])


def _cut(text: str) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= 2 * _EDGE + 5 else f"{folded[:_EDGE]} … {folded[-_EDGE:]}"


def _shown(text: object) -> str:
    """Return a text of a document or a model so that Markdown shows it as it is, on one line."""
    return _MARK.sub(r"\\\1", " ".join(str(text).split()))

"""A review taken elsewhere: CSV for a spreadsheet, Argilla's folder, Label Studio's tasks, or rows as reviewed.

`groundsmith.review_import` brings it back.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from groundsmith.atomic import write_text
from groundsmith.records import harmless
from groundsmith.review_store import CHOICES, Decision
from groundsmith.standing import REASONS, reviewed
from knowledge.errors import UsageError

if TYPE_CHECKING:
    from groundsmith.reviews import ReviewQueue
    from groundsmith.row import DatasetRow

SETTINGS, RECORDS, DATASET = ".argilla/settings.json", "records.json", ".argilla/dataset.json"
AGENT = "groundsmith"
GUIDE = "Accept a row whose answer the evidence says in full. Edit one that is nearly right. Reject any other, with the reason."


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A row as it is sent out, with what stands for it; `version` comes back with the decision. In a blind review no verdict."""

    id: str
    question: str
    answer: str
    evidence: str
    verdict: str
    score: float | None
    version: int
    choice: str = ""
    reason: str = ""
    new_question: str = ""
    new_answer: str = ""
    reviewer: str = ""
    seconds: float | None = None


def entries(queue: ReviewQueue) -> Iterator[Entry]:
    """Yield the rows wanted of a review in its order: those that were decided, with the decision, and those that come next."""
    store, pile = queue.store, queue.pile.id
    lane = queue.reviewer if queue.blind else ""
    decided = {each.row: each for each in store.standing(pile) if each.lane == lane}
    waiting = set(queue.upcoming(queue.wanted))
    for row in store.order(pile, queue.strategy):
        if row in decided or row in waiting:
            content, item = queue.row(row), store.item(pile, row)
            if content is not None and item is not None:
                version = store.version(pile, row, lane=lane)
                yield _entry(content, decided.get(row), version=version, score=item.score, blind=queue.blind, row=row)


def _entry(content: DatasetRow, found: Decision | None, *, version: int, score: float, blind: bool, row: str) -> Entry:
    edited = found.edited if found else None
    return Entry(
        id=row,
        question=content.question,
        answer=content.answer,
        evidence="\n\n".join(each.text for each in content.evidence),
        verdict="" if blind else content.verdict,
        score=None if blind else score,
        version=version,
        choice=found.kind if found else "",
        reason=found.reason if found else "",
        new_question=edited.question if edited and edited.question != content.question else "",
        new_answer=edited.answer if edited and edited.answer != content.answer else "",
        reviewer=found.reviewer if found else "",
        seconds=found.seconds if found else None,
    )


def export_review(queue: ReviewQueue, output: Path, *, form: str | None = None) -> int:
    """Write a review to `output` and return how many rows; the form is that named, or the one that the ending tells.

    Raises UsageError when it is not clear.
    """
    chosen = form or {".csv": "csv", ".jsonl": "jsonl", ".json": "label-studio", "": "argilla"}.get(
        output.suffix.lower()
    )
    if chosen not in FORMS:
        raise UsageError(f"--export {output}: name the format, --format {' or '.join(FORMS)}")
    return FORMS[chosen](queue, output)


def _csv(queue: ReviewQueue, output: Path) -> int:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [each.name for each in fields(Entry)]
    writer.writerow(names)
    found = list(entries(queue))
    for entry in found:
        values = (getattr(entry, name) for name in names)
        writer.writerow(["" if value is None else harmless(value) for value in values])
    write_text(output, text.getvalue())
    return len(found)


def _jsonl(queue: ReviewQueue, output: Path) -> int:
    """Write every row of the pile that people did not reject, as they left it: examples, or a dataset."""
    from groundsmith.exports import export_rows

    known = queue.standings()
    rows = (
        reviewed(content, known.get(item.row))
        for item in queue.store.items(queue.pile.id)
        if (content := queue.row(item.row)) is not None
    )
    return export_rows((row for row in rows if row.rejected is None), output, form="jsonl")


def _argilla(queue: ReviewQueue, output: Path) -> int:
    """Write what `rg.Dataset.from_disk` reads: records, settings, and the dataset's name."""
    records = [_record(entry) for entry in entries(queue)]
    (output / ".argilla").mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in f"review-{Path(queue.pile.name).stem}").lower()
    for place, data in ((RECORDS, records), (SETTINGS, _argilla_settings()), (DATASET, {"name": name})):
        write_text(output / place, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    return len(records)


def _record(entry: Entry) -> dict[str, Any]:
    metadata = {"version": entry.version}
    suggestions = {}
    if entry.verdict:
        choice = "accept" if entry.verdict == "supported" else "reject"
        suggestions = {"choice": {"value": choice, "score": entry.score, "agent": AGENT}}
    return {
        "id": entry.id,
        "fields": {name: getattr(entry, name) or "-" for name in ("question", "answer", "evidence")},
        "metadata": {**metadata, "verdict": entry.verdict} if entry.verdict else metadata,
        "suggestions": suggestions,
        "responses": {},
        "vectors": {},
    }


def _argilla_settings() -> dict[str, Any]:
    plain = {"type": "text", "use_markdown": False}
    shown = [
        {"name": name, "title": name.capitalize(), "required": True, "settings": plain}
        for name in ("question", "answer", "evidence")
    ]
    choices = {"type": "label_selection", "options": [{"text": each.capitalize(), "value": each} for each in CHOICES]}
    reasons = {"type": "label_selection", "options": [{"text": text, "value": word} for word, text in REASONS.items()]}
    asked = (("choice", choices), ("reason", reasons), ("new_question", plain), ("new_answer", plain))
    kinds = (("version", "integer"), ("verdict", "terms"))
    return {
        "guidelines": GUIDE,
        "fields": shown,
        "questions": [
            {"name": name, "title": name.replace("_", " ").capitalize(), "required": name == "choice", "settings": each}
            for name, each in asked
        ],
        "vectors": [],
        "metadata": [
            {"name": name, "title": name, "visible_for_annotators": False, "settings": {"type": kind}}
            for name, kind in kinds
        ],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
    }


def _label_studio(queue: ReviewQueue, output: Path) -> int:
    """Write tasks for Label Studio, and beside them, ending in .xml, the labelling interface they are for."""
    tasks = [_task(entry) for entry in entries(queue)]
    write_text(output, json.dumps(tasks, ensure_ascii=False, indent=1) + "\n")
    write_text(output.with_suffix(".xml"), labelling_interface())
    return len(tasks)


def _task(entry: Entry) -> dict[str, Any]:
    data = {name: getattr(entry, name) for name in ("id", "question", "answer", "evidence", "version")}
    if not entry.verdict:
        return {"data": data}
    choice = "accept" if entry.verdict == "supported" else "reject"
    result = {"from_name": "choice", "to_name": "answer", "type": "choices", "value": {"choices": [choice]}}
    return {"data": data, "predictions": [{"model_version": AGENT, "score": entry.score, "result": [result]}]}


def labelling_interface() -> str:
    """Return the labelling interface of Label Studio for reviews."""
    shown = "".join(
        f'  <Header value="{name.capitalize()}"/>\n  <Text name="{name}" value="${name}"/>\n'
        for name in ("question", "answer", "evidence")
    )
    choices = "".join(f"    <Choice value={quoteattr(each)}/>\n" for each in CHOICES)
    reasons = "".join(
        f"    <Choice value={quoteattr(word)} hint={quoteattr(text)}/>\n" for word, text in REASONS.items()
    )
    return (
        f'<View>\n{shown}  <Choices name="choice" toName="answer" choice="single" required="true">\n{choices}  </Choices>\n'
        f'  <Header value="Why not"/>\n  <Choices name="reason" toName="answer" choice="single">\n{reasons}  </Choices>\n'
        '  <Header value="Question and answer as they should be"/>\n'
        '  <TextArea name="new_question" toName="question" maxSubmissions="1"/>\n'
        '  <TextArea name="new_answer" toName="answer" maxSubmissions="1" rows="3"/>\n</View>\n'
    )


FORMS: dict[str, Callable[[ReviewQueue, Path], int]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "argilla": _argilla,
    "label-studio": _label_studio,
}

"""A review taken elsewhere and brought back: CSV for a spreadsheet, Argilla's folder, Label Studio's tasks, or rows as reviewed.

What comes back is checked like any decision: a row that was decided meanwhile is told as a conflict, one that says the same as
what stands is passed over, so that a file can be brought in twice.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from groundsmith.atomic import write_text
from groundsmith.records import harmless
from groundsmith.review_store import CHOICES, EDIT, Decision
from groundsmith.standing import REASONS, reviewed
from knowledge.errors import ConflictError, GroundsmithError, UsageError

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What came of a file: decisions taken in, those that stood already, rows without a decision, and what was refused."""

    decided: int
    same: int
    empty: int
    problems: tuple[str, ...]


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One decision read from a file; `where` names it in messages."""

    where: str
    row: str
    choice: str
    reason: str = ""
    question: str = ""
    answer: str = ""
    reviewer: str = ""
    seconds: float | None = None
    version: int | None = None


def import_review(path: Path, queue_for: Callable[[str, bool], ReviewQueue], *, reviewer: str, blind: bool) -> Imported:
    """Take in the decisions of a file; `queue_for` gives the review of a reviewer, blind or not.

    A file in which several people decided on the same rows is taken as a blind review. Raises UsageError when it is no export of a review.
    """
    found = [replace(each, reviewer=each.reviewer or reviewer) for each in read_review(path)]
    decided = {(each.row, each.reviewer) for each in found if each.choice}
    several = blind or len(decided) > len({row for row, _ in decided})
    queues: dict[str, ReviewQueue] = {}
    counts = {"decided": 0, "same": 0, "empty": 0}
    problems: list[str] = []
    for each in found:
        if not each.choice:
            counts["empty"] += 1
            continue
        if each.reviewer not in queues:
            queues[each.reviewer] = queue_for(each.reviewer, several)
        try:
            checked = each if not several else replace(each, version=None)
            counts["decided" if _taken(queues[each.reviewer], checked) else "same"] += 1
        except ConflictError as error:
            problems.append(f"{path}, {each.where}: conflict: {error}")
        except GroundsmithError as error:
            problems.append(f"{path}, {each.where}: {error}")
    return Imported(**counts, problems=tuple(problems))


def _taken(queue: ReviewQueue, said: Said) -> bool:
    """Decide as a file says; False when the same stands already."""
    own = [each for each in queue.history(said.row) if each.reviewer == queue.reviewer and not each.undone]
    last = next((each for each in reversed(own) if each.kind in CHOICES), None)
    if last is not None and _equal(last, said):
        return False
    queue.decide(
        said.row,
        said.choice,
        reason=said.reason,
        question=said.question or None,
        answer=said.answer or None,
        seconds=said.seconds,
        seen_version=said.version,
    )
    return True


def _equal(last: Decision, said: Said) -> bool:
    if last.kind != said.choice:
        return False
    if said.choice == EDIT and last.edited is not None:
        pairs = ((said.question, last.edited.question), (said.answer, last.edited.answer))
        return all(not new or new.strip() == old for new, old in pairs)
    return " ".join(said.reason.split()) == last.reason


def read_review(path: Path) -> list[Said]:
    """Return what a file, or a folder of Argilla, says; raises UsageError naming the file and what is expected."""
    place = path / RECORDS if path.is_dir() else path
    try:
        text = place.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{place}: cannot be read ({error}); give a file that `review --export` wrote") from error
    if place.suffix.lower() == ".csv":
        return list(_from_csv(text, place))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{place}: is neither CSV nor JSON ({error}); export it anew") from error
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise UsageError(f"{place}: must be a list of records of Argilla or tasks of Label Studio")
    if any("data" in each for each in data):
        return [said for number, each in enumerate(data, 1) for said in _from_task(each, number)]
    return [said for number, each in enumerate(data, 1) for said in _from_record(each, number)]


def _from_csv(text: str, path: Path) -> Iterator[Said]:
    reader = csv.DictReader(io.StringIO(text))
    lacking = {"id", "choice"} - set(reader.fieldnames or ())
    if lacking:
        raise UsageError(
            f"{path}: has no column {' and '.join(sorted(lacking))}; export the review and fill in `choice`"
        )
    for number, cells in enumerate(reader, 2):
        plain = {name: _plain(value) for name, value in cells.items() if isinstance(name, str)}
        yield Said(
            where=f"line {number}",
            row=plain["id"],
            choice=_word(plain["choice"]),
            reason=plain.get("reason", ""),
            question=plain.get("new_question", ""),
            answer=plain.get("new_answer", ""),
            reviewer=plain.get("reviewer", ""),
            seconds=_number(plain.get("seconds")),
            version=_whole(plain.get("version")),
        )


def _word(text: str) -> str:
    """A choice as it is written here: "Accepted" is accept."""
    lowered = text.strip().lower()
    return next((each for each in CHOICES if lowered in (each, f"{each}ed")), lowered)


def _plain(value: object) -> str:
    """A cell without the mark that keeps a spreadsheet from taking it for a formula."""
    text = str(value or "").strip()
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@\t\r" else text


def _from_task(task: Mapping[str, Any], number: int) -> Iterator[Said]:
    """Yield what each annotation of a task of Label Studio says."""
    data = task.get("data") or {}
    annotations = [each for each in task.get("annotations") or () if not each.get("was_cancelled")]
    if not annotations:
        yield Said(where=f"task {number}", row=str(data.get("id", "")), choice="")
    for each in annotations:
        values = {item.get("from_name"): _value(item.get("value") or {}) for item in each.get("result") or ()}
        person = each.get("completed_by")
        name = person.get("email") or person.get("id") if isinstance(person, Mapping) else person
        yield Said(
            where=f"task {number}",
            row=str(data.get("id", "")),
            choice=_word(values.get("choice", "")),
            reason=values.get("reason", ""),
            question=values.get("new_question", ""),
            answer=values.get("new_answer", ""),
            reviewer="" if name is None else f"{name}",
            seconds=_number(each.get("lead_time")),
            version=_whole(data.get("version")),
        )


def _value(value: Mapping[str, Any]) -> str:
    found = value.get("choices") or value.get("text") or ""
    return str(found[0] if isinstance(found, list) and found else found).strip()


def _from_record(record: Mapping[str, Any], number: int) -> Iterator[Said]:
    """Yield what each person's responses to a record of Argilla say."""
    of: dict[str, dict[str, str]] = {}
    for name, responses in (record.get("responses") or {}).items():
        for each in _listed(responses):
            if each.get("status") in (None, "submitted"):
                of.setdefault(str(each.get("user_id") or ""), {})[name] = str(each.get("value") or "").strip()
    version = _whole((record.get("metadata") or {}).get("version"))
    for person, said in (of or {"": {}}).items():
        yield Said(
            where=f"record {number}",
            row=str(record.get("id", "")),
            choice=_word(said.get("choice", "")),
            reason=said.get("reason", ""),
            question=said.get("new_question", ""),
            answer=said.get("new_answer", ""),
            reviewer=person,
            version=version,
        )


def _listed(responses: object) -> Iterable[Mapping[str, Any]]:
    return [each for each in responses if isinstance(each, Mapping)] if isinstance(responses, list) else ()


def _number(value: object) -> float | None:
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if 0 <= found < 1e9 else None


def _whole(value: object) -> int | None:
    found = _number(value)
    return None if found is None else int(found)

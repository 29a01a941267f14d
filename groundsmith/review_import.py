"""A review brought back from elsewhere: from CSV, Argilla's folder, or Label Studio's tasks.

What comes back is checked like any decision: a row that was decided meanwhile is told as a conflict, one that says the same as
what stands is passed over, so that a file can be brought in twice.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.review_exchange import RECORDS
from groundsmith.review_store import CHOICES, EDIT, Decision
from knowledge.errors import ConflictError, GroundsmithError, UsageError

if TYPE_CHECKING:
    from groundsmith.reviews import ReviewQueue


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What came of a file: decisions taken in, those that stood already, rows without a decision, and what was refused."""

    decided: int
    same: int
    empty: int
    problems: tuple[str, ...]


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

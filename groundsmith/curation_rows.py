"""The records of a dataset as curation sees them: texts, what the filters measured, and what a row is about and rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from knowledge.errors import RowError
from verify.duplicate import fold
from verify.filter import measures_of
from verify.words import content

if TYPE_CHECKING:
    from groundsmith.datasets import Dataset, ForeignRow
    from verify.repetition import Texts

_IDS = ("id", "_id", "uid", "guid", "question_id", "query_id", "example_id", "sample_id")
_DOCUMENTS = ("document", "document_id", "doc_id", "source", "file", "filename", "url")
MOST_CONTEXTS = 4
"""Passages of a row that a rating is shown."""

Tick = Callable[..., None]


class On(StrEnum):
    """Which texts two rows must share to be one."""

    QUESTION = "question"
    ANSWER = "answer"
    BOTH = "both"


class By(StrEnum):
    """What rows in different parts of a split must not share."""

    DOCUMENT = "document"
    PASSAGE = "passage"
    CONCEPT = "concept"


@dataclass(frozen=True, kw_only=True, slots=True)
class Detail:
    """What stages beyond repeats need of a record: measures by name, confidence, subjects, conditions and passages."""

    measures: Mapping[str, float | None]
    confidence: float | None
    features: frozenset[str]
    conditions: Mapping[str, Any]
    contexts: tuple[str, ...]


@dataclass(slots=True)
class Rows:
    """The records of a file: number, id, question and answer of each; details where they were asked for."""

    numbers: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)

    def add(self, row: ForeignRow, detail: Detail | None = None) -> None:
        """Add a row; a further turn of a record is joined to those before."""
        if self.numbers and self.numbers[-1] == row.number:
            self.questions[-1] += f"\n{row.question or ''}"
            self.answers[-1] += f"\n{row.answer}"
            return
        self.numbers.append(row.number)
        self.ids.append(identity(row.raw, row.number))
        self.questions.append(row.question or "")
        self.answers.append(row.answer)
        if detail is not None:
            self.details.append(detail)

    def texts(self, on: On) -> list[Texts]:
        """The texts compared, of each row."""
        if on is On.BOTH:
            return list(zip(self.questions, self.answers, strict=True))
        return [(text,) for text in (self.questions if on is On.QUESTION else self.answers)]


def identity(raw: Mapping[str, Any], number: int) -> str:
    """Return the id that a record states, or "row N"."""
    for name in _IDS:
        value = raw.get(name)
        if isinstance(value, str | int) and str(value).strip():
            return str(value)
    return f"row {number}"


def read_rows(
    dataset: Dataset,
    tick: Tick = lambda *_, **__: None,
    *,
    measures: Iterable[str] | None = None,
    language: str = "en",
) -> Rows:
    """Return the records of a dataset; with `measures` (empty for none) also their details."""
    rows, last = Rows(), 0
    names = None if measures is None else tuple(measures)
    for row in dataset:
        tick(1 if row.number != last else 0)
        last = row.number or last
        if isinstance(row, RowError):
            rows.problems[row.number or 0] = str(row)
        else:
            rows.add(row, None if names is None else _detail(row, names, language))
    return rows


def _detail(row: ForeignRow, names: tuple[str, ...], language: str) -> Detail:
    question = row.question or ""
    measures = measures_of(question, row.answer, row.raw, names={*names, "confidence"}, language=language)
    conditions = row.raw.get("conditions")
    return Detail(
        measures=measures,
        confidence=measures["confidence"],
        features=frozenset(_concepts(row)) or content(f"{question} {row.answer}"),
        conditions=conditions if isinstance(conditions, Mapping) else {},
        contexts=row.contexts[:MOST_CONTEXTS],
    )


def shared_keys(row: ForeignRow, by: By) -> set[str]:
    """Return what no other part of a split may have of this row: its documents, passages or concepts, and its question."""
    question = {f"question:{fold(row.question)}"} if row.question and fold(row.question) else set()
    if by is By.CONCEPT:
        return question | {f"concept:{name}" for name in _concepts(row)}
    passages = {f"passage:{fold(text)}" for text in row.contexts if fold(text)}
    evidence = {f"evidence:{name}" for name in _evidence(row, "id")}
    if by is By.PASSAGE:
        return question | passages | evidence
    documents = {f"document:{name}" for name in _evidence(row, "document")} or _stated(row)
    return question | passages | evidence | documents


def keyless(row: ForeignRow, by: By) -> bool:
    """Whether a row does not say what it is divided by."""
    return not any(not key.startswith("question:") for key in shared_keys(row, by))


def _concepts(row: ForeignRow) -> Iterator[str]:
    found = row.raw.get("concepts")
    for each in found if isinstance(found, list) else ():
        name = (each.get("id") or each.get("label")) if isinstance(each, Mapping) else each
        if isinstance(name, str) and name:
            yield name


def _evidence(row: ForeignRow, name: str) -> Iterator[str]:
    found = row.raw.get("evidence")
    for each in found if isinstance(found, list) else ():
        value = each.get(name) if isinstance(each, Mapping) else None
        if isinstance(value, str | int) and str(value):
            yield str(value)


def _stated(row: ForeignRow) -> set[str]:
    """The document a row names, by its own column or the title around it."""
    for name in _DOCUMENTS:
        value = row.raw.get(name)
        if isinstance(value, str) and value.strip():
            return {f"document:{value.strip()}"}
    return {f"document:{row.topic}"} if row.topic and row.shape == "squad" else set()

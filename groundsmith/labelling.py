"""Rows that people labelled, each with its score: judged anew by the workspace's verifier, or as a file recorded it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.labels import label_of
from knowledge.errors import RowError
from verify.calibration import Labelled, support_score
from verify.evidence import Evidence
from verify.verdict import Verdict
from verify.verifier import Item, Verifier

if TYPE_CHECKING:
    from groundsmith.datasets import Dataset, ForeignRow
    from groundsmith.render import Ticker
    from knowledge.library import Library

DRAWN = "groundsmith_drawn"
"""The column that says whether a row was drawn like those the judge will be used on; only such rows certify a threshold."""
_PASSAGE = re.compile(r"p_[0-9a-f]{16}")
_AGAINST = ("refuted", "conflicting")
_CLAIMS = ("groundsmith_claims", "claims")
_VERDICTS = ("groundsmith_verdict", "verdict")
_CONFIDENCES = ("groundsmith_confidence", "confidence")


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Columns named by the user: of the label, of the document class, of question and answer; None is found by itself."""

    label: str | None = None
    by: str | None = None
    question: str | None = None
    answer: str | None = None


@dataclass(kw_only=True, slots=True)
class LabelledRows:
    """What was read: the rows with their scores, what could not be read, and counts of rows without label or claim.

    `verdicts` are those of the rows' claims, in the order of `rows`; none when the scores were recorded.
    """

    rows: list[Labelled] = field(default_factory=list)
    verdicts: list[tuple[Verdict, ...]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unlabelled: int = 0
    unjudged: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A readable row with its label and class."""

    row: ForeignRow
    right: bool
    group: str

    def labelled(self, score: float) -> Labelled:
        """Return the row with its score; it counts as drawn unless it says that it was chosen."""
        drawn = self.row.raw.get(DRAWN) is not False
        return Labelled(score=score, right=self.right, group=self.group, drawn=drawn)


def judged_rows(
    path: Path,
    verifier: Verifier,
    *,
    columns: Columns,
    library: Library | None = None,
    contexts: bool = True,
    stop: Callable[[], bool],
    tick: Ticker,
) -> LabelledRows:
    """Return the labelled rows of a dataset with the scores that `verifier` gives them.

    A row's own passages are evidence too if `contexts`; one that is a passage's id stands for that passage of `library`. Raises
    UsageError when the file is no dataset.
    """
    from groundsmith.datasets import Dataset

    found = LabelledRows()
    waiting: dict[str, _Row] = {}
    with Dataset(path, fields=_fields(columns)) as dataset:
        items = _items(dataset, found, waiting, columns=columns, library=library, contexts=contexts, stop=stop)
        for result in verifier.verify(items):
            known = waiting.pop(result.id)
            tick(1, note=str(result.label))
            if result.confidence is None:
                found.unjudged += 1
                continue
            score = support_score(result.verdicts, thresholds=verifier.thresholds)
            found.rows.append(known.labelled(score))
            found.verdicts.append(result.verdicts)
    return found


def recorded_rows(path: Path, *, columns: Columns, stop: Callable[[], bool], tick: Ticker) -> LabelledRows:
    """Return the labelled rows of an annotated copy or a generated dataset with the scores that stand in it."""
    from groundsmith.datasets import Dataset

    found = LabelledRows()
    with Dataset(path, fields=_fields(columns)) as dataset:
        for known in _labelled(dataset, found, columns=columns, stop=stop):
            tick(1)
            try:
                score = recorded_score(known.row.raw, part=known.row.part)
            except RowError as error:
                found.problems.append(f"row {known.row.number}: {error}")
                continue
            if score is None:
                found.unjudged += 1
            else:
                found.rows.append(known.labelled(score))
    return found


def recorded_score(record: Mapping[str, Any], *, part: int = 0) -> float | None:
    """Return the score in a row: the least entailment of its claims, 0 when one has evidence against it; None without a claim.

    A row without claims has the confidence of its verdict. Raises RowError when there is neither.
    """
    claims = _first(record, _CLAIMS, part)
    claims = _read(claims) if isinstance(claims, str) else claims
    if isinstance(claims, list):
        if not all(isinstance(claim, Mapping) for claim in claims):
            raise RowError("its claims are not objects; verify the file again")
        return min((_claim_score(claim) for claim in claims), default=None)
    verdict, confidence = _first(record, _VERDICTS, part), _first(record, _CONFIDENCES, part)
    if confidence is None:
        raise RowError("no recorded claims or confidence; leave out --recorded, so that it is judged")
    value = _share(confidence)
    if verdict in (None, "", "supported"):
        return value
    return 0.0 if verdict in _AGAINST else 1.0 - value


def _claim_score(claim: Mapping[str, Any]) -> float:
    if claim.get("verdict") in _AGAINST or claim.get("entailment") is None:
        return 0.0
    return _share(claim["entailment"])


def _share(value: object) -> float:
    try:
        share = float(str(value))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise RowError(f"the recorded score {str(value)[:40]!r} is not a number from 0 to 1; verify the file again")
    return share


def _first(record: Mapping[str, Any], names: tuple[str, ...], part: int) -> object:
    """The first of some columns that is there; in a conversation's list, the value of this reply."""
    value = next((record[name] for name in names if name in record), None)
    listed = isinstance(value, list) and (names != _CLAIMS or (value and all(isinstance(each, list) for each in value)))
    return value[part] if isinstance(value, list) and listed and part < len(value) else value


def _read(text: str) -> object:
    try:
        return json.loads(text.lstrip("'"))
    except ValueError as error:
        raise RowError(f"its claims are no JSON ({error}); verify the file again") from error


def _fields(columns: Columns) -> Any:  # noqa: ANN401 - imported late
    from groundsmith.recognise import Fields

    return Fields(question=columns.question, answer=columns.answer)


def _labelled(dataset: Dataset, found: LabelledRows, *, columns: Columns, stop: Callable[[], bool]) -> Iterator[_Row]:
    """Yield the rows that can be read and have a label; count and tell the others."""
    for row in dataset:
        if stop():
            return
        if isinstance(row, RowError):
            found.problems.append(str(row))
            continue
        try:
            right = label_of(row.raw, columns.label, part=row.part)
            group = "" if right is None else _group(row, columns.by)
        except RowError as error:
            found.problems.append(f"row {row.number}: {error}")
            continue
        if right is None:
            found.unlabelled += 1
        else:
            yield _Row(row=row, right=right, group=group)


def _group(row: ForeignRow, by: str | None) -> str:
    if by is None:
        return row.topic
    if by not in row.raw:
        raise RowError(f"there is no column {by!r} for --by among {', '.join(map(repr, list(row.raw)[:12]))}")
    value = row.raw[by]
    return "" if value is None else " ".join(str(value).split())[:120]


def _items(
    dataset: Dataset,
    found: LabelledRows,
    waiting: dict[str, _Row],
    *,
    columns: Columns,
    library: Library | None,
    contexts: bool,
    stop: Callable[[], bool],
) -> Iterator[Item]:
    for known in _labelled(dataset, found, columns=columns, stop=stop):
        row = known.row
        try:
            cited = tuple(_cited(row, library)) if contexts else ()
        except RowError as error:
            found.problems.append(f"row {row.number}: {error}")
            continue
        item = Item(id=f"{row.number}.{row.part}", question=row.question, answer=row.answer, cited=cited)
        waiting[item.id] = known
        yield item


def _cited(row: ForeignRow, library: Library | None) -> Iterator[Evidence]:
    """Yield the row's own passages; ids of passages are looked up."""
    named = [text.strip() for text in row.contexts if _PASSAGE.fullmatch(text.strip())]
    passages = library.passages_by_id(named) if library is not None and named else {}
    for place, text in enumerate(row.contexts, 1):
        name = text.strip()
        if name in passages:
            yield Evidence.of(passages[name])
        elif name in named:
            raise RowError(f"it cites passage {name}, which is not in the library; ingest its document")
        elif name:
            number = f"row {row.number}"
            yield Evidence(passage_id=f"{number}, context {place}", document_id=number, text=text)

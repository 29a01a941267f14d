"""Fact-check a dataset that exists already: a verdict and the evidence for every claim, an annotated copy."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.errors import RowError

if TYPE_CHECKING:
    from groundsmith.datasets import Dataset, ForeignRow
    from groundsmith.render import Ticker
    from groundsmith.workspace import Workspace
    from verify.verifier import Item, Result, Verifier

WORST = 10
COLUMNS = {
    "groundsmith_verdict": str,
    "groundsmith_confidence": float,
    "groundsmith_reason": str,
    "groundsmith_claims": list,
    "groundsmith_evidence": list,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What came of a fact-check.

    `verdicts` counts rows by label; `share` is the share supported; `worst` are the rows to look at first, as (row, verdict,
    confidence, question, reason); `problems` are rows that could not be read.
    """

    rows: int
    verdicts: tuple[tuple[str, int], ...]
    share: float
    worst: tuple[tuple[int, str, float, str, str], ...]
    problems: tuple[str, ...]
    output: str
    stopped: bool = False


def check_file(
    workspace: Workspace,
    path: Path,
    *,
    output: Path | None,
    contexts: bool,
    question_field: str | None,
    answer_field: str | None,
    stop: Callable[[], bool],
    tick: Ticker,
    verifier: Verifier | None = None,
) -> Tally:
    """Judge every row of a dataset against the library, and its own contexts; write the annotated copy.

    Judged pairs are cached, so a check that was stopped goes on fast when it is started again. Raises UsageError when
    the file is no dataset.
    """
    from groundsmith.assay import verifier_of
    from groundsmith.datasets import Dataset
    from groundsmith.recognise import Fields

    judge = verifier or verifier_of(workspace, strict=False)
    fields = Fields(question=question_field, answer=answer_field)
    with Dataset(path, fields=fields) as dataset, _Columns() as columns:
        found = _Found()
        for row, result in _judged(dataset, judge, contexts=contexts, problems=found.problems, stop=stop):
            found.count(row, result)
            columns.add(row.number, _columns(result))
            tick(1, note=f"{result.label}")
        target = output or _beside(path, dataset.ending)
        dataset.annotate(target, columns, columns=COLUMNS)
    return found.tally(target, stopped=stop())


class _Columns(Mapping[int, Any]):
    """The added columns of each record by its number, kept in a temporary file: a list where a record has several parts."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._places: dict[int, list[int]] = {}

    def add(self, number: int, values: Mapping[str, Any]) -> None:
        """Keep the values of one part of a record."""
        self._places.setdefault(number, []).append(self._file.seek(0, 2))
        self._file.write(json.dumps(values).encode() + b"\n")

    def __getitem__(self, number: int) -> Any:  # noqa: ANN401 - an object, or a list of them
        found = [self._at(place) for place in self._places[number]]
        return found[0] if len(found) == 1 else found

    def _at(self, place: int) -> dict[str, Any]:
        self._file.seek(place)
        values: dict[str, Any] = json.loads(self._file.readline())
        return values

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __enter__(self) -> _Columns:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _judged(
    dataset: Dataset, judge: Verifier, *, contexts: bool, problems: list[str], stop: Callable[[], bool]
) -> Iterator[tuple[ForeignRow, Result]]:
    """Yield each readable row with its result; rows are read and judged a batch at a time."""
    waiting: dict[str, ForeignRow] = {}

    def items() -> Iterable[Item]:
        for row in dataset:
            if stop():
                return
            if isinstance(row, RowError):
                problems.append(str(row))
                continue
            item = _item(row, contexts=contexts)
            waiting[item.id] = row
            yield item

    for result in judge.verify(items()):
        yield waiting.pop(result.id), result


def _item(row: ForeignRow, *, contexts: bool) -> Item:
    from verify.evidence import Evidence
    from verify.verifier import Item

    cited = [
        Evidence(passage_id=f"row {row.number}, context {place}", document_id=f"row {row.number}", text=text)
        for place, text in enumerate(row.contexts if contexts else (), 1)
        if text.strip()
    ]
    return Item(id=f"{row.number}.{row.part}", question=row.question, answer=row.answer, cited=tuple(cited))


def _columns(result: Result) -> dict[str, Any]:
    from groundsmith.assay import claim_row, evidence_row
    from groundsmith.record import encode

    used = {name for verdict in result.verdicts for name in (*verdict.supporting, *verdict.contradicting)}
    return {
        "groundsmith_verdict": str(result.label),
        "groundsmith_confidence": round(result.confidence, 4) if result.confidence is not None else None,
        "groundsmith_reason": result.reason,
        "groundsmith_claims": [encode(claim_row(verdict)) for verdict in result.verdicts],
        "groundsmith_evidence": [encode(evidence_row(each)) for each in result.evidence if each.passage_id in used],
    }


def _beside(path: Path, ending: str) -> Path:
    if str(path) == "-":
        return Path(f"verified{ending}")
    name = path.name.removesuffix(".gz")
    stem = name[: -len(ending)] if name.endswith(ending) else Path(name).stem
    return Path(f"{stem}.verified{ending}")


_ORDER = ("refuted", "conflicting", "not enough evidence", "supported")


@dataclass(kw_only=True, slots=True)
class _Found:
    """What was found so far: counts, the worst rows as (rank, shown), and the rows that could not be read."""

    labels: Counter[str] = field(default_factory=Counter)
    worst: list[tuple[tuple[int, float, int], tuple[int, str, float, str, str]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def count(self, row: ForeignRow, result: Result) -> None:
        """Take in one judged row."""
        label = str(result.label)
        self.labels[label] += 1
        if label != "supported":
            rank = (_ORDER.index(label), -(result.confidence or 0.0), row.number)
            self.worst.append((rank, _worst(row, result)))
        if len(self.worst) > WORST * 20:
            self.worst = sorted(self.worst)[:WORST]

    def tally(self, output: Path, *, stopped: bool) -> Tally:
        """Return the sum."""
        rows = self.labels.total()
        return Tally(
            rows=rows,
            verdicts=tuple((label, self.labels[label]) for label in reversed(_ORDER)),
            share=self.labels["supported"] / rows if rows else 0.0,
            worst=tuple(shown for _, shown in sorted(self.worst)[:WORST]),
            problems=tuple(self.problems),
            output=str(output),
            stopped=stopped,
        )


def _worst(row: ForeignRow, result: Result) -> tuple[int, str, float, str, str]:
    question = " ".join((row.question or row.answer).split())[:100]
    return row.number, str(result.label), round(result.confidence or 0.0, 2), question, result.reason[:160]

"""Fact-check a dataset that exists already: a verdict and the evidence for every claim, an annotated copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.datasets import Unreadable
from groundsmith.recognise import NothingToCheck
from groundsmith.records import RAW
from groundsmith.tally import FAILED, NOT_CHECKED, Tally, Totals
from knowledge.errors import RowError

if TYPE_CHECKING:
    from groundsmith.datasets import Dataset, ForeignRow
    from groundsmith.recognise import Fields
    from groundsmith.render import Ticker
    from groundsmith.verdict_store import VerdictStore
    from groundsmith.workspace import Workspace
    from verify.evidence import Evidence
    from verify.verifier import Item, Result, Verifier

FACTCHECK_VERSION = 2
"""Raised when what is kept of a row changes its meaning, so that every row is judged again."""
BATCH = 64
COLUMNS = {
    "groundsmith_verdict": str,
    "groundsmith_confidence": float,
    "groundsmith_reason": str,
    "groundsmith_answers": float,
    "groundsmith_claims": list,
    "groundsmith_evidence": list,
    "groundsmith_corrections": list,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """Where evidence comes from: the `library` of the workspace, the `rows` themselves, or both."""

    library: bool = True
    rows: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Outputs:
    """What is written: the annotated `copy` (None for NAME.verified beside), and reports for machines where named."""

    copy: Path | None = None
    sarif: Path | None = None
    junit: Path | None = None


def check_file(
    workspace: Workspace,
    path: Path,
    *,
    stop: Callable[[], bool],
    tick: Ticker,
    fields: Fields | None = None,
    sources: Sources = Sources(),
    outputs: Outputs = Outputs(),
    verifier: Verifier | None = None,
) -> Tally:
    """Judge every row of a dataset; write the annotated copy and the reports asked for.

    Verdicts are kept in the workspace, so a check that was stopped or killed goes on where it was when it is started
    again. Memory holds a batch of rows and a few numbers a row. Raises UsageError when the file is no dataset.
    """
    from groundsmith.assay import verifier_of
    from groundsmith.datasets import Dataset
    from groundsmith.verdict_spool import VerdictSpool
    from groundsmith.verdict_store import VerdictStore

    judge = verifier or verifier_of(workspace, strict=False, cited_only=not sources.library)
    check = _Check(workspace, judge, VerdictStore(workspace.database), sources=sources)
    with Dataset(path, fields=fields) as dataset, VerdictSpool() as spool:
        tick(0, total=dataset.count())
        totals = Totals()
        for row, columns in check.rows(dataset, stop=stop):
            _count(totals, row, columns)
            spool.add(row, columns)
            tick(0 if getattr(row, "part", 0) else 1, note=str(columns["groundsmith_verdict"]))
        target = outputs.copy or _beside(path, dataset.ending)
        added = COLUMNS | getattr(judge, "added", {})
        added = {**added, RAW: list} if totals.unreadable else added
        dataset.annotate(target, spool, columns=added)
        _report(outputs, path, spool, lines=dataset.ending == ".jsonl")
    return totals.tally(target, stopped=stop())


def checked(
    workspace: Workspace,
    dataset: Dataset,
    *,
    stop: Callable[[], bool],
    sources: Sources = Sources(),
    verifier: Verifier | None = None,
) -> Iterator[tuple[ForeignRow | RowError, dict[str, Any]]]:
    """Yield each row of a dataset with its added columns; verdicts are kept in the workspace as `check_file` keeps them."""
    from groundsmith.assay import verifier_of
    from groundsmith.verdict_store import VerdictStore

    judge = verifier or verifier_of(workspace, strict=False, cited_only=not sources.library)
    yield from _Check(workspace, judge, VerdictStore(workspace.database), sources=sources).rows(dataset, stop=stop)


def _report(outputs: Outputs, path: Path, spool: Any, *, lines: bool) -> None:  # noqa: ANN401 - a VerdictSpool
    from groundsmith.junit import write_junit
    from groundsmith.sarif import write_sarif

    if outputs.sarif is not None:
        write_sarif(outputs.sarif, path, spool.entries(), lines=lines)
    if outputs.junit is not None:
        write_junit(outputs.junit, path, spool.entries(), spool.counts())


def _count(totals: Totals, row: ForeignRow | RowError, columns: dict[str, Any]) -> None:
    if isinstance(row, RowError):
        totals.unreadable += isinstance(row, Unreadable)
        totals.problem(str(row), failed=not isinstance(row, NothingToCheck))
    else:
        totals.judged(row, columns)


@dataclass(kw_only=True, slots=True)
class _Batch:
    """Rows waiting to be judged, with their keys."""

    rows: list[tuple[str, ForeignRow]] = field(default_factory=list)
    wrong: list[RowError] = field(default_factory=list)


class _Check:
    """Judges rows a batch at a time; what was found before is read from the store."""

    def __init__(self, workspace: Workspace, judge: Verifier, store: VerdictStore, *, sources: Sources) -> None:
        self._workspace = workspace
        self._judge = judge
        self._store = store
        self._sources = sources
        self._base = self._rests_on()

    def _rests_on(self) -> str:
        """Return a digest of all that a verdict rests on beside the row: judge, settings, and the passages there are."""
        from groundsmith.assay import judge_name
        from groundsmith.record import encode
        from knowledge.identity import digest

        stamp = self._workspace.library.stamp() if self._sources.library else ""
        settings = self._workspace.settings
        asks = hasattr(self._judge, "added") or settings.judge.asks
        used = [settings.verification, *([settings.judge, settings.model] if asks else [])]
        return digest([FACTCHECK_VERSION, judge_name(self._judge), stamp, *(encode(each) for each in used)])

    def _key(self, row: ForeignRow) -> str:
        from knowledge.identity import digest

        contexts = list(row.contexts) if self._sources.rows else []
        return digest([self._base, row.question, row.answer, contexts])

    def rows(
        self, dataset: Dataset, *, stop: Callable[[], bool]
    ) -> Iterator[tuple[ForeignRow | RowError, dict[str, Any]]]:
        """Yield each row with its added columns, in the order of the file within what is known and what is not."""
        left = iter(dataset)
        while not stop():
            batch = self._read(left, stop)
            if not batch.rows and not batch.wrong:
                return
            yield from ((error, _refused(error)) for error in batch.wrong)
            known = self._store.get([key for key, _ in batch.rows])
            yield from ((row, known[key]) for key, row in batch.rows if key in known)
            yield from self._judged([(key, row) for key, row in batch.rows if key not in known])

    def _read(self, left: Iterator[ForeignRow | RowError], stop: Callable[[], bool]) -> _Batch:
        batch = _Batch()
        for row in islice(left, BATCH):
            if isinstance(row, RowError):
                batch.wrong.append(row)
            else:
                batch.rows.append((self._key(row), row))
            if stop():
                break
        return batch

    def _judged(self, fresh: list[tuple[str, ForeignRow]]) -> Iterator[tuple[ForeignRow, dict[str, Any]]]:
        """Judge rows that are not known; keep them in one transaction. Equal rows are judged once."""
        distinct = dict(fresh)
        items = [self._item(key, row) for key, row in distinct.items()]
        found = {result.id: self._columns(result) for result in self._judge.verify(items)}
        if found:
            self._store.put(found)
        yield from ((row, found[key]) for key, row in fresh)

    def _item(self, key: str, row: ForeignRow) -> Item:
        from verify.evidence import Evidence
        from verify.verifier import Item

        cited = [
            Evidence(passage_id=f"context {place}", document_id="the row itself", text=text)
            for place, text in enumerate(row.contexts if self._sources.rows else (), 1)
            if text.strip()
        ]
        return Item(id=key, question=row.question, answer=row.answer, cited=tuple(cited))

    def _columns(self, result: Result) -> dict[str, Any]:
        from groundsmith.correction import corrections
        from groundsmith.record import encode
        from groundsmith.verdict_row import claim_row, evidence_row

        used = {name for verdict in result.verdicts for name in (*verdict.supporting, *verdict.contradicting)}
        mended = corrections(result, self._judge, self._near(result))
        said = result.as_reply
        values = (
            str(said.label),
            round(said.confidence, 4) if said.confidence is not None else None,
            said.reason,
            said.answers,
            [encode(claim_row(verdict)) for verdict in result.verdicts],
            [encode(evidence_row(each)) for each in result.evidence if each.passage_id in used],
            [encode(each) for each in mended],
        )
        noted = self._judge.columns(result.id) if hasattr(self._judge, "columns") else {}
        return dict(zip(COLUMNS, values, strict=True)) | noted

    def _near(self, result: Result) -> list[Evidence]:
        """Return the passages that were read for claims that did not pass, and decided nothing."""
        from verify.evidence import Evidence

        held = {each.passage_id for each in result.evidence}
        wanted = {
            judgement.passage_id
            for verdict in result.verdicts
            if str(verdict.label) == "not enough evidence"
            for judgement in verdict.judgements
        }
        if not self._sources.library or not wanted - held:
            return []
        found = self._workspace.library.passages_by_id(sorted(wanted - held))
        return [Evidence.of(passage) for passage in found.values()]


def _refused(error: RowError) -> dict[str, Any]:
    """Return the added columns of a row that could not be judged."""
    label = NOT_CHECKED if isinstance(error, NothingToCheck) else FAILED
    return {"groundsmith_verdict": label, "groundsmith_confidence": None, "groundsmith_reason": str(error)}


def _beside(path: Path, ending: str) -> Path:
    if str(path) == "-":
        return Path(f"verified{ending}")
    if path.is_dir():
        return Path(f"{path.resolve().name}.verified")
    name = path.name.removesuffix(".gz")
    stem = name[: -len(ending)] if name.endswith(ending) else Path(name).stem
    return Path(f"{stem}.verified{ending}")

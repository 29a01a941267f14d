"""A refresh at work: scan, carry over, verify again, repair, replace; every finished row is one transaction.

A refresh is a run of its own, named by the set it began with, the passages there are now, and the judge; so the same command goes on
where it was stopped, and rows that are done are not looked at twice. Of n rows, row i keeps place i, what it was when it went stale is
kept among the rejected at n + i, and replacements follow far behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from groundsmith.refresh.repair import proposals
from groundsmith.refresh.scan import Finding, Scan
from groundsmith.refresh.source import KIND
from groundsmith.refresh.store import RefreshLog
from groundsmith.row import DatasetRow, Former, row_id
from groundsmith.runs import KEPT, REJECTED, Unit, now
from knowledge.identity import digest, identify

if TYPE_CHECKING:
    from generate.sample import Draft
    from groundsmith.assay import Assay
    from groundsmith.authorship import Written
    from groundsmith.refresh.source import Source
    from groundsmith.render import Ticker
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage

REFRESH_VERSION = 1
"""Raised when what a refresh does to a row changes."""
BATCH = 16
CARRIED = 500
STALE = "stale"
CORRECTED = "corrected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sorted:
    """The findings of a scan: how many rows there are, how many name no evidence, and those that are stale."""

    rows: int
    unbound: int
    stale: tuple[Finding, ...]


def survey(scan: Scan, source: Source) -> Sorted:
    """Return what of a set is stale; nothing is written and no model asked."""
    rows, stale = 0, []
    for finding in scan.findings(source.rows()):
        rows += 1
        if finding.is_stale:
            stale.append(finding)
    return Sorted(rows=rows, unbound=scan.unbound, stale=tuple(stale))


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """One refresh: `judge` verifies, `run` is its id in the workspace's runs."""

    workspace: Workspace
    source: Source
    judge: Assay
    run: str
    size: int
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def begin(
        cls, workspace: Workspace, source: Source, *, judge: Assay, size: int, asked: int, settings: bool
    ) -> Refresh:
        """Open the run of this refresh, or go on with it."""
        from groundsmith.record import encode

        wanted = encode(workspace.settings.resolved())
        deciding = {name: wanted[name] for name in ("verification", "curation")} | ({"all": wanted} if settings else {})
        decides: dict[str, Any] = {
            "refresh": REFRESH_VERSION,
            "from": source.name,
            "library": workspace.library.stamp(),
            "judge": judge.name,
            "settings": deciding,
        }
        run_id = identify("r", decides)
        record = {
            "decides": decides,
            "digest": digest(decides),
            "from": source.name,
            "judge": judge.name,
            "settings": workspace.settings.resolved(),
            "seed": workspace.settings.sampling.seed,
            **_model_of(workspace, source),
        }
        workspace.runs.begin(run_id, kind=KIND, asked=asked, record=record)
        return cls(workspace=workspace, source=source, judge=judge, run=run_id, size=size)

    @property
    def log(self) -> RefreshLog:
        """The records of this workspace's refreshes."""
        return RefreshLog(self.workspace.database)

    def carry(self, stale: Sequence[Finding]) -> int:
        """Take over the rows that nothing speaks against, as they are; return how many rows that are."""
        places = {finding.place for finding in stale}
        done = self.workspace.runs.done(self.run)
        left = ((place, row) for place, row in enumerate(self.source.rows()) if place not in places)
        carried = 0
        while chunk := list(islice(left, CARRIED)):
            with self.workspace.database.transaction():
                for place, row in chunk:
                    if place not in done:
                        self.workspace.runs.add(self.run, _unit(place, row, KEPT, ""))
            carried += len(chunk)
        return carried

    def verify(self, stale: Sequence[Finding], *, stop: Callable[[], bool], tick: Ticker) -> int:
        """Verify the stale rows again and repair those that failed; return how many were verified now."""
        known = self.log.places(self.run)
        left = iter([finding for finding in stale if finding.place not in known])
        verified = 0
        while not stop() and (batch := list(islice(left, BATCH))):
            for finding, row, reason, outcome in self._again(batch):
                self._settle(finding, row, reason, outcome)
                tick(1, note=f"{outcome}: {finding.row.question}")
                verified += 1
        return verified

    def _again(self, batch: Sequence[Finding]) -> Iterator[tuple[Finding, DatasetRow, str, str]]:
        """Yield each finding with the row it becomes, why it failed as it stood, and the outcome."""
        fit = [finding for finding in batch if not finding.unfit]
        judged = dict(zip((each.place for each in fit), self._judged([(each, each.row) for each in fit]), strict=True))
        tries = {each.place: proposals(each.row, each.changes) for each in fit if judged[each.place][1]}
        mended: dict[int, DatasetRow] = {}
        for number in range(max(map(len, tries.values()), default=0)):
            some = [each for each in fit if each.place not in mended and len(tries.get(each.place, ())) > number]
            found = self._judged([(each, tries[each.place][number]) for each in some])
            mended |= {
                each.place: _renamed(each.row, row, run=self.run)
                for each, (row, wrong) in zip(some, found, strict=True)
                if not wrong
            }
        for finding in batch:
            if finding.unfit:
                yield finding, finding.row, finding.why, STALE
                continue
            row, reason = judged[finding.place]
            if not reason:
                yield finding, row, "", KEPT
            elif finding.place in mended:
                yield finding, mended[finding.place], reason, CORRECTED
            else:
                yield finding, row, reason, STALE

    def _judged(self, pairs: Sequence[tuple[Finding, DatasetRow]]) -> list[tuple[DatasetRow, str]]:
        """Return each row as the judge finds it against the text of now, and why it does not pass."""
        from groundsmith.refresh.draft import redrafted

        written = [_written(row, self._cited(finding), redrafted(row, self.workspace)) for finding, row in pairs]
        found = self.judge.forgetful().rows(written, run=self.run)
        return [
            (_rejoined(row, judged), judged.rejected or "")
            for (_, row), (_, judged, _) in zip(pairs, found, strict=True)
        ]

    def _cited(self, finding: Finding) -> list[Passage]:
        """Return the passages that a row rests on now: those unchanged, and what stands in the place of the others."""
        gone = {each.evidence.id: each for each in finding.changes}
        kept = [each.id for each in finding.row.evidence if each.id not in gone]
        names = dict.fromkeys(
            name
            for each in finding.row.evidence
            for name in ([heir.id for heir in gone[each.id].heirs] if each.id in gone else [each.id])
        )
        known = self.workspace.library.records.current([*kept, *names])
        return [known[name] for name in names if name in known]

    def _settle(self, finding: Finding, row: DatasetRow, reason: str, outcome: str) -> None:
        """Record what became of a row, in one transaction."""
        record = finding.as_record() | {"reason": reason}
        place, runs = finding.place, self.workspace.runs
        with self.workspace.database.transaction():
            if outcome == CORRECTED:
                record |= {"new_row": row.id, "new_question": row.question, "new_answer": row.answer}
            if outcome != STALE:
                runs.add(self.run, _unit(place, row, KEPT, ""))
            if outcome != KEPT:
                old = replace(finding.row, rejected=f"{STALE}: {finding.why}; {reason}".rstrip("; "))
                runs.add(self.run, _unit(self.size + place, old, REJECTED, STALE))
            self.log.put(self.run, place, outcome, record)


def _model_of(workspace: Workspace, source: Source) -> dict[str, Any]:
    """Return what the record of the run refreshed says of its author."""
    known = {run.id: run for run in workspace.runs.all()}
    before = known.get(source.name)
    names = ("model", "author", "versions", "python")
    return {name: before.record.get(name, "") for name in names} if before else {}


def _unit(ordinal: int, row: DatasetRow, outcome: str, reason: str) -> Unit:
    return Unit(
        ordinal=ordinal, key=digest([row.id, ordinal]), level=row.level, outcome=outcome, reason=reason, row=row
    )


def _written(row: DatasetRow, passages: Sequence[Passage], draft: Draft) -> Written:
    """Return a row as if it had just been written from these passages."""
    from graph.combine import Combination
    from groundsmith.authorship import Written
    from groundsmith.planning import Planned

    concepts = tuple(each.id for each in row.concepts)
    references = tuple(each.id for each in passages)
    combination = Combination(
        id=identify("k", [row.level, sorted(concepts), sorted(references)]),
        level=row.level,
        concepts=concepts,
        topics=(),
        references=references,
        support=1.0,
    )
    planned = Planned(
        ordinal=0, combination=combination, passages=tuple(passages), concepts=(), conditions=dict(row.conditions)
    )
    return Written(planned=planned, draft=draft, prompt=row.prompt, model=row.model)


def _rejoined(old: DatasetRow, judged: DatasetRow) -> DatasetRow:
    """Return the old row with what the judge found now; one whose words are others than they were gets an id of its own."""
    return replace(
        old,
        evidence=judged.evidence,
        claims=judged.claims,
        verdict=judged.verdict,
        confidence=judged.confidence,
        multi_hop=judged.multi_hop,
        rejected=judged.rejected,
    )


def _renamed(old: DatasetRow, row: DatasetRow, *, run: str) -> DatasetRow:
    """Return a corrected row under an id of its own, as written by this run and reviewed by nobody, with what it was before."""
    name = row_id(question=row.question, answer=row.answer, evidence=[each.id for each in row.evidence])
    former = Former(id=old.id, question=old.question, answer=old.answer, verdict=old.verdict, confidence=old.confidence)
    return replace(row, id=name, run=run, created=now(), reviewed=None, former=former)

"""What a run amounts to: its coverage of the concept graph, what was measured of its rows, and the report.

Rows are streamed from the database, so that a report takes no more memory for a million of them than for a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from groundsmith.covered import sample
from groundsmith.report_measure import MOST
from groundsmith.report_quality import Quality
from groundsmith.runs import FAILED, REJECTED, now

if TYPE_CHECKING:
    from graph.coverage import Coverage
    from graph.network import ConceptGraph
    from groundsmith.panel import Panel
    from groundsmith.report import DocumentShare, FunnelStep, ReportCoverage, ReportData
    from groundsmith.row import DatasetRow
    from groundsmith.runs import Run
    from groundsmith.workspace import Workspace

SHOWN = 300
REJECTED_SHOWN = 30
ACROSS_SHOWN = 40
GAPS_SHOWN = 25

Tick = Callable[..., None]


def _silent(*_: object, **__: object) -> None:
    """Take no note of progress."""


def _documents(graph: ConceptGraph) -> dict[str, int]:
    return {concept.id: concept.documents for concept in graph.concepts.values()}


def run_report(workspace: Workspace, run_id: str, *, most: int = MOST, tick: Tick = _silent) -> str:
    """Return the report of a run as one self-contained HTML page; `most` is as for `report_data`."""
    from groundsmith.report import render

    return render(report_data(workspace, run_id, most=most, tick=tick))


def report_data(workspace: Workspace, run_id: str, *, most: int = MOST, tick: Tick = _silent) -> ReportData:
    """Return all that is said of a run.

    Diversity, relevance, privacy, bias and content are measured on at most `most` rows, on none for 0.
    """
    from groundsmith.report import ReportData

    run, funnel = workspace.runs.run(run_id), workspace.runs.funnel(run_id)
    tick(0, note="rows")
    seen = _Seen()
    for row in _passed(workspace, run):
        seen.add(row)
    tick(0, note="coverage")
    refused = _refused(workspace, run_id)
    across, tried, proven = _across(workspace, run_id)
    graph = workspace.graph()
    found = _found(graph, _passed(workspace, run))
    return ReportData(
        title=f"{workspace.root.resolve().name}: verified questions and answers",
        subtitle=f"Run {run.id}",
        created=now(),
        kept=seen.first,
        kept_total=seen.rows,
        rejected=refused.first,
        rejected_total=refused.rows,
        asked=run.asked,
        why="" if seen.rows >= run.asked else f"{seen.rows} of the {run.asked} rows asked for passed.",
        funnel=_funnel(workspace, run_id, shown=seen.rows),
        reasons=(*Counter(refused.reasons).most_common(), *funnel.failures),
        two_documents=across,
        two_tried=tried,
        two_proven=proven,
        coverage=_coverage(workspace, graph, found, seen, command=f"groundsmith coverage --run {run_id} --json"),
        panels=_panels(workspace, run, seen, found, most=most, tick=tick),
        commands=_commands(run_id),
        record=run.record,
    )


def _passed(workspace: Workspace, run: Run) -> Iterator[DatasetRow]:
    """Yield the rows of the dataset: those that passed, as people left them, up to the number asked for."""
    from groundsmith.standing import reviewed_run

    return islice(reviewed_run(workspace, run.id), run.asked)


class _Seen:
    """What is counted of the rows that passed, and the first of them."""

    def __init__(self) -> None:
        self.rows = 0
        self.first: list[DatasetRow] = []
        self.quality = Quality()
        self.cited: dict[str, set[str]] = {}
        self.resting: Counter[str] = Counter()

    def add(self, row: DatasetRow) -> None:
        """Count a row."""
        self.rows += 1
        if len(self.first) < SHOWN:
            self.first.append(row)
        self.quality.add(row)
        used = {name for claim in row.claims for name in claim.evidence}
        resting = [each for each in row.evidence if each.id in used]
        for each in resting:
            self.cited.setdefault(each.document, set()).add(each.id)
        self.resting.update({each.document for each in resting})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Refused:
    """The rows that did not pass, as people left them: how many, the first of them, and why; the judge's reason where it has one."""

    rows: int
    first: list[DatasetRow]
    reasons: dict[str, int]


def _refused(workspace: Workspace, run_id: str) -> _Refused:
    """Return the rows that the judge or a person refused; without a review they are counted where they are stored."""
    from groundsmith.review_store import ReviewStore
    from groundsmith.standing import reviewed, standings

    if next(iter(ReviewStore(workspace.database).standing(run_id)), None) is None:
        funnel = workspace.runs.funnel(run_id)
        first = [unit.row for unit in workspace.runs.units(run_id, outcome=REJECTED, limit=REJECTED_SHOWN)]
        return _Refused(rows=funnel.rejected, first=first, reasons=dict(funnel.reasons))
    known = standings(ReviewStore(workspace.database).standing(run_id))
    first, reasons = [], Counter[str]()
    for unit in workspace.runs.units(run_id):
        row = reviewed(unit.row, known.get(unit.row.id))
        if unit.outcome == FAILED or row.rejected is None:
            continue
        reasons[unit.reason if unit.outcome == REJECTED else _BY_A_PERSON] += 1
        if len(first) < REJECTED_SHOWN:
            first.append(row)
    return _Refused(rows=reasons.total(), first=first, reasons=dict(reasons))


_BY_A_PERSON = "refused by a person"


def _across(workspace: Workspace, run_id: str) -> tuple[list[DatasetRow], int, int]:
    """Return rows across two documents, kept before rejected, and how many were tried and proven in all."""
    from groundsmith.review_store import ReviewStore
    from groundsmith.standing import reviewed, standings

    kept: list[DatasetRow] = []
    rejected: list[DatasetRow] = []
    tried = proven = 0
    known = standings(ReviewStore(workspace.database).standing(run_id))
    for unit in workspace.runs.units(run_id):
        if unit.level != 3 or unit.outcome == FAILED:
            continue
        row = reviewed(unit.row, known.get(unit.row.id))
        tried += 1
        proven += row.rejected is None and row.multi_hop is not None and row.multi_hop.proven
        chosen = kept if row.rejected is None else rejected
        if len(chosen) < ACROSS_SHOWN:
            chosen.append(row)
    return [*kept, *rejected][:ACROSS_SHOWN], tried, proven


def _commands(run: str) -> dict[str, str]:
    """Return the command that prints the figures of each part of the report."""
    return {
        "all": f"groundsmith report --run {run} --json",
        "funnel": f"groundsmith runs show {run} --json",
        "kept": f"groundsmith export --run {run} --output rows.jsonl",
        "two": f"groundsmith report --run {run} --json",
        "rejected": f"groundsmith export --run {run} --rejected --output rejected.jsonl",
        "documents": f"groundsmith report --run {run} --json",
        "coverage": f"groundsmith coverage --run {run}",
        "record": f"groundsmith runs show {run}",
    }


def _panels(
    workspace: Workspace, run: Run, seen: _Seen, found: Coverage, *, most: int, tick: Tick
) -> tuple[Panel, ...]:
    from groundsmith.report_cost import cost_panel
    from groundsmith.report_quality import quality_panel

    command = f"groundsmith report --run {run.id} --json"
    return (
        quality_panel(workspace, run.id, seen.quality, command),
        *_measured(workspace, run, seen.rows, most=most, tick=tick),
        cost_panel(workspace, run.id, rows=seen.rows),
    )


def _measured(workspace: Workspace, run: Run, rows: int, *, most: int, tick: Tick) -> list[Panel]:
    """Return what `groundsmith evaluate` finds of the rows, and the rounds; or why it was not measured."""
    from dataclasses import replace

    from groundsmith.panel import Panel
    from groundsmith.report_measure import area_panels, measured, rounds_table

    if not most:
        told = f"Not measured in this report; groundsmith report --run {run.id} without --quick does."
        return [Panel(name="diversity", title="Diversity, privacy, bias", lead="", text=told)]
    found = measured(workspace, _passed(workspace, run), total=rows, most=most, tick=tick)
    if found is None:
        told = f"{rows:,} rows are too few to measure."
        return [Panel(name="diversity", title="Diversity, privacy, bias", lead="", text=told)]
    panels = area_panels(found, total=rows, most=most, run=run.id)
    rounds = rounds_table(workspace, run.id, most=max(most, MOST))
    if rounds is not None:
        return [replace(each, tables=(*each.tables, rounds)) if each.name == "diversity" else each for each in panels]
    told = f"What each round added is left out, as the run is large; groundsmith runs show {run.id} tells."
    return [replace(each, text=f"{each.text} {told}") if each.name == "diversity" else each for each in panels]


def _funnel(workspace: Workspace, run_id: str, *, shown: int) -> list[FunnelStep]:
    from groundsmith.report import FunnelStep

    funnel = workspace.runs.funnel(run_id)
    reasons = dict(funnel.reasons)
    labels = ("refuted", "conflicting", "not enough evidence")
    drafted = funnel.made - funnel.failed
    entailed = drafted - sum(reasons.get(label, 0) for label in labels)
    repeats = reasons.get("duplicate", 0)
    return [
        FunnelStep(name="Planned", count=funnel.made, note="combinations of concepts tried"),
        FunnelStep(name="Drafted", count=drafted, note="the model gave a usable question and answer"),
        FunnelStep(name="Entailed", count=entailed, note="every claim supported, nothing against it"),
        FunnelStep(
            name="Relevant", count=funnel.kept + repeats, note="the answer is to the question, which stands alone"
        ),
        FunnelStep(name="Kept", count=shown, note="no repeat, as people left them, within the number asked for"),
    ]


def _found(graph: ConceptGraph, rows: Iterable[DatasetRow]) -> Coverage:
    from graph.coverage import coverage

    return coverage(graph, map(sample, rows))


def _coverage(
    workspace: Workspace, graph: ConceptGraph, found: Coverage, seen: _Seen, *, command: str
) -> ReportCoverage:
    from groundsmith.report import ConceptGap, ReportCoverage
    from groundsmith.report_map import coverage_map

    documents = _documents(graph)
    gaps = [
        ConceptGap(label=gap.label, documents=documents.get(gap.concept_id, 0), weight=gap.weight)
        for gap in found.gaps[:GAPS_SHOWN]
    ]
    return ReportCoverage(
        documents=tuple(_shares(workspace, seen)),
        concepts=found.concepts,
        covered=found.covered,
        weight=found.weighted,
        gaps=tuple(gaps),
        drawing=coverage_map(graph, workspace.library, counts=found.counts, command=command),
    )


def _shares(workspace: Workspace, seen: _Seen) -> list[DocumentShare]:
    from groundsmith.report import DocumentShare

    shares = [
        DocumentShare(
            title=entry.title,
            source=entry.source,
            passages=entry.passages,
            cited=len(seen.cited.get(entry.id, ())),
            kept=seen.resting[entry.id],
        )
        for entry in workspace.library.documents()
    ]
    return sorted(shares, key=lambda share: share.source)

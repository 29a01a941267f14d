"""What a run amounts to: its coverage of the concept graph, and the report."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from groundsmith.covered import sample
from groundsmith.runs import FAILED, REJECTED, now

if TYPE_CHECKING:
    from graph.network import ConceptGraph
    from groundsmith.report import FunnelStep, ReportCoverage
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

SHOWN = 300
REJECTED_SHOWN = 30
ACROSS_SHOWN = 40
GAPS_SHOWN = 25


def _documents(graph: ConceptGraph) -> dict[str, int]:
    return {concept.id: concept.documents for concept in graph.concepts.values()}


def run_report(workspace: Workspace, run_id: str) -> str:
    """Return the report of a run as one self-contained HTML page."""
    from itertools import islice

    from groundsmith.report import ReportData, render
    from groundsmith.standing import reviewed_run

    run, funnel = workspace.runs.run(run_id), workspace.runs.funnel(run_id)
    kept = list(islice(reviewed_run(workspace, run_id), run.asked))
    rejected = [unit.row for unit in workspace.runs.units(run_id, outcome=REJECTED, limit=REJECTED_SHOWN)]
    across = [unit.row for unit in workspace.runs.units(run_id) if unit.level == 3 and unit.outcome != FAILED]
    fewer = "" if len(kept) >= run.asked else f"{len(kept)} of the {run.asked} rows asked for passed."
    return render(
        ReportData(
            title=f"{workspace.root.name}: verified questions and answers",
            subtitle=f"Run {run.id}",
            created=now(),
            kept=kept[:SHOWN],
            kept_total=len(kept),
            rejected=rejected,
            rejected_total=funnel.rejected,
            asked=run.asked,
            why=fewer,
            funnel=_funnel(workspace, run_id, shown=len(kept)),
            reasons=(*funnel.reasons, *funnel.failures),
            two_documents=list(islice(sorted(across, key=lambda row: row.rejected is not None), ACROSS_SHOWN)),
            coverage=_coverage(workspace, kept),
            record=run.record,
        )
    )


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
        FunnelStep(name="Kept", count=shown, note="not a repeat, within the number asked for"),
    ]


def _coverage(workspace: Workspace, kept: list[DatasetRow]) -> ReportCoverage:
    from graph.coverage import coverage
    from groundsmith.report import ConceptGap, DocumentShare, ReportCoverage

    graph = workspace.graph()
    found = coverage(graph, (sample(row) for row in kept))
    cited: dict[str, set[str]] = {}
    rows: Counter[str] = Counter()
    for row in kept:
        used = {name for claim in row.claims for name in claim.evidence}
        for each in row.evidence:
            if each.id in used:
                cited.setdefault(each.document, set()).add(each.id)
        rows.update({each.document for each in row.evidence if each.id in used})
    shares = [
        DocumentShare(
            title=entry.title,
            source=entry.source,
            passages=entry.passages,
            cited=len(cited.get(entry.id, ())),
            kept=rows[entry.id],
        )
        for entry in workspace.library.documents()
    ]
    documents = _documents(graph)
    gaps = [
        ConceptGap(label=gap.label, documents=documents.get(gap.concept_id, 0), weight=gap.weight)
        for gap in found.gaps[:GAPS_SHOWN]
    ]
    return ReportCoverage(
        documents=tuple(sorted(shares, key=lambda share: share.source)),
        concepts=found.concepts,
        covered=found.covered,
        weight=found.weighted,
        gaps=tuple(gaps),
    )

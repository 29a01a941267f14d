"""What a run amounts to: its coverage of the concept graph, and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.runs import FAILED, REJECTED, now

if TYPE_CHECKING:
    from graph.coverage import Coverage, CoveredSample
    from graph.network import ConceptGraph
    from groundsmith.report import FunnelStep, ReportCoverage
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

SHOWN = 300
REJECTED_SHOWN = 30
ACROSS_SHOWN = 40
GAPS_SHOWN = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Covered:
    """The coverage of a dataset, ready to be shown."""

    coverage: Coverage
    documents: dict[str, int]

    def measures(self) -> list[tuple[str, str]]:
        """Return the measures with their names."""
        found = self.coverage
        return [
            ("samples", str(found.samples)),
            ("concepts in the graph", str(found.concepts)),
            ("concepts covered", str(found.covered)),
            ("concept coverage, one sample or more", f"{found.at_1:.1%}"),
            ("concept coverage, three samples or more", f"{found.at_3:.1%}"),
            ("coverage weighted by importance", f"{found.weighted:.1%}"),
            ("documents cited", f"{found.documents:.1%}"),
            ("passages cited", f"{found.passages:.1%}"),
            ("evenness over covered concepts", f"{found.evenness:.3f}"),
            ("chance that the next mention is new", f"{found.unseen:.1%}"),
            ("samples without a concept of the graph", str(found.foreign)),
        ]

    def gap_rows(self, most: int) -> list[tuple[str, int, str]]:
        """Return the most important concepts that are not covered."""
        return [
            (gap.label, self.documents.get(gap.concept_id, 0), f"{gap.weight:.2f}") for gap in self.coverage.gaps[:most]
        ]

    def to_json(self) -> dict[str, Any]:
        """Return measures and gaps as plain data."""
        found = self.coverage
        names = (
            "samples",
            "concepts",
            "covered",
            "at_1",
            "at_3",
            "weighted",
            "documents",
            "passages",
            "evenness",
            "unseen",
            "foreign",
        )
        gaps = [{"concept": gap.concept_id, "label": gap.label, "weight": gap.weight} for gap in found.gaps]
        return {**{name: getattr(found, name) for name in names}, "gaps": gaps}


def dataset_coverage(workspace: Workspace, file: Path | None) -> Covered:
    """Return what a file's rows cover of the graph, or the kept rows of the latest run when no file is given."""
    from graph.coverage import coverage

    graph = workspace.graph()
    if file is None:
        run = workspace.latest_run()
        samples: Iterable[CoveredSample] = (_sample(row) for row in workspace.runs.kept(run.id, limit=run.asked))
    else:
        samples = _foreign(file)
    return Covered(coverage=coverage(graph, samples), documents=_documents(graph))


def _documents(graph: ConceptGraph) -> dict[str, int]:
    return {concept.id: concept.documents for concept in graph.concepts.values()}


def _sample(row: DatasetRow) -> CoveredSample:
    from graph.coverage import CoveredSample

    used = tuple(name for claim in row.claims for name in claim.evidence) or tuple(each.id for each in row.evidence)
    concepts = tuple(concept.id for concept in row.concepts)
    return CoveredSample(id=row.id, text=f"{row.question} {row.answer}", concepts=concepts, passages=used)


def _foreign(file: Path) -> Iterator[CoveredSample]:
    from graph.coverage import CoveredSample
    from groundsmith.datasets import read
    from knowledge.errors import RowError

    for row in read(file):
        if not isinstance(row, RowError):
            yield CoveredSample(id=f"{row.number}.{row.part}", text=f"{row.question or ''} {row.answer}")


def run_report(workspace: Workspace, run_id: str) -> str:
    """Return the report of a run as one self-contained HTML page."""
    from itertools import islice

    from groundsmith.report import ReportData, render

    run, funnel = workspace.runs.run(run_id), workspace.runs.funnel(run_id)
    kept = list(workspace.runs.kept(run_id, limit=run.asked))
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
    found = coverage(graph, (_sample(row) for row in kept))
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

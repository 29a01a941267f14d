"""What a dataset, ours or another's, covers of the concept graph: ready to be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from graph.coverage import Coverage, CoveredSample, Part
    from groundsmith.datasets import ForeignRow
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage

RUN: Final = 8
SAME: Final = 0.5
PARTS: Final = ("topics", "communities", "documents")


@dataclass(frozen=True, kw_only=True, slots=True)
class Covered:
    """The coverage of a dataset; `titles` names documents by id."""

    coverage: Coverage
    titles: dict[str, str] = field(default_factory=dict)

    def measures(self) -> list[tuple[str, str]]:
        """Return the measures with their names."""
        found, new = self.coverage, self.coverage.novelty
        rows = [
            ("samples", str(found.samples)),
            ("concepts in the graph", str(found.concepts)),
            ("concepts covered", str(found.covered)),
            ("concept coverage, one sample or more", self._share("at_1")),
            ("concept coverage, three samples or more", self._share("at_3")),
            ("coverage weighted by importance", self._share("weighted")),
            ("pairs of concepts covered", f"{found.pairs:.1%}"),
            ("documents cited", f"{found.documents:.1%}"),
            ("passages cited", f"{found.passages:.1%}"),
            ("evenness over covered concepts", f"{found.evenness:.3f}"),
            ("chance that the next mention is new", f"{found.unseen:.1%}"),
            ("new concepts in 100 more samples of this kind", f"{new.ahead:.0f}"),
            ("concepts that this kind of sample reaches in the end", f"{new.reachable:.0f}"),
            ("samples without a concept of the graph", str(found.foreign)),
        ]
        if found.terms:
            rows += [
                ("terms of the list", str(found.terms.terms)),
                ("terms of the list that the graph has", f"{found.terms.in_graph:.1%}"),
                ("terms of the list that samples name", f"{found.terms.in_samples:.1%}"),
            ]
        return rows

    def _share(self, name: str) -> str:
        low, high = self.coverage.intervals.get(name, (None, None))
        value = f"{getattr(self.coverage, name):.1%}"
        return value if low is None or high is None else f"{value} ({low:.1%} to {high:.1%})"

    def gap_rows(self, most: int) -> list[tuple[str, str, int, int, str]]:
        """Return the most important concepts that are not covered."""
        return [
            (gap.label, gap.community, gap.documents, gap.passages, f"{gap.weight:.2f}")
            for gap in self.coverage.gaps[:most]
        ]

    def part_rows(self, kind: str, most: int) -> list[tuple[str, int, int, str]]:
        """Return the topics, communities or documents with most importance missing."""
        return [
            (self.titles.get(part.id, part.label), part.concepts, part.covered, f"{part.weighted:.1%}")
            for part in self._parts(kind)[:most]
        ]

    def _parts(self, kind: str) -> tuple[Part, ...]:
        return self.coverage.by_document if kind == "documents" else getattr(self.coverage, kind)

    def to_json(self) -> dict[str, Any]:
        """Return measures, parts and gaps as plain data."""
        data = asdict(self.coverage)
        for name in ("counts", "gaps", "by_document"):
            del data[name]
        for kind in PARTS:
            data[kind if kind != "documents" else "by_document"] = [
                {**asdict(part), "label": self.titles.get(part.id, part.label)} for part in self._parts(kind)
            ]
        gaps = [{"concept": gap.concept_id, **asdict(gap)} for gap in self.coverage.gaps]
        return {**data, "gaps": gaps}


def dataset_coverage(
    workspace: Workspace, file: Path | None, *, run: str | None = None, terms: Path | None = None
) -> Covered:
    """Return what a file's rows cover of the graph, or the kept rows of a run, the latest unless named, when no file is given.

    `terms` is a text file with a label a line that ought to be covered. In rows of others, concepts are found in the
    text, and passages by the evidence they carry.
    """
    from graph.coverage import coverage
    from groundsmith.standing import reviewed_run

    graph = workspace.graph()
    if file is None:
        chosen = workspace.latest_run(run)
        samples: Iterable[CoveredSample] = map(sample, islice(reviewed_run(workspace, chosen.id), chosen.asked))
    else:
        samples = _foreign(workspace, file)
    titles = {entry.id: entry.source for entry in workspace.library.documents()}
    return Covered(coverage=coverage(graph, samples, terms=_lines(terms)), titles=titles)


def _lines(file: Path | None) -> tuple[str, ...]:
    from knowledge.errors import UsageError

    if file is None:
        return ()
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as text ({error}); give a UTF-8 file with a term a line") from error
    return tuple(line.strip() for line in lines if line.strip())


def sample(row: DatasetRow) -> CoveredSample:
    """Return one of our rows as coverage counts it: with its concepts and the passages its claims rest on."""
    from graph.coverage import CoveredSample

    used = tuple(name for claim in row.claims for name in claim.evidence) or tuple(each.id for each in row.evidence)
    concepts = tuple(concept.id for concept in row.concepts)
    return CoveredSample(id=row.id, text=f"{row.question} {row.answer}", concepts=concepts, passages=used)


def _foreign(workspace: Workspace, file: Path) -> Iterator[CoveredSample]:
    from graph.coverage import CoveredSample
    from groundsmith.datasets import read
    from knowledge.errors import RowError

    rows = [row for row in read(file) if not isinstance(row, RowError)]
    cited = cited_passages(rows, workspace.library.passages()) if any(row.contexts for row in rows) else {}
    for place, row in enumerate(rows):
        text = f"{row.question or ''} {row.answer}"
        yield CoveredSample(id=f"{row.number}.{row.part}", text=text, passages=tuple(cited.get(place, ())))


def cited_passages(rows: Sequence[ForeignRow], passages: Iterable[Passage]) -> dict[int, list[str]]:
    """Return the ids of the passages that each row's evidence repeats, by the row's place.

    A passage is cited when the evidence holds half of its runs of eight words, or all its words when it has fewer.
    """
    owners: dict[str, set[int]] = defaultdict(set)
    for place, row in enumerate(rows):
        for context in row.contexts:
            for run in _runs(context):
                owners[run].add(place)
    found: dict[int, list[str]] = defaultdict(list)
    for passage in passages:
        runs = _runs(passage.text)
        count: dict[int, int] = defaultdict(int)
        for run in runs:
            for place in owners.get(run, ()):
                count[place] += 1
        for place, shared in count.items():
            if shared >= SAME * len(runs):
                found[place].append(passage.id)
    return found


def _runs(text: str) -> set[str]:
    words = text.casefold().split()
    return {" ".join(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1))} if words else set()

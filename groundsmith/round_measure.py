"""What a round added: rows, repeats, new concepts, and how different its rows are from one another and from those before.

A set whose later rounds grow alike is on the way to collapse (Shumailov et al., Nature 631, 2024; survey of Long et al., 2024, section 4):
`spread` falls, `nearest` rises, `novelty` comes to nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from groundsmith.lacks import DUPLICATE
from groundsmith.runs import KEPT
from knowledge.identity import Canonical, digest

if TYPE_CHECKING:
    import numpy as np

    from graph.match import Matcher
    from graph.network import ConceptGraph
    from groundsmith.row import DatasetRow
    from groundsmith.runs import Unit
    from groundsmith.workspace import Workspace
    from knowledge.embed import Embedder

PART: Final = 96
"""Prompts of a part, in a run without rounds."""
LOOKED_AT: Final = 2_000
"""Rows of earlier rounds that those of a round are compared with, by chance when there are more."""
FALLEN: Final = 0.8
"""Spread, as a share of the first round's, below which a round is said to have grown alike."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundMeasure:
    """A round, or a part of a run without rounds: prompts `first` up to `last`, without it.

    `duplicates` were refused as repeats; `concepts` are named for the first time, `coverage` is the share of importance named so far.
    `novelty` is the share, among rows and repeats, of rows with a new concept or pair of concepts. `spread` is one less the mean cosine
    of its questions, `nearest` the mean cosine of a question with the nearest of earlier rounds, `words` the share of different words
    pairs: each None without rows to compare.
    """

    first: int
    last: int
    made: int
    rows: int
    duplicates: int
    concepts: int
    coverage: float
    novelty: float
    spread: float | None = None
    nearest: float | None = None
    words: float | None = None


class _Before:
    """What the rows of the rounds so far hold."""

    def __init__(self, graph: ConceptGraph) -> None:
        from graph.match import Matcher

        self._matcher: Matcher = Matcher(graph.concepts.values())
        self._weight = {concept.id: concept.weight for concept in graph.concepts.values()}
        self._concepts: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        self._questions: list[str] = []
        self._vectors: dict[str, np.ndarray] = {}
        self._taken = 0
        self._chance = random.Random(0)

    def measure(self, first: int, last: int, units: Sequence[Unit], embedder: Embedder | None) -> RoundMeasure:
        """Return what a round's units add, and take them in; without an embedder, likeness is left out."""
        rows = [unit.row for unit in units if unit.outcome == KEPT]
        duplicates = sum(unit.reason == DUPLICATE for unit in units)
        known = len(self._concepts)
        fresh = sum(self._news(row) for row in rows)
        total = sum(self._weight.values())
        questions = [row.question for row in rows]
        likeness = self._likeness(questions, embedder) if embedder is not None else {}
        self._remember(questions)
        return RoundMeasure(
            first=first,
            last=last,
            made=len(units),
            rows=len(rows),
            duplicates=duplicates,
            concepts=len(self._concepts) - known,
            coverage=round(sum(self._weight[one] for one in self._concepts) / total, 4) if total else 0.0,
            novelty=round(fresh / max(1, len(rows) + duplicates), 4),
            words=_different_pairs(questions),
            **likeness,
        )

    def _news(self, row: DatasetRow) -> bool:
        stated = {concept.id for concept in row.concepts}
        found = self._matcher.concepts(f"{row.question} {row.answer}")
        named = sorted(found & stated if stated else found)
        pairs = set(combinations(named, 2))
        new = bool(set(named) - self._concepts or pairs - self._pairs)
        self._concepts.update(named)
        self._pairs |= pairs
        return new

    def _remember(self, questions: Sequence[str]) -> None:
        """Keep the questions, and of more than LOOKED_AT a sample by chance (Vitter's algorithm R, 1985)."""
        for question in questions:
            self._taken += 1
            if len(self._questions) < LOOKED_AT:
                self._questions.append(question)
            elif (place := self._chance.randrange(self._taken)) < LOOKED_AT:
                self._vectors.pop(self._questions[place], None)
                self._questions[place] = question
            else:
                self._vectors.pop(question, None)

    def _likeness(self, questions: Sequence[str], embedder: Embedder) -> dict[str, float | None]:
        if len(questions) < 2:
            return {}
        vectors = self._embedded(questions, embedder)
        count = len(vectors)
        mean = float(((vectors.sum(axis=0) ** 2).sum() - count) / (count * (count - 1)))
        nearest = None
        if self._questions:
            near = vectors @ self._embedded(self._questions, embedder).T
            nearest = round(float(near.max(axis=1).mean()), 4)
        return {"spread": round(1 - mean, 4), "nearest": nearest}

    def _embedded(self, questions: Sequence[str], embedder: Embedder) -> np.ndarray:
        """Return a unit vector for each question, shape (n, d); each is embedded once while it is kept."""
        import numpy as np

        new = [each for each in dict.fromkeys(questions) if each not in self._vectors]
        if new:
            rows = np.asarray(embedder.embed(new), dtype=np.float32)
            rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
            self._vectors.update(zip(new, rows, strict=True))
        return np.stack([self._vectors[each] for each in questions])


def _different_pairs(questions: Sequence[str]) -> float | None:
    """Return the share of pairs of words in a row that are different ones (distinct-2, Li et al., arXiv 1510.03055)."""
    pairs = [pair for text in questions for pair in zip(text.lower().split(), text.lower().split()[1:], strict=False)]
    return round(len(set(pairs)) / len(pairs), 4) if pairs else None


def round_measures(workspace: Workspace, run: str, *, graph: ConceptGraph | None = None) -> list[RoundMeasure]:
    """Return what each round of a run added, in order; of a run without rounds, each part of PART prompts."""
    from groundsmith.round_store import RoundStore

    measuring = Measuring(workspace, graph or workspace.graph(), run)
    size = max((len(each.plan) for each in RoundStore(workspace.database).all(run)), default=0) or PART
    last = max(workspace.runs.done(run), default=-1) + 1
    return [
        measuring.measure(first, first + size, list(workspace.runs.between(run, first, first + size)))
        for first in range(0, last, size)
    ]


def grown_alike(measures: Sequence[RoundMeasure]) -> list[int]:
    """Return the numbers, from 0, of rounds whose questions are much more alike than those of the first that can be compared."""
    spreads = [(number, each.spread) for number, each in enumerate(measures) if each.spread is not None]
    if not spreads or not spreads[0][1]:
        return []
    return [number for number, spread in spreads if spread < FALLEN * spreads[0][1]]


class Measuring:
    """Measures the rounds of a run one after another, as they end."""

    def __init__(self, workspace: Workspace, graph: ConceptGraph, run: str) -> None:
        from groundsmith.round_store import RoundStore

        self._workspace, self._run, self._graph = workspace, run, graph.digest
        self._store, self._before, self._seen = RoundStore(workspace.database), _Before(graph), ""

    def measure(self, first: int, last: int, units: Sequence[Unit]) -> RoundMeasure:
        """Return what the round of these units added; written down with the run, and read from there when it was measured before."""
        rows: list[Canonical] = [[unit.ordinal, unit.outcome, unit.reason, unit.row.id] for unit in units]
        self._seen = digest([self._seen, self._graph, *rows])
        stored = self._store.measure(self._run, first, last, digest=self._seen)
        made = self._before.measure(first, last, units, self._workspace.embedder if stored is None else None)
        if stored is not None:
            return RoundMeasure(**stored)
        self._store.note(self._run, first, last, digest=self._seen, measure=asdict(made))
        return made

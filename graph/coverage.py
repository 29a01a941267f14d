"""How much of a graph a dataset covers, how evenly and how surely, what is likely still unseen, and what is missing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graph.canonical import canonical_key
from graph.concept import Layer
from graph.estimate import Novelty, evenness, novelty, unseen_mass
from graph.match import Matcher
from graph.network import ConceptGraph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CoveredSample", "Coverage", "Gap", "Part", "Terms", "coverage", "evenness", "unseen_mass"]

RESAMPLES: Final = 200
PAIR_COUNT: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class CoveredSample:
    """A sample to be counted: its text, and the concept and passage ids it states, where it states any."""

    id: str
    text: str
    concepts: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A concept that no sample covers; `weight` is its importance, `documents` and `passages` where it stands."""

    concept_id: str
    label: str
    weight: float
    passages: int
    documents: int = 0
    community: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The coverage of a part of the graph: a topic, a community or a document. Shares are 0 to 1."""

    id: str
    label: str
    concepts: int
    covered: int
    weight: float
    weighted: float

    @property
    def missing(self) -> float:
        """Importance that is not covered: what is worst comes first by this."""
        return self.weight * (1 - self.weighted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """Terms from outside the graph that ought to be covered: how many, and the shares the graph and samples have."""

    terms: int
    in_graph: float
    in_samples: float
    missed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What samples cover of a graph; shares are 0 to 1, and 0 of nothing is 0.

    `at_1` and `at_3` are the shares of concepts covered by one and by three samples, `weighted` that of their
    importance. `pairs` is the share of concepts that occur together in two passages or more, and do so in a sample.
    `documents` and `passages` are shares reached by a cited passage. `evenness` is Pielou's J over covered concepts.
    `novelty` says what more samples would bring, `unseen` is its chance that the next mention is new. `intervals`
    gives 95 % limits for the shares. `terms` is the second denominator: what the graph itself may lack. `foreign`
    counts samples that name no concept of the graph.
    """

    samples: int
    concepts: int
    covered: int
    at_1: float
    at_3: float
    weighted: float
    pairs: float
    documents: float
    passages: float
    evenness: float
    unseen: float
    novelty: Novelty
    foreign: int
    intervals: dict[str, tuple[float, float]]
    topics: tuple[Part, ...]
    communities: tuple[Part, ...]
    by_document: tuple[Part, ...]
    counts: dict[str, int]
    gaps: tuple[Gap, ...]
    terms: Terms | None = None


def coverage(
    graph: ConceptGraph, samples: Iterable[CoveredSample], *, terms: Sequence[str] = (), resamples: int = RESAMPLES
) -> Coverage:
    """Return what the samples cover of the graph.

    A concept counts when the sample's text names it and, if the sample states its concepts, states it too. `terms`
    are labels from outside, of an official vocabulary say, to tell what the graph itself lacks.
    """
    tally = _Tally(graph)
    for sample in samples:
        tally.add(sample)
    return tally.summary(terms, resamples)


class _Tally:
    """Counts samples one by one."""

    def __init__(self, graph: ConceptGraph) -> None:
        self._graph = graph
        self._matcher = Matcher(graph.concepts.values())
        self._known = set(graph.passages)
        self._counts: Counter[str] = Counter()
        self._cited: set[str] = set()
        self._rows: list[tuple[int, int]] = []
        self._pairs: set[int] = set()
        self._words: set[str] = set()
        self._samples = self._foreign = 0

    def add(self, sample: CoveredSample) -> None:
        """Take in one sample."""
        named = self._matcher.concepts(sample.text)
        covered = sorted(named & set(sample.concepts) if sample.concepts else named)
        nodes = sorted(self._graph.number[each] for each in covered)
        self._rows += [(self._samples, node) for node in nodes]
        size = len(self._graph.ids)
        self._pairs.update(one * size + other for place, one in enumerate(nodes) for other in nodes[place + 1 :])
        self._counts.update(covered)
        self._cited |= self._known.intersection(sample.passages)
        self._samples += 1
        self._foreign += not covered
        self._words.add(f" {canonical_key(sample.text)} ")

    def summary(self, terms: Sequence[str], resamples: int) -> Coverage:
        """Return the coverage of what was taken in."""
        graph, counts = self._graph, self._counts
        weight = {identifier: concept.weight for identifier, concept in graph.concepts.items()}
        new = novelty(counts, samples=self._samples)
        return Coverage(
            samples=self._samples,
            concepts=len(weight),
            covered=len(counts),
            at_1=_share(len(counts), len(weight)),
            at_3=_share(sum(count >= 3 for count in counts.values()), len(weight)),
            weighted=_share(math.fsum(weight[one] for one in counts), math.fsum(weight.values())),
            pairs=self._pair_share(),
            documents=_share(len({graph.document_of(passage) for passage in self._cited}), len(graph.documents)),
            passages=_share(len(self._cited), len(graph.passages)),
            evenness=evenness(counts),
            unseen=new.unseen,
            novelty=new,
            foreign=self._foreign,
            intervals=self._intervals(resamples),
            topics=self._parts(_topic_members(graph)),
            communities=self._parts((one.id, one.label, one.concepts) for one in graph.tree.communities.values()),
            by_document=self._parts(_document_members(graph)),
            counts=dict(sorted(counts.items())),
            gaps=self._gaps(),
            terms=self._terms(terms) if terms else None,
        )

    def _pair_share(self) -> float:
        import numpy as np

        pairs = self._graph.weighted(Layer.CONCEPT_CONCEPT).pairs
        often = pairs.count >= PAIR_COUNT
        codes = pairs.source[often] * len(self._graph.ids) + pairs.target[often]
        return _share(int(np.isin(codes, np.array(sorted(self._pairs), dtype=np.int64)).sum()), len(codes))

    def _intervals(self, resamples: int) -> dict[str, tuple[float, float]]:
        """Return 95 % limits from the spread over resampled datasets.

        A resampled dataset lacks a third of the samples and so covers less; only its spread is used, around the figure
        itself. The seed is fixed.
        """
        import numpy as np

        if not self._samples or not self._graph.ids or resamples < 2:
            return {}
        table = np.array(self._rows, dtype=np.int64).reshape(-1, 2)
        weights = np.array([concept.weight for concept in self._graph.concepts.values()])
        rng, figures = np.random.default_rng(7), []
        for _ in range(resamples):
            drawn = np.bincount(rng.integers(self._samples, size=self._samples), minlength=self._samples)
            figures.append(_figures(_counted(table, drawn, len(weights)), weights))
        spread = 1.96 * np.std(np.array(figures), axis=0, ddof=1)
        whole = _figures(_counted(table, np.ones(self._samples, dtype=np.int64), len(weights)), weights)
        limits = zip(("at_1", "at_3", "weighted"), whole, spread.tolist(), strict=True)
        return {name: (max(0.0, value - half), min(1.0, value + half)) for name, value, half in limits}

    def _parts(self, members: Iterable[tuple[str, str, Sequence[str]]]) -> tuple[Part, ...]:
        """Return the coverage of each part, the one with most importance missing first."""
        parts = []
        for identifier, label, concepts in members:
            weight = math.fsum(self._graph.concepts[one].weight for one in concepts)
            covered = [one for one in concepts if one in self._counts]
            reached = math.fsum(self._graph.concepts[one].weight for one in covered)
            parts.append(
                Part(
                    id=identifier,
                    label=label,
                    concepts=len(concepts),
                    covered=len(covered),
                    weight=round(weight, 6),
                    weighted=_share(reached, weight),
                )
            )
        return tuple(sorted(parts, key=lambda part: (-part.missing, part.id)))

    def _gaps(self) -> tuple[Gap, ...]:
        missing = [concept for concept in self._graph.concepts.values() if concept.id not in self._counts]
        gaps = []
        for concept in sorted(missing, key=lambda concept: (-concept.weight, concept.key)):
            path = self._graph.tree.path(concept.id)
            gaps.append(
                Gap(
                    concept_id=concept.id,
                    label=concept.label,
                    weight=concept.weight,
                    passages=concept.frequency,
                    documents=concept.documents,
                    community=path[-1].label if path else "",
                )
            )
        return tuple(gaps)

    def _terms(self, terms: Sequence[str]) -> Terms:
        keys = {key: term for term in reversed(terms) if (key := canonical_key(term))}
        unknown = [term for key, term in keys.items() if self._graph.find(term) is None]
        texts = "\n".join(sorted(self._words))
        said = sum(f" {key} " in texts for key in keys)
        return Terms(
            terms=len(keys),
            in_graph=_share(len(keys) - len(unknown), len(keys)),
            in_samples=_share(said, len(keys)),
            missed=tuple(sorted(unknown)),
        )


def _counted(table: NDArray[np.int64], drawn: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    import numpy as np

    return np.asarray(np.bincount(table[:, 1], weights=drawn[table[:, 0]], minlength=size), dtype=np.float64)


def _figures(counts: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float, float]:
    total = float(weights.sum())
    weighted = float(weights[counts > 0].sum()) / total if total else 0.0
    return float((counts > 0).mean()), float((counts >= 3).mean()), weighted


def _topic_members(graph: ConceptGraph) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    rows = graph.adjacency(Layer.TOPIC_CONCEPT)
    for topic in graph.topics:
        beneath = rows.indices[rows.row(graph.number[topic])].tolist()
        yield topic, graph.concepts[topic].label, (topic, *(graph.ids[node] for node in beneath))


def _document_members(graph: ConceptGraph) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    import numpy as np

    places = graph.places
    document = places.document[places.passage] if len(places.passage) else places.passage
    codes = np.unique(document * max(1, len(graph.ids)) + places.node)
    owners, nodes = codes // max(1, len(graph.ids)), codes % max(1, len(graph.ids))
    for number, identifier in enumerate(graph.documents):
        span = slice(*np.searchsorted(owners, [number, number + 1]).tolist())
        yield identifier, identifier, tuple(graph.ids[node] for node in nodes[span].tolist())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0

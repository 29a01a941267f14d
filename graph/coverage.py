"""How much of a graph a dataset covers, how evenly, what is likely still unseen, and what is missing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from graph.match import Matcher
from graph.network import ConceptGraph


@dataclass(frozen=True, kw_only=True, slots=True)
class CoveredSample:
    """A sample to be counted: its text, and the concept and passage ids it states, where it states any."""

    id: str
    text: str
    concepts: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A concept that no sample covers; `weight` is its importance in the graph."""

    concept_id: str
    label: str
    weight: float
    passages: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What samples cover of a graph; shares are 0 to 1, and 0 of nothing is 0.

    `at_1` and `at_3` are the shares of concepts covered by one and by three samples, `weighted` that of their
    importance. `documents` and `passages` are shares reached by a cited passage. `evenness` is Pielou's J over covered
    concepts. `unseen` is Good and Turing's estimate of how likely the next mention is of a concept not yet
    covered (1 when nothing is). `foreign` counts samples that name no concept of the graph.
    """

    samples: int
    concepts: int
    covered: int
    at_1: float
    at_3: float
    weighted: float
    documents: float
    passages: float
    evenness: float
    unseen: float
    foreign: int
    counts: dict[str, int]
    gaps: tuple[Gap, ...]


def coverage(graph: ConceptGraph, samples: Iterable[CoveredSample]) -> Coverage:
    """Return what the samples cover of the graph.

    A concept counts when the sample's text names it and, if the sample states its concepts, states it too.
    """
    matcher = Matcher(graph.concepts.values())
    known = set(graph.passages)
    counts: Counter[str] = Counter()
    cited: set[str] = set()
    total = foreign = 0
    for sample in samples:
        named = matcher.concepts(sample.text)
        covered = named & set(sample.concepts) if sample.concepts else named
        total, foreign = total + 1, foreign + (not covered)
        counts.update(sorted(covered))
        cited |= known.intersection(sample.passages)
    return _summary(graph, counts, cited, samples=total, foreign=foreign)


def _summary(graph: ConceptGraph, counts: Counter[str], cited: set[str], *, samples: int, foreign: int) -> Coverage:
    weight = {identifier: concept.weight for identifier, concept in graph.concepts.items()}
    return Coverage(
        samples=samples,
        concepts=len(weight),
        covered=len(counts),
        at_1=_share(len(counts), len(weight)),
        at_3=_share(sum(count >= 3 for count in counts.values()), len(weight)),
        weighted=_share(math.fsum(weight[one] for one in counts), math.fsum(weight.values())),
        documents=_share(len({graph.document_of(passage) for passage in cited}), len(graph.documents)),
        passages=_share(len(cited), len(graph.passages)),
        evenness=evenness(counts),
        unseen=unseen_mass(counts),
        foreign=foreign,
        counts=dict(sorted(counts.items())),
        gaps=_gaps(graph, counts),
    )


def _gaps(graph: ConceptGraph, counts: Counter[str]) -> tuple[Gap, ...]:
    missing = [concept for concept in graph.concepts.values() if concept.id not in counts]
    return tuple(
        Gap(concept_id=concept.id, label=concept.label, weight=concept.weight, passages=concept.frequency)
        for concept in sorted(missing, key=lambda concept: (-concept.weight, concept.key))
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def evenness(counts: Counter[str]) -> float:
    """Return Pielou's J, entropy over its greatest possible value: 1 when all covered items are covered equally."""
    total = sum(counts.values())
    if len(counts) < 2:
        return 1.0 if counts else 0.0
    entropy = -math.fsum(count / total * math.log(count / total) for count in counts.values())
    return min(1.0, entropy / math.log(len(counts)))


def unseen_mass(counts: Counter[str]) -> float:
    """Return the Good-Turing estimate of the unseen share, in Chao and Jost's form (2012): 0 to 1."""
    total = sum(counts.values())
    once = sum(count == 1 for count in counts.values())
    twice = sum(count == 2 for count in counts.values())
    if total == 0:
        return 1.0
    if once == 0:
        return 0.0
    if twice == 0:
        twice_term = (total - 1) * (once - 1) / ((total - 1) * (once - 1) + 2) if once > 1 and total > 1 else 1.0
        return min(1.0, once / total * twice_term)
    return once / total * (total - 1) * once / ((total - 1) * once + 2 * twice)

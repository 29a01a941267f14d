"""Walks over the graph that draw concepts belonging together.

`paper` is SynthLLM's walk (arXiv 2503.19551, section 3): steps within a layer in proportion to exp(ln(count + eps)),
which is the count. `balanced` flattens the counts, follows association rather than frequency, slows down on concepts
already visited, and leaves out hubs and words contained in one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Final

from graph.associate import SIGNIFICANT
from graph.concept import Layer
from graph.network import ConceptGraph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EPSILON: Final = 1e-5
TEMPERATURE: Final = 1.5
ASSOCIATION: Final = 0.5
DECAY: Final = 0.5
LEAST_NPMI: Final = 0.01
HUB_SHARE: Final = 0.2
HUB_FROM: Final = 20
_TRIES: Final = 8


class Mode(StrEnum):
    """How a walk weighs its next step."""

    PAPER = "paper"
    BALANCED = "balanced"


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """Nodes reached, in order and each once: 1 to 3 topics and up to 5 concepts."""

    topics: tuple[int, ...]
    concepts: tuple[int, ...]


class Walker:
    """Walks over one graph in one mode. `visits` counts, by node number, how often each was drawn before."""

    def __init__(self, graph: ConceptGraph, *, mode: Mode = Mode.BALANCED) -> None:
        self._graph = graph
        self._mode = Mode(mode)
        self._words = [tuple(concept.key.split()) for concept in graph.concepts.values()]

    def from_topic(self, topic: int, *, rng: Random, visits: NDArray[np.int64]) -> Walk:
        """Return a walk of 1-2 topic steps, one step to a concept, and 3-4 concept steps."""
        topics = [topic]
        for _ in range(rng.randint(1, 2)):
            topics += self._step(Layer.TOPIC_TOPIC, topics[-1], topics, rng=rng, visits=visits)
        concepts: list[int] = []
        for reached in reversed(topics):
            concepts = concepts or self._step(Layer.TOPIC_CONCEPT, reached, [], rng=rng, visits=visits)
        if not concepts:
            concepts = self._step(Layer.CONCEPT_CONCEPT, topics[-1], [], rng=rng, visits=visits)
        self._extend(concepts, topics[-1], rng=rng, visits=visits)
        return Walk(topics=tuple(dict.fromkeys(topics)), concepts=tuple(dict.fromkeys(concepts)))

    def from_concept(self, concept: int, *, topics: Sequence[int], rng: Random, visits: NDArray[np.int64]) -> Walk:
        """Return a walk of 3-4 concept steps from `concept`; `topics` are those it was found under."""
        concepts = [concept]
        self._extend(concepts, topics[0] if topics else None, rng=rng, visits=visits)
        return Walk(topics=tuple(topics), concepts=tuple(dict.fromkeys(concepts)))

    def _extend(self, concepts: list[int], topic: int | None, *, rng: Random, visits: NDArray[np.int64]) -> None:
        for _ in range(rng.randint(3, 4) if concepts else 0):
            step = self._step(Layer.CONCEPT_CONCEPT, concepts[-1], concepts, rng=rng, visits=visits)
            if not step and topic is not None:
                step = self._step(Layer.TOPIC_CONCEPT, topic, concepts, rng=rng, visits=visits)
            if not step:
                return
            concepts += step

    def _step(
        self, layer: Layer, node: int, walked: Sequence[int], *, rng: Random, visits: NDArray[np.int64]
    ) -> list[int]:
        """Return the next node in a list, or an empty list when there is none to go to."""
        rows = self._graph.adjacency(layer)
        nodes = rows.indices[rows.row(node)]
        if not len(nodes):
            return []
        if self._mode is Mode.PAPER:
            return [_draw(nodes, rows.counts[rows.row(node)] + EPSILON, rng)]
        weights = self._balanced(layer, node, visits)
        for _ in range(_TRIES):
            if not weights.any():
                return []
            drawn = _draw(nodes, weights, rng)
            if drawn not in walked and not any(self._nested(drawn, other) for other in walked[-2:]):
                return [drawn]
            weights[nodes == drawn] = 0.0
        return []

    def _balanced(self, layer: Layer, node: int, visits: NDArray[np.int64]) -> NDArray[np.float64]:
        import numpy as np

        rows = self._graph.adjacency(layer)
        span = rows.row(node)
        nodes = rows.indices[span]
        weights = np.power(rows.counts[span] + EPSILON, 1 / TEMPERATURE)
        weights *= np.power(np.maximum(rows.npmi[span], LEAST_NPMI), ASSOCIATION)
        weights *= np.power(1.0 + visits[nodes], -DECAY)
        if layer is not Layer.TOPIC_TOPIC:
            weights[self._hub[nodes]] = 0.0
        if layer is Layer.CONCEPT_CONCEPT:
            significant = np.where(rows.g_squared[span] >= SIGNIFICANT, weights, 0.0)
            weights = significant if significant.any() else weights
        return np.asarray(weights, dtype=np.float64)

    @cached_property
    def _hub(self) -> NDArray[np.bool_]:
        """Which nodes are in over 20 % of passages, in a graph of 20 passages or more."""
        import numpy as np

        frequency = np.array([concept.frequency for concept in self._graph.concepts.values()], dtype=np.float64)
        count = len(self._graph.passages)
        return np.asarray(frequency > HUB_SHARE * count if count >= HUB_FROM else np.zeros(len(frequency), dtype=bool))

    def _nested(self, one: int, other: int) -> bool:
        short, long = sorted((self._words[one], self._words[other]), key=len)
        return long[-len(short) :] == short or long[: len(short)] == short


def _draw(nodes: NDArray[np.int32], weights: NDArray[np.floating], rng: Random) -> int:
    import numpy as np

    cumulative = np.cumsum(weights, dtype=np.float64)
    place = int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))
    return int(nodes[min(place, len(nodes) - 1)])

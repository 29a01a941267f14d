"""Walks over the graph that draw concepts belonging together, many at once.

`paper` is SynthLLM's walk (arXiv 2503.19551, section 3): steps within a layer in proportion to exp(ln(count + eps)),
which is count + eps. `balanced` flattens the counts, follows association rather than frequency, slows down on
concepts already drawn, and leaves out hubs and words contained in one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from graph.adjacency import Adjacency
from graph.associate import SIGNIFICANT
from graph.chance import uniform
from graph.concept import Layer
from graph.network import ConceptGraph
from graph.transition import Transitions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.chance import Keys

    Nodes = NDArray[np.int32]
    Visits = NDArray[np.int64]

EPSILON: Final = 1e-5
TEMPERATURE: Final = 1.5
ASSOCIATION: Final = 0.5
DECAY: Final = 0.5
LEAST_NPMI: Final = 0.01
HUB_SHARE: Final = 0.2
HUB_FROM: Final = 20
TOPICS: Final = 3
CONCEPTS: Final = 5
_TRIES: Final = 8
_NUMBERS: Final = 2 * _TRIES
"""Random numbers set apart for one step."""


class Mode(StrEnum):
    """How combinations are drawn.

    By walks (balanced, paper, and tree, which starts from the communities in turn), inside documents (pairs), or by
    chance for comparison (random, single).
    """

    BALANCED = "balanced"
    PAPER = "paper"
    TREE = "tree"
    PAIRS = "pairs"
    RANDOM = "random"
    SINGLE = "single"


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """Nodes reached, in order and each once: 1 to 3 topics and up to 5 concepts."""

    topics: tuple[int, ...]
    concepts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Walks:
    """Many walks, a row each: `topics` (walks, 3) and `concepts` (walks, 5), -1 where a walk ended sooner."""

    topics: Nodes
    concepts: Nodes

    def __len__(self) -> int:
        return len(self.topics)

    def __iter__(self) -> Iterator[Walk]:
        for topics, concepts in zip(self.topics.tolist(), self.concepts.tolist(), strict=True):
            yield Walk(topics=_once(topics), concepts=_once(concepts))


def _once(nodes: list[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(node for node in nodes if node >= 0))


class Walker:
    """Walks over one graph in one mode.

    `temperature`, `association`, `decay` and `prune` shape `balanced` and mean nothing to `paper`: the flattening of
    counts, the power of NPMI, the power of visits, and whether pairs that may be chance (G² < 10.83) are left out.
    """

    def __init__(
        self,
        graph: ConceptGraph,
        *,
        mode: Mode = Mode.BALANCED,
        temperature: float = TEMPERATURE,
        association: float = ASSOCIATION,
        decay: float = DECAY,
        prune: bool = True,
    ) -> None:
        self._graph = graph
        self._paper = Mode(mode) is Mode.PAPER
        self._temperature = temperature
        self._association = association
        self._decay = decay
        self._prune = prune

    def from_topics(self, topics: Nodes, keys: Keys, *, visits: Visits) -> Walks:
        """Return walks of 1-2 topic steps, one step to a concept, and 3-4 concept steps.

        `keys` are the walks' random streams; `visits` counts, by node, how often each was drawn before.
        """
        import numpy as np

        reached = np.full((len(topics), TOPICS), -1, dtype=np.int32)
        reached[:, 0] = topics
        steps = 1 + (uniform(keys, 0) < 0.5)
        for step in range(TOPICS - 1):
            going = np.flatnonzero((steps > step) & (reached[:, step] >= 0))
            at = reached[going, step]
            reached[going, step + 1] = self._step(
                Layer.TOPIC_TOPIC, at, reached[going], keys[going], number=1 + step, visits=visits
            )
        concepts = np.full((len(topics), CONCEPTS), -1, dtype=np.int32)
        self._first(reached, concepts, keys, visits)
        self._extend(reached, concepts, keys, visits)
        return Walks(topics=reached, concepts=concepts)

    def from_concepts(self, concepts: Nodes, topics: Nodes, keys: Keys, *, visits: Visits) -> Walks:
        """Return walks of 3-4 concept steps from `concepts`; `topics` (walks, 3) are those they were found under."""
        import numpy as np

        reached = np.full((len(concepts), CONCEPTS), -1, dtype=np.int32)
        reached[:, 0] = concepts
        self._extend(topics, reached, keys, visits)
        return Walks(topics=topics, concepts=reached)

    def _first(self, topics: Nodes, concepts: Nodes, keys: Keys, visits: Visits) -> None:
        """Fill in each walk's first concept: from the topic reached last, else from those before it."""
        import numpy as np

        for column in range(TOPICS - 1, -1, -1):
            open_ = np.flatnonzero((concepts[:, 0] < 0) & (topics[:, column] >= 0))
            concepts[open_, 0] = self._step(
                Layer.TOPIC_CONCEPT, topics[open_, column], concepts[open_], keys[open_], number=3, visits=visits
            )
        bare = np.flatnonzero(concepts[:, 0] < 0)
        concepts[bare, 0] = self._step(
            Layer.CONCEPT_CONCEPT, _last(topics[bare]), concepts[bare], keys[bare], number=4, visits=visits
        )

    def _extend(self, topics: Nodes, concepts: Nodes, keys: Keys, visits: Visits) -> None:
        import numpy as np

        steps = 3 + (uniform(keys, 1) < 0.5)
        over = _last(topics)
        for step in range(CONCEPTS - 1):
            going = np.flatnonzero((steps > step) & (concepts[:, step] >= 0))
            at, own = concepts[going, step], keys[going]
            found = self._step(Layer.CONCEPT_CONCEPT, at, concepts[going], own, number=5 + 2 * step, visits=visits)
            lost = np.flatnonzero((found < 0) & (over[going] >= 0))
            if len(lost) and not self._paper:
                found[lost] = self._step(
                    Layer.TOPIC_CONCEPT,
                    over[going[lost]],
                    concepts[going[lost]],
                    own[lost],
                    number=6 + 2 * step,
                    visits=visits,
                )
            concepts[going, step + 1] = found

    def _step(self, layer: Layer, at: Nodes, walked: Nodes, keys: Keys, *, number: int, visits: Visits) -> Nodes:
        """Return the next node of each walk, -1 where there is none; `number` is the place of the step in the walk."""
        if self._paper or not len(at):
            return self.transitions(layer).draw(at, uniform(keys, number * _NUMBERS))
        return self._balanced_step(layer, at, walked, keys, number=number, visits=visits)

    def _balanced_step(
        self, layer: Layer, at: Nodes, walked: Nodes, keys: Keys, *, number: int, visits: Visits
    ) -> Nodes:
        """Return next nodes by rejection: those often drawn are refused more often; at last the least drawn is taken."""
        import numpy as np

        transitions = self.transitions(layer)
        least = int(visits.min()) + 1
        result = np.full(len(at), -1, dtype=np.int32)
        second, worn = result.copy(), np.full(len(at), np.iinfo(np.int64).max)
        open_ = np.arange(len(at))
        for attempt in range(_TRIES):
            place = number * _NUMBERS + 2 * attempt
            found = transitions.draw(at[open_], uniform(keys[open_], place))
            allowed = self._allowed(layer, found, walked[open_])
            seen = visits[found]
            accepted = allowed & (uniform(keys[open_], place + 1) < (least / (1.0 + seen)) ** self._decay)
            better = allowed & (seen < worn[open_])
            second[open_[better]], worn[open_[better]] = found[better], seen[better]
            result[open_[accepted]] = found[accepted]
            open_ = open_[~accepted & (found >= 0)]
        result[open_] = second[open_]
        return result

    def _allowed(self, layer: Layer, found: Nodes, walked: Nodes) -> NDArray[np.bool_]:
        """Return which steps go somewhere new and not to a word of, or around, one walked over."""
        import numpy as np

        allowed: NDArray[np.bool_] = (found >= 0) & ~(walked == found[:, None]).any(axis=1)
        if layer is Layer.TOPIC_TOPIC or not len(self._nested):
            return allowed
        codes = found.astype(np.int64)[:, None] * len(self._graph.ids) + walked
        place = np.minimum(np.searchsorted(self._nested, codes), len(self._nested) - 1)
        return np.asarray(allowed & ~((self._nested[place] == codes) & (walked >= 0)).any(axis=1))

    def transitions(self, layer: Layer) -> Transitions:
        """Return the steps that can be taken in a layer."""
        return self._transitions[layer]

    @cached_property
    def _transitions(self) -> dict[Layer, Transitions]:
        weigh = self._counted if self._paper else self._balanced
        made = {}
        for layer in Layer:
            rows = self._graph.adjacency(layer)
            made[layer] = Transitions.of(rows, weigh(rows, layer))
        return made

    @staticmethod
    def _counted(rows: Adjacency, layer: Layer) -> NDArray[np.float64]:
        return rows.counts.astype("float64") + EPSILON

    def _balanced(self, rows: Adjacency, layer: Layer) -> NDArray[np.float64]:
        import numpy as np

        weights = np.power(rows.counts + EPSILON, 1 / self._temperature)
        weights *= np.power(np.maximum(rows.npmi, LEAST_NPMI), self._association)
        if layer is not Layer.TOPIC_TOPIC:
            weights[self._hub[rows.indices]] = 0.0
        if layer is Layer.CONCEPT_CONCEPT and self._prune:
            significant = np.where(rows.g_squared >= SIGNIFICANT, weights, 0.0)
            source = rows.sources()
            firm = np.bincount(source, weights=significant, minlength=len(rows.indptr) - 1) > 0
            weights = np.where(firm[source], significant, weights)
        return np.asarray(weights, dtype=np.float64)

    @cached_property
    def _hub(self) -> NDArray[np.bool_]:
        """Which nodes are in over 20 % of passages, in a graph of 20 passages or more."""
        import numpy as np

        frequency = np.array([concept.frequency for concept in self._graph.concepts.values()], dtype=np.float64)
        count = len(self._graph.passages)
        return np.asarray(frequency > HUB_SHARE * count if count >= HUB_FROM else np.zeros(len(frequency), dtype=bool))

    @cached_property
    def _nested(self) -> NDArray[np.int64]:
        """Pairs of nodes, as one number each, of which one begins or ends with the words of the other; ascending."""
        import numpy as np

        number = {concept.key: node for node, concept in enumerate(self._graph.concepts.values())}
        codes: set[int] = set()
        for key, node in number.items():
            words = key.split()
            for cut in range(1, len(words)):
                for part in (words[:cut], words[cut:]):
                    other = number.get(" ".join(part))
                    if other is not None:
                        codes |= {node * len(number) + other, other * len(number) + node}
        return np.array(sorted(codes), dtype=np.int64)


def _last(rows: Nodes) -> Nodes:
    """Return the last node of each row that is not -1."""
    import numpy as np

    last = np.maximum((rows >= 0).sum(axis=1) - 1, 0)
    return np.asarray(rows[np.arange(len(rows)), last], dtype=np.int32)

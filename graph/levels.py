"""The three levels of combinations (SynthLLM, section 3): one passage, one document, two documents.

Each is a stream that goes round the documents (or topics) in a seeded order, so that a short prefix reaches many.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Final

from graph.baseline import Drawn, by_document, drawn_by_chance
from graph.chance import names, streams
from graph.network import ConceptGraph
from graph.reference import ReferenceFinder, References
from graph.walk import TOPICS, Mode, Walk, Walker, Walks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.chance import Keys

BLOCK: Final = 2048
CHOICES: Final = 8
TOPICS_FROM: Final = 64
"""Passages of a concept that are looked at for the topics over it."""


class Sampler:
    """Draws combinations from one graph. `visits` counts draws by node; `rejected` counts drops by reason.

    `walker`, `finder` and `residual` replace parts of the mode, for comparison: how walks step, how passages are
    found, and whether concepts that no topic led to are walked from.
    """

    def __init__(
        self,
        graph: ConceptGraph,
        *,
        seed: int,
        mode: Mode | str = Mode.BALANCED,
        walker: Walker | None = None,
        finder: ReferenceFinder | None = None,
        residual: bool = True,
    ) -> None:
        import numpy as np

        self.graph = graph
        self.seed = seed
        self.mode = Mode(mode)
        self.visits: NDArray[np.int64] = np.zeros(len(graph.ids), dtype=np.int64)
        self.rejected: Counter[str] = Counter()
        self.walker = walker or Walker(graph, mode=self.mode)
        self.finder = finder or ReferenceFinder(graph, mode=self.mode)
        self.residual = residual

    @cached_property
    def _weights(self) -> NDArray[np.float64]:
        import numpy as np

        return np.array([concept.weight for concept in self.graph.concepts.values()], dtype=np.float64)

    @cached_property
    def _named(self) -> Keys:
        return names(self.graph.ids)

    def stream(self, level: int, epoch: int) -> Iterator[Drawn]:
        """Yield the combinations of a level in one epoch."""
        if self.mode in {Mode.PAIRS, Mode.RANDOM, Mode.SINGLE}:
            return drawn_by_chance(self, epoch)
        if level == 3:
            return self._across(epoch)
        return self._around(epoch, level, self._single if level == 1 else self._recombined)

    def _around(self, epoch: int, level: int, draw: Callable[[int, Random], Drawn | None]) -> Iterator[Drawn]:
        """Yield one draw for each passage, going round the documents."""
        queues = self._queues(epoch, level)
        while queues:
            for rng, queue in queues:
                drawn = draw(self._next(queue), rng)
                if drawn is not None:
                    yield drawn
            queues = [(rng, queue) for rng, queue in queues if queue]

    def _queues(self, epoch: int, level: int) -> list[tuple[Random, list[int]]]:
        queues = []
        for document, passages in by_document(self.graph).items():
            rng = Random(f"{self.seed}/{epoch}/{level}/{self.graph.documents[document]}")
            rng.shuffle(passages)
            queues.append((rng, passages))
        Random(f"{self.seed}/{epoch}/{level}").shuffle(queues)
        return queues

    def _next(self, queue: list[int]) -> int:
        """Take a passage from the end of a queue: in `balanced`, of the last eight the one with most left to draw."""
        if self.mode is not Mode.BALANCED:
            return queue.pop()
        last = range(max(0, len(queue) - CHOICES), len(queue))
        return queue.pop(max(last, key=lambda place: self._need(queue[place])))

    def _need(self, passage: int) -> float:
        """Return how much importance the three concepts of a passage that are most worth drawing have left."""
        nodes = self.graph.places.nodes(passage)
        worth = (self._weights[nodes] / (1 + self.visits[nodes]) ** 2).tolist()
        return math.fsum(sorted(worth, reverse=True)[:3])

    def _single(self, passage: int, rng: Random) -> Drawn | None:
        ranked = self.graph.places.ranked(passage)
        if not ranked:
            return None
        chosen = self._pick(ranked, rng.randint(1, min(3, len(ranked))), rng)
        return self._drawn(1, chosen, (passage,))

    def _recombined(self, passage: int, rng: Random) -> Drawn | None:
        here = self.graph.places.ranked(passage)
        size = rng.randint(2, 3)
        partner = self._partner(passage, here, rng)
        beyond = [] if partner is None else [node for node in self.graph.places.ranked(partner) if node not in here]
        if partner is None or not here or not beyond:
            return self._drawn(2, self._pick(here, min(size, len(here)), rng), (passage,)) if len(here) > 1 else None
        first, second = self._pick(here, 1, rng), self._pick(beyond, 1, rng)
        left = [node for node in (*here, *beyond) if node not in (*first, *second)]
        third = self._pick(left, 1, rng) if size == 3 and left else ()
        return self._drawn(2, (*first, *second, *third), (passage, partner))

    def _partner(self, passage: int, here: Sequence[int], rng: Random) -> int | None:
        """Return another passage of the document that shares a concept, else any other one, else None."""
        import numpy as np

        document = self.graph.places.document
        first, last = (int(np.searchsorted(document, document[passage], side=side)) for side in ("left", "right"))
        for node in rng.sample(list(here), len(here)):
            found = self.graph.places.passages(node)
            within = found[np.searchsorted(found, first) : np.searchsorted(found, last)]
            others = within[within != passage]
            if len(others):
                return int(others[rng.randrange(len(others))])
        others_at_all = [place for place in (passage - 1, passage + 1) if first <= place < last]
        return rng.choice(others_at_all) if others_at_all else None

    def _pick(self, ranked: Sequence[int], count: int, rng: Random) -> tuple[int, ...]:
        """Return `count` of the ranked nodes: in `balanced` those drawn least so far, in `paper` any."""
        if self.mode is not Mode.BALANCED:
            return tuple(rng.sample(list(ranked), count))
        order = sorted(range(len(ranked)), key=lambda place: (int(self.visits[ranked[place]]), place))
        return tuple(ranked[place] for place in order[:count])

    def _drawn(self, level: int, concepts: tuple[int, ...], passages: tuple[int, ...]) -> Drawn:
        return Drawn(level=level, concepts=concepts, topics=self.topics(passages), passages=passages, support=1.0)

    def topics(self, passages: Sequence[int]) -> tuple[int, ...]:
        """Return the topics over passages, each once."""
        return tuple(
            dict.fromkeys(topic for passage in passages for topic in self.graph.places.headed.get(passage, ()))
        )

    def _across(self, epoch: int) -> Iterator[Drawn]:
        """Yield two-document combinations from walks: every topic once, then (balanced) the concepts drawn too seldom."""
        for walks in self.walks(epoch):
            for walk, references in zip(walks, self.finder.references(walks.concepts.astype("int64")), strict=True):
                if len(walk.concepts) < 2:
                    self.rejected["short walk"] += 1
                elif references is None:
                    self.rejected["no two documents support it"] += 1
                else:
                    yield Drawn(
                        level=3,
                        concepts=self._in_order(references),
                        topics=self._spoken_topics(walk, references.passages),
                        passages=references.passages,
                        support=references.support,
                    )

    def _in_order(self, references: References) -> tuple[int, ...]:
        """Return the concepts with those first that were drawn least, of those the passages speak of."""
        told = round(references.support * len(references.concepts))
        if self.mode is Mode.PAPER:
            return references.concepts
        first = sorted(references.concepts[:told], key=lambda node: int(self.visits[node]))
        return (*first, *references.concepts[told:])

    def walks(self, epoch: int) -> Iterator[Walks]:
        """Yield walks in blocks; a block sees the visits at its beginning, so the first blocks are small."""
        import numpy as np

        if self.mode is Mode.TREE:
            order = np.array([self.graph.number[concept] for concept in self.graph.tree.traverse()], dtype=np.int32)
            yield from self._from_concepts(order, epoch)
            return
        topics = [self.graph.number[topic] for topic in self.graph.topics]
        Random(f"{self.seed}/{epoch}/3").shuffle(topics)
        keys = streams(self._named, self.seed, epoch, "topic")
        for block in blocks(np.array(topics, dtype=np.int32)):
            yield self.walker.from_topics(block, keys[block], visits=self.visits)
        if self.mode is Mode.PAPER or not self.residual:
            return
        yield from self._from_concepts(self._neglected(epoch), epoch)

    def _from_concepts(self, nodes: NDArray[np.int32], epoch: int) -> Iterator[Walks]:
        """Yield walks from the nodes that were drawn no more often than there were epochs before."""
        keys = streams(self._named, self.seed, epoch, "concept")
        for offered in blocks(nodes):
            block = offered[self.visits[offered] <= epoch]
            yield self.walker.from_concepts(block, self._topics_over(block), keys[block], visits=self.visits)

    def _neglected(self, epoch: int) -> NDArray[np.int32]:
        """Return the nodes drawn no more often than there were epochs before, the most important first."""
        import numpy as np

        order = np.lexsort((np.arange(len(self._weights)), -self._weights / (1 + self.visits)))
        return np.asarray(order[self.visits[order] <= epoch], dtype=np.int32)

    def _topics_over(self, nodes: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return up to three topics over the passages of each node, a row each, -1 for none."""
        import numpy as np

        rows = np.full((len(nodes), TOPICS), -1, dtype=np.int32)
        for place, node in enumerate(nodes.tolist()):
            found = self.topics(self.graph.places.passages(node)[:TOPICS_FROM].tolist())[:TOPICS]
            rows[place, : len(found)] = found
        return rows

    def _spoken_topics(self, walk: Walk, passages: Sequence[int]) -> tuple[int, ...]:
        """Return the walk's topics that the passages stand under or mention, else the passages' own."""
        over = self.topics(passages)
        spoken = {*over, *(node for passage in passages for node in self.graph.places.nodes(passage).tolist())}
        return tuple(topic for topic in walk.topics if topic in spoken) or over


def blocks(nodes: NDArray[np.int32]) -> Iterator[NDArray[np.int32]]:
    """Yield nodes in blocks of 16, 32, 64 and so on to 2,048: the cuts depend on the place alone."""
    start, size = 0, 16
    while start < len(nodes):
        yield nodes[start : start + size]
        start, size = start + size, min(2 * size, BLOCK)

"""The three levels of combinations (SynthLLM, section 3): one passage, one document, two documents.

Each is a stream that goes round the documents (or topics) in a seeded order, so that a short prefix reaches many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from graph.network import ConceptGraph
from graph.reference import ReferenceFinder
from graph.walk import Mode, Walk, Walker

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A combination by node and passage numbers."""

    level: int
    concepts: tuple[int, ...]
    topics: tuple[int, ...]
    passages: tuple[int, ...]
    support: float


@dataclass(slots=True)
class Sampler:
    """Draws combinations from one graph. `visits` counts draws by node; `rejected` counts drops by reason."""

    graph: ConceptGraph
    seed: int
    mode: Mode
    visits: NDArray[np.int64]
    rejected: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, graph: ConceptGraph, *, seed: int, mode: Mode | str = Mode.BALANCED) -> Sampler:
        """Return a sampler that has not drawn yet."""
        import numpy as np

        return cls(graph, seed, Mode(mode), np.zeros(len(graph.ids), dtype=np.int64))

    def stream(self, level: int, epoch: int) -> Iterator[Drawn]:
        """Yield the combinations of a level in one epoch."""
        if level == 3:
            return self._across(epoch)
        return self._around(epoch, level, self._single if level == 1 else self._recombined)

    def _around(self, epoch: int, level: int, draw: Callable[[int, Random], Drawn | None]) -> Iterator[Drawn]:
        """Yield one draw for each passage, going round the documents."""
        queues = self._queues(epoch, level)
        while queues:
            for rng, queue in queues:
                drawn = draw(queue.pop(), rng)
                if drawn is not None:
                    yield drawn
            queues = [(rng, queue) for rng, queue in queues if queue]

    def _queues(self, epoch: int, level: int) -> list[tuple[Random, list[int]]]:
        by_document: dict[int, list[int]] = {}
        for passage, document in enumerate(self.graph.places.document.tolist()):
            by_document.setdefault(document, []).append(passage)
        queues = []
        for document, passages in by_document.items():
            rng = Random(f"{self.seed}/{epoch}/{level}/{self.graph.documents[document]}")
            rng.shuffle(passages)
            queues.append((rng, passages))
        Random(f"{self.seed}/{epoch}/{level}").shuffle(queues)
        return queues

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
        if self.mode is Mode.PAPER:
            return tuple(rng.sample(list(ranked), count))
        order = sorted(range(len(ranked)), key=lambda place: (int(self.visits[ranked[place]]), place))
        return tuple(ranked[place] for place in order[:count])

    def _drawn(self, level: int, concepts: tuple[int, ...], passages: tuple[int, ...]) -> Drawn:
        return Drawn(level=level, concepts=concepts, topics=self._topics(passages), passages=passages, support=1.0)

    def _topics(self, passages: Sequence[int]) -> tuple[int, ...]:
        return tuple(
            dict.fromkeys(topic for passage in passages for topic in self.graph.places.headed.get(passage, ()))
        )

    def _across(self, epoch: int) -> Iterator[Drawn]:
        """Yield two-document combinations from walks: every topic once, then (balanced) the concepts not yet drawn."""
        walker = Walker(self.graph, mode=self.mode)
        finder = ReferenceFinder(self.graph, mode=self.mode)
        for walk in self._walks(walker, epoch):
            if len(walk.concepts) < 2:
                self.rejected["short walk"] += 1
                continue
            references = finder.find(walk.concepts)
            if references is None:
                self.rejected["no two documents support it"] += 1
                continue
            yield Drawn(
                level=3,
                concepts=references.concepts,
                topics=self._spoken_topics(walk, references.passages),
                passages=references.passages,
                support=references.support,
            )

    def _walks(self, walker: Walker, epoch: int) -> Iterator[Walk]:
        topics = [self.graph.number[topic] for topic in self.graph.topics]
        Random(f"{self.seed}/{epoch}/3").shuffle(topics)
        for topic in topics:
            rng = Random(f"{self.seed}/{epoch}/3/{self.graph.ids[topic]}")
            yield walker.from_topic(topic, rng=rng, visits=self.visits)
        if self.mode is Mode.PAPER:
            return
        for concept in self._neglected():
            if self.visits[concept] == 0:
                rng = Random(f"{self.seed}/{epoch}/3/{self.graph.ids[concept]}")
                passages = self.graph.places.passages(concept).tolist()
                yield walker.from_concept(concept, topics=self._topics(passages)[:3], rng=rng, visits=self.visits)

    def _neglected(self) -> list[int]:
        """Return the nodes not drawn yet, the most important first."""
        weight = [concept.weight for concept in self.graph.concepts.values()]
        return sorted(
            (node for node in range(len(weight)) if self.visits[node] == 0), key=lambda node: (-weight[node], node)
        )

    def _spoken_topics(self, walk: Walk, passages: Sequence[int]) -> tuple[int, ...]:
        """Return the walk's topics that the passages stand under or mention, else the passages' own."""
        over = self._topics(passages)
        spoken = {*over, *(node for passage in passages for node in self.graph.places.nodes(passage).tolist())}
        return tuple(topic for topic in walk.topics if topic in spoken) or over

"""Combinations drawn without walks: pairs inside documents (EntiGraph), and null models to compare walks with.

`pairs` goes through all pairs of a document's main concepts (arXiv 2409.07431, section 2.2), `random` takes any two
concepts of the graph, `single` takes concepts of one passage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from graph.walk import Mode

if TYPE_CHECKING:
    from graph.levels import Sampler
    from graph.network import ConceptGraph

MAIN: Final = 40
"""Concepts of a document that are paired, the most salient."""
_AT_ONCE: Final = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A combination by node and passage numbers."""

    level: int
    concepts: tuple[int, ...]
    topics: tuple[int, ...]
    passages: tuple[int, ...]
    support: float


def drawn_by_chance(sampler: Sampler, epoch: int) -> Iterator[Drawn]:
    """Yield the combinations of one epoch in the sampler's mode."""
    if sampler.mode is Mode.PAIRS:
        return _pairs(sampler, epoch)
    return _random(sampler, epoch) if sampler.mode is Mode.RANDOM else _single(sampler, epoch)


def _pairs(sampler: Sampler, epoch: int) -> Iterator[Drawn]:
    """Yield every pair of each document's main concepts once, going round the documents."""
    if epoch:
        return
    queues = []
    for document, passages in by_document(sampler.graph).items():
        nodes = _main(sampler, passages)
        pairs = [(one, other) for place, one in enumerate(nodes) for other in nodes[place + 1 :]]
        Random(f"{sampler.seed}/pairs/{sampler.graph.documents[document]}").shuffle(pairs)
        queues.append((document, pairs))
    Random(f"{sampler.seed}/pairs").shuffle(queues)
    while queues := [queue for queue in queues if queue[1]]:
        for document, pairs in queues:
            yield _pair(sampler, document, pairs.pop())


def _pair(sampler: Sampler, document: int, pair: tuple[int, int]) -> Drawn:
    """Return a pair with a passage of the document that speaks of both, else with one for each."""
    places = sampler.graph.places
    ones, others = ({at for at in places.passages(node).tolist() if places.document[at] == document} for node in pair)
    both = sorted(ones & others)
    passages = (both[0],) if both else (min(ones), min(others))
    return Drawn(level=2, concepts=pair, topics=sampler.topics(passages), passages=passages, support=1.0)


def _main(sampler: Sampler, passages: list[int]) -> list[int]:
    salience: dict[int, float] = {}
    places = sampler.graph.places
    for passage in passages:
        span = slice(int(places.starts[passage]), int(places.starts[passage + 1]))
        for node, value in zip(places.node[span].tolist(), places.salience[span].tolist(), strict=True):
            salience[node] = salience.get(node, 0.0) + value
    return sorted(salience, key=lambda node: (-salience[node], node))[:MAIN]


def _random(sampler: Sampler, epoch: int) -> Iterator[Drawn]:
    """Yield as many pairs of any two concepts as there are concepts, with the passages that speak of them best."""
    import numpy as np

    rng, size = Random(f"{sampler.seed}/{epoch}/random"), len(sampler.graph.ids)
    left = size if size > 1 else 0
    while left:
        pairs = [tuple(rng.sample(range(size), 2)) for _ in range(min(_AT_ONCE, left))]
        left -= len(pairs)
        for references in sampler.finder.references(np.array(pairs, dtype=np.int64)):
            if references is None:
                sampler.rejected["no two documents support it"] += 1
                continue
            topics = sampler.topics(references.passages)
            yield Drawn(
                level=3,
                concepts=references.concepts,
                topics=topics,
                passages=references.passages,
                support=references.support,
            )


def _single(sampler: Sampler, epoch: int) -> Iterator[Drawn]:
    """Yield 2 or 3 concepts of each passage, any of them; passages come in any order."""
    rng = Random(f"{sampler.seed}/{epoch}/single")
    order = list(range(len(sampler.graph.passages)))
    rng.shuffle(order)
    for passage in order:
        nodes = sampler.graph.places.nodes(passage).tolist()
        if nodes:
            chosen = tuple(rng.sample(nodes, min(len(nodes), rng.randint(2, 3))))
            topics = sampler.topics((passage,))
            yield Drawn(level=1, concepts=chosen, topics=topics, passages=(passage,), support=1.0)


def by_document(graph: ConceptGraph) -> dict[int, list[int]]:
    """Return the numbers of each document's passages."""
    found: dict[int, list[int]] = {}
    for passage, document in enumerate(graph.places.document.tolist()):
        found.setdefault(document, []).append(passage)
    return found

"""`Combination`: concepts drawn together, and the passages that speak of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowledge.identity import identify

if TYPE_CHECKING:
    from graph.baseline import Drawn
    from graph.levels import Sampler
    from graph.network import ConceptGraph


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """Concepts sampled together for one prompt.

    `level` is 1 (one passage), 2 (recombined concepts of one document) or 3 (concepts across two documents).
    `references` are passage ids, best first; at level 3 they come from two documents. `support` is the share of
    the concepts found in the references, 0 to 1.
    """

    id: str
    level: int
    concepts: tuple[str, ...]
    topics: tuple[str, ...]
    references: tuple[str, ...]
    support: float
    epoch: int = 0


def combinations(
    graph: ConceptGraph,
    *,
    seed: int,
    levels: Sequence[int] = (1, 2, 3),
    epochs: int = 1,
    mode: str = "balanced",
) -> Iterator[Combination]:
    """Yield combinations of the levels in turn, each going round documents, without repeats.

    An epoch reaches every passage that has concepts once at level 1 and 2, and every topic once at level 3; in
    `balanced` mode level 3 goes on with the concepts drawn too seldom. Modes `tree`, `pairs`, `random`
    and `single` have one level of their own. The same graph, seed and options give the same
    sequence. Raises ValueError for a level or mode that does not exist.
    """
    from graph.levels import Sampler

    if unknown := sorted(set(levels) - {1, 2, 3}):
        raise ValueError(f"levels: {unknown} do not exist; use 1, 2 or 3")
    drawn = drawn_levels(mode, levels)
    yield from drawn_by(Sampler(graph, seed=seed, mode=mode), levels=drawn, epochs=epochs)


def drawn_levels(mode: str, levels: Sequence[int]) -> tuple[int, ...]:
    """Return the levels a mode draws: those asked for, or the one that `tree`, `pairs`, `random` and `single` have."""
    return {"tree": (3,), "pairs": (2,), "random": (3,), "single": (1,)}.get(mode, tuple(levels))


def drawn_by(sampler: Sampler, *, levels: Sequence[int], epochs: int) -> Iterator[Combination]:
    """Yield a sampler's combinations; what it left out is counted in `sampler.rejected`."""
    seen: set[tuple[frozenset[int], frozenset[int]]] = set()
    for epoch in range(epochs):
        for drawn in _in_turn([sampler.stream(level, epoch) for level in dict.fromkeys(levels)]):
            identity = (frozenset(drawn.concepts), frozenset(drawn.passages))
            if identity in seen:
                sampler.rejected["repeat"] += 1
                continue
            seen.add(identity)
            sampler.visits[list(drawn.concepts)] += 1
            yield _combination(sampler.graph, drawn, epoch)


def _in_turn(streams: list[Iterator[Drawn]]) -> Iterator[Drawn]:
    while streams:
        going = []
        for stream in streams:
            drawn = next(stream, None)
            if drawn is not None:
                going.append(stream)
                yield drawn
        streams = going


def _combination(graph: ConceptGraph, drawn: Drawn, epoch: int) -> Combination:
    concepts = tuple(graph.ids[node] for node in drawn.concepts)
    references = tuple(graph.passages[passage] for passage in drawn.passages)
    return Combination(
        id=identify("k", [drawn.level, sorted(concepts), sorted(references)]),
        level=drawn.level,
        concepts=concepts,
        topics=tuple(graph.ids[node] for node in drawn.topics),
        references=references,
        support=drawn.support,
        epoch=epoch,
    )

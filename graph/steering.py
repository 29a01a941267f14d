"""`Steering`: combinations drawn for the concepts that the samples so far lack, the most important first.

A sample speaks of about a sentence, so what is drawn is a stretch of a passage and the concepts that stand together in it: the stretch
whose concepts are worth most now (greedy maximum coverage, Nemhauser, Wolsey and Fisher 1978, with lazy evaluation, Minoux 1978). A
concept is worth its importance, and little once samples name it; one that prompts aimed at in vain is worth half each time.
Levels 2 and 3 add a stretch of another passage that shares a concept with the first, in the same document or in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from random import Random
from typing import TYPE_CHECKING, Final

from graph.combine import Combination
from knowledge.identity import identify

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.concept import Mention
    from graph.network import ConceptGraph

Sentences = Callable[[str], Sequence[tuple[int, int]]]

REACH: Final = 160
"""Characters from the first concept of a stretch to the last, where sentences are not known."""
MOST: Final = 4
"""Concepts of a stretch that are asked about."""
TELLING: Final = 0.1
"""Worth, as a share of the worthiest concept's of a stretch, from which others are asked about with it."""
FADE: Final = 0.1
"""What a concept is still worth with each sample that names it."""
VAIN: Final = 0.7
"""What a concept is still worth with each prompt that aimed at it in vain."""
DOUBT: Final = 0.2
"""The same in the passage that the prompt was over."""
WEAR: Final = 0.5
"""What a passage is still worth with each prompt over it that gave no sample."""
LEAST: Final = 1e-100
"""What a concept is worth at least: it never comes to nothing."""
TRIED: Final = 64
"""Partners looked at for a stretch."""
OFFERED: Final = 8
"""First stretches of which the one is taken that is worth most together with its partner."""
_JITTER: Final = 0.1
_COMMON: Final = 64
"""Passages of a shared concept among which partners are sought."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stretch:
    """Concepts that stand together in a passage (`spoken`), those of them to ask about, the worthiest first, and what these are worth."""

    passage: int
    spoken: tuple[int, ...]
    nodes: tuple[int, ...]
    value: float


class Steering:
    """Draws combinations from a graph by what is lacking.

    `covered` counts samples by concept id, `vain` prompts that aimed at a concept (second) over a passage (first) and gave no sample that
    names it, `worn` prompts over a passage id that gave none or a repeated one. What is drawn counts as covered for what is drawn next.
    `stretches` may be shared by several.
    """

    def __init__(
        self,
        graph: ConceptGraph,
        *,
        seed: int,
        covered: Mapping[str, int] | None = None,
        vain: Mapping[tuple[str, str], int] | None = None,
        worn: Mapping[str, int] | None = None,
        stretches: Stretches | None = None,
    ) -> None:
        import numpy as np

        self._graph = graph
        self._seed = seed
        self._worth = np.array([concept.weight for concept in graph.concepts.values()], dtype=np.float64)
        for concept, count in (covered or {}).items():
            if concept in graph.number:
                self._worth[graph.number[concept]] *= FADE ** min(count, 30)
        self._stretches = stretches or Stretches(graph)
        self._doubt: dict[tuple[int, int], float] = {}
        number = {passage: place for place, passage in enumerate(graph.passages)}
        for (passage, concept), count in (vain or {}).items():
            if concept in graph.number and passage in number:
                self._worth[graph.number[concept]] *= VAIN ** min(count, 30)
                self._doubt[number[passage], graph.number[concept]] = DOUBT ** min(count, 30)
        self._alone: set[tuple[int, int, tuple[int, ...]]] = set()
        self._heaps: dict[int, list[tuple[float, int]]] = {}
        rng = Random(f"{seed}/steering")
        self._factor = [1 - _JITTER * rng.random() for _ in graph.passages]
        for passage, count in (worn or {}).items():
            if passage in number:
                self._factor[number[passage]] *= WEAR ** min(count, 30)

    def draw(self, level: int) -> Combination | None:
        """Return the combination of a level, 1 to 3, that is worth most now; None when no passage has one.

        Raises ValueError for another level.
        """
        if level not in {1, 2, 3}:
            raise ValueError(f"level {level} does not exist; use 1, 2 or 3")
        offered: list[list[_Stretch]] = []
        while len(offered) < (1 if level == 1 else OFFERED) and (first := self._best(level)) is not None:
            partner = None if level == 1 else self._partner(first, across=level == 3)
            if level == 1 or partner is not None:
                offered.append([first] if partner is None else [first, partner])
            else:
                self._alone.add((level, first.passage, first.spoken))
                heappush(self._heap(level), (-first.value, first.passage))
        for drawn in offered:
            heappush(self._heap(level), (-drawn[0].value, drawn[0].passage))
        best = max(offered, key=lambda drawn: sum(each.value for each in drawn), default=None)
        return None if best is None else self._taken(level, best)

    def _best(self, level: int) -> _Stretch | None:
        """Take the passage with the worthiest stretch out of a level's heap.

        Worths only fall, so what was the most a passage could have bounds it still.
        """
        heap = self._heap(level)
        while heap:
            _, passage = heappop(heap)
            stretch = self._stretch(passage, level=level)
            if stretch is None:
                continue
            if not heap or stretch.value >= -heap[0][0]:
                return stretch
            heappush(heap, (-stretch.value, passage))
        return None

    def _heap(self, level: int) -> list[tuple[float, int]]:
        """Return the passages of a level by the most that a stretch of theirs can be worth, the worthiest first."""
        import numpy as np

        if level not in self._heaps:
            places = self._graph.places
            sums = np.concatenate(([0.0], np.cumsum(self._worth[places.node])))
            bounds = (sums[places.starts[1:]] - sums[places.starts[:-1]]) * np.array(self._factor)
            self._heaps[level] = [(-bound, passage) for passage, bound in enumerate(bounds.tolist()) if bound > 0]
            heapify(self._heaps[level])
        return self._heaps[level]

    def _stretch(self, passage: int, *, level: int = 1, around: int | None = None) -> _Stretch | None:
        """Return the worthiest stretch of a passage, None without one.

        One that holds the node `around` if it is given; none that is known to have no partner at the level.
        """
        found = [
            self._valued(passage, nodes)
            for nodes in self._stretches[passage]
            if (around is None or around in nodes) and (level, passage, nodes) not in self._alone
        ]
        return max(found, key=lambda each: each.value, default=None)

    def _valued(self, passage: int, spoken: tuple[int, ...]) -> _Stretch:
        worth = {node: float(self._worth[node]) * self._doubt.get((passage, node), 1.0) for node in spoken}
        ranked = sorted(spoken, key=lambda node: (-worth[node], node))[:MOST]
        nodes = tuple(node for node in ranked if worth[node] >= TELLING * worth[ranked[0]])
        value = sum(worth[node] for node in nodes) * self._factor[passage]
        return _Stretch(passage=passage, spoken=spoken, nodes=nodes, value=value)

    def _partner(self, first: _Stretch, *, across: bool) -> _Stretch | None:
        """Return the worthiest stretch of another passage that holds a concept of the first: in another document, or in the same."""
        places = self._graph.places
        home, found = int(places.document[first.passage]), dict[int, int]()
        for node in sorted(first.spoken, key=lambda node: (len(places.passages(node)), node)):
            passages = places.passages(node)
            fitting = passages[(places.document[passages] != home) == across]
            for passage in self._some(fitting[fitting != first.passage], node).tolist():
                found.setdefault(passage, node)
        best: _Stretch | None = None
        for passage, node in list(found.items())[:TRIED]:
            stretch = self._stretch(passage, around=node)
            if stretch is not None and (best is None or stretch.value > best.value):
                nodes = tuple(dict.fromkeys((*stretch.nodes[: MOST - 1], node)))
                best = replace(stretch, nodes=nodes)
        if best is None and not across:
            beside = [at for at in (first.passage - 1, first.passage + 1) if 0 <= at < len(places.document)]
            near = [self._stretch(at) for at in beside if int(places.document[at]) == home]
            best = max(filter(None, near), key=lambda each: each.value, default=None)
        return best

    def _some(self, passages: NDArray[np.int64], node: int) -> NDArray[np.int64]:
        """Return at most _COMMON of the passages, by chance."""
        if len(passages) <= _COMMON:
            return passages
        chosen = Random(f"{self._seed}/{self._graph.ids[node]}").sample(range(len(passages)), _COMMON)
        return passages[sorted(chosen)]

    def _taken(self, level: int, drawn: list[_Stretch]) -> Combination:
        """Return the stretches as a combination; their concepts are worth less from now on."""
        import numpy as np

        graph = self._graph
        nodes = list(dict.fromkeys(node for stretch in drawn for node in stretch.nodes))
        ranked = sorted(nodes, key=lambda node: (-self._worth[node], node))[: MOST + len(drawn) - 1]
        if len(drawn) > 1:
            shared = [node for node in drawn[1].nodes if node in drawn[0].spoken]
            ranked = list(dict.fromkeys((*ranked[:MOST], *shared[:1])))
        self._worth[nodes] *= np.where(self._worth[nodes] > LEAST, FADE, 1.0)
        references = tuple(graph.passages[stretch.passage] for stretch in drawn)
        concepts = tuple(graph.ids[node] for node in ranked)
        topics = dict.fromkeys(
            graph.ids[topic] for each in drawn for topic in graph.places.headed.get(each.passage, ())
        )
        return Combination(
            id=identify("k", [level, sorted(concepts), sorted(references)]),
            level=level,
            concepts=concepts,
            topics=tuple(topics),
            references=references,
            support=1.0,
        )


class Stretches:
    """The stretches of each passage as sets of nodes, found when first asked for.

    `sentences` gives the spans (start, end) of a passage's sentences by its id; without it a stretch goes REACH characters far.
    """

    def __init__(self, graph: ConceptGraph, *, sentences: Sentences | None = None) -> None:
        self._graph = graph
        self._sentences = sentences
        self._known: dict[int, tuple[tuple[int, ...], ...]] = {}

    def __getitem__(self, passage: int) -> tuple[tuple[int, ...], ...]:
        if passage not in self._known:
            self._known[passage] = tuple(dict.fromkeys(self._found(self._graph.passages[passage])))
        return self._known[passage]

    def _found(self, passage: str) -> Iterator[tuple[int, ...]]:
        outer = _outer(self._graph.mentions(passage))
        if self._sentences is None:
            groups = [[each for each in outer[at:] if each.end - outer[at].start <= REACH] for at in range(len(outer))]
        else:
            spans = self._sentences(passage) if outer else ()
            groups = [[each for each in outer if start <= each.start < end] for start, end in spans]
        for group in groups:
            if group:
                yield tuple(dict.fromkeys(self._graph.number[each.concept_id] for each in group))


def _outer(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions that are not words of a longer one."""
    outer: list[Mention] = []
    for each in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if not outer or each.end > outer[-1].end:
            outer.append(each)
    return outer

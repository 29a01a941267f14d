"""What may be asked in place of lost rows: their own concepts, text that is near them, other facts of both, and the rest of the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from typing import TYPE_CHECKING

from groundsmith.pipeline import PIPELINE_VERSION
from knowledge.identity import digest, identify

if TYPE_CHECKING:
    from graph.combine import Combination
    from graph.network import ConceptGraph
    from groundsmith.authorship import Author
    from groundsmith.planning import Planned
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

NEAR = 6
"""Passages that hold most of a lost row's concepts, and as many that its words find."""
DRAWS = 4
"""How often each of them is asked about, another fact each time where there is one."""
NAMED = 3
"""Concepts of a passage that are asked about where it has none of the lost row's."""
MOST_ASKED = 8
"""Questions of a passage that an author is told of."""
LOOKED = 400
"""Items of a plan that are looked at for one that can be written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """A row to be replaced: its place in the set; `row` is None for one that was never there and is only wanted more.

    `fits` is whether the settings allow another of its level, kind and conditions.
    """

    place: int
    row: DatasetRow | None = None
    fits: bool = True


@dataclass(kw_only=True)
class Prospects:
    """Hands out items to be asked about, none twice and none of those in `tried`, each with the questions asked there already.

    What is handed out depends on the rows it was shown, in their order, and on nothing else: a refresh that goes on sees the same.
    """

    workspace: Workspace
    graph: ConceptGraph
    author: Author
    tried: Set[str] = frozenset()
    _given: set[str] = field(default_factory=set, init=False)
    _asked: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list), init=False)
    _own: dict[int, Iterator[Planned]] = field(default_factory=dict, init=False)
    _rest: Iterator[Planned] | None = field(default=None, init=False)

    def learn(self, rows: Iterable[DatasetRow]) -> None:
        """Take note of questions that are asked, or were in vain, and of the passages they were about."""
        for row in rows:
            for passage in dict.fromkeys(each.id for each in row.evidence):
                known = self._asked[passage]
                known.append(row.question)
                del known[:-MOST_ASKED]

    def open(self, losses: Sequence[Loss]) -> None:
        """Begin with these losses; those before are forgotten."""
        if self._rest is None:
            self._rest = self._plan()
        mine = [loss for loss in losses if loss.row is not None and loss.fits]
        texts = [loss.row.question for loss in mine if loss.row is not None]
        found = self.workspace.retriever.search_many(texts, k=NEAR) if texts else []
        near = {loss.place: [hit.passage.id for hit in hits] for loss, hits in zip(mine, found, strict=True)}
        rest = self._rest
        self._own = {loss.place: self._about(loss, near.get(loss.place, ()), rest) for loss in losses}

    def next(self, loss: Loss) -> Planned | None:
        """Return the next item for a loss that the author has something to ask about; None when there is none, or none for long."""
        for item in islice(self._own[loss.place], LOOKED):
            asked = tuple(dict.fromkeys(text for name in item.combination.references for text in self._asked[name]))
            told = replace(item, asked=asked)
            if self.author.prompts(told):
                self._given.add(key_of(item))
                return told
        return None

    def _about(self, loss: Loss, near: Sequence[str], rest: Iterator[Planned]) -> Iterator[Planned]:
        """Yield a lost row's own combinations once each; then further draws of them in turn with the rest of the plan."""
        first = self._new(self._drawn(loss, near, range(1)))
        yield from first
        again = self._new(self._drawn(loss, near, range(1, DRAWS)))
        turns = cycle((again, rest))
        misses = 0
        while misses < 2:
            item = next(next(turns), None)
            misses = misses + 1 if item is None else 0
            if item is not None:
                yield item

    def _new(self, items: Iterator[Planned]) -> Iterator[Planned]:
        return (item for item in items if key_of(item) not in self.tried and key_of(item) not in self._given)

    def _drawn(self, loss: Loss, near: Sequence[str], draws: range) -> Iterator[Planned]:
        """Yield items on a lost row's concepts and on what its question finds, under its conditions."""
        from groundsmith.planning import Planned

        if loss.row is None or not loss.fits:
            return
        conditions = self._conditions(loss.row)
        for draw in draws:
            for combination in _combinations(self.graph, loss.row, near):
                known = self.workspace.library.passages_by_id(combination.references)
                if all(name in known for name in combination.references):
                    yield Planned(
                        ordinal=0,
                        combination=combination,
                        passages=tuple(known[name] for name in combination.references),
                        concepts=tuple(self.graph.concepts[name] for name in combination.concepts),
                        conditions=conditions,
                        draw=draw,
                    )

    def _conditions(self, row: DatasetRow) -> dict[str, str]:
        """Return the conditions of a row, its kind among them where kinds take turns."""
        from groundsmith.kinds import KIND

        mix = self.workspace.settings.task.mix or ()
        kind = next((name for name in mix if name.replace("_", "-") == row.kind), None)
        return dict(row.conditions) | ({KIND: kind} if kind else {})

    def _plan(self) -> Iterator[Planned]:
        """Yield the items of the run's own plan, for losses whose concepts are gone or used up."""
        from groundsmith.planning import planned

        yield from self._new(planned(self.workspace, self.graph))


def key_of(item: Planned) -> str:
    """Return the key of what an item asks for, as the pipeline makes it."""
    return digest([item.combination.id, item.draw, dict(item.conditions), PIPELINE_VERSION])


def _combinations(graph: ConceptGraph, row: DatasetRow, near: Sequence[str]) -> list[Combination]:
    """Return combinations for a row: of its concepts where they are still spoken of, then of the passages near it.

    Each has one passage, or at level 3 one of each of two documents.
    """
    concepts = [each.id for each in row.concepts if each.id in graph.concepts]
    held: dict[str, list[str]] = defaultdict(list)
    for concept in concepts:
        for passage in graph.passages_of(concept):
            held[passage].append(concept)
    ranked = sorted(held, key=lambda name: (-len(held[name]), name))
    for passage in near:
        if passage not in held and (named := graph.concepts_of(passage)[:NAMED]):
            held[passage] = list(named)
            ranked.append(passage)
    chosen = list(dict.fromkeys([*ranked[:NEAR], *(passage for passage in near if passage in held)]))
    if row.level < 3:
        return [_combination(row.level, held, (name,), len(concepts)) for name in chosen]
    pairs: list[tuple[str, str]] = []
    for one in chosen:
        other = next((name for name in ranked if graph.document_of(name) != graph.document_of(one)), None)
        if other is not None and (other, one) not in pairs:
            pairs.append((one, other))
    return [_combination(3, held, pair, len(concepts)) for pair in pairs]


def _combination(
    level: int, held: Mapping[str, Sequence[str]], references: tuple[str, ...], wanted: int
) -> Combination:
    from graph.combine import Combination

    named = tuple(dict.fromkeys(concept for name in references for concept in held[name]))
    return Combination(
        id=identify("k", [level, sorted(named), sorted(references)]),
        level=level,
        concepts=named,
        topics=(),
        references=references,
        support=min(1.0, len(named) / max(1, wanted)),
    )

"""`Rounds`: a plan made round by round, each for what the rows before it lack; it ends when nothing new comes.

Round one is drawn like the rest: nothing is covered yet, so the most important concepts come first. Every round is written down before
its first call, so that a run that was stopped goes on with the same prompts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from groundsmith.infusion import infused
from groundsmith.lacks import Lacks
from groundsmith.planning import Planned
from groundsmith.round_measure import Measuring, RoundMeasure
from groundsmith.round_store import RoundStore, StoredRound
from knowledge.errors import SettingsError

if TYPE_CHECKING:
    from graph.combine import Combination
    from graph.network import ConceptGraph
    from graph.steering import Stretches
    from groundsmith.settings import Settings
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage

AIMS: Final = 8
"""Concepts that a round's record names as aimed at."""
PATIENCE: Final = 2
"""Rounds in a row without news after which a run ends."""


class Rounds:
    """The plan of one run, round by round; `ended` says why there is no further round, "" while there may be."""

    def __init__(self, workspace: Workspace, graph: ConceptGraph, run: str) -> None:
        from groundsmith.pipeline import BATCH

        _refuse_what_rounds_replace(workspace.settings)
        self._workspace, self._graph, self._run = workspace, graph, run
        self._store = RoundStore(workspace.database)
        self._lacks = Lacks(graph)
        self._stretches = stretches_of(workspace, graph)
        self._measuring = Measuring(workspace, graph, run)
        self.size = ceil((workspace.settings.sampling.round or BATCH) / BATCH) * BATCH
        self.ended = ""

    def closes(self, ordinal: int) -> bool:
        """Return whether a prompt is the last of its round: nothing after it may be planned before its row is judged."""
        return (ordinal + 1) % self.size == 0

    def items(self) -> Iterator[Planned]:
        """Yield the plan; a round is planned when the first of its prompts is asked for."""
        number, news = 0, _News(self._workspace.settings.sampling.novelty)
        while True:
            items = self._round(number)
            yield from items
            if len(items) < self.size:
                self.ended = "no further passage has a concept to ask about at the levels of sampling.levels"
                return
            news.add(self._learn(number, items))
            if news.ended:
                self.ended = news.ended
                return
            number += 1

    def _round(self, number: int) -> list[Planned]:
        """Return a round as it was written down, else draw it and write it down."""
        stored = self._store.get(self._run, number)
        if stored is None:
            drawn = Draught(self._workspace, self._graph, self._lacks, self._stretches).round(number, self.size)
            stored = StoredRound(number=number, basis=self._basis(drawn), plan=[_plain(item) for item in drawn])
            self._store.add(self._run, stored)
        return _restored(self._workspace, self._graph, stored)

    def _basis(self, drawn: list[Planned]) -> dict[str, Any]:
        """Return what a round was drawn for, in words."""
        lacks, concepts = self._lacks, self._graph.concepts
        aimed = dict.fromkeys(each for item in drawn for each in item.combination.concepts)
        new = sorted((each for each in aimed if not lacks.covered[each]), key=lambda each: -concepts[each].weight)
        return {
            "aims": [concepts[each].label for each in new[:AIMS]],
            "new": len(new),
            "reasons": dict(lacks.reasons.most_common(AIMS)),
            "advice": lacks.advice(),
            "values": dict(Counter(f"{name}={value}" for item in drawn for name, value in item.conditions.items())),
        }

    def _learn(self, number: int, items: list[Planned]) -> RoundMeasure:
        """Take in what came of a round and return what was measured of it."""
        first = number * self.size
        units = list(self._workspace.runs.between(self._run, first, first + self.size))
        by_ordinal = {unit.ordinal: unit for unit in units}
        self._lacks.begin()
        for item in items:
            self._lacks.take(item, by_ordinal.get(item.ordinal))
        return self._measuring.measure(first, first + self.size, units)


def rounds_of(workspace: Workspace, graph: ConceptGraph, run: str) -> Rounds | None:
    """Return the rounds of a run, None where the settings want all drawn beforehand; raises SettingsError for what cannot go together."""
    return None if workspace.settings.sampling.round is None else Rounds(workspace, graph, run)


class _News:
    """Says when rounds bring nothing new any more."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._stale = 0
        self.ended = ""

    def add(self, measure: RoundMeasure) -> None:
        self._stale = self._stale + 1 if measure.novelty < self._least else 0
        if self._stale >= PATIENCE:
            self.ended = (
                f"novelty is gone: in {PATIENCE} rounds running, fewer than {self._least:.0%} of the rows named a new concept "
                "or pair of concepts (sampling.novelty)"
            )


class Draught:
    """Draws the items of a round by what is lacking."""

    def __init__(self, workspace: Workspace, graph: ConceptGraph, lacks: Lacks, stretches: Stretches) -> None:
        from graph.steering import Steering
        from groundsmith.conditioning import Conditioner

        self._workspace, self._graph, self._lacks = workspace, graph, lacks
        self._seed = workspace.settings.sampling.seed
        self._steering = Steering(
            graph, seed=self._seed, covered=lacks.covered, vain=lacks.vain, worn=lacks.worn, stretches=stretches
        )
        self._conditioner = Conditioner.of(workspace, graph)
        self._conditioner.used(lacks.kept)

    def round(self, number: int, size: int) -> list[Planned]:
        """Return `size` items, numbered from where the round begins; fewer only when nothing can be drawn."""
        draws = self._workspace.settings.generation.draws
        combinations = self._combinations(ceil(size / draws))
        rows = self._conditions(number, len(combinations))
        items, again = list[Planned](), Counter[str]()
        for (combination, passages), row in zip(combinations, rows, strict=True):
            concepts = tuple(self._graph.concepts[each] for each in combination.concepts)
            conditions = self._conditioner.furnish(row, passages, concepts)
            for _ in range(draws):
                items.append(
                    Planned(
                        ordinal=number * size + len(items),
                        combination=combination,
                        passages=passages,
                        concepts=concepts,
                        conditions=conditions,
                        draw=self._lacks.drawn[combination.id] + again[combination.id],
                        advice=self._lacks.advice(),
                        asked=self._lacks.asked(combination.references),
                        scarce=self._lacks.scarcest(conditions.items()),
                    )
                )
                again[combination.id] += 1
        return items[:size]

    def _combinations(self, count: int) -> list[tuple[Combination, tuple[Passage, ...]]]:
        """Return combinations with their passages; those whose passages are gone from the library are passed over."""
        found: list[tuple[Combination, tuple[Passage, ...]]] = []
        while drawn := [one for place in range(len(found), count) if (one := self._drawn(place)) is not None]:
            known = self._workspace.library.passages_by_id([each for one in drawn for each in one.references])
            here = [one for one in drawn if all(each in known for each in one.references)]
            if not here:
                break
            drawn_passages = [tuple(known[each] for each in one.references) for one in here]
            about = [tuple(self._graph.concepts[each] for each in one.concepts) for one in here]
            levels = [one.level for one in here]
            found += zip(
                here,
                infused(self._workspace, list(zip(about, drawn_passages, levels, strict=True))),
                strict=True,
            )
        return found

    def _drawn(self, place: int) -> Combination | None:
        """Return a combination of the level whose turn it is; a level that has none is taken over by those below it."""
        levels = self._workspace.settings.sampling.levels
        wanted = levels[place % len(levels)]
        lower = [level for level in sorted(set(levels), reverse=True) if level < wanted]
        return next(filter(None, map(self._steering.draw, (wanted, *lower))), None)

    def _conditions(self, number: int, count: int) -> list[Mapping[str, str]]:
        """Return assignments of the fixed conditions that bring the rows' values to their shares."""
        from generate.condition import assignments

        fixed = self._conditioner.fixed
        if not fixed:
            return [{}] * count
        return list(assignments(self._lacks.reweighted(fixed, count), count, seed=self._seed + number))


def foreseen(workspace: Workspace, graph: ConceptGraph) -> Iterator[Planned]:
    """Yield the plan as it would be if every prompt gave a row that names all it aims at; nothing is written down."""
    from groundsmith.pipeline import BATCH

    _refuse_what_rounds_replace(workspace.settings)
    size = ceil((workspace.settings.sampling.round or BATCH) / BATCH) * BATCH
    lacks, stretches, number = Lacks(graph), stretches_of(workspace, graph), 0
    while items := Draught(workspace, graph, lacks, stretches).round(number, size):
        for item in items:
            yield item
            lacks.expect(item)
        number += 1


def stretches_of(workspace: Workspace, graph: ConceptGraph) -> Stretches:
    """Return the sentences of the library's passages as sets of concepts, each passage read when it is first looked at."""
    from graph.steering import Stretches
    from knowledge.sentence import sentences

    def spans(passage: str) -> list[tuple[int, int]]:
        known = workspace.library.passages_by_id([passage])
        return [(span.start, span.end) for span in sentences(known[passage].text)] if passage in known else []

    return Stretches(graph, sentences=spans)


def _refuse_what_rounds_replace(settings: Settings) -> None:
    """Raise SettingsError for settings of sampling that rounds would leave without effect."""
    sampling = settings.sampling
    for name, usual in (("mode", "balanced"), ("quotas", "off"), ("concepts", None)):
        if getattr(sampling, name) != usual:
            raise SettingsError(
                f"sampling.{name} is {getattr(sampling, name)}, but sampling.round draws by what is lacking; "
                f"set sampling.{name} to {usual or 'null'}, or sampling.round to null"
            )


def _plain(item: Planned) -> dict[str, Any]:
    return {
        "ordinal": item.ordinal,
        "combination": asdict(item.combination),
        "passages": [passage.id for passage in item.passages],
        "conditions": dict(item.conditions),
        "draw": item.draw,
        "advice": item.advice,
        "asked": item.asked,
        "scarce": item.scarce,
    }


def _restored(workspace: Workspace, graph: ConceptGraph, stored: StoredRound) -> list[Planned]:
    from graph.combine import Combination

    texts = ("concepts", "topics", "references")
    combinations = [
        Combination(**{**each["combination"], **{name: tuple(each["combination"][name]) for name in texts}})
        for each in stored.plan
    ]
    known = workspace.library.passages_by_id([each for one in stored.plan for each in one["passages"]])
    return [
        Planned(
            ordinal=each["ordinal"],
            combination=combination,
            passages=tuple(known[passage] for passage in each["passages"] if passage in known),
            concepts=tuple(graph.concepts[concept] for concept in combination.concepts),
            conditions=each["conditions"],
            draw=each["draw"],
            advice=each["advice"],
            asked=tuple(each["asked"]),
            scarce=tuple(each["scarce"]) if each["scarce"] else None,
            round=stored.number + 1,
        )
        for combination, each in zip(combinations, stored.plan, strict=True)
    ]

"""Replacements for rows that were lost: about the same concepts, through the same author and judge, within the same budget.

In each round every row still lost has one prompt, so no call is made for a row that is replaced already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from groundsmith.pipeline import PIPELINE_VERSION
from groundsmith.refresh.store import RefreshLog
from groundsmith.runs import CALL_FAILED, FAILED, KEPT, REJECTED, Unit
from groundsmith.standing import reviewed_run
from knowledge.identity import digest, identify

if TYPE_CHECKING:
    from generate.budget import Budget
    from graph.combine import Combination
    from graph.network import ConceptGraph
    from groundsmith.assay import Assay
    from groundsmith.authorship import Author, Written
    from groundsmith.planning import Planned
    from groundsmith.render import Ticker
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

REPLACED = "replaced"
NEAR = 6
"""Passages about a lost row's concepts that are tried before any other part of the plan."""
ROUND = 64
"""Lost rows in hand at once."""
LOOKED = 400
"""Items of a plan that are looked at for one that can be written."""
FIRST = 1_000_000_000
"""The ordinal from which replacements are counted, above those of all rows there are."""
STRIDE = 1000
"""Ordinals for the tries of one loss, and so the most tries."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """A row to be replaced: its place in the set; `row` is None for one that was never there and is only wanted more.

    `fits` is whether the settings allow another of its level, kind and conditions.
    """

    place: int
    row: DatasetRow | None = None
    fits: bool = True


@dataclass(frozen=True, kw_only=True)
class Replacing:
    """Makes replacements into the run of a refresh, from ordinal `first` on; `tried` are keys of what was asked before."""

    workspace: Workspace
    run: str
    graph: ConceptGraph
    author: Author
    judge: Assay
    budget: Budget
    first: int
    tried: Set[str] = frozenset()

    def work(self, losses: Sequence[Loss], *, stop: Callable[[], bool], tick: Ticker) -> tuple[int, str]:
        """Replace what can be replaced; return how many rows were made, and why it ended before all were."""
        self.judge.remember(self.workspace.runs.kept(self.run))
        self.author.exemplars.verified = lambda ordinal: reviewed_run(self.workspace, self.run)
        common, recorded = self._plan(), self.workspace.runs.outcomes(self.run, first=self.first)
        made, waiting, short = 0, list(losses), ""
        while waiting:
            some, waiting = waiting[:ROUND], waiting[ROUND:]
            count, why = self._replace(some, common, recorded, stop=stop, tick=tick)
            made, short = made + count, short or why
            if why and (why == "stopped" or self.budget.spent):
                return made, why
        return made, short

    def _replace(
        self,
        losses: Sequence[Loss],
        common: Iterator[Planned],
        recorded: Mapping[int, tuple[str, str]],
        *,
        stop: Callable[[], bool],
        tick: Ticker,
    ) -> tuple[int, str]:
        """Go round the losses, one prompt each, until all are replaced or their tries are used up."""
        tries = min(STRIDE, int(self.workspace.settings.generation.oversample))
        own = {loss.place: self._about(loss) for loss in losses}
        left, made = list(losses), 0
        for turn in range(tries):
            items: list[tuple[Loss, Planned]] = []
            resolved = set[int]()
            for loss in left:
                item = self._next(own[loss.place]) or self._next(common)
                if item is None:
                    continue
                ordinal = self.first + loss.place * STRIDE + turn
                known = recorded.get(ordinal)
                if known is not None and known[0] == KEPT:
                    resolved.add(loss.place)
                elif known is None or known == (FAILED, CALL_FAILED):
                    items.append((loss, replace(item, ordinal=ordinal)))
            if stop():
                return made, "stopped"
            new = self._round(items, tick)
            made += len(new)
            left = [loss for loss in left if loss.place not in resolved | new]
            if not left or self.budget.spent:
                break
        short = f"no replacement for {len(left)} rows in {tries} tries each" if left else ""
        return made, self.budget.spent or short

    def _next(self, items: Iterator[Planned]) -> Planned | None:
        """Return the next item that the author has something to ask about; None when there is none for long."""
        return next((item for item in islice(items, LOOKED) if self.author.prompts(item)), None)

    def _round(self, items: Sequence[tuple[Loss, Planned]], tick: Ticker) -> set[int]:
        """Write, judge and record one prompt for each loss; return the places that are replaced now."""
        if not items:
            return set()
        losses = {item.ordinal: loss for loss, item in items}
        written = list(self.author.write([[item for _, item in items]], budget=self.budget))
        found = self.judge.rows([each for each in written if each.draft is not None], run=self.run)
        judged = {each.planned.ordinal: (row, reason) for each, row, reason in found}
        resolved = set[int]()
        for each in written:
            loss = losses[each.planned.ordinal]
            unit = self._unit(each, judged.get(each.planned.ordinal))
            self._record(loss, unit)
            if unit.outcome == KEPT:
                resolved.add(loss.place)
                tick(1, note=f"replaced: {unit.row.question}")
        return resolved

    def _unit(self, written: Written, judged: tuple[DatasetRow, str] | None) -> Unit:
        item = written.planned
        if judged is None:
            row, outcome, reason = self.judge.failed(written, run=self.run), FAILED, written.problem.partition(":")[0]
        else:
            row, reason = judged
            outcome = REJECTED if reason else KEPT
        return Unit(
            ordinal=item.ordinal,
            key=_key(item),
            level=item.level,
            outcome=outcome,
            reason=reason,
            row=row,
            seconds=written.seconds,
        )

    def _record(self, loss: Loss, unit: Unit) -> None:
        """Record one try, and what it replaced, in one transaction."""
        log = RefreshLog(self.workspace.database)
        with self.workspace.database.transaction():
            self.workspace.runs.add(self.run, unit)
            if unit.outcome == KEPT and loss.row is not None:
                known = log.get(self.run, loss.place)
                new = {"new_row": unit.row.id, "new_question": unit.row.question, "new_answer": unit.row.answer}
                log.put(self.run, loss.place, REPLACED, known | new)

    def _about(self, loss: Loss) -> Iterator[Planned]:
        """Yield items about a lost row's concepts, under its conditions, from the passages that hold most of them."""
        from groundsmith.planning import Planned

        if loss.row is None or not loss.fits:
            return
        conditions = self._conditions(loss.row)
        for combination in _combinations(self.graph, loss.row):
            known = self.workspace.library.passages_by_id(combination.references)
            if not all(name in known for name in combination.references):
                continue
            item = Planned(
                ordinal=0,
                combination=combination,
                passages=tuple(known[name] for name in combination.references),
                concepts=tuple(self.graph.concepts[name] for name in combination.concepts),
                conditions=conditions,
            )
            if _key(item) not in self.tried:
                yield item

    def _conditions(self, row: DatasetRow) -> dict[str, str]:
        """Return the conditions of a row, its kind among them where kinds take turns."""
        from groundsmith.kinds import KIND

        mix = self.workspace.settings.task.mix or ()
        kind = next((name for name in mix if name.replace("_", "-") == row.kind), None)
        return dict(row.conditions) | ({KIND: kind} if kind else {})

    def _plan(self) -> Iterator[Planned]:
        """Yield the items of the run's own plan, for losses whose concepts are gone or used up."""
        from groundsmith.planning import planned

        yield from (item for item in planned(self.workspace, self.graph) if _key(item) not in self.tried)


def _key(item: Planned) -> str:
    """Return the key of what an item asks for, as the pipeline makes it."""
    return digest([item.combination.id, item.draw, dict(item.conditions), PIPELINE_VERSION])


def _combinations(graph: ConceptGraph, row: DatasetRow) -> list[Combination]:
    """Return combinations of a row's concepts with the passages that hold most of them: one, or at level 3 one of each of two documents."""
    concepts = [each.id for each in row.concepts if each.id in graph.concepts]
    held: dict[str, set[str]] = {}
    for concept in concepts:
        for passage in graph.passages_of(concept):
            held.setdefault(passage, set()).add(concept)
    ranked = sorted(held, key=lambda name: (-len(held[name]), name))
    if row.level < 3:
        return [_combination(row.level, concepts, held, (name,)) for name in ranked[:NEAR]]
    pairs: list[tuple[str, str]] = []
    for one in ranked[:NEAR]:
        other = next((name for name in ranked if graph.document_of(name) != graph.document_of(one)), None)
        if other is not None and (other, one) not in pairs:
            pairs.append((one, other))
    return [_combination(3, concepts, held, pair) for pair in pairs]


def _combination(
    level: int, concepts: Sequence[str], held: Mapping[str, set[str]], references: tuple[str, ...]
) -> Combination:
    from graph.combine import Combination

    here = set().union(*(held[name] for name in references))
    named = tuple(concept for concept in concepts if concept in here)
    return Combination(
        id=identify("k", [level, sorted(named), sorted(references)]),
        level=level,
        concepts=named,
        topics=(),
        references=references,
        support=len(here) / max(1, len(concepts)),
    )

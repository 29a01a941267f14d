"""Replacements for rows that were lost: about the same concepts, through the same author and judge, within the same budget.

In each turn every row still lost has one prompt, so no call is made for a row that is replaced already. The tries that one loss does not
need are another's. It goes on until all are replaced, or the budget, the tries, or what can be asked anew is used up, and says which.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from groundsmith.refresh.prospect import Loss, Prospects, key_of
from groundsmith.refresh.store import RefreshLog
from groundsmith.runs import CALL_FAILED, FAILED, KEPT, REJECTED, Unit
from groundsmith.standing import reviewed_run

if TYPE_CHECKING:
    from generate.budget import Budget
    from graph.network import ConceptGraph
    from groundsmith.assay import Assay
    from groundsmith.authorship import Author, Written
    from groundsmith.planning import Planned
    from groundsmith.render import Ticker
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

REPLACED = "replaced"
ROUND = 64
"""Lost rows in hand at once."""
FIRST = 1_000_000_000
"""The ordinal from which replacements are counted, above those of all rows there are."""
STRIDE = 1000
"""Ordinals for the tries of one loss, and so the most tries."""
REPEATS = "duplicate"
"""Why a row is refused that asks what another asks."""
LATEST = 60
"""Tries among which none gave a row and most were repeats when nothing new is left to ask."""


@dataclass(kw_only=True)
class _Tally:
    """The tries for some losses: how many are allowed, how many were made, and what became of the latest."""

    allowed: int
    made: int = 0
    repeated: int = 0
    latest: deque[str] = field(default_factory=lambda: deque(maxlen=LATEST))

    def add(self, outcome: str, reason: str) -> None:
        """Count a try."""
        self.made += 1
        self.repeated += reason == REPEATS
        self.latest.append(KEPT if outcome == KEPT else reason)

    @property
    def stale(self) -> bool:
        """Whether the latest tries gave no row and most of them repeated rows there are."""
        found = list(self.latest)
        return len(found) == LATEST and KEPT not in found and 2 * found.count(REPEATS) > LATEST

    def short(self, losses: int, *, asked_all: bool) -> str:
        """Return why some rows were not replaced."""
        rows = "1 row has" if losses == 1 else f"{losses} rows have"
        told = f"{rows} no replacement after {self.made} tries, {self.repeated} of which repeated rows there are: "
        if asked_all or self.stale:
            return told + "nothing new is left to ask of these documents"
        return told + "the tries are used up, which generation.oversample allows"


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
        runs = self.workspace.runs
        self.judge.remember(runs.kept(self.run))
        self.author.exemplars.verified = lambda ordinal: reviewed_run(self.workspace, self.run)
        prospects = Prospects(workspace=self.workspace, graph=self.graph, author=self.author, tried=self.tried)
        prospects.learn(unit.row for unit in runs.between(self.run, 0, self.first - 1) if unit.outcome == KEPT)
        recorded = runs.outcomes(self.run, first=self.first)
        made, waiting, short = 0, list(losses), ""
        while waiting:
            some, waiting = waiting[:ROUND], waiting[ROUND:]
            count, why = self._replace(some, prospects, recorded, stop=stop, tick=tick)
            made, short = made + count, short or why
            if why and (why == "stopped" or self.budget.spent):
                return made, why
        return made, short

    def _replace(
        self,
        losses: Sequence[Loss],
        prospects: Prospects,
        recorded: Mapping[int, tuple[str, str]],
        *,
        stop: Callable[[], bool],
        tick: Ticker,
    ) -> tuple[int, str]:
        """Go round the losses, one prompt each, until all are replaced or there is nothing more to try."""
        prospects.open(losses)
        tally = _Tally(allowed=int(self.workspace.settings.generation.oversample * len(losses)))
        left, made, turn, asked_all = list(losses), 0, 0, False
        while left and turn < STRIDE and tally.made < tally.allowed and not tally.stale:
            if stop():
                return made, "stopped"
            items = self._turn(left[: tally.allowed - tally.made], prospects, turn)
            asked_all = not items
            if asked_all:
                break
            new = [(loss, item) for loss, item in items if _open(recorded.get(item.ordinal))]
            units = self._known(items, recorded) | self._round(new, tick)
            for _, item in items:
                if (unit := units.get(item.ordinal)) is not None:
                    tally.add(unit.outcome, unit.reason)
                    prospects.learn([unit.row])
            done = {loss.place for loss, item in items if item.ordinal in units and units[item.ordinal].outcome == KEPT}
            made += sum(loss.place in done for loss, _ in new)
            left = [loss for loss in left if loss.place not in done]
            turn += 1
            if self.budget.spent:
                break
        return made, self.budget.spent or (tally.short(len(left), asked_all=asked_all) if left else "")

    def _turn(self, losses: Sequence[Loss], prospects: Prospects, turn: int) -> list[tuple[Loss, Planned]]:
        """Return the next item of each loss that has one."""
        found = [(loss, prospects.next(loss)) for loss in losses]
        return [
            (loss, replace(item, ordinal=self.first + loss.place * STRIDE + turn))
            for loss, item in found
            if item is not None
        ]

    def _known(self, items: Sequence[tuple[Loss, Planned]], recorded: Mapping[int, tuple[str, str]]) -> dict[int, Unit]:
        """Return what is on record of these items, where a refresh goes on that was stopped."""
        names = [item.ordinal for _, item in items if not _open(recorded.get(item.ordinal))]
        return {ordinal: self.workspace.runs.unit(self.run, ordinal) for ordinal in names}

    def _round(self, items: Sequence[tuple[Loss, Planned]], tick: Ticker) -> dict[int, Unit]:
        """Write, judge and record one prompt for each loss; return the units by ordinal."""
        if not items:
            return {}
        losses = {item.ordinal: loss for loss, item in items}
        written = list(self.author.write([[item for _, item in items]], budget=self.budget))
        found = self.judge.rows([each for each in written if each.draft is not None], run=self.run)
        judged = {each.planned.ordinal: (row, reason) for each, row, reason in found}
        units: dict[int, Unit] = {}
        for each in written:
            unit = self._unit(each, judged.get(each.planned.ordinal))
            self._record(losses[unit.ordinal], unit)
            units[unit.ordinal] = unit
            if unit.outcome == KEPT:
                tick(1, note=f"replaced: {unit.row.question}")
        return units

    def _unit(self, written: Written, judged: tuple[DatasetRow, str] | None) -> Unit:
        item = written.planned
        if judged is None:
            row, outcome, reason = self.judge.failed(written, run=self.run), FAILED, written.problem.partition(":")[0]
        else:
            row, reason = judged
            outcome = REJECTED if reason else KEPT
        return Unit(
            ordinal=item.ordinal,
            key=key_of(item),
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


def _open(known: tuple[str, str] | None) -> bool:
    """Whether an item is still to be asked: it is not on record, or its call failed."""
    return known is None or known == (FAILED, CALL_FAILED)

"""The road from plan to dataset: plan → write → verify → curate → record, batch by batch.

A batch is a fixed stretch of the plan. Its model calls run in parallel and are journalled one by one; its units are recorded
in plan order, one transaction each. A run stopped anywhere goes on with the same batch: what the journal has is not
asked for again, what is recorded is not recorded twice, and the kept rows are the same as of a run never stopped.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any

from groundsmith.mixing import real_rows, real_set
from groundsmith.runs import FAILED, KEPT, REJECTED, Funnel, Spending, Unit, now
from knowledge.identity import digest, identify

if TYPE_CHECKING:
    from generate.budget import Budget
    from generate.model import LanguageModel
    from graph.network import ConceptGraph
    from groundsmith.assay import Assay
    from groundsmith.authorship import Author, Written
    from groundsmith.planning import Planned
    from groundsmith.render import Ticker
    from groundsmith.rounds import Rounds
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

PIPELINE_VERSION = 1
BATCH = 24
STRETCH = 40
"""Most batches whose calls are planned in one go."""
LEAST_SHARE = 0.05
"""Share of rows that pass, at least, for the guess how many prompts the rows still wanted take."""
_DECIDING = ("task", "conditions", "sampling", "demonstrations", "verification", "curation")
_COUNTING = frozenset(("count", "oversample"))
"""Settings of generation that make a run longer and no row another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What one command used: calls made, replies taken from the journal, tokens; `money` is None where a price is not known.

    `repaired` counts replies that were not the JSON asked for and could be read all the same.
    """

    calls: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    money: float | None = None
    repaired: int = 0

    def spending(self, made: int) -> Spending:
        """Return it as a run's record has it, for a command that made so many units."""
        return Spending(
            made=made,
            calls=self.calls,
            cached=self.cached,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            money=self.money,
        )

    @classmethod
    def of(cls, budget: Budget, *, repaired: int) -> Spent:
        """Return what a budget has counted."""
        usage = budget.usage
        return cls(
            calls=budget.calls,
            cached=usage.cached,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            money=budget.money,
            repaired=repaired,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a call of `generate` ended: `status` is complete, short or stopped; `why` says why there are fewer than asked."""

    run: str
    status: str
    asked: int
    kept: int
    funnel: Funnel
    seconds: float
    why: str = ""
    spent: Spent = field(default_factory=Spent)


def generate(
    workspace: Workspace,
    *,
    count: int,
    stop: Callable[[], bool],
    tick: Ticker,
    model: LanguageModel | None = None,
    assay: Assay | None = None,
) -> Outcome:
    """Make rows until `count` passed, the plan or the budget is spent, or `stop` says so; continue what was begun.

    `model` and `assay` replace those the settings name. Raises UsageError without documents or graph, MissingModel
    without a language model.
    """
    from groundsmith.assay import Assay
    from groundsmith.authorship import authorship
    from groundsmith.conditioning import propose
    from groundsmith.models import language_model, role_models
    from groundsmith.planning import require_concepts
    from groundsmith.rounds import rounds_of
    from groundsmith.spending import budget_for

    workspace.lock()
    graph = workspace.graph()
    require_concepts(graph)
    judge = assay or Assay.of(workspace, graph)
    with language_model(workspace) if model is None else nullcontext(model) as writer, role_models(workspace) as roles:
        propose(workspace, writer)
        author = authorship(
            workspace.settings,
            model=writer,
            journal=workspace.journal,
            roles=roles,
            judge=judge,
            graph=graph,
            embed=workspace.embedder.embed,
        )
        record = run_record(workspace, graph, model=writer.name, judge=judge.name, author=author.name)
        run = workspace.runs.begin(identify("r", record["decides"]), kind="generate", asked=count, record=record)
        author.exemplars.verified = lambda ordinal: _verified(workspace, run.id, before=ordinal)
        production = _Production(
            workspace=workspace,
            run=run.id,
            graph=graph,
            author=author,
            judge=judge,
            budget=budget_for(workspace, model=writer.name),
            rounds=rounds_of(workspace, graph, run.id),
        )
        try:
            return production.work(count=count, stop=stop, tick=tick)
        except BaseException:
            workspace.runs.abandon(run.id)
            raise


def _verified(workspace: Workspace, run: str, *, before: int) -> Iterator[DatasetRow]:
    """Yield the rows of a run that passed, or that a person passed, and were planned before an ordinal, in order of the plan."""
    from groundsmith.standing import reviewed_run

    return reviewed_run(workspace, run, before=before)


def run_record(workspace: Workspace, graph: ConceptGraph, *, model: str, judge: str, author: str) -> dict[str, Any]:
    """Return what a run is known by (`decides`) and what it was made with."""
    settings = workspace.settings.resolved()
    decides: dict[str, Any] = {
        "pipeline": PIPELINE_VERSION,
        "graph": graph.digest,
        "model": model,
        "judge": judge,
        "author": author,
        "settings": {name: settings[name] for name in _DECIDING},
        "sampler": {name: settings["model"][name] for name in ("base_url", "path", "temperature", "max_tokens")},
        "generation": {name: settings["generation"][name] for name in settings["generation"] if name not in _COUNTING},
        **real_set(workspace.settings),
    }
    return {
        "decides": decides,
        "digest": digest(decides),
        "model": model,
        "judge": judge,
        "author": author,
        "seed": workspace.settings.sampling.seed,
        "settings": settings,
        "python": platform.python_version(),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    versions = {}
    for name in ("groundsmith", "chromadb", "llama-index-core", "onnxruntime", "openai", "spacy", "xllamacpp"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return versions


@dataclass(frozen=True, kw_only=True, slots=True)
class _Batch:
    """What is left to do of a stretch of the plan; `begun` when part of it was recorded: what was begun is finished.

    `closes` when the batches after it follow from its rows: a round ends with it.
    """

    items: tuple[Planned, ...]
    begun: bool
    closes: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Production:
    """One run at work."""

    workspace: Workspace
    run: str
    graph: ConceptGraph
    author: Author
    judge: Assay
    budget: Budget
    rounds: Rounds | None = None
    started: float = field(default_factory=time.monotonic)

    def work(self, *, count: int, stop: Callable[[], bool], tick: Ticker) -> Outcome:
        """Go through the plan in batches until there is a reason to end."""
        runs = self.workspace.runs
        self.judge.remember(real_rows(self.workspace.settings))
        self.judge.remember(runs.kept(self.run))
        kept = runs.funnel(self.run).kept
        tick(min(kept, count), total=count)
        batches, why, made = self._batches(count, kept), "", 0
        while not why and (stretch := _stretch(batches, self._length(count - kept))):
            with closing(self.author.write((each.items for each in stretch), budget=self.budget)) as writing:
                for batch in stretch:
                    why = self._ended(kept, count, stop, begun=batch.begun)
                    if why:
                        break
                    units, whole = self._judged(batch, writing)
                    for unit in units:
                        runs.add(self.run, unit)
                        passed = unit.outcome == KEPT
                        note = unit.row.question if passed else f"rejected: {unit.reason}"
                        tick(int(passed and kept < count), note=note)
                        kept, made = kept + passed, made + 1
                    why = "" if whole else self.budget.spent
                    if why:
                        break
        used_up = "the plan is used up: more documents, levels, draws or epochs make it longer"
        used_up = self.rounds.ended or used_up if self.rounds else used_up
        return self._outcome(count, kept, why or self.budget.spent or used_up, made=made)

    def _outcome(self, count: int, kept: int, why: str, *, made: int) -> Outcome:
        status = "complete" if kept >= count else "stopped" if why == "stopped" else "short"
        self.workspace.runs.finish(self.run, status)
        spent = Spent.of(self.budget, repaired=self.author.repaired)
        if made:
            self.workspace.runs.spend(self.run, spent.spending(made))
        return Outcome(
            run=self.run,
            status=status,
            asked=count,
            kept=min(kept, count),
            funnel=self.workspace.runs.funnel(self.run),
            seconds=time.monotonic() - self.started,
            why="" if status == "complete" else why,
            spent=spent,
        )

    def _batches(self, count: int, kept: int) -> Iterator[_Batch]:
        """Yield what is left to do of each stretch of the plan; units whose call failed are made again while rows are wanted."""
        from groundsmith.planning import planned

        runs = self.workspace.runs
        recorded = runs.done(self.run)
        done = recorded - runs.unanswered(self.run) if kept < count else recorded
        most = int(count * self.workspace.settings.generation.oversample)
        plan = islice(self.rounds.items() if self.rounds else planned(self.workspace, self.graph), most)
        while batch := list(islice(plan, BATCH)):
            left = tuple(item for item in batch if item.ordinal not in done)
            if left:
                closes = self.rounds is not None and self.rounds.closes(batch[-1].ordinal)
                begun = 0 < sum(item.ordinal in recorded for item in batch) < len(batch)
                yield _Batch(items=left, begun=begun, closes=closes)

    def _length(self, wanted: int) -> int:
        """Return how many batches are written in one go: as many as the rows still wanted will take, so that calls never pause.

        Rows that are shown to the model as examples must be verified first: then it is one.
        """
        demonstrations = self.workspace.settings.demonstrations
        if demonstrations.selection != "none" and demonstrations.file is None:
            return 1
        funnel = self.workspace.runs.funnel(self.run)
        share = max(LEAST_SHARE, funnel.kept / funnel.made) if funnel.made >= BATCH else 1.0
        return min(STRETCH, max(1, ceil(wanted / BATCH) if share == 1.0 else int(wanted / share / BATCH)))

    def _ended(self, kept: int, count: int, stop: Callable[[], bool], *, begun: bool) -> str:
        if kept >= count and not begun:
            return "enough"
        return "stopped" if stop() else self.budget.spent if self.budget.overdue else ""

    def _judged(self, batch: _Batch, writing: Iterator[Written]) -> tuple[Iterator[Unit], bool]:
        """Return a batch's units in plan order, and whether it is whole; while it is judged, calls of the next go on."""
        last = batch.items[-1].ordinal
        mine = [each for each in islice(writing, len(batch.items)) if each.planned.ordinal <= last]
        return self._units(mine), len(mine) == len(batch.items)

    def _units(self, written: Sequence[Written]) -> Iterator[Unit]:
        """Judge what was written; yield its units in plan order."""
        rows = self.judge.rows([each for each in written if each.draft is not None], run=self.run)
        judged = {each.planned.ordinal: (row, reason) for each, row, reason in rows}
        for each in written:
            ordinal = each.planned.ordinal
            if ordinal in judged:
                row, reason = judged[ordinal]
                yield _unit(each, row, outcome=REJECTED if reason else KEPT, reason=reason)
            else:
                yield _unit(
                    each, self.judge.failed(each, run=self.run), outcome=FAILED, reason=each.problem.partition(":")[0]
                )


def _stretch(batches: Iterator[_Batch], most: int) -> list[_Batch]:
    """Take at most so many batches, and none beyond the end of a round."""
    taken: list[_Batch] = []
    while len(taken) < most and not (taken and taken[-1].closes):
        batch = next(batches, None)
        if batch is None:
            break
        taken.append(batch)
    return taken


def _unit(written: Written, row: DatasetRow, *, outcome: str, reason: str) -> Unit:
    item = written.planned
    key = digest([item.combination.id, item.draw, dict(item.conditions), PIPELINE_VERSION])
    return Unit(
        ordinal=item.ordinal,
        key=key,
        level=item.level,
        outcome=outcome,
        reason=reason,
        row=row,
        seconds=written.seconds,
    )


__all__ = ["Outcome", "generate", "now", "run_record"]

"""`refresh`: bring a set of rows up to date with the library, from the scan to the last replacement."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from groundsmith.pipeline import Spent
from groundsmith.refresh.fitness import Fitness, differences
from groundsmith.refresh.prospect import Loss
from groundsmith.refresh.replace import FIRST, REPLACED, Replacing
from groundsmith.refresh.scan import Scan
from groundsmith.refresh.work import CORRECTED, STALE, Refresh, Sorted, survey
from groundsmith.runs import KEPT

if TYPE_CHECKING:
    from generate.model import LanguageModel
    from graph.network import ConceptGraph
    from groundsmith.assay import Assay
    from groundsmith.refresh.source import Source
    from groundsmith.render import Ticker
    from groundsmith.workspace import Workspace

CURRENT = "current"
"""The status of a refresh that had nothing to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a refresh is to do.

    `count` is how many rows there should be, None for as many as there were. `settings` holds the rows to the present settings too.
    `arrivals` is which rows passages count against that came since: "none", "unanswerable" or "all". `replacing` is whether lost
    rows are replaced, which alone needs a language model.
    """

    count: int | None = None
    settings: bool = False
    arrivals: str = "unanswerable"
    replacing: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Refreshed:
    """How a refresh ended: `status` is current (nothing to do), complete, short or stopped, and `why` says why rows are missing.

    Of `rows` there were, `carried` were left as they are and `stale` looked at again; of these, `kept` passed as they stand,
    `corrected` with another answer, `replaced` by another row, `lost` not at all. `verified` counts those judged by this command.
    """

    run: str
    source: str
    status: str
    asked: int
    rows: int
    carried: int
    stale: int
    verified: int = 0
    kept: int = 0
    corrected: int = 0
    replaced: int = 0
    lost: int = 0
    unbound: int = 0
    seconds: float = 0.0
    why: str = ""
    spent: Spent = field(default_factory=Spent)


def scan_of(workspace: Workspace, source: Source, wanted: Wanted) -> Scan:
    """Return the scan that is wanted; with `settings`, rows are held to those of now and to the judge of now."""
    fitness = Fitness(workspace.settings) if wanted.settings else None
    _, rejudge = differences(source.settings, workspace.settings)
    return Scan(workspace=workspace, fitness=fitness, rejudge=rejudge and wanted.settings, arrivals=wanted.arrivals)


def refresh(
    workspace: Workspace,
    source: Source,
    *,
    stop: Callable[[], bool],
    tick: Ticker,
    wanted: Wanted = Wanted(),
    model: LanguageModel | None = None,
    assay: Assay | None = None,
) -> Refreshed:
    """Verify the stale rows of a set again, repair or replace them, and leave the others as they are.

    `model` and `assay` replace those the settings name. A language model is opened only when a row is to be replaced.
    """
    from groundsmith.assay import Assay
    from groundsmith.ingestion import build_graph

    started = time.monotonic()
    found = survey(scan_of(workspace, source, wanted), source)
    asked = max(wanted.count or 0, source.asked)
    if not found.stale and found.rows >= asked:
        return _current(source, found, asked)
    workspace.lock()
    build_graph(workspace, tick=_quiet)
    graph = workspace.graph()
    judge = assay or Assay.of(workspace, graph)
    work = Refresh.begin(workspace, source, judge=judge, size=found.rows, asked=asked, settings=wanted.settings)
    tick(0, total=len(found.stale))
    carried = work.carry(found.stale)
    verified = work.verify(found.stale, stop=stop, tick=tick)
    spent, why = Spent(), "stopped" if stop() else ""
    if not why and wanted.replacing:
        spent, why = _replaced(work, graph, found, asked=asked, stop=stop, tick=tick, model=model)
    return _ended(work, found, asked, carried=carried, verified=verified, why=why, spent=spent, started=started)


def _replaced(
    work: Refresh,
    graph: ConceptGraph,
    found: Sorted,
    *,
    asked: int,
    stop: Callable[[], bool],
    tick: Ticker,
    model: LanguageModel | None,
) -> tuple[Spent, str]:
    """Replace the lost rows, and make those wanted besides; return what it took, and why rows are missing."""
    from groundsmith.authorship import authorship
    from groundsmith.models import language_model, role_models
    from groundsmith.spending import budget_for
    from knowledge.errors import MissingModel

    workspace, stale = work.workspace, {each.place: each for each in found.stale}
    gone = [each for each in work.log.records(work.run) if each["outcome"] not in (KEPT, CORRECTED)]
    losses = [
        Loss(place=each["place"], row=stale[each["place"]].row, fits=not stale[each["place"]].unfit)
        for each in gone
        if each["place"] in stale
    ]
    losses += [Loss(place=place) for place in range(found.rows, asked)]
    open_losses = asked - workspace.runs.funnel(work.run).kept
    if open_losses <= 0:
        return Spent(), ""
    tick(0, total=len(found.stale) + open_losses)
    try:
        with (
            language_model(workspace) if model is None else nullcontext(model) as writer,
            role_models(workspace) as roles,
        ):
            author = authorship(
                workspace.settings,
                model=writer,
                journal=workspace.journal,
                roles=roles,
                judge=work.judge,
                graph=graph,
                embed=workspace.embedder.embed,
            )
            budget = budget_for(workspace, model=writer.name)
            replacing = Replacing(
                workspace=workspace,
                run=work.run,
                graph=graph,
                author=author,
                judge=work.judge,
                budget=budget,
                first=FIRST,
                tried=work.source.tried() - workspace.runs.keys(work.run),
            )
            _, why = replacing.work(losses, stop=stop, tick=tick)
            spent = Spent.of(budget, repaired=author.repaired)
            if spent.calls or spent.cached:
                workspace.runs.spend(work.run, spent.spending(len(losses)))
            return spent, why
    except MissingModel as error:
        return Spent(), f"rows were lost, and no language model is here to replace them: {error}"


def _ended(
    work: Refresh, found: Sorted, asked: int, *, carried: int, verified: int, why: str, spent: Spent, started: float
) -> Refreshed:
    outcomes = [each["outcome"] for each in work.log.records(work.run)]
    kept = work.workspace.runs.funnel(work.run).kept
    status = "complete" if kept >= asked else "stopped" if why == "stopped" else "short"
    work.workspace.runs.finish(work.run, status)
    return Refreshed(
        run=work.run,
        source=work.source.name,
        status=status,
        asked=asked,
        rows=found.rows,
        carried=carried,
        stale=len(found.stale),
        verified=verified,
        kept=outcomes.count(KEPT),
        corrected=outcomes.count(CORRECTED),
        replaced=outcomes.count(REPLACED),
        lost=outcomes.count(STALE),
        unbound=found.unbound,
        seconds=time.monotonic() - started,
        why="" if status == "complete" else why,
        spent=spent,
    )


def _current(source: Source, found: Sorted, asked: int) -> Refreshed:
    return Refreshed(
        run="",
        source=source.name,
        status=CURRENT,
        asked=asked,
        rows=found.rows,
        carried=found.rows,
        stale=0,
        unbound=found.unbound,
    )


def _quiet(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    """Be told of progress and say nothing."""


def stale_record(found: Sorted) -> dict[str, Any]:
    """Return a survey as plain data: the counts, and each stale row with what changed."""
    return {
        "rows": found.rows,
        "stale": len(found.stale),
        "unbound": found.unbound,
        "findings": [each.as_record() for each in found.stale],
    }

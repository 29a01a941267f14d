"""Coverage: what kept rows state of the concepts, what is missing where, and a run for the gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from groundsmith.studio import address
from groundsmith.studio.coverage_store import GapLine, Matrix, Reach
from groundsmith.studio.desk import desk_of
from groundsmith.studio.jobs import writer_of
from groundsmith.studio.listing import FieldError, asked
from groundsmith.studio.page import Nav, action, page, see
from groundsmith.studio.run_form import begin, problems
from groundsmith.studio.words import say

if TYPE_CHECKING:
    from groundsmith.studio.desk import Desk

WIDE, HIGH = 600, 200
"""The curve's drawing, in its own units."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A curve as the points of a line, and the name of its run."""

    name: str
    points: str
    rows: int
    weighted: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """The Context of the page; `other` is what the first is compared with, `chosen` the gaps that a run is to be for."""

    title: str
    run: str
    versus: str
    runs: tuple[tuple[str, int], ...]
    reach: Reach
    other: Reach | None
    curves: tuple[Drawn, ...]
    matrix: Matrix
    gaps: tuple[GapLine, ...]
    chosen: tuple[str, ...]
    busy: bool
    renewing: bool
    values: Mapping[str, str]
    errors: tuple[FieldError, ...] = ()


def coverage(request: Request) -> Coverage:
    """Return the coverage of a run, or of all kept rows, compared with another when one is named."""
    return _shown(desk_of(request), run=asked(request, "run"), versus=asked(request, "versus"))


def _shown(
    desk: Desk,
    *,
    run: str,
    versus: str,
    values: Mapping[str, str] | None = None,
    chosen: tuple[str, ...] | None = None,
    errors: tuple[FieldError, ...] = (),
) -> Coverage:
    desk.refresh()
    nothing = Reach(run=run, rows=0, concepts=0, covered=0, weighted=0.0, curve=())
    runs = desk.cached("covering", lambda tables: tuple(tables.coverage.runs()))
    reach = desk.cached(("reach", run), lambda tables: tables.coverage.reach(run), meanwhile=nothing)
    other = (
        desk.cached(("reach", versus), lambda tables: tables.coverage.reach(versus), meanwhile=nothing)
        if versus and versus != run
        else None
    )
    matrix = desk.cached(("matrix", run), lambda tables: tables.coverage.matrix(run), meanwhile=Matrix())
    none: tuple[GapLine, ...] = ()
    gaps = desk.cached(("gaps", run), lambda tables: tuple(tables.coverage.gaps(run)), meanwhile=none)
    shown = [reach] if other is None else [reach, other]
    most = max((each.rows for each in shown), default=0)
    return Coverage(
        title=say("coverage.title"),
        run=run,
        versus=versus if other else "",
        runs=runs,
        reach=reach,
        other=other,
        curves=tuple(_drawn(each, most) for each in shown if each.rows),
        matrix=matrix,
        gaps=gaps,
        chosen=tuple(gap.id for gap in gaps) if chosen is None else chosen,
        busy=writer_of(desk.first) is not None,
        renewing=desk.renewing,
        values={"count": "20", "calls": "", "money": "", "seconds": "", **(values or {})},
        errors=errors,
    )


def _drawn(reach: Reach, most: int) -> Drawn:
    points = " ".join(f"{WIDE * rows / most:.1f},{HIGH * (1 - share):.1f}" for rows, share in reach.curve)
    name = reach.run or say("coverage.all")
    return Drawn(name=name, points=points, rows=reach.rows, weighted=reach.weighted)


def fill(request: Request, form: FormData) -> Response | Coverage:
    """Start a run for the gaps that were chosen; the page is shown again with what is wrong."""
    desk = desk_of(request)
    desk.refresh()
    values = {name: str(form.get(name, "")).strip() for name in ("count", "calls", "money", "seconds")}
    wanted = tuple(str(each) for each in form.getlist("concept"))[:200]
    known = desk.concepts.labels(list(wanted))
    errors = tuple(problems(desk, values))
    if not known:
        errors = (FieldError(field="gaps", message=say("coverage.choose")), *errors)
    if errors:
        return _shown(
            desk,
            run=str(form.get("run", ""))[:100],
            versus="",
            values=values,
            chosen=tuple(known),
            errors=errors,
        )
    title = say("coverage.job", count=int(values["count"]), concepts=len(known))
    job = begin(desk, values, title=title, settings={"sampling.concepts": f"[{', '.join(sorted(known))}]"})
    return see(address.job(job.id))


nav = Nav(name="coverage", href=address.coverage(), order=40)
routes = [
    *page("/coverage", coverage, template="coverage.html.jinja", name="coverage"),
    *action("/coverage", fill, template="coverage.html.jinja", name="coverage"),
]

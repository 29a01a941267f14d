"""The dataset: all rows of all runs as a table to filter and search, and as files."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse

from groundsmith.studio import address
from groundsmith.studio.desk import desk_of
from groundsmith.studio.listing import Facet, Option, Pager, asked, facet, hidden, in_force, paged
from groundsmith.studio.page import Nav, missing, page
from groundsmith.studio.sample_filter import BANDS, UNCERTAIN, SampleFilter
from groundsmith.studio.sample_store import PAGE, Cell, Listed, mark
from groundsmith.studio.words import said, say

if TYPE_CHECKING:
    from groundsmith.studio.desk import Desk, Tables

FORMS = {"jsonl": "application/jsonl", "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
COUNTED = ("outcome", "verdict", "kind", "run", "reason", "confidence")
"""Filters whose counts one pass over the rows gives together."""
LISTED = ("topic", "concept", "document", "condition")
"""Filters whose most frequent values are listed, counted only where nothing else is in force."""
UNCERTAIN_BANDS = tuple(name for name, (_, high) in BANDS.items() if high <= UNCERTAIN)
FACETS = (
    "outcome",
    "verdict",
    "state",
    "kind",
    "topic",
    "concept",
    "document",
    "condition",
    "confidence",
    "run",
    "reason",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Samples:
    """The Context of the dataset's table."""

    title: str
    total: int
    samples: tuple[Listed, ...]
    facets: tuple[Facet, ...]
    chosen: tuple[Option, ...]
    order: str
    words: str
    carried: tuple[tuple[str, str], ...]
    pager: Pager
    exports: tuple[tuple[str, str], ...]


def wanted_by(request: Request) -> SampleFilter:
    """Return the filter in a request's address: rows that were kept, unless another outcome is named."""
    values = {item.name: asked(request, item.name) for item in fields(SampleFilter)}
    outcome = asked(request, "outcome") or "kept"
    return SampleFilter(**values | {"words": asked(request, "q"), "outcome": "" if outcome == "all" else outcome})


def samples(request: Request) -> Samples:
    """Return a page of the dataset."""
    desk, wanted = desk_of(request), wanted_by(request)
    desk.refresh()
    order = "confidence" if asked(request, "sort") == "confidence" else "newest"
    found = desk.samples.page(wanted, order=order, after=asked(request, "after"), limit=PAGE + 1)
    shown, pager = paged(request, found, mark(found[PAGE - 1], order) if len(found) > PAGE else "", limit=PAGE)
    base = replace(wanted, **dict.fromkeys(COUNTED, ""), state="stale" if wanted.state == "stale" else "")
    cells = desk.cached(("cube", base), lambda tables: tables.samples.cube(base))
    facets = tuple(_facets(request, desk, wanted, cells))
    query = request.url.query
    return Samples(
        title=say("samples.title"),
        total=sum(cell.number for cell in cells if _fits(cell, wanted)),
        samples=shown,
        facets=facets,
        chosen=in_force(request, facets),
        order=order,
        words=wanted.words,
        carried=hidden(request, "q"),
        pager=pager,
        exports=tuple((form, address.changed("/samples/export", query, format=form, sort=None)) for form in FORMS),
    )


def _facets(request: Request, desk: Desk, wanted: SampleFilter, cells: tuple[Cell, ...]) -> Iterator[Facet]:
    """Yield the filters, each with what it would leave beside the others in force."""
    for name in FACETS:
        values = [
            each for each in _values(desk, name, wanted, cells) if each[2] != 0 or each[0] == asked(request, name)
        ]
        yield facet(
            request,
            name,
            say(f"samples.facets.{name}"),
            values,
            labelled=_named(desk, name, asked(request, name)),
            default="kept" if name == "outcome" else "",
        )
    if asked(request, "passage"):
        yield facet(request, "passage", say("samples.facets.passage"), [])


def _values(
    desk: Desk, name: str, wanted: SampleFilter, cells: tuple[Cell, ...]
) -> Iterator[tuple[str, str, int | None]]:
    """Yield a filter's values as value, label and count, None where it is not counted."""
    if name in LISTED:
        alone = not any(value for other, value in wanted.given.items() if other not in ("outcome", name))
        outcome = SampleFilter(outcome=wanted.outcome)
        nothing: list[tuple[str, str, int]] = []
        work = partial(_common, name=name, wanted=outcome)
        found = desk.cached(("common", name, outcome), work, meanwhile=nothing)
        yield from ((value, label, count if alone else None) for value, label, count in found)
        return
    left = [cell for cell in cells if _fits(cell, wanted, besides=name)]
    if name == "state":
        stale = desk.cached("stale", lambda tables: tables.samples.count(SampleFilter(outcome="kept", state="stale")))
        alone = set(wanted.given) <= {"outcome", "state"} and wanted.outcome == "kept"
        yield (
            "uncertain",
            say("samples.states.uncertain"),
            sum(c.number for c in left if c.confidence in UNCERTAIN_BANDS),
        )
        yield "stale", say("samples.states.stale"), stale if alone else (None if stale else 0)
        return
    counts: Counter[str] = Counter()
    for cell in left:
        counts[getattr(cell, name)] += cell.number
    if name == "outcome":
        yield "all", say("samples.all"), counts.total()
    ordered = (
        list(BANDS)
        if name == "confidence"
        else [value for value, _ in sorted(counts.items(), key=lambda p: (-p[1], p[0]))]
    )
    yield from (
        (value, _label(name, value), counts[value]) for value in ordered if value and not _is_moot(name, wanted)
    )


def _is_moot(name: str, wanted: SampleFilter) -> bool:
    return name == "reason" and wanted.outcome == "kept"


def _fits(cell: Cell, wanted: SampleFilter, *, besides: str = "") -> bool:
    """Return whether the rows of a cell are wanted, whatever the filter `besides` says."""
    uncertain = besides != "state" and wanted.state == "uncertain"
    return all(getattr(wanted, name) in ("", getattr(cell, name)) for name in COUNTED if name != besides) and (
        not uncertain or cell.confidence in UNCERTAIN_BANDS
    )


def _label(name: str, value: str) -> str:
    if name == "confidence":
        return say("samples.bands", low=value.split("-")[0], high=value.split("-")[1])
    return said(f"samples.outcomes.{value}", value) if name == "outcome" else value


def _named(desk: Desk, name: str, value: str) -> str:
    """Return the label of a value in force that is not among the most frequent."""
    if name == "concept" and value:
        return desk.concepts.labels([value]).get(value, "")
    if name == "document" and value:
        return desk.documents.titles([value]).get(value, "")
    if name == "topic" and value:
        return desk.concepts.topic(value)
    return ""


def export(request: Request) -> FileResponse:
    """Return the rows that the filter leaves as a file."""
    from groundsmith.exports import export_rows

    form = asked(request, "format") or "jsonl"
    if form not in FORMS:
        raise missing(say("samples.no_form", form=form[:40], forms=", ".join(FORMS)))
    desk = desk_of(request)
    desk.refresh()
    folder = desk.first.state / "studio"
    folder.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=f".{form}", delete=False) as file:
        path = Path(file.name)
    export_rows(desk.samples.rows(wanted_by(request)), path, form=form)
    return FileResponse(
        path, media_type=FORMS[form], filename=f"{desk.name}.{form}", background=BackgroundTask(path.unlink)
    )


def warm(desk: Desk) -> None:
    """Work out what the first reader of the overview and of the dataset would wait for."""
    desk.refresh()
    for outcome in ("kept", "", "rejected", "failed"):
        wanted = SampleFilter(outcome=outcome)
        for name in LISTED:
            desk.cached(("common", name, wanted), partial(_common, name=name, wanted=wanted))
    desk.cached(("cube", SampleFilter()), lambda tables: tables.samples.cube(SampleFilter()))


def _common(tables: Tables, *, name: str, wanted: SampleFilter) -> list[tuple[str, str, int]]:
    return tables.samples.common(name, wanted)


nav = Nav(name="samples", href=address.samples(), order=50)
routes = [
    *page("/samples/export", export, template=""),
    *page("/samples", samples, template="samples.html.jinja", name="samples"),
]

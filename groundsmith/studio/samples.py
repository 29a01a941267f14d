"""The dataset: all rows of all runs as a table to filter and search, and as files."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
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
from groundsmith.studio.sample_store import BANDS, PAGE, Listed, SampleFilter, mark
from groundsmith.studio.words import said, say

if TYPE_CHECKING:
    from groundsmith.studio.desk import Desk

FORMS = {"jsonl": "application/jsonl", "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
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
    names = (
        "verdict",
        "run",
        "kind",
        "reason",
        "concept",
        "topic",
        "document",
        "passage",
        "condition",
        "confidence",
        "state",
    )
    values = {name: asked(request, name) for name in names}
    outcome = asked(request, "outcome") or "kept"
    return SampleFilter(**values, words=asked(request, "q"), outcome="" if outcome == "all" else outcome)


def samples(request: Request) -> Samples:
    """Return a page of the dataset."""
    desk, wanted = desk_of(request), wanted_by(request)
    _ = desk.concepts
    order = "confidence" if asked(request, "sort") == "confidence" else "newest"
    found = desk.samples.page(wanted, order=order, after=asked(request, "after"), limit=PAGE + 1)
    shown, pager = paged(request, found, mark(found[PAGE - 1], order) if len(found) > PAGE else "", limit=PAGE)
    facets = tuple(_facets(request, desk, wanted))
    query = request.url.query
    return Samples(
        title=say("samples.title"),
        total=desk.cached(("count", wanted), lambda: desk.samples.count(wanted)),
        samples=shown,
        facets=facets,
        chosen=in_force(request, facets),
        order=order,
        words=wanted.words,
        carried=hidden(request, "q"),
        pager=pager,
        exports=tuple((form, address.changed("/samples/export", query, format=form, sort=None)) for form in FORMS),
    )


def _facets(request: Request, desk: Desk, wanted: SampleFilter) -> list[Facet]:
    """Return the filters; each counts what it would leave beside the others in force."""
    store = desk.samples
    without = {name: replace(wanted, **{name: ""}) for name in FACETS}
    made = []
    for name in FACETS:
        rest = without[name]
        if name in ("outcome", "verdict", "kind", "run", "reason"):
            counts = desk.cached(("tally", name, rest), partial(store.tally, name, rest))
            values = [(value, _label(name, value), count) for value, count in counts.items() if value]
        elif name == "confidence":
            bands = desk.cached(("bands", rest), partial(store.bands, rest))
            values = [
                (each, say("samples.bands", low=each.split("-")[0], high=each.split("-")[1]), bands[each])
                for each in BANDS
            ]
        elif name == "state":
            values = [
                (
                    each,
                    say(f"samples.states.{each}"),
                    desk.cached(("state", each, rest), partial(store.count, replace(rest, state=each))),
                )
                for each in ("uncertain", "stale")
            ]
        else:
            values = list(desk.cached(("common", name, rest), partial(store.common, name, rest)))
        if name == "outcome":
            values = [("all", say("samples.all"), sum(count for _, _, count in values)), *values]
        if name == "reason" and wanted.outcome == "kept":
            values = []
        listed = [each for each in values if each[2] or each[0] == asked(request, name)]
        made.append(
            facet(
                request,
                name,
                say(f"samples.facets.{name}"),
                listed,
                labelled=_named(desk, name, asked(request, name)),
                default="kept" if name == "outcome" else "",
            )
        )
    if asked(request, "passage"):
        made.append(facet(request, "passage", say("samples.facets.passage"), []))
    return made


def _label(name: str, value: str) -> str:
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
    _ = desk.concepts
    folder = desk.first.state / "studio"
    folder.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=f".{form}", delete=False) as file:
        path = Path(file.name)
    export_rows(desk.samples.rows(wanted_by(request)), path, form=form)
    return FileResponse(
        path, media_type=FORMS[form], filename=f"{desk.name}.{form}", background=BackgroundTask(path.unlink)
    )


nav = Nav(name="samples", href=address.samples(), order=50)
routes = [
    *page("/samples/export", export, template=""),
    *page("/samples", samples, template="samples.html.jinja", name="samples"),
]

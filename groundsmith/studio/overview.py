"""The first page: what the workspace holds, the last runs, and what needs a look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from groundsmith.studio import address
from groundsmith.studio.desk import desk_of
from groundsmith.studio.page import Nav, page
from groundsmith.studio.runs import RunLine, line
from groundsmith.studio.sample_filter import SampleFilter
from groundsmith.studio.words import counted, say

if TYPE_CHECKING:
    from groundsmith.studio.desk import Desk
    from groundsmith.studio.document_store import Holdings

RUNS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """A figure with its label, a note, and where it leads."""

    label: str
    figure: str
    note: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Concern:
    """Something that needs a look: what it is, and where to see it."""

    text: str
    href: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """The Context of the first page; `hint` says what to do first, where that is clear."""

    title: str
    tiles: tuple[Tile, ...]
    concerns: tuple[Concern, ...]
    runs: tuple[RunLine, ...]
    hint: str


def overview(request: Request) -> Overview:
    """Return what the workspace holds."""
    desk = desk_of(request)
    desk.refresh()
    held = desk.cached("holdings", lambda tables: tables.documents.holdings())
    concepts = desk.cached("concepts", lambda tables: tables.concepts.count())
    hint = say("overview.no_graph") if not concepts and not desk.renewing else ""
    return Overview(
        title=say("overview.title"),
        tiles=tuple(_tiles(desk, held, concepts)),
        concerns=tuple(_concerns(desk, held)),
        runs=tuple(line(desk, each) for each in desk.workspace.runs.all()[:RUNS]),
        hint=hint if held.documents else say("overview.empty"),
    )


def _tiles(desk: Desk, held: Holdings, concepts: int) -> Iterator[Tile]:
    outcomes = desk.cached("outcomes", lambda tables: tables.samples.tally("outcome"))
    changed = desk.cached("changed", lambda tables: tables.documents.count(state="changed"))
    made, kept = sum(outcomes.values()), outcomes.get("kept", 0)
    yield Tile(
        label=say("overview.documents"),
        figure=f"{held.documents:,}",
        note=say("overview.versions", n=f"{changed:,}") if changed else "",
        href=address.documents(),
    )
    yield Tile(label=say("overview.passages"), figure=f"{held.passages:,}")
    yield Tile(label=say("overview.concepts"), figure=f"{concepts:,}", href=address.concepts())
    yield Tile(
        label=say("overview.rows"),
        figure=f"{kept:,}",
        note=say("overview.of_made", made=f"{made:,}") if made else "",
        href=address.samples(),
    )


def _concerns(desk: Desk, held: Holdings) -> Iterator[Concern]:
    """Yield what needs a look, the most pressing first."""
    stale = desk.cached("stale", lambda tables: tables.samples.count(SampleFilter(outcome="kept", state="stale")))
    uncertain = desk.cached(
        "uncertain", lambda tables: tables.samples.count(SampleFilter(outcome="kept", state="uncertain"))
    )
    conflicts = _contradictions(desk)
    broken = sum(1 for each in desk.workspace.runs.all() if line(desk, each).state == "interrupted")
    if held.refused:
        yield Concern(text=say("overview.refused", n=_files(held.refused)), href=f"{address.documents()}#refused")
    if stale:
        yield Concern(text=say("overview.stale", n=counted(stale, "row")), href=address.samples(state="stale"))
    if broken:
        yield Concern(text=say("overview.interrupted", n=broken), href=address.runs())
    if conflicts:
        yield Concern(text=say("overview.contradictions", n=conflicts), href=address.contradictions())
    if held.flagged:
        flagged = say("overview.flagged", n=counted(held.flagged, "document"))
        yield Concern(text=flagged, href=address.documents(state="flagged"))
    if uncertain:
        text = say("overview.uncertain", n=counted(uncertain, "row"))
        yield Concern(text=text, href=address.samples(state="uncertain", sort="confidence"))


def _files(number: int) -> str:
    return say(f"overview.files.{'one' if number == 1 else 'many'}", n=f"{number:,}")


def _contradictions(desk: Desk) -> int:
    """Return how many the last search found, 0 when there was none."""
    for job in desk.job_store.latest("contradictions", limit=3):
        result = desk.jobs.progress(job).result
        if isinstance(result, dict):
            return len(result.get("found", ()))
    return 0


nav = Nav(name="overview", href=address.overview(), order=10)
routes = page("/", overview, template="overview.html.jinja", name="overview")

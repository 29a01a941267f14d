"""The concept map: the graph to search, pan and zoom in, coloured by community or by what rows cover."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from groundsmith.studio import address
from groundsmith.studio.concept_store import ListedConcept
from groundsmith.studio.desk import desk_of
from groundsmith.studio.listing import asked
from groundsmith.studio.page import Nav, missing, page
from groundsmith.studio.words import say

COLOURS = ("community", "coverage")
STATES = ("covered", "missing")
LISTED = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class ConceptMap:
    """The Context of the map; `concepts` are the most important for readers without script, `state` the address of what is coloured."""

    title: str
    whole: int
    concepts: tuple[ListedConcept, ...]
    runs: tuple[tuple[str, int], ...]
    topics: tuple[tuple[str, str], ...]
    documents: tuple[tuple[str, str], ...]
    values: dict[str, str]
    state: str
    renewing: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class MapState:
    """What is drawn how: ids of the concepts that kept rows state, and of those the filters leave, None without a filter."""

    covered: tuple[str, ...]
    within: tuple[str, ...] | None


def concept_map(request: Request) -> ConceptMap:
    """Return the frame of the map; the map itself is fetched by its script."""
    desk = desk_of(request)
    desk.refresh()
    values = {name: asked(request, name) for name in ("colour", "run", "topic", "document", "state")}
    values["colour"] = values["colour"] if values["colour"] in COLOURS else COLOURS[0]
    topics = desk.cached("topics", lambda tables: tables.concepts.topics())
    return ConceptMap(
        title=say("map.title"),
        whole=desk.cached(("concepts", "", "", ""), lambda tables: tables.concepts.count()),
        concepts=tuple(desk.concepts.page(topic=values["topic"], limit=LISTED)),
        runs=desk.cached("covering", lambda tables: tuple(tables.coverage.runs())),
        topics=tuple((str(number), label) for number, label, _ in topics),
        documents=desk.cached("largest", lambda tables: tuple(tables.coverage.largest())),
        values=values,
        state=address.link("/map/state.json", **{name: values[name] for name in ("run", "topic", "document", "state")}),
        renewing=desk.renewing,
    )


def state(request: Request) -> MapState:
    """Return what is covered, and what the filters leave."""
    desk = desk_of(request)
    run, topic, document, wanted = (asked(request, name) for name in ("run", "topic", "document", "state"))
    covered = desk.cached(("covered", run), lambda tables: tuple(tables.coverage.covered(run)))
    if not (topic or document or wanted in STATES):
        return MapState(covered=covered, within=None)
    found = desk.tables.coverage.concepts(topic=topic, document=document)
    if wanted in STATES:
        known = set(covered)
        found = [each for each in found if (each in known) == (wanted == "covered")]
    return MapState(covered=covered, within=tuple(found))


async def data(request: Request) -> Response:
    """Answer with the map, as the graph's copy holds it."""
    from starlette.concurrency import run_in_threadpool

    from groundsmith.studio.page import refused

    text = await run_in_threadpool(lambda: desk_of(request).concepts.mark("map"))
    if not text:
        return refused(request, missing(say("map.none")))
    return Response(text, media_type="application/json")


async def drawing(request: Request) -> Response:
    """Answer with the script that draws, the one that map files carry."""
    from groundsmith.mapping import script

    return Response(script(), media_type="text/javascript", headers={"cache-control": "no-cache"})


nav = Nav(name="map", href=address.concept_map(), order=35)
routes = [
    Route("/map/data.json", data),
    Route("/map/draw.js", drawing),
    page("/map/state", state, template="")[0],
    *page("/map", concept_map, template="map.html.jinja", name="map"),
]

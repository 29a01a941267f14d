"""The concepts: the list by importance, and a page for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from groundsmith.studio import address
from groundsmith.studio.concept_store import PAGE, KnownConcept, ListedConcept, mark
from groundsmith.studio.desk import desk_of
from groundsmith.studio.listing import Facet, Option, Pager, asked, facet, hidden, in_force, paged
from groundsmith.studio.page import Nav, action, missing, page, see
from groundsmith.studio.sample_filter import SampleFilter
from groundsmith.studio.sample_store import Listed
from groundsmith.studio.words import say

if TYPE_CHECKING:
    from knowledge.document import Passage

PASSAGES = 20
SAMPLES = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Concepts:
    """The Context of the list of concepts; `renewing` says that the graph changed and the list is about to."""

    title: str
    total: int
    concepts: tuple[ListedConcept, ...]
    facets: tuple[Facet, ...]
    chosen: tuple[Option, ...]
    words: str
    carried: tuple[tuple[str, str], ...]
    pager: Pager
    renewing: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownFrame:
    """A policy frame that a passage of the concept holds: its kind and its words."""

    kind: str
    text: str
    passage: str
    document: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ConceptPage:
    """The Context of one concept."""

    title: str
    known: KnownConcept
    passages: tuple[Passage, ...]
    pager: Pager
    frames: tuple[ShownFrame, ...]
    samples: tuple[Listed, ...]
    rows: int
    sources: dict[str, str]


def concepts(request: Request) -> Concepts:
    """Return a page of the concepts, the most important first."""
    desk = desk_of(request)
    desk.refresh()
    store = desk.concepts
    words, kind, topic = asked(request, "q"), asked(request, "kind"), asked(request, "topic")
    found = store.page(words=words, kind=kind, topic=topic, after=asked(request, "after"), limit=PAGE + 1)
    shown, pager = paged(request, found, mark(found[PAGE - 1]) if len(found) > PAGE else "", limit=PAGE)
    kinds = [(each, say(f"concepts.kinds.{each}"), None) for each in ("topic", "concept")]
    topics = [
        (str(number), label, count)
        for number, label, count in desk.cached("topics", lambda tables: tables.concepts.topics())
    ]
    facets = (
        facet(request, "kind", say("concepts.kind"), kinds),
        facet(request, "topic", say("concepts.topic"), topics, labelled=store.topic(topic)),
    )
    return Concepts(
        title=say("concepts.title"),
        total=desk.cached(
            ("concepts", words, kind, topic), lambda tables: tables.concepts.count(words=words, kind=kind, topic=topic)
        ),
        concepts=shown,
        facets=facets,
        chosen=in_force(request, facets),
        words=words,
        carried=hidden(request, "q"),
        pager=pager,
        renewing=desk.renewing,
    )


def concept(request: Request) -> ConceptPage:
    """Return one concept."""
    desk = desk_of(request)
    name = request.path_params["id"]
    desk.refresh()
    known = desk.concepts.find(name)
    if known is None:
        raise missing(say("concepts.unknown", name=name[:80]))
    found = desk.concepts.passages(known.concept.number, after=asked(request, "after"), limit=PASSAGES + 1)
    shown, pager = paged(request, found, str(found[PASSAGES - 1][0]) if len(found) > PASSAGES else "", limit=PASSAGES)
    passages = desk.workspace.library.passages_by_id([identifier for _, identifier in shown])
    return ConceptPage(
        title=known.concept.label,
        known=known,
        passages=tuple(passages.values()),
        pager=pager,
        frames=_frames(request, passages),
        samples=tuple(desk.samples.page(SampleFilter(concept=name), limit=SAMPLES)),
        rows=desk.samples.about(name),
        sources=desk.documents.titles([one[3] for one in known.merges if one[3]]),
    )


def _frames(request: Request, passages: dict[str, Passage]) -> tuple[ShownFrame, ...]:
    found = desk_of(request).documents.frames(list(passages))
    return tuple(
        ShownFrame(
            kind=kind,
            text=" ".join(passages[passage].text[start:end].split()),
            passage=passage,
            document=passages[passage].document_id,
        )
        for passage, kind, start, end in found
    )


def keep_apart(request: Request, form: FormData) -> Response:
    """Undo a merge of the concept, for good."""
    from graph.merges import undo

    desk = desk_of(request)
    name = request.path_params["id"]
    workspace = desk.workspace
    undo(workspace.graph(), workspace.graph_store, name, str(form.get("form", "")))
    return see(address.concept(name))


nav = Nav(name="concepts", href=address.concepts(), order=30)
routes = [
    *page("/concepts", concepts, template="concepts.html.jinja", name="concepts"),
    *page("/concepts/{id}", concept, template="concept.html.jinja", name="concepts"),
    *action("/concepts/{id}/apart", keep_apart),
]

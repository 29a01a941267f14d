"""The documents of the library: the list, one document with its passages, versions side by side, contradictions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from groundsmith.studio import address
from groundsmith.studio.desk import desk_of
from groundsmith.studio.document_store import PAGE, STATES, Heading, ListedDocument, mark
from groundsmith.studio.job_store import Job
from groundsmith.studio.jobs import Progress
from groundsmith.studio.listing import Facet, Option, Pager, asked, facet, hidden, in_force, number, paged
from groundsmith.studio.page import Nav, action, missing, page, see
from groundsmith.studio.words import say

if TYPE_CHECKING:
    from groundsmith.studio.desk import Tables
    from knowledge.document import Passage
    from knowledge.entry import Entry, Refusal

MOST_CHANGES = 200
MOST_REFUSED = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Documents:
    """The Context of the list of documents; `refused` are the files that could not be read."""

    title: str
    total: int
    documents: tuple[ListedDocument, ...]
    facets: tuple[Facet, ...]
    chosen: tuple[Option, ...]
    order: str
    words: str
    carried: tuple[tuple[str, str], ...]
    pager: Pager
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownPassage:
    """A passage: `flags` are the stretches that read like instructions to a model, `rows` how many rows rest on it."""

    passage: Passage
    flags: tuple[str, ...]
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentPage:
    """The Context of one document in one version; `start` is the ordinal its passages are shown from."""

    title: str
    entry: Entry
    version: int
    versions: tuple[int, ...]
    duplicate_source: str
    outline: tuple[Heading, ...]
    passages: tuple[ShownPassage, ...]
    at: str
    start: int
    total: int
    rows: int
    pager: Pager


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangesPage:
    """The Context of two versions side by side, at most 200 changes."""

    title: str
    entry: Entry
    first: int
    last: int
    versions: tuple[int, ...]
    counts: dict[str, int]
    changes: tuple[Any, ...]
    cut: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ContradictionsPage:
    """The Context of the contradictions: the last search for them, and what it found."""

    title: str
    job: Job | None
    progress: Progress | None
    compared: int
    found: tuple[Any, ...]


def documents(request: Request) -> Documents:
    """Return a page of the library's documents."""
    desk = desk_of(request)
    words, state, order = asked(request, "q"), asked(request, "state"), asked(request, "sort") or "source"
    store = desk.documents
    found = store.page(words=words, state=state, order=order, after=asked(request, "after"), limit=PAGE + 1)
    shown, pager = paged(request, found, mark(found[PAGE - 1], order) if len(found) > PAGE else "", limit=PAGE)
    counts = [
        (each, say(f"documents.states.{each}"), desk.cached(("state", each), partial(_count, state=each)))
        for each in STATES
    ]
    facets = (
        facet(request, "state", say("documents.state"), [each for each in counts if each[2] or each[0] == state]),
    )
    refused = (
        desk.cached("refusals", lambda tables: tables.workspace.library.refusals())
        if not asked(request, "after")
        else []
    )
    return Documents(
        title=say("documents.title"),
        total=desk.cached(("documents", words, state), partial(_count, words=words, state=state)),
        documents=shown,
        facets=facets,
        chosen=in_force(request, facets),
        order=order,
        words=words,
        carried=hidden(request, "q"),
        pager=pager,
        refused=tuple(refused[:MOST_REFUSED]),
    )


def _count(tables: Tables, *, words: str = "", state: str = "") -> int:
    return tables.documents.count(words=words, state=state)


def document(request: Request) -> DocumentPage:
    """Return one document with a page of its passages."""
    desk = desk_of(request)
    entry = _entry(request)
    at = asked(request, "at")
    version, start = _place(request, entry, at)
    store = desk.documents
    ids = store.passage_ids(entry.id, version, start=start, limit=PAGE + 1)
    passages = desk.workspace.library.passages_by_id(ids[:PAGE]).values()
    path, query = address.document(entry.id), request.url.query
    following = address.changed(path, query, start=start + PAGE, at=None) if len(ids) > PAGE else ""
    first = address.changed(path, query, start=None, at=None) if start else ""
    return DocumentPage(
        title=entry.title or entry.source,
        entry=entry,
        version=version,
        versions=tuple(desk.workspace.library.versions(entry.id)),
        duplicate_source=store.titles([entry.duplicate_of]).get(entry.duplicate_of, "") if entry.duplicate_of else "",
        outline=tuple(
            desk.cached(("outline", entry.id, version), lambda tables: tables.documents.outline(entry.id, version))
        ),
        passages=tuple(_shown(desk, each) for each in passages),
        at=at,
        start=start,
        total=store.passage_count(entry.id, version),
        rows=desk.samples.citing(document=entry.id),
        pager=Pager(next=following, first=first),
    )


def _entry(request: Request) -> Entry:
    name = request.path_params["id"]
    entry = desk_of(request).workspace.library.entry(name)
    if entry is None:
        raise missing(say("documents.unknown", name=name[:80]))
    return entry


def _place(request: Request, entry: Entry, at: str) -> tuple[int, int]:
    """Return the version asked for and the ordinal its page begins at."""
    version = number(request, "version", 0)
    found = desk_of(request).documents.place(at) if at else None
    if found is not None and found[0] == entry.id and version in (0, found[1]):
        return found[1], found[2] - found[2] % PAGE
    if version and version not in desk_of(request).workspace.library.versions(entry.id):
        raise missing(say("documents.no_version", name=entry.source, version=version))
    return version or entry.version, number(request, "start", 0)


def _shown(desk: Any, passage: Passage) -> ShownPassage:  # noqa: ANN401 - a Desk
    from knowledge.sanitise import injection_flags

    flags = tuple(injection_flags("\n".join([*passage.headings, passage.text]), most=3))
    return ShownPassage(passage=passage, flags=flags, rows=desk.samples.citing(passage=passage.id))


def changes(request: Request) -> ChangesPage:
    """Return what changed between two versions of a document."""
    from groundsmith.revision import revision
    from knowledge.change import ChangeKind
    from knowledge.errors import UsageError

    desk, entry = desk_of(request), _entry(request)
    library = desk.workspace.library
    first, last = number(request, "from", 0) or None, number(request, "to", 0) or None
    try:
        found = desk.cached(
            ("changes", entry.id, first, last),
            lambda tables: revision(tables.workspace.library, entry.id, first=first, last=last),
        )
    except UsageError as error:
        raise missing(str(error)) from error
    told = [each for each in found.changes if each.kind != ChangeKind.MOVED]
    return ChangesPage(
        title=say("changes.title", name=entry.title or entry.source),
        entry=entry,
        first=found.first,
        last=found.last,
        versions=tuple(library.versions(entry.id)),
        counts=found.counts,
        changes=tuple(told[:MOST_CHANGES]),
        cut=max(0, len(told) - MOST_CHANGES),
    )


def contradictions(request: Request) -> ContradictionsPage:
    """Return what the last search for contradictions found."""
    desk = desk_of(request)
    latest = desk.job_store.latest("contradictions", limit=10)
    states = [(job, desk.jobs.progress(job)) for job in latest[:3]]
    done = next(((job, each) for job, each in states if isinstance(each.result, dict)), None)
    job, progress = states[0] if states else (None, None)
    found = done[1].result if done else {}
    return ContradictionsPage(
        title=say("contradictions.title"),
        job=job,
        progress=progress,
        compared=int(found.get("passage_pairs", 0)),
        found=tuple(found.get("found", ())[:MOST_CHANGES]),
    )


def search_contradictions(request: Request, form: FormData) -> Response:
    """Start a search for contradictions, unless one is under way."""
    desk = desk_of(request)
    latest = desk.job_store.latest("contradictions", limit=1)
    if not latest or not desk.jobs.is_alive(latest[0].id):
        desk.jobs.start("contradictions", ["doctor", "--contradictions", "--json"], title=say("contradictions.title"))
    return see(address.contradictions())


nav = Nav(name="documents", href=address.documents(), order=20)
routes = [
    *page("/documents", documents, template="documents.html.jinja", name="documents"),
    *page("/documents/{id}/changes", changes, template="changes.html.jinja", name="documents"),
    *page("/documents/{id}", document, template="document.html.jinja", name="documents"),
    *page("/contradictions", contradictions, template="contradictions.html.jinja", name="documents"),
    *action("/contradictions", search_contradictions),
]

"""Documents into a workspace: the library, the index and the concept graph, with progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from groundsmith.reading import limits_of, split_of
from groundsmith.render import Ticker, say
from knowledge.errors import SettingsError

if TYPE_CHECKING:
    from generate.model import LanguageModel
    from graph.build import BuildReport
    from groundsmith.sections import LibrarySection
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage
    from knowledge.fetch.client import Client
    from knowledge.fetch.visit import WebReport
    from knowledge.outcome import IngestEvent, IngestReport
    from knowledge.sync import Progress


def ingest_into(
    workspace: Workspace, paths: Sequence[Path], *, prune: bool, tick: Ticker, root: Path | None = None
) -> IngestReport:
    """Take files and folders into the workspace's library and index; only what changed is touched.

    `root` is the folder that names of files are relative to, by default the workspace's.
    """
    from knowledge.ingest import ingest

    workspace.lock()
    settings = workspace.settings.library
    return ingest(
        paths,
        library=workspace.library,
        index=workspace.index,
        root=root or workspace.root,
        prune=prune,
        max_tokens=settings.passage_tokens,
        count_tokens=getattr(workspace.embedder, "count_tokens", None),
        limits=limits_of(settings),
        split=split_of(settings),
        workers=settings.workers,
        memory=settings.memory,
        progress=follower(tick),
    )


def follower(tick: Ticker) -> Progress:
    """Return a receiver of ingest's events that moves `tick` on."""
    done = {"read": 0, "index": 0}

    def follow(event: IngestEvent) -> None:
        advance = event.done - done[event.stage]
        done[event.stage] = event.done
        note = event.outcome.source if event.outcome else f"{event.stage} {event.done}/{event.total}"
        tick(advance if event.stage == "read" else 0, note=note, total=event.total if event.stage == "read" else None)

    return follow


def ingest_sites(
    workspace: Workspace,
    addresses: Sequence[str],
    *,
    tick: Ticker,
    depth: int | None = None,
    whole_site: bool = False,
    prune: bool = False,
    stop: Callable[[], bool] = lambda: False,
    client: Client | None = None,
) -> WebReport:
    """Take web pages and site maps into the workspace's library and index, as the settings allow.

    `depth` replaces the setting. `whole_site` takes the site maps of each address's site. `client` replaces the one
    that the settings describe; a test reaches a server of its own by it.
    """
    from knowledge.fetch.crawl import ingest_pages
    from knowledge.fetch.fetcher import Fetcher
    from knowledge.fetch.pace import Pace
    from knowledge.fetch.url import Sites
    from knowledge.fetch.visit import Cut

    workspace.lock()
    settings = workspace.settings.library
    pace = Pace(delay=settings.site_delay, seconds=settings.site_seconds, stop=stop)
    with Fetcher(client or web_client(settings), sites=Sites.of(settings.sites or ()), pace=pace) as fetcher:
        return ingest_pages(
            addresses,
            library=workspace.library,
            fetcher=fetcher,
            index=workspace.index,
            depth=settings.site_depth if depth is None else depth,
            pages=settings.site_pages,
            whole_site=whole_site,
            prune=prune,
            cut=Cut(
                max_tokens=settings.passage_tokens,
                count_tokens=getattr(workspace.embedder, "count_tokens", None),
                split=split_of(settings),
            ),
            limits=limits_of(settings),
            progress=follower(tick),
        )


def joined(files: IngestReport, pages: WebReport) -> WebReport:
    """Return one report of an ingest of files and one of pages."""
    return replace(
        pages,
        outcomes=(*files.outcomes, *pages.outcomes),
        missing=files.missing,
        indexed=files.indexed + pages.indexed,
        dropped=files.dropped + pages.dropped,
    )


def web_client(settings: LibrarySection) -> Client:
    """Return the client that the settings describe; raises SettingsError for an agent that cannot be sent."""
    from knowledge.fetch.client import Client
    from knowledge.fetch.robots import product_of

    agent = settings.site_agent.strip()
    if not (agent.isascii() and agent.isprintable() and product_of(agent)):
        remedy = "write a name in ASCII, then perhaps a contact in brackets"
        raise SettingsError(f"library.site_agent is {settings.site_agent!r}; {remedy}")
    return Client(agent=agent, max_bytes=settings.max_bytes, timeout=settings.site_timeout)


def build_graph(workspace: Workspace, *, tick: Ticker, model: LanguageModel | None = None) -> BuildReport:
    """Bring the concept graph up to date with the library: changed documents only.

    `model` replaces the language model that `graph.extractor: model` asks. Stopped at any moment, it goes on where it was.
    Raises MissingModel when that model cannot be had.
    """
    from graph.build import build
    from graph.extract import SpacyExtractor
    from graph.rerank import Reranker
    from groundsmith.indexing import indexed

    workspace.lock()
    settings = workspace.settings.graph
    base = SpacyExtractor(
        model=settings.spacy_model,
        processes=settings.processes,
        limit=settings.concepts_per_passage,
        frames=settings.frames,
        reranker=Reranker(workspace.embedder) if settings.rerank else None,
    )
    documents = workspace.library.documents()
    tick(0, total=len(documents))

    def passages() -> Iterator[tuple[str, list[Passage]]]:
        for entry in documents:
            yield entry.id, list(workspace.library.passages(entry.id))

    with indexed(workspace, base, tick=tick, model=model) as (extractor, indexer):
        report = build(passages(), store=workspace.graph_store, extractor=extractor, progress=lambda done: tick(1))
    if report.failed and indexer is not None:
        say(f"error: {report.failed} documents were left out: {indexer.problem}; build again to try them again")
    return report

"""Commands on documents: init, ingest, search."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, Stop, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.workspace import Workspace
    from knowledge.fetch.visit import WebReport

_INGEST = (
    "Example: groundsmith ingest policies/ standard.pdf --prune\n\n"
    "Example: groundsmith ingest https://www.example.gov/sitemap.xml --set library.sites=www.example.gov"
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: groundsmith init housing-policies")(init)
    app.command(epilog=_INGEST)(ingest)
    app.command(epilog='Example: groundsmith search "income ceiling for a household of four" -k 5')(search)


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder to make a workspace of.")] = Path(),
) -> None:
    """Make a workspace: a commented groundsmith.yaml and a hidden state folder."""
    from groundsmith.render import say
    from groundsmith.workspace import Workspace

    with Workspace.create(folder) as workspace:
        say(f"workspace ready: {workspace.root / 'groundsmith.yaml'}; next: groundsmith ingest PATH")


def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH|URL...", help="Files, folders, web pages, site maps.")],
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove documents under PATH whose file is gone, and pages that are gone.")
    ] = False,
    depth: Annotated[
        int | None,
        typer.Option(
            "--depth", help="Steps to follow links within a site; default: library.site_depth.", min=0, max=20
        ),
    ] = None,
    whole_site: Annotated[
        bool, typer.Option("--whole-site", help="Take all that the site maps of each URL's site list.")
    ] = False,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take documents into the library; run again, it touches only what changed.

    Web pages come from the sites in library.sites only. Without a workspace here, one is made in this folder.
    """
    from groundsmith.render import out_json, say
    from groundsmith.workspace import Workspace
    from knowledge.fetch.pace import STOPPED

    if workspace is None and not Workspace.is_here():
        say("no workspace here: making one in this folder")
        Workspace.create(Path()).close()
    with opened(workspace, overrides) as place:
        report = _ingested(place, paths, prune=prune, depth=depth, whole_site=whole_site)
        passages = place.library.passage_count()
    for outcome in report.outcomes:
        for warning in outcome.warnings:
            say(f"warning: {outcome.source}: {warning}")
        if outcome.error:
            say(f"error: {outcome.error}")
    if report.stopped not in ("", STOPPED):
        say(f"not done: {report.stopped}; at least {report.left} pages are left; run the same command again to go on")
    if as_json:
        out_json({"counts": report.counts, "passages": passages, **asdict(report)})
    else:
        _summary(report.counts, passages)
    if report.stopped == STOPPED:
        raise KeyboardInterrupt
    if report.failed or report.stopped:
        raise typer.Exit(1)


def _ingested(place: Workspace, words: list[str], *, prune: bool, depth: int | None, whole_site: bool) -> WebReport:
    """Take in the files, then the pages; Ctrl-C finishes the page in hand."""
    from groundsmith.ingestion import ingest_into, ingest_sites, joined
    from groundsmith.render import progress
    from knowledge.fetch.url import is_web
    from knowledge.fetch.visit import WebReport
    from knowledge.outcome import IngestReport

    paths = [Path(word) for word in words if not is_web(word)]
    addresses = [word for word in words if is_web(word)]
    files = IngestReport()
    if paths:
        with progress("ingest") as tick:
            files = ingest_into(place, paths, prune=prune, tick=tick)
    if not addresses:
        return joined(files, WebReport())
    with Stop.on_interrupt() as stop, progress("fetch") as tick:
        pages = ingest_sites(place, addresses, tick=tick, depth=depth, whole_site=whole_site, prune=prune, stop=stop)
    return joined(files, pages)


def _summary(counts: dict[str, int], passages: int) -> None:
    from groundsmith.render import out

    words = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()) if number) or "nothing to do"
    out(f"{words}; {passages} passages in the library")


def search(
    query: Annotated[str, typer.Argument(help="A question or some words.")],
    k: Annotated[
        int | None, typer.Option("-k", help="How many passages; default: retrieval.passages.", min=1, max=100)
    ] = None,
    document: Annotated[
        list[str] | None,
        typer.Option("--document", help="Only of this document: id, or pattern of source or title; repeatable."),
    ] = None,
    heading: Annotated[str, typer.Option("--heading", help="Only under a heading with these words.")] = "",
    after: Annotated[str, typer.Option("--after", help="Only of documents dated from here on, as in 2024-05.")] = "",
    before: Annotated[str, typer.Option("--before", help="Only of documents dated up to here.")] = "",
    meta: Annotated[
        list[str] | None,
        typer.Option("--meta", metavar="NAME=PATTERN", help="Only of documents that state this; repeatable."),
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", help="Search this version of documents, not the newest.", min=1)
    ] = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what retrieval finds for a question, where it stands, and why it was found."""
    from groundsmith.found import as_record, as_text
    from groundsmith.render import out, out_json, say
    from knowledge.search_filter import SearchFilter

    where = SearchFilter(
        documents=tuple(document) if document else None,
        heading=heading,
        after=after,
        before=before,
        metadata=_pairs(meta or []),
        version=version,
    )
    with opened(workspace, overrides) as place:
        hits = place.retriever.search(query, k=k or place.settings.retrieval.passages, where=where)
    if as_json:
        out_json([as_record(query, hit, rank=rank, where=where) for rank, hit in enumerate(hits, start=1)])
        return
    if where:
        say("only " + ", ".join(f"{name} {value}" for name, value in where.described().items()))
    for hit in hits:
        out(as_text(query, hit))
    if not hits:
        out("nothing found")


def _pairs(words: list[str]) -> tuple[tuple[str, str], ...]:
    from knowledge.errors import UsageError

    pairs = [word.partition("=") for word in words]
    for name, equals, pattern in pairs:
        if not name or not equals:
            raise UsageError(f"--meta {name}{equals}{pattern}: write it as name=pattern, as in licence=CC*")
    return tuple((name, pattern) for name, _, pattern in pairs)

"""Commands on documents: init, ingest, search."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, WorkspaceOption, opened


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: groundsmith init housing-policies")(init)
    app.command(epilog="Example: groundsmith ingest policies/ standard.pdf --prune")(ingest)
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
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders to take in.")],
    prune: Annotated[bool, typer.Option("--prune", help="Remove documents under PATH whose file is gone.")] = False,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take documents into the library; run again, it touches only what changed.

    Without a workspace here, one is made in this folder.
    """
    from groundsmith.ingestion import ingest_into
    from groundsmith.render import out_json, progress, say
    from groundsmith.workspace import Workspace

    if workspace is None and not Workspace.is_here():
        say("no workspace here: making one in this folder")
        Workspace.create(Path()).close()
    with opened(workspace, overrides) as place, progress("ingest") as tick:
        report = ingest_into(place, paths, prune=prune, tick=tick)
        passages = place.library.passage_count()
    for outcome in report.outcomes:
        for warning in outcome.warnings:
            say(f"warning: {outcome.source}: {warning}")
        if outcome.error:
            say(f"error: {outcome.error}")
    if as_json:
        out_json({"counts": report.counts, "passages": passages, **asdict(report)})
    else:
        _summary(report.counts, passages)
    if report.failed:
        raise typer.Exit(1)


def _summary(counts: dict[str, int], passages: int) -> None:
    from groundsmith.render import out

    words = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()) if number) or "nothing to do"
    out(f"{words}; {passages} passages in the library")


def search(
    query: Annotated[str, typer.Argument(help="A question or some words.")],
    k: Annotated[int, typer.Option("-k", help="How many passages.", min=1, max=100)] = 8,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what retrieval finds for a question, with scores and places."""
    from groundsmith.render import out, out_json

    with opened(workspace, overrides) as place:
        hits = place.retriever.search(query, k=k)
    if as_json:
        out_json([{"score": hit.score, **asdict(hit.passage)} for hit in hits])
        return
    for hit in hits:
        passage = hit.passage
        where = " > ".join(dict.fromkeys((passage.title, *passage.headings)))
        page = f", page {passage.page}" if passage.page else ""
        out(f"{hit.score:.4f}  {passage.source}{page}  {where}\n        {' '.join(passage.text.split())[:400]}\n")
    if not hits:
        out("nothing found")

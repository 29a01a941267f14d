"""Commands on policy frames and merges: what people must, may and must not do, and which forms count as one concept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graph.frame import FrameKind
from groundsmith.commands.options import JsonOption, WorkspaceOption, opened


def register(app: typer.Typer) -> None:
    """Add the commands to the graph group, after its own."""
    from groundsmith.commands.graph import group

    group.command(epilog='Example: groundsmith graph frames --kind deadline --concept "security deposit"')(frames)
    group.command(epilog='Example: groundsmith graph unmerge "credential service provider" csp')(unmerge)


def frames(
    kind: Annotated[FrameKind | None, typer.Option("--kind", "-k", help="Only frames of this kind.")] = None,
    concept: Annotated[str | None, typer.Option("--concept", "-c", help="Only frames that mention this one.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many to list.", min=1)] = 25,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List duties, permissions, prohibitions, exceptions, conditions, thresholds, deadlines and penalties."""
    from groundsmith.policy import frame_list
    from groundsmith.render import out_json, table

    with opened(workspace) as place:
        listing = frame_list(place.graph(), place.graph_store, place.library, kind=kind, concept=concept, limit=limit)
    if as_json:
        out_json(listing)
        return
    rows = [(one["kind"], one["party"], " ".join(one["text"].split())[:160], one["source"]) for one in listing]
    table("Policy frames", ("kind", "party", "text", "source"), rows)


def show_merges(*, workspace: Path | None, as_json: bool) -> None:
    """Print every form that was taken for a concept, with the reason."""
    from groundsmith.policy import merge_list
    from groundsmith.render import out_json, table

    with opened(workspace) as place:
        found = merge_list(place.graph())
    if as_json:
        out_json(found)
        return
    rows = [
        (one["label"], one["form"], one["rule"], one["reason"], one["document_id"] or "everywhere") for one in found
    ]
    table("Merges", ("concept", "form", "rule", "reason", "where"), rows)


def unmerge(
    concept: Annotated[str, typer.Argument(help="The concept that the form was taken for.")],
    form: Annotated[str, typer.Argument(help="The form to keep apart, as listed.")],
    again: Annotated[bool, typer.Option("--again", help="Take it back: let them be merged again.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Undo a merge for good: the form is a concept of its own from now on."""
    from groundsmith.policy import keep_apart, merge_again
    from groundsmith.render import out_json, say

    with opened(workspace) as place:
        place.lock()
        store = place.graph_store
        done = merge_again(store, concept, form) if again else keep_apart(place.graph(), store, concept, form)
    if as_json:
        out_json({"concept": done[0], "form": done[1], "apart": not again})
    else:
        say(f'"{done[1]}" is {"merged with" if again else "kept apart from"} "{done[0]}"')

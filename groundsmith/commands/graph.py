"""Commands on the concept graph: build, show, stats; those on vocabularies are in `vocabulary`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands import vocabulary
from groundsmith.commands.frames import show_merges
from groundsmith.commands.options import JsonOption, SetOption, WorkspaceOption, opened

if TYPE_CHECKING:
    from graph.network import ConceptGraph
    from groundsmith.workspace import Workspace

group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Build the concept graph and look at it.")


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    group.command(epilog="Example: groundsmith graph build")(build)
    group.command(epilog='Example: groundsmith graph show "rent supplement"')(show)
    group.command(epilog="Example: groundsmith graph stats --json")(stats)
    vocabulary.register(group)
    app.add_typer(group, name="graph", epilog="Example: groundsmith graph build && groundsmith graph show")


def build(workspace: WorkspaceOption = None, overrides: SetOption = None, as_json: JsonOption = False) -> None:
    """Extract concepts from new and changed documents and count how they occur together."""
    from groundsmith.ingestion import build_graph
    from groundsmith.render import out, out_json, progress

    with opened(workspace, overrides) as place:
        with progress("graph") as tick:
            report = build_graph(place, tick=tick)
        counts, proposed = _counts(place.graph()), place.graph_store.proposals()
    if as_json:
        out_json({**asdict(report), **counts, "proposed": proposed})
    else:
        out(", ".join(f"{value} {name.replace('_', ' ')}" for name, value in counts.items()))
        _show_proposed(proposed)
    if report.failed:
        raise typer.Exit(1)


_REASONS = {
    "kept": "concepts kept",
    "span": "rejected: the words are not in the passage",
    "name": "rejected: the words do not name the concept",
    "empty": "rejected: not a concept",
    "topic": "topics rejected: not among those offered",
    "nothing": "passages of which no proposal could be kept; spaCy's concepts stand",
    "answer": "passages whose answer had not the form; spaCy's concepts stand",
}


def _show_proposed(proposed: dict[str, int]) -> None:
    from groundsmith.render import table

    if proposed:
        rows = [(_REASONS[outcome], proposed[outcome]) for outcome in _REASONS if outcome in proposed]
        table("What the language model proposed", ("what became of it", "count"), rows, right=(1,))


def _counts(graph: ConceptGraph) -> dict[str, int]:
    from graph.concept import Layer

    associations = {f"{layer}_associations".replace("-", "_"): len(graph.associations(layer)) for layer in Layer}
    return {"concepts": len(graph.concepts), "topics": len(graph.topics), **associations}


def show(
    concept: Annotated[
        str | None, typer.Argument(help="A concept; without one, the most important are listed.")
    ] = None,
    communities: Annotated[
        bool, typer.Option("--communities", help="List the communities of concepts and those within them.")
    ] = False,
    merges: Annotated[
        bool, typer.Option("--merges", help="List every form taken for a concept; `graph unmerge` undoes one.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many to list.", min=1)] = 25,
    target: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="Where to write the map; default: .groundsmith/map.html."),
    ] = None,
    drawn: Annotated[
        bool, typer.Option("--draw/--no-draw", help="Write the map, an HTML file, besides the list.")
    ] = True,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the most important concepts and draw their map, or show one concept with its definition, neighbours and passages."""
    if merges:
        show_merges(workspace=workspace, as_json=as_json)
        return
    if communities:
        _show_communities(limit, workspace=workspace, as_json=as_json)
        return
    from groundsmith.atlas import entry, index
    from groundsmith.render import out, out_json, table

    with opened(workspace) as place:
        graph = place.graph()
        listing = index(graph, limit=limit)
        page = entry(graph, place.library, concept, limit=limit) if concept else None
        if target is not None or (drawn and not concept and not as_json):
            _draw(place, graph, target or place.state / "map.html")
    if as_json:
        out_json(page or listing)
        return
    if page is None:
        rows = [
            (item["label"], item["kind"], item["documents"], item["passages"], item["definition"]) for item in listing
        ]
        table("Concepts by importance", ("concept", "kind", "documents", "passages", "definition"), rows, right=(2, 3))
        return
    out(f"{page['label']} ({page['kind']})  also: {', '.join(page['aliases']) or '-'}\n{page['definition'] or ''}")
    table("Associated with", ("concept", "together", "NPMI"), page["neighbours"], right=(1, 2))
    table("Mentioned in", ("source", "heading", "passage"), page["passages"])


def _draw(place: Workspace, graph: ConceptGraph, target: Path) -> None:
    from groundsmith.exports import write_text
    from groundsmith.mapping import concept_map, page
    from groundsmith.render import say

    data = concept_map(graph, place.library, title=place.root.name or "Concepts")
    write_text(target, page(data))
    say(f"map of {len(data.spots)} concepts: {target} (open it in a browser)")


def _show_communities(limit: int, *, workspace: Path | None, as_json: bool) -> None:
    from groundsmith.atlas import community_listing
    from groundsmith.render import out_json, table

    with opened(workspace) as place:
        listing = community_listing(place.graph(), limit=limit)
    if as_json:
        out_json(listing)
        return
    rows = [
        ("  " * item["level"] + item["label"], item["concepts"], f"{item['share']:.1%}", ", ".join(item["main"]))
        for item in listing
    ]
    table("Communities of concepts", ("community", "concepts", "importance", "main concepts"), rows, right=(1, 2))


def stats(
    check: Annotated[
        bool,
        typer.Option("--shapes/--no-shapes", help="Check the export against the SHACL shapes, if pyshacl is there."),
    ] = True,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count concepts, topics and associations, and tell how sound the graph is as a vocabulary."""
    from groundsmith.commands.vocabulary import soundness
    from groundsmith.render import out, out_json, table

    with opened(workspace) as place:
        counts = _counts(place.graph())
        sound, proposed = soundness(place, check=check), place.graph_store.proposals()
    if as_json:
        out_json({**counts, **sound, "proposed": proposed})
        return
    table("Concept graph", ("what", "count"), list(counts.items()), right=(1,))
    _show_proposed(proposed)
    rows = [(one["name"], one["count"], one["means"], ", ".join(one["examples"])) for one in sound["quality"]]
    table("As a vocabulary (SKOS)", ("concepts", "count", "that", "such as"), rows, right=(1,))
    shapes = sound.get("shapes")
    if shapes and not shapes["checked"]:
        out(f"SHACL shapes: not checked ({shapes['reason']})")
    elif shapes:
        out(
            "SHACL shapes: the export conforms"
            if shapes["conforms"]
            else f"SHACL shapes: {len(shapes['violations'])} violations"
        )
        for message, node in shapes["violations"][:10]:
            out(f"  {node}: {message}")

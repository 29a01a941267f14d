"""Commands that look after things: models, doctor, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, Stop, WorkspaceOption, opened

models_group = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="List the models that are here, and fetch others."
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    models_group.command("list", epilog="Example: groundsmith models list")(list_models)
    models_group.command("pull", epilog="Example: groundsmith models pull smollm2-135m")(pull)
    app.add_typer(models_group, name="models", epilog="Example: groundsmith models list")
    app.command(epilog="Example: groundsmith doctor --repair")(doctor)
    app.command(epilog="Example: groundsmith demo /tmp/harbourview")(demo)


def list_models(as_json: JsonOption = False) -> None:
    """List the embedder, the entailment model and the local language models, and whether each is here."""
    from groundsmith.models import listing
    from groundsmith.render import out_json, table

    rows = listing()
    if as_json:
        out_json(rows)
        return
    cells = [(row["name"], row["role"], row["state"], row["licence"], row["size"], row["path"]) for row in rows]
    table("Models", ("name", "role", "state", "licence", "size", "where"), cells, right=(4,))


def pull(
    name: Annotated[str, typer.Argument(help="A name from `groundsmith models list`.")],
) -> None:
    """Fetch a language model's weights from a hub and check their hash; needs a network."""
    from groundsmith.models import fetch
    from groundsmith.render import say

    say(f"wrote {fetch(name)}")


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Rebuild what can be rebuilt from the database.")] = False,
    contradictions: Annotated[
        bool,
        typer.Option("--contradictions", help="Compare what documents and versions say of the same things, instead."),
    ] = False,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", help="With --contradictions: only documents whose name begins so; repeatable."),
    ] = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the workspace, the models and the endpoint; list the documents that failed; say what to do."""
    from groundsmith.doctor import examine
    from groundsmith.render import out_json, table

    if contradictions:
        _contradictions(workspace, overrides, source or [], as_json=as_json)
        return
    with opened(workspace, overrides) as place:
        findings = examine(place, repair=repair)
    if as_json:
        out_json([{"state": f.state, "what": f.what, "remedy": f.remedy} for f in findings])
    else:
        table("Doctor", ("state", "what", "remedy"), [(f.state, f.what, f.remedy) for f in findings])
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def _contradictions(folder: Path | None, overrides: list[str] | None, sources: list[str], *, as_json: bool) -> None:
    """Show where the library contradicts itself; exit 1 when it does."""
    from dataclasses import asdict

    from groundsmith.contradictions import survey
    from groundsmith.render import out_json, progress, say, table

    with opened(folder, overrides) as place, progress("pairs compared") as tick:
        made = survey(place, tick=tick, sources=sources)
    if as_json:
        out_json(asdict(made))
    elif made.found:
        rows = [
            (each.kind, each.detail, *(f"{said.text}\n({said.source} v{said.version}: {said.place})" for said in sides))
            for each in made.found
            for sides in ((each.one, each.other),)
        ]
        table("Contradictions", ("kind", "what differs", "one", "other"), rows)
    compared = f"{made.passage_pairs} pairs of {made.passages} passages ({made.sentence_pairs} of sentences)"
    say(f"{len(made.found)} contradictions; compared {compared}")
    if made.found:
        raise typer.Exit(1)


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder for the demonstration's workspace.")
    ] = Path("demo"),
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many rows.")] = 30,
) -> None:
    """Run the whole road on the sample corpus: ingest, graph, generate, verify, report."""
    from groundsmith.demo import run_demo

    with Stop.on_interrupt() as stop:
        outcome = run_demo(folder, count=count, stop=stop)
    if outcome.kept < outcome.asked:
        raise typer.Exit(1)

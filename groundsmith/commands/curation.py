"""The command that thins a dataset: curate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.curating import Curation, On
    from knowledge.embed import Embedder


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: groundsmith curate synthetic.jsonl --against benchmark.jsonl")(curate)


def curate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A dataset, in any format that verify reads.")],
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", metavar="EVAL", help="An evaluation set that no row may give away; repeatable."),
    ] = None,
    on: Annotated[
        str, typer.Option("--on", metavar="TEXTS", help="What repeats must share: question, answer or both.")
    ] = "both",
    near: Annotated[
        float | None,
        typer.Option("--near", min=0.3, max=1, help="Share of letter triples from which rows are near copies."),
    ] = None,
    meaning: Annotated[
        float | None, typer.Option("--meaning", min=0.3, max=1, help="Cosine from which rows mean the same.")
    ] = None,
    leak: Annotated[
        float | None,
        typer.Option(
            "--leak", min=0.3, max=1, help="Cosine from which a question gives away one of an evaluation set."
        ),
    ] = None,
    vectors: Annotated[
        bool, typer.Option("--vectors/--no-vectors", help="Compare meanings; without, only words are compared.")
    ] = True,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Rows kept; default: FILE with .kept before its ending.")
    ] = None,
    rejected: Annotated[
        Path | None, typer.Option("--rejected", help="Rows rejected; default: FILE with .rejected before its ending.")
    ] = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the first of rows that repeat one another, and none that gives away an evaluation set; rejected rows say why."""
    from groundsmith.curating import ALONE, NEAR, Rules, curate_file
    from groundsmith.render import out_json, progress, say

    rules = Rules(on=_on(on), near=near or NEAR, meaning=meaning, leak=leak or ALONE)
    embedder = _embedder(workspace, overrides) if vectors else None
    with progress("rows read") as tick:
        found, kept_to, rejected_to = curate_file(
            file,
            embedder=embedder,
            rules=rules,
            against=against or [],
            output=output,
            rejected=rejected,
            tick=tick,
        )
    for problem in found.problems:
        say(f"error: {problem}")
    say(f"kept rows in {kept_to}, rejected rows in {rejected_to}")
    if as_json:
        out_json({**found.to_json(), "output": str(kept_to), "rejected_output": str(rejected_to)})
    elif str(kept_to) != "-" and str(rejected_to) != "-":
        _show(found)
    if found.problems:
        raise typer.Exit(1)


def _on(word: str) -> On:
    from groundsmith.curating import On
    from knowledge.errors import UsageError

    try:
        return On(word)
    except ValueError as error:
        raise UsageError(f"--on {word}: known are {', '.join(On)}") from error


def _embedder(workspace: Path | None, overrides: list[str] | None) -> Embedder:
    """The workspace's embedder, or the one in the package outside of any."""
    from groundsmith.workspace import Workspace
    from knowledge.embed_onnx import OnnxEmbedder

    if workspace is None and not Workspace.is_here():
        return OnnxEmbedder()
    with opened(workspace, overrides) as place:
        return place.embedder


def _show(found: Curation) -> None:
    from groundsmith.render import out, table

    rows = []
    for stage, count in found.by_stage.items():
        first = next((each for each in found.rejected if each.stage == stage), None)
        example = (first.id, f"{first.score:.2f}", first.reason) if first else ("", "", "")
        rows.append((stage, count, *example))
    out(f"{found.kept} of {found.rows} rows kept")
    table("Rows rejected", ("stage", "rows", "for instance", "score", "reason"), rows, right=(1, 3))

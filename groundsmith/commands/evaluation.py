"""The command that looks at a dataset as a whole: evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, WorkspaceOption, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groundsmith.evaluation import Evaluation, Measure
    from knowledge.embed import Embedder

REFERENCE = 2_000


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: groundsmith evaluate synthetic.jsonl --fail-collapsed")(evaluate)


def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A dataset, in any format that verify reads.")],
    fail_collapsed: Annotated[
        bool, typer.Option("--fail-collapsed", help="Exit with 1 when the questions repeat one another as a whole.")
    ] = False,
    train: Annotated[
        bool, typer.Option("--train", help="Train a small reader on the dataset and try it on --benchmark instead.")
    ] = False,
    benchmark: Annotated[
        Path | None, typer.Option("--benchmark", metavar="EXAM", help="With --train: questions with their answers.")
    ] = None,
    unverified: Annotated[
        Path | None,
        typer.Option(
            "--unverified",
            metavar="DRAFTS",
            help="With --train: rows nobody verified; default: all drafts of the dataset's run, if it is here.",
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=2, max=100, help="With --train: how often rows and questions are drawn.")
    ] = 10,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how varied a dataset's questions and answers are, beside the workspace's documents if there are any."""
    if train:
        from groundsmith.commands.trial import tried

        tried(
            file,
            benchmark=benchmark,
            unverified=unverified,
            seeds=seeds,
            workspace=workspace,
            overrides=overrides,
            as_json=as_json,
        )
        return
    from groundsmith.evaluation import evaluate_file
    from groundsmith.render import out_json, progress, say

    embedder, reference = _sources(workspace, overrides)
    with progress("rows read") as tick:
        found = evaluate_file(file, embedder=embedder, reference=reference, tick=tick)
    for problem in found.problems:
        say(f"error: {problem}")
    if as_json:
        out_json(found.to_json())
    else:
        _show(found)
    if found.problems or (fail_collapsed and found.collapsed):
        raise typer.Exit(1)


def _sources(workspace: Path | None, overrides: list[str] | None) -> tuple[Embedder, Sequence[str]]:
    """The embedder, and passages of the workspace drawn with a seed; none outside a workspace."""
    import random

    from groundsmith.workspace import Workspace
    from knowledge.embed_onnx import OnnxEmbedder

    if workspace is None and not Workspace.is_here():
        return OnnxEmbedder(), ()
    with opened(workspace, overrides) as place:
        texts = [passage.text for passage in place.library.passages()]
        drawn = random.Random(7).sample(texts, min(len(texts), REFERENCE))
        return place.embedder, drawn


def _show(found: Evaluation) -> None:
    from groundsmith.render import out, table

    for of in ("questions", "answers"):
        rows = [_line(each) for each in found.measures if each.of == of]
        if rows:
            columns = ("measure", "value", "normal", "documents", "meaning")
            table(f"The {of} of {found.rows} rows", columns, rows, right=(1, 2, 3))
    signs = [each.name for each in found.measures if each.sign]
    if found.collapsed:
        out(f"collapsed: the questions repeat one another ({', '.join(signs)})")
    elif signs:
        out(f"one sign of repetition: {signs[0]}")


def _line(each: Measure) -> tuple[str, ...]:
    value = f"{each.score.value:.2f}"
    if each.score.low is not None and each.score.high is not None:
        value += f" ({each.score.low:.2f} to {each.score.high:.2f})"
    beside = "" if each.reference is None else f"{each.reference:.2f}"
    return (each.name + (" !" if each.sign else ""), value, each.normal, beside, each.meaning)

"""What `evaluate --train` does: it tries a dataset by the reader that it trains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import opened

if TYPE_CHECKING:
    from groundsmith.reader import Asked
    from groundsmith.trial import Estimate, Trial
    from groundsmith.workspace import Workspace

TrainOption = Annotated[
    bool, typer.Option("--train", help="Train a small reader on the dataset and try it on --benchmark instead.")
]
BenchmarkOption = Annotated[
    Path | None, typer.Option("--benchmark", metavar="EXAM", help="With --train: questions with their answers.")
]
UnverifiedOption = Annotated[
    Path | None,
    typer.Option(
        "--unverified",
        metavar="DRAFTS",
        help="With --train: rows nobody verified; default: all drafts of the dataset's run, if it is here.",
    ),
]
SeedsOption = Annotated[
    int, typer.Option("--seeds", min=2, max=100, help="With --train: how often rows and questions are drawn.")
]


def tried(
    file: Path,
    *,
    benchmark: Path | None,
    unverified: Path | None,
    seeds: int,
    workspace: Path | None,
    overrides: list[str] | None,
    as_json: bool,
) -> None:
    """Train readers on a dataset, try them on a benchmark, and show what the dataset gains."""
    from groundsmith.workspace import Workspace
    from knowledge.errors import UsageError

    if benchmark is None:
        raise UsageError("--train needs --benchmark EXAM: questions with answers that the set was not made from")
    if workspace is None and not Workspace.is_here():
        found = _trial(file, benchmark, unverified, seeds, place=None)
    else:
        with opened(workspace, overrides) as place:
            found = _trial(file, benchmark, unverified, seeds, place=place)
    _told(found, as_json=as_json)


def _trial(file: Path, benchmark: Path, unverified: Path | None, seeds: int, *, place: Workspace | None) -> Trial:
    from dataclasses import replace

    from groundsmith.render import progress
    from groundsmith.trial import questions_of, trial
    from knowledge.embed_onnx import OnnxEmbedder

    rows, exam = questions_of(file), questions_of(benchmark)
    loose = questions_of(unverified).asked if unverified else _drafts(file, place)
    corpus = [passage.text for passage in place.library.passages()] if place else []
    with progress("readers tried") as tick:
        found = trial(
            rows.asked,
            exam.asked,
            embedder=place.embedder if place else OnnxEmbedder(),
            drafts=loose,
            corpus=corpus,
            seeds=seeds,
            tick=tick,
        )
    return replace(found, problems=(*rows.problems, *exam.problems))


def _drafts(file: Path, place: Workspace | None) -> list[Asked]:
    """All rows of the workspace's run that the file's first row comes from, kept and rejected; none where there is no such run."""
    from groundsmith.datasets import Dataset
    from groundsmith.trial import drafts_of
    from knowledge.errors import RowError

    if place is None:
        return []
    with Dataset(file) as dataset:
        row = next((each for each in dataset if not isinstance(each, RowError)), None)
    run = row.raw.get("run") if row else None
    if not isinstance(run, str) or run not in {each.id for each in place.runs.all()}:
        return []
    units = [unit for unit in place.runs.units(run) if unit.outcome != "failed"]
    return drafts_of(unit.row for unit in units)


def _told(found: Trial, *, as_json: bool) -> None:
    from groundsmith.render import out, out_json, say, table

    for problem in found.problems:
        say(f"error: {problem}")
    if as_json:
        out_json(found.to_json())
    else:
        title = f"{found.questions} questions, {found.seeds} seeds, {found.passages} passages"
        columns = ("reader trained on", "rows", "first sentence right", "reciprocal rank", "the set is ahead by")
        rows = [
            (each.name, each.rows, _figure(each.right), _figure(each.rank), _figure(each.lead, sign=True))
            for each in found.arms
        ]
        table(title, columns, rows, right=(1, 2, 3, 4))
        for finding in found.findings:
            out(finding)
        if found.reachable < 0.995:
            out(f"at best {found.reachable:.2f} of the questions can be right: the others have no candidate that is")
        if found.leaked:
            out(f"{found.leaked} rows were left out: they give away a question of the benchmark")
    if found.problems:
        raise typer.Exit(1)


def _figure(estimate: Estimate | None, *, sign: bool = False) -> str:
    if estimate is None:
        return ""
    shown = [f"{value:+.3f}" if sign else f"{value:.3f}" for value in (estimate.mean, estimate.low, estimate.high)]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"

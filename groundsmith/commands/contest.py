"""The command that sets answers against each other: contest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.contest import Contest


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: groundsmith contest verified.jsonl unverified.jsonl --judge large")(contest)


def contest(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Two or more files with answers to the same questions.")
    ],
    judge: Annotated[
        str, typer.Option("--judge", metavar="MODEL", help="The model that judges; default: that of the settings.")
    ] = "default",
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a language model compare answers pair by pair, in both orders, and rate each from A to D; strength is an Elo rating."""
    from dataclasses import replace

    from generate.journal import Journalled
    from groundsmith.contest import contest as judged
    from groundsmith.contest import contested
    from groundsmith.models import language_model
    from groundsmith.render import out_json, progress, say
    from knowledge.errors import UsageError

    if len({path.resolve() for path in files}) < 2:
        raise UsageError("contest needs two files or more, with answers to the same questions")
    names = {_name(path, files): path for path in files}
    questions, problems = contested(names)
    with (
        opened(workspace, overrides) as place,
        language_model(place, name=None if judge == "default" else judge) as model,
        progress("judged") as tick,
    ):
        workers = place.settings.model.parallel or 2
        found = judged(questions, Journalled(model, place.journal), workers=workers, tick=tick)
    found = replace(found, problems=problems)
    for problem in problems:
        say(f"error: {problem}")
    if as_json:
        out_json(found.to_json())
    else:
        _show(found)
    if problems:
        raise typer.Exit(1)


def _name(path: Path, files: list[Path]) -> str:
    """A file's name, or its whole path where another has that name."""
    return path.name if sum(other.name == path.name for other in files) == 1 else str(path)


def _show(found: Contest) -> None:
    from groundsmith.render import out, say, table

    rows = []
    for each in found.strengths:
        levels = found.levels.get(each.player, {})
        rating = f"{each.rating:.0f} ({each.low:.0f} to {each.high:.0f})"
        lost = each.games - each.won - each.tied
        rows.append((each.player, rating, f"{each.won}/{each.tied}/{lost}", *levels.values()))
    columns = ("answers of", "Elo (95 %)", "won/tied/lost", "A", "B", "C", "D")
    table(f"{found.questions} questions", columns, rows, right=(1, 2, 3, 4, 5, 6))
    if found.steady is not None:
        out(f"the judge says the same in both orders of {found.steady:.0%} of the pairs; the others count as ties")
    if found.unusable:
        say(f"warning: {found.unusable} replies of the judge were not of the form asked, and count for nothing")

"""Commands that judge datasets: verify, coverage."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, Stop, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.factcheck import Tally


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: groundsmith verify synthetic.jsonl --fail-under 0.95")(verify)
    app.command(epilog="Example: groundsmith coverage synthetic.jsonl --gaps 30")(coverage)


FieldOption = Annotated[str | None, typer.Option(help="The column, when it is not recognised.")]


def verify(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The dataset: jsonl, json, csv, tsv or parquet; - is standard input.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The annotated copy; default: FILE with .verified before its ending."),
    ] = None,
    fail_under: Annotated[
        float | None, typer.Option("--fail-under", min=0, max=1, help="Exit 1 when the supported share is below this.")
    ] = None,
    contexts: Annotated[
        bool, typer.Option("--contexts/--no-contexts", help="Also use the passages that the rows carry as evidence.")
    ] = True,
    question_field: FieldOption = None,
    answer_field: FieldOption = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fact-check an existing dataset against the library: a verdict and the evidence for every claim."""
    from groundsmith.factcheck import check_file
    from groundsmith.render import progress, say

    with opened(workspace, overrides) as place, Stop.on_interrupt() as stop, progress("rows checked") as tick:
        tally = check_file(
            place,
            file,
            output=output,
            contexts=contexts,
            question_field=question_field,
            answer_field=answer_field,
            stop=stop,
            tick=tick,
        )
    for problem in tally.problems:
        say(f"error: {problem}")
    _show(tally, as_json=as_json)
    if tally.output:
        say(f"wrote {tally.output}")
    if tally.stopped:
        say("stopped; the rows judged are in the copy, run the same command again for all of them")
    below = fail_under is not None and tally.share < fail_under
    if below:
        say(f"supported share {tally.share:.3f} is below {fail_under}")
    if below or tally.problems or tally.stopped:
        raise typer.Exit(1)


def _show(tally: Tally, *, as_json: bool) -> None:
    from groundsmith.render import out_json, table

    if as_json:
        out_json(asdict(tally))
        return
    rows = [(label, number, f"{number / max(1, tally.rows):.1%}") for label, number in tally.verdicts]
    table(f"Verdicts of {tally.rows} rows", ("verdict", "rows", "share"), rows, right=(1, 2))
    if tally.worst:
        columns = ("row", "verdict", "confidence", "question", "why")
        table("Look at these first", columns, tally.worst, right=(0, 2))


def coverage(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A dataset; default: the latest run.")] = None,
    gaps: Annotated[int, typer.Option("--gaps", min=0, help="How many of the most important gaps to list.")] = 20,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what of the concept graph a dataset covers, and the most important concepts it misses."""
    from groundsmith.findings import dataset_coverage
    from groundsmith.render import out_json, table

    with opened(workspace) as place:
        covered = dataset_coverage(place, file)
    if as_json:
        out_json(covered.to_json())
        return
    table("Coverage", ("measure", "value"), covered.measures(), right=(1,))
    table("Most important gaps", ("concept", "documents", "weight"), covered.gap_rows(gaps), right=(1, 2))

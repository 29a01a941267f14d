"""The command for people's review: a queue in the terminal, taken elsewhere and back, and how far it is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundsmith.commands.options import JsonOption, RunOption, SetOption, Stop, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.reviews import Progress, ReviewQueue
    from groundsmith.workspace import Workspace
    from verify.agreement import Agreement


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: groundsmith review --strategy entropy --reviewer ann")(review)


FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE", help="A dataset to review in place of a run; judged first where it has no verdicts."
    ),
]
StrategyOption = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        help="Which rows come first: least-confidence, entropy, k-means, vote-k, random, disagreement. Default: review.strategy.",
    ),
]
ReviewerOption = Annotated[
    str | None, typer.Option("--reviewer", help="Who decides. Default: review.reviewer, or the user's name.")
]
BlindOption = Annotated[
    bool, typer.Option("--blind", help="See neither the judge's verdict nor others' decisions; for agreement.")
]
RowsOption = Annotated[
    int | None, typer.Option("--rows", min=1, help="Rows the review asks for in all. Default: review.rows.")
]
ExportOption = Annotated[
    Path | None,
    typer.Option(
        "--export", metavar="OUT", help="Write the review: .csv, .jsonl, .json (Label Studio), or a folder (Argilla)."
    ),
]
FormatOption = Annotated[
    str | None, typer.Option("--format", help="csv, jsonl, argilla or label-studio; default: as OUT ends.")
]
ImportOption = Annotated[
    Path | None, typer.Option("--import", metavar="IN", help="Take in decisions from such a file or folder.")
]
StatusOption = Annotated[bool, typer.Option("--status", help="Only how far the review is, and how people agree.")]


def review(
    file: FileArgument = None,
    run: RunOption = None,
    strategy: StrategyOption = None,
    reviewer: ReviewerOption = None,
    blind: BlindOption = False,
    rows: RowsOption = None,
    export: ExportOption = None,
    form: FormatOption = None,
    take_in: ImportOption = None,
    status: StatusOption = False,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide on the doubtful rows of a run or a file, one key each: accept, edit, reject, skip, undo, quit.

    Decisions are kept one by one. They change what is exported, which examples are shown to the model, and, by `groundsmith
    calibrate`, the threshold.
    """
    from groundsmith.render import say
    from groundsmith.review_exchange import export_review
    from groundsmith.review_import import import_review
    from groundsmith.review_terminal import review as ask
    from groundsmith.review_terminal import screen

    with opened(workspace, overrides) as place, Stop.on_interrupt() as stop:

        def queue_for(name: str | None, unseen: bool) -> ReviewQueue:
            return _queue(place, run, file, strategy=strategy, reviewer=name, blind=unseen, rows=rows, stop=stop)

        queue = queue_for(reviewer, blind)
        problems = list(queue.problems)
        if take_in is not None:
            done = import_review(take_in, queue_for, reviewer=queue.reviewer, blind=blind)
            say(f"{done.decided} decisions taken in, {done.same} stood already, {done.empty} rows without a decision")
            problems += done.problems
        if export is not None:
            say(f"wrote {export_review(queue, export, form=form)} rows to {export}")
        for problem in problems:
            say(f"error: {problem}")
        if not (status or as_json or export or take_in):
            _interruptible(lambda: ask(queue, screen()))
        _show(queue.progress(), queue.agreement(), as_json=as_json)
    if problems:
        raise typer.Exit(1)


def _queue(place: Workspace, run: str | None, file: Path | None, **options: Any) -> ReviewQueue:  # noqa: ANN401 - passed on
    from groundsmith.reviews import ReviewQueue

    return ReviewQueue(place, run=run, file=file, **options)


def _interruptible(work: Any) -> None:  # noqa: ANN401 - a call
    """Let Ctrl-C end the asking at once: what was decided is written already."""
    import signal

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        work()
    except (KeyboardInterrupt, EOFError):
        from groundsmith.render import say

        say("\nstopped; everything decided is kept, run the same command again to go on")
    finally:
        signal.signal(signal.SIGINT, before)


def _show(progress: Progress, agreed: Agreement, *, as_json: bool) -> None:
    from groundsmith.render import out, out_json, table

    if as_json:
        out_json({**asdict(progress), "agreement": asdict(agreed)})
        return
    pace = f"{progress.seconds_a_row:.0f} s a row, {progress.pace_from}"
    lines = [
        ("rows that could be reviewed", f"{progress.rows}"),
        ("wanted", f"{progress.wanted}"),
        ("decided", f"{progress.done}"),
        ("left", f"{progress.left}"),
        ("accepted, edited, rejected", f"{progress.accepted}, {progress.edited}, {progress.rejected}"),
        ("disputed between reviewers", f"{progress.disputed}"),
        ("minutes spent", f"{progress.minutes_spent:.1f}"),
        (f"minutes left ({pace})", f"{progress.minutes_left:.1f}"),
        ("labels for the judge, of these drawn at random", f"{progress.labels}, {progress.drawn}"),
    ]
    table(f"Review of {progress.name} by {progress.reviewer}", ("measure", "value"), lines, right=(1,))
    if agreed.units:
        rows = [
            (each.first, each.second, each.units, f"{each.agreed:.1%}", _score(each.kappa)) for each in agreed.pairs
        ]
        table("Agreement", ("one", "other", "rows", "agreed", "Cohen's kappa"), rows, right=(2, 3, 4))
        out(f"Krippendorff's alpha over {agreed.units} rows: {_score(agreed.alpha)}")
    out(outlook(progress))


def outlook(progress: Progress) -> str:
    """Return in a sentence what the decisions so far certify."""
    from groundsmith.reviews import TELLING

    found = progress.guarantee
    if found is None:
        return "no row drawn at random is decided yet, so no threshold can be certified"
    if found.threshold is not None:
        return (
            f"from {found.labels} rows drawn at random: at threshold {found.threshold:.2f} at most {found.error:.0%} of passed "
            f"rows are wrong, with {found.confidence:.0%} confidence; `groundsmith calibrate` puts it in force"
        )
    if found.labels < TELLING:
        return f"{found.labels} rows drawn at random are decided; it is too early to tell what they certify"
    more = "no number of labels is in sight" if found.missing is None else f"about {found.missing:,} more are needed"
    return f"from {found.labels} rows drawn at random no threshold can be certified yet; {more}"


def _score(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"

"""The command that fits the judge to labelled rows: calibrate."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, Stop, WorkspaceOption
from groundsmith.commands.verification import place_of, refuse_contrary

if TYPE_CHECKING:
    from groundsmith.calibrating import Calibrated, Fitted
    from groundsmith.factcheck import Sources
    from verify.risk import Guarantee

_ENDINGS = (".html", ".svg")
MOST_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: groundsmith calibrate reviewed.jsonl --error 0.05 --confidence 0.95")(calibrate)


FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        help="The labelled dataset, in any format that verify reads; without, what people decided in `groundsmith review`.",
    ),
]
ErrorOption = Annotated[
    float, typer.Option("--error", min=0.0001, max=0.9999, help="The largest share of wrong rows among those passed.")
]
ConfidenceOption = Annotated[float, typer.Option("--confidence", min=0.0001, max=0.9999, help="How sure that must be.")]
LabelOption = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="The label: true or false, supported or not; default: label and the like."),
]
ByOption = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="The document class to report by; default: topic and the like."),
]
RecordedOption = Annotated[
    bool, typer.Option("--recorded", help="Take the scores that verify or generate wrote in the file; judge nothing.")
]
ContextsOption = Annotated[
    bool, typer.Option("--contexts/--no-contexts", help="Also use the passages that the rows carry as evidence.")
]
ContextsOnlyOption = Annotated[
    bool, typer.Option("--contexts-only", help="Judge by those passages alone, for `verify --contexts-only`.")
]
AgainstOption = Annotated[
    Path | None,
    typer.Option("--against", metavar="DIR", help="Documents to judge against, without a workspace; needs --output."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        help="Keep the calibration there, for `verify --calibration OUT`.",
    ),
]
ColumnOption = Annotated[str | None, typer.Option(metavar="COLUMN", help="The column, when it is not recognised.")]
WeightsOption = Annotated[
    bool,
    typer.Option(
        "--weights/--no-weights", help="Learn the judge's weights too, from half of 200 or more rows, if it helps."
    ),
]
PlotOption = Annotated[
    Path | None, typer.Option("--plot", metavar="OUT", help="Draw reliability and precision-recall: .html or .svg.")
]


def calibrate(
    file: FileArgument = None,
    error: ErrorOption = 0.05,
    confidence: ConfidenceOption = 0.95,
    label_column: LabelOption = None,
    by: ByOption = None,
    recorded: RecordedOption = False,
    contexts: ContextsOption = True,
    contexts_only: ContextsOnlyOption = False,
    against: AgainstOption = None,
    output: OutputOption = None,
    weights: WeightsOption = True,
    question_column: ColumnOption = None,
    answer_column: ColumnOption = None,
    plot: PlotOption = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit confidence to rows that people labelled, and find the threshold that keeps errors under a stated share.

    The result is kept in the workspace, and verify and generate use it from then on; or in a file, which `verify --calibration` uses, with
    --against and --contexts-only too (verification.calibration).
    """
    from groundsmith.calibrating import calibrate_file, calibrate_reviews
    from groundsmith.factcheck import Sources
    from groundsmith.labelling import Columns
    from groundsmith.render import progress, say

    _check_plot(plot)
    columns = Columns(label=label_column, by=by, question=question_column, answer=answer_column)
    sources = Sources(library=not contexts_only, rows=contexts)
    refuse_contrary(against, workspace, sources)
    _refuse_lost(against, workspace, sources, output)
    with (
        place_of(against, workspace, overrides, sources) as place,
        Stop.on_interrupt() as stop,
        progress("labelled rows") as tick,
    ):
        fit = partial(calibrate_file, place, file) if file is not None else partial(calibrate_reviews, place)
        done = fit(
            error=error,
            confidence=confidence,
            columns=columns,
            contexts=contexts,
            recorded=recorded,
            weights=weights,
            library=not contexts_only,
            output=output,
            stop=stop,
            tick=tick,
        )
    for problem in done.problems:
        say(f"error: {problem}")
    if done.fitted is None:
        say("stopped; nothing was changed, run the same command again to go on")
        raise typer.Exit(1)
    _hand_out(done, done.fitted, plot=plot, output=output, as_json=as_json)
    if done.problems or not done.fitted.guarantee.holds:
        raise typer.Exit(1)


def _hand_out(done: Calibrated, fitted: Fitted, *, plot: Path | None, output: Path | None, as_json: bool) -> None:
    """Draw the fit where asked, print it, and say where it was written."""
    from groundsmith.render import out_json, say

    if plot is not None:
        _draw(plot, fitted)
    if as_json:
        out_json(done.to_json())
    else:
        _show(done, fitted)
    if output is not None:
        say(f"wrote {output}; use it with verify --calibration {output}")


def _refuse_lost(against: Path | None, workspace: Path | None, sources: Sources, output: Path | None) -> None:
    """Raise UsageError where the calibration would be kept where nobody finds it."""
    from groundsmith.workspace import Workspace
    from knowledge.errors import UsageError

    nowhere = against is not None or (not sources.library and workspace is None and not Workspace.is_here())
    if nowhere and output is None:
        raise UsageError(
            "--output: is needed without a workspace; name the file to write, and give it to `verify --calibration`"
        )


def _check_plot(plot: Path | None) -> None:
    from knowledge.errors import UsageError

    if plot is not None and plot.suffix.lower() not in _ENDINGS:
        raise UsageError(f"--plot {plot}: give it the ending {' or '.join(_ENDINGS)}")


def promise(guarantee: Guarantee) -> str:
    """Return in a sentence what can be promised, or what is missing for it."""
    wanted = f"at most {guarantee.error:.1%} of the passed rows wrong, with {guarantee.confidence:.0%} confidence"
    if guarantee.threshold is not None:
        return f"{wanted}: certified at threshold {guarantee.threshold:.2f}, in force from now on"
    if guarantee.missing is None:
        share = guarantee.wrong / guarantee.passed if guarantee.passed else 1.0
        return (
            f"{wanted}: cannot be promised, and more labels alone will not help: at the strictest useful threshold "
            f"{share:.1%} are wrong; allow a larger --error"
        )
    return f"{wanted}: cannot be promised yet; about {guarantee.missing:,} more labels are needed"


def _learned(fitted: Fitted) -> list[tuple[str, str]]:
    """The row that tells from how many others the weights were learned, if they were."""
    return [("weights learned from other rows", f"{fitted.learned_from}")] if fitted.combination else []


def _show(done: Calibrated, fitted: Fitted) -> None:
    from groundsmith.render import say, table

    guarantee, data = fitted.guarantee, fitted.data
    threshold = "none" if guarantee.threshold is None else f"{guarantee.threshold:.2f}"
    passed = "passed" if guarantee.holds else f"passed at the nearest, {guarantee.at:.2f}"
    rows: list[tuple[str, str]] = [
        ("labelled rows", f"{data.rows}"),
        ("of these right", f"{data.right} ({data.right / data.rows:.1%})"),
        *_learned(fitted),
        ("without a label", f"{done.unlabelled}"),
        ("without a claim to judge", f"{done.unjudged}"),
        ("calibration", fitted.calibration.method),
        ("expected calibration error, rows held out", f"{fitted.calibration_error:.3f}"),
        ("certified threshold", threshold),
        (passed, f"{guarantee.passed} ({guarantee.passed / data.rows:.1%})"),
        ("wrong among these", f"{guarantee.wrong}"),
        (f"upper bound of their share at {guarantee.confidence:.0%}", f"{guarantee.bound:.3f}"),
    ]
    table("Calibration", ("measure", "value"), rows, right=(1,))
    if fitted.classes:
        table(
            "By document class",
            CLASS_COLUMNS,
            class_rows(fitted)[:MOST_SHOWN],
            right=tuple(range(1, len(CLASS_COLUMNS))),
        )
    say(promise(guarantee))


CLASS_COLUMNS = ("class", "rows", "right", "passed", "wrong", "bound", "calibration error", "labels missing")


def class_rows(fitted: Fitted) -> list[tuple[str, ...]]:
    """Return one row of text for each document class, under CLASS_COLUMNS."""
    return [
        (
            each.name,
            f"{each.rows}",
            f"{each.right}",
            f"{each.passed}",
            f"{each.wrong}",
            f"{each.bound:.3f}",
            "" if each.calibration_error is None else f"{each.calibration_error:.3f}",
            "none in sight" if each.missing is None else f"{each.missing}",
        )
        for each in fitted.classes
    ]


def _draw(plot: Path, fitted: Fitted) -> None:
    from groundsmith.atomic import write_text
    from groundsmith.diagram import drawing, page, precision_recall_diagram, reliability_diagram
    from groundsmith.render import say

    diagrams = [
        reliability_diagram(fitted.bins),
        precision_recall_diagram(fitted.curve, threshold=fitted.guarantee.threshold),
    ]
    if plot.suffix.lower() == ".svg":
        write_text(plot, drawing(diagrams))
    else:
        whole = [CLASS_COLUMNS, *class_rows(fitted)]
        text = (
            f"{fitted.data.name}, {fitted.data.rows} labelled rows, {fitted.created[:10]}. {promise(fitted.guarantee)}."
        )
        write_text(plot, page(diagrams, title="Calibration of the judge", text=text, table=whole))
    say(f"wrote {plot}")

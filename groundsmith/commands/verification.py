"""Commands that judge datasets: verify, coverage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, RunOption, SetOption, Stop, WorkspaceOption, opened, parsed

if TYPE_CHECKING:
    from groundsmith.factcheck import Outputs, Sources
    from groundsmith.tally import Tally, WorstRow
    from groundsmith.workspace import Workspace


class CoverageParts(StrEnum):
    """What coverage can be broken down by."""

    TOPICS = "topics"
    COMMUNITIES = "communities"
    DOCUMENTS = "documents"


FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="The dataset: jsonl, json, csv, tsv, parquet or arrow, a Hugging Face or BEIR folder; - is standard input.",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The annotated copy; default: FILE with .verified before its ending."),
]
AgainstOption = Annotated[
    Path | None,
    typer.Option("--against", metavar="DIR", help="Documents to check against, without a workspace."),
]
FailUnderOption = Annotated[
    float | None, typer.Option("--fail-under", min=0, max=1, help="Exit 1 when the supported share is below this.")
]
ContextsOption = Annotated[
    bool, typer.Option("--contexts/--no-contexts", help="Also use the passages that the rows carry as evidence.")
]
ContextsOnlyOption = Annotated[
    bool, typer.Option("--contexts-only", help="Use those passages alone; no workspace is needed.")
]
ShapeOption = Annotated[
    str | None,
    typer.Option(
        "--shape",
        help="alpaca, sharegpt, messages, squad, ragas, deepeval, beir, factscore, plain, statement or groundsmith; "
        "default: recognised.",
    ),
]
QuestionOption = Annotated[
    str | None, typer.Option("--question-column", "--question-field", help="The column of the question.")
]
AnswerOption = Annotated[
    str | None, typer.Option("--answer-column", "--answer-field", help="The column of the answer.")
]
ContextOption = Annotated[
    str | None, typer.Option("--context-column", "--context-field", help="The column of the row's own passages.")
]
TopicOption = Annotated[
    str | None, typer.Option("--topic-column", help="The column that verdicts are counted by; default: recognised.")
]
CalibrationOption = Annotated[
    Path | None,
    typer.Option(
        "--calibration",
        metavar="PLACE",
        help="A calibration file that `calibrate --output` wrote, or a workspace that has one; default: this workspace's.",
    ),
]
SarifOption = Annotated[
    Path | None, typer.Option("--sarif", metavar="OUT", help="Also write SARIF 2.1.0, for code scanning.")
]
JunitOption = Annotated[
    Path | None, typer.Option("--junit", metavar="OUT", help="Also write JUnit XML, for build servers.")
]
JudgeModeOption = Annotated[
    str | None,
    typer.Option("--judge", metavar="MODE", help="Language models judge too: uncertain rows, or alone; else off."),
]
ClosedBookOption = Annotated[
    bool, typer.Option("--closed-book", help="Mark rows that the model answers as well without the documents.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: groundsmith verify bought.jsonl --against ~/policies --fail-under 0.95")(verify)
    app.command(epilog="Example: groundsmith coverage synthetic.jsonl --gaps 30")(coverage)


def verify(
    file: FileArgument,
    output: OutputOption = None,
    against: AgainstOption = None,
    fail_under: FailUnderOption = None,
    contexts: ContextsOption = True,
    contexts_only: ContextsOnlyOption = False,
    shape: ShapeOption = None,
    question: QuestionOption = None,
    answer: AnswerOption = None,
    context: ContextOption = None,
    topic: TopicOption = None,
    calibration: CalibrationOption = None,
    sarif: SarifOption = None,
    junit: JunitOption = None,
    judge_mode: JudgeModeOption = None,
    closed_book: ClosedBookOption = False,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fact-check an existing dataset: a verdict and the evidence for every claim, and suggested corrections.

    Evidence comes from the workspace's library, from documents named with --against, and from the rows themselves.
    """
    from groundsmith.factcheck import Outputs, Sources, check_file
    from groundsmith.judging import judging
    from groundsmith.recognise import Fields
    from groundsmith.render import progress

    fields = Fields(question=question, answer=answer, context=context, topic=topic, shape=shape)
    sources = Sources(library=not contexts_only, rows=contexts)
    outputs = Outputs(copy=output, sarif=sarif, junit=junit)
    overrides = [*(overrides or []), *([f"judge.mode={judge_mode}"] if judge_mode else [])]
    overrides += ["judge.closed_book=true"] if closed_book else []
    overrides += [f"verification.calibration={calibration.absolute()}"] if calibration else []
    refuse_contrary(against, workspace, sources)
    with (
        place_of(against, workspace, overrides, sources) as place,
        Stop.on_interrupt() as stop,
        judging(place, library=sources.library) as judge,
        progress("rows checked") as tick,
    ):
        tally = check_file(
            place, file, fields=fields, sources=sources, outputs=outputs, stop=stop, tick=tick, verifier=judge
        )
    _told(tally, outputs, fail_under=fail_under, as_json=as_json)


def refuse_contrary(against: Path | None, workspace: Path | None, sources: Sources) -> None:
    """Raise UsageError for flags that say contrary things of where evidence comes from."""
    from knowledge.errors import UsageError

    if against is not None and workspace is not None:
        raise UsageError("--against and --workspace: give one of them, since both say where the documents are")
    if not sources.library and (against is not None or not sources.rows):
        raise UsageError("--contexts-only: goes neither with --against nor with --no-contexts")


@contextmanager
def place_of(
    against: Path | None, workspace: Path | None, overrides: list[str] | None, sources: Sources
) -> Iterator[Workspace]:
    """Open the workspace asked for; one in the cache where none is needed."""
    from groundsmith.against import bare_workspace, workspace_of
    from groundsmith.render import progress
    from groundsmith.workspace import Workspace

    if against is not None:
        with progress("documents read") as tick:
            place = workspace_of(against, tick=tick, overrides=parsed(overrides))
        with place:
            yield place
    elif not sources.library and workspace is None and not Workspace.is_here():
        with bare_workspace(overrides=parsed(overrides)) as place:
            yield place
    else:
        with opened(workspace, overrides) as place:
            yield place


def _told(tally: Tally, outputs: Outputs, *, fail_under: float | None, as_json: bool) -> None:
    """Say what came of it; exit 1 when that is less than was asked."""
    from groundsmith.render import say

    for problem in tally.problems:
        say(f"error: {problem}")
    if tally.failed > len(tally.problems):
        say(f"error: and {tally.failed - len(tally.problems)} rows more that cannot be read")
    if tally.not_checked:
        say(f"{tally.not_checked} rows hold nothing to check")
    _show(tally, as_json=as_json)
    for path in (tally.output, outputs.sarif, outputs.junit):
        if path:
            say(f"wrote {path}")
    if tally.stopped:
        say("stopped; the rows judged are in the copy, run the same command again for all of them")
    below = fail_under is not None and tally.share < fail_under
    if below:
        say(f"supported share {tally.share:.3f} is below {fail_under}")
    if below or tally.failed or tally.stopped:
        raise typer.Exit(1)


def _show(tally: Tally, *, as_json: bool) -> None:
    from groundsmith.render import out_json, table

    if as_json:
        out_json(asdict(tally))
        return
    rows = [(label, number, f"{number / max(1, tally.rows):.1%}") for label, number in tally.verdicts]
    table(f"Verdicts of {tally.rows} rows", ("verdict", "rows", "share"), rows, right=(1, 2))
    if len(tally.topics) > 1:
        topics = [(each.name, each.rows, *each.verdicts, f"{each.share:.1%}") for each in tally.topics]
        columns = ("topic", "rows", "supported", "not enough", "conflicting", "refuted", "share")
        table("By topic, those with most to put right first", columns, topics, right=(1, 2, 3, 4, 5, 6))
    if tally.worst:
        worst = [
            (each.row, each.verdict, each.confidence, each.question, each.reason, _remedy(each)) for each in tally.worst
        ]
        names = ("row", "verdict", "confidence", "question", "why", "put instead, and the evidence")
        table("Fix these first", names, worst, right=(0, 2))


def _remedy(row: WorstRow) -> str:
    """Return a suggestion with the sentence that it rests on; that sentence once, when it is the suggestion."""
    source = f" ({row.source})" if row.source else ""
    quoted = f"“{row.quote}”{source}" if row.quote else ""
    return f"{row.suggestion} {quoted}" if row.suggestion not in ("", row.quote) else quoted


def coverage(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A dataset; default: the latest run.")] = None,
    gaps: Annotated[int, typer.Option("--gaps", min=0, help="How many of the most important gaps to list.")] = 20,
    by: Annotated[
        CoverageParts | None, typer.Option("--by", help="Also by topic, community or document, the worst first.")
    ] = None,
    terms: Annotated[
        Path | None, typer.Option("--terms", help="A text file, a term a line: what the graph itself may lack.")
    ] = None,
    run: RunOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what of the concept graph a dataset covers, and the most important concepts it misses.

    Any dataset will do: concepts are found in its text when it does not state them.
    """
    from groundsmith.covered import dataset_coverage
    from groundsmith.render import out_json, table

    with opened(workspace) as place:
        covered = dataset_coverage(place, file, run=run, terms=terms)
    if as_json:
        out_json(covered.to_json())
        return
    table("Coverage", ("measure", "value"), covered.measures(), right=(1,))
    if by is not None:
        parts = covered.part_rows(by, gaps)
        table(
            f"By {by.value}, most missing first", (by.value, "concepts", "covered", "weighted"), parts, right=(1, 2, 3)
        )
    columns = ("concept", "among", "documents", "passages", "weight")
    table("Most important gaps", columns, covered.gap_rows(gaps), right=(2, 3, 4))

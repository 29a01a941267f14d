"""The demonstration: the whole road on the sample corpus, in one command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from groundsmith.render import out, progress, say
from knowledge.errors import UsageError

if TYPE_CHECKING:
    from groundsmith.pipeline import Outcome
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

SHOWN = 5


def corpus() -> Path:
    """Return the sample corpus; raises UsageError when Groundsmith was installed without it."""
    folder = Path(__file__).parent.parent / "examples" / "harbourview"
    if not folder.is_dir():
        raise UsageError("the sample corpus is in the repository only; clone it, or ingest documents of your own")
    return folder


def run_demo(folder: Path, *, count: int, stop: Callable[[], bool]) -> Outcome:
    """Ingest, build the graph, generate, verify, export and report; a demonstration stopped goes on where it was."""
    from groundsmith.exports import export_rows, write_text
    from groundsmith.findings import run_report
    from groundsmith.ingestion import build_graph, ingest_into
    from groundsmith.pipeline import generate
    from groundsmith.workspace import Workspace

    with Workspace.create(folder) as workspace:
        say(f"1/5 ingest {corpus()}")
        with progress("documents") as tick:
            report = ingest_into(workspace, [corpus()], prune=True, tick=tick)
        for outcome in report.failed:
            say(f"error: {outcome.error}")
        say("2/5 build the concept graph")
        with progress("documents") as tick:
            build_graph(workspace, tick=tick)
        say(f"3/5 generate and verify until {count} rows passed")
        with progress("verified rows", total=count) as tick:
            made = generate(workspace, count=count, stop=stop, tick=tick)
        say("4/5 write the dataset")
        rows = list(workspace.runs.kept(made.run, limit=count))
        export_rows(rows, workspace.root / "dataset.jsonl", form="jsonl")
        export_rows(rows, workspace.root / "dataset.chat.jsonl", form="openai-chat")
        say("5/5 write the report")
        write_text(workspace.root / "report.html", run_report(workspace, made.run))
        _show(workspace, made, rows)
    return made


def _show(workspace: Workspace, made: Outcome, rows: list[DatasetRow]) -> None:
    concepts = {concept.id for row in rows for concept in row.concepts}
    documents = {each.document for row in rows for each in row.evidence[:1]}
    for row in rows[:SHOWN]:
        out(
            f"Q  {row.question}\nA  {row.answer}\n   {row.evidence[0].source}, {' > '.join(row.evidence[0].headings)}\n"
        )
    out(
        f"{made.kept} verified rows over {len(concepts)} concepts from {len(documents)} documents; "
        f"{made.funnel.made} tried, {made.funnel.rejected} rejected, {made.funnel.failed} failed"
    )
    out(f"dataset: {workspace.root / 'dataset.jsonl'}\nreport:  {workspace.root / 'report.html'}")

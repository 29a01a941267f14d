"""Commands that make datasets: plan, generate, export, report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, RunOption, SetOption, Stop, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.estimate import Estimate
    from groundsmith.pipeline import Outcome
    from groundsmith.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: groundsmith plan -n 20")(plan)
    app.command(epilog="Example: groundsmith generate -n 200 --set sampling.seed=11")(generate)
    app.command(epilog="Example: groundsmith report --output report.html")(report)


CountOption = Annotated[
    int | None, typer.Option("-n", "--count", min=1, help="How many rows; default: generation.count.")
]


def plan(
    count: CountOption = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    estimate_only: Annotated[
        bool, typer.Option("--estimate", help="Only what the run will take: prompts, calls, tokens and money.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the combinations and prompts a run would start with, and what it will take; no model is called."""
    from groundsmith.planning import condition_balance, preview, topic_shares
    from groundsmith.render import out, out_json, table

    if estimate_only:
        with opened(workspace, overrides) as place:
            _show_estimate(place, count, as_json=as_json)
        return
    with opened(workspace, overrides) as place:
        items = preview(place, count or 10)
        asked = count or place.settings.generation.count
        shares = [] if as_json else topic_shares(place, asked)
        balanced, pairs = ([], (0, 0)) if as_json else condition_balance(place, asked)
        taken = None if as_json else _estimated(place, asked)
    if as_json:
        out_json(items)
        return
    for item in items:
        out(
            f"{item['ordinal']:>4}  level {item['level']}  {', '.join(item['concepts'])}\n      {'; '.join(item['places'])}"
        )
        out("".join(f"      | {line}\n" for line in item["prompt"].splitlines()))
    if shares:
        rows = [(each.topic, f"{each.share:.1%}", f"{each.share * asked:.1f}", each.samples) for each in shares]
        columns = ("topic", "share", "wanted", "planned")
        table(f"Topics of the first {asked} combinations", columns, rows, right=(1, 2, 3))
    if balanced:
        counts = [
            (each.condition, each.value, "" if each.wanted is None else f"{each.wanted:.1f}", each.planned)
            for each in balanced
        ]
        table(
            f"Conditions of the first {asked} combinations",
            ("condition", "value", "wanted", "planned"),
            counts,
            right=(2, 3),
        )
        out(f"{pairs[0]} of {pairs[1]} pairs of values stand together in a prompt")
    out(f"{len(items)} prompts, about {sum(item['tokens'] for item in items)} input tokens; no model was called")
    if taken is not None:
        out(_estimate_text(taken))


def _estimated(place: Workspace, count: int) -> Estimate | None:
    """Return what a run will take, None while there is no model to make it with."""
    from groundsmith.estimate import estimate
    from knowledge.errors import MissingModel

    try:
        return estimate(place, count)
    except MissingModel:
        return None


def _show_estimate(place: Workspace, count: int | None, *, as_json: bool) -> None:
    from groundsmith.estimate import estimate
    from groundsmith.render import out, out_json

    found = estimate(place, count or place.settings.generation.count)
    if as_json:
        out_json(asdict(found))
    else:
        out(_estimate_text(found))


def _estimate_text(found: Estimate) -> str:
    price = f"price of {found.model} unknown: name it in model.prices"
    if found.money is not None:
        price = f"{found.money:.2f} {found.currency}".strip() if found.money else "no money"
    recorded = f" beside the {found.recorded:.0%} that the journal holds" if found.recorded >= 0.01 else ""
    text = (
        f"a new run of {found.rows} rows with {found.model}: about {found.prompts} prompts, {found.calls} calls{recorded}, "
        f"{found.input_tokens} input and {found.output_tokens} output tokens; {price} ({found.basis})"
    )
    if found.expected < found.rows:
        text += (
            f"\nthe plan holds {found.prompts} prompts only, enough for about {found.expected} rows; "
            "take in more documents, or ask each more often with generation.draws"
        )
    return text


def generate(
    count: CountOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write the rows here as JSON Lines.")
    ] = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Generate, verify and curate until the asked number of rows passed or the budget is spent.

    The same command continues a run that was stopped; a larger number extends it.
    """
    from groundsmith.exports import export_rows
    from groundsmith.mixing import mixed
    from groundsmith.pipeline import generate as run_generation
    from groundsmith.render import progress, say

    with opened(workspace, overrides) as place, Stop.on_interrupt() as stop:
        asked = count or place.settings.generation.count
        with progress("verified rows", total=asked) as tick:
            outcome = run_generation(place, count=asked, stop=stop, tick=tick)
        if output is not None:
            together = mixed(place.runs.kept(outcome.run, limit=asked), place.settings)
            export_rows(together.rows, output, form="jsonl")
            say(f"wrote {output}" + (f": {together.told}" if place.settings.mixing.file else ""))
    _show(outcome, as_json=as_json)
    if outcome.status == "stopped":
        say("stopped; run the same command again to continue")
    if outcome.kept < outcome.asked:
        raise typer.Exit(1)


def _show(outcome: Outcome, *, as_json: bool) -> None:
    from groundsmith.render import out, out_json, table

    if as_json:
        out_json(asdict(outcome))
        return
    funnel, spent = outcome.funnel, outcome.spent
    out(
        f"run {outcome.run}: {outcome.kept} of {outcome.asked} rows; made {funnel.made}, passed {funnel.kept}, "
        f"rejected {funnel.rejected}, failed {funnel.failed}; {outcome.seconds:.0f} s"
    )
    price = "price unknown" if spent.money is None else f"money {spent.money:.2f}" if spent.money else "no money"
    out(
        f"used {spent.calls} calls ({spent.cached} more were on record), {spent.input_tokens} input and "
        f"{spent.output_tokens} output tokens, {price}; {spent.repaired} replies had to be mended to be read"
    )
    if funnel.reasons:
        table("Why rows were rejected", ("reason", "rows"), funnel.reasons, right=(1,))
    if funnel.failures:
        table("Why there was no draft", ("reason", "prompts"), funnel.failures, right=(1,))
    if outcome.why:
        out(f"fewer than asked: {outcome.why}")


def report(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write, .html or .md. Default: report.html.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="html, or md for a dataset card in Markdown; default: as the file ends."),
    ] = None,
    run: RunOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out diversity, relevance, privacy, bias and content.")
    ] = False,
    measured: Annotated[
        int, typer.Option("--measured", min=3, help="Rows on which those are measured at most; more take longer.")
    ] = 5_000,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what can be said of a run: one self-contained HTML file, or a dataset card in Markdown.

    Funnel, coverage with a map, quality and calibration, diversity, privacy, bias, cost, and samples with highlighted evidence; every
    figure with the command that prints it.
    """
    from groundsmith.exports import write_text
    from groundsmith.findings import report_data
    from groundsmith.render import out_json, progress, say
    from groundsmith.report import render
    from groundsmith.report_card import markdown, plain

    target, chosen = _report_form(output, form)
    with opened(workspace) as place, progress("report") as tick:
        data = report_data(place, place.latest_run(run).id, most=0 if quick else measured, tick=tick)
    if as_json:
        out_json(plain(data))
        if output is None:
            return
    write_text(target, render(data) if chosen == "html" else markdown(data))
    say(f"wrote {target}")


_ENDINGS = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md"}


def _report_form(output: Path | None, form: str | None) -> tuple[Path, str]:
    """Return where the report goes and as what; raises UsageError for a form that is not known."""
    from knowledge.errors import UsageError

    if form not in (None, "html", "md"):
        raise UsageError(f"--format {form}: known are html and md")
    target = output or Path(f"report.{form or 'html'}")
    chosen = form or _ENDINGS.get(target.suffix.lower(), "")
    if not chosen:
        raise UsageError(f"--output {target}: end it in .html or .md, or say --format html or md")
    return target, chosen

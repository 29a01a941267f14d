"""Commands about runs made: list them, and show one round by round."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundsmith.commands.options import JsonOption, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.round_measure import RoundMeasure
    from groundsmith.workspace import Workspace

group = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
    help="List the runs, or show one: what was asked, what was kept, and what each round added.",
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    group.callback(epilog="Example: groundsmith runs --json")(runs)
    group.command("show", epilog="Example: groundsmith runs show r_0123456789abcdef")(show)
    app.add_typer(group, name="runs", epilog="Example: groundsmith runs --json")


def runs(context: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the runs: what was asked, what was kept, with which model. `groundsmith runs show` shows one."""
    from groundsmith.render import out_json, table

    if context.invoked_subcommand is not None:
        return
    with opened(workspace) as place:
        records = [(run, place.runs.funnel(run.id)) for run in place.runs.all()]
    if as_json:
        out_json([{**asdict(run), "funnel": asdict(funnel)} for run, funnel in records])
        return
    rows = [
        (run.id, run.status, run.asked, funnel.kept, funnel.made, run.record.get("model", ""), run.updated)
        for run, funnel in records
    ]
    table("Runs", ("run", "status", "asked", "passed", "made", "model", "updated"), rows, right=(2, 3, 4))


def show(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="The run; default: the latest.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a run: what each of its rounds was drawn for and added, and whether its rows grow alike."""
    from groundsmith.render import out_json

    with opened(workspace) as place:
        found = _found(place, run)
    if as_json:
        out_json({**found, "rounds": [asdict(each) for each in found["rounds"]]})
        return
    _print(found)


def _found(place: Workspace, name: str | None) -> dict[str, Any]:
    from groundsmith.round_measure import grown_alike, round_measures
    from groundsmith.round_store import RoundStore

    run = place.latest_run(name)
    measures = round_measures(place, run.id)
    return {
        "run": run.id,
        "status": run.status,
        "asked": run.asked,
        "model": run.record.get("model", ""),
        "judge": run.record.get("judge", ""),
        "updated": run.updated,
        "funnel": asdict(place.runs.funnel(run.id)),
        "used": None if (used := place.runs.spending(run.id)) is None else asdict(used),
        "rounds": measures,
        "steered": [dict(each.basis) for each in RoundStore(place.database).all(run.id)],
        "alike": grown_alike(measures),
    }


def _print(found: dict[str, Any]) -> None:
    from groundsmith.render import out, table

    measures: list[RoundMeasure] = found["rounds"]
    funnel, steered = found["funnel"], found["steered"]
    out(
        f"run {found['run']}: {found['status']}; asked {found['asked']}, passed {funnel['kept']} of {funnel['made']}; "
        f"{found['model']}, {found['updated']}"
    )
    if (used := found["used"]) is not None:
        money = "price not known" if used["money"] is None else f"money {used['money']:.2f}"
        out(
            f"used {used['calls']} calls ({used['cached']} more were on record), {used['input_tokens']} input and "
            f"{used['output_tokens']} output tokens, {money}"
        )
    rows = [
        (
            number + 1,
            f"{each.first}-{each.last - 1}",
            each.rows,
            each.duplicates,
            each.concepts,
            f"{each.coverage:.1%}",
            f"{each.novelty:.0%}",
            _figure(each.spread),
            _figure(each.nearest),
            _figure(each.words),
        )
        for number, each in enumerate(measures)
    ]
    columns = "round prompts rows repeats new_concepts coverage novelty spread nearest word_pairs".split()
    title = "What each round added" if steered else "What each part of the run added"
    table(title, [each.replace("_", " ") for each in columns], rows, right=tuple(range(2, 10)))
    for number, basis in enumerate(steered[: len(measures)], start=1):
        refused = ", ".join(f"{reason} {count}" for reason, count in list(basis["reasons"].items())[:3])
        aims = ", ".join(basis["aims"][:5])
        out(
            f"round {number} was drawn for {basis['new']} concepts not named before: {aims}"
            if aims
            else f"round {number}"
        )
        if refused:
            out(f"  because the round before had been refused for: {refused}")
        if basis["advice"]:
            out(f"  its prompts say: {basis['advice']}")
    for number in found["alike"]:
        out(f"round {number + 1} grew alike: the spread of its questions is under 80 % of the first round's")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"

"""The command that keeps a dataset true when documents change: refresh."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, RunOption, SetOption, Stop, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.refresh.session import Refreshed, Wanted
    from groundsmith.refresh.source import Source
    from groundsmith.refresh.work import Sorted
    from groundsmith.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: groundsmith ingest policies && groundsmith refresh --log changes.md")(refresh)


def refresh(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="A dataset with rows of ours (jsonl, csv, parquet); default: the latest run."
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only list the stale rows and exit 1 if there are any; writes nothing.")
    ] = False,
    count: Annotated[
        int | None,
        typer.Option("-n", "--count", min=1, help="How many rows there should be; default: as many as before."),
    ] = None,
    replacing: Annotated[
        bool, typer.Option("--replace/--no-replace", help="Write replacements for lost rows, with the language model.")
    ] = True,
    settings: Annotated[
        bool,
        typer.Option("--settings", help="Hold all rows to the present settings too: what no longer fits is replaced."),
    ] = False,
    arrivals: Annotated[
        str,
        typer.Option(
            "--arrivals",
            metavar="WHICH",
            help="Rows that passages which came since count against: none, unanswerable (questions without an answer), or all.",
        ),
    ] = "unanswerable",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The refreshed rows as JSON Lines; default: with FILE, NAME.refreshed.jsonl."
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option("--log", help="The change log, as Markdown, and beside it as JSON; default: refresh.md."),
    ] = None,
    run: RunOption = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a dataset up to date after documents changed: only rows that rest on changed passages are looked at again.

    They are verified against the new text, and kept, corrected, or replaced; every other row stays as it is, and costs no call.
    """
    from groundsmith.refresh.session import Wanted

    wanted = Wanted(count=count, settings=settings, arrivals=_arrivals(arrivals, file), replacing=replacing)
    with opened(workspace, overrides) as place:
        source = _source(place, file, run)
        if check:
            _check(place, source, wanted, as_json=as_json)
        else:
            _refresh(place, source, wanted, output=_output(file, output), log=log, as_json=as_json)
    if getattr(source, "problems", None):
        raise typer.Exit(1)


def _arrivals(word: str, file: Path | None) -> str:
    """Return which rows arrivals count for; of a file it is not known what its rows were made with, so there only on request."""
    from knowledge.errors import UsageError

    known = ("none", "unanswerable", "all")
    if word not in known:
        raise UsageError(f"--arrivals {word}: known are {', '.join(known)}")
    return "none" if file is not None and word == "unanswerable" else word


def _source(place: Workspace, file: Path | None, run: str | None) -> Source:
    from groundsmith.refresh.source import FileSource, source_of
    from knowledge.errors import UsageError

    if file is not None and run is not None:
        raise UsageError("FILE and --run: give one of them")
    return source_of(place, run) if file is None else FileSource(file)


def _output(file: Path | None, output: Path | None) -> Path | None:
    return output or (None if file is None else Path(f"{file.name.split('.')[0]}.refreshed.jsonl"))


def _check(place: Workspace, source: Source, wanted: Wanted, *, as_json: bool) -> None:
    """List the stale rows; exit 1 when there are any."""
    from groundsmith.refresh.session import scan_of, stale_record
    from groundsmith.refresh.work import survey
    from groundsmith.render import out_json

    found = survey(scan_of(place, source, wanted), source)
    _tell_problems(source, found.unbound)
    if as_json:
        out_json({"source": source.name, **stale_record(found)})
    else:
        _show_stale(source, found)
    if found.stale:
        raise typer.Exit(1)


def _show_stale(source: Source, found: Sorted) -> None:
    from groundsmith.render import out, table

    if not found.stale:
        out(f"{source.name}: all {found.rows} rows rest on text as it is now")
        return
    rows = [(each.row.id, each.why, each.row.question) for each in found.stale]
    table(f"{len(found.stale)} of {found.rows} rows of {source.name} are stale", ("row", "why", "question"), rows)
    out("groundsmith refresh verifies them again, and corrects or replaces what fails")


def _tell_problems(source: Source, unbound: int) -> None:
    from groundsmith.render import say

    for problem in getattr(source, "problems", ()):
        say(f"error: {problem}")
    if unbound:
        say(f"{unbound} rows name no evidence; nothing can be told of them, and they stay as they are")


def _refresh(
    place: Workspace, source: Source, wanted: Wanted, *, output: Path | None, log: Path | None, as_json: bool
) -> None:
    from groundsmith.exports import export_rows
    from groundsmith.refresh.changelog import write_changelog
    from groundsmith.refresh.fitness import differences
    from groundsmith.refresh.session import CURRENT
    from groundsmith.refresh.session import refresh as run_refresh
    from groundsmith.refresh.store import RefreshLog
    from groundsmith.render import progress, say

    with Stop.on_interrupt() as stop, progress("stale rows") as tick:
        done = run_refresh(place, source, wanted=wanted, stop=stop, tick=tick)
    _tell_problems(source, done.unbound)
    names, _ = differences(source.settings, place.settings)
    if names and not wanted.settings:
        say(f"settings are others than this run's ({', '.join(names)}); --settings holds its rows to them")
    if done.status != CURRENT:
        records = RefreshLog(place.database).records(done.run)
        for path in write_changelog(log or Path("refresh.md"), done, records):
            say(f"wrote {path}")
        if output is not None:
            export_rows(place.runs.kept(done.run, limit=done.asked), output, form="jsonl")
            say(f"wrote {output}")
    _show(done, as_json=as_json)
    if done.status == "stopped":
        say("stopped; run the same command again to continue")
    if done.status in ("short", "stopped"):
        raise typer.Exit(1)


def _show(done: Refreshed, *, as_json: bool) -> None:
    from groundsmith.refresh.session import CURRENT
    from groundsmith.render import out, out_json

    if as_json:
        out_json(asdict(replace(done, seconds=round(done.seconds, 1))))
        return
    if done.status == CURRENT:
        out(f"{done.source}: nothing to do; all {done.rows} rows rest on text as it is now")
        return
    out(
        f"run {done.run}: {done.carried} rows left as they are, {done.stale} looked at again: {done.kept} kept, "
        f"{done.corrected} corrected, {done.replaced} replaced, {done.lost} without replacement; {done.seconds:.0f} s"
    )
    out(f"used {done.spent.calls} calls ({done.spent.cached} more were on record)")
    if done.why:
        out(f"fewer than asked: {done.why}")

"""The command that hands rows over: export."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundsmith.commands.options import JsonOption, RunOption, SetOption, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.exports import Origin
    from groundsmith.row import DatasetRow
    from groundsmith.runs import Run
    from groundsmith.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(help=_help(), epilog="Example: groundsmith export --format openai-chat --output train.jsonl")(export)


def _help() -> str:
    """Return the help: what the command does, and every format with an example."""
    from groundsmith.exports import FOLDERS, FORMS

    every = sorted((FORMS | FOLDERS).values(), key=lambda form: list(_FAMILIES).index(form.family))
    parts = [
        "Write a run's rows in a format that other tools read; lists are JSON Lines, or one list for a name in .json."
    ]
    for family, forms in groupby(every, key=lambda form: form.family):
        lines = [f"{form.name}: {form.summary}\n  {form.example}" for form in forms]
        parts.append("\b\n" + "\n".join([f"{_FAMILIES[family]}:", *lines]))
    return "\n\n".join(parts)


EVERY_COLUMN = "every column"
_FAMILIES = {
    EVERY_COLUMN: "Every column",
    "training": "For training",
    "evaluation": "For evaluation",
    "archive": "To publish and to trace",
}


FormOption = Annotated[
    str | None,
    typer.Option("--format", "-f", help="One of the formats above. Default: export.format.", show_default=False),
]
OutputOption = Annotated[
    Path, typer.Option("--output", "-o", help="The file or folder to write; - is standard output, for files.")
]
RejectedOption = Annotated[
    bool | None,
    typer.Option(
        "--rejected/--kept",
        help="Write the rejected rows, with reasons, or those that passed. Default: export.rejected.",
        show_default=False,
    ),
]
ReasoningOption = Annotated[
    bool | None,
    typer.Option(
        "--keep-reasoning/--drop-reasoning",
        help="Write the model's reasoning, or leave it out. Default: with every column, not for training.",
        show_default=False,
    ),
]
EvidenceOption = Annotated[
    bool | None,
    typer.Option(
        "--evidence/--no-evidence",
        help="Write the passages, or leave them out. Default: with every column and for evaluation, not for training.",
        show_default=False,
    ),
]
SplitOption = Annotated[
    str | None,
    typer.Option("--split", metavar="SHARES", help="Parts that share no evidence, as 0.9/0.1 or train=8,test=2."),
]
SplitByOption = Annotated[
    str, typer.Option("--split-by", metavar="WHAT", help="What two parts never share: passage or document.")
]
PushOption = Annotated[
    str | None,
    typer.Option("--push", metavar="OWNER/NAME", help="With --format hf: send the folder to the hub, as private."),
]
PublicOption = Annotated[bool, typer.Option("--public", help="With --push: make it public.")]


def export(
    form: FormOption = None,
    output: OutputOption = Path("-"),
    rejected: RejectedOption = None,
    reasoning: ReasoningOption = None,
    evidence: EvidenceOption = None,
    split: SplitOption = None,
    split_by: SplitByOption = "passage",
    push: PushOption = None,
    public: PublicOption = False,
    run: RunOption = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a run's rows in a format that other tools read."""
    from groundsmith.export.split import parsed
    from groundsmith.exports import Options, export_parts, export_rows, form_of
    from groundsmith.render import out_json, say

    with opened(workspace, overrides) as place:
        record, wanted = place.latest_run(run), place.settings.export
        chosen = form_of(form or wanted.format)
        _refuse_push(push, chosen.name)
        what: dict[str, Any] = {
            "options": Options(reasoning=reasoning, evidence=evidence),
            "origin": _origin(place, record),
        }
        refused = wanted.rejected if rejected is None else rejected
        whole = chosen.family == EVERY_COLUMN
        rows = _rows(place, record, rejected=refused, failed=whole)
        if split is None:
            parts = {"": export_rows(rows, output, form=chosen.name, **what)}
        else:
            parts = export_parts(rows, output, form=chosen.name, shares=parsed(split), by=split_by, **what)
        pushed = _pushed(place, push, output, private=not public) if push else None
        left_out = place.runs.funnel(record.id).failed if refused and not whole else 0
    _tell(record.id, chosen.name, output, parts)
    if left_out:
        say(f"{left_out} prompts that came to no question are left out; --format jsonl writes them, with the reason")
    if pushed:
        say(f"sent to {pushed}")
    if as_json:
        out_json({"run": record.id, "format": chosen.name, "output": str(output), "rows": parts, "pushed": pushed})


def _tell(run: str, form: str, output: Path, parts: dict[str, int]) -> None:
    """Say what was written, by part where there are several."""
    from groundsmith.render import say

    told = f" ({', '.join(f'{name} {count}' for name, count in parts.items())})" if len(parts) > 1 else ""
    where = "" if str(output) == "-" else f" to {output}"
    say(f"wrote {sum(parts.values())} rows of run {run} as {form}{where}{told}")
    if form == "preference" and not sum(parts.values()):
        say(
            "no question has both an accepted and a rejected answer; generation.draws above 1, reviews and refreshes give such pairs"
        )


def _refuse_push(push: str | None, form: str) -> None:
    from knowledge.errors import UsageError

    if push is not None and form != "hf":
        raise UsageError(f"--push goes with --format hf, not with {form}")


def _pushed(place: Workspace, repository: str, output: Path, *, private: bool) -> str:
    from groundsmith.export.hub import push

    return push(output, repository, variable=place.settings.export.hub_token_variable, private=private)


def _rows(place: Workspace, run: Run, *, rejected: bool, failed: bool = False) -> Iterator[DatasetRow]:
    """Return the rows that passed, or those rejected; `failed` adds to these the prompts that came to no question."""
    from groundsmith.standing import reviewed_run

    rows = reviewed_run(place, run.id, kept=not rejected, failed=rejected and failed)
    return rows if rejected else _mixed(place, islice(rows, run.asked))


def _mixed(place: Workspace, rows: Iterator[DatasetRow]) -> Iterator[DatasetRow]:
    """Return the rows with real ones among them, where the settings name a real set; how many these are is said."""
    from groundsmith.mixing import mixed
    from groundsmith.render import say

    if place.settings.mixing.file is None:
        return rows
    found = mixed(rows, place.settings)
    say(found.told)
    return iter(found.rows)


def _origin(place: Workspace, run: Run) -> Origin:
    """Return what the run and the library tell of the rows."""
    from groundsmith.exports import Origin
    from groundsmith.refresh.store import RefreshLog

    return Origin(
        title=f"{place.root.name}: verified questions and answers",
        run=run.id,
        record=run.record,
        licence=place.settings.export.licence,
        corpus=place.library.passages,
        rejected=lambda: _rows(place, run, rejected=True),
        history=lambda: RefreshLog(place.database).records(run.id),
    )

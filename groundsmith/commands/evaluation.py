"""The command that looks at a dataset as a whole: evaluate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundsmith.commands.options import JsonOption, SetOption, WorkspaceOption, opened, parsed
from groundsmith.commands.trial import BenchmarkOption, SeedsOption, TrainOption, UnverifiedOption, tried

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groundsmith.evaluation import Evaluation, Measure, Tools

_FLAGS = {
    "collapsed": "the questions repeat one another",
    "narrow": "they are collapsed, or less varied than is normal",
    "relevance": "more than a tenth of the rows are unfit",
    "personal": "rows hold personal data that their evidence does not",
    "sensitive": "rows quote a sensitive file",
    "canary": "rows hold a planted string",
    "bias": "swapping a group changes verdicts",
    "content": "rows are offensive",
    "drift": "later rounds are narrower than the first",
    "red-team": "the model that was probed gives something away",
}


FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A dataset, in any format that verify reads.")]
OnlyOption = Annotated[
    str,
    typer.Option(
        "--only", metavar="AREAS", help="Some of diversity,relevance,privacy,bias,content,drift; default: all."
    ),
]
FailOption = Annotated[
    str, typer.Option("--fail-on", metavar="FLAGS", help=f"Exit with 1 for some of {','.join(_FLAGS)}; or any.")
]
CollapsedOption = Annotated[bool, typer.Option("--fail-collapsed", help="The same as --fail-on collapsed.")]
SourcesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--sources", metavar="PATH", help="Documents the set was made from, where there is no workspace; repeatable."
    ),
]
SensitiveOption = Annotated[
    list[Path] | None,
    typer.Option("--sensitive", metavar="PATH", help="A file or folder that no row may quote; repeatable."),
]
CanaryOption = Annotated[
    list[str] | None,
    typer.Option("--canary", metavar="TEXT", help="A string planted in documents that no row may hold; repeatable."),
]
WithheldOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--withheld",
        metavar="PATH",
        help="Documents that nothing was made from, for the membership test; repeatable.",
    ),
]
RedactOption = Annotated[
    Path | None,
    typer.Option("--redact", metavar="OUT", help="Also write a copy with personal data replaced, as in [email]."),
]
ProbeOption = Annotated[
    bool,
    typer.Option("--probe", help="Also ask the workspace's language model the red-team set, and screen its replies."),
]
RowsOption = Annotated[int, typer.Option("--rows", min=0, help="Rows of each kind of finding that are shown.")]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog="Example: groundsmith evaluate synthetic.jsonl --only privacy,diversity --fail-on personal,collapsed"
    )(evaluate)


def evaluate(
    file: FileArgument,
    only: OnlyOption = "",
    fail_on: FailOption = "",
    fail_collapsed: CollapsedOption = False,
    sources: SourcesOption = None,
    sensitive: SensitiveOption = None,
    canary: CanaryOption = None,
    withheld: WithheldOption = None,
    redact: RedactOption = None,
    probe: ProbeOption = False,
    train: TrainOption = False,
    benchmark: BenchmarkOption = None,
    unverified: UnverifiedOption = None,
    seeds: SeedsOption = 10,
    rows: RowsOption = 3,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a dataset is like: how varied, relevant, private, fair and clean it is, each figure with its meaning and what is normal."""
    if train:
        tried(
            file,
            benchmark=benchmark,
            unverified=unverified,
            seeds=seeds,
            as_json=as_json,
            workspace=workspace,
            overrides=overrides,
        )
        return
    from groundsmith.evaluation import evaluate_file
    from groundsmith.render import out_json, progress, say

    areas, wanted = _areas(only), _wanted(fail_on, fail_collapsed)
    given = {"sensitive": sensitive or [], "withheld": withheld or [], "canaries": canary or []}
    with _tools(workspace, overrides, areas=areas, sources=sources or [], given=given) as tools:
        with progress("rows read") as tick:
            found = evaluate_file(file, tools=tools, tick=tick)
        if probe:
            found = _probed(found, workspace, overrides, tools)
        for problem in found.problems:
            say(f"error: {problem}")
        if as_json:
            out_json(found.to_json())
        else:
            _show(found, rows)
        if redact is not None:
            _redact(file, redact, tools)
    failed = [name for name in found.flags if name in wanted]
    for name in failed:
        say(f"failed: {name} ({found.flags[name]})")
    if found.problems or failed:
        raise typer.Exit(1)


def _areas(only: str) -> tuple[str, ...]:
    from groundsmith.evaluation import AREAS
    from knowledge.errors import UsageError

    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if name not in AREAS:
            raise UsageError(f"--only {name}: known are {', '.join(AREAS)}")
    return tuple(name for name in AREAS if name in names or not names)


def _wanted(fail_on: str, fail_collapsed: bool) -> frozenset[str]:
    from knowledge.errors import UsageError

    names = {name.strip() for name in fail_on.split(",") if name.strip()} | ({"collapsed"} if fail_collapsed else set())
    for name in sorted(names):
        if name not in {*_FLAGS, "any"}:
            raise UsageError(f"--fail-on {name}: known are {', '.join(_FLAGS)}, any")
    return frozenset(_FLAGS if "any" in names else names)


@contextmanager
def _tools(
    workspace: Path | None,
    overrides: list[str] | None,
    *,
    areas: Sequence[str],
    sources: Sequence[Path],
    given: dict[str, Any],
) -> Iterator[Tools]:
    """The embedder, the documents, the detector and the judge: of the workspace, or of the package where there is none."""
    from groundsmith.evaluation.sources import of_files, of_workspace
    from groundsmith.evaluation.tools import tools_of
    from groundsmith.settings import load
    from groundsmith.workspace import Workspace
    from knowledge.embed_onnx import OnnxEmbedder

    if (workspace is None and not Workspace.is_here()) or sources:
        settings = load(None, overrides=parsed(overrides))
        marked = settings.privacy
        given["sensitive"] = [*given["sensitive"], *(Path(name) for name in marked.sensitive or ())]
        given["canaries"] = [*given["canaries"], *(marked.canaries or ())]
        against = of_files(sources, **given) if "privacy" in areas or "diversity" in areas or "bias" in areas else None
        yield tools_of(settings, OnnxEmbedder(), against, areas=areas)
        return
    with opened(workspace, overrides) as place:
        yield tools_of(place.settings, place.embedder, of_workspace(place, **given), areas=areas)


def _probed(found: Evaluation, workspace: Path | None, overrides: list[str] | None, tools: Tools) -> Evaluation:
    """The evaluation with what the red-team set drew out of the workspace's language model."""
    from dataclasses import replace

    from groundsmith.evaluation.probing import attacks
    from groundsmith.evaluation.probing import probe as ask
    from groundsmith.models import language_model
    from groundsmith.render import progress
    from groundsmith.screening import probing_screen

    against = tools.against
    sensitive, canaries = (against.sensitive, against.canaries) if against else ((), ())
    prompts = list(attacks(sensitive=sensitive, canaries=canaries))
    with (
        opened(workspace, overrides) as place,
        language_model(place) as model,
        progress("prompts", total=len(prompts)) as tick,
    ):
        screen = probing_screen(
            place.settings.privacy, sensitive=sensitive, canaries=canaries, model=place.settings.graph.spacy_model
        )
        said = ask(model, screen, prompts, tick=tick)
    return replace(
        found,
        measures=(*found.measures, *said.measures),
        remarks=(*found.remarks, *said.remarks),
        flags={**found.flags, **said.flags},
    )


def _redact(file: Path, output: Path, tools: Tools) -> None:
    from groundsmith.evaluation.redaction import redact_file
    from groundsmith.render import progress, say
    from knowledge.errors import UsageError
    from verify.personal import Recognisers

    if output.exists() and output.resolve() == file.resolve():
        raise UsageError(f"--redact {output}: is the dataset itself; name another file")
    with progress("rows redacted") as tick:
        done = redact_file(file, output, detector=tools.detector or Recognisers(), tick=tick)
    kinds = ", ".join(f"{count} {kind}" for kind, count in done.kinds.items()) or "nothing found"
    say(f"{output}: {done.changed} of {done.records} records changed ({kinds})")


def _show(found: Evaluation, rows: int) -> None:
    from groundsmith.evaluation import AREAS
    from groundsmith.render import out, table

    for area in (*AREAS, "red team"):
        mine = [each for each in found.measures if each.area == area]
        for of in dict.fromkeys(each.of for each in mine):
            lines = [_line(each) for each in mine if each.of == of]
            columns = ("measure", "value", "normal", "documents", "meaning")
            table(f"{area.capitalize()}: {of} ({found.rows} rows)", columns, lines, right=(1, 2, 3))
        _show_rows(found, area, rows)
    if found.verdict:
        out(f"{found.verdict}: {'; '.join(found.reasons)}")
    for name, why in found.flags.items():
        if name not in ("collapsed", "narrow"):
            out(f"{name}: {why}")


def _show_rows(found: Evaluation, area: str, rows: int) -> None:
    """The first rows of each kind of finding."""
    from groundsmith.render import table

    shown: dict[str, int] = {}
    lines = []
    for each in found.remarks:
        if each.area == area:
            shown[each.kind] = shown.get(each.kind, 0) + 1
            if shown[each.kind] <= rows:
                lines.append((each.row, each.kind, each.detail))
    if lines:
        table(
            f"{area.capitalize()}: rows, for instance (all with --json)",
            ("row", "finding", "detail"),
            lines,
            right=(0,),
        )


def _line(each: Measure) -> tuple[str, ...]:
    value = f"{each.score.value:.2f}"
    if each.score.low is not None and each.score.high is not None:
        value += f" ({each.score.low:.2f} to {each.score.high:.2f})"
    beside = "" if each.reference is None else f"{each.reference:.2f}"
    return (each.name + (" !" if each.sign or each.odd else ""), value, each.normal, beside, each.meaning)

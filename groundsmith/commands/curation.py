"""The command that thins a dataset: curate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, WorkspaceOption, opened, parsed

if TYPE_CHECKING:
    from groundsmith.curating import Curation, On, Rules, Written
    from groundsmith.rating import Rater
    from groundsmith.workspace import Workspace
    from knowledge.embed import Embedder
    from verify.filter import Filter
    from verify.nli import EntailmentModel


AgainstOption = Annotated[
    list[Path] | None,
    typer.Option("--against", metavar="EVAL", help="An evaluation set that no row may give away; repeatable."),
]
OnOption = Annotated[
    str, typer.Option("--on", metavar="TEXTS", help="What repeats must share: question, answer or both.")
]
NearOption = Annotated[
    float | None,
    typer.Option("--near", min=0.3, max=1, help="Share of letter triples from which rows are near copies."),
]
MeaningOption = Annotated[
    float | None, typer.Option("--meaning", min=0.3, max=1, help="Cosine from which rows mean the same.")
]
LeakOption = Annotated[
    float | None,
    typer.Option("--leak", min=0.3, max=1, help="Cosine from which a question gives away one of an evaluation set."),
]
VectorsOption = Annotated[
    bool, typer.Option("--vectors/--no-vectors", help="Compare meanings; without, only words are compared.")
]
FiltersOption = Annotated[
    bool, typer.Option("--filters", help="Apply the rules of curation.filters first: length, language, debris …")
]
RuleOption = Annotated[
    list[str] | None,
    typer.Option("--rule", metavar="RULE", help="A further rule, as in 'answer_words: 3..60'; repeatable."),
]
ConsistentOption = Annotated[
    bool, typer.Option("--consistent", help="Reject rows that contradict what others answer to the same question.")
]
RatingOption = Annotated[
    float | None,
    typer.Option("--rating", min=1, max=5, help="Let the language model rate rows 1 to 5, and keep from this on."),
]
WeightsOption = Annotated[
    bool, typer.Option("--weights", help="Weigh rows by confidence, rarity and difference, in the column weight.")
]
SelectOption = Annotated[
    int | None, typer.Option("--select", min=1, help="Keep at most so many rows: those that stand for all.")
]
SplitOption = Annotated[
    str | None,
    typer.Option("--split", metavar="SHARES", help="Also write train, validation and test files: 80/10/10."),
]
ByOption = Annotated[str, typer.Option("--by", help="What parts must not share: document, passage or concept.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Rows kept; default: FILE with .kept before its ending.")
]
RejectedOption = Annotated[
    Path | None, typer.Option("--rejected", help="Rows rejected; default: FILE with .rejected before its ending.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: groundsmith curate rows.jsonl --filters --against exam.jsonl --split 80/10/10")(curate)


def curate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A dataset, in any format that verify reads.")],
    against: AgainstOption = None,
    on: OnOption = "both",
    near: NearOption = None,
    meaning: MeaningOption = None,
    leak: LeakOption = None,
    vectors: VectorsOption = True,
    filters: FiltersOption = False,
    rule: RuleOption = None,
    consistent: ConsistentOption = False,
    rating: RatingOption = None,
    weights: WeightsOption = False,
    select: SelectOption = None,
    split: SplitOption = None,
    by: ByOption = "document",
    output: OutputOption = None,
    rejected: RejectedOption = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the rows fit to train on: no repeats, nothing that gives away an evaluation set, and what else is asked for.

    Rejected rows say why. What models find is remembered: other thresholds ask nothing again.
    """
    from groundsmith.curating import Division, curate_file
    from groundsmith.render import progress
    from groundsmith.splitting import by_of, shares_of

    division = Division(shares=shares_of(split), by=by_of(by)) if split else None
    asked = Asked(
        on=_on(on), near=near, meaning=meaning, leak=leak, filters=filters, rule=tuple(rule or ()), consistent=consistent,
        rating=rating, weights=weights, select=select, vectors=vectors,
    )  # fmt: skip
    with _place(workspace, overrides) as place, _tools(place, asked) as tools, progress("rows read") as tick:
        written = curate_file(
            file,
            embedder=tools.embedder,
            rules=asked.rules(place),
            against=against or [],
            output=output,
            rejected=rejected,
            division=division,
            entailment=tools.entailment,
            rater=tools.rater,
            tick=tick,
        )
    _told(written, as_json=as_json)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The options that become rules."""

    on: On
    near: float | None
    meaning: float | None
    leak: float | None
    filters: bool
    rule: tuple[str, ...]
    consistent: bool
    rating: float | None
    weights: bool
    select: int | None
    vectors: bool

    def rules(self, place: Workspace) -> Rules:
        """Return the rules, thresholds that were not given taken from the settings; raises UsageError for a broken rule."""
        from groundsmith.curating import ALONE, NEAR, Rules

        settings = place.settings
        return Rules(
            on=self.on,
            near=self.near or NEAR,
            meaning=self.meaning,
            leak=self.leak or ALONE,
            filters=self._filters(settings.curation.filters),
            language=settings.task.language,
            consistency=settings.curation.contradiction if self.consistent else None,
            rating=self.rating,
            select=self.select,
            coverage=settings.curation.coverage,
            weigh=self.weights,
        )

    def _filters(self, named: Sequence[str]) -> tuple[Filter, ...]:
        from knowledge.errors import SettingsError, UsageError
        from verify.filter import BUILTIN, Filter

        known = [line for each in named for line in (BUILTIN if each == "builtin" else (each,))] if self.filters else []
        try:
            own = [Filter.of(line) for line in self.rule]
        except ValueError as error:
            raise UsageError(f"--rule: {error}") from error
        try:
            told = {each.measure: each for each in map(Filter.of, known)}
        except ValueError as error:
            raise SettingsError(f"curation.filters: {error}") from error
        return tuple((told | {each.measure: each for each in own}).values())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tools:
    """The models that the stages asked for need, each with its memory."""

    embedder: Embedder | None = None
    entailment: EntailmentModel | None = None
    rater: Rater | None = None


@contextmanager
def _tools(place: Workspace, asked: Asked) -> Iterator[_Tools]:
    from contextlib import ExitStack

    from generate.journal import Journalled
    from groundsmith.models import language_model
    from groundsmith.rating import Rater
    from groundsmith.score_store import KeptEmbedder, ScoreStore
    from verify.nli import CachedEntailment
    from verify.nli_onnx import OnnxEntailment
    from verify.store import EntailmentCache

    store = ScoreStore(place.database)
    with ExitStack() as stack:
        rater = None
        if asked.rating is not None:
            name = place.settings.curation.rater
            model = stack.enter_context(language_model(place, name=None if name == "default" else name))
            workers = place.settings.model.parallel or 2
            rater = Rater(Journalled(model, place.journal), store, workers=workers)
        needs = asked.consistent or asked.vectors
        yield _Tools(
            embedder=KeptEmbedder(place.embedder, store) if asked.vectors else None,
            entailment=CachedEntailment(OnnxEntailment(), EntailmentCache(place.database)) if needs else None,
            rater=rater,
        )


@contextmanager
def _place(workspace: Path | None, overrides: list[str] | None) -> Iterator[Workspace]:
    """The workspace, or outside of any one that only remembers scores."""
    from groundsmith.against import bare_workspace
    from groundsmith.workspace import Workspace

    if workspace is not None or Workspace.is_here():
        with opened(workspace, overrides) as place:
            yield place
        return
    place = bare_workspace(overrides=parsed(overrides))
    try:
        yield place
    finally:
        place.close()


def _on(word: str) -> On:
    from groundsmith.curating import On
    from knowledge.errors import UsageError

    try:
        return On(word)
    except ValueError as error:
        raise UsageError(f"--on {word}: known are {', '.join(On)}") from error


def _told(written: Written, *, as_json: bool) -> None:
    from groundsmith.render import out_json, say

    found, split = written.curation, written.split
    for problem in found.problems:
        say(f"error: {problem}")
    say(f"kept rows in {written.kept}, rejected rows in {written.rejected}")
    for part in split.parts if split else ():
        say(f"{part.name}: {part.rows} rows in {part.output}")
    for warning in split.warnings if split else ():
        say(f"warning: {warning}")
    if found.unrated:
        say(f"warning: {found.unrated} rows got no usable rating, and were kept")
    if as_json:
        more = {"output": str(written.kept), "rejected_output": str(written.rejected)}
        out_json({**found.to_json(), **more, "split": asdict(split) if split else None})
    elif str(written.kept) != "-" and str(written.rejected) != "-":
        _show(found)
    if found.problems:
        raise typer.Exit(1)


def _show(found: Curation) -> None:
    from groundsmith.render import out, table

    rows = []
    for step in found.funnel:
        first = next((each for each in found.rejected if each.stage == step.stage), None)
        example = (first.id, f"{first.score:.2f}", first.reason) if first else ("", "", "")
        rows.append((step.stage, step.entered, step.rejected, *example))
    out(f"{found.kept} of {found.rows} rows kept")
    table("The funnel", ("stage", "in", "rejected", "for instance", "score", "reason"), rows, right=(1, 2, 4))

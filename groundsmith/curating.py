"""A dataset made fit to train on: filtered, without repeats and what evaluation sets ask, rated, weighed, chosen and divided.

Every row that is not kept has a stage, a reason and a score.

A record is kept or rejected whole; of a conversation all turns count. Texts are held in memory, the records are not: the file is read
once to choose and once for each copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.curation_rows import By, On, Tick, read_rows
from groundsmith.curation_stages import ALONE, COLUMNS, MEANING, NEAR, Rejected, Rules, Stages, Step
from groundsmith.datasets import Dataset
from groundsmith.splitting import split_file
from knowledge.errors import UsageError
from verify.repetition import exact, near

if TYPE_CHECKING:
    from groundsmith.rating import Rater
    from groundsmith.splitting import Split
    from knowledge.embed import Embedder
    from verify.nli import EntailmentModel

__all__ = ["ALONE", "COLUMNS", "MEANING", "NEAR", "By", "On", "Rejected", "Rules", "Step"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Curation:
    """What became of a dataset's rows; `problems` are those that could not be read, which stay.

    `funnel` has the stages in their order; `weights` the weight of each row kept, by its number, if rows were weighed; `unrated` how
    many rows the model gave no usable rating, which rejects nothing.
    """

    rows: int
    kept: int
    rejected: tuple[Rejected, ...]
    problems: tuple[str, ...] = ()
    funnel: tuple[Step, ...] = ()
    weights: tuple[tuple[int, float], ...] = ()
    unrated: int = 0

    @property
    def by_stage(self) -> dict[str, int]:
        """How many rows each stage rejected; stages that were left out and rejected nothing are the usual four alone."""
        counts = {stage: sum(each.stage == stage for each in self.rejected) for stage in STAGES}
        return {stage: count for stage, count in counts.items() if count or stage in _USUAL}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "by_stage": self.by_stage}


_USUAL = ("exact", "near", "contaminated", "meaning")
STAGES = ("filter", *_USUAL, "consistency", "rating", "selection")


def curate(
    dataset: Dataset,
    *,
    embedder: Embedder | None,
    rules: Rules | None = None,
    against: Sequence[Path] = (),
    entailment: EntailmentModel | None = None,
    rater: Rater | None = None,
    tick: Tick = lambda *_, **__: None,
) -> Curation:
    """Return which rows of a dataset are kept and which are not, the first of each group of repeats being kept.

    Without an embedder the stages that need vectors are left out. `entailment` is by default the model in the package; ratings need a
    `rater`. Raises UsageError when a dataset cannot be read.
    """
    rules = rules or Rules()
    tick(0, total=dataset.count())
    measures = {each.measure for each in rules.filters} if rules.detailed else None
    rows = read_rows(dataset, tick, measures=measures, language=rules.language)
    run = Stages(rows, rules, embedder, entailment)
    run.filtered()
    run.repeats("exact", lambda texts: list(exact(texts)))
    if rules.near is not None:
        run.repeats("near", partial(near, threshold=rules.near))
    run.vectors = run.embedded(tick)
    for path in against:
        run.contaminated(path)
    if embedder is not None:
        run.alike(rules.cosine)
    if rules.consistency is not None:
        run.disputed(rules.consistency)
    if rules.rating is not None and rater is not None:
        run.rated(rater, rules.rating, tick)
    weighed = run.weighed()
    if rules.select is not None:
        run.selected(rules.select, weighed)
    rejected = tuple(run.rejected[index] for index in sorted(run.rejected))
    total = len(rows.numbers) + len(rows.problems)
    return Curation(
        rows=total,
        kept=total - len(rejected),
        rejected=rejected,
        problems=tuple(rows.problems.values()),
        funnel=tuple(run.funnel),
        weights=run.weights_kept(weighed) if rules.weigh else (),
        unrated=run.unrated,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Division:
    """How rows kept are divided into files: the shares of the parts, what they must not share, and the seed of the draw."""

    shares: tuple[float, ...]
    by: By = By.DOCUMENT
    seed: int = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A curation and its files; `split` has those of the parts."""

    curation: Curation
    kept: Path
    rejected: Path
    split: Split | None = None


def curate_file(
    path: Path,
    *,
    embedder: Embedder | None,
    rules: Rules | None = None,
    against: Sequence[Path] = (),
    output: Path | None = None,
    rejected: Path | None = None,
    division: Division | None = None,
    entailment: EntailmentModel | None = None,
    rater: Rater | None = None,
    tick: Tick = lambda *_, **__: None,
) -> Written:
    """Curate a dataset file and write the rows kept and the rows rejected in its own shape, and the parts if it is to be divided.

    By default in the present folder, with .kept and .rejected before its ending; parts take .train, .validation and .test. Records that
    cannot be read are kept as they stand.
    """
    with Dataset(path) as dataset:
        kept_to, rejected_to = output or _named(path, "kept", dataset.ending), rejected
        rejected_to = rejected_to or _named(path, "rejected", dataset.ending)
        if kept_to.resolve() == rejected_to.resolve():
            raise UsageError(f"{kept_to}: kept and rejected rows cannot go to one file; name another --rejected")
        found = curate(
            dataset, embedder=embedder, rules=rules, against=against, entailment=entailment, rater=rater, tick=tick
        )
        away = {each.number: each.columns() for each in found.rejected}
        weighed = {number: {"weight": value} for number, value in found.weights}
        columns: dict[str, type] = {"weight": float} if weighed else {}

        def kept(number: int) -> dict[str, object] | None:
            return None if number in away else dict(weighed.get(number, {}))

        dataset.select(kept_to, kept, columns=columns)
        dataset.select(rejected_to, away.get, columns=COLUMNS)
        split = None
        if division is not None:
            split = split_file(
                dataset,
                shares=division.shares,
                by=division.by,
                seed=division.seed,
                named=lambda part: _named(path, part, dataset.ending),
                wanted=kept,
                columns=columns,
            )
    return Written(curation=found, kept=kept_to, rejected=rejected_to, split=split)


def _named(path: Path, word: str, ending: str) -> Path:
    """NAME.word.ending in the present folder."""
    if str(path) == "-":
        return Path(f"{word}{ending}")
    if path.is_dir():
        return Path(f"{path.resolve().name}.{word}")
    name = path.name.removesuffix(".gz")
    stem = name[: -len(ending)] if name.endswith(ending) else Path(name).stem
    return Path(f"{stem}.{word}{ending}")

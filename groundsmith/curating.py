"""A dataset without its repeats, and without what evaluation sets ask: what is kept, and what is not, with stage, reason and score.

A record is kept or rejected whole; of a conversation all turns count. Texts are held in memory, the records are not: the file is read
once to choose and once for each copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from groundsmith.datasets import Dataset
from knowledge.errors import RowError, UsageError
from verify.contamination import Overlap, leaks_of_meaning
from verify.repetition import Repeat, Texts, exact, meaning, near

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from groundsmith.datasets import ForeignRow
    from knowledge.embed import Embedder

COLUMNS: dict[str, type] = {
    "groundsmith_stage": str,
    "groundsmith_reason": str,
    "groundsmith_score": float,
    "groundsmith_repeats": str,
}
NEAR, MEANING = 0.6, 0.74
"""Default thresholds, chosen on one half of the set in docs/benchmarks/duplicates.md."""
ALONE = 0.9
"""Default cosine where one text alone is compared, and no answer speaks for or against."""
_IDS = ("id", "_id", "uid", "guid", "question_id", "query_id", "example_id", "sample_id")
_BATCH = 2_000

Tick = Callable[..., None]


class On(StrEnum):
    """Which texts two rows must share to be one."""

    QUESTION = "question"
    ANSWER = "answer"
    BOTH = "both"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What is compared and from where on: `near` a Jaccard share of letter triples, `meaning` and `leak` cosines.

    None leaves `near` out; `meaning` by default depends on what is compared. `leak` is for questions of evaluation sets.
    """

    on: On = On.BOTH
    near: float | None = NEAR
    meaning: float | None = None
    leak: float = ALONE

    @property
    def cosine(self) -> float:
        """The cosine from which rows mean the same."""
        return self.meaning if self.meaning is not None else MEANING if self.on is On.BOTH else ALONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A rejected row: its number in the file, the stage, why, how sure (0 to 1), and the id of the row or evaluation item it repeats."""

    number: int
    id: str
    stage: str
    reason: str
    score: float
    repeats: str

    def columns(self) -> dict[str, object]:
        """Return the values of COLUMNS."""
        values = (self.stage, self.reason, round(self.score, 4), self.repeats)
        return dict(zip(COLUMNS, values, strict=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Curation:
    """What became of a dataset's rows; `problems` are those that could not be read, which stay."""

    rows: int
    kept: int
    rejected: tuple[Rejected, ...]
    problems: tuple[str, ...] = ()

    @property
    def by_stage(self) -> dict[str, int]:
        """How many rows each stage rejected."""
        return {stage: sum(each.stage == stage for each in self.rejected) for stage in STAGES}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "by_stage": self.by_stage}


STAGES = ("exact", "near", "contaminated", "meaning")


@dataclass(slots=True)
class _Rows:
    """The records of a file: number, id, question and answer of each."""

    numbers: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)

    def add(self, row: ForeignRow) -> None:
        """Add a row; a further turn of a record is joined to those before."""
        if self.numbers and self.numbers[-1] == row.number:
            self.questions[-1] += f"\n{row.question or ''}"
            self.answers[-1] += f"\n{row.answer}"
            return
        self.numbers.append(row.number)
        self.ids.append(identity(row.raw, row.number))
        self.questions.append(row.question or "")
        self.answers.append(row.answer)

    def texts(self, on: On) -> list[Texts]:
        """The texts compared, of each row."""
        if on is On.BOTH:
            return list(zip(self.questions, self.answers, strict=True))
        return [(text,) for text in (self.questions if on is On.QUESTION else self.answers)]


def identity(raw: Mapping[str, Any], number: int) -> str:
    """Return the id that a record states, or "row N"."""
    for name in _IDS:
        value = raw.get(name)
        if isinstance(value, str | int) and str(value).strip():
            return str(value)
    return f"row {number}"


def curate(
    dataset: Dataset,
    *,
    embedder: Embedder | None,
    rules: Rules | None = None,
    against: Sequence[Path] = (),
    tick: Tick = lambda *_, **__: None,
) -> Curation:
    """Return which rows of a dataset are kept and which are not, the first of each group of repeats being kept.

    Without an embedder the stages that need vectors are left out. Raises UsageError when a dataset cannot be read.
    """
    rules = rules or Rules()
    tick(0, total=dataset.count())
    rows = _read(dataset, tick)
    run = _Run(rows, rules, embedder)
    run.repeats("exact", lambda texts: list(exact(texts)))
    if rules.near is not None:
        run.repeats("near", partial(near, threshold=rules.near))
    run.vectors = run.embedded(tick)
    for path in against:
        run.contaminated(path)
    if embedder is not None:
        run.alike(rules.cosine)
    rejected = tuple(run.rejected[index] for index in sorted(run.rejected))
    total = len(rows.numbers) + len(rows.problems)
    return Curation(rows=total, kept=total - len(rejected), rejected=rejected, problems=tuple(rows.problems.values()))


class _Run:
    """The stages in turn, each on the rows that those before it left."""

    def __init__(self, rows: _Rows, rules: Rules, embedder: Embedder | None) -> None:
        self._rows, self._rules, self._embedder = rows, rules, embedder
        self._texts = rows.texts(rules.on)
        self.left = [index for index, texts in enumerate(self._texts) if any(text.strip() for text in texts)]
        self.rejected: dict[int, Rejected] = {}
        self.vectors: list[NDArray[Any]] = []

    def repeats(self, stage: str, find: Callable[[list[Texts]], list[Repeat]]) -> None:
        """Reject the rows left that `find` says repeat another."""
        for found in find([self._texts[index] for index in self.left]):
            row, of = self.left[found.row], self.left[found.of]
            self._reject(row, stage, found.score, self._rows.ids[of], f"{_SAYS[stage]} {self._rows.ids[of]}")
        self._go_on()

    def embedded(self, tick: Tick) -> list[NDArray[Any]]:
        """Return the vectors of each place of the texts of the rows left, as float16."""
        if self._embedder is None:
            return []
        places = len(self._texts[0]) if self._texts else 0
        tick(0, total=len(self._rows.numbers) + len(self._rows.problems) + places * len(self.left), note="vectors")
        return [
            _vectors([self._texts[index][place] for index in self.left], self._embedder, tick)
            for place in range(places)
        ]

    def contaminated(self, path: Path) -> None:
        """Reject the rows left that give away what an evaluation set asks."""
        with Dataset(path) as dataset:
            items = _read(dataset)
        if not items.numbers:
            raise UsageError(f"{path}: holds no row to compare with")
        overlap = Overlap(list(zip(items.questions, items.answers, strict=True)))
        for index in self.left:
            leak = overlap.leak(index, (self._rows.questions[index], self._rows.answers[index]))
            if leak is not None:
                self._leaked(index, leak.score, path, items.ids[leak.of], "shares runs of words with")
        if self.vectors and self._embedder is not None:
            self._leaked_in_meaning(path, items, self._embedder)
        self._go_on()

    def _leaked_in_meaning(self, path: Path, items: _Rows, embedder: Embedder) -> None:
        """Compare questions, or answers where only those are compared; a row without a question has none to give away."""
        mine = [place for place, index in enumerate(self.left) if self._texts[index][0].strip()]
        texts = [texts[0] for texts in items.texts(self._rules.on)]
        others = [number for number, text in enumerate(texts) if text.strip()]
        if not mine or not others:
            return
        vectors = _vectors([texts[number] for number in others], embedder)
        for leak in leaks_of_meaning(self.vectors[0][mine], vectors, threshold=self._rules.leak):
            item = items.ids[others[leak.of]]
            self._leaked(self.left[mine[leak.row]], leak.score, path, item, "means the same as")

    def alike(self, threshold: float) -> None:
        """Reject the rows left that mean the same as another."""
        from verify.nli_onnx import OnnxEntailment

        if self.left:
            model = OnnxEntailment()
            self.repeats(
                "meaning", lambda texts: meaning(texts, vectors=self.vectors, threshold=threshold, entailment=model)
            )

    def _leaked(self, index: int, score: float, path: Path, item: str, says: str) -> None:
        self._reject(index, "contaminated", score, f"{path.name}#{item}", f"{says} {item} of {path.name}")

    def _reject(self, index: int, stage: str, score: float, repeats: str, reason: str) -> None:
        number, name = self._rows.numbers[index], self._rows.ids[index]
        rejected = Rejected(number=number, id=name, stage=stage, reason=reason, score=score, repeats=repeats)
        self.rejected.setdefault(index, rejected)

    def _go_on(self) -> None:
        keep = [place for place, index in enumerate(self.left) if index not in self.rejected]
        self.vectors = [each[keep] for each in self.vectors]
        self.left = [self.left[place] for place in keep]


_SAYS = {"exact": "says the same as", "near": "says nearly the same as", "meaning": "means the same as"}


def _read(dataset: Dataset, tick: Tick = lambda *_, **__: None) -> _Rows:
    rows, last = _Rows(), 0
    for row in dataset:
        tick(1 if row.number != last else 0)
        last = row.number or last
        if isinstance(row, RowError):
            rows.problems[row.number or 0] = str(row)
        else:
            rows.add(row)
    return rows


def _vectors(texts: Sequence[str], embedder: Embedder, tick: Tick = lambda *_, **__: None) -> NDArray[Any]:
    """Vectors of texts, each different text embedded once."""
    numbers: dict[str, int] = {}
    which = [numbers.setdefault(text, len(numbers)) for text in texts]
    different = list(numbers)
    found = np.empty((len(different), embedder.dimensions), dtype=np.float16)
    for start in range(0, len(different), _BATCH):
        found[start : start + _BATCH] = embedder.embed(different[start : start + _BATCH])
        tick(min(_BATCH, len(different) - start), note="vectors")
    tick(len(texts) - len(different), note="vectors")
    return found[which]


def curate_file(
    path: Path,
    *,
    embedder: Embedder | None,
    rules: Rules | None = None,
    against: Sequence[Path] = (),
    output: Path | None = None,
    rejected: Path | None = None,
    tick: Tick = lambda *_, **__: None,
) -> tuple[Curation, Path, Path]:
    """Curate a dataset file and write the rows kept and the rows rejected in its own shape; return where they are.

    By default in the present folder, with .kept and .rejected before its ending. Records that cannot be read are kept as they stand.
    """
    with Dataset(path) as dataset:
        kept_to, rejected_to = output or _named(path, "kept", dataset.ending), rejected
        rejected_to = rejected_to or _named(path, "rejected", dataset.ending)
        if kept_to.resolve() == rejected_to.resolve():
            raise UsageError(f"{kept_to}: kept and rejected rows cannot go to one file; name another --rejected")
        found = curate(dataset, embedder=embedder, rules=rules, against=against, tick=tick)
        away = {each.number: each.columns() for each in found.rejected}
        dataset.select(kept_to, lambda number: None if number in away else {}, columns={})
        dataset.select(rejected_to, away.get, columns=COLUMNS)
    return found, kept_to, rejected_to


def _named(path: Path, word: str, ending: str) -> Path:
    """NAME.word.ending in the present folder."""
    if str(path) == "-":
        return Path(f"{word}{ending}")
    if path.is_dir():
        return Path(f"{path.resolve().name}.{word}")
    name = path.name.removesuffix(".gz")
    stem = name[: -len(ending)] if name.endswith(ending) else Path(name).stem
    return Path(f"{stem}.{word}{ending}")

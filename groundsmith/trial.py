"""Whether a dataset teaches: a small reader trained on it, on half of it, and on rows nobody verified, and tried on a benchmark.

Every seed draws rows and benchmark questions anew, the same questions for all readers; an interval spans both kinds of chance.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from groundsmith.datasets import Dataset
from groundsmith.reader import Asked, Shelf, read, train, untrained
from knowledge.errors import RowError, UsageError
from verify.contamination import Overlap
from verify.duplicate import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from groundsmith.reader import Choice
    from groundsmith.row import DatasetRow
    from knowledge.embed import Embedder

SEEDS = 10
SHARE = 0.8
"""Share of the smaller of two sets that each seed draws from both."""
LEAST = 10
"""Rows and questions below which nothing can be said."""
ALONE, HALF, WHOLE, DRAFTS = "corpus alone", "half the set", "the set", "unverified rows"
_T975 = {2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 14: 2.14, 19: 2.09, 29: 2.05}
"""97.5 % points of Student's t by degrees of freedom; between them the next smaller counts."""

Tick = Callable[..., None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A mean over seeds with its 95 % interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Estimate:
        """Return the mean of a value for each seed and its interval by Student's t."""
        mean, free = float(np.mean(values)), len(values) - 1
        factor = next((_T975[at] for at in sorted(_T975, reverse=True) if at <= free), 12.7)
        half = factor * float(np.std(values, ddof=1)) / len(values) ** 0.5 if free else float("nan")
        return cls(mean=mean, low=mean - half, high=mean + half)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """A reader: what it was trained on, on how many rows, and how it read.

    `right` is the share of questions whose first sentence is right, `rank` the mean reciprocal rank; `lead` is by how much the set's
    reader is ahead of it in `rank`, over the same questions.
    """

    name: str
    rows: int
    right: Estimate
    rank: Estimate
    lead: Estimate | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What a benchmark of `questions` says of a set; `reachable` is the share of them with a right sentence among the candidates.

    `leaked` rows were left out since they give away a benchmark question.
    """

    rows: int
    questions: int
    seeds: int
    passages: int
    reachable: float
    leaked: int
    arms: tuple[Arm, ...]
    problems: tuple[str, ...] = ()

    def arm(self, name: str) -> Arm | None:
        """Return a reader by name."""
        return next((each for each in self.arms if each.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "findings": list(self.findings)}

    @property
    def findings(self) -> tuple[str, ...]:
        """A sentence for each comparison: ahead, behind, or not told apart."""
        return tuple(_said(each.name, each.lead) for each in self.arms if each.lead is not None)


def _said(name: str, lead: Estimate) -> str:
    figure = f"{lead.mean:+.3f} ({lead.low:+.3f} to {lead.high:+.3f}) in reciprocal rank"
    verb = "is ahead of" if lead.low > 0 else "is behind" if lead.high < 0 else "cannot be told from"
    against = "the untrained reader" if name == ALONE else f"the reader trained on {name}"
    return f"the reader trained on the set {verb} {against}: {figure}"


@dataclass(slots=True)
class _Questions:
    """Questions read from a file, and what could not be."""

    asked: list[Asked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def questions_of(path: Path) -> _Questions:
    """Return the questions of a dataset file with answers, passages and weights; rows without a question are left out."""
    found = _Questions()
    with Dataset(path) as dataset:
        for row in dataset:
            if isinstance(row, RowError):
                found.problems.append(f"{path}: {row}")
            elif row.question and row.answer.strip():
                weight = row.raw.get("weight")
                usable = isinstance(weight, int | float) and not isinstance(weight, bool) and 0 < weight < float("inf")
                found.asked.append(
                    Asked(
                        question=row.question,
                        answer=row.answer,
                        contexts=row.contexts,
                        weight=float(weight) if usable and weight is not None else 1.0,
                    )
                )
    return found


def drafts_of(rows: Iterable[DatasetRow]) -> list[Asked]:
    """Return a run's rows, kept and rejected alike, as questions that nobody verified: the first of equal ones, equal weights."""
    drafts = {
        (fold(row.question), fold(row.answer)): Asked(
            question=row.question, answer=row.answer, contexts=tuple(each.text for each in row.evidence)
        )
        for row in reversed(list(rows))
        if row.question and row.answer.strip() and row.evidence
    }
    return list(reversed(drafts.values()))


def trial(
    rows: Sequence[Asked],
    benchmark: Sequence[Asked],
    *,
    embedder: Embedder,
    drafts: Sequence[Asked] = (),
    corpus: Sequence[str] = (),
    seeds: int = SEEDS,
    tick: Tick = lambda *_, **__: None,
) -> Trial:
    """Return how readers trained on `rows`, half of them, and `drafts` read the benchmark, beside an untrained one.

    Candidates for a question are the sentences of its own passages, or without any those of the passages that are found in the
    `corpus` and in all rows. Raises UsageError when there are too few rows or questions, or passages are missing.
    """
    leaks = _leaks(benchmark)
    clean = [each for each in rows if not leaks(each)]
    loose = [each for each in drafts if not leaks(each)]
    _check(clean, benchmark, loose, drafts=bool(drafts))
    texts = dict.fromkeys([*corpus, *(text for each in (*benchmark, *clean, *loose) for text in each.contexts)])
    if not texts:
        raise UsageError("neither rows nor benchmark have passages; try it in the workspace of their documents")
    tick(0, total=seeds + 1)
    shelf = Shelf(list(texts), embedder)
    sets = [shelf.choices(each) for each in (clean, loose, benchmark)]
    tick(1)
    arms = tried(sets[0], sets[1], sets[2], width=shelf.width, seeds=seeds, tick=tick)
    return Trial(
        rows=len(clean),
        questions=len(benchmark),
        seeds=seeds,
        passages=len(texts),
        reachable=float(np.mean([each.right.any() for each in sets[2]])),
        leaked=len(rows) - len(clean),
        arms=arms,
    )


def _leaks(benchmark: Sequence[Asked]) -> Callable[[Asked], bool]:
    """Return whether a row gives away a question: it asks the same, and not of passages that the benchmark does not know."""
    exam = Overlap([(each.question,) for each in benchmark])
    passages = {text for each in benchmark for text in each.contexts}

    def leaks(row: Asked) -> bool:
        elsewhere = bool(passages and row.contexts) and passages.isdisjoint(row.contexts)
        return not elsewhere and exam.leak(0, (row.question,)) is not None

    return leaks


def _check(rows: Sequence[Asked], benchmark: Sequence[Asked], loose: Sequence[Asked], *, drafts: bool) -> None:
    for what, found in (("set", rows), ("benchmark", benchmark), *([("unverified set", loose)] if drafts else [])):
        if len(found) < LEAST:
            raise UsageError(f"the {what} has {len(found)} usable questions with answers; it takes {LEAST} or more")


def tried(
    rows: Sequence[Choice],
    drafts: Sequence[Choice],
    exam: Sequence[Choice],
    *,
    width: int,
    seeds: int,
    tick: Tick = lambda *_, **__: None,
) -> tuple[Arm, ...]:
    """Return the readers, each trained and tried with each seed; `width` is the number of features of a candidate."""
    whole = max(2, int(SHARE * min(len(rows), len(drafts) or len(rows))))
    sizes = {ALONE: 0, HALF: whole // 2, WHOLE: whole} | ({DRAFTS: whole} if drafts else {})
    ranks: dict[str, list[np.ndarray]] = {name: [] for name in sizes}
    for seed in range(seeds):
        draw = random.Random(seed)
        asked = [draw.randrange(len(exam)) for _ in exam]
        mine = draw.sample(rows, whole)
        pools: dict[str, Sequence[Choice]] = {HALF: mine[: whole // 2], WHOLE: mine}
        pools |= {DRAFTS: draw.sample(drafts, whole)} if drafts else {}
        for name in sizes:
            weights = train(pools[name], width=width) if name in pools else untrained(width)
            ranks[name].append(read(exam, weights)[asked])
        tick(1)
    ahead = [float(each.mean()) for each in ranks[WHOLE]]
    return tuple(_arm(name, size, ranks[name], None if name == WHOLE else ahead) for name, size in sizes.items())


def _arm(name: str, rows: int, ranks: Sequence[np.ndarray], ahead: Sequence[float] | None) -> Arm:
    means = [float(each.mean()) for each in ranks]
    lead = None if ahead is None else Estimate.of([one - other for one, other in zip(ahead, means, strict=True)])
    right = Estimate.of([float((each == 1).mean()) for each in ranks])
    return Arm(name=name, rows=rows, right=right, rank=Estimate.of(means), lead=lead)

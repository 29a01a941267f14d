"""What can be said of a dataset as a whole: how varied its questions and answers are, beside the documents it came from."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from knowledge.errors import RowError, UsageError
from verify.diversity import (
    CLOSE,
    Score,
    compression_ratio,
    distinct,
    entropy,
    interval,
    mtld,
    nearest,
    self_repetition,
    vendi,
    within,
)
from verify.words import words

if TYPE_CHECKING:
    from groundsmith.datasets import ForeignRow
    from knowledge.embed import Embedder

ROWS = 2_000
"""Rows on which scores of meaning are taken; more are sampled with a seed."""
TOKENS, BYTES = 2_000, 8_000
"""Amounts on which scores of words are taken, so that sets of different size compare."""
COLLAPSED_AT = 2
"""Signs of repetition from which a set is called collapsed."""

Texts = Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A figure with what it means; `reference` is the same for the source documents, `sign` whether it speaks of collapse."""

    of: str
    name: str
    score: Score
    meaning: str
    normal: str
    reference: float | None = None
    sign: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """A dataset's measures; `collapsed` when COLLAPSED_AT of its questions' figures lie where repetitive sets' do."""

    rows: int
    problems: tuple[str, ...]
    measures: tuple[Measure, ...]

    @property
    def collapsed(self) -> bool:
        """Whether the questions repeat one another as a whole."""
        return sum(each.sign for each in self.measures if each.of == "questions") >= COLLAPSED_AT

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "collapsed": self.collapsed}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """A score of texts: how it is taken, what it means, what is normal of questions, and from where it is a sign of collapse.

    A score that counts over pairs of texts is not `resampled`: fewer texts have fewer pairs.
    """

    name: str
    take: Callable[[Texts], float]
    meaning: str
    normal: str
    sign: Callable[[float], bool] = lambda _: False
    resampled: bool = True


def _vocabulary(texts: Texts) -> float:
    return mtld([word for text in texts for word in words(text)])


def _opening(texts: Texts) -> float:
    counts = Counter(" ".join(words(text)[:2]) for text in texts)
    return max(counts.values()) / len(texts)


def _first_words(texts: Texts) -> float:
    return entropy(list(Counter(" ".join(words(text)[:1]) for text in texts).values()))


# What is normal: 200 questions each of SQuAD 2.0, PolicyQA, ObliQA and ObliQA-XRef, against sets made from one pattern
# or from forty questions five times (docs/benchmarks/diversity.md).
_KINDS = (
    _Kind(
        name="different word pairs",
        take=lambda texts: distinct(texts, 2, tokens=TOKENS),
        meaning=f"share of neighbouring words that are a new pair, in {TOKENS:,} words",
        normal="0.45 to 0.85",
        sign=lambda value: value < 0.3,
    ),
    _Kind(
        name="vocabulary (MTLD)",
        take=_vocabulary,
        meaning="mean stretch of words before they begin to repeat",
        normal="50 to 110",
        sign=lambda value: value < 30,
    ),
    _Kind(
        name="compression ratio",
        take=lambda texts: compression_ratio(texts, size=BYTES),
        meaning=f"bytes over gzipped bytes, in {BYTES:,} bytes; high is repetitive",
        normal="2.2 to 3.5",
        sign=lambda value: value > 4.5,
    ),
    _Kind(
        name="repeated phrases",
        take=lambda texts: self_repetition(texts, rows=200),
        meaning="log of how often a text's runs of four words stand in 199 others",
        normal="0.1 to 2.5",
        sign=lambda value: value > 3.0,
        resampled=False,
    ),
)
_OPENINGS = (
    _Kind(
        name="most frequent opening",
        take=_opening,
        meaning="share of texts that begin with the same two words",
        normal="0.05 to 0.20",
        sign=lambda value: value > 0.4,
    ),
    _Kind(
        name="evenness of first words",
        take=_first_words,
        meaning="1: all first words alike often, 0: one alone",
        normal="0.68 to 0.78",
        sign=lambda value: value < 0.4,
    ),
)


def evaluate(
    rows: Iterable[ForeignRow | RowError],
    *,
    embedder: Embedder,
    reference: Texts = (),
    seed: int = 7,
    tick: Callable[..., None] = lambda *_, **__: None,
) -> Evaluation:
    """Return the measures of a dataset, with `reference` texts (passages of its documents) measured beside it.

    Raises UsageError when there are fewer than three rows to measure.
    """
    found: list[ForeignRow] = []
    problems: list[str] = []
    for row in rows:
        tick(1)
        if isinstance(row, RowError):
            problems.append(str(row))
        else:
            found.append(row)
    if len(found) < 3:
        raise UsageError(f"{len(found)} rows that can be read; give at least three")
    sample = found if len(found) <= ROWS else random.Random(seed).sample(found, ROWS)
    measures = [*_of(sample, "questions", reference, embedder), *_of(sample, "answers", reference, embedder)]
    return Evaluation(rows=len(found), problems=tuple(problems), measures=tuple(measures))


def _of(rows: Sequence[ForeignRow], of: str, reference: Texts, embedder: Embedder) -> Iterator[Measure]:
    """The measures of questions or answers."""
    chosen = [(row, row.question if of == "questions" else row.answer) for row in rows]
    kept = [(row, text) for row, text in chosen if text and text.strip()]
    if len(kept) < 3:
        return
    texts = [text for _, text in kept]
    yield _plain(of, "words", [float(len(words(text))) for text in texts], "mean length of a text in words", "")
    for kind in (*_KINDS, *(_OPENINGS if of == "questions" else ())):
        value = kind.take(texts)
        score = _resampled(kind, texts, value) if kind.resampled else Score(value=value)
        beside = kind.take(reference) if len(reference) >= 3 and kind in _KINDS else None
        asked = of == "questions"
        yield Measure(
            of=of,
            name=kind.name,
            score=score,
            meaning=kind.meaning,
            normal=kind.normal if asked else "",
            reference=beside,
            sign=kind.sign(value) and asked,
        )
    yield from _meaning(of, kept, reference, embedder)


def _resampled(kind: _Kind, texts: Texts, value: float) -> Score:
    return interval(len(texts), lambda numbers: kind.take([texts[n] for n in numbers]), value=value)


def _meaning(
    of: str, kept: Sequence[tuple[ForeignRow, str]], reference: Texts, embedder: Embedder
) -> Iterator[Measure]:
    """Scores of meaning, from the embedder's vectors."""
    vectors = embedder.embed([text for _, text in kept])
    near = nearest(vectors)
    share = [float(each > CLOSE) for each in near]
    yield _plain(
        of, "near copies", share, f"share of texts with another at a cosine above {CLOSE}", "0.00 to 0.20", at=0.3
    )
    beside = None
    if len(reference) >= 3:
        others = embedder.embed(list(reference[: len(kept)]))
        beside = vendi(others) / len(others)
    effective = vendi(vectors) / len(vectors)
    yield Measure(
        of=of,
        name="effective share (Vendi)",
        score=Score(value=effective),
        meaning=f"different meanings over texts, of {len(kept)}; compare equal numbers only",
        normal="",
        reference=beside,
    )
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, (row, _) in enumerate(kept):
        if row.contexts:
            groups.setdefault(row.contexts, []).append(number)
    pairs = within(vectors, list(groups.values()))
    if len(pairs):
        told = "9th decile of the cosines of texts made from the same passages"
        yield Measure(
            of=of,
            name="likeness within a source",
            score=Score(value=float(np.quantile(pairs, 0.9))),
            meaning=told,
            normal="",
        )


def _plain(
    of: str, name: str, values: Sequence[float], meaning: str, normal: str, *, at: float | None = None
) -> Measure:
    """The mean of a value of each text; from `at` on it is a sign of collapse."""
    mean = sum(values) / len(values)
    score = interval(len(values), lambda numbers: sum(values[n] for n in numbers) / len(numbers), value=mean)
    signs = at is not None and mean > at and of == "questions"
    return Measure(
        of=of, name=name, score=score, meaning=meaning, normal=normal if of == "questions" else "", sign=signs
    )


def evaluate_file(path: Path, *, embedder: Embedder, reference: Texts = (), tick: Callable[..., None]) -> Evaluation:
    """Return the measures of a dataset file, in any shape that `verify` reads."""
    from groundsmith.datasets import Dataset

    with Dataset(path) as dataset:
        return evaluate(dataset, embedder=embedder, reference=reference, tick=tick)

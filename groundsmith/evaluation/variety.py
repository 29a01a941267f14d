"""How varied a dataset's questions and answers are, in words, forms and meaning, beside the documents it came from."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from groundsmith.evaluation.measure import Findings, Measure, Reservoir, mean, share
from knowledge.errors import UsageError
from verify.diversity import (
    CLOSE,
    Score,
    compression_ratio,
    distinct,
    entropy,
    interval,
    mtld,
    nearest,
    question_type,
    self_repetition,
    tokens_of,
    vendi,
    verb_nouns,
    vocabulary,
    within,
)
from verify.words import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from groundsmith.datasets import ForeignRow
    from knowledge.embed import Embedder

ROWS = 2_000
"""Rows on which scores are taken; of more a sample is drawn with a seed."""
TOKENS, BYTES = 2_000, 8_000
"""Amounts on which scores of words are taken, so that sets of different size compare."""
COLLAPSED_AT = 2
"""Signs of repetition from which a set is called collapsed."""
NARROW_AT = 2
"""Figures outside of what is normal from which a set is called narrow; one sign of repetition does as well."""
_REPEATED = 200
"""Texts among which repeated phrases and different meanings are counted."""
_DIFFERENT = 0.63
"""Share of different rows in a bootstrap draw."""
_LONGEST = 5_000
"""Words in which MTLD is taken."""
_RESAMPLES = 100
_PAIRED = 500
"""Texts that are tagged for their verbs and nouns."""
_FEW = 20
"""Questions below which "narrow" is not said: the scores have no room to vary."""

Texts = Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """A score of texts: how it is taken, what it means, what is normal of questions, and from where it is a sign of collapse.

    `odd` is where it lies outside of what is normal on the side of repetition. A score that is taken on a fixed amount has an interval only
    where a resample still has that amount: `needs` is how many texts that takes.
    """

    name: str
    take: Callable[[Texts], float]
    meaning: str
    normal: str
    sign: Callable[[float], bool] = lambda _: False
    odd: Callable[[float], bool] = lambda _: False
    needs: Callable[[Texts], float] = lambda _: 0


def _mtld(texts: Texts) -> float:
    found: list[str] = []
    for text in random.Random(7).sample(list(texts), len(texts)):
        found += tokens_of(text)
        if len(found) >= _LONGEST:
            break
    return mtld(found[:_LONGEST])


def _most(keys: Sequence[str]) -> float:
    return max(Counter(keys).values()) / len(keys) if keys else 0.0


def _evenness(keys: Sequence[str]) -> float:
    return entropy(list(Counter(keys).values()))


def _openings(texts: Texts, count: int) -> list[str]:
    return [" ".join(tokens_of(text)[:count]) for text in texts]


# What is normal: 200 questions each of SQuAD 2.0, PolicyQA, ObliQA and ObliQA-XRef, against sets made from one pattern
# or from forty questions five times (docs/benchmarks/diversity.md).
_KINDS = (
    _Kind(
        name="vocabulary",
        take=lambda texts: vocabulary(texts, tokens=TOKENS),
        meaning=f"different words in {TOKENS:,}",
        normal="270 to 780",
        odd=lambda value: value < 240,
        needs=lambda texts: TOKENS / max(1.0, len(words(" ".join(texts))) / len(texts)),
    ),
    _Kind(
        name="different words",
        take=lambda texts: distinct(texts, 1, tokens=TOKENS),
        meaning=f"share of words that are new (distinct-1), in {TOKENS:,} words",
        normal="0.14 to 0.45",
    ),
    _Kind(
        name="different word pairs",
        take=lambda texts: distinct(texts, 2, tokens=TOKENS),
        meaning=f"share of neighbouring words that are a new pair (distinct-2), in {TOKENS:,} words",
        normal="0.45 to 0.85",
        sign=lambda value: value < 0.3,
        odd=lambda value: value < 0.42,
    ),
    _Kind(
        name="different word triples",
        take=lambda texts: distinct(texts, 3, tokens=TOKENS),
        meaning=f"the same of three words (distinct-3), in {TOKENS:,} words",
        normal="0.70 to 0.95",
        odd=lambda value: value < 0.55,
    ),
    _Kind(
        name="vocabulary (MTLD)",
        take=_mtld,
        meaning="mean stretch of words before they begin to repeat, in at most 5,000",
        normal="50 to 110",
        sign=lambda value: value < 30,
        odd=lambda value: value < 45,
    ),
    _Kind(
        name="compression ratio",
        take=lambda texts: compression_ratio(texts, size=BYTES),
        meaning=f"bytes over gzipped bytes, in {BYTES:,} bytes; high is repetitive",
        normal="2.2 to 3.5",
        sign=lambda value: value > 4.5,
        odd=lambda value: value > 3.7,
    ),
    _Kind(
        name="repeated phrases",
        take=lambda texts: self_repetition(texts, rows=_REPEATED),
        meaning=f"log of how often a text's runs of four words stand in {_REPEATED - 1} others",
        normal="0.1 to 2.5",
        sign=lambda value: value > 3.0,
        odd=lambda value: value > 2.7,
        needs=lambda _: _REPEATED,
    ),
)
_OPENINGS = (
    _Kind(
        name="most frequent opening",
        take=lambda texts: _most(_openings(texts, 2)),
        meaning="share of texts that begin with the same two words",
        normal="0.05 to 0.20",
        sign=lambda value: value > 0.4,
        odd=lambda value: value > 0.27,
    ),
    _Kind(
        name="evenness of first words",
        take=lambda texts: _evenness(_openings(texts, 1)),
        meaning="1: all first words alike often, 0: one alone",
        normal="0.68 to 0.78",
        sign=lambda value: value < 0.4,
        odd=lambda value: value < 0.5,
    ),
    _Kind(
        name="question types",
        take=lambda texts: _evenness([question_type(text) for text in texts]),
        meaning="evenness of what, who, when, where, why, how, how many, which, yes/no and others",
        normal="0.55 to 0.75",
        odd=lambda value: value < 0.3,
    ),
    _Kind(
        name="most frequent question type",
        take=lambda texts: _most([question_type(text) for text in texts]),
        meaning="share of questions of one type",
        normal="0.35 to 0.60",
        odd=lambda value: value > 0.8,
    ),
)


class Diversity:
    """The scores of a sample of questions and of answers."""

    def __init__(self, embedder: Embedder, *, reference: Texts = (), seed: int = 7) -> None:
        self._embedder, self._reference = embedder, reference
        self._sample = Reservoir(ROWS, seed=seed)

    def add(self, row: ForeignRow) -> None:
        """Offer a row to the sample."""
        self._sample.add((row.question or "", row.answer, hash(row.contexts) if row.contexts else None))

    def findings(self) -> Findings:
        """Return the measures, and flags when the questions are collapsed or narrow."""
        rows = self._sample.items
        if len(rows) < 3:
            raise UsageError(f"{self._sample.seen} rows that can be read; give at least three")
        sources = [source for _, _, source in rows]
        measures: list[Measure] = []
        for of, place in (("questions", 0), ("answers", 1)):
            kept = [(row[place], source) for row, source in zip(rows, sources, strict=True) if row[place].strip()]
            if len(kept) >= 3:
                measures += self._of(of, [text for text, _ in kept], [source for _, source in kept])
        verdict, reasons = judged(measures, rows=self._sample.seen)
        flags = {verdict: "; ".join(reasons)} if verdict != "varied" else {}
        if verdict == "collapsed":
            flags["narrow"] = flags["collapsed"]
        return Findings(measures=tuple(measures), flags=flags)

    def _of(self, of: str, texts: Texts, sources: Sequence[int | None]) -> Iterator[Measure]:
        """The measures of questions or answers."""
        asked = of == "questions"
        lengths = [float(len(words(text))) for text in texts]
        yield Measure(of=of, name="words", score=mean(lengths), meaning="mean length of a text in words", normal="")
        spread = float(np.std(lengths)) / max(1e-9, float(np.mean(lengths)))
        told = "standard deviation of the length over its mean; near 0, all are equally long"
        yield Measure(
            of=of,
            name="spread of lengths",
            score=Score(value=spread),
            meaning=told,
            normal="0.20 to 0.60" if asked else "",
        )
        for kind in (*_KINDS, *(_OPENINGS if asked else ())):
            yield self._measure(of, kind, texts)
        yield self._verb_nouns(of, texts)
        yield from self._meaning(of, texts, sources)

    def _measure(self, of: str, kind: _Kind, texts: Texts) -> Measure:
        value, asked = kind.take(texts), of == "questions"
        score = Score(value=value)
        if len(texts) * _DIFFERENT * 0.95 >= kind.needs(texts):
            score = interval(
                len(texts), lambda numbers: kind.take([texts[n] for n in numbers]), value=value, resamples=_RESAMPLES
            )
        beside = kind.take(self._reference) if len(self._reference) >= 3 and kind in _KINDS else None
        enough = len(texts) >= kind.needs(texts)
        return Measure(
            of=of,
            name=kind.name,
            score=score,
            meaning=kind.meaning if enough else f"{kind.meaning}; these are fewer, and compare with nothing",
            normal=kind.normal if asked and enough else "",
            reference=beside if enough else None,
            sign=kind.sign(value) and asked and enough,
            odd=kind.odd(value) and asked and enough,
        )

    def _verb_nouns(self, of: str, texts: Texts) -> Measure:
        """The share of texts with a main verb and object of their own, on `_PAIRED` of them."""
        pairs = verb_nouns(texts[:_PAIRED])
        seen = Counter(pair for pair in pairs if pair)
        named = sum(seen.values())
        commonest = ", ".join(" ".join(pair) for pair, _ in seen.most_common(3))
        told = f"different verb-noun pairs over the {named} of {len(pairs)} texts that have one; commonest: {commonest or 'none'}"
        value = len(seen) / named if named else 0.0
        odd = of == "questions" and named >= _FEW and value < 0.25
        score = Score(value=value)
        return Measure(
            of=of,
            name="verb-noun pairs",
            score=score,
            meaning=told,
            normal="0.45 to 1.00" if of == "questions" else "",
            odd=odd,
        )

    def _meaning(self, of: str, texts: Texts, sources: Sequence[int | None]) -> Iterator[Measure]:
        """Scores of meaning, from the embedder's vectors."""
        vectors, asked = self._embedder.embed(list(texts)), of == "questions"
        near = [float(each) for each in nearest(vectors)]
        told = "mean cosine of a text with the one nearest to it"
        yield Measure(
            of=of, name="nearest neighbour", score=mean(near), meaning=told, normal="0.55 to 0.80" if asked else ""
        )
        copies = share(sum(each > CLOSE for each in near), len(near))
        told = f"share of texts with another at a cosine above {CLOSE}"
        sign, odd = asked and copies.value > 0.3, asked and copies.value > 0.22
        normal = "0.00 to 0.20" if asked else ""
        yield Measure(of=of, name="near copies", score=copies, meaning=told, normal=normal, sign=sign, odd=odd)
        yield self._effective(of, vectors)
        yield from self._within(of, vectors, sources)

    def _effective(self, of: str, vectors: NDArray[Any]) -> Measure:
        """Different meanings in equal numbers of texts, with the middle 95 % of draws."""
        size = max(2, min(_REPEATED, int(_DIFFERENT * len(vectors))))
        beside = None
        if len(self._reference) > size:
            others = self._embedder.embed(list(self._reference[:ROWS]))
            beside = _drawn_vendi(others, size).value
        told = f"effective number of different meanings over texts, in draws of {size} (Vendi score); compare equal draws only"
        score = _drawn_vendi(vectors, size)
        return Measure(of=of, name="effective share (Vendi)", score=score, meaning=told, normal="", reference=beside)

    def _within(self, of: str, vectors: NDArray[Any], sources: Sequence[int | None]) -> Iterator[Measure]:
        groups: dict[int, list[int]] = {}
        for number, source in enumerate(sources):
            if source is not None:
                groups.setdefault(source, []).append(number)
        pairs = within(vectors, list(groups.values()))
        if len(pairs):
            told = "9th decile of the cosines of texts made from the same passages"
            value = Score(value=float(np.quantile(pairs, 0.9)))
            yield Measure(of=of, name="likeness within a source", score=value, meaning=told, normal="")


def _drawn_vendi(vectors: NDArray[Any], size: int, *, draws: int = 20, seed: int = 7) -> Score:
    """The mean Vendi score over texts of draws of `size` vectors."""
    draw = np.random.default_rng(seed)
    found = sorted(vendi(vectors[draw.choice(len(vectors), size, replace=False)]) / size for _ in range(draws))
    return Score(value=sum(found) / draws, low=found[0], high=found[-1])


def judged(measures: Sequence[Measure], *, rows: int) -> tuple[str, tuple[str, ...]]:
    """Return whether the questions are collapsed, narrow or varied, and why; of statements without questions, what their text says."""
    signs = [_reason(each) for each in measures if each.sign]
    odd = [_reason(each) for each in measures if each.odd]
    if len(signs) >= COLLAPSED_AT:
        return "collapsed", tuple(signs)
    if signs or (len(odd) >= NARROW_AT and rows >= _FEW):
        return "narrow", tuple(dict.fromkeys([*signs, *odd]))
    return "varied", ("no sign of repetition",) if not odd else (f"one figure outside of what is normal: {odd[0]}",)


def _reason(each: Measure) -> str:
    return f"{each.name} {each.score.value:.2f} (normal {each.normal})"

"""How varied the texts of a dataset are: in words, phrases and meaning, at equal length, with intervals.

Scores that grow or shrink with the amount of text are taken on a fixed amount, drawn with a seed: a set of 200 rows and one of 20,000
can then be compared, and either with the documents it was made from. Which scores, after Shaib et al. 2024
(arXiv 2403.00553): compression ratio and repetition of long n-grams, with a score of meanings, tell most and repeat one another least.
"""

from __future__ import annotations

import gzip
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.words import words

TYPE_TOKEN = 0.72
"""Type-token ratio at which MTLD starts a new stretch (McCarthy and Jarvis 2010)."""
TOKENS = 10_000
BYTES = 1_000_000
ROWS = 2_000
CLOSE = 0.9
RESAMPLES = 200

Vectors = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A score with the ends of its interval, which holds 95 % of bootstrap resamples of the rows; None where it has none."""

    value: float
    low: float | None = None
    high: float | None = None


@lru_cache(maxsize=16_384)
def tokens_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, remembered: resamples ask for the same texts again."""
    return tuple(words(text))


def ngrams(tokens: Sequence[str], n: int) -> Iterator[tuple[str, ...]]:
    """Yield the runs of `n` tokens in order."""
    return zip(*(tokens[start:] for start in range(n)), strict=False)


def distinct(texts: Sequence[str], n: int, *, tokens: int = TOKENS, seed: int = 7) -> float:
    """Return the share of n-grams that are different ones (Li et al. 2016), on `tokens` words of shuffled texts; 0 without any."""
    found: list[tuple[str, ...]] = []
    left = tokens
    for text in _shuffled(texts, seed):
        own = tokens_of(text)[:left]
        found += ngrams(own, n)
        left -= len(own)
        if left <= 0:
            break
    return len(set(found)) / len(found) if found else 0.0


def vocabulary(texts: Sequence[str], *, tokens: int = TOKENS, seed: int = 7) -> float:
    """Return how many different words stand in the first `tokens` words of shuffled texts."""
    found: list[str] = []
    for text in _shuffled(texts, seed):
        found += tokens_of(text)
        if len(found) >= tokens:
            break
    return float(len(set(found[:tokens])))


def question_type(text: str) -> str:
    """Return what a question asks for by its first question word: what, who, when, where, why, how, how many, which, yes/no, other."""
    asked = words(text)
    for place, word in enumerate(asked):
        if word == "how" and asked[place + 1 : place + 2] and asked[place + 1] in _AMOUNTS:
            return "how many"
        if word in _TYPES:
            return _TYPES[word]
    return "yes/no" if asked[:1] and asked[0] in _AUXILIARIES else "other"


_AMOUNTS = frozenset(("many", "much", "long", "often", "old", "far", "soon", "large", "big"))
_TYPES = {each: each for each in ("what", "when", "where", "why", "how", "which", "who")} | {
    "whom": "who",
    "whose": "who",
}
_AUXILIARIES = frozenset(
    "is are was were do does did may can must shall should will would could has have had might need am".split()
)


def verb_nouns(texts: Sequence[str], *, model: str | None = None) -> list[tuple[str, str] | None]:
    """Return each text's first verb with its object, as lemmas (Wang et al. 2023, Self-Instruct), None where it has none.

    The object is the noun that the parser hangs on the verb, or for want of one the verb's subject, as in passive sentences.
    """
    pipeline = _parser(model)
    return [_verb_noun(document) for document in pipeline.pipe(texts, batch_size=64)]


@cache
def _parser(model: str | None) -> Any:  # noqa: ANN401 - spaCy's pipelines are untyped
    import spacy

    from graph.extract import spacy_package

    return spacy.load(spacy_package(model), exclude=["ner", "senter"])


def _verb_noun(document: Any) -> tuple[str, str] | None:  # noqa: ANN401 - as above
    for relations in (_OBJECTS, _SUBJECTS):
        for token in document:
            if token.pos_ == "NOUN" and token.dep_ in relations and token.head.pos_ == "VERB":
                return token.head.lemma_.lower(), token.lemma_.lower()
    return None


_OBJECTS = frozenset(("dobj", "obj", "attr"))
_SUBJECTS = frozenset(("nsubj", "nsubjpass"))


def mtld(tokens: Sequence[str], *, ratio: float = TYPE_TOKEN) -> float:
    """Return the mean length of stretches whose type-token ratio stays above `ratio`, read forward and backward; 0 without words."""
    if not tokens:
        return 0.0
    return (_stretch(tokens, ratio) + _stretch(tokens[::-1], ratio)) / 2


def _stretch(tokens: Sequence[str], ratio: float) -> float:
    factors, start = 0.0, 0
    seen: set[str] = set()
    for place, token in enumerate(tokens, start=1):
        seen.add(token)
        if len(seen) / (place - start) < ratio:
            factors += 1
            start, seen = place, set()
    rest = len(tokens) - start
    if rest:
        factors += (1 - len(seen) / rest) / (1 - ratio)
    return len(tokens) / factors if factors else float(len(tokens))


def compression_ratio(texts: Sequence[str], *, size: int = BYTES, seed: int = 7) -> float:
    """Return bytes over gzipped bytes of shuffled texts, cut at `size` bytes: higher is more repetitive; 0 without text."""
    raw = "\n".join(_shuffled(texts, seed)).encode()[:size]
    return len(raw) / len(gzip.compress(raw, mtime=0)) if raw else 0.0


def self_repetition(texts: Sequence[str], *, n: int = 4, rows: int = ROWS, seed: int = 7) -> float:
    """Return the mean of ln(1 + how often a text's n-grams stand in other texts) over `rows` of them (Salkar et al. 2022)."""
    chosen = _sample(texts, rows, seed)
    own = [Counter(ngrams(tokens_of(text), n)) for text in chosen]
    everywhere = Counter[tuple[str, ...]]()
    for counted in own:
        everywhere.update(counted)
    repeats = [sum(everywhere[gram] - count for gram, count in counted.items()) for counted in own]
    return sum(math.log1p(count) for count in repeats) / len(repeats) if repeats else 0.0


def vendi(vectors: Vectors, *, order: float = 1.0) -> float:
    """Return the effective number of different rows, 1 to n, of L2-normalised vectors (n, d) (Friedman and Dieng 2023).

    The exponential of the Rényi entropy of the eigenvalues of the similarity matrix over n, taken from the smaller of the two Gram
    matrices. Raises ValueError without rows.
    """
    if len(vectors) == 0:
        raise ValueError("no vectors to count; give at least one")
    rows = np.asarray(vectors, dtype=np.float64)
    gram = rows @ rows.T if len(rows) <= rows.shape[1] else rows.T @ rows
    shares = np.linalg.eigvalsh(gram / len(rows))
    shares = shares[shares > 1e-12]
    if order == 1.0:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    return float((shares**order).sum() ** (1 / (1 - order)))


def nearest(vectors: Vectors, *, block: int = 512) -> Vectors:
    """Return each row's cosine with the nearest other row, for L2-normalised vectors (n, d); empty for fewer than two."""
    if len(vectors) < 2:
        return np.zeros(0)
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), block):
        near = vectors[start : start + block] @ vectors.T
        near[np.arange(len(near)), np.arange(start, start + len(near))] = -1.0
        found[start : start + block] = near.max(axis=1)
    return found


def within(vectors: Vectors, groups: Sequence[Sequence[int]]) -> Vectors:
    """Return the cosines of all pairs of rows that share a group, as those made from one passage do."""
    pairs = []
    for group in groups:
        members = np.asarray(list(group), dtype=int)
        if len(members) > 1:
            near = vectors[members] @ vectors[members].T
            pairs.append(near[np.triu_indices(len(members), k=1)])
    return np.concatenate(pairs) if pairs else np.zeros(0)


def entropy(counts: Sequence[int]) -> float:
    """Return Pielou's evenness of counts, 0 (one kind alone) to 1 (all alike); 0 for fewer than two kinds."""
    total = sum(counts)
    shares = [count / total for count in counts if count]
    if len(shares) < 2:
        return 0.0
    return -sum(share * math.log(share) for share in shares) / math.log(len(shares))


def interval(
    rows: int, score: Callable[[Sequence[int]], float], *, value: float, resamples: int = RESAMPLES, seed: int = 7
) -> Score:
    """Return `value` with the middle 95 % of `score` over resamples of row numbers, drawn without their repeats.

    A resample with repeated rows would look repetitive by itself, so each holds the different rows of a bootstrap draw, about 63 %.
    Scores of fewer rows may lie higher or lower by that alone: the ends are moved so that the middle resample has `value`.
    """
    if rows < 3:
        return Score(value=value)
    draw = random.Random(seed)
    found = sorted(score(sorted(set(draw.choices(range(rows), k=rows)))) for _ in range(resamples))
    shift = value - found[resamples // 2]
    return Score(value=value, low=found[int(0.025 * resamples)] + shift, high=found[int(0.975 * resamples) - 1] + shift)


def _shuffled(texts: Sequence[str], seed: int) -> list[str]:
    return random.Random(seed).sample(list(texts), len(texts))


def _sample(texts: Sequence[str], rows: int, seed: int) -> list[str]:
    return list(texts) if len(texts) <= rows else random.Random(seed).sample(list(texts), rows)

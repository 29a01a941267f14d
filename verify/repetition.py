"""Rows that repeat an earlier one: word for word, nearly so, or in meaning. The first of each group is kept.

A row is a tuple of the texts that are compared, as (question, answer): a row repeats another when each of its texts repeats the
other's, so its score is the least of them. Nothing is quadratic in the rows: near copies share a band of a MinHash signature
(Broder 1997; Leskovec, Rajaraman and Ullman 2020, chapter 3), and rows of like meaning lie in neighbouring cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.duplicate import fold
from verify.sameness import may_be_same, reworded
from verify.statement import statement
from verify.words import content

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from verify.nli import EntailmentModel

SHINGLE = 3
"""Letters of a shingle."""
BANDS, DEPTH = 32, 4
"""Bands of a signature, and values in each: texts that share 0.6 of their shingles share a band in 99 of 100 cases."""
NEIGHBOURS = 4
"""Earlier rows of a band that a row is compared with, beside the first."""
LOOKED_AT = 6
"""Candidates of a row that are compared letter by letter, those with the most alike signatures."""
CONTRADICTED = 0.5
"""Probability of contradiction from which rows of like meaning are not one: of one-word swaps in BreakingNLI it finds 0.44, at the
price of 0.03 of its synonyms."""
FLOOR = 0.5
"""Cosine below which two answers do not agree, whatever words they share."""
MARGIN = 0.1
"""By how much the cosine of two answers must be above the threshold for questions: answers to one question are alike as it is."""
ASIDE = 2
"""Words of content that an answer may hold beyond the other's where the questions are in other words."""
_SLACK = 0.1
_BATCH = 20_000
_MIX = np.uint64(0x9E3779B97F4A7C15)

Texts = tuple[str, ...]
Embed = Callable[[Sequence[str]], "NDArray[Any]"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeat:
    """Row number `row` repeats row number `of`, which is earlier and kept; `score` is 0 to 1."""

    row: int
    of: int
    score: float


def exact(rows: Iterable[Texts]) -> Iterator[Repeat]:
    """Yield the rows that are equal to an earlier one but for letter case, white space and punctuation."""
    first: dict[Texts, int] = {}
    for number, texts in enumerate(rows):
        folded = tuple(fold(text) or text for text in texts)
        of = first.setdefault(folded, number)
        if of != number:
            yield Repeat(row=number, of=of, score=1.0)


def near(rows: Sequence[Texts], *, threshold: float) -> list[Repeat]:
    """Return the rows of whose letter triples an earlier row shares `threshold` (Jaccard), and that differ in no word of content.

    Words may be added, or misspelt; another word in the place of one is left to `meaning`. Figures, names and negation are the same.
    """
    pairs = _near_pairs([" ".join(map(fold, texts)) for texts in rows], threshold - _SLACK)

    def score(row: int, of: int) -> float:
        if any(map(reworded, rows[row], rows[of])):
            return 0.0
        least = 1.0
        for one, other in sorted(zip(rows[row], rows[of], strict=True), key=lambda pair: len(pair[0])):
            least = min(least, jaccard(one, other))
            if least < threshold:
                return 0.0
        return least if all(map(may_be_same, rows[row], rows[of])) else 0.0

    return _settled(pairs, score, threshold)


def meaning(
    rows: Sequence[Texts],
    *,
    vectors: Sequence[NDArray[Any]],
    threshold: float,
    guarded: bool = True,
    entailment: EntailmentModel | None = None,
) -> list[Repeat]:
    """Return the rows whose first text has a cosine of `threshold` or more with an earlier row's, and whose others agree.

    A further text, as an answer, agrees by its cosine too, or when one holds all the words of the other that carry meaning.
    `vectors` holds an array (rows, d) of unit vectors for each place of the tuples. `guarded` rows must also have the same figures,
    names and negation.
    """
    from verify.cells import Cells

    joined = np.concatenate(list(vectors), axis=1) * np.asarray(len(vectors) ** -0.5, dtype=vectors[0].dtype)
    least = (threshold + FLOOR * (len(vectors) - 1)) / len(vectors)
    found = [np.zeros(0, dtype=np.uint64)]
    for one, other in Cells(joined).pairs(joined, least - 1e-3, itself=True):
        asked = _cosines(vectors[0], one, other) >= threshold
        found.append(_packed(one[asked], other[asked]))

    def score(row: int, of: int) -> float:
        cosines = [float(each[row].astype(np.float32) @ each[of].astype(np.float32)) for each in vectors]
        apart = guarded and reworded(rows[row][0], rows[of][0])
        agree = [
            _answers_alike(one, other, cosine, apart=apart)
            for one, other, cosine in zip(rows[row][1:], rows[of][1:], cosines[1:], strict=True)
        ]
        if guarded and not all(map(may_be_same, rows[row], rows[of])):
            return 0.0
        return max(0.0, min(cosines[0], 1.0, *agree))

    repeats = _settled(np.unique(np.concatenate(found)), score, threshold)
    return repeats if entailment is None else _agreeing(repeats, rows, entailment)


def _agreeing(repeats: list[Repeat], rows: Sequence[Texts], model: EntailmentModel) -> list[Repeat]:
    """The repeats that do not contradict what they repeat, read either way; each row as one statement."""
    said = {number: _said(rows[number]) for each in repeats for number in (each.row, each.of)}
    pairs = [(said[each.row], said[each.of]) for each in repeats]
    ways = model.entail([*pairs, *((other, one) for one, other in pairs)])
    against = [
        max(one.contradiction, other.contradiction) for one, other in zip(ways, ways[len(pairs) :], strict=False)
    ]
    return [each for each, highest in zip(repeats, against, strict=True) if highest < CONTRADICTED]


def _said(texts: Texts) -> str:
    return statement(*texts) if len(texts) == 2 else texts[0]


def _answers_alike(one: str, other: str, cosine: float, *, apart: bool) -> float:
    """How alike two answers are: their cosine, or 1 when one holds all the content of the other and they are not far apart.

    Of questions in other words, `apart`, it may hold little besides: what else it says may be what the other question asks for.
    """
    first, second = content(one), content(other)
    held = bool(first and second) and (first <= second or second <= first)
    if apart and len(first ^ second) > ASIDE:
        held = False
    return 1.0 if held and cosine >= FLOOR else cosine - MARGIN


def _cosines(vectors: NDArray[Any], one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    found: NDArray[Any] = np.einsum("nd,nd->n", vectors[one].astype(np.float32), vectors[other].astype(np.float32))
    return found


def jaccard(one: str, other: str) -> float:
    """Return the share, 0 to 1, of the letter triples of two folded texts that both have."""
    first, second = _shingled(one), _shingled(other)
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared)


@lru_cache(maxsize=2_048)
def _shingled(text: str) -> frozenset[str]:
    return frozenset(shingles(fold(text)))


def shingles(text: str) -> list[str]:
    """Return the runs of SHINGLE letters of a text with a space before and after it."""
    padded = f" {text} "
    return [padded[at : at + SHINGLE] for at in range(max(1, len(padded) - SHINGLE + 1))]


def _settled(pairs: NDArray[np.uint64], score: Callable[[int, int], float], threshold: float) -> list[Repeat]:
    """Go through the pairs in the order of the later row; a row is compared with kept ones alone."""
    repeats: dict[int, Repeat] = {}
    later, earlier = (pairs >> np.uint64(32)).tolist(), (pairs & np.uint64(0xFFFFFFFF)).tolist()
    at = 0
    while at < len(later):
        row, candidates = later[at], set[int]()
        while at < len(later) and later[at] == row:
            of = earlier[at]
            candidates.add(repeats[of].of if of in repeats else of)
            at += 1
        best, of = max((score(row, each), -each) for each in candidates)
        if best >= threshold:
            repeats[row] = Repeat(row=row, of=-of, score=best)
    return list(repeats.values())


def _packed(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.uint64]:
    """Pairs of row numbers as one number each, the later row first."""
    later, earlier = np.maximum(one, other).astype(np.uint64), np.minimum(one, other).astype(np.uint64)
    packed: NDArray[np.uint64] = later << np.uint64(32) | earlier
    return packed


def _near_pairs(folded: Sequence[str], threshold: float) -> NDArray[np.uint64]:
    """Pairs that share a band, and about `threshold` of their signatures."""
    if len(folded) < 2:
        return np.zeros(0, dtype=np.uint64)
    signatures = _signatures(folded)
    found, shares = [np.zeros(0, dtype=np.uint64)], [np.zeros(0)]
    for band in range(BANDS):
        one, other = _together(signatures[:, band * DEPTH : (band + 1) * DEPTH])
        for start in range(0, len(one), _BATCH):
            a, b = one[start : start + _BATCH], other[start : start + _BATCH]
            share = (signatures[a] == signatures[b]).mean(axis=1)
            alike = share >= threshold
            found.append(_packed(a[alike], b[alike]))
            shares.append(share[alike])
    return _best(np.concatenate(found), np.concatenate(shares))


def _best(pairs: NDArray[np.uint64], shares: NDArray[Any]) -> NDArray[np.uint64]:
    """The different pairs in order, of each later row the LOOKED_AT with the highest estimated share."""
    pairs, first = np.unique(pairs, return_index=True)
    later = pairs >> np.uint64(32)
    order = np.lexsort((-shares[first], later))
    sorted_later = later[order]
    rank = np.arange(len(order)) - np.searchsorted(sorted_later, sorted_later)
    return np.sort(pairs[order[rank < LOOKED_AT]])


def _signatures(folded: Sequence[str]) -> NDArray[np.uint32]:
    """MinHash signatures, shape (rows, BANDS * DEPTH)."""
    from rensa import RMinHash

    found = np.empty((len(folded), BANDS * DEPTH), dtype=np.uint32)
    for start in range(0, len(folded), _BATCH):
        sets = [shingles(text) for text in folded[start : start + _BATCH]]
        matrix = RMinHash.digest_matrix_from_token_sets(sets, BANDS * DEPTH, 7)
        found[start : start + len(sets)] = matrix.to_rows()
    return found


def _together(band: NDArray[np.uint32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Pairs of rows equal in a band: each with the NEIGHBOURS before it, and with the first."""
    key = np.zeros(len(band), dtype=np.uint64)
    for column in band.T:
        key = (key ^ column.astype(np.uint64)) * _MIX
    order = np.argsort(key, kind="stable")
    sorted_key = key[order]
    first = np.searchsorted(sorted_key, sorted_key)
    places = np.arange(len(order))
    ones, others = [order[first < places]], [order[first[first < places]]]
    for step in range(1, NEIGHBOURS + 1):
        same = sorted_key[step:] == sorted_key[:-step]
        ones.append(order[step:][same])
        others.append(order[:-step][same])
    return np.concatenate(ones), np.concatenate(others)

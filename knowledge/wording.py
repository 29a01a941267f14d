"""The wording of a question in candidates: its neighbouring words side by side, and the letters of its words.

BM25 sees neither: that "interest rate" stands in one place, nor that "identify" is near to "identification".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from knowledge.lexical import K1, B, all_words, content_words, stemmed

if TYPE_CHECKING:
    import numpy

LETTERS = 4
"""Letters, and the bounds of a word, that are compared at a time."""
_KEPT = 2_048


class Wording:
    """A question as it is worded, to be looked for in candidates."""

    def __init__(self, query: str) -> None:
        words = content_words(all_words(query))
        self._pairs = frozenset((one, other) for one, other in pairwise(stemmed(words)) if one != other)
        self._grams = Counter(gram for word in words for gram in _grams(f" {word} ").tolist())

    def phrases(self, texts: Sequence[str]) -> list[float]:
        """Return, for each text, the share of the question's pairs of neighbouring words that are neighbours there, 0 to 1.

        Words count in any form; stop words between them are passed over, as in "kept for seven years".
        """
        if not self._pairs:
            return [0.0] * len(texts)
        return [len(self._pairs & _read(text).pairs) / len(self._pairs) for text in texts]

    def letters(self, texts: Sequence[str]) -> list[float]:
        """Return BM25 of each text among these by runs of four letters, the best brought to 1."""
        import numpy

        if not texts or not self._grams:
            return [0.0] * len(texts)
        found = [_read(text).grams for text in texts]
        lengths = numpy.array([len(each) for each in found], dtype=float)
        counts = self._counts(found)
        spread = (counts > 0).sum(axis=0)
        rarity = numpy.log(1 + (len(texts) - spread + 0.5) / (spread + 0.5))
        weights = rarity * [self._grams[gram] for gram in sorted(self._grams)]
        room = K1 * (1 - B + B * lengths / (lengths.mean() or 1.0))
        scores = (counts / (counts + room[:, None])) @ weights
        return (scores / (scores.max() or 1.0)).tolist()  # type: ignore[no-any-return]

    def _counts(self, found: Sequence[numpy.ndarray]) -> numpy.ndarray:
        """Return how often each text has each of the question's runs, shape (texts, runs in order)."""
        import numpy

        wanted = numpy.array(sorted(self._grams), dtype=numpy.uint64)
        every = numpy.concatenate(found)
        owner = numpy.repeat(numpy.arange(len(found)), [len(each) for each in found])
        place = numpy.minimum(numpy.searchsorted(wanted, every), len(wanted) - 1)
        hit = wanted[place] == every
        cells = owner[hit] * len(wanted) + place[hit]
        return numpy.bincount(cells, minlength=len(found) * len(wanted)).reshape(len(found), len(wanted))


def shared_phrases(query: str, text: str) -> tuple[str, ...]:
    """Return the pairs of neighbouring words of `query` that are neighbours in `text`, in whatever form, in order, each once."""
    words = content_words(all_words(query))
    there = _read(text).pairs
    pairs = zip(pairwise(words), pairwise(stemmed(words)), strict=True)
    return tuple(
        dict.fromkeys(" ".join(said) for said, (one, other) in pairs if one != other and (one, other) in there)
    )


class _Text:
    """What is kept of a text that was read: pairs of neighbouring stems, and runs of letters."""

    __slots__ = ("grams", "pairs")

    def __init__(self, text: str) -> None:
        words = all_words(text)
        self.pairs = frozenset(pairwise(stemmed(content_words(words))))
        self.grams = _grams(f" {' '.join(words)} ")


@lru_cache(maxsize=_KEPT)
def _read(text: str) -> _Text:
    return _Text(text)


def _grams(spaced: str) -> numpy.ndarray:
    """Return each run of four letters as one number: four UTF-16 units side by side."""
    import numpy

    units = numpy.frombuffer(spaced.encode("utf-16-le", "surrogatepass"), dtype="<u2").astype(numpy.uint64)
    runs = max(0, len(units) - LETTERS + 1)
    total = numpy.zeros(runs, dtype=numpy.uint64)
    for place in range(LETTERS):
        total |= units[place : place + runs] << numpy.uint64(16 * place)
    return total

"""What texts share word for word with documents: every run of RUN words or more, found in linear time by hashed runs.

Runs are kept as sorted 64-bit hashes, eight bytes a word, of the documents (`Known`) or of the texts (`Overlap`); the other side
streams past. Words are compared in lower case, without punctuation and without differences of Unicode form. Two runs that differ have equal
hashes once in about 2^64 comparisons: a run may be claimed wrongly with that chance, and is never missed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

RUN = 12
"""Words of a run that two texts hardly share by chance."""
_WORD = re.compile(r"[^\W_]+")
_BASE = np.uint64(0x9E3779B97F4A7C15)

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A run of words that stands in a document too: `start` and `end` are characters of the text, `words` how many there are."""

    start: int
    end: int
    words: int


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Return the words of a text as they are compared, each with where it starts and ends."""
    return [(_folded(found.group()), found.start(), found.end()) for found in _WORD.finditer(text)]


def _folded(word: str) -> str:
    return word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).casefold()


@lru_cache(maxsize=262_144)
def _number(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hashes(words: Sequence[str], *, run: int = RUN) -> Hashes:
    """Return the hash of each run of `run` words, in order; empty for fewer words."""
    count = len(words) - run + 1
    found = np.zeros(max(0, count), dtype=np.uint64)
    if count <= 0:
        return found
    numbers = np.fromiter(map(_number, words), dtype=np.uint64, count=len(words))
    for step in range(run):
        found *= _BASE
        found += numbers[step : step + count]
        found ^= found >> np.uint64(29)
    return found


class Known:
    """The runs of documents that are held, to be looked up in texts: eight bytes a word of the documents."""

    def __init__(self, documents: Iterable[str], *, run: int = RUN) -> None:
        self._run = run
        found = [hashes([word for word, _, _ in tokens(each)], run=run) for each in documents]
        self._all: Hashes = np.unique(np.concatenate([_NONE, *found]))

    def found(self, text: str) -> NDArray[np.bool_]:
        """Return for each run of a text whether it stands in a document."""
        return self.among(hashes([word for word, _, _ in tokens(text)], run=self._run))

    def among(self, runs: Hashes) -> NDArray[np.bool_]:
        """Return for each run, by its hash, whether it stands in a document."""
        return _inside(runs, self._all)

    def runs(self, text: str) -> list[Run]:
        """Return the runs of words that a text shares with the documents."""
        return shared(text, self.found(text), run=self._run)


_NONE: Hashes = np.zeros(0, dtype=np.uint64)


def _inside(wanted: Hashes, held: Hashes) -> NDArray[np.bool_]:
    """Whether each value stands in a sorted array."""
    if not len(held):
        return np.zeros(len(wanted), dtype=bool)
    places = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
    return np.asarray(held[places] == wanted, dtype=bool)


class Overlap:
    """Runs of texts that are held, looked for in documents that stream past: eight bytes a word of the texts, and one more each.

    Give the texts with `text`, then the documents with `document`, then ask `found`. A text of fewer words than a run has none.
    """

    def __init__(self, *, run: int = RUN) -> None:
        self._run = run
        self._of: list[Hashes] = []
        self._all: Hashes = _NONE
        self._seen: NDArray[np.bool_] = np.zeros(0, dtype=bool)

    def text(self, text: str) -> Hashes:
        """Hold a text; return the hashes of its runs."""
        self._of.append(hashes([word for word, _, _ in tokens(text)], run=self._run))
        return self._of[-1]

    def document(self, document: str) -> None:
        """Look for the runs of a document among those of the texts."""
        if len(self._seen) == 0:
            self._all = np.unique(np.concatenate([_NONE, *self._of]))
            self._seen = np.zeros(len(self._all) + 1, dtype=bool)
        runs = hashes([word for word, _, _ in tokens(document)], run=self._run)
        runs = runs[_inside(runs, self._all)]
        self._seen[np.searchsorted(self._all, runs)] = True

    def found(self, number: int) -> NDArray[np.bool_]:
        """Return for each run of text `number` whether it stands in a document."""
        if len(self._seen) == 0:
            return np.zeros(len(self._of[number]), dtype=bool)
        return np.asarray(self._seen[np.searchsorted(self._all, self._of[number])], dtype=bool)


def shared(text: str, found: NDArray[Any], *, run: int = RUN) -> list[Run]:
    """Return the runs of words of a text that `found` marks, those that overlap joined."""
    words = tokens(text)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(found, dtype=np.int8), [0]])))
    runs = [
        Run(start=words[first][1], end=words[last + run - 2][2], words=last - first + run - 1)
        for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    ]
    return _joined(runs, text)


def _joined(runs: list[Run], text: str) -> list[Run]:
    """Join the runs that overlap; those that only touch at a word boundary stay apart."""
    if not any(one.end > other.start for one, other in pairwise(runs)):
        return runs
    joined = [runs[0]]
    for each in runs[1:]:
        last = joined[-1]
        if each.start < last.end:
            joined[-1] = Run(start=last.start, end=each.end, words=len(tokens(text[last.start : each.end])))
        else:
            joined.append(each)
    return joined


def longest(found: NDArray[Any], *, run: int = RUN) -> int:
    """Return the words of the longest stretch of runs that `found` marks; 0 without any."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(found, dtype=np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max()) + run - 1 if len(edges) else 0


def holds(text: str, canary: str) -> bool:
    """Whether a text holds a planted string, whatever its case, spacing and punctuation; or half of it or more in one piece."""
    plain, wanted = _letters(text), _letters(canary)
    if not wanted:
        return False
    if wanted in plain:
        return True
    half = max(_LEAST_PART, (len(wanted) + 1) // 2)
    return any(wanted[at : at + half] in plain for at in range(len(wanted) - half + 1))


_LEAST_PART = 10
"""Letters and digits of a canary that chance does not bring together."""


def _letters(text: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFKC", text).casefold() if mark.isalnum())

"""The best rows under a budget: those that stand for all rows and cover what they are about; chosen by lazy greedy search.

The worth of a choice S is monotone and submodular: facility location (for each row, its likeness to the most alike chosen one) and
coverage (the weight of all features that a chosen row has). Greedy search comes within 1 - 1/e of the best choice (Nemhauser, Wolsey and
Fisher 1978); a lazy queue finds the same rows with a fraction of the work (Minoux 1978).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIKE = 0.3
"""Cosine from which a row can stand for another; the queue holds only such pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """A row chosen: its number, and how much it adds to the worth (0 to 1 of the worth of all rows together)."""

    row: int
    gain: float


class Worth:
    """The worth of sets of rows; `add` puts a row in, `gain` says what it would add."""

    def __init__(
        self,
        *,
        features: Sequence[frozenset[str]],
        vectors: NDArray[Any] | None,
        weights: Sequence[float],
        share: float,
    ) -> None:
        """Take `weights` (0 or more) of the rows and the `share`, 0 to 1, of coverage in the worth."""
        self._features = [sorted(each) for each in features]
        counts = Counter(name for each in features for name in each)
        rare = {name: log(1 + len(features) / count) for name, count in counts.items()}
        mass = sum(rare.values()) or 1.0
        self._open = {name: share * value / mass for name, value in rare.items()}
        self._best = np.zeros(len(features))
        total = sum(weights) or 1.0
        self._weights = (1.0 - share) * np.array(weights) / total
        self._near = _neighbours(vectors) if vectors is not None else [_none()] * len(features)

    def gain(self, row: int) -> float:
        """Return what a row would add."""
        covered = sum(self._open.get(name, 0.0) for name in self._features[row])
        others, likeness = self._near[row]
        more = np.maximum(likeness - self._best[others], 0.0)
        own = self._weights[row] * max(0.0, 1.0 - self._best[row])
        return float(covered + own + (self._weights[others] * more).sum())

    def add(self, row: int) -> None:
        """Put a row in."""
        for name in self._features[row]:
            self._open.pop(name, None)
        others, likeness = self._near[row]
        self._best[others] = np.maximum(self._best[others], likeness)
        self._best[row] = 1.0


def choose(
    number: int,
    *,
    features: Sequence[frozenset[str]],
    vectors: NDArray[Any] | None = None,
    weights: Sequence[float] | None = None,
    coverage: float = 0.5,
) -> list[Chosen]:
    """Return `number` rows, the most worthy first; all rows when there are fewer.

    `features` are what each row is about (concepts, or words), `vectors` (n, d) of length 1 tell likeness, `weights` how much each row
    matters. `coverage` is the share of coverage in the worth, 0 to 1; without vectors it is all but the rows' own weight.
    """
    worth = Worth(features=features, vectors=vectors, weights=weights or [1.0] * len(features), share=coverage)
    return take(number, worth, rows=len(features))


def take(number: int, worth: Worth, *, rows: int) -> list[Chosen]:
    """Return `number` of the rows, the most worthy first, and leave them in `worth`: its gains are then those of the others."""
    queue = [(-worth.gain(row), row) for row in range(rows)]
    heapq.heapify(queue)
    chosen: list[Chosen] = []
    while queue and len(chosen) < number:
        _, row = heapq.heappop(queue)
        fresh = worth.gain(row)
        if queue and (-fresh, row) > queue[0]:
            heapq.heappush(queue, (-fresh, row))
            continue
        worth.add(row)
        chosen.append(Chosen(row=row, gain=fresh))
    return chosen


def _none() -> tuple[NDArray[Any], NDArray[Any]]:
    return np.zeros(0, dtype=np.int64), np.zeros(0)


def _neighbours(vectors: NDArray[Any]) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """For each row, the rows it is near to and the cosines; found in cells, never by all pairs of a large set."""
    from verify.cells import Cells

    ones, others, found = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for one, other in Cells(vectors).pairs(vectors, LIKE, itself=True):
        ones.append(one.astype(np.int64))
        others.append(other.astype(np.int64))
        found.append(np.einsum("nd,nd->n", vectors[one].astype(np.float32), vectors[other].astype(np.float32)))
    one, other, likeness = np.concatenate(ones), np.concatenate(others), np.minimum(np.concatenate(found), 1.0)
    bounds = np.searchsorted(other[order := np.lexsort((one, other))], np.arange(1, len(vectors)))
    return list(zip(np.split(one[order], bounds), np.split(likeness[order], bounds), strict=True))

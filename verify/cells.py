"""Vectors in cells, so that near ones are found without comparing all with all: an inverted file (Sivic and Zisserman 2003)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

WHOLE = 8_192
"""Vectors up to which one cell holds all, and the search is exact."""
PROBES = 12
"""Cells looked into for each vector."""
TOP = 32
"""Near vectors named for each, the earliest first."""
_BLOCK = 1_024
_ROUNDS = 4

Vectors = NDArray[np.floating[Any]]
Numbers = NDArray[np.integer[Any]]


class Cells:
    """L2-normalised vectors (n, d) sorted into about √n cells; the work of a search grows as n√n. Deterministic for a seed."""

    def __init__(self, vectors: Vectors, *, seed: int = 7) -> None:
        self._vectors = vectors
        self._centres = _centres(vectors, np.random.default_rng(seed)) if len(vectors) > WHOLE else None
        self._members = self._sorted()

    def _sorted(self) -> list[Numbers]:
        """The numbers of the vectors in each cell, in order."""
        if self._centres is None:
            return [np.arange(len(self._vectors))]
        cell = _nearest(self._vectors, self._centres, 1)[:, 0]
        order = np.argsort(cell, kind="stable")
        return np.split(order, np.searchsorted(cell[order], np.arange(1, len(self._centres))))

    def pairs(self, queries: Vectors, threshold: float, *, itself: bool = False) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield arrays of query numbers and of the numbers of vectors whose cosine with them is at least `threshold`.

        With `itself` the queries are the vectors, and none is compared with itself. For each query and cell TOP at most are named.
        """
        for asking, members in self._visits(queries):
            inside = np.asarray(self._vectors[members], dtype=np.float32).T
            for start in range(0, len(asking), _BLOCK):
                block = asking[start : start + _BLOCK]
                near = np.asarray(queries[block], dtype=np.float32) @ inside >= threshold
                if itself:
                    near &= block[:, None] != members[None, :]
                near &= near.cumsum(axis=1, dtype=np.int32) <= TOP
                rows, columns = np.nonzero(near)
                yield block[rows], members[columns]

    def _visits(self, queries: Vectors) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield, for each cell, the queries that look into it and its members."""
        if self._centres is None:
            yield np.arange(len(queries)), self._members[0]
            return
        probed = _nearest(queries, self._centres, min(PROBES, len(self._centres)))
        order = np.argsort(probed, axis=None, kind="stable")
        bounds = np.searchsorted(probed.ravel()[order], np.arange(1, len(self._centres)))
        for asking, members in zip(np.split(order // probed.shape[1], bounds), self._members, strict=True):
            if len(asking) and len(members):
                yield asking, members


def _centres(vectors: Vectors, draw: np.random.Generator) -> Vectors:
    """Return about √n centres by spherical k-means on a sample."""
    count = int(len(vectors) ** 0.5)
    sample = np.asarray(vectors[np.sort(draw.permutation(len(vectors))[: 30 * count])], dtype=np.float32)
    centres = sample[draw.permutation(len(sample))[:count]]
    for _ in range(_ROUNDS):
        cell = _nearest(sample, centres, 1)[:, 0]
        sums = np.zeros_like(centres)
        np.add.at(sums, cell, sample)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 0, sums / np.where(norms > 0, norms, 1), centres)
    return centres


def _nearest(vectors: Vectors, centres: Vectors, count: int) -> Numbers:
    """Return the numbers of the `count` centres nearest to each vector, shape (n, count)."""
    found = np.empty((len(vectors), count), dtype=np.int32)
    for start in range(0, len(vectors), _BLOCK):
        near = np.asarray(vectors[start : start + _BLOCK], dtype=np.float32) @ centres.T
        last = slice(-count, None)
        found[start : start + len(near)] = np.argpartition(near, -count, axis=1)[:, last]
    return found

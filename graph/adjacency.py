"""Neighbours of every node of one layer in compressed sparse rows: what walks step over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.associate import PairCounts, g_squared, npmi

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighted:
    """The pairs of one layer with their NPMI (-1 to 1) and G² (at least 0)."""

    pairs: PairCounts
    npmi: NDArray[np.float32]
    g_squared: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjacency:
    """Node `i` has the neighbours `indices[indptr[i]:indptr[i + 1]]`, ascending; the other arrays are parallel.

    `both_ways` says that each pair is listed at both its ends.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    counts: NDArray[np.int32]
    npmi: NDArray[np.float32]
    g_squared: NDArray[np.float32]
    both_ways: bool

    def row(self, node: int) -> slice:
        """Return the range of a node's neighbours."""
        return slice(int(self.indptr[node]), int(self.indptr[node + 1]))

    def degree(self, node: int) -> int:
        """Return how many neighbours a node has."""
        return int(self.indptr[node + 1] - self.indptr[node])

    def sources(self) -> NDArray[np.int32]:
        """Return the node each entry belongs to, parallel to `indices`."""
        import numpy as np

        return np.repeat(np.arange(len(self.indptr) - 1, dtype=np.int32), np.diff(self.indptr))

    def weighted(self) -> Weighted:
        """Return each pair once, in ascending order."""
        import numpy as np

        source = self.sources()
        once = source < self.indices if self.both_ways else np.ones(len(source), dtype=bool)
        pairs = PairCounts(
            source=source[once].astype(np.int64),
            target=self.indices[once].astype(np.int64),
            count=self.counts[once].astype(np.int64),
        )
        return Weighted(pairs=pairs, npmi=self.npmi[once], g_squared=self.g_squared[once])

    @property
    def edges(self) -> int:
        """Return the number of pairs."""
        return len(self.indices) // (2 if self.both_ways else 1)

    @property
    def bytes(self) -> int:
        """Return the memory its arrays take."""
        arrays = (self.indptr, self.indices, self.counts, self.npmi, self.g_squared)
        return sum(int(values.nbytes) for values in arrays)


def adjacency(
    pairs: PairCounts, left: NDArray[np.float64], right: NDArray[np.float64], *, units: int, both_ways: bool
) -> Adjacency:
    """Return the compressed rows of a layer; `both_ways` lists each pair at both its ends.

    `left` and `right` count units by node, for the first and the second of a pair; `units` counts them all.
    """
    import numpy as np

    size, together = len(left), pairs.count.astype(np.float64)
    ones, others = left[pairs.source], right[pairs.target]
    share = npmi(together, ones, others, units=units).astype(np.float32)
    ratio = g_squared(together, ones, others, units=units).astype(np.float32)
    source, target = pairs.source.astype(np.int32), pairs.target.astype(np.int32)
    columns: list[NDArray[np.generic]] = [pairs.count.astype(np.int32), share, ratio]
    if both_ways:
        source, target = np.concatenate([source, target]), np.concatenate([target, source])
        columns = [np.concatenate([values, values]) for values in columns]
    order = np.argsort(source.astype(np.int64) * size + target)
    indptr = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(source, minlength=size), out=indptr[1:])
    counts, shares, ratios = (values[order] for values in columns)
    return Adjacency(
        indptr=indptr,
        indices=target[order],
        counts=counts.astype(np.int32),
        npmi=shares.astype(np.float32),
        g_squared=ratios.astype(np.float32),
        both_ways=both_ways,
    )

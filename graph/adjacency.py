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
    npmi: NDArray[np.float64]
    g_squared: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjacency:
    """Node `i` has the neighbours `indices[indptr[i]:indptr[i + 1]]`, ascending; the other arrays are parallel."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    counts: NDArray[np.int32]
    npmi: NDArray[np.float32]
    g_squared: NDArray[np.float32]

    def row(self, node: int) -> slice:
        """Return the range of a node's neighbours."""
        return slice(int(self.indptr[node]), int(self.indptr[node + 1]))

    def degree(self, node: int) -> int:
        """Return how many neighbours a node has."""
        return int(self.indptr[node + 1] - self.indptr[node])


def weigh(pairs: PairCounts, left: NDArray[np.float64], right: NDArray[np.float64], *, units: int) -> Weighted:
    """Return pairs with their measures; `left` and `right` count units by node, `units` counts them all."""
    import numpy as np

    together = pairs.count.astype(np.float64)
    ones, others = left[pairs.source], right[pairs.target]
    return Weighted(
        pairs=pairs,
        npmi=npmi(together, ones, others, units=units),
        g_squared=g_squared(together, ones, others, units=units),
    )


def adjacency(weighted: Weighted, *, size: int, both_ways: bool) -> Adjacency:
    """Return the compressed rows of a layer with `size` nodes; `both_ways` lists each pair at both its ends."""
    import numpy as np

    source, target, count = weighted.pairs.source, weighted.pairs.target, weighted.pairs.count
    measures = [count, weighted.npmi, weighted.g_squared]
    if both_ways:
        source, target = np.concatenate([source, target]), np.concatenate([target, source])
        measures = [np.concatenate([values, values]) for values in measures]
    order = np.lexsort((target, source))
    indptr = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(source, minlength=size), out=indptr[1:])
    counts, shares, ratios = (values[order] for values in measures)
    return Adjacency(
        indptr=indptr,
        indices=target[order].astype(np.int32),
        counts=counts.astype(np.int32),
        npmi=shares.astype(np.float32),
        g_squared=ratios.astype(np.float32),
    )

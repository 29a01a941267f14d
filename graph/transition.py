"""Steps of many walkers at once: where each may go from its node, drawn by inverse cumulative weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.adjacency import Adjacency

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Transitions:
    """Node `i` leads to `targets[indptr[i]:indptr[i + 1]]`.

    `cumulative` ascends over the whole array: i plus the share of the row's weight up to and with each target. A
    target with less than 1e-9 of its row's weight may never be drawn.
    """

    indptr: NDArray[np.int64]
    targets: NDArray[np.int32]
    cumulative: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Adjacency, weights: NDArray[np.float64]) -> Transitions:
        """Return steps in proportion to `weights`, parallel to `rows.indices`; what weighs 0 is left out."""
        import numpy as np

        size = len(rows.indptr) - 1
        source = np.repeat(np.arange(size, dtype=np.int32), np.diff(rows.indptr))
        kept = weights > 0
        source, targets, weights = source[kept], rows.indices[kept], weights[kept]
        indptr = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(np.bincount(source, minlength=size), out=indptr[1:])
        weights = weights / np.bincount(source, weights=weights, minlength=size)[source]
        running = np.cumsum(weights)
        before = np.concatenate([[0.0], running])[indptr[source]]
        shares = np.minimum(running - before, 1.0)
        last = indptr[1:][np.diff(indptr) > 0] - 1
        shares[last] = 1.0
        return cls(indptr=indptr, targets=targets, cumulative=source + shares)

    def draw(self, nodes: NDArray[np.int32], chances: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return where each walker goes from its node, -1 where it can go nowhere; `chances` are below 1."""
        import numpy as np

        first, after = self.indptr[nodes], self.indptr[nodes + 1]
        if not len(self.targets):
            return np.full(len(nodes), -1, dtype=np.int32)
        place = np.searchsorted(self.cumulative, nodes + chances, side="right")
        place = np.clip(place, first, np.maximum(after - 1, first))
        found = self.targets[np.minimum(place, len(self.targets) - 1)]
        return np.where(after > first, found, np.int32(-1)).astype(np.int32)

    @property
    def bytes(self) -> int:
        """Return the memory its arrays take."""
        return int(self.indptr.nbytes + self.targets.nbytes + self.cumulative.nbytes)

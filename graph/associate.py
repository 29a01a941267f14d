"""How often concepts occur together, and how much more often than chance: counts, NPMI, G².

Units are what concepts occur in together: passages, or documents for the topic layer. Counting sorts and adds; it
never compares all concepts with all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

SIGNIFICANT: Final = 10.83
"""G² above this has p < 0.001 at one degree of freedom (Dunning 1993)."""
_PAIRS_AT_ONCE: Final = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PairCounts:
    """Pairs of node numbers in ascending order, and in how many units both occur. All three have one length."""

    source: Integers
    target: Integers
    count: Integers

    def __len__(self) -> int:
        return len(self.count)


def count_pairs(units: Integers, nodes: Integers, *, size: int) -> PairCounts:
    """Count unordered pairs of different nodes that share a unit; `size` is the number of nodes.

    `units` and `nodes` are parallel and may repeat.
    """
    import numpy as np

    if not size:
        return _none()
    unit, node = _distinct(units, nodes, size)
    _, starts, lengths = np.unique(unit, return_index=True, return_counts=True)
    codes, counts = _collect(_pairs_within(node, starts, lengths, size))
    return PairCounts(source=codes // size, target=codes % size, count=counts)


def count_across(left: tuple[Integers, Integers], right: tuple[Integers, Integers], *, size: int) -> PairCounts:
    """Count pairs (a of `left`, b of `right`) of different nodes that share a unit; both are (units, nodes)."""
    import numpy as np

    if not size:
        return _none()
    left_unit, left_node = _distinct(*left, size)
    right_unit, right_node = _distinct(*right, size)
    first = np.searchsorted(right_unit, left_unit, side="left")
    lengths = np.searchsorted(right_unit, left_unit, side="right") - first
    total = int(lengths.sum())
    offsets = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    source, target = np.repeat(left_node, lengths), right_node[np.repeat(first, lengths) + offsets]
    apart = source != target
    codes, counts = np.unique(source[apart] * size + target[apart], return_counts=True)
    return PairCounts(source=codes // size, target=codes % size, count=counts.astype(np.int64))


def changed(counted: PairCounts, *, added: PairCounts, removed: PairCounts, size: int) -> PairCounts:
    """Return counts after units came and went: exactly what counting all units that are there now would give.

    A unit that changed is one removed and one added. Raises ValueError when more is removed than was counted.
    """
    import numpy as np

    width = max(1, size)
    runs = [
        (one.source * width + one.target, one.count * sign) for one, sign in ((counted, 1), (added, 1), (removed, -1))
    ]
    codes, counts = _summed(_summed(runs[0], runs[1]), runs[2])
    if (counts < 0).any():
        raise ValueError("removed: it holds pairs that were not counted; give the counts of the units as they were")
    left = counts > 0
    return PairCounts(source=codes[left] // width, target=codes[left] % width, count=np.asarray(counts[left]))


def npmi(together: Floats, left: Floats, right: Floats, *, units: int) -> Floats:
    """Return normalised pointwise mutual information, discounted for small counts, -1 to 1.

    Bouma 2009 for the measure; the discount c/(c+1) · m/(m+1), m the rarer one's count, is Pantel and Lin's (2002).
    """
    import numpy as np

    share = np.minimum(together / max(1, units), 1.0)
    information = np.log(together * max(1, units) / (left * right))
    certain = share >= 1.0
    value = np.where(certain, 1.0, information / np.where(certain, 1.0, -np.log(np.where(certain, 0.5, share))))
    rarer = np.minimum(left, right)
    discounted = value * (together / (together + 1)) * (rarer / (rarer + 1))
    return np.asarray(np.clip(discounted, -1.0, 1.0), dtype=np.float64)


def g_squared(together: Floats, left: Floats, right: Floats, *, units: int) -> Floats:
    """Return Dunning's log-likelihood ratio G² of each pair, at least 0."""
    import numpy as np

    total = float(max(1, units))
    cells = (together, left - together, right - together, total - left - right + together)
    expected = (left * right, left * (total - right), (total - left) * right, (total - left) * (total - right))
    result = np.zeros_like(together, dtype=np.float64)
    for observed, product in zip(cells, expected, strict=True):
        seen = np.maximum(observed, 0.0)
        ratio = np.where((seen > 0) & (product > 0), seen * total / np.where(product > 0, product, 1.0), 1.0)
        result += 2 * seen * np.log(ratio)
    return np.asarray(np.maximum(result, 0.0), dtype=np.float64)


def _distinct(units: Integers, nodes: Integers, size: int) -> tuple[Integers, Integers]:
    import numpy as np

    codes = np.unique(units.astype(np.int64) * max(1, size) + nodes)
    return codes // max(1, size), codes % max(1, size)


def _pairs_within(node: Integers, starts: Integers, lengths: Integers, size: int) -> Iterator[Integers]:
    import numpy as np

    for length in np.unique(lengths[lengths > 1]).tolist():
        rows = starts[lengths == length]
        first, second = np.triu_indices(length, 1)
        step = max(1, _PAIRS_AT_ONCE // len(first))
        for at in range(0, len(rows), step):
            block = node[rows[at : at + step, None] + np.arange(length)[None, :]]
            yield (block[:, first] * size + block[:, second]).ravel()


def _collect(blocks: Iterator[Integers]) -> tuple[Integers, Integers]:
    """Count equal codes; runs are merged when they have grown alike, so that each code is merged few times."""
    import numpy as np

    runs: list[tuple[Integers, Integers]] = []
    for block in blocks:
        codes, counts = np.unique(block, return_counts=True)
        runs.append((codes, counts.astype(np.int64)))
        while len(runs) > 1 and len(runs[-1][0]) * 2 > len(runs[-2][0]):
            runs.append(_summed(runs.pop(), runs.pop()))
    while len(runs) > 1:
        runs.append(_summed(runs.pop(), runs.pop()))
    return runs[0] if runs else (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def _summed(one: tuple[Integers, Integers], other: tuple[Integers, Integers]) -> tuple[Integers, Integers]:
    import numpy as np

    codes, inverse = np.unique(np.concatenate([one[0], other[0]]), return_inverse=True)
    weights = np.concatenate([one[1], other[1]])
    return codes, np.bincount(inverse, weights=weights, minlength=len(codes)).astype(np.int64)


def _none() -> PairCounts:
    import numpy as np

    empty = np.empty(0, dtype=np.int64)
    return PairCounts(source=empty, target=empty, count=empty)

"""Which two passages, of two documents, speak of a set of concepts; for many sets at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graph.network import ConceptGraph
from graph.walk import Mode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

COMMON_SHARE: Final = 0.05
COMMON_FROM: Final = 200
BESIDE: Final = 0.2
"""What other concepts of a passage count against it (Tversky's index): 1 is Jaccard, which prefers bare passages."""
REDUNDANCY: Final = 0.5
LEAST_SUPPORT: Final = 2 / 3
SHORTLIST: Final = 16
"""How many candidates for the second passage, best by what they add, are compared with the first for repetition."""
_ROWS: Final = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class References:
    """Two passages, the concepts kept (those the passages speak of first), and the share of them that is spoken of."""

    passages: tuple[int, int]
    concepts: tuple[int, ...]
    support: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Referred:
    """References of many sets, a row each: `first` and `second` passage (-1 for none), `spoken` (sets, concepts)."""

    first: Integers
    second: Integers
    spoken: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Candidates:
    """Passages that speak of some concept of a set: parallel rows in order of set and passage."""

    owner: Integers
    passage: Integers
    shared: Floats


class ReferenceFinder:
    """Finds passages for concepts through an inverted index; passages are what the paper calls documents.

    `paper` takes the best two by Jaccard and keeps all concepts, spoken of or not. `balanced` weighs concepts by
    rarity, takes as second the passage that adds most of what the first lacks while repeating least, and drops what
    neither speaks of when that is over a third. The two always come from different documents.
    """

    def __init__(self, graph: ConceptGraph, *, mode: Mode = Mode.BALANCED, complement: bool = True) -> None:
        import numpy as np

        self._places = graph.places
        self._paper = Mode(mode) is Mode.PAPER
        self._complement = complement and not self._paper
        self._count, self._size = len(graph.passages), len(graph.ids)
        frequency = np.diff(self._places.node_starts)
        self._frequency = frequency
        rare = np.log(1 + self._count / np.maximum(1, frequency))
        self.rarity = np.ones(len(frequency)) if self._paper else rare
        self._total = np.bincount(self._places.passage, weights=self.rarity[self._places.node], minlength=self._count)
        self._by_node = self._places.passage[self._places.by_node]
        self._codes = self._places.passage * max(1, self._size) + self._places.node

    def find(self, concepts: Sequence[int]) -> References | None:
        """Return the references of concepts, or None when no two documents support at least two of them."""
        import numpy as np

        if not concepts:
            return None
        return self.references(np.array([concepts], dtype=np.int64))[0]

    def references(self, sets: Integers) -> list[References | None]:
        """Return the references of many sets of concepts, a row each, -1 for an empty place."""
        referred = self.refer(sets)
        rows = zip(
            sets.tolist(), referred.spoken.tolist(), referred.first.tolist(), referred.second.tolist(), strict=True
        )
        return [self._supported(concepts, spoken, first, second) for concepts, spoken, first, second in rows]

    def _supported(self, row: list[int], spoken: list[bool], first: int, second: int) -> References | None:
        named = dict.fromkeys(node for node in row if node >= 0)
        heard = {node for node, told in zip(row, spoken, strict=True) if told}
        found = [node for node in named if node in heard]
        if first < 0 or second < 0 or len(found) < (1 if self._paper else 2):
            return None
        support = len(found) / len(named)
        others = [node for node in named if node not in heard]
        if support < LEAST_SUPPORT and not self._paper:
            others, support = [], 1.0
        return References(passages=(first, second), concepts=(*found, *others), support=support)

    def refer(self, sets: Integers) -> Referred:
        """Return two passages for each set of concepts, a row each; the work is cut into stretches of bounded memory."""
        import numpy as np

        weight = np.where(sets >= 0, self._frequency[sets], 0).sum(axis=1)
        parts, start = [], 0
        for stop in _stretches(weight, _ROWS):
            parts.append(self._refer(sets[start:stop]))
            start = stop
        if not parts:
            none = np.empty(0, dtype=np.int64)
            return Referred(first=none, second=none, spoken=np.empty(sets.shape, dtype=bool))
        return Referred(
            first=np.concatenate([part.first for part in parts]),
            second=np.concatenate([part.second for part in parts]),
            spoken=np.concatenate([part.spoken for part in parts]),
        )

    def _refer(self, sets: Integers) -> Referred:
        import numpy as np

        places = self._places
        candidates = self._candidates(sets, self._telling(sets))
        wanted = np.where(_fresh(sets), self.rarity[sets], 0.0).sum(axis=1)
        beside = 1.0 if self._paper else BESIDE
        apart = self._total[candidates.passage] - candidates.shared
        closeness = candidates.shared / (wanted[candidates.owner] + beside * apart)
        first = _best(candidates, closeness, len(sets))
        if self._complement:
            lacking = (sets >= 0) & ~self._speaks(first, sets)
            candidates = self._candidates(sets, lacking)
            closeness = candidates.shared
        home = np.where(first >= 0, places.document[first], -1) if self._count else first
        keep = (first[candidates.owner] >= 0) & (places.document[candidates.passage] != home[candidates.owner])
        others = _Candidates(
            owner=candidates.owner[keep], passage=candidates.passage[keep], shared=candidates.shared[keep]
        )
        second = self._second(first, others, closeness[keep], len(sets))
        spoken = (sets >= 0) & (self._speaks(first, sets) | self._speaks(second, sets))
        return Referred(first=first, second=second, spoken=spoken)

    def _second(self, first: Integers, others: _Candidates, gain: Floats, size: int) -> Integers:
        """Return the second passages: most gain, less what repeats the first, of a short list by gain."""
        import numpy as np

        if not self._complement:
            return _best(others, gain, size)
        order = np.lexsort((-gain, others.owner))
        owner = others.owner[order]
        begins = np.searchsorted(owner, np.arange(size))
        order = np.sort(order[np.arange(len(order)) - begins[owner] < SHORTLIST])
        short = _Candidates(owner=others.owner[order], passage=others.passage[order], shared=others.shared[order])
        return _best(short, gain[order] - REDUNDANCY * self._overlap(first[short.owner], short.passage), size)

    def _overlap(self, ones: Integers, others: Integers) -> Floats:
        """Return the share of their concepts, weighted by rarity, that pairs of passages have in common."""
        import numpy as np

        starts = self._places.starts
        lengths = starts[others + 1] - starts[others]
        pair = np.repeat(np.arange(len(others)), lengths)
        row = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths) + starts[others][pair]
        node = self._places.node[row]
        both = np.where(self._has(ones[pair], node), self.rarity[node], 0.0)
        common = np.bincount(pair, weights=both, minlength=len(others))
        return np.asarray(common / (self._total[ones] + self._total[others] - common))

    def _telling(self, sets: Integers) -> NDArray[np.bool_]:
        """Return which concepts to look passages up by: common ones only when there are not two others."""
        named = _fresh(sets)
        if self._paper or self._count < COMMON_FROM:
            return named
        rare = named & (self._frequency[sets] <= COMMON_SHARE * self._count)
        few = rare.sum(axis=1) < 2
        rare[few] = named[few]
        return rare

    def _candidates(self, sets: Integers, used: NDArray[np.bool_]) -> _Candidates:
        """Return the passages with any of the used concepts of each set, and the rarity of those they have."""
        import numpy as np

        rows, columns = np.nonzero(used)
        node = sets[rows, columns]
        lengths = self._frequency[node]
        total = int(lengths.sum())
        offset = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        passage = self._by_node[np.repeat(self._places.node_starts[node], lengths) + offset]
        codes = np.repeat(rows, lengths) * max(1, self._count) + passage
        order = np.argsort(codes, kind="stable")
        codes, weights = codes[order], np.repeat(self.rarity[node], lengths)[order]
        new = np.flatnonzero(np.diff(codes, prepend=-1))
        shared = np.add.reduceat(weights, new) if total else np.empty(0)
        found = codes[new]
        width = max(1, self._count)
        return _Candidates(owner=found // width, passage=found % width, shared=np.asarray(shared, dtype=np.float64))

    def _has(self, passages: Integers, nodes: Integers) -> NDArray[np.bool_]:
        import numpy as np

        codes = passages * max(1, self._size) + nodes
        if not len(self._codes):
            return np.zeros(codes.shape, dtype=bool)
        place = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        return np.asarray((self._codes[place] == codes) & (passages >= 0) & (nodes >= 0))

    def _speaks(self, passages: Integers, sets: Integers) -> NDArray[np.bool_]:
        import numpy as np

        return self._has(np.broadcast_to(passages[:, None], sets.shape), sets)


def _fresh(sets: Integers) -> NDArray[np.bool_]:
    """Return which places hold a concept that no earlier place of the row holds."""
    import numpy as np

    named = np.asarray(sets >= 0)
    for column in range(1, sets.shape[1]):
        named[:, column] &= ~(sets[:, :column] == sets[:, column : column + 1]).any(axis=1)
    return named


def _best(candidates: _Candidates, value: Floats, size: int) -> Integers:
    """Return the passage of greatest value for each owner, the first of equals, -1 where there is none."""
    import numpy as np

    best = np.full(size, -1, dtype=np.int64)
    if not len(value):
        return best
    begins = np.flatnonzero(np.diff(candidates.owner, prepend=-1))
    lengths = np.diff(begins, append=len(value))
    greatest = np.flatnonzero(value == np.repeat(np.maximum.reduceat(value, begins), lengths))[::-1]
    best[candidates.owner[greatest]] = candidates.passage[greatest]
    return best


def _stretches(weight: Integers, most: int) -> list[int]:
    """Return where to cut rows so that each stretch weighs at most `most`, or is a single row."""
    import numpy as np

    running, cuts, done = np.cumsum(weight), [], 0
    while done < len(weight):
        before = int(running[done - 1]) if done else 0
        done = max(done + 1, int(np.searchsorted(running, before + most, side="right")))
        cuts.append(done)
    return cuts

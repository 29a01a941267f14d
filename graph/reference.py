"""Which two passages, of two documents, speak of a set of concepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graph.network import ConceptGraph
from graph.walk import Mode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMMON_SHARE: Final = 0.05
COMMON_FROM: Final = 200
BESIDE: Final = 0.2
"""What other concepts of a passage count against it (Tversky's index): 1 is Jaccard, which prefers bare passages."""
REDUNDANCY: Final = 0.5
LEAST_SUPPORT: Final = 2 / 3


@dataclass(frozen=True, kw_only=True, slots=True)
class References:
    """Two passages, the concepts kept (those the passages speak of first), and the share of them that is spoken of."""

    passages: tuple[int, int]
    concepts: tuple[int, ...]
    support: float


class ReferenceFinder:
    """Finds passages for concepts through an inverted index; passages are what the paper calls documents.

    `paper` takes the best two by Jaccard. `balanced` weighs concepts by rarity, and takes as second the passage that
    adds most of what the first lacks while repeating least. The two always come from different documents.
    """

    def __init__(self, graph: ConceptGraph, *, mode: Mode = Mode.BALANCED) -> None:
        import numpy as np

        self._places = graph.places
        self._mode = Mode(mode)
        self._count = len(graph.passages)
        frequency = np.array([max(1, concept.frequency) for concept in graph.concepts.values()], dtype=np.float64)
        self.rarity = np.log(1 + self._count / frequency) if self._mode is Mode.BALANCED else np.ones(len(frequency))
        self._total = np.bincount(self._places.passage, weights=self.rarity[self._places.node], minlength=self._count)

    def find(self, concepts: Sequence[int]) -> References | None:
        """Return the references of concepts, or None when no two documents support at least two of them."""
        passages, shared = self._candidates(concepts)
        if len(passages) < 2:
            return None
        wanted = float(self.rarity[list(concepts)].sum())
        beside = 1.0 if self._mode is Mode.PAPER else BESIDE
        closeness = shared / (wanted + beside * (self._total[passages] - shared))
        first = int(passages[int(closeness.argmax())])
        second = self._second(first, concepts, passages, closeness)
        return None if second is None else self._supported(first, second, concepts)

    def _candidates(self, concepts: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return passages with any of the concepts and the weight of those they have; common ones only if need be."""
        limit = COMMON_SHARE * self._count if self._count >= COMMON_FROM else self._count
        postings = {node: self._places.passages(node) for node in concepts}
        rare = {node: found for node, found in postings.items() if len(found) <= limit}
        return self._accumulate(rare if len(rare) > 1 else postings)

    def _accumulate(self, postings: dict[int, NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        import numpy as np

        if not postings:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
        rows = np.concatenate(list(postings.values()))
        weights = np.concatenate([np.full(len(found), self.rarity[node]) for node, found in postings.items()])
        passages, inverse = np.unique(rows, return_inverse=True)
        shared = np.bincount(inverse, weights=weights, minlength=len(passages))
        return passages, np.asarray(shared, dtype=np.float64)

    def _second(
        self, first: int, concepts: Sequence[int], passages: NDArray[np.int64], closeness: NDArray[np.float64]
    ) -> int | None:
        elsewhere = self._places.document[passages] != self._places.document[first]
        if not elsewhere.any():
            return None
        if self._mode is Mode.PAPER:
            return int(passages[elsewhere][int(closeness[elsewhere].argmax())])
        has = set(self._places.nodes(first).tolist())
        missing = [node for node in concepts if node not in has]
        candidates, gain = self._accumulate({node: self._places.passages(node) for node in missing})
        keep = self._places.document[candidates] != self._places.document[first]
        if not keep.any():
            return None
        return self._best(first, candidates[keep], gain[keep])

    def _best(self, first: int, candidates: NDArray[np.int64], gain: NDArray[np.float64]) -> int:
        here, common = self._accumulate(
            {node: self._places.passages(node) for node in self._places.nodes(first).tolist()}
        )
        import numpy as np

        place = np.minimum(np.searchsorted(here, candidates), len(here) - 1)
        overlap = np.where(here[place] == candidates, common[place], 0.0)
        repeated = overlap / (self._total[first] + self._total[candidates] - overlap)
        return int(candidates[int((gain - REDUNDANCY * repeated).argmax())])

    def _supported(self, first: int, second: int, concepts: Sequence[int]) -> References | None:
        spoken = set(self._places.nodes(first).tolist()) | set(self._places.nodes(second).tolist())
        found = [node for node in concepts if node in spoken]
        support = len(found) / len(concepts)
        if len(found) < 2:
            return None
        if support < LEAST_SUPPORT:
            return References(passages=(first, second), concepts=tuple(found), support=1.0)
        others = [node for node in concepts if node not in spoken]
        return References(passages=(first, second), concepts=(*found, *others), support=support)

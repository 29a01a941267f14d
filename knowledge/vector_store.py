"""The port for a place where vectors of passages are kept and searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from knowledge.embed import embedded_text
from knowledge.fusion import Ranking

if TYPE_CHECKING:
    import numpy
    from llama_index.core.schema import TextNode

    from knowledge.document import Passage

_WIDEN = 4


class VectorStore(Protocol):
    """Keeps passages of one embedder with their vectors, by id. Nothing is opened before it is needed.

    Every method but `close` raises StorageError when the store is damaged, full or does not answer.
    """

    @property
    def place(self) -> str:
        """Return where they are kept, which no other store has."""
        ...

    def ids(self) -> set[str]:
        """Return the ids of the passages held."""
        ...

    def count(self) -> int:
        """Return how many passages are held."""
        ...

    def add(self, passages: Sequence[Passage], vectors: Sequence[numpy.ndarray]) -> None:
        """Keep passages that are not held yet, each with its unit vector."""
        ...

    def remove(self, passage_ids: Sequence[str]) -> None:
        """Let go of passages that are held."""
        ...

    def nearest(self, vectors: numpy.ndarray, k: int, *, documents: Sequence[str] | None = None) -> list[Ranking]:
        """Return, for each unit vector, at most k ids with their cosine, best first; equal ones are ordered by id.

        `documents` limits the search to passages of these documents.
        """
        ...

    def vectors_of(self, passage_ids: Sequence[str]) -> dict[str, numpy.ndarray]:
        """Return the vectors of those of the passages that are held."""
        ...

    def contents(self) -> Iterator[tuple[str, str, str]]:
        """Yield id, document id and embedded text of every passage."""
        ...

    def forget_others(self) -> None:
        """Delete what another embedder left here: its vectors are of no use to this one."""
        ...

    def erase(self) -> None:
        """Delete everything, however damaged; what is added afterwards is held again."""
        ...

    def close(self) -> None:
        """Close what is open; the store opens again when it is next used."""
        ...


def narrowed(
    search: Callable[[int], list[Ranking]], k: int, *, total: int, keep: Callable[[str], bool]
) -> list[Ranking]:
    """Return the best k ids that `keep` lets through, for each query, asking `search` for more until they are found.

    `total` is how many ids there are; the number asked for grows fourfold, so a query is asked log(total / k) times at most.
    """
    asked = min(k, total)
    while True:
        found = [[each for each in ranking if keep(each[0])][:k] for ranking in search(asked)]
        if asked >= total or all(len(ranking) >= k for ranking in found):
            return found
        asked = min(total, asked * _WIDEN)


def node_of(passage: Passage, vector: numpy.ndarray, *, id_: str = "") -> TextNode:
    """Return a passage as llama-index's node, under `id_` or the passage's own id."""
    from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode

    return TextNode(
        id_=id_ or passage.id,
        text=embedded_text(passage),
        embedding=vector.tolist(),
        metadata={"ordinal": passage.ordinal},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.document_id)},
    )

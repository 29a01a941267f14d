"""Where concepts stand: passages by concept, concepts by passage, topics by passage, as arrays of numbers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.assembly import Assembly


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Who mentions what.

    `passage`, `node` and `salience` are parallel, one row for each passage and concept it mentions, in that
    order. `starts` says where each passage's rows begin; `by_node` lists the rows of each node, `node_starts` where
    they begin. `headed` gives the topics over a passage, `document` each passage's document.
    """

    passage: NDArray[np.int64]
    node: NDArray[np.int64]
    salience: NDArray[np.float64]
    starts: NDArray[np.int64]
    by_node: NDArray[np.int64]
    node_starts: NDArray[np.int64]
    document: NDArray[np.int64]
    headed: dict[int, tuple[int, ...]]
    topical: frozenset[int]

    @classmethod
    def of(cls, assembly: Assembly, numbers: dict[str, int]) -> Places:
        """Return the places of an assembled vocabulary; `numbers` gives the node of each key."""
        import numpy as np

        rows = sorted((passage, numbers[key], value) for (passage, key), value in assembly.mentioned.items())
        passage = np.array([row[0] for row in rows], dtype=np.int64)
        node = np.array([row[1] for row in rows], dtype=np.int64)
        headed: dict[int, set[int]] = defaultdict(set)
        for key, documents in assembly.topics.items():
            for places in documents.values():
                for place in places:
                    headed[place].add(numbers[key])
        return cls(
            passage=passage,
            node=node,
            salience=np.array([row[2] for row in rows], dtype=np.float64),
            starts=np.searchsorted(passage, np.arange(len(assembly.passages) + 1)),
            by_node=np.argsort(node, kind="stable"),
            node_starts=np.searchsorted(np.sort(node), np.arange(len(numbers) + 1)),
            document=np.array(assembly.document_of, dtype=np.int64),
            headed={place: tuple(sorted(nodes)) for place, nodes in sorted(headed.items())},
            topical=frozenset(numbers[key] for key in assembly.topics),
        )

    def passages(self, node: int) -> NDArray[np.int64]:
        """Return the passages that mention a node, ascending."""
        return self.passage[self.by_node[self.node_starts[node] : self.node_starts[node + 1]]]

    def nodes(self, passage: int) -> NDArray[np.int64]:
        """Return the nodes a passage mentions, ascending."""
        return self.node[self.starts[passage] : self.starts[passage + 1]]

    def ranked(self, passage: int) -> list[int]:
        """Return the nodes a passage mentions, most salient first."""
        span = slice(int(self.starts[passage]), int(self.starts[passage + 1]))
        pairs = zip(self.salience[span].tolist(), self.node[span].tolist(), strict=True)
        return [node for _, node in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))]

    def topical_nodes(self) -> NDArray[np.int64]:
        """Return the nodes that are topics, ascending."""
        import numpy as np

        return np.array(sorted(self.topical), dtype=np.int64)

    def topic_passages(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (passage, topic) rows: topics over a passage, and topics it mentions."""
        import numpy as np

        topical = np.isin(self.node, self.topical_nodes())
        pairs = {(place, node) for place, nodes in self.headed.items() for node in nodes}
        pairs |= set(zip(self.passage[topical].tolist(), self.node[topical].tolist(), strict=True))
        return _columns(pairs)

    def topic_documents(self, mentioned: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (document, topic) rows: a document's own topics, and the `mentioned` ones it mentions most."""
        pairs = {(int(self.document[place]), node) for place, nodes in self.headed.items() for node in nodes}
        count: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for place, node in zip(self.passage.tolist(), self.node.tolist(), strict=True):
            if node in self.topical:
                count[int(self.document[place])][node] += 1
        for document, nodes in count.items():
            best = sorted(nodes, key=lambda node: (-nodes[node], node))[:mentioned]
            pairs |= {(document, node) for node in best}
        return _columns(pairs)


def _columns(pairs: set[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    import numpy as np

    table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]

"""`ConceptGraph`: concepts, who mentions them, and how they are associated in three layers.

It is a value read from the store at one moment. Layers and arrays are computed when first asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from graph.adjacency import Adjacency, Weighted, adjacency
from graph.assembly import Assembly, MentionRow, assemble
from graph.associate import count_across, count_pairs
from graph.canonical import Merge, canonical_key
from graph.concept import Association, Concept, Layer, Mention
from graph.extraction import Definition
from graph.places import Places
from graph.store import GraphStore
from knowledge.identity import Canonical, digest

if TYPE_CHECKING:
    import networkx as nx

    from graph.community import ConceptTree

TOPICS_MENTIONED: Final = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbour:
    """A concept associated with another: how often together, and NPMI from -1 to 1."""

    concept_id: str
    layer: Layer
    count: int
    npmi: float


class ConceptGraph:
    """Concepts, their mentions, and their associations by layer.

    Units of association are passages, and documents for the topic layer, where a document holds the topics of its
    headings and the twelve topics it mentions most. A topic that text mentions is a concept of the concept layer too.
    Nodes are numbered in order of key; `concepts` has that order.
    """

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self.concepts: dict[str, Concept] = {concept.id: concept for concept in assembly.concepts}
        self.ids: tuple[str, ...] = tuple(self.concepts)
        self.number: dict[str, int] = {identifier: place for place, identifier in enumerate(self.ids)}
        self._node_of_key = {concept.key: place for place, concept in enumerate(assembly.concepts)}
        self.documents: tuple[str, ...] = tuple(assembly.documents)
        self.passages: tuple[str, ...] = tuple(assembly.passages)

    @classmethod
    def from_store(cls, store: GraphStore) -> ConceptGraph:
        """Return the graph of all documents stored now."""
        return cls(assemble(store.extractions(), apart=store.apart()))

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """Ids of the concepts that are a topic of some document."""
        return tuple(concept.id for concept in self.concepts.values() if concept.kind == "topic")

    @cached_property
    def tree(self) -> ConceptTree:
        """The communities of concepts at several depths, with names."""
        from graph.community import concept_tree

        return concept_tree(self)

    @property
    def merges(self) -> tuple[Merge, ...]:
        """Which forms were taken for one concept, and by which rule."""
        return self._assembly.merges

    def find(self, text: str) -> Concept | None:
        """Return the concept with this id, label, alias or other form of the same name, or None."""
        if text in self.concepts:
            return self.concepts[text]
        node = self._node_of_key.get(canonical_key(text), self._by_alias.get(canonical_key(text)))
        return None if node is None else self.concepts[self.ids[node]]

    @cached_property
    def _by_alias(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for node, concept in enumerate(self.concepts.values()):
            for alias in (concept.label, *concept.aliases):
                found.setdefault(canonical_key(alias), node)
        return found

    def definitions(self, concept_id: str) -> tuple[Definition, ...]:
        """Return every definition of a concept, with its place and scope."""
        return tuple(self._assembly.definitions.get(self.concepts[concept_id].key, ()))

    @cached_property
    def _passage_number(self) -> dict[str, int]:
        return {passage: place for place, passage in enumerate(self.passages)}

    @cached_property
    def _rows_of_passage(self) -> Mapping[int, list[MentionRow]]:
        rows: dict[int, list[MentionRow]] = defaultdict(list)
        for row in self._assembly.mentions:
            rows[row.passage].append(row)
        return rows

    def mentions(self, passage_id: str) -> tuple[Mention, ...]:
        """Return the mentions in a passage in reading order; none for a passage the graph does not know."""
        place = self._passage_number.get(passage_id)
        if place is None:
            return ()
        document = self.documents[self._assembly.document_of[place]]
        rows = sorted(self._rows_of_passage.get(place, ()), key=lambda row: (row.start, row.end))
        return tuple(
            Mention(
                concept_id=self.ids[self._node_of_key[row.key]],
                passage_id=passage_id,
                document_id=document,
                start=row.start,
                end=row.end,
                surface=row.surface,
                salience=row.salience,
            )
            for row in rows
        )

    @cached_property
    def places(self) -> Places:
        """Who mentions what, as arrays."""
        return Places.of(self._assembly, self._node_of_key)

    def concepts_of(self, passage_id: str) -> tuple[str, ...]:
        """Return the concepts a passage mentions or defines, most salient first."""
        place = self._passage_number.get(passage_id)
        return () if place is None else tuple(self.ids[node] for node in self.places.ranked(place))

    def passages_of(self, concept_id: str) -> tuple[str, ...]:
        """Return the passages that mention or define a concept, in order of document and place."""
        return tuple(self.passages[place] for place in self.places.passages(self.number[concept_id]).tolist())

    def documents_of(self, concept_id: str) -> tuple[str, ...]:
        """Return the documents that mention a concept or have it as a topic, in order of id."""
        found = {self._assembly.document_of[place] for place in self.places.passages(self.number[concept_id]).tolist()}
        found |= set(self._assembly.topics.get(self.concepts[concept_id].key, ()))
        return tuple(self.documents[place] for place in sorted(found))

    def topics_of(self, passage_id: str) -> tuple[str, ...]:
        """Return the topics whose heading stands over a passage."""
        place = self._passage_number.get(passage_id)
        return () if place is None else tuple(self.ids[node] for node in self.places.headed.get(place, ()))

    def document_of(self, passage_id: str) -> str:
        """Return the document a passage belongs to."""
        return self.documents[self._assembly.document_of[self._passage_number[passage_id]]]

    @cached_property
    def _adjacencies(self) -> dict[Layer, Adjacency]:
        import numpy as np

        places, size = self.places, len(self.ids)
        mentioned = np.bincount(places.node, minlength=size).astype(np.float64)
        topic_unit, topic_node = places.topic_passages()
        beneath = np.bincount(topic_node, minlength=size).astype(np.float64)
        document_unit, document_topic = places.topic_documents(TOPICS_MENTIONED)
        spread = np.bincount(document_topic, minlength=size).astype(np.float64)
        topical = count_pairs(document_unit, document_topic, size=size)
        plain = ~np.isin(places.node, places.topical_nodes())
        across = count_across((topic_unit, topic_node), (places.passage[plain], places.node[plain]), size=size)
        together = count_pairs(places.passage, places.node, size=size)
        passages, documents = len(self.passages), len(self.documents)
        return {
            Layer.TOPIC_TOPIC: adjacency(topical, spread, spread, units=documents, both_ways=True),
            Layer.TOPIC_CONCEPT: adjacency(across, beneath, mentioned, units=passages, both_ways=False),
            Layer.CONCEPT_CONCEPT: adjacency(together, mentioned, mentioned, units=passages, both_ways=True),
        }

    def weighted(self, layer: Layer) -> Weighted:
        """Return a layer's pairs by node number, with their measures."""
        return self._adjacencies[layer].weighted()

    def associations(self, layer: Layer) -> tuple[Association, ...]:
        """Return the associations of a layer in order of the keys they join."""
        pairs = self.weighted(layer).pairs
        return tuple(
            Association(layer=layer, source=self.ids[source], target=self.ids[target], count=count)
            for source, target, count in zip(
                pairs.source.tolist(), pairs.target.tolist(), pairs.count.tolist(), strict=True
            )
        )

    def adjacency(self, layer: Layer) -> Adjacency:
        """Return a layer as compressed rows; the topic-concept layer leads from topics to concepts only."""
        return self._adjacencies[layer]

    def neighbours(
        self, concept_id: str, *, layer: Layer = Layer.CONCEPT_CONCEPT, limit: int = 25
    ) -> tuple[Neighbour, ...]:
        """Return a concept's neighbours in a layer, the most closely associated first."""
        rows = self._adjacencies[layer]
        span = rows.row(self.number[concept_id])
        found = zip(rows.indices[span].tolist(), rows.counts[span].tolist(), rows.npmi[span].tolist(), strict=True)
        best = sorted(found, key=lambda item: (-item[2], -item[1], item[0]))[:limit]
        return tuple(
            Neighbour(concept_id=self.ids[node], layer=layer, count=count, npmi=round(share, 6))
            for node, count, share in best
        )

    def networkx(self, layer: Layer | None = None) -> nx.Graph:
        """Return a `networkx.Graph` of one layer, or a `networkx.MultiGraph` of all, keyed by layer.

        Nodes carry label, kind, frequency, documents and weight; edges layer, count, npmi and
        weight = ln(count + 1e-5), as in the paper.
        """
        import networkx as nx
        import numpy as np

        network = nx.Graph() if layer else nx.MultiGraph()
        for concept in self.concepts.values():
            attributes = {"label": concept.label, "kind": concept.kind, "frequency": concept.frequency}
            network.add_node(concept.id, **attributes, documents=concept.documents, weight=concept.weight)
        for one in [layer] if layer else list(Layer):
            weighted = self.weighted(one)
            weights = np.log(weighted.pairs.count + 1e-5).tolist()
            rows = zip(self.associations(one), weighted.npmi.tolist(), weights, strict=True)
            for association, share, weight in rows:
                key = {} if layer else {"key": str(one)}
                attributes = {"layer": str(one), "count": association.count, "npmi": share, "weight": weight}
                network.add_edge(association.source, association.target, **key, **attributes)
        return network

    @cached_property
    def digest(self) -> str:
        """A digest of all content: equal graphs have equal digests."""
        layers = {
            str(layer): [digest(column.tolist()) for column in (pairs.source, pairs.target, pairs.count)]
            for layer, pairs in ((layer, self.weighted(layer).pairs) for layer in Layer)
        }
        rows: list[Canonical] = [list(row) for row in self._mention_rows()]
        merges: list[Canonical] = [asdict(merge) for merge in self.merges]
        concepts: list[Canonical] = [asdict(concept) for concept in self.concepts.values()]
        return digest([concepts, list(self.documents), list(self.passages), digest(rows), merges, layers])

    def _mention_rows(self) -> list[MentionRow]:
        return sorted(self._assembly.mentions, key=lambda row: (row.passage, row.start, row.end, row.key, row.surface))

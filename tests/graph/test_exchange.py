from __future__ import annotations

import csv
import hashlib
import io

import networkx

from graph.concept import Layer
from graph.exchange import edges_csv, graphml, nodes_csv
from graph.network import ConceptGraph
from graph.scheme import Scheme, cited, scheme
from graph.skos import read, write
from graph.vocabulary import triples_in
from knowledge.document import Passage


def described(graph: ConceptGraph) -> Scheme:
    """The scheme with the places of all passages, as the library would give them."""
    passages = {
        each: Passage(
            id=each,
            document_id=graph.document_of(each),
            version=1,
            ordinal=0,
            start=3,
            end=9,
            text="six ch",
            source="a.md",
        )
        for each in cited(graph)
    }
    return scheme(graph, titles={"d_a": "Rents"}, passages=passages)


def test_weights_survive_every_format(policy_graph: ConceptGraph) -> None:
    whole = described(policy_graph)
    assert whole.ties
    for form in ("turtle", "json-ld", "nt", "xml"):
        assert read(triples_in(write(whole, form=form).encode(), form)) == whole


def test_provenance_names_passages_that_mention_the_concept(policy_graph: ConceptGraph) -> None:
    whole = described(policy_graph)
    assert len(whole.origins) == len(policy_graph.concepts)
    assert all(set(passages) <= set(policy_graph.passages_of(concept)) for concept, passages in whole.origins)
    assert {each.sha256 for each in whole.excerpts} == {hashlib.sha256(b"six ch").hexdigest()}
    assert ("d_a", "a.md") in whole.sources


def test_csv_holds_every_association(policy_graph: ConceptGraph) -> None:
    nodes = list(csv.DictReader(io.StringIO(nodes_csv(policy_graph))))
    edges = list(csv.DictReader(io.StringIO(edges_csv(policy_graph))))
    assert {row["id"] for row in nodes} == set(policy_graph.concepts)
    assert len(edges) == sum(len(policy_graph.associations(layer)) for layer in Layer)
    weights = policy_graph.weighted(Layer.CONCEPT_CONCEPT)
    kept = [(int(row["count"]), float(row["npmi"])) for row in edges if row["layer"] == Layer.CONCEPT_CONCEPT]
    assert kept == [
        (count, round(share, 6))
        for count, share in zip(weights.pairs.count.tolist(), weights.npmi.tolist(), strict=True)
    ]


def test_graphml_is_read_by_networkx(policy_graph: ConceptGraph) -> None:
    network = networkx.parse_graphml(graphml(policy_graph), force_multigraph=True)
    assert set(network.nodes) == set(policy_graph.concepts)
    assert network.number_of_edges() == policy_graph.networkx().number_of_edges()

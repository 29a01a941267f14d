from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest

from graph.concept import Layer
from graph.network import ConceptGraph

Make = Callable[..., Any]


@pytest.fixture
def small(make_graph: Make) -> ConceptGraph:
    return make_graph({"a": ["rent tenant AB", "Tenants rent rent="], "b": ["tenant permit", "permit alpha beta"]})


def ids(graph: ConceptGraph, *names: str) -> list[str]:
    return [concept.id for name in names if (concept := graph.find(name))]


def test_counts_of_a_concept(small: ConceptGraph) -> None:
    tenant = small.find("tenants")
    assert tenant is not None
    assert (tenant.key, tenant.frequency, tenant.documents, tenant.kind) == ("tenant", 3, 2, "topic")
    assert (tenant.label, tenant.aliases) == ("tenant", ("Tenants",))


def test_a_rare_word_is_kept_only_when_something_speaks_for_it(make_graph: Make) -> None:
    graph = make_graph({"a": ["rent once", "rent defined=", "alone"]})
    assert {concept.key for concept in graph.concepts.values()} == {"rent", "defined", "alone"}


def test_a_definition_is_kept_with_its_place(small: ConceptGraph) -> None:
    (rent,) = ids(small, "rent")
    assert small.concepts[rent].definition == "Tenants rent rent="
    (definition,) = small.definitions(rent)
    assert definition.passage_id == small.passages[1]


def test_an_abbreviation_becomes_an_alias_and_is_recorded(make_graph: Make) -> None:
    graph = make_graph({"a": ["AB tenant"], "b": ["AB rent"]})
    concept = graph.find("AB")
    assert concept is not None
    assert concept.key == "alpha beta"
    assert [(merge.kept, merge.merged, merge.rule) for merge in graph.merges] == [("alpha beta", "ab", "abbreviation")]


def test_mentions_have_their_place_in_the_text(small: ConceptGraph) -> None:
    text = "Tenants rent rent="
    mentions = small.mentions(small.passages[1])
    assert [mention.surface for mention in mentions] == [text[mention.start : mention.end] for mention in mentions]
    assert [mention.surface for mention in mentions] == ["Tenants", "rent", "rent"]
    assert {mention.document_id for mention in mentions} == {"a"}
    assert small.mentions("p_unknown") == ()


def test_passages_and_documents_of_a_concept(small: ConceptGraph) -> None:
    (tenant,) = ids(small, "tenant")
    assert small.passages_of(tenant) == small.passages[:3]
    assert small.documents_of(tenant) == ("a", "b")
    assert tenant in small.concepts_of(small.passages[0])
    assert small.concepts_of("p_unknown") == ()


def test_associations_count_passages(small: ConceptGraph) -> None:
    rent, tenant = ids(small, "rent", "tenant")
    counts = {(one.source, one.target): one.count for one in small.associations(Layer.CONCEPT_CONCEPT)}
    assert counts[rent, tenant] == 2
    topical = {(one.source, one.target): one.count for one in small.associations(Layer.TOPIC_TOPIC)}
    assert topical == {(rent, tenant): 1}


def test_rows_agree_with_associations(policy_graph: ConceptGraph) -> None:
    for layer in Layer:
        rows = policy_graph.adjacency(layer)
        total = sum(one.count for one in policy_graph.associations(layer))
        assert rows.counts.sum() == total * (1 if layer is Layer.TOPIC_CONCEPT else 2)
        for node in range(len(policy_graph.ids)):
            span = rows.row(node)
            assert rows.degree(node) == len(rows.indices[span])
            assert (np.diff(rows.indices[span]) > 0).all()
            assert (np.abs(rows.npmi[span]) <= 1).all()


def test_neighbours_come_closest_first(policy_graph: ConceptGraph) -> None:
    (tenant,) = ids(policy_graph, "tenant")
    found = policy_graph.neighbours(tenant, limit=5)
    assert 0 < len(found) <= 5
    assert [one.npmi for one in found] == sorted((one.npmi for one in found), reverse=True)


def test_the_networkx_view_holds_every_association(policy_graph: ConceptGraph) -> None:
    network = policy_graph.networkx()
    assert isinstance(network, nx.Graph)
    assert set(network) == set(policy_graph.concepts)
    assert network.number_of_edges() == sum(len(policy_graph.associations(layer)) for layer in Layer)
    single = policy_graph.networkx(Layer.CONCEPT_CONCEPT)
    first = policy_graph.associations(Layer.CONCEPT_CONCEPT)[0]
    edge = single.edges[first.source, first.target]
    assert (edge["layer"], edge["count"]) == ("concept-concept", first.count)
    assert edge["weight"] == pytest.approx(np.log(first.count + 1e-5))
    assert -1 <= edge["npmi"] <= 1


def test_an_empty_graph_answers(make_graph: Make) -> None:
    graph = make_graph({})
    assert (len(graph.concepts), graph.topics, graph.documents) == (0, (), ())
    assert [graph.associations(layer) for layer in Layer] == [(), (), ()]
    assert graph.find("rent") is None
    assert len(graph.digest) == 16
    assert graph.networkx().number_of_nodes() == 0

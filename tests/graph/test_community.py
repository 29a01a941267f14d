from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from graph.community import ConceptTree, concept_tree
from graph.network import ConceptGraph

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def two_subjects(make_graph: Make) -> ConceptGraph:
    housing = ["tenant landlord rent", "rent deposit tenant", "landlord deposit rent", "tenant deposit landlord"]
    health = ["doctor nurse ward", "ward patient doctor", "nurse patient ward", "doctor patient nurse"]
    return make_graph({"a": housing, "b": housing, "c": health, "d": health})


def test_subjects_that_never_meet_are_apart(two_subjects: ConceptGraph) -> None:
    tree = concept_tree(two_subjects)
    found = {frozenset(two_subjects.concepts[c].key for c in tree.communities[root].concepts) for root in tree.roots}
    assert found == {
        frozenset({"tenant", "landlord", "rent", "deposit"}),
        frozenset({"doctor", "nurse", "ward", "patient"}),
    }
    for root in tree.roots:
        community = tree.communities[root]
        assert community.label in {two_subjects.concepts[concept].label for concept in community.concepts}


def test_children_hold_what_their_parent_holds(policy_graph: ConceptGraph) -> None:
    tree = concept_tree(policy_graph, largest=3)
    assert tree.leaves
    for community in tree.communities.values():
        if community.children:
            beneath = [concept for child in community.children for concept in tree.communities[child].concepts]
            assert sorted(beneath) == sorted(community.concepts)
            assert {tree.communities[child].parent for child in community.children} == {community.id}
    for concept in policy_graph.concepts:
        path = tree.path(concept)
        assert [one.level for one in path] == list(range(len(path)))
        assert all(concept in one.concepts for one in path)
        assert len({one.label for one in path}) == len(path)


def test_a_walk_through_the_tree_reaches_all_and_spreads(two_subjects: ConceptGraph) -> None:
    tree = concept_tree(two_subjects)
    order = list(tree.traverse())
    assert sorted(order) == sorted(two_subjects.concepts)
    assert {tree.path(concept)[0].id for concept in islice(order, 2)} == set(tree.roots)


@pytest.mark.parametrize("count", [0, 1, 7, 100])
@pytest.mark.parametrize("evenness", [0.0, 0.5, 1.0])
def test_quotas_add_up(policy_graph: ConceptGraph, count: int, evenness: float) -> None:
    quotas = concept_tree(policy_graph, largest=4).quotas(count, level=1, evenness=evenness)
    assert sum(quotas.values()) == count
    if evenness == 1.0:
        assert max(quotas.values()) - min(quotas.values()) <= 1


def test_the_same_graph_has_the_same_tree(policy_graph: ConceptGraph) -> None:
    assert concept_tree(policy_graph).communities == concept_tree(policy_graph).communities


def test_a_graph_without_pairs_has_no_tree(make_graph: Make) -> None:
    for library in ({}, {"a": ["rent"]}):
        tree = make_graph(library).tree
        assert isinstance(tree, ConceptTree)
        assert (tree.communities, list(tree.traverse()), tree.path("c_none")) == ({}, [], ())
        assert tree.quotas(5) == {}

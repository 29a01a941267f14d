from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest

from graph.combine import Combination, combinations
from graph.levels import Sampler
from graph.network import ConceptGraph
from graph.reference import ReferenceFinder
from graph.walk import Mode

Make = Callable[..., Any]
MODES = ["paper", "balanced"]
ALL_MODES = [*MODES, "tree", "pairs", "random", "single"]


def draw(graph: ConceptGraph, **options: Any) -> list[Combination]:
    return list(combinations(graph, **{"seed": 1, **options}))


@pytest.mark.parametrize("mode", ALL_MODES)
def test_the_same_seed_gives_the_same_sequence(policy_graph: ConceptGraph, mode: str) -> None:
    first, second = (draw(policy_graph, mode=mode, epochs=2) for _ in range(2))
    assert first == second
    assert first != draw(policy_graph, mode=mode, epochs=2, seed=2)


@pytest.mark.parametrize("mode", MODES)
def test_each_level_keeps_its_shape(policy_graph: ConceptGraph, mode: str) -> None:
    found = draw(policy_graph, mode=mode, epochs=3)
    assert Counter(one.level for one in found).keys() == {1, 2, 3}
    for one in found:
        documents = [policy_graph.document_of(reference) for reference in one.references]
        assert len(set(one.concepts)) == len(one.concepts)
        assert set(one.concepts) <= set(policy_graph.concepts)
        assert set(one.topics) <= set(policy_graph.topics)
        if one.level == 1:
            assert len(one.references) == 1
            assert 1 <= len(one.concepts) <= 3
            assert set(one.concepts) <= set(policy_graph.concepts_of(one.references[0]))
        if one.level == 2:
            assert 1 <= len(one.references) <= 2
            assert len(set(documents)) == 1
            assert 2 <= len(one.concepts) <= 3
        if one.level == 3:
            assert len(one.references) == 2
            assert len(set(documents)) == 2
            assert 2 <= len(one.concepts) <= 5


@pytest.mark.parametrize("mode", MODES)
def test_support_is_the_share_of_concepts_in_the_references(policy_graph: ConceptGraph, mode: str) -> None:
    for one in draw(policy_graph, mode=mode, epochs=2):
        least = 2 / 3 if mode == "balanced" else 0
        spoken = {concept for reference in one.references for concept in policy_graph.concepts_of(reference)}
        assert one.support == pytest.approx(len(spoken & set(one.concepts)) / len(one.concepts))
        assert one.support >= least


def test_nothing_is_repeated(policy_graph: ConceptGraph) -> None:
    found = draw(policy_graph, epochs=5)
    assert len({(frozenset(one.concepts), frozenset(one.references)) for one in found}) == len(found)
    assert len({one.id for one in found}) == len(found)


def test_every_passage_is_reached_at_level_one(policy_graph: ConceptGraph) -> None:
    reached = {reference for one in draw(policy_graph, levels=(1,)) for reference in one.references}
    assert reached == set(policy_graph.passages)


def test_every_concept_is_reached(policy_graph: ConceptGraph) -> None:
    reached = {concept for one in draw(policy_graph, epochs=2) for concept in one.concepts}
    assert reached == set(policy_graph.concepts)


def test_a_short_prefix_reaches_all_documents(policy_graph: ConceptGraph) -> None:
    count = len(policy_graph.documents)
    prefix = islice(combinations(policy_graph, seed=3, levels=(1,)), count)
    assert {policy_graph.document_of(one.references[0]) for one in prefix} == set(policy_graph.documents)


def test_levels_take_turns(policy_graph: ConceptGraph) -> None:
    assert [one.level for one in islice(combinations(policy_graph, seed=3), 6)] == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize(("levels", "mode"), [((4,), "balanced"), ((0, 1), "paper"), ((1,), "vague")])
def test_an_unknown_level_or_mode_is_refused(policy_graph: ConceptGraph, levels: tuple[int, ...], mode: str) -> None:
    with pytest.raises(ValueError, match=r"levels|vague"):
        draw(policy_graph, levels=levels, mode=mode)


@pytest.mark.parametrize(
    "library", [{}, {"a": []}, {"a": ["rent"]}, {"a": ["rent tenant"]}, {"a": ["rent"], "b": ["rent"]}]
)
def test_small_libraries_do_no_harm(make_graph: Make, library: dict[str, list[str]]) -> None:
    for mode in ALL_MODES:
        found = draw(make_graph(library), mode=mode, epochs=2)
        assert len(found) <= 10


def test_rejections_are_counted(make_graph: Make) -> None:
    sampler = Sampler(make_graph({"a": ["rent tenant permit"]}), seed=1)
    assert list(sampler.stream(3, 0)) == []
    assert sampler.rejected.total() > 0


def test_the_second_reference_brings_what_the_first_lacks(make_graph: Make) -> None:
    graph = make_graph(
        {
            "a": ["rent tenant deposit", "hearing"],
            "b": ["rent tenant deposit"],
            "c": ["appeal permit tenant", "appeal permit"],
        }
    )
    wanted = [
        graph.number[concept.id] for name in ("rent", "deposit", "appeal", "permit") if (concept := graph.find(name))
    ]
    references = ReferenceFinder(graph).find(wanted)
    assert references is not None
    documents = {graph.document_of(graph.passages[passage]) for passage in references.passages}
    assert "c" in documents
    assert (len(documents), references.support) == (2, 1.0)


def test_pairs_are_all_pairs_of_a_document(make_graph: Make) -> None:
    graph = make_graph({"a": ["rent tenant", "permit tenant"], "b": ["rent", "tenant permit"]})
    found = draw(graph, mode="pairs")
    keys = [
        (graph.document_of(one.references[0]), *sorted(graph.concepts[c].key for c in one.concepts)) for one in found
    ]
    pairs = [("permit", "rent"), ("permit", "tenant"), ("rent", "tenant")]
    assert sorted(keys) == sorted((document, *pair) for document in "ab" for pair in pairs)
    for one in found:
        spoken = {concept for reference in one.references for concept in graph.concepts_of(reference)}
        assert set(one.concepts) <= spoken
        assert one.level == 2


def test_modes_without_walks_have_their_level(policy_graph: ConceptGraph) -> None:
    found = {mode: draw(policy_graph, mode=mode) for mode in ("random", "single")}
    assert {one.level for one in found["random"]} == {3}
    assert {len(one.concepts) for one in found["random"]} == {2}
    assert {(one.level, len(one.references)) for one in found["single"]} == {(1, 1)}
    for one in found["single"]:
        assert set(one.concepts) <= set(policy_graph.concepts_of(one.references[0]))


def test_paper_takes_the_two_best_by_jaccard(policy_graph: ConceptGraph) -> None:
    finder = ReferenceFinder(policy_graph, mode=Mode.PAPER)
    sets = {passage: set(policy_graph.concepts_of(passage)) for passage in policy_graph.passages}
    for one in draw(policy_graph, mode="paper", levels=(3,), epochs=2):
        wanted = set(one.concepts)
        score = {passage: len(wanted & has) / len(wanted | has) for passage, has in sets.items()}
        first, second = one.references
        home = policy_graph.document_of(first)
        assert score[first] == max(score.values())
        assert score[second] == max(score[p] for p in score if policy_graph.document_of(p) != home)
    assert finder.find([]) is None


def test_many_references_are_those_found_one_by_one(policy_graph: ConceptGraph) -> None:
    rng = np.random.default_rng(1)
    sets = rng.integers(-1, len(policy_graph.ids), size=(200, 5))
    for mode in (Mode.PAPER, Mode.BALANCED):
        finder = ReferenceFinder(policy_graph, mode=mode)
        many = finder.references(sets)
        assert many == [finder.references(row[None, :])[0] for row in sets]
        assert any(many)

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice
from random import Random
from typing import Any

import numpy as np
import pytest

from graph.combine import Combination, combinations
from graph.concept import Layer
from graph.levels import Sampler
from graph.network import ConceptGraph
from graph.reference import ReferenceFinder
from graph.walk import Mode, Walker

Make = Callable[..., Any]
MODES = ["paper", "balanced"]


def draw(graph: ConceptGraph, **options: Any) -> list[Combination]:
    return list(combinations(graph, **{"seed": 1, **options}))


@pytest.mark.parametrize("mode", MODES)
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
        spoken = {concept for reference in one.references for concept in policy_graph.concepts_of(reference)}
        assert one.support == pytest.approx(len(spoken & set(one.concepts)) / len(one.concepts))
        assert one.support >= 2 / 3


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


@pytest.mark.parametrize(("levels", "mode"), [((4,), "balanced"), ((0, 1), "paper"), ((1,), "random")])
def test_an_unknown_level_or_mode_is_refused(policy_graph: ConceptGraph, levels: tuple[int, ...], mode: str) -> None:
    with pytest.raises(ValueError, match=r"levels|random"):
        draw(policy_graph, levels=levels, mode=mode)


@pytest.mark.parametrize(
    "library", [{}, {"a": []}, {"a": ["rent"]}, {"a": ["rent tenant"]}, {"a": ["rent"], "b": ["rent"]}]
)
def test_small_libraries_do_no_harm(make_graph: Make, library: dict[str, list[str]]) -> None:
    for mode in MODES:
        found = draw(make_graph(library), mode=mode, epochs=2)
        assert len(found) <= 10


def test_rejections_are_counted(make_graph: Make) -> None:
    sampler = Sampler.of(make_graph({"a": ["rent tenant permit"]}), seed=1)
    assert list(sampler.stream(3, 0)) == []
    assert sampler.rejected.total() > 0


@pytest.mark.parametrize("mode", list(Mode))
def test_a_walk_keeps_to_its_layers(policy_graph: ConceptGraph, mode: Mode) -> None:
    walker = Walker(policy_graph, mode=mode)
    topical = {policy_graph.number[topic] for topic in policy_graph.topics}
    visits = np.zeros(len(policy_graph.ids), dtype=np.int64)
    for topic in sorted(topical):
        for seed in range(20):
            walk = walker.from_topic(topic, rng=Random(seed), visits=visits)
            assert walk.topics[0] == topic
            assert 1 <= len(walk.topics) <= 3
            assert set(walk.topics) <= topical
            assert 1 <= len(walk.concepts) <= 5
            if mode is Mode.BALANCED:
                assert len(set(walk.concepts)) == len(walk.concepts)


def test_a_paper_step_is_in_proportion_to_counts(policy_graph: ConceptGraph) -> None:
    walker = Walker(policy_graph, mode=Mode.PAPER)
    topic = policy_graph.number[policy_graph.topics[0]]
    visits = np.zeros(len(policy_graph.ids), dtype=np.int64)
    first = Counter(walker.from_topic(topic, rng=Random(seed), visits=visits).topics[1] for seed in range(3000))
    rows = policy_graph.adjacency(Layer.TOPIC_TOPIC)
    span = rows.row(topic)
    shares = dict(zip(rows.indices[span].tolist(), (rows.counts[span] / rows.counts[span].sum()).tolist(), strict=True))
    for node, share in shares.items():
        assert first[node] / 3000 == pytest.approx(share, abs=0.05)


def test_visits_slow_a_balanced_walk_down(policy_graph: ConceptGraph) -> None:
    walker = Walker(policy_graph, mode=Mode.BALANCED)
    topic = policy_graph.number[policy_graph.topics[0]]
    fresh = np.zeros(len(policy_graph.ids), dtype=np.int64)
    plain = Counter(n for seed in range(300) for n in walker.from_topic(topic, rng=Random(seed), visits=fresh).concepts)
    most = plain.most_common(1)[0][0]
    worn = fresh.copy()
    worn[most] = 100
    slowed = Counter(n for seed in range(300) for n in walker.from_topic(topic, rng=Random(seed), visits=worn).concepts)
    assert slowed[most] < plain[most] / 2


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

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.chance import names, streams, uniform
from graph.concept import Layer
from graph.network import ConceptGraph
from graph.walk import EPSILON, Mode, Walker, Walks


def walks(
    graph: ConceptGraph, mode: Mode, topics: list[int], *, seed: int = 1, worn: dict[int, int] | None = None
) -> Walks:
    visits = np.zeros(len(graph.ids), dtype=np.int64)
    for node, count in (worn or {}).items():
        visits[node] = count
    keys = streams(names([f"{place}" for place in range(len(topics))]), seed)
    return Walker(graph, mode=mode).from_topics(np.array(topics, dtype=np.int32), keys, visits=visits)


@pytest.mark.parametrize("mode", [Mode.PAPER, Mode.BALANCED])
def test_a_walk_keeps_to_its_layers(policy_graph: ConceptGraph, mode: Mode) -> None:
    topical = {policy_graph.number[topic] for topic in policy_graph.topics}
    starts = sorted(topical) * 50
    for start, walk in zip(starts, walks(policy_graph, mode, starts), strict=True):
        assert walk.topics[0] == start
        assert 1 <= len(walk.topics) <= 3
        assert set(walk.topics) <= topical
        assert 1 <= len(walk.concepts) <= 5


def test_a_balanced_walk_returns_nowhere(policy_graph: ConceptGraph) -> None:
    starts = [policy_graph.number[topic] for topic in policy_graph.topics] * 50
    found = walks(policy_graph, Mode.BALANCED, starts)
    for row in (*found.topics.tolist(), *found.concepts.tolist()):
        reached = [node for node in row if node >= 0]
        assert len(set(reached)) == len(reached)


def test_a_paper_walk_has_the_lengths_of_the_paper(policy_graph: ConceptGraph) -> None:
    starts = [policy_graph.number[topic] for topic in policy_graph.topics] * 500
    found = walks(policy_graph, Mode.PAPER, starts)
    topics = Counter((found.topics >= 0).sum(axis=1).tolist())
    concepts = Counter((found.concepts >= 0).sum(axis=1).tolist())
    assert topics.keys() == {2, 3}
    assert concepts.keys() == {4, 5}
    for counts in (topics, concepts):
        assert all(count / len(starts) == pytest.approx(0.5, abs=0.05) for count in counts.values())


@pytest.mark.parametrize("layer", list(Layer))
def test_paper_steps_follow_the_softmax_of_log_counts(policy_graph: ConceptGraph, layer: Layer) -> None:
    """p(u->v) = exp(w) / sum exp(w) with w = ln(count + eps), inside a layer (arXiv 2503.19551, section 3)."""
    rows = policy_graph.adjacency(layer)
    node = max(range(len(policy_graph.ids)), key=rows.degree)
    span = rows.row(node)
    raised = np.exp(np.log(rows.counts[span] + EPSILON))
    draws = 40_000
    transitions = Walker(policy_graph, mode=Mode.PAPER).transitions(layer)
    chances = uniform(names([f"{place}" for place in range(draws)]), 0)
    found = Counter(transitions.draw(np.full(draws, node, dtype=np.int32), chances).tolist())
    for target, share in zip(rows.indices[span].tolist(), (raised / raised.sum()).tolist(), strict=True):
        assert found[target] / draws == pytest.approx(share, abs=0.015)


def test_visits_slow_a_balanced_walk_down(policy_graph: ConceptGraph) -> None:
    topic = policy_graph.number[policy_graph.topics[0]]
    plain = Counter(walks(policy_graph, Mode.BALANCED, [topic] * 500).concepts.ravel().tolist())
    del plain[-1]
    most = plain.most_common(1)[0][0]
    slowed = Counter(walks(policy_graph, Mode.BALANCED, [topic] * 500, worn={most: 100}).concepts.ravel().tolist())
    assert slowed[most] < plain[most] / 2


@given(st.integers(1, 20), st.sampled_from([Mode.PAPER, Mode.BALANCED]))
def test_walks_do_not_depend_on_how_they_are_batched(cut: int, mode: Mode) -> None:
    graph = GRAPH[0]
    starts = np.array([graph.number[topic] for topic in graph.topics] * 6, dtype=np.int32)
    keys = streams(names([f"{place}" for place in range(len(starts))]), 5)
    visits = np.arange(len(graph.ids), dtype=np.int64)
    walker = Walker(graph, mode=mode)
    whole = list(walker.from_topics(starts, keys, visits=visits))
    parts = [
        walk
        for at in range(0, len(starts), cut)
        for walk in walker.from_topics(starts[at : at + cut], keys[at : at + cut], visits=visits)
    ]
    assert whole == parts


GRAPH: list[ConceptGraph] = []


@pytest.fixture(autouse=True)
def _graph(policy_graph: ConceptGraph) -> None:
    GRAPH[:] = [policy_graph]


def test_streams_differ_by_purpose_and_name_and_are_even() -> None:
    named = names([f"c_{place}" for place in range(20_000)])
    first, other = uniform(streams(named, 1, "topic"), 0), uniform(streams(named, 2, "topic"), 0)
    assert ((first >= 0) & (first < 1)).all()
    assert first.mean() == pytest.approx(0.5, abs=0.01)
    assert abs(float(np.corrcoef(first, other)[0, 1])) < 0.03
    assert abs(float(np.corrcoef(first, uniform(streams(named, 1, "topic"), 1))[0, 1])) < 0.03

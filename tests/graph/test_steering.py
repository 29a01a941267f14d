from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.combine import Combination, combinations
from graph.network import ConceptGraph
from graph.steering import Steering

Make = Callable[[dict[str, list[str]]], ConceptGraph]


def drawn(graph: ConceptGraph, count: int, *, level: int = 1, seed: int = 1) -> list[Combination]:
    steering = Steering(graph, seed=seed)
    return [one for _ in range(count) if (one := steering.draw(level)) is not None]


def samples_to(graph: ConceptGraph, share: float, stream: Iterable[Combination]) -> int:
    """How many combinations it takes until concepts with that share of the importance were drawn where text names them."""
    weight = {one.id: one.weight for one in graph.concepts.values()}
    seen: set[str] = set()
    for number, one in enumerate(stream, start=1):
        spoken = {concept for reference in one.references for concept in graph.concepts_of(reference)}
        seen |= spoken & set(one.concepts)
        if sum(weight[each] for each in seen) >= share * sum(weight.values()):
            return number
    return 10**6


def test_the_same_seed_draws_the_same_and_another_does_not(policy_graph: ConceptGraph) -> None:
    assert drawn(policy_graph, 20) == drawn(policy_graph, 20)
    assert drawn(policy_graph, 20) != drawn(policy_graph, 20, seed=2)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_each_level_keeps_its_shape(policy_graph: ConceptGraph, level: int) -> None:
    found = drawn(policy_graph, 12, level=level)
    assert found
    for one in found:
        documents = {policy_graph.document_of(reference) for reference in one.references}
        assert one.level == level
        assert len(one.references) == len(set(one.references)) == (1 if level == 1 else 2)
        assert len(documents) == (2 if level == 3 else 1)
        spoken = {concept for reference in one.references for concept in policy_graph.concepts_of(reference)}
        assert one.concepts
        assert set(one.concepts) <= spoken
        if level == 3:
            shared = set.intersection(*({*policy_graph.concepts_of(reference)} for reference in one.references))
            assert shared & set(one.concepts), "two documents are joined by a concept of both"


def test_what_is_lacking_is_reached_sooner_than_by_chance_or_by_walks(policy_graph: ConceptGraph) -> None:
    steered = samples_to(policy_graph, 0.8, drawn(policy_graph, 400))
    for mode in ("balanced", "random"):
        assert steered < 0.8 * samples_to(policy_graph, 0.8, combinations(policy_graph, seed=1, epochs=20, mode=mode))


def test_what_samples_name_already_comes_last(make_graph: Make) -> None:
    graph = make_graph({"one": ["apples ripen"], "two": ["pears soften"], "three": ["plums darken"]})
    first_two = graph.passages[:2]
    covered = {concept: 1 for passage in first_two for concept in graph.concepts_of(passage)}
    first = Steering(graph, seed=1, covered=covered).draw(1)
    assert first is not None
    assert set(first.concepts) == set(graph.concepts_of(graph.passages[2]))


def test_a_passage_and_a_concept_that_gave_nothing_are_put_back(make_graph: Make) -> None:
    graph = make_graph({"one": ["apples ripen"], "two": ["pears soften"]})
    passages = {graph.passages[0]: 3}
    first = Steering(graph, seed=1, worn=passages).draw(1)
    assert first is not None
    assert first.references == (graph.passages[1],)
    vain = {(graph.passages[1], concept): 4 for concept in graph.concepts_of(graph.passages[1])}
    other = Steering(graph, seed=1, vain=vain).draw(1)
    assert other is not None
    assert other.references == (graph.passages[0],)


def test_a_level_that_cannot_be_drawn_gives_none_and_an_unknown_one_is_refused(make_graph: Make) -> None:
    graph = make_graph({"one": ["apples ripen"], "two": ["pears soften"]})
    steering = Steering(graph, seed=1)
    assert steering.draw(3) is None, "the documents share no concept"
    assert steering.draw(1) is not None
    with pytest.raises(ValueError, match="level 4"):
        steering.draw(4)
    assert Steering(make_graph({}), seed=1).draw(1) is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.lists(st.sampled_from("oak elm ash fir yew".split()), min_size=1, max_size=4), min_size=1, max_size=5
    )
)
def test_every_concept_is_aimed_at_before_long(make_graph: Make, texts: list[list[str]]) -> None:
    graph = make_graph({str(place): [" ".join(words)] for place, words in enumerate(texts)})
    aimed = {concept for one in drawn(graph, 4 * len(graph.concepts)) for concept in one.concepts}
    assert aimed == {one.id for one in graph.concepts.values() if one.weight > 0}

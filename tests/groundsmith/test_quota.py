"""Samples shared out over topics, in any beginning of a plan."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from graph.combine import Combination
from graph.network import ConceptGraph
from groundsmith.cli import app
from groundsmith.planning import in_turn, planned, preview, topic_shares
from groundsmith.quota import ELSEWHERE, TopicQuotas
from groundsmith.workspace import Workspace


@pytest.fixture(scope="module")
def place(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the three policies' workspace, which no test changes."""
    root = tmp_path_factory.mktemp("quota") / "place"
    shutil.copytree(library, root)
    return root


@pytest.fixture(scope="module")
def graph(place: Path) -> Iterator[ConceptGraph]:
    with Workspace.open(place) as workspace:
        yield workspace.graph()


def opened(place: Path, quotas: str, **more: str) -> Workspace:
    overrides = {"sampling.quotas": quotas} | {name.replace("__", "."): value for name, value in more.items()}
    return Workspace.open(place, environment={}, overrides=overrides)


def of_one(graph: ConceptGraph, concept: str, number: int) -> Combination:
    return Combination(id=f"k_{number}", level=1, concepts=(concept,), topics=(), references=(), support=1.0)


@pytest.mark.model
@settings(max_examples=20, deadline=None)
@given(evenness=st.floats(0, 1), count=st.integers(1, 120))
def test_with_enough_of_every_topic_all_are_within_one_of_their_share(
    graph: ConceptGraph, evenness: float, count: int
) -> None:
    quotas = TopicQuotas(graph, evenness=evenness)
    concepts = [graph.tree.communities[root].concepts[0] for root in graph.tree.roots]
    concepts += [concept for concept in graph.concepts if not graph.tree.path(concept)][:1]
    taken = []
    for number in range(count):
        waiting = [of_one(graph, concept, number) for concept in concepts]
        taken.append(quotas.take(waiting))
        assert len(waiting) == len(concepts) - 1
    for topic in quotas.shares(taken):
        assert abs(topic.samples - topic.share * count) <= 1.5


@pytest.mark.model
def test_a_combination_is_of_the_topic_that_holds_most_of_it(graph: ConceptGraph) -> None:
    quotas = TopicQuotas(graph, evenness=1.0)
    first, second = graph.tree.roots[:2]
    concepts = (*graph.tree.communities[second].concepts[:2], graph.tree.communities[first].concepts[-1])
    mixed = Combination(id="k", level=1, concepts=concepts, topics=(), references=(), support=1.0)
    assert quotas.topic(mixed) == second
    assert quotas.label(mixed) == graph.tree.communities[second].label
    empty = Combination(id="k", level=1, concepts=(), topics=(), references=(), support=1.0)
    assert quotas.topic(empty) == ELSEWHERE


@pytest.mark.model
def test_equal_shares_are_more_even_than_none_and_a_longer_plan_continues(place: Path) -> None:
    def counts(quotas: str, count: int) -> Counter[str]:
        with opened(place, quotas, sampling__levels="[1, 2]") as workspace:
            graph = workspace.graph()
            topics = TopicQuotas(graph, evenness=1.0)
            return Counter(topics.label(item.combination) for item in islice(planned(workspace, graph), count))

    def widest(found: Counter[str]) -> int:
        return max(found.values()) - min(found.values())

    free, equal = counts("off", 80), counts("equal", 80)
    assert widest(equal) < widest(free)
    assert counts("equal", 40) <= equal


@pytest.mark.model
def test_the_plan_keeps_its_levels_and_shows_topics(place: Path) -> None:
    with opened(place, "equal") as workspace:
        items = preview(workspace, 12)
        shares = topic_shares(workspace, 12)
        levels = Counter(item.level for item in islice(planned(workspace, workspace.graph()), 12))
    assert levels == {1: 3, 2: 3, 3: 6}
    assert sum(each.samples for each in shares) == 12
    assert sum(each.share for each in shares) == pytest.approx(1)
    assert {item["topic"] for item in items} <= {each.topic for each in shares}
    with opened(place, "off") as workspace:
        assert topic_shares(workspace, 3) == []
        assert {item["topic"] for item in preview(workspace, 3)} == {None}


@pytest.mark.model
def test_every_mode_takes_quotas(place: Path) -> None:
    for mode in ("tree", "pairs", "random"):
        with opened(place, "proportional", sampling__mode=mode) as workspace:
            assert len(list(islice(planned(workspace, workspace.graph()), 10))) == 10


@pytest.mark.model
def test_plan_prints_the_shares(place: Path) -> None:
    arguments = ["plan", "-n", "4", "--set", "sampling.quotas=proportional", "-w", str(place)]
    shown = CliRunner().invoke(app, arguments)
    assert "Topics of the first 4 combinations" in shown.stdout
    told = CliRunner().invoke(app, [*arguments, "--json"])
    assert all(item["topic"] for item in json.loads(told.stdout))


@pytest.mark.model
def test_nothing_that_is_waiting_is_lost(graph: ConceptGraph) -> None:
    concepts = list(graph.concepts)[:40]
    stream = [of_one(graph, concept, number) for number, concept in enumerate(concepts)]
    found = list(in_turn(stream, (1,), quotas=TopicQuotas(graph, evenness=1.0)))
    assert {each.id for each in found} == {each.id for each in stream}

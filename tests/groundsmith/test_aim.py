"""Runs that are drawn for chosen concepts."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import scripted

from groundsmith.planning import planned
from knowledge.errors import SettingsError, UsageError


def test_every_prompt_is_about_a_chosen_concept_and_each_has_its_turn(place: Path) -> None:
    with scripted.opened(place) as workspace:
        ranked = sorted(workspace.graph().concepts.values(), key=lambda concept: -concept.weight)
        chosen = (ranked[3].label, ranked[len(ranked) // 2].id)
        wanted = {ranked[3].id, ranked[len(ranked) // 2].id}
        free = [item.combination.id for item in islice(planned(workspace, workspace.graph()), 40)]
    with scripted.opened(place, sampling__concepts=",".join(chosen)) as workspace:
        items = list(islice(planned(workspace, workspace.graph()), 40))
        again = [item.combination.id for item in islice(planned(workspace, workspace.graph()), 40)]
        outcome = scripted.run(workspace, 6)
        rows = list(workspace.runs.kept(outcome.run, limit=6))
    named = [{concept.id for concept in item.concepts} & wanted for item in items]
    assert all(named)
    assert set().union(*named) == wanted
    assert [item.combination.id for item in items] == again != free
    assert outcome.kept == 6
    assert all({concept.id for concept in row.concepts} & wanted for row in rows)


def test_an_unknown_concept_is_named(place: Path) -> None:
    with (
        scripted.opened(place, sampling__concepts="rent,perpetual motion") as workspace,
        pytest.raises(UsageError, match=r'"perpetual motion" is not a concept.*graph show'),
    ):
        next(planned(workspace, workspace.graph()))


def test_rounds_refuse_chosen_concepts(place: Path) -> None:
    with (
        scripted.opened(place, sampling__concepts="rent", sampling__round="24") as workspace,
        pytest.raises(SettingsError, match=r"sampling\.concepts.*sampling\.round"),
    ):
        next(planned(workspace, workspace.graph()))

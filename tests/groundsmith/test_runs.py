"""Run records: begun, continued, extended, counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from groundsmith.row import DatasetRow
from groundsmith.runs import FAILED, KEPT, REJECTED, Runs, Unit
from knowledge.store import Database


@pytest.fixture
def runs() -> Iterator[Runs]:
    with Database(":memory:") as database:
        yield Runs(database)


def unit(ordinal: int, outcome: str = KEPT, reason: str = "") -> Unit:
    row = DatasetRow(id=f"s_{ordinal}", question=f"What is {ordinal}?", answer="A number.")
    return Unit(ordinal=ordinal, key=f"k_{ordinal}", level=1, outcome=outcome, reason=reason, row=row)


def test_a_run_is_begun_once_and_its_number_only_grows(runs: Runs) -> None:
    first = runs.begin("r_1", kind="generate", asked=5, record={"seed": 7})
    assert (first.status, first.asked, first.record) == ("started", 5, {"seed": 7})
    runs.finish("r_1", "complete")
    again = runs.begin("r_1", kind="generate", asked=9, record={"seed": 8})
    assert (again.status, again.asked, again.record, again.started) == ("started", 9, {"seed": 7}, first.started)
    assert runs.begin("r_1", kind="generate", asked=2, record={}).asked == 9
    assert [run.id for run in runs.all()] == ["r_1"]


def test_an_unknown_run_is_a_key_error(runs: Runs) -> None:
    with pytest.raises(KeyError):
        runs.run("r_none")


def test_a_unit_recorded_twice_stays_as_it_was(runs: Runs) -> None:
    runs.begin("r_1", kind="generate", asked=5, record={})
    runs.add("r_1", unit(0))
    runs.add("r_1", unit(0, REJECTED, "refuted"))
    assert [each.outcome for each in runs.units("r_1")] == [KEPT]
    assert runs.done("r_1") == {0}


def test_units_come_in_plan_order_and_as_they_went_in(runs: Runs) -> None:
    runs.begin("r_1", kind="generate", asked=5, record={})
    some = [unit(3), unit(1, REJECTED, "refuted"), unit(2), unit(0, FAILED, "not-json")]
    for each in some:
        runs.add("r_1", each)
    assert list(runs.units("r_1")) == sorted(some, key=lambda each: each.ordinal)
    assert [row.id for row in runs.kept("r_1")] == ["s_2", "s_3"]
    assert [row.id for row in runs.kept("r_1", limit=1)] == ["s_2"]
    assert [each.ordinal for each in runs.units("r_1", outcome=REJECTED)] == [1]


def test_the_funnel_counts_by_outcome_and_reason(runs: Runs) -> None:
    runs.begin("r_1", kind="generate", asked=5, record={})
    runs.begin("r_2", kind="generate", asked=5, record={})
    outcomes = [(KEPT, ""), (REJECTED, "refuted"), (REJECTED, "refuted"), (REJECTED, "duplicate"), (FAILED, "cut")]
    for ordinal, (outcome, reason) in enumerate(outcomes):
        runs.add("r_1", unit(ordinal, outcome, reason))
    funnel = runs.funnel("r_1")
    assert (funnel.made, funnel.kept, funnel.rejected, funnel.failed) == (5, 1, 3, 1)
    counted = dict(funnel.reasons)
    assert counted["refuted"] == 2
    assert counted["duplicate"] == 1
    assert runs.funnel("r_2").made == 0


def test_a_run_abandoned_before_it_made_anything_is_forgotten(runs: Runs) -> None:
    runs.begin("r_1", kind="generate", asked=5, record={})
    runs.add("r_1", unit(0))
    runs.begin("r_2", kind="generate", asked=5, record={})
    runs.abandon("r_2")
    assert [run.id for run in runs.all()] == ["r_1"]
    runs.abandon("r_1")
    assert runs.run("r_1").status == "stopped"
    assert runs.done("r_1") == {0}

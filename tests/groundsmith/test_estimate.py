"""What `plan` says a run will take, against what it takes; and prices that are told, never guessed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import scripted
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.estimate import estimate
from groundsmith.spending import budget_for, pricing
from groundsmith.workspace import Workspace
from knowledge.errors import SettingsError


@pytest.mark.parametrize(
    "options",
    [
        {"generation__strategy": "single"},
        {"generation__strategy": "chain-of-thought", "sampling__levels": "1,2"},
        {"generation__strategy": "single", "generation__refine": "1", "generation__critics": "validator"},
        {"generation__strategy": "single", "generation__evolve": "deepen"},
    ],
    ids=["single", "chain-of-thought", "validated", "evolved"],
)
def test_the_plan_is_within_fifteen_per_cent_of_the_run(place: Path, options: dict[str, str]) -> None:
    priced = {**options, "model__input_price": "2", "model__output_price": "8"}
    with scripted.opened(place, **priced) as workspace:
        scripted.run(workspace, 80)
    with scripted.opened(place, **priced, sampling__seed="8") as workspace:
        told = estimate(workspace, 120, model="scripted")
        outcome = scripted.run(workspace, 120)
    spent = outcome.spent
    assert outcome.status == "complete"
    assert told.is_learnt
    assert told.prompts == pytest.approx(outcome.funnel.made, rel=0.15)
    assert told.calls == pytest.approx(spent.calls, rel=0.15)
    assert told.input_tokens + told.output_tokens == pytest.approx(spent.input_tokens + spent.output_tokens, rel=0.15)
    assert told.money == pytest.approx(spent.money, rel=0.15)


def test_without_a_run_the_plan_says_that_it_assumes(place: Path) -> None:
    with scripted.opened(place, generation__strategy="single", generation__draws="2") as workspace:
        told = estimate(workspace, 30, model="scripted")
        outcome = scripted.run(workspace, 30)
    assert not told.is_learnt
    assert told.basis.startswith("assumed")
    assert told.calls == told.prompts
    assert told.input_tokens / told.calls == pytest.approx(outcome.spent.input_tokens / outcome.spent.calls, rel=0.15)


def test_calls_on_record_are_not_counted_again(place: Path) -> None:
    with scripted.opened(place, generation__strategy="single") as workspace:
        fresh = estimate(workspace, 20, model="scripted")
        scripted.run(workspace, 40)
        again = estimate(workspace, 20, model="scripted")
        other = estimate(workspace, 20, model="another")
    assert (fresh.recorded, other.recorded) == (0, 0)
    assert again.recorded == 1
    assert (again.calls, again.input_tokens, again.output_tokens) == (0, 0, 0)


def test_a_plan_too_small_for_the_rows_is_said(place: Path) -> None:
    with scripted.opened(place, generation__strategy="single") as workspace:
        told = estimate(workspace, 5000, model="scripted")
    assert told.prompts < 5000
    assert told.expected == round(told.prompts * told.share) < told.rows
    found = CliRunner().invoke(app, ["plan", "--estimate", "-n", "5000", "-w", str(place)])
    assert re.search(r"enough for about \d+ rows", " ".join(found.stdout.split()))


def remote(place: Path, **overrides: str) -> Workspace:
    return scripted.opened(place, model__base_url="http://127.0.0.1:9/v1", model__name="big-model-2", **overrides)


def test_an_unknown_price_is_said_and_not_guessed(place: Path) -> None:
    with remote(place) as workspace:
        assert pricing(workspace.settings)("big-model-2") is None
        assert estimate(workspace, 10).money is None
    with (
        remote(place, budget__money="3") as workspace,
        pytest.raises(SettingsError, match=r"big-model-2.*model\.prices"),
    ):
        budget_for(workspace, model="big-model-2")


def test_prices_come_from_the_users_table(place: Path) -> None:
    (place / "prices.yaml").write_text(
        'currency: EUR\nmodels:\n  "big-*": {input: 3, output: 12, batch_input: 1, batch_output: 6}\n'
    )
    with remote(place, model__prices=str(place / "prices.yaml")) as workspace:
        price = pricing(workspace.settings)("big-model-2")
        assert price is not None
        assert (price.input, price.output) == (3, 12)
        told = estimate(workspace, 10)
        assert told.currency == "EUR"
        assert told.money == pytest.approx((told.input_tokens * 3 + told.output_tokens * 12) / 1e6)
    with remote(place, model__prices=str(place / "prices.yaml"), model__batch="true") as workspace:
        price = pricing(workspace.settings)("big-model-2")
        assert price is not None
        assert (price.input, price.output) == (1, 6)


def test_a_local_model_costs_nothing(place: Path) -> None:
    with scripted.opened(place) as workspace:
        price = pricing(workspace.settings)("any")
        assert price is not None
        assert (price.input, price.output) == (0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "models: [1]",
        "- 1",
        "models:\n  a: {input: 1}",
        "models:\n  a: {input: 1, output: -2}",
        "models:\n  a: {input: 1, output: 2, c: 3}",
    ],
)
def test_a_table_that_is_wrong_is_refused_by_name(place: Path, text: str) -> None:
    (place / "prices.yaml").write_text(text)
    with (
        remote(place, model__prices=str(place / "prices.yaml")) as workspace,
        pytest.raises(SettingsError, match=r"prices\.yaml"),
    ):
        pricing(workspace.settings)


def test_what_a_run_used_is_on_record(place: Path) -> None:
    with scripted.opened(place, generation__strategy="single") as workspace:
        first = scripted.run(workspace, 5)
        more = scripted.run(workspace, 30)
        spending = workspace.runs.spending(first.run)
    assert spending is not None
    assert spending.calls == first.spent.calls + more.spent.calls
    assert spending.made == more.funnel.made
    assert json.loads(json.dumps(more.spent.money)) == 0.0

"""Rounds: what the rows so far lack decides what is asked next, and why it ends is said."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import scripted
from scripted import opened
from typer.testing import CliRunner

from generate.condition import Condition
from groundsmith.cli import app
from groundsmith.lacks import ADVICE, FARTHEST, Lacks
from groundsmith.planning import planned
from groundsmith.round_measure import RoundMeasure, grown_alike, round_measures
from groundsmith.round_store import RoundStore
from knowledge.errors import SettingsError
from knowledge.identity import digest

ROUND = {"sampling__round": "24", "generation__strategy": "single"}


def listed(prompt, draw):
    """Write the sentence of the sources that names most of the concepts asked for; the question names those it has."""
    text = prompt.messages[-1].content
    said = [" ".join(each.split()) for _, source in scripted.SOURCE.findall(text) for each in source.split(". ")]
    wanted = next((line for line in text.splitlines() if line.startswith("The question is about")), "")
    labels = [each.strip(" .") for each in wanted.partition(":")[2].split(",") if each.strip(" .")]
    best = max(said, key=lambda each: (sum(label.lower() in each.lower() for label in labels), len(each)))
    named = [label for label in labels if label.lower() in best.lower()]
    ending = digest([prompt.id, draw])[:6]
    return json.dumps({"question": f"What is laid down of {' and '.join(named) or 'it'} ({ending})?", "answer": best})


def covered(workspace, run):
    """The share of importance that the rows of a run name, row by row."""
    graph = workspace.graph()
    lacks, weight, found, shares = Lacks(graph), {one.id: one.weight for one in graph.concepts.values()}, set(), []
    for row in workspace.runs.kept(run):
        found |= lacks.named(replace(row, concepts=()))
        shares.append(sum(weight[each] for each in found) / sum(weight.values()))
    return shares


def test_steered_rows_cover_more_than_as_many_drawn_beforehand(place: Path) -> None:
    shares = {}
    for name, options in (("steered", {}), ("chance", {"sampling__round": "null", "sampling__mode": "single"})):
        with opened(place, **{**ROUND, "sampling__levels": "[1]", **options}) as workspace:
            outcome = scripted.run(workspace, 24, model=scripted.CountingModel(listed))
            assert outcome.status == "complete", outcome.why
            shares[name] = covered(workspace, outcome.run)[11]
    assert shares["steered"] > 1.15 * shares["chance"]


def test_a_run_that_was_cut_off_in_a_round_ends_as_one_that_was_not(place: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(place, tmp_path / "other")
    with opened(place, **ROUND) as workspace:
        whole = scripted.run(workspace, 40)
        expected = scripted.units(workspace, whole.run)
        plans = [each.plan for each in RoundStore(workspace.database).all(whole.run)]
    assert len(plans) > 2
    for ceiling in ("17", "31", None):
        options = {**ROUND, **({"budget__calls": ceiling} if ceiling else {})}
        with opened(tmp_path / "other", **options) as workspace:
            outcome = scripted.run(workspace, 40)
            found = scripted.units(workspace, outcome.run)
            again = [each.plan for each in RoundStore(workspace.database).all(outcome.run)]
        assert outcome.status == ("short" if ceiling else "complete")
        assert "budget.calls" in outcome.why or not ceiling
    assert outcome.run == whole.run
    assert found == expected
    assert again == plans


def test_no_prompt_of_a_round_is_sent_before_the_round_before_is_judged(place: Path) -> None:
    with opened(place, **ROUND, model__parallel="64") as workspace:
        model = scripted.CountingModel()
        outcome = scripted.run(workspace, 30, model=model)
        rounds = RoundStore(workspace.database).all(outcome.run)
        made = workspace.runs.funnel(outcome.run).made
    assert len(rounds) in {made / 24, made / 24 + 1}
    assert len(model.calls) == made


def test_prompts_are_told_what_was_refused_and_what_was_asked(place: Path) -> None:
    seen: list[str] = []

    def watching(prompt, draw):
        seen.append(prompt.messages[-1].content)
        return scripted.reply(prompt, draw)

    with opened(place, **ROUND) as workspace:
        outcome = scripted.run(workspace, 60, model=scripted.CountingModel(watching))
        basis = [each.basis for each in RoundStore(workspace.database).all(outcome.run)]
        kept = {row.question for row in workspace.runs.kept(outcome.run)}
    first, later = seen[:24], seen[24:]
    told = ADVICE["not enough evidence"]
    assert not any(told in each or "Asked already" in each for each in first)
    assert all(told in each for each in later[:24])
    assert basis[1]["reasons"]["not enough evidence"] > 0
    again = [
        each.partition("Asked already; ask for something else: ")[2].splitlines()[0]
        for each in later
        if "Asked al" in each
    ]
    assert again
    assert all(set(each.split(" / ")) <= kept for each in again)


def test_it_ends_when_nothing_new_comes_and_says_so(place: Path) -> None:
    with opened(place, **ROUND, sampling__novelty="0.999", generation__oversample="50") as workspace:
        outcome = scripted.run(workspace, 500)
        measures = round_measures(workspace, outcome.run)
        units = list(workspace.runs.units(outcome.run))
    assert [unit.row.round for unit in units] == [unit.ordinal // 24 + 1 for unit in units]
    assert outcome.status == "short"
    assert "novelty is gone" in outcome.why
    assert "sampling.novelty" in outcome.why
    assert outcome.funnel.made == 24 * len(measures)
    assert all(each.novelty < 0.999 for each in measures[-2:])


def test_the_plan_foresees_rounds_without_writing_them_down(place: Path) -> None:
    with opened(place, **ROUND) as workspace:
        items = list(islice(planned(workspace, workspace.graph()), 60))
        assert [item.ordinal for item in items] == list(range(60))
        assert len({item.combination.id for item in items[:24]}) == 24
        outcome = scripted.run(workspace, 5)
        first = list(workspace.runs.units(outcome.run))[:24]
    assert [unit.level for unit in first] == [item.level for item in items[:24]]


CONDITIONS = "conditions:\n  audience: [layperson, lawyer]\n  style: [plain, formal]\n"


def hard(prompt, draw):
    """Say what is right, but not to lawyers."""
    said = json.loads(scripted.truth(prompt, draw))
    if prompt.conditions["audience"] == "lawyer":
        said["answer"] = scripted.WRONG
    return json.dumps(said)


def test_values_that_seldom_pass_are_asked_for_more_often_but_not_without_end(place: Path) -> None:
    (place / "groundsmith.yaml").write_text(CONDITIONS)
    with opened(place, **ROUND, sampling__levels="[1]") as workspace:
        outcome = scripted.run(workspace, 20, model=scripted.CountingModel(hard))
        plans = [each.plan for each in RoundStore(workspace.database).all(outcome.run)]
    asked = [Counter(item["conditions"]["audience"] for item in plan) for plan in plans]
    styles = Counter(item["conditions"]["style"] for plan in plans for item in plan)
    assert asked[0] == {"layperson": 12, "lawyer": 12}
    assert asked[1]["lawyer"] > 16
    assert asked[1]["layperson"] > 24 / (2 * FARTHEST) - 1
    assert 0.5 < styles["plain"] / styles["formal"] < 2
    scarce = [item["scarce"] for item in plans[1] if item["conditions"]["audience"] == "lawyer"]
    assert scarce
    assert all(each == ["audience", "lawyer"] for each in scarce)


def test_demonstrations_show_the_value_that_seldom_passes(place: Path) -> None:
    (place / "groundsmith.yaml").write_text(CONDITIONS)
    shown: list[str] = []

    def seldom(prompt, draw):
        text = prompt.messages[-1].content
        if prompt.conditions["audience"] == "lawyer" and text.startswith("Example"):
            shown.append(json.loads(text.partition('"question": ')[2].partition(', "answer"')[0]))
        wrong = prompt.conditions["audience"] == "lawyer" and int(digest(prompt.id), 16) % 4
        said = json.loads(scripted.truth(prompt, draw))
        return json.dumps({**said, "answer": scripted.WRONG} if wrong else said)

    with opened(place, **ROUND, sampling__levels="[1]", demonstrations__selection="random") as workspace:
        outcome = scripted.run(workspace, 60, model=scripted.CountingModel(seldom))
        audience = {row.question: row.conditions["audience"] for row in workspace.runs.kept(outcome.run)}
        scarce = [
            item for each in RoundStore(workspace.database).all(outcome.run)[1:] for item in each.plan if item["scarce"]
        ]
    assert scarce
    later = [audience[question] for question in shown[-10:]]
    assert later.count("lawyer") >= 8


def test_weights_make_up_for_what_is_lacking(place: Path) -> None:
    with opened(place) as workspace:
        lacks = Lacks(workspace.graph())
    condition = Condition(name="style", values=("a", "b"), weights=(3.0, 1.0))
    assert lacks.reweighted([condition], 24) == [condition]
    lacks.rows = 20
    lacks.made.update({("style", "a"): 20, ("style", "b"): 20})
    lacks.kept.update({("style", "a"): 15, ("style", "b"): 5})
    (same,) = lacks.reweighted([condition], 24)
    assert same.shares["a"] < 0.75, "b passes less often, so it is asked for more"
    lacks.kept["style", "b"] = 0
    (more,) = lacks.reweighted([condition], 24)
    assert more.shares["b"] > same.shares["b"]
    assert more.weights[0] >= 0.75 / FARTHEST


@pytest.mark.parametrize(("name", "value"), [("mode", "paper"), ("quotas", "equal")])
def test_settings_that_rounds_replace_are_refused(place: Path, name: str, value: str) -> None:
    told = f"sampling.{name} is {value}, but sampling.round"
    with (
        opened(place, **ROUND, **{f"sampling__{name}": value}) as workspace,
        pytest.raises(SettingsError, match=told),
    ):
        scripted.run(workspace, 3)


def test_rounds_are_shown_with_their_diversity_for_a_run_of_either_kind(place: Path) -> None:
    for options in (ROUND, {"generation__strategy": "single"}):
        with opened(place, **options) as workspace:
            outcome = scripted.run(workspace, 40)
            measures = round_measures(workspace, outcome.run)
            assert round_measures(workspace, outcome.run) == measures, "read back as it was measured"
        assert sum(each.rows for each in measures) == outcome.funnel.kept
        assert measures[0].spread is not None
        assert 0 < measures[0].spread < 1
        assert [each.coverage for each in measures] == sorted(each.coverage for each in measures)
    shown = CliRunner().invoke(app, ["runs", "show", outcome.run, "-w", str(place)])
    assert shown.exit_code == 0, shown.output
    assert "What each part of the run added" in shown.output
    data = json.loads(CliRunner().invoke(app, ["runs", "show", "-w", str(place), "--json"]).stdout)
    assert data["rounds"][0]["rows"] == measures[0].rows
    listing = CliRunner().invoke(app, ["runs", "-w", str(place), "--json"])
    assert len(json.loads(listing.stdout)) == 2
    assert CliRunner().invoke(app, ["runs", "show", "r_none", "-w", str(place)]).exit_code != 0


def test_rounds_that_grow_alike_are_named() -> None:
    def measure(spread):
        return RoundMeasure(
            first=0, last=24, made=24, rows=9, duplicates=0, concepts=1, coverage=0.1, novelty=1.0, spread=spread
        )

    assert grown_alike([measure(each) for each in (0.5, 0.45, 0.39, None)]) == [2]
    assert grown_alike([measure(None)]) == []


@pytest.mark.parametrize("options", [{}, {"sampling__round": "24"}])
def test_passages_found_by_search_stand_beside_those_drawn(place: Path, options: dict[str, str]) -> None:
    wanted = {"generation__strategy": "single", "sampling__levels": "[1, 3]", **options}
    with opened(place, **wanted) as workspace:
        plain = list(islice(planned(workspace, workspace.graph()), 12))
    with opened(place, **wanted, sampling__retrieved="2") as workspace:
        items = list(islice(planned(workspace, workspace.graph()), 12))
        item = next(each for each in items if each.level == 1)
        best = workspace.retriever.search(" ".join(each.label for each in item.concepts), k=3)
        prompts = []
        model = scripted.CountingModel(lambda prompt, draw: prompts.append(prompt) or scripted.truth(prompt, draw))
        outcome = scripted.run(workspace, 4, model=model)
    assert [each.combination for each in items] == [each.combination for each in plain]
    for before, after in zip(plain, items, strict=True):
        assert after.passages[: len(before.passages)] == before.passages
        assert len(after.passages) - len(before.passages) == (2 if after.level == 1 else 0)
    found = [passage.id for passage in item.passages[1:]]
    assert set(found) <= {hit.passage.id for hit in best}
    assert outcome.kept == 4
    assert any(len(scripted.SOURCE.findall(prompt.messages[-1].content)) == 3 for prompt in prompts)

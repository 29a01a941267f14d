"""The road from plan to dataset, with an author that follows a script and a judge that counts words."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
import scripted

from groundsmith.conditioning import Conditioner, fixed_conditions
from groundsmith.pipeline import generate
from groundsmith.planning import in_turn, planned, preview
from groundsmith.settings import load
from groundsmith.workspace import Workspace
from knowledge.errors import MissingModel, ModelCallError, UsageError


def test_what_is_right_is_kept_and_the_rest_has_its_reason(place: Path) -> None:
    with scripted.opened(place) as workspace:
        outcome = scripted.run(workspace, 20)
        rows = list(workspace.runs.kept(outcome.run, limit=20))
        funnel = workspace.runs.funnel(outcome.run)
        failed = list(workspace.runs.units(outcome.run, outcome="failed"))
    assert (outcome.status, outcome.kept, outcome.why) == ("complete", 20, "")
    assert len({row.id for row in rows}) == 20
    assert all(row.verdict == "supported" and row.rejected is None and row.answer != scripted.WRONG for row in rows)
    assert all(row.evidence and row.claims and row.run == outcome.run for row in rows)
    assert {"not enough evidence", "duplicate"} <= set(dict(funnel.reasons))
    assert "not-json" in dict(funnel.failures)
    assert funnel.made == funnel.kept + funnel.rejected + funnel.failed
    assert all(unit.row.answer == "I would rather not say." for unit in failed)


def test_levels_take_turns_and_a_row_of_level_three_cites_two_documents(place: Path) -> None:
    with scripted.opened(place) as workspace:
        items = list(islice(planned(workspace, workspace.graph()), 30))
        assert Counter(item.level for item in items) == {1: 8, 2: 8, 3: 14}
        assert [item.ordinal for item in items] == list(range(30))
        assert all(len({p.document_id for p in item.passages}) == 2 for item in items if item.level == 3)
        assert items == list(islice(planned(workspace, workspace.graph()), 30))
        outcome = scripted.run(workspace, 12)
        across = [row for row in workspace.runs.kept(outcome.run) if row.level == 3]
    assert across
    assert all(row.multi_hop is not None and row.multi_hop.proven for row in across)


def test_the_same_command_makes_no_new_call_and_a_larger_number_extends(place: Path) -> None:
    model = scripted.CountingModel()
    with scripted.opened(place) as workspace:
        first = scripted.run(workspace, 5, model=model)
        calls = len(model.calls)
        five = [row.id for row in workspace.runs.kept(first.run, limit=5)]
    with scripted.opened(place) as workspace:
        again = scripted.run(workspace, 5, model=model)
        assert len(model.calls) == calls
        assert (again.run, again.kept, again.funnel) == (first.run, 5, first.funnel)
        more = scripted.run(workspace, 30, model=model)
        assert more.run == first.run
        assert [row.id for row in workspace.runs.kept(more.run, limit=30)][:5] == five
        assert workspace.latest_run().asked == 30
        assert len(model.calls) == len(set(model.calls)) > calls
        fewer = scripted.run(workspace, 5)
        assert fewer.kept == 5
        assert workspace.latest_run().asked == 30


def test_an_extended_run_is_the_run_made_at_once(place: Path, tmp_path: Path, library: Path) -> None:
    import shutil

    shutil.copytree(library, tmp_path / "other")
    with scripted.opened(place) as workspace, scripted.opened(tmp_path / "other") as other:
        for count in (1, 2, 7, 25):
            extended = scripted.run(workspace, count)
        at_once = scripted.run(other, 25)
        assert scripted.units(workspace, extended.run) == scripted.units(other, at_once.run)


def test_a_stopped_run_says_so_and_goes_on(place: Path) -> None:
    asked = iter([False, True])
    with scripted.opened(place) as workspace:
        stopped = scripted.run(workspace, 40, stop=lambda: next(asked))
        assert (stopped.status, stopped.why) == ("stopped", "stopped")
        assert workspace.latest_run().status == "stopped"
        assert stopped.funnel.made == 24
        assert scripted.run(workspace, 40).status == "complete"


def test_a_begun_batch_is_finished_though_there_is_enough(place: Path) -> None:
    with scripted.opened(place) as workspace:
        whole = scripted.run(workspace, 3)
        expected = scripted.units(workspace, whole.run)
        with workspace.database.transaction() as connection:
            connection.execute("DELETE FROM units WHERE ordinal >= 15")
        again = scripted.run(workspace, 3)
        assert (again.run, again.status) == (whole.run, "complete")
        assert scripted.units(workspace, whole.run) == expected


@pytest.mark.parametrize("most", [1, 7, 24, 30])
def test_a_ceiling_on_calls_is_kept_to_the_call(place: Path, most: int) -> None:
    model = scripted.CountingModel()
    with scripted.opened(place, budget__calls=str(most)) as workspace:
        outcome = scripted.run(workspace, 50, model=model)
        assert len(model.calls) == most
        assert outcome.funnel.made == most
        assert (outcome.status, outcome.why) == ("short", f"budget.calls = {most} is spent")
        scripted.run(workspace, 50, model=model)
        assert len(set(model.calls)) == len(model.calls) == 2 * most
        ordinals = [unit.ordinal for unit in workspace.runs.units(outcome.run)]
        assert ordinals == list(range(2 * most))


def test_ceilings_on_tokens_and_money(place: Path) -> None:
    with scripted.opened(place, budget__tokens="3000") as workspace:
        assert scripted.run(workspace, 50).why == "budget.tokens = 3000 is spent"
    prices = {"model__input_price": "1000", "model__output_price": "1000", "budget__money": "2.5"}
    with scripted.opened(place, **prices) as workspace:
        assert scripted.run(workspace, 50).why == "budget.money = 2.5 is spent"


def test_a_plan_that_ends_ends_the_run(place: Path) -> None:
    with scripted.opened(place, generation__oversample="1") as workspace:
        outcome = scripted.run(workspace, 10, model=scripted.CountingModel(lambda prompt, draw: "no"))
        assert (outcome.status, outcome.kept, outcome.funnel.failed) == ("short", 0, 10)
        assert "the plan is used up" in outcome.why


def test_a_run_is_known_by_what_decides_it(place: Path) -> None:
    with scripted.opened(place) as workspace:
        first = scripted.run(workspace, 2)
    with scripted.opened(place, sampling__seed="8") as workspace:
        assert scripted.run(workspace, 2).run != first.run
    with scripted.opened(place, library__max_bytes="1000", export__format="csv", generation__count="3") as workspace:
        assert scripted.run(workspace, 2).run == first.run
        record = workspace.runs.run(first.run).record
    assert record["seed"] == 7
    assert record["decides"]["model"] == "scripted"
    assert "chromadb" in record["versions"]
    assert json.loads(json.dumps(record)) == record


def test_a_call_that_fails_is_one_failure_and_the_others_go_on(place: Path) -> None:
    def script(prompt, draw):
        text = scripted.reply(prompt, draw)
        if "appeal" in text:
            raise ModelCallError("scripted: the line was busy")
        return text

    with scripted.opened(place) as workspace:
        outcome = scripted.run(workspace, 5, model=scripted.CountingModel(script))
        assert outcome.kept == 5
        assert dict(outcome.funnel.failures)["model-call"] > 0


def test_a_model_that_is_not_there_stops_the_run(place: Path) -> None:
    def script(prompt, draw):
        raise MissingModel("scripted: no such model; pull one")

    with scripted.opened(place) as workspace:
        with pytest.raises(MissingModel, match="pull one"):
            scripted.run(workspace, 5, model=scripted.CountingModel(script))
        assert workspace.runs.all() == []
        assert scripted.run(workspace, 5).kept == 5
        with pytest.raises(MissingModel, match="pull one"):
            scripted.run(workspace, 50, model=scripted.CountingModel(script))
        assert workspace.latest_run().status == "stopped"
        assert workspace.runs.funnel(workspace.latest_run().id).kept >= 5


def test_an_empty_graph_is_said_before_any_model_is_looked_for(tmp_path: Path) -> None:
    with (
        Workspace.create(tmp_path / "empty", environment={}) as workspace,
        pytest.raises(UsageError, match="the concept graph is empty; run: groundsmith ingest PATH"),
    ):
        scripted.run(workspace, 1)
    with scripted.opened(tmp_path / "empty") as workspace:
        assert workspace.runs.all() == []


@pytest.mark.model
def test_the_true_judge_keeps_the_right_answer_and_refuses_the_wrong_one(place: Path) -> None:
    import verify

    if not list((Path(verify.__file__).parent / "weights").glob("*.onnx")):
        pytest.skip("the entailment model's weights are not here")

    right: list[str] = []

    def script(prompt, draw):
        said = json.loads(scripted.truth(prompt, draw))
        if draw == 0:
            right.append(said["answer"])
        else:
            said["answer"] = f"{said['answer'][:-1]}, unless the applicant is a member of a rowing club in Lisbon."
        return json.dumps(said)

    options = {"generation__draws": "2", "sampling__levels": "1", "verification__relevance": "false"}
    with scripted.opened(place, **options) as workspace:
        assert len(workspace.library.documents()) == 3
        outcome = generate(
            workspace, count=4, stop=lambda: False, tick=scripted.silent, model=scripted.CountingModel(script)
        )
        kept = [row.answer for row in workspace.runs.kept(outcome.run)]
        refused = list(workspace.runs.units(outcome.run, outcome="rejected"))
    assert outcome.kept == 4
    assert set(kept) <= set(right)
    wrong = [unit for unit in refused if "Lisbon" in unit.row.answer]
    assert wrong
    assert {unit.reason for unit in wrong} <= {"not enough evidence", "refuted", "conflicting"}


def test_draws_ask_one_prompt_again(place: Path) -> None:
    model = scripted.CountingModel()
    with scripted.opened(place, generation__draws="3") as workspace:
        scripted.run(workspace, 5, model=model)
    prompts = Counter(prompt for prompt, _ in model.calls)
    assert set(prompts.values()) == {3}
    assert {draw for _, draw in model.calls} == {0, 1, 2}


def test_a_preview_calls_no_model_and_shows_what_is_asked(place: Path) -> None:
    asked: list[str] = []

    def script(prompt, draw):
        asked.append("\n".join(message.content for message in prompt.messages))
        return scripted.reply(prompt, draw)

    with scripted.opened(place, generation__strategy="single") as workspace:
        items = preview(workspace, 6)
        scripted.run(workspace, 1, model=scripted.CountingModel(script))
    assert [item["ordinal"] for item in items] == list(range(6))
    assert {item["prompt"] for item in items} <= set(asked)
    assert all(item["tokens"] > 50 and item["concepts"] and item["places"] for item in items)


def test_conditions_rotate_and_stand_in_the_prompts(place: Path) -> None:
    settings = place / "groundsmith.yaml"
    wanted = "conditions:\n  audience: [resident, officer]\n  difficulty: [plain, applied, hard]\n"
    text = re.sub(r"^conditions:\n(?:  # .*\n)+", wanted, settings.read_text(), flags=re.MULTILINE)
    settings.write_text(text)
    with scripted.opened(place, generation__strategy="single") as workspace:
        items = list(islice(planned(workspace, workspace.graph()), 150))
        shown = preview(workspace, 3)
    counts = Counter(tuple(sorted(item.conditions.items())) for item in items)
    assert len(counts) == 6
    assert max(counts.values()) - min(counts.values()) <= 2
    assert all("Audience: " in item["prompt"] and "Difficulty: " in item["prompt"] for item in shown)


def test_conditions_of_a_long_plan_are_those_made_at_once(tmp_path: Path) -> None:
    from generate.condition import Condition, assignments

    (tmp_path / "groundsmith.yaml").write_text("conditions:\n  tone: [dry, warm]\n  reader: [a, b, c]\n")
    settings = load(tmp_path / "groundsmith.yaml", environment={})
    conditions = [Condition(name="tone", values=("dry", "warm")), Condition(name="reader", values=("a", "b", "c"))]
    rows = list(islice(Conditioner(fixed_conditions(settings), {}, seed=settings.sampling.seed).rows(), 300))
    assert rows == assignments(conditions, 300, seed=settings.sampling.seed)
    assert list(islice(Conditioner((), {}, seed=1).rows(), 3)) == [{}, {}, {}]


def test_in_turn_follows_the_pattern_and_goes_on_without_a_level_that_is_used_up() -> None:
    class Drawn:
        def __init__(self, level: int) -> None:
            self.level = level

    stream = [Drawn(level) for level in (1, 1, 1, 2, 3, 1, 1)]
    assert [each.level for each in in_turn(stream, (1, 2, 3))] == [1, 2, 3, 1, 1, 1, 1]
    twice = [Drawn(level) for level in (1, 2) * 6]
    assert [each.level for each in in_turn(twice, (1, 1, 2))][:6] == [1, 1, 2, 1, 1, 2]
    assert list(in_turn([], (1, 2))) == []
    without = [Drawn(level) for level in (1, 2) * 500]
    assert len(list(in_turn(without, (1, 2, 3, 3)))) == 1000

"""The closed-book test in generation: what a model answers without the documents is marked or refused, at a call a row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scripted
from scripted import opened

from groundsmith.authorship import authorship
from groundsmith.models import role_models
from groundsmith.planning import planned
from groundsmith.recall import MARK, RECALLED, marked
from groundsmith.row import DatasetRow
from knowledge.errors import MissingModel
from verify.closed_book import ClosedBook
from verify.nli_onnx import OnnxEntailment

TEST = {"sampling__levels": "[1]", "generation__strategy": "single"}
KNOWN = "Everyone knows this"


def script(prompt, draw):
    """Write a true row; asked the bare question, know every second one."""
    if prompt.task != "closed-book":
        return scripted.truth(prompt, draw)
    question = prompt.messages[-1].content
    assert "[source" not in question
    told = script.answers.get(question.split("\n")[1])
    return json.dumps({"answer": told or "unknown"})


script.answers = {}


def run(workspace, count=12, **options):
    """Run once to learn the rows, teach the model every second, and run again with the test."""
    model = scripted.CountingModel(script)
    judge = scripted.assay()
    judge.refuse_recalled = workspace.settings.generation.closed_book == "reject"
    return scripted.run(workspace, count, model=model, judge=judge, **options), model


def taught(place: Path) -> None:
    with opened(place, **TEST) as workspace:
        outcome, _ = run(workspace)
        rows = list(workspace.runs.kept(outcome.run))
    script.answers = {row.question: row.answer for row in rows[::2]}


@pytest.mark.parametrize("mode", ["mark", "reject"])
def test_rows_that_a_model_answers_without_the_documents(place: Path, mode: str) -> None:
    taught(place)
    with opened(place, **TEST, generation__closed_book=mode) as workspace:
        outcome, _ = run(workspace)
        kept = list(workspace.runs.kept(outcome.run))
        refused = [unit.row for unit in workspace.runs.units(outcome.run, outcome="rejected")]
    marks = {row.question: row.parts[MARK] for row in kept}
    known = {question for question, mark in marks.items() if mark == ClosedBook.ANSWERABLE}
    assert not any(RECALLED in row.parts for row in [*kept, *refused])
    if mode == "mark":
        assert known
        assert known <= set(script.answers)
        assert any(mark == ClosedBook.UNKNOWN for mark in marks.values())
    else:
        assert not known
        assert dict(outcome.funnel.reasons)["closed book"] > 0
        assert all(row.question in script.answers for row in refused if row.rejected.startswith("closed book"))


def test_only_drafts_that_pass_cost_the_call(place: Path) -> None:
    script.answers = {}
    spoiled = []

    def often_wrong(prompt, draw):
        if prompt.task == "closed-book":
            return json.dumps({"answer": "unknown"})
        said = scripted.reply(prompt, draw)
        spoiled.append(scripted.WRONG in said or not said.startswith("{"))
        return said

    with opened(place, **TEST, generation__closed_book="mark") as workspace:
        model = scripted.CountingModel(often_wrong)
        scripted.run(workspace, 8, model=model)
        calls = authorship(workspace.settings).expected_calls(next(planned(workspace, workspace.graph())))
    assert 8 <= len(model.calls) - len(spoiled) <= spoiled.count(False)
    assert calls.most == 2


def test_a_model_of_its_own_is_looked_for(place: Path) -> None:
    options = {"generation__closed_book": "mark", "generation__recaller": "none-such.gguf"}
    with opened(place, **options) as workspace, pytest.raises(MissingModel), role_models(workspace):
        pass


def test_the_true_model_tells_a_known_answer_from_a_different_one() -> None:
    rows = [
        DatasetRow(id="a", question="How long does a tenant have to appeal a decision?", answer="30 days"),
        DatasetRow(id="b", question="How long does a tenant have to appeal a decision?", answer="30 days"),
        DatasetRow(id="c", question="Who approves an eviction referral?", answer="the director of housing"),
        DatasetRow(id="d", question="Who approves an eviction referral?", answer="the director of housing"),
    ]
    said = ["A tenant has 30 days to appeal.", "A tenant has 90 days to appeal.", "", None]
    found = marked(rows, said, OnnxEntailment())
    assert [mark for _, mark in found] == [
        ClosedBook.ANSWERABLE,
        ClosedBook.NEEDED,
        ClosedBook.UNKNOWN,
        "",
    ]
    assert MARK not in found[3][0].parts

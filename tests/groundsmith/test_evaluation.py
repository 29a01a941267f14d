"""A dataset looked at as a whole: measures with meaning, beside its documents; collapse told from variety."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.datasets import ForeignRow
from groundsmith.evaluation import evaluate
from knowledge.embed_onnx import OnnxEmbedder
from knowledge.errors import RowError, UsageError

ADGM = Path(__file__).parents[2].parent / "shared/data/corpora/obliqa-adgm/qa/qa.jsonl"


def rows(questions):
    return [
        ForeignRow(number=n, question=each, answer=f"Answer {n}.", contexts=(str(n // 2),))
        for n, each in enumerate(questions, start=1)
    ]


def collapsed():
    kinds, things = (
        ("amount", "fee", "rent", "income"),
        ("the grant", "a household", "the tenant", "a unit", "a permit"),
    )
    return [f"What is the maximum {kind} of {thing}?" for kind in kinds for thing in things] * 2


@pytest.fixture(scope="module")
def embedder():
    return OnnxEmbedder()


def test_one_pattern_is_called_collapsed(embedder):
    found = evaluate(rows(collapsed()), embedder=embedder)
    assert found.collapsed
    assert {"different word pairs", "most frequent opening"} <= {each.name for each in found.measures if each.sign}


def test_real_questions_are_not(embedder):
    if not ADGM.exists():
        pytest.skip("../shared/data is not there")
    questions = [json.loads(line)["question"] for line in ADGM.read_text(encoding="utf-8").splitlines()[:60]]
    found = evaluate(rows(questions), embedder=embedder, reference=questions[:20])
    assert not found.collapsed
    pairs = next(each for each in found.measures if (each.of, each.name) == ("questions", "different word pairs"))
    assert pairs.score.low < pairs.score.value < pairs.score.high
    assert pairs.reference is not None


def test_texts_of_one_source_are_compared(embedder):
    asked = ["Who signs the lease?", "Who signs the lease agreement?", "When is rent due?", "Which pets are allowed?"]
    found = evaluate(rows(["How long is a stay?", *asked]), embedder=embedder)
    assert any(each.name == "likeness within a source" for each in found.measures)


def test_unreadable_rows_are_told_and_too_few_refused(embedder):
    found = evaluate([RowError("row 4: no answer"), *rows(collapsed()[:5])], embedder=embedder)
    assert (found.rows, found.problems) == (5, ("row 4: no answer",))
    with pytest.raises(UsageError, match="at least three"):
        evaluate(rows(["Only one?"]), embedder=embedder)


def test_the_command_works_without_a_workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("set.jsonl").write_text("".join(json.dumps({"question": q, "answer": "Yes."}) + "\n" for q in collapsed()))
    shown = CliRunner().invoke(app, ["evaluate", "set.jsonl", "--fail-collapsed"])
    assert shown.exit_code == 1
    assert "collapsed: the questions repeat one another" in shown.stdout
    told = CliRunner().invoke(app, ["evaluate", "set.jsonl", "--json"])
    assert told.exit_code == 0
    assert json.loads(told.stdout)["collapsed"] is True

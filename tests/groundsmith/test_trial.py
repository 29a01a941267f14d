"""A reader trained on a set and tried on a benchmark: it learns what is to be learnt, and is not fooled by chance."""

import json
import random

import numpy as np
import pytest
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.reader import RIGHT, Asked, Choice, Shelf, likeness_of, read, train, untrained
from groundsmith.row import DatasetRow, RowEvidence
from groundsmith.trial import ALONE, DRAFTS, HALF, WHOLE, Estimate, drafts_of, questions_of, trial
from knowledge.embed import HashEmbedder
from knowledge.embed_onnx import OnnxEmbedder
from knowledge.errors import UsageError

TOWNS = "Aston Brill Corby Diss Ely Frome Goole Hythe Ilkley Jarrow Keld Louth Malton Neath Otley Penrith".split()


def passage(town, draw):
    fee, days, room = draw.randrange(10, 90), draw.randrange(3, 60), draw.randrange(100, 400)
    told = [
        f"The fee in {town} is {fee} dollars.",
        f"An appeal in {town} must be lodged within {days} days.",
        f"The office in {town} is in room {room}.",
        f"The mayor of {town} opens the hall.",
    ]
    draw.shuffle(told)
    return " ".join(told), f"{fee} dollars", f"{days} days"


def exam(number, *, seed, wrong=False):
    draw = random.Random(seed)
    asked = []
    for place in range(number):
        town = f"{TOWNS[place % len(TOWNS)]} {chr(65 + seed)}{place}"
        text, fee, days = passage(town, draw)
        question = draw.choice((f"What does it cost in {town}?", f"How long may one wait in {town}?"))
        right, other = (fee, days) if "cost" in question else (days, fee)
        asked.append(Asked(question=question, answer=other if wrong else right, contexts=(text,)))
    return asked


def test_likeness_holds_for_the_shorter_text():
    assert likeness_of("The fee in Ely is 40 dollars.", "40 dollars") == 1.0
    assert likeness_of("The fee in Ely is 40 dollars.", "45 dollars") == 0.5
    assert likeness_of("The fee is due.", "") == 0.0


def test_training_finds_the_feature_that_tells():
    draw = np.random.default_rng(3)
    choices = []
    for _ in range(60):
        features = draw.normal(size=(5, 12))
        choices.append(Choice(features=features, likeness=(features[:, 7] == features[:, 7].max()) * 1.0))
    before, after = read(choices, untrained(12)).mean(), read(choices, train(choices, width=12)).mean()
    assert after > before + 0.2


def test_a_question_without_a_right_candidate_teaches_nothing_and_scores_nothing():
    empty = Choice(features=np.ones((3, 8)), likeness=np.zeros(3))
    assert np.array_equal(train([empty], width=8), untrained(8))
    assert read([empty], untrained(8)).tolist() == [0.0]
    assert RIGHT > 0


def test_passages_are_found_where_a_question_brings_none():
    shelf = Shelf(["The fee is 40 dollars. Pay at the desk.", "Dogs are kept on a lead."], HashEmbedder())
    own, found = shelf.choices(
        [
            Asked(question="Who keeps dogs?", answer="a lead", contexts=("The fee is 40 dollars. Pay at the desk.",)),
            Asked(question="Are dogs kept on a lead?", answer="Dogs are kept on a lead."),
        ]
    )
    assert not own.right.any()
    assert found.right.any()


def test_a_set_that_teaches_is_ahead_and_a_wrong_one_behind():
    rows, wrong = exam(30, seed=1), exam(30, seed=2, wrong=True)
    found = trial(rows, exam(24, seed=3), embedder=OnnxEmbedder(), drafts=wrong, seeds=5)
    assert [each.name for each in found.arms] == [ALONE, HALF, WHOLE, DRAFTS]
    assert [each.rows for each in found.arms] == [0, 12, 24, 24]
    assert found.reachable == 1.0
    assert found.arm(DRAFTS).lead.low > 0.1
    assert "is ahead of the reader trained on unverified rows" in found.findings[-1]


def test_the_same_rows_are_not_told_apart_and_seeds_repeat():
    rows = exam(40, seed=1)
    one, other = (trial(rows, exam(30, seed=3), embedder=HashEmbedder(), drafts=rows, seeds=4) for _ in range(2))
    assert one == other
    assert one.arm(DRAFTS).lead.low <= 0 <= one.arm(DRAFTS).lead.high


def test_rows_that_give_the_benchmark_away_are_left_out():
    rows = [*exam(30, seed=1), Asked(question="What does the big blue ferry cost?", answer="x", contexts=("It is x.",))]
    found = trial(rows, [*exam(20, seed=3), rows[-1]], embedder=HashEmbedder(), seeds=2)
    assert (found.leaked, found.rows) == (1, 30)


def test_the_same_question_of_another_passage_gives_nothing_away():
    asked = "What does it say about the data that it collects?"
    rows = [
        Asked(question=asked, answer="names", contexts=(f"Site {n} collects names. It sells none.",)) for n in range(12)
    ]
    other = [
        Asked(question=asked, answer="mail", contexts=(f"Shop {n} collects mail. It keeps it.",)) for n in range(12)
    ]
    assert trial(rows, other, embedder=HashEmbedder(), seeds=2).leaked == 0
    shared = [*other[:-1], Asked(question=asked, answer="names", contexts=rows[0].contexts)]
    found = trial(rows, shared, embedder=HashEmbedder(), seeds=2)
    assert (found.leaked, found.rows) == (1, 11)


def test_too_little_is_said():
    with pytest.raises(UsageError, match="the set has 3 usable questions"):
        trial(exam(3, seed=1), exam(30, seed=2), embedder=HashEmbedder())
    bare = [Asked(question=f"Who is number {n}?", answer="a") for n in range(20)]
    other = [Asked(question=f"Which colour has house {n} there?", answer="a") for n in range(20)]
    with pytest.raises(UsageError, match="passages"):
        trial(bare, other, embedder=HashEmbedder())


def test_an_interval_by_student():
    found = Estimate.of([0.1, 0.2, 0.3, 0.4, 0.5])
    assert found.mean == pytest.approx(0.3)
    assert found.high - found.mean == pytest.approx(2.78 * 0.15811 / 5**0.5, rel=1e-3)


def test_drafts_are_a_runs_rows_each_once():
    evidence = RowEvidence(id="p", document="d", version=1, title="t", source="s", start=0, end=3, text="abc")
    rows = [
        DatasetRow(id="1", question="Who?", answer="Ann", evidence=(evidence,), rejected="refuted"),
        DatasetRow(id="2", question="Who?", answer="ann.", evidence=(evidence,)),
        DatasetRow(id="3", question="When?", answer="", evidence=(evidence,)),
    ]
    [draft] = drafts_of(rows)
    assert (draft.answer, draft.contexts, draft.weight) == ("Ann", ("abc",), 1.0)


def lines(path, asked, **more):
    rows = [{"question": e.question, "answer": e.answer, "contexts": list(e.contexts), **more} for e in asked]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_weights_are_read_and_bad_ones_count_as_one(tmp_path):
    assert questions_of(lines(tmp_path / "a.jsonl", exam(2, seed=1), weight=0.25)).asked[0].weight == 0.25
    assert questions_of(lines(tmp_path / "b.jsonl", exam(2, seed=1), weight="much")).asked[0].weight == 1.0
    assert questions_of(lines(tmp_path / "c.jsonl", exam(2, seed=1), weight=-1)).asked[0].weight == 1.0


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines(tmp_path / "rows.jsonl", exam(12, seed=1))
    lines(tmp_path / "exam.jsonl", exam(12, seed=2))
    lines(tmp_path / "loose.jsonl", exam(12, seed=4, wrong=True))
    words = [
        "evaluate",
        "--train",
        "rows.jsonl",
        "--benchmark",
        "exam.jsonl",
        "--unverified",
        "loose.jsonl",
        "--seeds",
        "3",
    ]
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [arm["name"] for arm in found["arms"]] == [ALONE, HALF, WHOLE, DRAFTS]
    assert len(found["findings"]) == 3
    shown = CliRunner().invoke(app, words)
    assert "reciprocal rank" in shown.stdout
    assert WHOLE in shown.stdout
    with pytest.raises(UsageError, match="--benchmark"):
        CliRunner().invoke(app, ["evaluate", "--train", "rows.jsonl"], catch_exceptions=False)

"""`groundsmith curate`: copies in the same shape, rejected rows with reasons, evaluation sets kept out."""

import csv
import json

import pytest
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.curating import COLUMNS, On, Rules, curate, curate_file
from groundsmith.datasets import Dataset
from knowledge.embed_onnx import OnnxEmbedder
from knowledge.errors import UsageError

A = ("When must the applicant notify the agency of a change of address?", "Within 30 days of the change.")
B = ("Who may sign the lease for a household of four?", "The head of the household.")
NEAR = ("When must the aplicant notify the agency of any change of address?", A[1])
LIKE = (
    "By what date does an applicant have to tell the agency that the address changed?",
    "Within 30 days of that change.",
)


def lines(path, pairs, **more):
    rows = [{"id": f"r{n}", "question": q, "answer": a, **more} for n, (q, a) in enumerate(pairs)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def embedder():
    return OnnxEmbedder()


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_each_stage_says_what_it_rejects(here, embedder):
    pairs = [A, (A[0].upper(), A[1]), NEAR, LIKE, B, (A[0], "Within 60 days of the change.")]
    exam = lines(here / "exam.jsonl", [(B[0], "?")])
    written = curate_file(lines(here / "d.jsonl", pairs), embedder=embedder, rules=Rules(meaning=0.7), against=[exam])
    found, kept, rejected = written.curation, written.kept, written.rejected
    assert [row["id"] for row in read(kept)] == ["r0", "r5"]
    told = {row["id"]: (row["groundsmith_stage"], row["groundsmith_repeats"]) for row in read(rejected)}
    assert told == {
        "r1": ("exact", "r0"),
        "r2": ("near", "r0"),
        "r3": ("meaning", "r0"),
        "r4": ("contaminated", "exam.jsonl#r0"),
    }
    assert all(set(COLUMNS) <= set(row) and 0.6 <= row["groundsmith_score"] <= 1 for row in read(rejected))
    assert found.by_stage == {"exact": 1, "near": 1, "contaminated": 1, "meaning": 1}
    assert (kept.name, rejected.name) == ("d.kept.jsonl", "d.rejected.jsonl")


def test_a_reworded_exam_question_is_found_by_meaning(here, embedder):
    exam = lines(here / "exam.jsonl", [A])
    with Dataset(lines(here / "d.jsonl", [LIKE, B])) as dataset:
        found = curate(dataset, embedder=embedder, rules=Rules(leak=0.75), against=[exam])
    assert [each.reason for each in found.rejected] == ["means the same as r0 of exam.jsonl"]


@pytest.mark.parametrize(("on", "kept"), [(On.QUESTION, 2), (On.ANSWER, 2), (On.BOTH, 3)])
def test_what_rows_must_share(here, on, kept):
    pairs = [("Q one?", "An answer."), ("Q one?", "Other words."), ("Another?", "An answer.")]
    with Dataset(lines(here / "d.jsonl", pairs)) as dataset:
        assert curate(dataset, embedder=None, rules=Rules(on=on)).kept == kept


def test_csv_stays_csv(here):
    path = here / "d.csv"
    path.write_text("question,answer\nWho pays?,You do.\nwho pays,you do\n", encoding="utf-8")
    written = curate_file(path, embedder=None)
    kept, rejected = written.kept, written.rejected
    assert kept.read_text(encoding="utf-8") == "question,answer\nWho pays?,You do.\n"
    with rejected.open(encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert (row["question"], row["groundsmith_repeats"]) == ("who pays", "row 1")


def test_squad_keeps_its_paragraphs(here):
    asked = [
        {"id": str(n), "question": q, "answers": [{"text": "Ann", "answer_start": 0}]}
        for n, q in enumerate(("Who?", "who", "When so?"))
    ]
    document = {"version": "2", "data": [{"title": "t", "paragraphs": [{"context": "Ann is.", "qas": asked}]}]}
    path = here / "squad.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    written = curate_file(path, embedder=None)
    kept, rejected = written.kept, written.rejected
    left = [each["id"] for each in json.loads(kept.read_text())["data"][0]["paragraphs"][0]["qas"]]
    away = [each["id"] for each in json.loads(rejected.read_text())["data"][0]["paragraphs"][0]["qas"]]
    assert (left, away) == (["0", "2"], ["1"])


def test_a_conversation_is_one_row(here):
    talk = [{"role": "user", "content": "Who pays?"}, {"role": "assistant", "content": "You do."}]
    other = [*talk, {"role": "user", "content": "When?"}, {"role": "assistant", "content": "At noon."}]
    path = here / "chat.jsonl"
    path.write_text("".join(json.dumps({"messages": each}) + "\n" for each in (talk, other, talk)), encoding="utf-8")
    written = curate_file(path, embedder=None)
    assert len(read(written.kept)) == 2
    assert [each.number for each in written.curation.rejected] == [3]


def test_broken_rows_stay_and_are_named(here):
    path = lines(here / "d.jsonl", [A, A])
    path.write_text("broken\n" + path.read_text(), encoding="utf-8")
    result = CliRunner().invoke(app, ["curate", "d.jsonl", "--no-vectors", "--json"])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["rows"], report["kept"], report["by_stage"]["exact"]) == (3, 2, 1)
    assert "row 1: not JSON" in report["problems"][0]
    assert (here / "d.kept.jsonl").read_text(encoding="utf-8").startswith("broken\n")


def test_the_table_and_the_thresholds(here):
    lines(here / "d.jsonl", [A, NEAR, B])
    result = CliRunner().invoke(app, ["curate", "d.jsonl", "--no-vectors"])
    assert result.exit_code == 0
    assert "2 of 3 rows kept" in result.stdout
    result = CliRunner().invoke(app, ["curate", "d.jsonl", "--no-vectors", "--near", "0.99"])
    assert "3 of 3 rows kept" in result.stdout


def test_wrong_use_is_said(here):
    lines(here / "d.jsonl", [A])
    (here / "empty.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="one file"):
        curate_file(here / "d.jsonl", embedder=None, output=here / "x", rejected=here / "x")
    with pytest.raises(UsageError, match="no row to compare"):
        curate_file(here / "d.jsonl", embedder=None, against=[here / "empty.jsonl"])
    with pytest.raises(UsageError, match="known are"):
        CliRunner().invoke(app, ["curate", "d.jsonl", "--on", "both-and"], catch_exceptions=False)

"""The stages beyond repeats: filters, disputes, ratings, weights, choice and split, over files as a user has them."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from generate.journal import Journal, Journalled
from generate.model import ScriptedModel
from groundsmith.cli import app
from groundsmith.curating import By, Division, Rules, curate, curate_file
from groundsmith.curation_rows import shared_keys
from groundsmith.datasets import Dataset
from groundsmith.rating import Rater
from groundsmith.score_store import ScoreStore
from groundsmith.splitting import shares_of
from knowledge.errors import GroundsmithError, SettingsError, UsageError
from knowledge.store import Database


def row(number, question, answer, **more):
    return {"id": f"r{number}", "question": question, "answer": answer, **more}


ROWS = [
    row(
        0, "When is the rent due?", "On the fifth day of the month.", confidence=0.9, conditions={"audience": "tenant"}
    ),
    row(
        1,
        "When is the rent due?",
        "On the twentieth day of the month.",
        confidence=0.4,
        conditions={"audience": "owner"},
    ),
    row(2, "Who signs the lease", "The head of the household signs it.", confidence=0.8),
    row(3, "What must an applicant send?", "A signed form and a copy of the passport.", confidence=0.7),
    row(4, "Which office hears an appeal?", "The office of hearings in the capital hears it.", confidence=0.6),
]


def write(path, rows):
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return path


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def run(here, *words):
    result = CliRunner().invoke(app, ["curate", "d.jsonl", "--json", *words])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_filters_come_first_and_say_why(here):
    write(here / "d.jsonl", ROWS)
    found = run(here, "--no-vectors", "--filters", "--rule", "confidence: 0.65..")
    stages = {each["id"]: (each["stage"], each["reason"].split()[0]) for each in found["rejected"]}
    assert stages == {f"r{n}": ("filter", name) for n, name in ((1, "confidence"), (2, "asks"), (4, "confidence"))}
    assert found["funnel"][0] == {"stage": "filter", "entered": 5, "rejected": 3}
    assert [each["groundsmith_stage"] for each in read(here / "d.rejected.jsonl")] == ["filter"] * 3
    looser = run(here, "--no-vectors", "--rule", "confidence: 0.5..")
    assert [each["id"] for each in looser["rejected"]] == ["r1"]


def test_rules_of_the_settings_are_used(here):
    write(here / "d.jsonl", ROWS)
    found = run(here, "--no-vectors", "--filters", "--set", "curation.filters=[builtin, asks: ..1, answer_words: 8..]")
    assert [each["id"] for each in found["rejected"]] == ["r0", "r1", "r2"]


def test_broken_rules_are_said(here):
    write(here / "d.jsonl", ROWS)
    with pytest.raises(UsageError, match=r"--rule.*colour"):
        CliRunner().invoke(app, ["curate", "d.jsonl", "--rule", "colour: 1..2"], catch_exceptions=False)
    words = ["curate", "d.jsonl", "--no-vectors", "--filters", "--set", "curation.filters=[long]"]
    with pytest.raises(SettingsError, match=r"curation\.filters"):
        CliRunner().invoke(app, words, catch_exceptions=False)


def test_answers_that_dispute_across_conditions(here):
    write(here / "d.jsonl", ROWS)
    found = run(here, "--no-vectors", "--consistent")
    [rejected] = found["rejected"]
    assert (rejected["id"], rejected["stage"], rejected["repeats"]) == ("r1", "consistency", "r0")
    assert rejected["reason"].endswith("under other conditions")
    assert rejected["score"] >= 0.5


def test_the_settings_of_disputes_and_choice_take_effect(here):
    write(here / "d.jsonl", ROWS)
    assert run(here, "--no-vectors", "--consistent", "--set", "curation.contradiction=1")["rejected"] == []
    rows = [
        row(0, "What is a lease?", "It is a paper.", concepts=["a", "b", "c"], confidence=0.1),
        row(1, "Who pays the fee?", "The tenant does.", concepts=["d"], confidence=0.9),
    ]
    write(here / "d.jsonl", rows)
    by_concepts = run(here, "--no-vectors", "--select", "1", "--set", "curation.coverage=1")
    by_weight = run(here, "--no-vectors", "--select", "1", "--set", "curation.coverage=0")
    assert [each["id"] for each in by_concepts["rejected"]] == ["r1"]
    assert [each["id"] for each in by_weight["rejected"]] == ["r0"]


def test_the_rater_is_the_model_that_the_settings_name(here):
    write(here / "d.jsonl", ROWS)
    words = ["curate", "d.jsonl", "--no-vectors", "--rating", "4", "--set", "curation.rater=nobody"]
    with pytest.raises(GroundsmithError, match="nobody"):
        CliRunner().invoke(app, words, catch_exceptions=False)


def rater(calls, database):
    def script(prompt, draw):
        calls.append(prompt.id)
        score = 2 if "passport" in prompt.messages[1].content else 4
        return json.dumps({"reason": "So it reads.", "score": score})

    return Rater(Journalled(ScriptedModel(script), Journal(Database(Path("journal.db")))), ScoreStore(database))


def test_a_second_run_with_another_threshold_calls_no_model(here):
    path, calls, database = write(here / "d.jsonl", ROWS[2:]), [], Database(":memory:")
    found = []
    for least in (3, 1, 5):
        with Dataset(path) as dataset:
            found.append(curate(dataset, embedder=None, rules=Rules(rating=least), rater=rater(calls, database)))
    assert [[each.id for each in one.rejected] for one in found] == [["r3"], [], ["r2", "r3", "r4"]]
    assert found[0].rejected[0].reason == "rated 2 of 5: So it reads."
    assert len(calls) == 3


def test_unusable_ratings_reject_nothing_and_are_counted(here):
    broken = Rater(
        Journalled(ScriptedModel(lambda prompt, draw: "?"), Journal(Database(Path("journal.db")))),
        ScoreStore(Database(":memory:")),
    )
    with Dataset(write(here / "d.jsonl", ROWS)) as dataset:
        found = curate(dataset, embedder=None, rules=Rules(rating=5), rater=broken)
    assert (found.kept, found.unrated) == (5, 5)


def test_weights_are_a_column_of_mean_one(here):
    write(here / "d.jsonl", ROWS)
    found = run(here, "--weights")
    weights = [each["weight"] for each in read(here / "d.kept.jsonl")]
    assert sum(weights) / len(weights) == pytest.approx(1, abs=1e-3)
    assert weights[0] > weights[1]
    assert [number for number, _ in found["weights"]] == [1, 2, 3, 4, 5]


def test_a_choice_stays_within_its_budget_and_spreads_out(here):
    copies = [
        row(f"c{n}", f"When is the rent of unit {n} due?", f"On day {n} of the month.", concepts=["rent"])
        for n in range(8)
    ]
    other = [{**each, "concepts": [f"concept {n}"]} for n, each in enumerate(ROWS[2:])]
    write(here / "d.jsonl", [*copies, *other])
    found = run(here, "--select", "4", "--weights")
    kept = read(here / "d.kept.jsonl")
    assert len(kept) == found["kept"] == 4
    assert {each["id"] for each in kept} > {"r2", "r3", "r4"}
    assert sum(each["weight"] for each in kept) / 4 == pytest.approx(1, abs=1e-3)
    assert {each["stage"] for each in found["rejected"]} == {"selection"}
    assert all(0 <= each["score"] < 0.2 for each in found["rejected"])


def linked(number, documents):
    evidence = [
        {"id": f"p{name}-{number}", "document": f"d{name}", "text": f"text {name} {number}"} for name in documents
    ]
    return row(number, f"What is said in {number}?", "It is said.", evidence=evidence)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=2), min_size=1, max_size=30), st.sampled_from(list(By))
)
def test_no_document_or_passage_in_two_parts(tmp_path_factory, documents, by):
    folder = tmp_path_factory.mktemp("split")
    path = write(folder / "d.jsonl", [linked(number, each) for number, each in enumerate(documents)])
    written = curate_file(
        path,
        embedder=None,
        rules=Rules(near=None),
        output=folder / "kept.jsonl",
        rejected=folder / "rejected.jsonl",
        division=Division(shares=(0.6, 0.2, 0.2), by=by),
    )
    seen = {}
    total = 0
    for part in [each for each in written.split.parts if each.rows]:
        with Dataset(Path(part.output)) as dataset:
            for each in dataset:
                total += 1
                for key in shared_keys(each, by):
                    assert seen.setdefault(key, part.name) == part.name
    assert total == written.curation.kept == sum(part.rows for part in written.split.parts)


def test_the_parts_are_files_and_far_shares_are_said(here):
    write(here / "d.jsonl", [linked(n, [n // 2]) for n in range(40)])
    result = CliRunner().invoke(app, ["curate", "d.jsonl", "--no-vectors", "--near", "1", "--split", "80/10/10"])
    assert result.exit_code == 0
    assert [len(read(here / f"d.{name}.jsonl")) for name in ("train", "validation", "test")] == [32, 4, 4]
    write(here / "d.jsonl", [linked(n, [0]) for n in range(10)])
    result = CliRunner().invoke(app, ["curate", "d.jsonl", "--no-vectors", "--near", "1", "--split", "50/50"])
    assert "the largest group has 100%" in " ".join(result.stderr.split())
    write(here / "d.jsonl", ROWS)
    result = CliRunner().invoke(app, ["curate", "d.jsonl", "--no-vectors", "--split", "60/40", "--by", "concept"])
    assert "5 rows name no concept" in result.stderr


def test_shares_are_read_as_written():
    assert shares_of("80/10/10") == pytest.approx((0.8, 0.1, 0.1))
    assert shares_of("9/1") == pytest.approx((0.9, 0.1))
    for wrong in ("80", "a/b", "0/0", "-1/2", "1/1/1/1"):
        with pytest.raises(UsageError, match="--split"):
            shares_of(wrong)
    with pytest.raises(UsageError, match="--by"):
        CliRunner().invoke(app, ["curate", "x", "--split", "1/1", "--by", "year"], catch_exceptions=False)


def test_the_funnel_is_shown(here):
    write(here / "d.jsonl", ROWS)
    shown = CliRunner().invoke(app, ["curate", "d.jsonl", "--no-vectors", "--filters"])
    assert "The funnel" in shown.stdout
    assert "4 of 5 rows kept" in shown.stdout

"""A calibration fitted once reaches `verify` wherever its evidence comes from: --against, --contexts-only, another workspace."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundsmith.cli import app
from knowledge.errors import UsageError

PASSAGE = "A tenant may use the laundry room of the building between 07:00 and 21:00."
WRONG = "Bicycles are kept in the cellar of the northern tower under a blue tarpaulin."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a workspace, with labelled rows, rows to check, and the documents both are about."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    draw = random.Random(1)
    right = [draw.random() < 0.7 for _ in range(40)]
    claims = {each: [{"verdict": "supported", "entailment": 0.9 if each else 0.1}] for each in (True, False)}
    rows = [
        {"answer": PASSAGE, "contexts": [PASSAGE], "label": each, "groundsmith_claims": claims[each]} for each in right
    ]
    (tmp_path / "labelled.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "rows.jsonl").write_text(
        "".join(json.dumps({"answer": each, "contexts": [PASSAGE]}) + "\n" for each in (PASSAGE, WRONG))
    )
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "house.md").write_text(f"# House rules\n\n{PASSAGE}\n")
    return tmp_path


def run(*words: str, code: int | None = 0):
    done = CliRunner().invoke(app, list(words))
    if code is not None:
        assert done.exit_code == code, done.output
    return done


def fit(*words: str):
    return run("calibrate", "labelled.jsonl", "--recorded", "--error", "0.3", "--confidence", "0.8", *words)


def confidences(folder: Path, *words: str) -> list[float]:
    run("verify", "rows.jsonl", "-o", "out.jsonl", "--json", *words, code=None)
    return [json.loads(line)["groundsmith_confidence"] for line in (folder / "out.jsonl").read_text().splitlines()]


@pytest.mark.model
def test_a_calibration_file_reaches_rows_checked_without_a_workspace(folder: Path):
    for source, evidence in ((("--against", "texts"), "library"), (("--contexts-only",), "cited")):
        fit("--output", "mine.json", *source)
        assert json.loads((folder / "mine.json").read_text())["judge"]["evidence"] == evidence
        plain, told = confidences(folder, *source), confidences(folder, *source, "--calibration", "mine.json")
        assert told[0] != plain[0] > 0.9
        assert told[0] == pytest.approx(1.0, abs=0.1)
    done = run("verify", "rows.jsonl", "--against", "texts", "--calibration", "mine.json", code=None)
    assert isinstance(done.exception, UsageError)
    assert "evidence from cited, now it is library" in str(done.exception)


@pytest.mark.model
def test_a_workspace_lends_its_calibration(folder: Path):
    run("init", "place")
    fit("--workspace", "place", "--contexts-only")
    there = confidences(folder, "--contexts-only", "--workspace", "place")
    assert confidences(folder, "--contexts-only", "--calibration", "place") == there
    assert confidences(folder, "--contexts-only") != there


def test_a_place_without_one_is_refused(folder: Path):
    done = run("verify", "rows.jsonl", "--contexts-only", "--calibration", "nothing.json", code=None)
    assert isinstance(done.exception, UsageError)
    assert "nothing.json: no calibration is there" in str(done.exception)


def test_without_a_workspace_a_file_to_keep_it_in_is_needed(folder: Path):
    for words in (("--contexts-only",), ("--against", "texts")):
        done = run("calibrate", "labelled.jsonl", *words, code=None)
        assert isinstance(done.exception, UsageError)
        assert "--output" in str(done.exception)

"""Real rows among synthetic ones: in the proportion asked for, marked, and never asked again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scripted
from hypothesis import given
from hypothesis import strategies as st
from scripted import opened
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.mixing import NOT_CHECKED, mix
from groundsmith.row import DatasetRow
from knowledge.errors import SettingsError

TEST = {"sampling__levels": "[1]", "generation__strategy": "single"}


def rows(count: int, *, synthetic: bool) -> list[DatasetRow]:
    tag = "s" if synthetic else "r"
    return [DatasetRow(id=f"{tag}{n}", question="Q?", answer="A", synthetic=synthetic) for n in range(count)]


@given(made=st.integers(0, 60), real=st.integers(0, 80), share=st.floats(0, 0.95), seed=st.integers(0, 9))
def test_the_share_is_kept_to_half_a_row_where_there_are_enough(made: int, real: int, share: float, seed: int) -> None:
    found = mix(rows(made, synthetic=True), rows(real, synthetic=False), share=share, seed=seed)
    assert found.synthetic == made == sum(row.synthetic for row in found.rows)
    assert found.real == len(found.rows) - made <= real
    assert len({row.id for row in found.rows}) == len(found.rows)
    assert found == mix(rows(made, synthetic=True), rows(real, synthetic=False)[::-1], share=share, seed=seed)
    if found.real < real:
        assert abs(found.real - share * (made + found.real)) <= 0.5 + 1e-6 or share > 0.5
        assert abs(found.real * (1 - share) - share * made) <= 0.5 + 1e-6


def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="a share of 1"):
        mix([], [], share=1.0, seed=1)


def real_file(place: Path, count: int) -> Path:
    """Write real questions of a kind, in the shape of Alpaca."""
    file = place / "real.json"
    said = [
        {"instruction": f"May I keep {n} cats in my flat?", "input": "", "output": f"Yes, {n} cats."}
        for n in range(count)
    ]
    file.write_text(json.dumps(said))
    return file


def exported(place: Path, *options: str) -> tuple[list[dict], str]:
    result = CliRunner().invoke(app, ["export", "-w", str(place), "-o", str(place / "out.jsonl"), *options])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in (place / "out.jsonl").read_text().splitlines()], result.stderr


def test_an_export_holds_real_rows_in_the_share_asked_for(place: Path) -> None:
    file = real_file(place, 40)
    options = {**TEST, "mixing__file": str(file)}
    with opened(place, **options) as workspace:
        outcome = scripted.run(workspace, 9, model=scripted.CountingModel(scripted.truth))
        kept = {row.id for row in workspace.runs.kept(outcome.run, limit=9)}
    found, said = exported(place, "--set", f"mixing.file={file}", "--set", "mixing.share=0.25")
    assert [row["synthetic"] for row in found].count(False) == 3
    assert {row["id"] for row in found if row["synthetic"]} == kept
    assert {row["verdict"] for row in found if not row["synthetic"]} == {NOT_CHECKED}
    assert "3 of 12 rows are real (25%, 25% asked for)" in said
    assert exported(place, "--set", f"mixing.file={file}", "--set", "mixing.share=0.25")[0] == found
    assert all(row["synthetic"] for row in exported(place)[0]), "without a real set, nothing is mixed in"
    chat, _ = exported(place, "--set", f"mixing.file={file}", "--format", "openai-chat")
    assert sum("cats" in row["messages"][0]["content"] for row in chat) == 9


def test_too_few_real_rows_are_said(place: Path) -> None:
    file = real_file(place, 2)
    with opened(place, **TEST, mixing__file=str(file)) as workspace:
        scripted.run(workspace, 6, model=scripted.CountingModel(scripted.truth))
    found, said = exported(place, "--set", f"mixing.file={file}")
    assert len(found) == 8
    assert "2 of 8 rows are real (25%, 50% asked for; the file has no more)" in said


def test_a_question_of_the_real_set_is_not_asked_again(place: Path) -> None:
    with opened(place, **TEST) as workspace:
        outcome = scripted.run(workspace, 6, model=scripted.CountingModel(scripted.truth))
        known = next(workspace.runs.kept(outcome.run)).question
    file = place / "real.jsonl"
    file.write_text(json.dumps({"question": known.upper(), "answer": "What people answered."}) + "\n")
    with opened(place, **TEST, mixing__file=str(file)) as workspace:
        again = scripted.run(workspace, 6, model=scripted.CountingModel(scripted.truth))
        asked = [row.question for row in workspace.runs.kept(again.run)]
    assert again.run != outcome.run, "the real set decides what is a repeat, so it is another run"
    assert dict(again.funnel.reasons)["duplicate"] == 1
    assert known not in asked


def test_a_real_set_without_questions_is_refused(place: Path) -> None:
    file = place / "real.jsonl"
    file.write_text('{"question": "", "answer": ""}\n')
    with opened(place, **TEST, mixing__file=str(file)) as workspace, pytest.raises(SettingsError, match=r"mixing.file"):
        scripted.run(workspace, 2)

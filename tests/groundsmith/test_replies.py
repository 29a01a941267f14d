"""Whether an answer replies to its question, where rows are checked and where the settings say how strictly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scripted

from groundsmith.assay import judge_name, verifier_of
from groundsmith.factcheck import Outputs, Sources, check_file
from groundsmith.workspace import Workspace
from verify.nli import LexicalEntailment
from verify.verdict import STRICT, Thresholds
from verify.verifier import Verifier

PASSAGE = (
    "The register of breaches is kept for five years. The data protection officer must notify the regulator of a personal data breach"
    " within 72 hours of becoming aware of it."
)
SAID = "The data protection officer must notify the regulator of a personal data breach within 72 hours of becoming aware of it."


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    with Workspace.create(tmp_path / "place", environment={}) as opened:
        yield opened


def test_an_answer_to_another_question_is_not_enough_evidence(workspace: Workspace, tmp_path: Path) -> None:
    rows = [
        {"question": "Who must notify the regulator of a personal data breach?", "answer": SAID, "contexts": [PASSAGE]},
        {"question": "How long is the register of breaches kept in Norway?", "answer": SAID, "contexts": [PASSAGE]},
        {"answer": SAID, "contexts": [PASSAGE]},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    judge = Verifier(LexicalEntailment(), cited_only=True)
    tally = check_file(
        workspace,
        path,
        stop=lambda: False,
        tick=scripted.silent,
        sources=Sources(library=False),
        outputs=Outputs(copy=tmp_path / "checked.jsonl"),
        verifier=judge,
    )
    right, wrong, unasked = (json.loads(line) for line in Path(tally.output).read_text().splitlines())
    assert [each["groundsmith_verdict"] for each in (right, wrong, unasked)] == [
        "supported",
        "not enough evidence",
        "supported",
    ]
    assert right["groundsmith_answers"] > 0.5
    assert unasked["groundsmith_answers"] is None
    assert wrong["groundsmith_confidence"] == pytest.approx(1 - wrong["groundsmith_answers"], abs=1e-3)
    assert "“The register of breaches is kept for five years.”" in wrong["groundsmith_reason"]


@pytest.mark.parametrize("strict", [True, False])
def test_the_setting_moves_the_threshold(workspace: Workspace, strict: bool) -> None:
    assert verifier_of(workspace, strict=strict).thresholds.answers == (STRICT if strict else Thresholds()).answers
    with Workspace.open(workspace.root, environment={}, overrides={"verification.answers": "0"}) as place:
        judge = verifier_of(place, strict=strict)
    assert judge.thresholds.answers == 0
    assert judge_name(judge) != judge_name(verifier_of(workspace, strict=strict))

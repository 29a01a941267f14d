"""What no row may give away: each setting refuses what it names, and a run keeps no such row."""

import json
from pathlib import Path

import pytest
import scripted

from groundsmith.screening import screen
from groundsmith.sections import PrivacySection
from knowledge.errors import SettingsError, UsageError

SECRET = "the tenant in unit nine was warned about arrears and agreed to pay forty dollars each friday"


def refusal(text, evidence="", *, root=Path(), **settings):
    return screen(PrivacySection(**settings), root=root).refusal(text, evidence)


def test_nothing_is_screened_by_default():
    made = screen(PrivacySection(), root=Path())
    assert made.name == ""
    assert made.refusal("Write to maria@gmx.net, you idiot.", "") == ""


def test_personal_data_that_the_evidence_lacks_is_refused():
    text = "Write to maria@gmx.net."
    assert refusal(text, personal="made-up") == "personal data: email"
    assert refusal(text, f"Said: {text}", personal="made-up") == ""
    assert refusal(text, f"Said: {text}", personal="any") == "personal data: email"
    assert refusal(text, personal="made-up", kinds=("phone",)) == ""
    with pytest.raises(SettingsError, match="known are person, email"):
        refusal(text, personal="any", kinds=("e-mail",))


def test_a_sensitive_file_is_not_quoted(tmp_path):
    (tmp_path / "minutes.txt").write_text(f"Minutes of the board.\n\nOn Monday {SECRET}.\n")
    found = refusal(f"It says: {SECRET.upper()}!", root=tmp_path, sensitive=("minutes.txt",))
    assert found == "sensitive: it holds 17 words of minutes.txt in one piece"
    assert refusal(" ".join(SECRET.split()[:11]), root=tmp_path, sensitive=("minutes.txt",)) == ""
    assert refusal(" ".join(SECRET.split()[:11]), root=tmp_path, sensitive=("minutes.txt",), overlap=11)
    with pytest.raises(UsageError, match="is not there"):
        refusal("", root=tmp_path, sensitive=("missing.txt",))


def test_planted_strings_and_content_are_refused():
    assert refusal("Code HV-77-AC-19-QX.", canaries=("hv77ac19qx",)).startswith("canary")
    assert refusal("You idiot.", content="reject") == "content: insult"
    assert refusal("You idiot.", content="reject", content_threshold=0.9) == ""
    assert refusal("Project Heron.", content="reject", content_words=("project heron",)) == "content: listed word"


def test_a_screen_is_known_by_what_decides(tmp_path):
    (tmp_path / "a.txt").write_text(SECRET)
    names = {
        screen(PrivacySection(**each), root=tmp_path).name
        for each in ({}, {"personal": "any"}, {"sensitive": ("a.txt",)})
    }
    (tmp_path / "a.txt").write_text(SECRET + " more")
    names.add(screen(PrivacySection(sensitive=("a.txt",)), root=tmp_path).name)
    assert len(names) == 4


def test_a_run_keeps_no_row_that_the_screen_refuses(place):
    def leaky(prompt, draw):
        data = json.loads(scripted.truth(prompt, draw))
        data["question"] = (
            data["question"].replace("say", "tell ann.lee@gmx.net", 1) if draw % 2 == 0 else data["question"]
        )
        return json.dumps(data)

    with scripted.opened(place, privacy__personal="made-up", generation__draws="2") as workspace:
        judge = scripted.assay()
        judge.screen = screen(workspace.settings.privacy, root=workspace.root)
        outcome = scripted.run(workspace, 6, model=scripted.CountingModel(leaky), judge=judge)
        kept = list(workspace.runs.kept(outcome.run))
    assert kept
    assert not any("gmx" in row.question for row in kept)
    assert dict(outcome.funnel.reasons)["personal data"] > 0


def test_the_settings_reach_the_judge(place):
    from groundsmith.assay import Assay

    with scripted.opened(place, privacy__personal="any") as workspace:
        judge = Assay.of(workspace, workspace.graph())
    assert judge.screen is not None
    assert judge.screen.name in judge.name
    assert judge.forgetful().screen is judge.screen

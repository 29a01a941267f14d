"""The page of techniques marks nothing that no setting switches on and no test shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generate.task import PRESETS
from groundsmith.settings import TABLE

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reference" / "techniques.md").read_text(encoding="utf-8")
ROWS = {*range(1, 17), 31, 32, *range(38, 41), *range(45, 49)}
_ENTRY = re.compile(r"^### (\d+)\. (.+?)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_SETTING = re.compile(r"`((?:[a-z_]+)\.[a-z_]+)(?::[^`]*)?`")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(?:\w+::)?(\w+)`")

ENTRIES = {int(number): body for number, _, body in _ENTRY.findall(PAGE.partition("## Not done")[0])}
LEFT = {int(number) for number in re.findall(r"^\| (\d+) \|", PAGE.partition("## Not done")[2], re.MULTILINE)}


def test_every_row_is_marked_or_said_to_be_open():
    assert ENTRIES.keys() | LEFT >= ROWS
    assert ENTRIES.keys() | LEFT <= ROWS


@pytest.mark.parametrize("number", sorted(ENTRIES))
def test_a_marked_row_has_a_setting_a_test_and_an_output(number):
    body = ENTRIES[number]
    switched = body.partition("**Switch**")[2].partition("**Test**")[0]
    shown = body.partition("**Test**")[2].partition("**Output**")[0]
    settings, tests = _SETTING.findall(switched), _TEST.findall(shown)
    assert settings, "no setting is named"
    assert [name for name in settings if name not in TABLE and not name.startswith("conditions.")] == []
    assert tests, "no test is named"
    for path, name in tests:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"def {name}\(", text), f"{path} has no {name}"
    assert len(body.partition("**Output**")[2].strip()) > 20, "no output is shown"


def test_every_kind_that_ships_has_a_line_in_its_page():
    page = (ROOT / "docs" / "how-to" / "kinds.md").read_text(encoding="utf-8")
    for task in PRESETS.values():
        if task.name not in {"question_for_answer", "question_answer_across"}:
            assert f"`{task.kind}`" in page

"""The doctor finds where a library contradicts itself: across documents and across a document's versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.contradictions import survey
from groundsmith.ingestion import ingest_into
from groundsmith.workspace import Workspace

HARBOURVIEW = Path(__file__).parents[2] / "examples" / "harbourview"
RULE = "# Parking\n\n## Permit fee\n\nThe yearly fee for a resident parking permit is ${} and must be paid in March.\n"


def silent(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    pass


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "place", environment={}) as opened:
        yield opened


def ingest(workspace: Workspace, *paths: Path) -> None:
    ingest_into(workspace, list(paths), prune=False, tick=silent)


@pytest.mark.model
def test_the_planted_contradictions_are_found_and_nothing_else(workspace: Workspace) -> None:
    names = ("HBA-04-rent-supplement-v1.md", "HBA-04-rent-supplement-v2.md",
             "HBA-07-appeals-and-review.md", "HBA-16-complaints-and-service-standards.html")  # fmt: skip
    ingest(workspace, *(HARBOURVIEW / name for name in names))
    made = survey(workspace, tick=silent)
    assert {each.detail for each in made.found} == {
        "one says “21 days”, the other “30 days”", "one says “$640”, the other “$710”"
    }  # fmt: skip
    assert made.passage_pairs > 100
    for each in made.found:
        for side in (each.one, each.other):
            text = workspace.library.document_text(side.document, side.version)
            assert " ".join(text[side.start : side.end].split()) == side.text


@pytest.mark.model
def test_a_new_version_is_compared_with_the_one_before(workspace: Workspace) -> None:
    path = workspace.root / "parking.md"
    for fee in (40, 55):
        path.write_text(RULE.format(fee))
        ingest(workspace, path)
    (found,) = survey(workspace, tick=silent).found
    assert {found.one.version, found.other.version} == {1, 2}
    assert found.kind == "amount"


@pytest.mark.model
def test_the_command_reports_what_was_compared(workspace: Workspace) -> None:
    for name, fee in (("a.md", 40), ("b.md", 55)):
        (workspace.root / name).write_text(RULE.format(fee))
        ingest(workspace, workspace.root / name)
    workspace.close()
    outcome = CliRunner().invoke(app, ["doctor", "--contradictions", "-w", str(workspace.root), "--json"])
    assert outcome.exit_code == 1
    told = json.loads(outcome.stdout)
    assert (told["passage_pairs"], len(told["found"])) == (1, 1)
    assert {told["found"][0][side]["source"] for side in ("one", "other")} == {"a.md", "b.md"}
    one = CliRunner().invoke(app, ["doctor", "--contradictions", "-w", str(workspace.root), "--source", "a.md"])
    assert one.exit_code == 0
    assert "0 contradictions" in one.stderr

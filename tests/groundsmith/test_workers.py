"""The settings of how many processes read, and in how much memory, do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundsmith.ingestion import ingest_into
from groundsmith.workspace import Workspace
from knowledge.outcome import Outcome


def ingest_with(folder: Path, settings: str) -> tuple[Outcome, ...]:
    """Return what becomes of a document of over a megabyte, mostly empty, in a fresh workspace with these settings."""
    Workspace.create(folder).close()
    (folder / "groundsmith.yaml").write_text(f"library: {{{settings}}}\n", encoding="utf-8")
    (folder / "fees.txt").write_text("The fee is five dollars.\n" + "\n" * 1_500_000, encoding="utf-8")
    with Workspace.open(folder) as workspace:
        return ingest_into(workspace, [folder / "fees.txt"], prune=False, tick=lambda *_, **__: None).outcomes


@pytest.mark.parametrize("settings", ["workers: 0", "workers: 1, memory: 1024", "workers: 4, memory: 2048"])
def test_workers_do_not_change_what_is_taken_in(tmp_path: Path, settings: str) -> None:
    [outcome] = ingest_with(tmp_path / "w", settings)
    assert (str(outcome.status), outcome.passages) == ("added", 1)


def test_memory_that_is_too_little_for_a_file_fails_that_file(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    Workspace.create(folder).close()
    (folder / "groundsmith.yaml").write_text("library: {workers: 1, memory: 256}\n", encoding="utf-8")
    (folder / "fees.txt").write_text("The fee is five dollars.\n\n" * 1_800_000, encoding="utf-8")
    with Workspace.open(folder) as workspace:
        report = ingest_into(workspace, [folder], prune=False, tick=lambda *_, **__: None)
    assert [str(outcome.status) for outcome in report.outcomes if outcome.source == "fees.txt"] == ["failed"]
    assert "library.memory" in str(report.failed[0].error)

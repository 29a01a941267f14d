"""The doctor finds what is wrong, says what to do, and mends what can be mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundsmith.doctor import Diagnosis, examine
from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.workspace import Workspace
from knowledge.entry import Refusal

POLICY = "# Fees\n\n## Permits\n\nThe fee for a parking permit is $5 a month. A resident pays it on the first day.\n"


def silent(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    pass


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "place", environment={}) as opened:
        yield opened


def filled(workspace: Workspace) -> None:
    (workspace.root / "fees.md").write_text(POLICY)
    ingest_into(workspace, [workspace.root / "fees.md"], prune=False, tick=silent)


def about(found: list[Diagnosis], word: str) -> list[Diagnosis]:
    return [each for each in found if word in each.what]


def test_a_new_workspace_is_told_to_ingest(workspace: Workspace) -> None:
    (empty,) = about(examine(workspace), "library is empty")
    assert (empty.state, empty.remedy) == ("note", "groundsmith ingest PATH")


def test_a_graph_that_lags_behind_is_a_note(workspace: Workspace) -> None:
    filled(workspace)
    (graph,) = about(examine(workspace), "concept graph")
    assert (graph.state, graph.remedy) == ("note", "groundsmith graph build")
    build_graph(workspace, tick=silent)
    (graph,) = about(examine(workspace), "concept graph")
    assert graph.state == "good"


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [("timeout", "groundsmith ingest {} tries it again"), ("gone", "groundsmith ingest --prune {} takes the page out")],
)
def test_a_page_that_failed_is_not_taken_for_a_file(workspace: Workspace, kind: str, remedy: str) -> None:
    page = "https://example.org/fees"
    workspace.library.refuse(Refusal(source=page, location=page, kind=kind, reason=f"{page}: no answer"))
    (found,) = about(examine(workspace), page)
    assert found.remedy.startswith(remedy.format(page))


def test_a_file_that_failed_is_listed_until_it_is_mended(workspace: Workspace) -> None:
    bad = workspace.root / "empty.md"
    bad.write_bytes(b"")
    ingest_into(workspace, [bad], prune=False, tick=silent)
    (found,) = about(examine(workspace), "empty.md")
    assert found.state == "problem"
    assert "ingest again" in found.remedy
    bad.write_text(POLICY)
    ingest_into(workspace, [bad], prune=False, tick=silent)
    assert not [each for each in about(examine(workspace), "empty.md") if each.state == "problem"]


def test_an_index_that_lost_passages_is_mended(workspace: Workspace) -> None:
    filled(workspace)
    workspace.index.remove(sorted(workspace.index.ids()))
    (found,) = about(examine(workspace), "index")
    assert (found.state, found.remedy) == ("problem", "groundsmith doctor --repair")
    (mended,) = about(examine(workspace, repair=True), "index")
    assert mended.state == "good"
    assert "mended" in mended.what
    assert workspace.index.ids() == workspace.library.passage_ids()


def test_an_index_folder_that_is_damaged_is_a_problem_and_is_rebuilt(workspace: Workspace) -> None:
    filled(workspace)
    root = workspace.root
    workspace.close()
    for path in sorted((root / ".groundsmith" / "index").rglob("*")):
        if path.is_file():
            path.write_bytes(b"not what was there" * 20)
    with Workspace.open(root, environment={}) as damaged:
        found = examine(damaged)
        assert [each for each in about(found, "index") if each.state == "problem" and each.remedy]
        assert about(found, "database is sound")
        mended = examine(damaged, repair=True)
        assert not [each for each in about(mended, "index") if each.state == "problem"]
        assert damaged.index.ids() == damaged.library.passage_ids()


def test_a_damaged_database_is_a_problem_and_not_a_crash(workspace: Workspace) -> None:
    filled(workspace)
    path = workspace.root / ".groundsmith" / "groundsmith.db"
    root = workspace.root
    workspace.close()
    path.write_bytes(b"not what was there" * 500)
    with Workspace.open(root, environment={}) as damaged:
        problems = [each for each in examine(damaged) if each.state == "problem"]
    assert problems
    assert any("database" in each.what and "from a copy" in each.remedy for each in problems)


def test_a_judge_that_cannot_be_had_is_a_problem(workspace: Workspace) -> None:
    filled(workspace)
    root = workspace.root
    workspace.close()
    with Workspace.open(root, environment={}, overrides={"verification.model": "nowhere/at-all"}) as other:
        problems = [each for each in examine(other) if each.state == "problem"]
    assert any(each.remedy == "set verification.model: builtin" for each in problems)


def test_the_writer_is_named(workspace: Workspace) -> None:
    root = workspace.root
    workspace.close()
    options = {"model.base_url": "http://127.0.0.1:9/v1", "model.name": "far"}
    with Workspace.open(root, environment={}, overrides=options) as remote:
        assert about(examine(remote), "far at http://127.0.0.1:9/v1")
    with Workspace.open(root, environment={}, overrides={"model.name": "nowhere.gguf"}) as missing:
        (found,) = about(examine(missing), "nowhere.gguf")
    assert (found.state, found.remedy) == ("problem", "needed for generate only")

"""What a run amounts to: coverage of the graph, and the report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import scripted
from bs4 import BeautifulSoup

from groundsmith.atlas import community_listing, entry, index
from groundsmith.covered import dataset_coverage
from groundsmith.findings import run_report
from groundsmith.workspace import Workspace
from knowledge.errors import UsageError


@pytest.fixture(scope="module")
def workspace(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Three policies and a run of fifteen rows."""
    root = shutil.copytree(library, tmp_path_factory.mktemp("findings") / "place")
    with Workspace.open(root, environment={}) as opened:
        scripted.run(opened, 15)
        yield opened


def test_the_coverage_of_a_run(workspace: Workspace) -> None:
    found = dataset_coverage(workspace, None)
    assert found.coverage.samples == 15
    assert 0 < found.coverage.covered < found.coverage.concepts == len(workspace.graph().concepts)
    assert 0 <= found.coverage.at_3 <= found.coverage.at_1 < 1
    assert dict(found.measures())["samples"] == "15"
    assert len(found.gap_rows(5)) == 5
    assert json.loads(json.dumps(found.to_json()))["covered"] == found.coverage.covered


def test_the_coverage_of_a_file_of_others(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    row = {"question": "When may an appeal be made?", "answer": "An appeal may be made by an applicant."}
    path.write_text(json.dumps(row) + "\n{torn\n")
    found = dataset_coverage(workspace, path)
    assert found.coverage.samples == 1
    assert found.coverage.covered >= 1


def test_the_report_of_a_run_counts_what_the_run_did(workspace: Workspace) -> None:
    run = workspace.latest_run()
    page = run_report(workspace, run.id)
    funnel = workspace.runs.funnel(run.id)
    text = BeautifulSoup(page, "lxml").get_text(" ", strip=True)
    assert run.id in text
    for name in ("Planned", "Drafted", "Entailed", "Kept"):
        assert name in text
    assert str(funnel.made) in text
    assert all(row.question in text for row in workspace.runs.kept(run.id, limit=15))
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_the_report_says_why_there_are_fewer_rows(workspace: Workspace) -> None:
    with workspace.database.transaction() as connection:
        connection.execute("UPDATE runs SET asked = 9999")
    try:
        text = BeautifulSoup(run_report(workspace, workspace.latest_run().id), "lxml").get_text(" ", strip=True)
        assert "of the 9999 rows asked for passed" in text
    finally:
        with workspace.database.transaction() as connection:
            connection.execute("UPDATE runs SET asked = 15")


def test_the_steps_of_the_funnel_only_go_down(workspace: Workspace) -> None:
    from groundsmith.findings import _funnel

    steps = _funnel(workspace, workspace.latest_run().id, shown=15)
    counts = [step.count for step in steps]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 15


def test_the_atlas_lists_and_shows_concepts(workspace: Workspace) -> None:
    graph = workspace.graph()
    listed = index(graph, limit=10)
    assert len(listed) == 10
    assert [each["weight"] for each in listed] == sorted((each["weight"] for each in listed), reverse=True)
    page = entry(graph, workspace.library, listed[0]["label"], limit=3)
    assert page["id"] == listed[0]["id"]
    assert 0 < len(page["passages"]) <= 3
    assert entry(graph, workspace.library, listed[0]["id"], limit=3) == page
    with pytest.raises(UsageError, match="not a concept"):
        entry(graph, workspace.library, "no such thing", limit=3)


def test_evidence_of_others_leads_to_passages(workspace: Workspace, tmp_path: Path) -> None:
    passages = [each for each in workspace.library.passages() if len(each.text.split()) > 12]
    path = tmp_path / "rows.jsonl"
    row = {"question": "What holds?", "answer": "What the passage says.", "contexts": [passages[0].text.upper()]}
    path.write_text(json.dumps(row) + "\n")
    found = dataset_coverage(workspace, path).coverage
    assert 0 < found.passages < 0.1


def test_terms_of_a_list_and_parts_are_shown(workspace: Workspace, tmp_path: Path) -> None:
    terms = tmp_path / "terms.txt"
    terms.write_text("appeal\nusufruct of the moon\n")
    found = dataset_coverage(workspace, None, terms=terms)
    assert dict(found.measures())["terms of the list that the graph has"] == "50.0%"
    for kind in ("topics", "communities", "documents"):
        assert found.part_rows(kind, 3)
    assert {row[0] for row in found.part_rows("documents", 99)} == {e.source for e in workspace.library.documents()}
    with pytest.raises(UsageError, match="nowhere"):
        dataset_coverage(workspace, None, terms=tmp_path / "nowhere.txt")


def test_communities_are_listed_with_those_within_them(workspace: Workspace) -> None:
    graph = workspace.graph()
    listing = community_listing(graph, limit=5)
    assert 1 <= sum(item["level"] == 0 for item in listing) <= 5
    assert 0 < sum(item["share"] for item in listing if item["level"] == 0) <= 1
    seen = set()
    for item in listing:
        assert item["parent"] is None or item["parent"] in seen
        seen.add(item["id"])

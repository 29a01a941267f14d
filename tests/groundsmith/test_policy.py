from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from graph.frame import FrameKind
from groundsmith.cli import app
from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.policy import frame_list, keep_apart, merge_again, merge_list
from groundsmith.workspace import Workspace
from knowledge.errors import UsageError

pytestmark = pytest.mark.model
TEXT = """# Security deposits

The housing agency shall return the security deposit within 30 days after the lease ends.

A tenant may appeal to the housing agency. Security deposits shall not exceed $900.
"""


def tick(*args: object, **options: object) -> None:
    """Take no notice."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("policy")
    (root / "deposit.md").write_text(TEXT, encoding="utf-8")
    with Workspace.create(root) as place:
        ingest_into(place, [root / "deposit.md"], prune=False, tick=tick)
        build_graph(place, tick=tick)
        yield place


def test_frames_come_with_their_words_and_concepts(workspace: Workspace) -> None:
    found = frame_list(workspace.graph(), workspace.graph_store, workspace.library)
    assert {one["kind"] for one in found} >= {"obligation", "deadline", "permission", "prohibition", "threshold"}
    [deadline] = [one for one in found if one["kind"] == "deadline"]
    assert deadline["text"].startswith("within 30 days")
    assert "security deposit" in {concept["label"].lower().rstrip("s") for concept in deadline["concepts"]}


def test_frames_are_filtered_by_kind_concept_and_number(workspace: Workspace) -> None:
    graph, store, library = workspace.graph(), workspace.graph_store, workspace.library
    assert len(frame_list(graph, store, library, limit=1)) == 1
    duties = frame_list(graph, store, library, kind=FrameKind.OBLIGATION)
    assert [one["party"] for one in duties] == ["housing agency"]
    about = frame_list(graph, store, library, kind=FrameKind.PROHIBITION, concept="security deposits")
    assert [one["text"] for one in about] == ["Security deposits shall not exceed $900."]
    assert frame_list(graph, store, library, kind=FrameKind.PERMISSION, concept="security deposits") == []
    with pytest.raises(UsageError, match="graph show"):
        frame_list(graph, store, library, concept="unicorn")


def test_merges_are_listed_undone_and_taken_back(workspace: Workspace) -> None:
    graph, store = workspace.graph(), workspace.graph_store
    merge = next(one for one in merge_list(graph) if one["kept"] == "security deposit")
    keep_apart(graph, store, "security deposit", merge["form"])
    assert merge not in merge_list(workspace.graph())
    assert merge_again(store, "security deposit", merge["form"]) == ("security deposit", merge["form"])
    assert merge in merge_list(workspace.graph())
    with pytest.raises(UsageError, match="not kept apart"):
        merge_again(store, "security deposit", merge["form"])


def test_the_commands_print_json(workspace: Workspace) -> None:
    runner, where = CliRunner(), ["--workspace", str(workspace.root), "--json"]
    listed = runner.invoke(app, ["graph", "frames", "--kind", "deadline", *where])
    assert json.loads(listed.stdout)[0]["kind"] == "deadline"
    assert json.loads(runner.invoke(app, ["graph", "show", "--merges", *where]).stdout)

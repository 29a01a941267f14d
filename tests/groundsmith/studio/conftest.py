"""Workspaces for the studio's tests: without data, and with documents in two versions, a graph, and rows of every outcome."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import scripted
from starlette.testclient import TestClient
from studio_rows import EVIL, PLANTED, add_run

from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.studio.app import create_app
from groundsmith.studio.concept_store import renew
from groundsmith.workspace import Workspace
from knowledge.document import Passage
from verify.evidence import Evidence
from verify.nli import LexicalEntailment
from verify.verifier import Verifier

ADDRESS = "http://127.0.0.1:8710"


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace that holds nothing."""
    with Workspace.create(tmp_path / "bare", environment={}) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def filled(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with documents, one in two versions, one flagged, one file that failed, a graph with its copy, and a run."""
    root = tmp_path_factory.mktemp("studio") / "filled"
    shutil.copytree(library, root)
    policy = root / "policies" / "HBA-06-arrears-and-repayment.md"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace("$1,400", "$1,900"), encoding="utf-8")
    (root / "policies" / f"note {EVIL.replace('/', '_')}.md").write_text(
        f"# Note {EVIL}\n\nThe housing office {EVIL} is open on Monday from 9 to 12.\n\n{PLANTED}\n", encoding="utf-8"
    )
    (root / "policies" / "broken.pdf").write_bytes(b"%PDF-1.7 nothing else")
    with Workspace.open(root, environment={}) as workspace:
        ingest_into(workspace, [root / "policies"], prune=False, tick=scripted.silent)
        build_graph(workspace, tick=scripted.silent)
        add_run(workspace)
        renew(workspace)
    return root


@pytest.fixture
def full(filled: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the filled workspace of one's own."""
    shutil.copytree(filled, tmp_path / "full")
    with Workspace.open(tmp_path / "full", environment={}) as workspace:
        yield workspace


@pytest.fixture
def client(full: Workspace) -> Iterator[TestClient]:
    """The studio over the filled workspace, with a judge that goes by words."""
    yield from served(full)


@pytest.fixture
def empty(bare: Workspace) -> Iterator[TestClient]:
    """The studio over the workspace that holds nothing."""
    yield from served(bare)


def served(workspace: Workspace) -> Iterator[TestClient]:
    """Yield a client of the studio, and close the studio after."""
    verifier = Verifier(LexicalEntailment(), finder(workspace), relevance=False)
    with TestClient(create_app(workspace, verifier=verifier), base_url=ADDRESS) as client:
        yield client


def finder(workspace: Workspace):
    """Return what finds the passages that share most words with a statement."""
    passages = list(workspace.library.passages())

    def find(statements: list[str]) -> list[list[Evidence]]:
        return [[Evidence.of(each) for each in _nearest(statement, passages)] for statement in statements]

    return find


def _nearest(statement: str, passages: list[Passage]) -> list[Passage]:
    words = set(statement.lower().split())
    return sorted(passages, key=lambda each: (-len(words & set(each.text.lower().split())), each.id))[:4]

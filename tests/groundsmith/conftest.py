"""A workspace with three policies and their graph, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import scripted

from groundsmith.workspace import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples" / "harbourview"
NAMES = ("HBA-01-eligibility.md", "HBA-06-arrears-and-repayment.md", "HBA-07-appeals-and-review.md")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace, to be copied and left as it is."""
    return scripted.stocked(tmp_path_factory.mktemp("library"), [EXAMPLES / name for name in NAMES])


@pytest.fixture
def place(library: Path, tmp_path: Path) -> Path:
    """A copy of the workspace of one's own."""
    shutil.copytree(library, tmp_path / "place")
    return tmp_path / "place"


@pytest.fixture(scope="session")
def produced(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace with a run of thirty rows, to be copied and left as it is."""
    root = tmp_path_factory.mktemp("produced") / "place"
    shutil.copytree(library, root)
    with scripted.opened(root) as workspace:
        scripted.run(workspace, 30)
    return root


@pytest.fixture
def reviewed_place(produced: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of it, open, with a quarter of a review's rows drawn at random."""
    shutil.copytree(produced, tmp_path / "place")
    with scripted.opened(tmp_path / "place", review__random_share="0.25") as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Chromium without a window."""
    from browsing import CHROMIUM, FLAGS, playwright

    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()

"""Workspaces for the studio's tests: without data, and with documents, versions, a graph and runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundsmith.workspace import Workspace


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace that holds nothing."""
    with Workspace.create(tmp_path / "bare", environment={}) as workspace:
        yield workspace

"""The Python face: public names, loaded when asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import groundsmith


def test_every_public_name_is_there() -> None:
    for name in groundsmith.__all__:
        assert getattr(groundsmith, name) is not None, name
    assert set(dir(groundsmith)) == set(groundsmith.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Worksapce'"):
        groundsmith.Worksapce  # noqa: B018 - the access is the test


def test_import_loads_nothing_else() -> None:
    code = (
        "import sys, groundsmith; "
        "own = {'knowledge', 'graph', 'generate', 'verify'}; "
        "print(sorted(m for m in sys.modules if m.split('.')[0] in own or m.startswith('groundsmith.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_workspace_from_python(tmp_path: Path) -> None:
    with groundsmith.Workspace.create(tmp_path / "policies", environment={}) as workspace:
        assert workspace.library.documents() == []
        assert workspace.settings.generation.count > 0
    with pytest.raises(groundsmith.GroundsmithError, match=r"no groundsmith\.yaml"):
        groundsmith.Workspace.open(tmp_path)

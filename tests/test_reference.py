"""The reference pages say what the program says, and every command ends with an example."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from typer.main import get_command

from groundsmith.cli import app

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_reference", ROOT / "docs" / "write_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["commands", "settings", "row"])
def test_reference_page_is_current(writer: ModuleType, page: str) -> None:
    written = (ROOT / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8")
    assert written == getattr(writer, page)(), "run `make docs`"


def test_every_command_has_help_and_an_example(writer: ModuleType) -> None:
    for path, command in writer._walk("groundsmith", get_command(app)):
        assert command.help, path
        assert (command.epilog or "").startswith("Example: "), path

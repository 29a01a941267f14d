"""The reference pages say what the program says, and every command ends with an example."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from typer.main import get_command

from groundsmith.cli import app
from groundsmith.row import DatasetRow
from knowledge import errors as all_errors

ROOT = Path(__file__).parent.parent


def errors() -> dict[str, type[all_errors.GroundsmithError]]:
    return {
        name: kind
        for name, kind in vars(all_errors).items()
        if isinstance(kind, type) and issubclass(kind, all_errors.GroundsmithError)
    }


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_reference", ROOT / "docs" / "write_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["commands", "settings", "row", "studio"])
def test_reference_page_is_current(writer: ModuleType, page: str) -> None:
    written = (ROOT / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8")
    assert written == getattr(writer, page)(), "run `make docs`"


def test_every_command_has_help_and_an_example(writer: ModuleType) -> None:
    for path, command in writer._walk("groundsmith", get_command(app)):
        assert command.help, path
        assert (command.epilog or "").startswith("Example: "), path


def test_row_examples_are_rows() -> None:
    lines = (ROOT / "docs" / "reference" / "row-examples.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [DatasetRow.from_json(json.loads(line)) for line in lines]
    assert [row.to_json() for row in rows] == [json.loads(line) for line in lines]
    assert rows[0].rejected is None
    assert all(row.rejected for row in rows[1:])


@pytest.mark.parametrize("name", sorted(errors()))
def test_every_error_is_documented_with_its_exit_code(name: str) -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    assert f"\n| `{name}` | {errors()[name].exit_code} |" in page

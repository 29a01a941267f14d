"""The shape of the code, held by tests: function lengths, the speed of --help, nothing heavy imported early."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("groundsmith", "knowledge", "graph", "generate", "verify")
HEAVY = (
    "torch",
    "transformers",
    "chromadb",
    "spacy",
    "openai",
    "onnxruntime",
    "llama_index",
    "networkx",
    "rdflib",
    "numpy",
)
LONGEST = 60


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f"{f.name}: {length}" for f in functions if (length := (f.end_lineno or f.lineno) - f.lineno + 1) > LONGEST]
    assert long == []


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys, groundsmith.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_no_forgotten_notes() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    found = [
        f"{path}: {mark}" for path in sources() for mark in marks if f"# {mark}" in path.read_text(encoding="utf-8")
    ]
    assert found == []

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_graph_quality", ROOT / "benchmarks" / "graph_quality.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_wilson_on_worked_examples(bench: ModuleType) -> None:
    assert bench.wilson(95, 100) == pytest.approx((0.8882, 0.9785), abs=1e-4)
    assert bench.wilson(0, 0) == (0.0, 1.0)
    assert bench.wilson(10, 10)[1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "least", "precision"),
    [("merges", 200, 0.95), ("abbreviations", 100, 0.95), ("definitions", 100, 0.95), ("frames", 100, 0.9)],
)
def test_what_was_read_is_as_right_as_we_say(bench: ModuleType, name: str, least: int, precision: float) -> None:
    rows = bench.read(bench.LABELS / f"{name}.jsonl")
    assert len({bench.identity(name, row) for row in rows}) >= 0.9 * least
    assert len(rows) >= least
    assert sum(row["right"] for row in rows) >= precision * len(rows)

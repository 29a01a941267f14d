from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from graph.extract import SpacyExtractor
from graph.salience import Evidence, ranked, salience

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "keyphrase"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_keyphrases", ROOT / "benchmarks" / "keyphrases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("predicted", "gold", "cut", "expected"),
    [
        (["neural networks", "cats"], ["neural network", "dogs"], 5, 0.5),
        (["a", "b", "c"], ["c"], 2, 0.0),
        (["Neural Networks", "neural network", "dog"], ["neural network", "dogs"], 2, 1.0),
        (["neural-network"], ["neural network"], 5, 0.0),
        (["x"], ["x", "y", "z"], 5, 0.5),
        ([], ["x"], 5, 0.0),
        (["x"], [], 5, 0.0),
    ],
)
def test_the_scorer_on_worked_examples(
    bench: ModuleType, predicted: list[str], gold: list[str], cut: int, expected: float
) -> None:
    assert bench.f1_at(predicted, gold, cut) == pytest.approx(expected)


def test_rare_long_early_phrases_come_first() -> None:
    order = ranked(
        {"data": 3, "rent control board": 2, "rent": 2, "late phrase": 1, "early phrase": 1},
        documents=10,
        document_frequency={"data": 10, "rent control board": 1, "rent": 2, "late phrase": 1, "early phrase": 1},
        place={"data": 0.0, "rent control board": 0.1, "rent": 0.0, "late phrase": 0.9, "early phrase": 0.1},
    )
    assert order == ["rent control board", "early phrase", "rent", "late phrase", "data"]


def test_salience_grows_with_what_speaks_for_a_phrase() -> None:
    plain = salience("security deposit", Evidence(here=1))
    assert salience("security deposit", Evidence(here=1, defined=True)) > plain
    assert salience("security deposit", Evidence(here=1, heading=True)) > plain
    assert salience("security deposit", Evidence(here=2)) > plain
    assert salience("deposit", Evidence(here=1)) < plain


@pytest.mark.model
@pytest.mark.corpus
def test_a_sample_of_inspec_stays_above_its_floor(bench: ModuleType, spacy_extractor: SpacyExtractor) -> None:
    if not DATA.is_dir():
        pytest.skip(f"{DATA}: the keyphrase data is not here")
    score = bench.measure("Inspec test", bench.read(DATA / "inspec.jsonl.gz", "test")[:150], spacy_extractor)
    assert score.f1[1] > 33

"""The figures of the retrieval benchmark, against worked examples and laws."""

import math
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

spec = spec_from_file_location("retrieval_metrics", Path(__file__).parents[2] / "benchmarks" / "retrieval_metrics.py")
metrics = module_from_spec(spec)
spec.loader.exec_module(metrics)

RANKING = ["a", "b", "c", "d", "e", "f"]


def test_recall_counts_the_first_k():
    assert metrics.recall(RANKING, {"b", "e", "z"}, 5) == pytest.approx(2 / 3)
    assert metrics.recall(RANKING, {"b", "e", "z"}, 4) == pytest.approx(1 / 3)


def test_average_precision_of_a_textbook_case():
    """Relevant at ranks 1, 3 and 6: (1/1 + 2/3 + 3/6) / 3 (Manning, Raghavan and Schütze, section 8.4)."""
    assert metrics.average_precision(RANKING, {"a", "c", "f"}, 10) == pytest.approx((1 + 2 / 3 + 0.5) / 3)
    assert metrics.average_precision(RANKING, {"a", "c", "f", "z"}, 2) == pytest.approx(1 / 2)


def test_ndcg_by_hand():
    gain = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 + 1 / math.log2(3)
    assert metrics.ndcg(RANKING, {"b", "d"}, 10) == pytest.approx(gain / ideal)


def test_none_found_is_nothing():
    assert metrics.figures(RANKING, {"z"}) == (0, 0, 0, 0)
    assert metrics.figures([], {"z"}) == (0, 0, 0, 0)


@given(st.permutations(RANKING), st.sets(st.sampled_from(RANKING), min_size=1))
def test_the_best_order_has_one_and_no_order_more(ranking, relevant):
    best = sorted(ranking, key=lambda id_: id_ not in relevant)
    assert all(value == pytest.approx(1) for value in metrics.figures(best, relevant)[1:])
    for value, most in zip(metrics.figures(ranking, relevant), metrics.figures(best, relevant), strict=True):
        assert 0 <= value <= most + 1e-9


@given(st.permutations(RANKING), st.sets(st.sampled_from(RANKING), min_size=1), st.integers(0, 4))
def test_moving_a_relevant_passage_up_never_lowers_a_figure(ranking, relevant, place):
    if ranking[place + 1] in relevant and ranking[place] not in relevant:
        better = [*ranking[:place], ranking[place + 1], ranking[place], *ranking[place + 2 :]]
        for before, after in zip(metrics.figures(ranking, relevant), metrics.figures(better, relevant), strict=True):
            assert after >= before

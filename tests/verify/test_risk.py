"""The guarantee: exact binomial tails, the order of tests, what is missing, and how often a promise is broken."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.calibration import Labelled
from verify.risk import GRID, STARTS, binomial, certify, upper_bound


def rows(*parts: tuple[float, int, int]) -> list[Labelled]:
    """Rows as (score, right ones, wrong ones)."""
    return [Labelled(score=score, right=right) for score, good, bad in parts for right in [True] * good + [False] * bad]


@given(trials=st.integers(1, 60), rate=st.floats(0.01, 0.99), data=st.data())
def test_binomial_is_the_sum_of_its_terms(trials: int, rate: float, data: st.DataObject) -> None:
    most = data.draw(st.integers(0, trials))
    exact = sum(math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(most + 1))
    assert binomial(most, trials, rate) == pytest.approx(exact, abs=1e-9)


def test_binomial_at_the_ends() -> None:
    assert binomial(0, 0, 0.1) == 1.0
    assert binomial(-1, 5, 0.1) == 0.0
    assert binomial(5, 5, 0.1) == 1.0


def test_upper_bound_is_that_of_the_tables() -> None:
    assert upper_bound(0, 59, confidence=0.95) == pytest.approx(1 - 0.05 ** (1 / 59))
    assert upper_bound(3, 100, confidence=0.95) == pytest.approx(0.0757, abs=1e-4)
    assert upper_bound(0, 0, confidence=0.95) == 1.0
    assert upper_bound(4, 4, confidence=0.95) == 1.0


def test_a_clean_sample_certifies_down_to_where_errors_begin() -> None:
    found = certify(rows((0.9, 200, 0), (0.6, 100, 0), (0.3, 0, 100)), error=0.05, confidence=0.95)
    assert found.threshold == pytest.approx(0.31)
    assert (found.passed, found.wrong, found.missing) == (300, 0, 0)
    assert found.holds
    assert found.bound < 0.05


def test_a_later_start_helps_where_few_rows_score_high() -> None:
    assert certify(rows((0.6, 150, 0), (0.2, 0, 50)), error=0.05, confidence=0.95).threshold == pytest.approx(0.21)


def test_what_is_missing_is_told_and_enough() -> None:
    found = certify(rows((0.9, 40, 0), (0.1, 10, 30)), error=0.05, confidence=0.95)
    assert found.threshold is None
    assert found.missing is not None
    assert found.missing > 0
    factor = (80 + found.missing) / 80
    more = rows((0.9, math.ceil(40 * factor), 0), (0.1, math.ceil(10 * factor), math.ceil(30 * factor)))
    assert certify(more, error=0.05, confidence=0.95).holds


def test_more_labels_do_not_help_where_all_thresholds_are_wrong() -> None:
    found = certify(rows((0.9, 50, 50), (0.4, 20, 80)), error=0.05, confidence=0.95)
    assert (found.threshold, found.missing) == (None, None)


def test_without_rows_the_number_for_a_clean_sample_is_asked() -> None:
    found = certify([], error=0.05, confidence=0.95)
    assert (found.threshold, found.passed, found.bound) == (None, 0, 1.0)
    assert found.missing == math.ceil(math.log(0.05 / len(STARTS)) / math.log(0.95))


@pytest.mark.parametrize(("error", "confidence"), [(0.0, 0.9), (1.0, 0.9), (0.1, 0.0), (0.1, 1.0)])
def test_shares_lie_between_nothing_and_all(error: float, confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        certify([], error=error, confidence=confidence)


def test_a_start_must_be_in_the_grid() -> None:
    with pytest.raises(ValueError, match=r"0\.123"):
        certify([], error=0.1, confidence=0.9, starts=(0.123,))
    assert set(STARTS) <= set(GRID)


labelled = st.lists(
    st.builds(Labelled, score=st.floats(0, 1), right=st.booleans()),
    max_size=80,
)


@given(found=labelled, error=st.floats(0.05, 0.6))
def test_what_is_certified_meets_its_bound(found: list[Labelled], error: float) -> None:
    guarantee = certify(found, error=error, confidence=0.8)
    if guarantee.threshold is not None:
        passed = [row for row in found if row.score >= guarantee.threshold]
        assert guarantee.passed == len(passed)
        assert guarantee.wrong == sum(not row.right for row in passed)
        assert guarantee.bound <= error + 1e-9
    assert certify(list(reversed(found)), error=error, confidence=0.8) == guarantee


@given(found=labelled)
def test_a_larger_error_never_asks_for_a_stricter_threshold(found: list[Labelled]) -> None:
    low, high = (certify(found, error=error, confidence=0.8).threshold for error in (0.2, 0.4))
    assert low is None or (high is not None and high <= low)


def test_a_promise_is_broken_no_more_often_than_allowed() -> None:
    draw = random.Random(5)
    broken = 0
    for _ in range(400):
        sample = [Labelled(score=draw.random(), right=draw.random() >= 0.2001) for _ in range(150)]
        broken += certify(sample, error=0.2, confidence=0.9).holds
    assert broken / 400 <= 0.1 + 3 * (0.1 * 0.9 / 400) ** 0.5

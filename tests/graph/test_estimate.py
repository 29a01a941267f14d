from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.estimate import expected_new, novelty, unseen_items, unseen_mass

COUNTS = st.dictionaries(st.text(max_size=3), st.integers(1, 50), max_size=20).map(Counter)


def test_chao2_by_hand() -> None:
    counts = Counter({"a": 1, "b": 1, "c": 1, "d": 2, "e": 5})
    assert unseen_items(counts, samples=10) == pytest.approx(0.9 * 9 / 2)
    assert unseen_items(Counter({"a": 1, "b": 1, "c": 1}), samples=4) == pytest.approx(0.75 * 3)
    assert unseen_items(Counter(), samples=0) == 0


@given(COUNTS, st.integers(1, 200), st.integers(0, 500))
def test_new_items_grow_with_samples_and_stay_below_what_is_missing(
    counts: Counter[str], samples: int, more: int
) -> None:
    new = expected_new(counts, samples=samples, more=more)
    assert -1e-9 <= new <= unseen_items(counts, samples=samples) + 1e-9
    assert new <= expected_new(counts, samples=samples, more=more + 1) + 1e-9


def test_the_stop_rule_foretells_a_known_population() -> None:
    rng = random.Random(3)
    weights = [1 / (rank + 1) for rank in range(300)]
    names = [str(rank) for rank in range(300)]
    counts: Counter[str] = Counter()
    early = None
    for number in range(1, 3001):
        counts.update(set(rng.choices(names, weights, k=4)))
        if number == 100:
            early = novelty(counts, samples=100)
            before = len(counts)
        if number == 200:
            assert early is not None
            assert early.ahead == pytest.approx(len(counts) - before, rel=0.4)
    late = novelty(counts, samples=3000)
    assert early is not None
    assert (early.enough, late.enough) == (False, True)
    assert early.unseen > 4 * late.unseen
    assert late.reachable == pytest.approx(300, rel=0.05)
    assert unseen_mass(counts) < 0.05


def test_nothing_sampled_is_never_enough() -> None:
    found = novelty(Counter(), samples=0)
    assert (found.unseen, found.ahead, found.reachable, found.enough) == (1.0, 0.0, 0.0, False)

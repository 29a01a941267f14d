"""Selection under a budget: lazy is greedy, greedy is near the best, and what it takes is spread out."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.selection import Worth, choose


def unit(draw, count):
    found = np.abs(draw.normal(size=(count, 4)))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def case(seed, count=9):
    draw = np.random.default_rng(seed)
    features = [frozenset(str(each) for each in draw.integers(0, 8, size=3)) for _ in range(count)]
    return {"features": features, "vectors": unit(draw, count), "weights": draw.uniform(0.2, 2, size=count).tolist()}


def worth_of(rows, made):
    worth, total = Worth(**made, share=0.5), 0.0
    for row in rows:
        total += worth.gain(row)
        worth.add(row)
    return total


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_lazy_is_plain_greedy_and_close_to_the_best(seed):
    made = case(seed)
    lazy = [each.row for each in choose(3, **made)]
    worth, plain = Worth(**made, share=0.5), []
    for _ in range(3):
        best = max((row for row in range(9) if row not in plain), key=lambda row: (worth.gain(row), -row))
        worth.add(best)
        plain.append(best)
    assert worth_of(lazy, made) == pytest.approx(worth_of(plain, made))
    optimum = max(worth_of(rows, made) for rows in combinations(range(9), 3))
    assert worth_of(lazy, made) >= (1 - 1 / np.e) * optimum - 1e-9


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.permutations(range(9)))
def test_the_worth_is_monotone_submodular_and_at_most_one(seed, order):
    made = case(seed)
    small, large = Worth(**made, share=0.5), Worth(**made, share=0.5)
    for row in order[:2]:
        small.add(row)
    for row in order[:5]:
        large.add(row)
    assert all(small.gain(row) >= large.gain(row) - 1e-12 >= -1e-12 for row in range(9))
    assert worth_of(order, made) <= 1 + 1e-6


def test_gains_fall_and_copies_come_last():
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    features = [frozenset("a"), frozenset("a"), frozenset("b"), frozenset("b")]
    chosen = choose(4, features=features, vectors=vectors)
    assert {each.row for each in chosen[:2]} == {0, 2}
    assert [each.gain for each in chosen] == sorted((each.gain for each in chosen), reverse=True)
    assert len(choose(10, features=features)) == 4
    assert choose(0, features=features) == []

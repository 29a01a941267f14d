from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generate.condition import Condition, assignments, balance, coverage
from knowledge.errors import SettingsError

AUDIENCE = Condition(name="audience", values=("resident", "staff", "lawyer"))
DIFFICULTY = Condition(name="difficulty", values=("plain", "applied"))
FORM = Condition(name="form", values=("short", "full", "table", "steps"))

conditions = st.lists(st.integers(1, 5), min_size=0, max_size=4).map(
    lambda sizes: [Condition(name=f"c{i}", values=tuple(f"v{j}" for j in range(size))) for i, size in enumerate(sizes)]
)


@settings(max_examples=60, deadline=None)
@given(conditions, st.integers(0, 60), st.integers(0, 2**31))
def test_equal_weights_give_counts_that_differ_by_at_most_one(some, n, seed):
    rows = assignments(some, n, seed=seed)
    assert len(rows) == n
    for condition in some:
        counts = Counter(row[condition.name] for row in rows)
        found = [counts[value] for value in condition.values]
        assert max(found) - min(found) <= 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31))
def test_every_pair_is_covered_soon(seed):
    some = [AUDIENCE, DIFFICULTY, FORM]
    largest = len(FORM.values) * len(AUDIENCE.values)
    rows = assignments(some, 2 * largest, seed=seed)
    for one, other in combinations(some, 2):
        seen = {(row[one.name], row[other.name]) for row in rows}
        assert seen == set(product(one.values, other.values))


def test_weights_are_kept_in_proportion():
    weighted = Condition(name="audience", values=("resident", "staff"), weights=(3, 1))
    rows = assignments([weighted, FORM], 80, seed=5)
    table = {each.value: each for each in balance([weighted], rows)}
    assert table["resident"].wanted == 60
    assert abs(table["resident"].count - 60) <= 1


def test_a_longer_run_extends_a_shorter_one_and_the_seed_decides():
    some = [AUDIENCE, FORM]
    assert assignments(some, 30, seed=2)[:9] == assignments(some, 9, seed=2)
    assert assignments(some, 30, seed=2) != assignments(some, 30, seed=3)


def test_keys_come_in_the_order_of_the_conditions():
    assert list(assignments([FORM, AUDIENCE], 1, seed=0)[0]) == ["form", "audience"]


def test_balance_counts_values_that_were_never_used():
    assert [(each.value, each.count) for each in balance([DIFFICULTY], [])] == [("plain", 0), ("applied", 0)]


@pytest.mark.parametrize(
    "fields",
    [
        {"values": ()},
        {"values": ("a", "a")},
        {"values": ("a",), "weights": (1, 2)},
        {"values": ("a",), "weights": (0,)},
    ],
)
def test_condition_refuses_what_cannot_be_drawn_from(fields):
    with pytest.raises(SettingsError, match='condition "x"'):
        Condition(name="x", **fields)


FIVE = [
    Condition(name=name, values=tuple(f"{name}{i}" for i in range(5)))
    for name in ("audience", "difficulty", "style", "channel", "sentiment")
]


@pytest.mark.parametrize("n", [25, 26, 40, 97, 200])
@pytest.mark.parametrize("seed", [0, 7, 11])
def test_five_conditions_of_five_values_deviate_by_less_than_one_sample(n, seed):
    rows = assignments(FIVE, n, seed=seed)
    assert max(abs(each.count - each.wanted) for each in balance(FIVE, rows)) < 1


@pytest.mark.parametrize("seed", [0, 7, 11])
def test_two_rounds_of_the_longest_pair_cover_all_pairs_of_five_conditions(seed):
    assert coverage(FIVE, assignments(FIVE, 50, seed=seed)) == (250, 250)


LEGAL = Condition(
    name="style",
    values=("plain", "legal", "warm"),
    unless={"legal": {"audience": ("resident",)}, "warm": {"form": ("table",)}},
)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 60))
def test_values_that_exclude_each_other_never_stand_together(seed, n):
    rows = assignments([AUDIENCE, FORM, LEGAL], n, seed=seed)
    assert len(rows) == n
    for row in rows:
        assert (row["style"], row["audience"]) != ("legal", "resident")
        assert (row["style"], row["form"]) != ("warm", "table")
    if n >= 30:
        found, possible = coverage([AUDIENCE, FORM, LEGAL], rows)
        assert found == possible == 3 * 4 + 3 * 3 + 4 * 3 - 2


def test_exclusions_that_leave_nothing_are_refused():
    one = Condition(name="a", values=("x",), unless={"x": {"b": ("y",)}})
    with pytest.raises(SettingsError, match="exclude one another"):
        assignments([one, Condition(name="b", values=("y",))], 1, seed=0)


def test_an_exclusion_of_an_unknown_value_is_refused():
    with pytest.raises(SettingsError, match='"z", which is none of its values'):
        Condition(name="a", values=("x",), unless={"z": {"b": ("y",)}})


def test_long_conditions_are_balanced_without_an_array():
    long = [Condition(name=name, values=tuple(f"{name}{i}" for i in range(60))) for name in "ab"]
    rows = assignments(long, 120, seed=1)
    assert {each.count for each in balance(long, rows)} == {2}

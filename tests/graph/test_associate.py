from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.associate import changed, count_across, count_pairs, g_squared, npmi

ROWS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 6)), max_size=60)


def columns(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@given(ROWS)
def test_pairs_are_those_of_a_plain_count(rows: list[tuple[int, int]]) -> None:
    units = {unit: {node for other, node in rows if other == unit} for unit, _ in rows}
    expected = Counter(pair for nodes in units.values() for pair in combinations(sorted(nodes), 2))
    found = count_pairs(*columns(rows), size=7)
    keys = zip(found.source.tolist(), found.target.tolist(), strict=True)
    assert dict(zip(keys, found.count.tolist(), strict=True)) == expected


@given(ROWS, ROWS)
def test_pairs_across_are_those_of_a_plain_count(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    expected = Counter((a, b) for unit, a in set(left) for other, b in set(right) if unit == other and a != b)
    found = count_across(columns(left), columns(right), size=7)
    keys = zip(found.source.tolist(), found.target.tolist(), strict=True)
    assert dict(zip(keys, found.count.tolist(), strict=True)) == expected


@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 100))
def test_measures_stay_in_range(together: int, left: int, right: int, others: int) -> None:
    units = together + left + right + others
    arrays = [np.array([float(value)]) for value in (together, together + left, together + right)]
    assert -1 <= npmi(*arrays, units=units)[0] <= 1
    assert g_squared(*arrays, units=units)[0] >= 0


def test_independent_concepts_have_no_association() -> None:
    arrays = [np.array([value]) for value in (10.0, 100.0, 100.0)]
    assert npmi(*arrays, units=1000)[0] == pytest.approx(0, abs=1e-9)
    assert g_squared(*arrays, units=1000)[0] == pytest.approx(0, abs=1e-9)


def test_npmi_by_hand() -> None:
    value = npmi(np.array([4.0]), np.array([4.0]), np.array([8.0]), units=64)[0]
    expected = math.log(4 * 64 / 32) / math.log(16) * (4 / 5) * (4 / 5)
    assert value == pytest.approx(expected)


def test_g_squared_by_hand() -> None:
    table = [[10, 5], [2, 83]]
    total, expected = 100, 0.0
    for row in range(2):
        for column in range(2):
            product = sum(table[row]) * (table[0][column] + table[1][column])
            expected += 2 * table[row][column] * math.log(table[row][column] * total / product)
    found = g_squared(np.array([10.0]), np.array([15.0]), np.array([12.0]), units=100)[0]
    assert found == pytest.approx(expected)


@given(ROWS, ROWS, ROWS)
def test_changing_counts_equals_counting_anew(
    kept: list[tuple[int, int]], gone: list[tuple[int, int]], come: list[tuple[int, int]]
) -> None:
    parts = {
        name: [(unit + 100 * place, node) for unit, node in rows]
        for place, (name, rows) in enumerate({"kept": kept, "gone": gone, "come": come}.items())
    }
    counted = {name: count_pairs(*columns(rows), size=7) for name, rows in parts.items()}
    before = count_pairs(*columns(parts["kept"] + parts["gone"]), size=7)
    found = changed(before, added=counted["come"], removed=counted["gone"], size=7)
    anew = count_pairs(*columns(parts["kept"] + parts["come"]), size=7)
    for column in ("source", "target", "count"):
        assert getattr(found, column).tolist() == getattr(anew, column).tolist()


def test_what_was_not_counted_cannot_be_removed() -> None:
    one = count_pairs(*columns([(0, 1), (0, 2)]), size=7)
    none = count_pairs(*columns([]), size=7)
    with pytest.raises(ValueError, match="not counted"):
        changed(none, added=none, removed=one, size=7)

"""Cells find what a comparison of all with all finds."""

import numpy as np

from verify.cells import WHOLE, Cells


def vectors(count, *, seed=1, dimensions=16):
    draw = np.random.default_rng(seed)
    centres = draw.standard_normal((40, dimensions))
    rows = centres[draw.integers(0, 40, count)] + 0.4 * draw.standard_normal((count, dimensions))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def pairs(cells, queries, threshold, **options):
    return {
        pair for a, b in cells.pairs(queries, threshold, **options) for pair in zip(a.tolist(), b.tolist(), strict=True)
    }


def test_one_cell_is_exact():
    rows = vectors(60)
    near = rows @ rows.T >= 0.97
    expected = {(int(a), int(b)) for a, b in zip(*np.nonzero(near), strict=True) if a != b}
    assert pairs(Cells(rows), rows, 0.97, itself=True) == expected


def test_copies_are_found_over_cells():
    rows = vectors(WHOLE + 500)
    rows[-200:] = rows[:200]
    found = pairs(Cells(rows), rows, 0.9999, itself=True)
    assert all((len(rows) - 200 + n, n) in found for n in range(200))


def test_the_same_twice():
    rows = vectors(WHOLE + 10)
    assert pairs(Cells(rows), rows[:50], 0.98) == pairs(Cells(rows), rows[:50], 0.98)

"""Where concepts stand on the map: a force layout whose time grows with nodes and edges, not with their squares.

Nodes repel each other and edges pull, as in Fruchterman and Reingold (1991). The repulsion of all from all is taken
on a grid: masses are laid on its cells, convolved with the force of a unit mass by FFT, and read back (the idea of
FIt-SNE, Linderman and others 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRID: Final = 128
STEPS: Final = 160
SOFT: Final = 0.6
_GOLDEN: Final = 2.399963229728653


def place(
    groups: NDArray[np.int64],
    sizes: NDArray[np.float64],
    edges: NDArray[np.int64],
    strengths: NDArray[np.float64],
    *,
    steps: int = STEPS,
) -> NDArray[np.float64]:
    """Return positions, shape (n, 2), centred on 0, with about one node to a unit square; the same for the same input.

    `groups` are numbers of communities from 0, which start apart; `sizes` are radii, at least 0, that push harder;
    `edges`, shape (m, 2), are node numbers that pull together by `strengths`, 0 to 1.
    """
    import numpy as np

    count = len(groups)
    if count < 2:
        return np.zeros((count, 2))
    at = _start(groups)
    masses = 0.5 + sizes / max(float(sizes.max()), 1e-9) * 2.5
    degree = np.maximum(np.bincount(edges.ravel(), weights=np.repeat(strengths, 2), minlength=count), 1.0)
    for step in range(steps):
        force = _repulsion(at, masses) * masses[:, None]
        pull = at[edges[:, 1]] - at[edges[:, 0]]
        pull *= strengths[:, None]
        for axis in (0, 1):
            towards = np.bincount(edges[:, 0], weights=pull[:, axis], minlength=count)
            towards -= np.bincount(edges[:, 1], weights=pull[:, axis], minlength=count)
            force[:, axis] += 1.2 * towards / np.sqrt(degree)
        force += 0.5 * (_centres(at, groups) - at) - 0.06 * at
        length = np.maximum(np.linalg.norm(force, axis=1), 1e-9)
        heat = 0.05 + 2.0 * (1 - step / steps) ** 1.5
        at += force * (np.minimum(length, heat) / length)[:, None]
    at -= at.mean(axis=0)
    spread = np.maximum(np.quantile(np.abs(at), 0.9, axis=0), 1e-9)
    at *= np.sqrt(0.7 * count / (4 * float(spread[0] * spread[1])))
    reach = np.linalg.norm(at, axis=1)
    rim = float(np.quantile(reach, 0.9))
    at *= np.where(reach > rim, (rim + 0.3 * (reach - rim)) / np.maximum(reach, 1e-9), 1.0)[:, None]
    return _apart(at, 0.25 + 0.35 * sizes / max(float(sizes.max()), 1e-9))


def _start(groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Groups on a sunflower, by size; their members on a small one each."""
    import numpy as np

    members = np.bincount(groups)
    order = np.argsort(np.argsort(groups, kind="stable"), kind="stable")
    within = order - np.concatenate([[0], np.cumsum(members)[:-1]])[groups]
    before = np.concatenate([[0], np.cumsum(members)[:-1]]) + members / 2
    centre = _spiral(np.arange(len(members)), 1.3 * np.sqrt(before))
    return centre[groups] + _spiral(within, 0.7 * np.sqrt(within + 0.5))


def _spiral(number: NDArray[Any], radius: NDArray[Any]) -> NDArray[np.float64]:
    import numpy as np

    angle = number * _GOLDEN
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _centres(at: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    import numpy as np

    members = np.maximum(np.bincount(groups), 1)
    middle = np.stack([np.bincount(groups, weights=at[:, axis]) / members for axis in (0, 1)], axis=1)
    return middle[groups]


def _repulsion(at: NDArray[np.float64], masses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the force of all masses on each place: mass · d / (d² + cell²), by FFT on a padded grid."""
    import numpy as np

    low = at.min(axis=0)
    cell = float((at.max(axis=0) - low).max()) / (GRID - 2) or 1.0
    scaled = (at - low) / cell
    corner = np.floor(scaled).astype(np.int64)
    part = scaled - corner
    laid = np.zeros(GRID * GRID)
    corners = []
    for dx in (0, 1):
        for dy in (0, 1):
            share = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
            flat = (corner[:, 0] + dx) * GRID + corner[:, 1] + dy
            laid += np.bincount(flat, weights=masses * share, minlength=GRID * GRID)
            corners.append((flat, share))
    steps = np.fft.fftfreq(2 * GRID, 1 / (2 * GRID)) * cell
    squared = steps[:, None] ** 2 + steps[None, :] ** 2 + max(cell * cell, SOFT)
    masses_hat = np.fft.rfft2(laid.reshape(GRID, GRID), (2 * GRID, 2 * GRID))
    force = np.zeros_like(at)
    for axis, along in ((0, steps[:, None]), (1, steps[None, :])):
        field = np.fft.irfft2(masses_hat * np.fft.rfft2(along / squared), (2 * GRID, 2 * GRID))[:GRID, :GRID].ravel()
        force[:, axis] = sum(field[flat] * share for flat, share in corners)
    return force


def _apart(at: NDArray[np.float64], radius: NDArray[np.float64], *, rounds: int = 12) -> NDArray[np.float64]:
    """Push overlapping circles apart, looking only at those in the same or the next cell."""
    import numpy as np

    width = 2 * float(radius.max())
    for _ in range(rounds):
        cells = np.floor(at / width).astype(np.int64)
        moved = np.zeros_like(at)
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1), (1, -1)):
            one, other = _pairs(cells, dx, dy)
            between = at[other] - at[one]
            gap = np.maximum(np.linalg.norm(between, axis=1), 1e-6)
            push = np.maximum(radius[one] + radius[other] - gap, 0) / gap * 0.25
            for axis in (0, 1):
                moved[:, axis] -= np.bincount(one, weights=push * between[:, axis], minlength=len(at))
                moved[:, axis] += np.bincount(other, weights=push * between[:, axis], minlength=len(at))
        at = at + moved
    return at


def _pairs(cells: NDArray[np.int64], dx: int, dy: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of nodes, the second in the cell that lies (dx, dy) from the first's."""
    import numpy as np

    key = cells[:, 0] * 4_000_037 + cells[:, 1]
    order = np.argsort(key, kind="stable")
    wanted = (cells[:, 0] + dx) * 4_000_037 + cells[:, 1] + dy
    first = np.searchsorted(key[order], wanted, side="left")
    number = np.minimum(np.searchsorted(key[order], wanted, side="right") - first, 24)
    one = np.repeat(np.arange(len(cells)), number)
    offset = np.arange(len(one)) - np.repeat(np.cumsum(number) - number, number)
    other = order[np.repeat(first, number) + offset]
    kept = one < other if (dx, dy) == (0, 0) else np.ones(len(one), dtype=bool)
    return one[kept], other[kept]

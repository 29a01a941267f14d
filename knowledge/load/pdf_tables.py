"""Ruled tables on a PDF page: drawn lines to a grid of cells, words into the cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.load.pdf_words import Rule, Word
from knowledge.load.table import Row

SNAP: Final = 3.0
"""Lines closer than this, in points, are one."""
MOST: Final = 800
_BESIDE: Final = 5.0
"""Text closer than this to the outside of a frame, in points, belongs to what is inside."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """The lines of one table: where its columns and rows are parted, and which cells are one.

    `cells[row][column]` is a number, equal for the parts of a merged cell.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[tuple[int, ...], ...]

    def holds(self, word: Word) -> bool:
        """Return whether the word stands inside the table."""
        middle = (word.left + word.right) / 2
        return self.xs[0] <= middle <= self.xs[-1] and self.ys[0] <= word.base - word.size / 4 <= self.ys[-1]

    def is_within_lines(self, words: Sequence[Word]) -> bool:
        """Return whether text runs on right beside the lines: they are boxes around words, as of an editor, and no table."""
        return any(
            self.ys[0] <= word.base - word.size / 4 <= self.ys[-1]
            and (0 <= word.left - self.xs[-1] < _BESIDE or 0 <= self.xs[0] - word.right < _BESIDE)
            for word in words
        )


def grids_of(rules: Sequence[Rule]) -> list[Grid]:
    """Return the tables that the rules of a page frame: two columns and two rows at least."""
    if not 5 <= len(rules) <= MOST:
        return []
    grids = [grid for group in _connected(rules) if (grid := _grid(group))]
    return sorted(grids, key=lambda grid: grid.ys[0])


def rows_of(grid: Grid, words: Iterable[Word]) -> list[Row]:
    """Return the rows of a table; the text of a merged cell stands in each of its parts."""
    held: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        row = _slot(grid.ys, word.base - word.size / 4)
        column = _slot(grid.xs, (word.left + word.right) / 2)
        held[grid.cells[row][column]].append(word)
    texts = {cell: _read(inside) for cell, inside in held.items()}
    parted = _parted(grid, held)
    rows = [
        Row(cells=tuple(parted.get((cell, place), texts.get(cell, "")) for place, cell in enumerate(row)))
        for row in grid.cells
    ]
    used = [place for place in range(len(grid.xs) - 1) if any(row.cells[place] for row in rows)]
    return [Row(cells=tuple(row.cells[place] for place in used)) for row in rows if any(row.cells)]


def _parted(grid: Grid, held: dict[int, list[Word]]) -> dict[tuple[int, int], str]:
    """Return by cell and column the texts of head cells that no line parts, where their words keep to the columns.

    A cell over several columns whose lines, two at least, all leave a gap at each column's edge holds a text for each.
    """
    parted: dict[tuple[int, int], str] = {}
    for row in grid.cells:
        for cell in set(row):
            places = [place for place, each in enumerate(row) if each == cell]
            words = held.get(cell, [])
            if len(places) < 2 or not words or sum(cell in other for other in grid.cells) > 1:
                continue
            slots = [
                [word for word in words if _slot(grid.xs, (word.left + word.right) / 2) == place] for place in places
            ]
            lines = {round(word.base / 3) for word in words}
            if len(lines) > 1 and all(
                _keeps(slot, grid.xs[place : place + 2]) for slot, place in zip(slots, places, strict=True)
            ):
                parted.update({(cell, place): _read(slot) for slot, place in zip(slots, places, strict=True)})
    return parted


def _keeps(words: Sequence[Word], edges: Sequence[float]) -> bool:
    """Return whether there are words, and all stay clear of the column's edges."""
    return bool(words) and all(edges[0] + 1 < word.left and word.right < edges[1] - 1 for word in words)


def _read(words: Sequence[Word]) -> str:
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda each: each.base):
        if lines and word.base - lines[-1][0].base <= 0.45 * word.size:
            lines[-1].append(word)
        else:
            lines.append([word])
    return " ".join(word.text for line in lines for word in sorted(line, key=lambda each: each.left))


def _slot(places: Sequence[float], at: float) -> int:
    inside = sum(1 for place in places[1:-1] if place <= at)
    return min(inside, len(places) - 2)


def _connected(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Gather rules that touch, by growing groups of rules that cross one another."""
    parent = list(range(len(rules)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for first, rule in enumerate(rules):
        for second in range(first + 1, len(rules)):
            if rule.is_level != rules[second].is_level and rule.touches(rules[second], SNAP):
                parent[root(first)] = root(second)
    groups: dict[int, list[Rule]] = defaultdict(list)
    for place, rule in enumerate(rules):
        groups[root(place)].append(rule)
    return list(groups.values())


def _grid(rules: Sequence[Rule]) -> Grid | None:
    level = [rule for rule in rules if rule.is_level]
    upright = [rule for rule in rules if not rule.is_level]
    xs, ys = _snapped(rule.left for rule in upright), _snapped(rule.top for rule in level)
    if len(xs) < 3 or len(ys) < 3:
        return None
    numbers = [[row * len(xs) + column for column in range(len(xs) - 1)] for row in range(len(ys) - 1)]
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            across, down = (xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2
            if column and not any(_covers_down(rule, xs[column], down) for rule in upright):
                numbers[row][column] = numbers[row][column - 1]
            elif row and not any(_covers_across(rule, ys[row], across) for rule in level):
                numbers[row][column] = numbers[row - 1][column]
    return Grid(xs=tuple(xs), ys=tuple(ys), cells=tuple(tuple(row) for row in numbers))


def _covers_down(rule: Rule, x: float, y: float) -> bool:
    return abs(rule.left - x) <= SNAP and rule.top - SNAP <= y <= rule.bottom + SNAP


def _covers_across(rule: Rule, y: float, x: float) -> bool:
    return abs(rule.top - y) <= SNAP and rule.left - SNAP <= x <= rule.right + SNAP


def _snapped(places: Iterable[float]) -> list[float]:
    return list(_snap(sorted(places)))


def _snap(places: Sequence[float]) -> Iterator[float]:
    last = float("-inf")
    for place in places:
        if place - last > SNAP:
            yield place
            last = place

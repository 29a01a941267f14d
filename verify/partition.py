"""Parts of a dataset between which nothing leaks: rows that share a document, a passage or a concept stay together."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """The part of each row, the rows of each part, and the number of groups that cannot be divided with the largest's share."""

    parts: tuple[int, ...]
    sizes: tuple[int, ...]
    groups: int
    largest: float


def partition(keys: Sequence[Iterable[str]], *, shares: Sequence[float], seed: int = 7) -> Partition:
    """Deal rows into parts of about these shares so that no key stands in two parts.

    Rows joined by keys, over any number of steps, are a group. The largest group goes first, each to the part that lacks most of its
    share; groups of equal size in an order drawn with the seed. A row without keys is its own group.
    """
    if not shares or any(share < 0 for share in shares) or not sum(shares) > 0:
        raise ValueError("shares must be 0 or more, and one of them above 0")
    groups = components(keys)
    random.Random(seed).shuffle(groups)
    groups.sort(key=len, reverse=True)
    wanted = [share / sum(shares) * len(keys) for share in shares]
    parts, sizes = [0] * len(keys), [0] * len(shares)
    for group in groups:
        part = max(range(len(shares)), key=lambda each: (wanted[each] - sizes[each], wanted[each]))
        sizes[part] += len(group)
        for row in group:
            parts[row] = part
    largest = len(groups[0]) / len(keys) if groups else 0.0
    return Partition(parts=tuple(parts), sizes=tuple(sizes), groups=len(groups), largest=largest)


def components(keys: Sequence[Iterable[str]]) -> list[list[int]]:
    """Return the groups of rows that shared keys join, each in order, by their first row (union-find with halved paths)."""
    parent = list(range(len(keys)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    first: dict[str, int] = {}
    for row, mine in enumerate(keys):
        for key in mine:
            one, other = sorted((root(first.setdefault(key, row)), root(row)))
            parent[other] = one
    groups: dict[int, list[int]] = {}
    for row in range(len(keys)):
        groups.setdefault(root(row), []).append(row)
    return list(groups.values())

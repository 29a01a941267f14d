"""Rows in parts that share no evidence: what one part rests on, no other part has seen.

Rows that rest on the same passage (or document) are one group, directly or over others; groups go whole into the part that is furthest
behind its share, the largest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from knowledge.errors import UsageError
from knowledge.identity import digest

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow

_NAMES = {2: ("train", "test"), 3: ("train", "validation", "test")}
BY = ("passage", "document")


def parsed(text: str) -> dict[str, float]:
    """Return the parts with their shares, which sum to 1, of "0.8/0.1/0.1" or "train=8,test=2"; raises UsageError for anything else."""
    pieces = [each.strip() for each in text.replace("/", ",").split(",") if each.strip()]
    named = [piece.partition("=")[::2] if "=" in piece else ("", piece) for piece in pieces]
    remedy = 'write it as 0.9/0.1, 0.8/0.1/0.1 or "train=8,validation=1,test=1"'
    try:
        shares = [float(value) for _, value in named]
    except ValueError as error:
        raise UsageError(f"--split {text}: {remedy}") from error
    names = [name.strip() for name, _ in named]
    if not any(names):
        names = list(_NAMES.get(len(named), ()))
    whole = all(name.isidentifier() for name in names) and len(set(names)) == len(names) == len(shares)
    if len(shares) < 2 or not whole or min(shares) <= 0:
        raise UsageError(f"--split {text}: {remedy}")
    return {name: share / sum(shares) for name, share in zip(names, shares, strict=True)}


def divided(
    rows: Sequence[DatasetRow], shares: dict[str, float], *, by: str = "passage"
) -> dict[str, list[DatasetRow]]:
    """Return the rows by part, in their order; equal rows and shares give equal parts.

    `by` is what two parts never share: "passage" or "document". Raises UsageError when no part but one would have rows.
    """
    if by not in BY:
        raise UsageError(f"--split-by {by}: known are {', '.join(BY)}")
    groups = _groups(rows, by)
    part: dict[int, str] = {}
    given = dict.fromkeys(shares, 0)
    for group in sorted(groups, key=lambda each: (-len(each), digest([rows[number].id for number in each]))):
        name = min(shares, key=lambda each: (given[each] + len(group) / 2) / shares[each])
        given[name] += len(group)
        part |= dict.fromkeys(group, name)
    if len(rows) > 1 and sum(map(bool, given.values())) < 2:
        raise UsageError(
            f"--split: all rows hang together by shared {by}s"
            + ("; try --split-by passage" if by == "document" else "; export them in one part")
        )
    parts: dict[str, list[DatasetRow]] = {name: [] for name in shares}
    for number, row in enumerate(rows):
        parts[part[number]].append(row)
    return parts


def _groups(rows: Sequence[DatasetRow], by: str) -> list[list[int]]:
    """Return the numbers of the rows that hang together (union-find over what they rest on)."""
    parent = list(range(len(rows)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[str, int] = {}
    for number, row in enumerate(rows):
        for each in row.evidence:
            key = each.id if by == "passage" else each.document
            parent[root(number)] = root(first.setdefault(key, number))
    found: dict[int, list[int]] = {}
    for number in range(len(rows)):
        found.setdefault(root(number), []).append(number)
    return list(found.values())

"""Training, validation and test parts of a dataset, divided so that no document, passage or concept stands in two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundsmith.curation_rows import By, keyless, shared_keys
from knowledge.errors import RowError, UsageError
from verify.partition import partition

if TYPE_CHECKING:
    from groundsmith.datasets import Dataset

NAMES = ("train", "validation", "test")
FAR = 0.05
"""By how much a part's share may miss what was asked before it is said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A part of a split: its name, its rows, the share asked for, and its file."""

    name: str
    rows: int
    asked: float
    output: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """A dataset in parts: `groups` rows that belong together, the `largest` group's share, and rows that name nothing to divide by."""

    by: str
    parts: tuple[Part, ...]
    groups: int
    largest: float
    keyless: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know about the parts."""
        total = sum(part.rows for part in self.parts) or 1
        found = [
            f"{part.name} has {part.rows / total:.0%} of the rows, {part.asked:.0%} were asked: rows that share a {self.by} stay together, "
            f"and the largest group has {self.largest:.0%}"
            for part in self.parts
            if abs(part.rows / total - part.asked) > FAR
        ]
        if self.keyless:
            found.append(f"{self.keyless} rows name no {self.by}; each of them was dealt out by its question alone")
        return tuple(found)


def shares_of(text: str) -> tuple[float, ...]:
    """Read "80/10/10" or "90/10" (train/test); raises UsageError naming the text."""
    try:
        shares = [float(each) for each in text.split("/")]
    except ValueError:
        shares = []
    if len(shares) not in (2, 3) or any(not 0 <= each < float("inf") for each in shares) or not sum(shares):
        raise UsageError(f"--split {text}: write two or three shares, as in 80/10/10 or 90/10")
    return tuple(each / sum(shares) for each in shares)


def by_of(word: str) -> By:
    """Read what a split is by; raises UsageError naming the word."""
    try:
        return By(word)
    except ValueError as error:
        raise UsageError(f"--by {word}: known are {', '.join(By)}") from error


def split_file(
    dataset: Dataset,
    *,
    shares: Sequence[float],
    by: By,
    seed: int,
    named: Callable[[str], Path],
    wanted: Callable[[int], dict[str, object] | None] = lambda _: {},
    columns: dict[str, type] | None = None,
) -> Split:
    """Write the wanted records of a dataset in parts; `named` gives a part's file.

    `wanted` gives a record's added columns by its number, or None to leave it out. Records that cannot be read are in the first part.
    """
    keys: dict[int, set[str]] = {}
    bare: set[int] = set()
    for row in dataset:
        number = row.number or 0
        if wanted(number) is None:
            continue
        if isinstance(row, RowError):
            keys.setdefault(number, set())
            continue
        keys.setdefault(number, set()).update(shared_keys(row, by))
        if keyless(row, by):
            bare.add(number)
    found = partition(list(keys.values()), shares=shares, seed=seed)
    part_of = dict(zip(keys, found.parts, strict=True))
    names = NAMES if len(shares) == len(NAMES) else (NAMES[0], NAMES[-1])
    outputs = [named(name) for name in names]
    for part, output in enumerate(outputs):
        dataset.select(output, _chooser(part, part_of, wanted), columns=columns or {})
    parts = [
        Part(name=name, rows=size, asked=share, output=str(output))
        for name, size, share, output in zip(names, found.sizes, shares, outputs, strict=True)
    ]
    return Split(by=str(by), parts=tuple(parts), groups=found.groups, largest=found.largest, keyless=len(bare))


def _chooser(
    part: int, part_of: dict[int, int], wanted: Callable[[int], dict[str, object] | None]
) -> Callable[[int], dict[str, object] | None]:
    return lambda number: wanted(number) if part_of.get(number) == part else None

"""What is said of a dataset as a whole: figures with their meaning, rows that stand out, and what is wrong enough to stop for."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from verify.diversity import Score, interval

if TYPE_CHECKING:
    from groundsmith.datasets import ForeignRow

AREAS = ("diversity", "relevance", "privacy", "bias", "content", "drift")
"""What can be looked at, in the order it is shown."""
SHOWN = 200
"""Most rows of one kind that are named; the rest are counted."""
_Z = 1.959964


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A figure with what it means and what is normal.

    `reference` is the same for the source documents, `sign` whether it speaks of a set that repeats itself, `odd` whether it lies outside
    of what is normal.
    """

    of: str
    name: str
    score: Score
    meaning: str
    normal: str
    reference: float | None = None
    sign: bool = False
    odd: bool = False
    area: str = "diversity"


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """A row that stands out: its number in the file, the kind of finding, and what was found (personal data masked)."""

    area: str
    row: int
    kind: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What one area found. `flags` are words that `--fail-on` knows, each with its reason."""

    measures: tuple[Measure, ...] = ()
    remarks: tuple[Remark, ...] = ()
    flags: dict[str, str] = field(default_factory=dict)


class Area(Protocol):
    """One way to look at a dataset: shown each row once, in bounded memory, then asked."""

    def add(self, row: ForeignRow) -> None:
        """Look at a row."""

    def findings(self) -> Findings:
        """Return what was found in all rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """A dataset's measures, remarks and flags; `verdict` is collapsed, narrow, varied, or empty where diversity was not asked for."""

    rows: int
    problems: tuple[str, ...]
    measures: tuple[Measure, ...]
    remarks: tuple[Remark, ...] = ()
    flags: dict[str, str] = field(default_factory=dict)
    verdict: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def collapsed(self) -> bool:
        """Whether the questions repeat one another as a whole."""
        return self.verdict == "collapsed"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "collapsed": self.collapsed}


class Named:
    """Collects remarks: all are counted by kind, the first SHOWN of each kind are kept."""

    def __init__(self, area: str) -> None:
        self._area = area
        self.counts: dict[str, int] = {}
        self.kept: list[Remark] = []

    def add(self, row: int, kind: str, detail: str) -> None:
        """Take note of a row."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] <= SHOWN:
            self.kept.append(Remark(area=self._area, row=row, kind=kind, detail=detail))


class Reservoir:
    """A sample of what streams past, each equally likely (Vitter 1985, algorithm R), drawn with a seed."""

    def __init__(self, size: int, *, seed: int = 7) -> None:
        self._size, self._draw, self.seen = size, random.Random(seed), 0
        self._items: list[tuple[int, Any]] = []

    def add(self, item: object) -> None:
        """Offer an item."""
        if len(self._items) < self._size:
            self._items.append((self.seen, item))
        elif (place := self._draw.randrange(self.seen + 1)) < self._size:
            self._items[place] = (self.seen, item)
        self.seen += 1

    @property
    def items(self) -> list[Any]:
        """The sample, in the order in which it came."""
        return [item for _, item in sorted(self._items, key=lambda each: each[0])]


def share(count: int, of: int) -> Score:
    """Return a share with its 95 % interval (Wilson 1927); the whole range for a share of nothing."""
    if of == 0:
        return Score(value=0.0, low=0.0, high=1.0)
    rate, square = count / of, _Z**2
    middle = (rate + square / (2 * of)) / (1 + square / of)
    half = _Z * math.sqrt(rate * (1 - rate) / of + square / (4 * of * of)) / (1 + square / of)
    return Score(value=rate, low=max(0.0, min(rate, middle - half)), high=min(1.0, max(rate, middle + half)))


def mean(values: Sequence[float]) -> Score:
    """Return the mean of values with the interval of their resamples; 0 for none."""
    if not values:
        return Score(value=0.0)
    return interval(
        len(values),
        lambda numbers: sum(values[n] for n in numbers) / len(numbers),
        value=sum(values) / len(values),
        resamples=100,
    )

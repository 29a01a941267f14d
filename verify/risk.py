"""The lowest threshold whose share of wrong rows among those passed is certified to stay under a stated level.

The error among passed rows is a ratio: it may rise and fall with the threshold, so conformal risk control for monotone
losses does not apply. `certify` follows Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then
Test: Calibrating Predictive Algorithms to Achieve Risk Control", Annals of Applied Statistics 2025, arXiv 2110.01052):

- Each threshold t of a fixed grid has the null hypothesis "of the rows that pass at t, more than `error` are wrong". Given that n of
  the labelled rows pass, the number of wrong ones is binomial, so P(Binomial(n, error) <= wrong) is an exact
  p-value: the null is rejected just when the Clopper-Pearson upper bound is at most `error`.
- Thresholds are tested from strict to loose, from several fixed starts (their Algorithm 1): from each start on as long as the p-value is at
  most (1 - confidence) / number of starts. The chance that any rejected null is true is then at most 1 - confidence, whatever
  the model, the scores and the size of the sample. Grid and starts are fixed before the labels are seen; several
  starts let a sample certify a threshold although too few of its rows pass at the strictest one.

What it asks: the labelled rows are drawn like the rows it will be used on, independently of one another, judged by the same verifier with
the same settings, and looked at once. Labelling until a threshold appears is a different test.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verify.calibration import Labelled

GRID = tuple(round(0.99 - 0.01 * step, 2) for step in range(99))
"""Thresholds from strict to loose."""
STARTS = (0.99, 0.95, 0.85, 0.7, 0.5)
"""Where testing begins, the strictest first; the chance of error is shared out among them. At 5 % error and 95 % confidence
one start would be certified by 59 passed rows without a mistake, each of five by 90."""
MOST_LABELS = 1_000_000
"""No advice is given to label more rows than this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Guarantee:
    """What can be promised of the rows that pass: at most `error` of them wrong, with `confidence`, both shares from 0 to 1.

    `threshold` is the lowest certified one, None when there is none. `passed` and `wrong` count the labelled rows
    `at` it, or at the start that came nearest; `bound` is the Clopper-Pearson upper bound of the error there. `missing`
    is about how many labels more are needed for some threshold, if rows go on as they did: 0 when there is one,
    None when that is not to be hoped for, since every start passes more wrong rows than allowed.
    """

    error: float
    confidence: float
    labels: int
    threshold: float | None
    at: float
    passed: int
    wrong: int
    bound: float
    missing: int | None

    @property
    def holds(self) -> bool:
        """Whether a threshold is certified."""
        return self.threshold is not None


class _Counts:
    """How many rows pass a threshold, and how many of those are wrong."""

    def __init__(self, rows: Sequence[Labelled]) -> None:
        ordered = sorted(rows, key=lambda row: row.score)
        self._scores = [row.score for row in ordered]
        self._wrong = [0] * (len(ordered) + 1)
        for place in range(len(ordered) - 1, -1, -1):
            self._wrong[place] = self._wrong[place + 1] + (not ordered[place].right)

    def at(self, threshold: float) -> tuple[int, int]:
        """Return the rows passed at `threshold` and the wrong ones among them."""
        place = bisect_left(self._scores, threshold)
        return len(self._scores) - place, self._wrong[place]


def certify(
    rows: Sequence[Labelled],
    *,
    error: float,
    confidence: float,
    grid: Sequence[float] = GRID,
    starts: Sequence[float] = STARTS,
) -> Guarantee:
    """Return the lowest threshold that keeps the error among passed rows at or under `error` with `confidence`.

    A row passes when its score is at least the threshold. `grid` goes from strict to loose and holds the `starts`. Raises
    ValueError when a share does not lie between 0 and 1 or a start is not in the grid.
    """
    _check(error, confidence, grid, starts)
    counts = _Counts(rows)
    risk = (1 - confidence) / len(starts)
    certified = [each for start in starts for each in _certified(counts, grid[grid.index(start) :], error, risk)]
    threshold = min(certified) if certified else None
    shown = _nearest(counts, starts, error) if threshold is None else threshold
    passed, wrong = counts.at(shown)
    return Guarantee(
        error=error,
        confidence=confidence,
        labels=len(rows),
        threshold=threshold,
        at=shown,
        passed=passed,
        wrong=wrong,
        bound=upper_bound(wrong, passed, confidence=confidence),
        missing=0 if threshold is not None else _missing(counts, len(rows), starts, error=error, risk=risk),
    )


def _check(error: float, confidence: float, grid: Sequence[float], starts: Sequence[float]) -> None:
    for name, value in (("error", error), ("confidence", confidence)):
        if not 0 < value < 1:
            raise ValueError(f"{name} is {value}; it must lie between 0 and 1, both left out")
    strange = [start for start in starts if start not in grid]
    if strange or not starts:
        raise ValueError(f"starts {strange or 'are none'}; name thresholds of the grid")


def _certified(counts: _Counts, sequence: Sequence[float], error: float, risk: float) -> Iterator[float]:
    """Yield the thresholds of a fixed sequence up to the first that cannot be certified."""
    for threshold in sequence:
        if _p_value(counts, threshold, error) > risk:
            return
        yield threshold


def _p_value(counts: _Counts, threshold: float, error: float) -> float:
    passed, wrong = counts.at(threshold)
    return binomial(wrong, passed, error)


def _nearest(counts: _Counts, starts: Sequence[float], error: float) -> float:
    """The start with the smallest p-value."""
    return min(starts, key=lambda start: (_p_value(counts, start, error), start))


def _missing(counts: _Counts, labels: int, starts: Sequence[float], *, error: float, risk: float) -> int | None:
    """About how many more labels make some start pass its test, if shares stay as they are; None when none is in sight."""
    needed: list[int] = []
    for start in starts:
        passed, wrong = counts.at(start)
        if not passed:
            continue
        enough = _enough(wrong / passed, error=error, risk=risk)
        if enough is not None:
            needed.append(math.ceil(enough * labels / passed) - labels)
    if not needed:
        anything = any(counts.at(start)[0] for start in starts)
        return None if anything else max(1, (_enough(0.0, error=error, risk=risk) or 0) - labels)
    least = max(1, min(needed))
    return least if least <= MOST_LABELS else None


def _enough(share: float, *, error: float, risk: float) -> int | None:
    """How many passed rows with this share of wrong ones reject the null, found by doubling and halving; None when none do."""
    if share >= error:
        return None
    high = 1
    while binomial(math.floor(share * high), high, error) > risk:
        high *= 2
        if high > MOST_LABELS:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if binomial(math.ceil(share * middle), middle, error) > risk:
            low = middle
        else:
            high = middle
    return high


def binomial(most: int, trials: int, rate: float) -> float:
    """Return P(X <= most) for X ~ Binomial(trials, rate), `rate` strictly between 0 and 1; 1 when there are no trials."""
    if most >= trials:
        return 1.0
    if most < 0:
        return 0.0
    if most > trials * rate:
        return max(0.0, 1.0 - binomial(trials - most - 1, trials, 1.0 - rate))
    return min(1.0, _tail(most, trials, rate))


def _tail(most: int, trials: int, rate: float) -> float:
    """The sum of the terms from `most` down, each from the one before, until they no longer count."""
    log_term = math.lgamma(trials + 1) - math.lgamma(most + 1) - math.lgamma(trials - most + 1)
    term = math.exp(log_term + most * math.log(rate) + (trials - most) * math.log1p(-rate))
    total, odds = term, (1 - rate) / rate
    for number in range(most, 0, -1):
        term *= number / (trials - number + 1) * odds
        total += term
        if term < 1e-17 * total:
            break
    return total


def upper_bound(wrong: int, trials: int, *, confidence: float) -> float:
    """Return the exact one-sided upper bound of a rate (Clopper and Pearson 1934), 1 when there are no trials."""
    if wrong >= trials:
        return 1.0
    low, high = wrong / trials, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if binomial(wrong, trials, middle) >= 1 - confidence:
            low = middle
        else:
            high = middle
    return high

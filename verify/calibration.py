"""From scores to probabilities: how often a row with such a score is right, learned from rows that people labelled.

Two monotone maps are fitted and the better one kept: Platt's sigmoid (Platt 1999, with the targets and Newton steps of Lin, Lin and
Weng 2007) on the score's log-odds, and isotonic regression by pooling adjacent violators (Ayer et al. 1955;
Zadrozny and Elkan 2002). Which is better, and every figure about them, is told by rows a map was not fitted on.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from verify.probability import log_odds, sigmoid
from verify.verdict import Judgement, Label, Thresholds, Verdict, aggregate

FOLDS = 5
BINS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """A row that was judged and that a person labelled: its score, 0 to 1, whether it is right, and its class.

    `drawn` is false for a row that was chosen to be labelled: it helps to fit, but does not count for a promise.
    """

    score: float
    right: bool
    group: str = ""
    drawn: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """A monotone map from a score to a probability of being right, both 0 to 1.

    "platt": sigmoid of `slope` (at least 0) times the score's log-odds plus `intercept`. "isotonic": straight lines between
    `knots`, pairs of score and probability in rising order.
    """

    method: str
    slope: float = 0.0
    intercept: float = 0.0
    knots: tuple[tuple[float, float], ...] = ()

    def __call__(self, score: float) -> float:
        """Return the probability that a row of this score is right."""
        if self.method == "platt":
            return sigmoid(self.slope * log_odds(score) + self.intercept)
        return _between(self.knots, score)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """A calibration with the probabilities that maps fitted without a row gave to it, in the order of the rows."""

    calibration: Calibration
    held_out: tuple[float, ...]


_Method = Callable[[Sequence[Labelled]], Calibration]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Rows whose probability lies in [`low`, `high`): how many, their mean probability, and the share that is right."""

    low: float
    high: float
    rows: int
    mean: float
    right: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """What a threshold would do: the share of passed rows that is right, and the share of right rows that pass."""

    threshold: float
    precision: float
    recall: float


def support_score(verdicts: Sequence[Verdict], *, thresholds: Thresholds) -> float:
    """Return the highest support threshold at which every claim is supported, 0 when there is none; the others stay as given.

    Raising the threshold never turns an unsupported claim into a supported one, so a row passes at every threshold up
    to this and at none above. The verdicts should come from a verifier whose support threshold no score reaches:
    it then reads all passages together that it would read together at any threshold.
    """
    return min((_claim_score(verdict.judgements, thresholds) for verdict in verdicts), default=0.0)


def _claim_score(judgements: Sequence[Judgement], thresholds: Thresholds) -> float:
    levels = sorted({each.support for each in judgements if not each.conflicts})
    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        if _supported(judgements, replace(thresholds, support=levels[middle])):
            low = middle + 1
        else:
            high = middle
    return levels[low - 1] if low else 0.0


def _supported(judgements: Sequence[Judgement], thresholds: Thresholds) -> bool:
    """Whether a claim is supported: by passages read alone, or together where those leave it open."""
    alone = [each for each in judgements if not each.together]
    label = aggregate(alone, thresholds=thresholds).label
    if label is Label.NOT_ENOUGH and len(alone) < len(judgements):
        label = aggregate(judgements, thresholds=thresholds).label
    return label is Label.SUPPORTED


def fit(rows: Sequence[Labelled], *, folds: int = FOLDS, seed: int = 7) -> Fit:
    """Return the map with the smaller log loss on rows it was not fitted on, fitted anew on all rows.

    Raises ValueError without rows.
    """
    if not rows:
        raise ValueError("no labelled rows to fit a calibration on; label some")
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    parts = [order[number::folds] for number in range(min(folds, len(order)))]
    tried = [(method, _held_out(rows, parts, method)) for method in (platt, isotonic)]
    method, held_out = min(tried, key=lambda each: log_loss(each[1], rows))
    return Fit(calibration=method(rows), held_out=tuple(held_out))


def _held_out(rows: Sequence[Labelled], parts: Sequence[Sequence[int]], method: _Method) -> list[float]:
    """The probability of each row under a map fitted on the other parts."""
    found = [0.0] * len(rows)
    for part in parts:
        left_out = set(part)
        others = [row for number, row in enumerate(rows) if number not in left_out]
        calibration = method(others or rows)
        for number in part:
            found[number] = calibration(rows[number].score)
    return found


def platt(rows: Sequence[Labelled]) -> Calibration:
    """Fit the sigmoid by Newton's method with halved steps; a falling one is replaced by the level one."""
    right = sum(row.right for row in rows)
    wrong = len(rows) - right
    high, low = (right + 1) / (right + 2), 1 / (wrong + 2)
    points = [(log_odds(row.score), high if row.right else low) for row in rows]
    level = math.log((right + 1) / (wrong + 1))
    if not right or not wrong:
        return Calibration(method="platt", intercept=level)
    slope, intercept = _newton(points, slope=0.0, intercept=level)
    return Calibration(method="platt", slope=max(slope, 0.0), intercept=intercept if slope > 0 else level)


def _newton(points: Sequence[tuple[float, float]], *, slope: float, intercept: float) -> tuple[float, float]:
    loss = _sigmoid_loss(points, slope, intercept)
    for _ in range(100):
        step = _step(points, slope, intercept)
        size = 1.0
        while size > 1e-8:
            tried = slope + size * step[0], intercept + size * step[1]
            if (new := _sigmoid_loss(points, *tried)) < loss:
                break
            size /= 2
        else:
            break
        slope, intercept, gained, loss = *tried, loss - new, new
        if gained < 1e-10 * len(points):
            break
    return slope, intercept


def _step(points: Sequence[tuple[float, float]], slope: float, intercept: float) -> tuple[float, float]:
    """Newton's step for slope and intercept, from gradient and Hessian."""
    h11 = h22 = 1e-9
    h12 = g1 = g2 = 0.0
    for x, target in points:
        p = sigmoid(slope * x + intercept)
        weight, off = p * (1 - p), target - p
        h11 += x * x * weight
        h12 += x * weight
        h22 += weight
        g1 += x * off
        g2 += off
    area = h11 * h22 - h12 * h12
    return (h22 * g1 - h12 * g2) / area, (h11 * g2 - h12 * g1) / area


def _sigmoid_loss(points: Sequence[tuple[float, float]], slope: float, intercept: float) -> float:
    total = 0.0
    for x, target in points:
        z = slope * x + intercept
        total += max(z, 0.0) - target * z + math.log1p(math.exp(-abs(z)))
    return total


def isotonic(rows: Sequence[Labelled]) -> Calibration:
    """Fit the rising step function of least squares; its levels stay off 0 and 1 by what one row more could change."""
    blocks: list[list[float]] = []
    for row in sorted(rows, key=lambda each: each.score):
        if blocks and blocks[-1][1] == row.score:
            blocks[-1][2] += row.right
            blocks[-1][3] += 1
        else:
            blocks.append([row.score, row.score, float(row.right), 1.0])
    pooled: list[list[float]] = []
    for block in blocks:
        pooled.append(block)
        while len(pooled) > 1 and pooled[-2][2] * pooled[-1][3] >= pooled[-1][2] * pooled[-2][3]:
            _, end, right, count = pooled.pop()
            pooled[-1][1] = end
            pooled[-1][2] += right
            pooled[-1][3] += count
    least = 1 / (len(rows) + 2)
    knots: list[tuple[float, float]] = []
    for start, end, right, count in pooled:
        level = min(max(right / count, least), 1 - least)
        knots += [(start, level)] if start == end else [(start, level), (end, level)]
    return Calibration(method="isotonic", knots=tuple(knots))


def _between(knots: Sequence[tuple[float, float]], score: float) -> float:
    place = bisect_right(knots, score, key=lambda knot: knot[0])
    if place == 0:
        return knots[0][1]
    if place == len(knots):
        return knots[-1][1]
    (x1, y1), (x2, y2) = knots[place - 1], knots[place]
    return y1 + (y2 - y1) * (score - x1) / (x2 - x1)


def log_loss(probabilities: Sequence[float], rows: Sequence[Labelled]) -> float:
    """Return the mean negative log probability given to what the rows are, in nats."""
    terms = (math.log(max(p if row.right else 1 - p, 1e-12)) for p, row in zip(probabilities, rows, strict=True))
    return -sum(terms) / max(1, len(rows))


def reliability(probabilities: Sequence[float], rows: Sequence[Labelled], *, bins: int = BINS) -> tuple[Bin, ...]:
    """Return equally wide bins of probability, the empty ones left out."""
    filled: dict[int, list[tuple[float, bool]]] = {}
    for p, row in zip(probabilities, rows, strict=True):
        filled.setdefault(min(int(p * bins), bins - 1), []).append((p, row.right))
    return tuple(
        Bin(
            low=number / bins,
            high=(number + 1) / bins,
            rows=len(found),
            mean=sum(p for p, _ in found) / len(found),
            right=sum(right for _, right in found) / len(found),
        )
        for number, found in sorted(filled.items())
    )


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the mean distance of probability and right share, weighted by rows (Naeini et al. 2015); None without rows."""
    rows = sum(each.rows for each in bins)
    return sum(each.rows * abs(each.mean - each.right) for each in bins) / rows if rows else None


def precision_recall(rows: Sequence[Labelled]) -> tuple[Point, ...]:
    """Return what each distinct score would do as a threshold, the strictest first; nothing when no row is right."""
    ordered = sorted(rows, key=lambda row: -row.score)
    all_right = sum(row.right for row in rows)
    points: list[Point] = []
    right = 0
    for number, row in enumerate(ordered, 1):
        right += row.right
        last = number == len(ordered) or ordered[number].score != row.score
        if last and row.score > 0 and all_right:
            points.append(Point(threshold=row.score, precision=right / number, recall=right / all_right))
    return tuple(points)

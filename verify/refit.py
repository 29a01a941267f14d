"""Fits a `Combination` to labelled rows: from nothing, or as a small departure from one that is known.

Each set counts alike, and so do both labels of a set. A row is represented by its most probable window (of the worst
claim), which depends on the weights: window choice and fit alternate until they have settled. The departure is held back by
a ridge penalty around the known weights, the posterior mode under a normal prior.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.probability import SIGNALS, Combination, signals
from verify.verdict import Judgement

ROUNDS = 4
HELD_BACK = 10.0
"""Penalty on departing from known weights, in labelled rows' worth: chosen on sets of claims with 100 labels each."""
OFF = 1e9
FOLDS = 5
MARGIN = 0.02
"""Gain in the chance that a right row ranks above a wrong one, below which weights are better left alone."""

Claims = Sequence[Sequence[Judgement]]
Judged = tuple[Claims, bool]
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scale:
    """Mean and spread of each signal, and the weights, intercept first, on that scale that a fit is held to."""

    mean: Array
    spread: Array
    prior: Array


def fit(sets: Sequence[Sequence[Judged]], *, ridge: float = 1.0, without: Collection[str] = ()) -> Combination:
    """Return the weights that fit the rows best; `ridge` is the penalty on the squared weights of scaled signals.

    The signals named in `without` get no weight; their spread is told all the same, for who learns one.
    """
    start = Combination(intercept=0.0, weights={"entailment": 1.0})
    inputs = np.array([_values(each) for rows in sets for claims, _ in rows for windows in claims for each in windows])
    scale = _Scale(mean=inputs.mean(0), spread=inputs.std(0) + 1e-9, prior=np.zeros(len(SIGNALS) + 1))
    return _settled(sets, start, scale, np.array([0.0] + [OFF if name in without else ridge for name in SIGNALS]))


def refit(rows: Sequence[Judged], *, known: Combination, held_back: float = HELD_BACK) -> Combination:
    """Return the weights that fit the rows best, held back towards `known`, which must tell the spread of its signals.

    Raises ValueError when all rows have one label, or the spread is missing.
    """
    if len({label for _, label in rows}) < 2:
        raise ValueError("rows of both labels are needed to fit weights; label some of the other kind")
    if set(SIGNALS) - set(known.spread):
        raise ValueError("the known weights do not tell the spread of their signals; fit them anew")
    spread = np.array([known.spread[name] or 1.0 for name in SIGNALS])
    plain = np.array([known.weights.get(name, 0.0) for name in SIGNALS])
    prior = np.concatenate([[known.intercept], plain * spread])
    scale = _Scale(mean=np.zeros(len(SIGNALS)), spread=spread, prior=prior)
    return _settled([rows], known, scale, held_back * np.array([0.02] + [1.0] * len(SIGNALS)))


def scores(rows: Sequence[Judged], by: Combination) -> list[float]:
    """Return each row's probability of support, 0 to 1: of its worst claim, in that claim's best window."""
    return [by(_decisive(claims, by)) for claims, _ in rows]


def helps(rows: Sequence[Judged], *, known: Combination, seed: int = 7) -> bool:
    """Whether weights fitted on four fifths of the rows rank the last fifth better than `known`, over all fifths.

    Better is a chance that a right row scores above a wrong one, compared within fifths, which is higher by MARGIN.
    """
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    gained, compared = 0.0, 0
    for number in range(FOLDS):
        part = [rows[n] for n in order[number::FOLDS]]
        others = [rows[n] for place, n in enumerate(order) if place % FOLDS != number]
        if len({label for _, label in others}) < 2:
            return False
        own = refit(others, known=known)
        gained += _ranked(part, own) - _ranked(part, known)
        right = sum(label for _, label in part)
        compared += right * (len(part) - right)
    return compared > 0 and gained / compared > MARGIN


def _ranked(rows: Sequence[Judged], by: Combination) -> float:
    """How many pairs of a right and a wrong row are in order."""
    found = scores(rows, by)
    right = np.array([score for score, (_, label) in zip(found, rows, strict=True) if label])
    wrong = np.sort([score for score, (_, label) in zip(found, rows, strict=True) if not label])
    return float((np.searchsorted(wrong, right, "left") + np.searchsorted(wrong, right, "right")).sum() / 2)


def _settled(sets: Sequence[Sequence[Judged]], made: Combination, scale: _Scale, penalty: Array) -> Combination:
    labels = np.array([label for rows in sets for _, label in rows], dtype=float)
    weights = np.concatenate([_weights(rows) for rows in sets])
    for _ in range(ROUNDS):
        chosen = np.array([_values(_decisive(claims, made)) for rows in sets for claims, _ in rows])
        made = _logistic((chosen - scale.mean) / scale.spread, labels, weights, scale, penalty)
    return made


def _values(judgement: Judgement) -> list[float]:
    found = signals(judgement)
    return [found[name] for name in SIGNALS]


def _decisive(row: Claims, by: Combination) -> Judgement:
    """The best window of the worst claim."""
    return min((max(windows, key=by) for windows in row), key=by)


def _weights(rows: Sequence[Judged]) -> Array:
    """Weights of a set's rows that give both labels half of it, and no set more than 200."""
    labels = np.array([label for _, label in rows])
    share = np.where(labels, labels.sum(), (~labels).sum())
    return np.asarray(min(200, len(rows)) / 2 / np.maximum(1, share))


def _logistic(scaled: Array, labels: Array, weights: Array, scale: _Scale, penalty: Array) -> Combination:
    """Weighted logistic regression by Newton's method, held to `scale.prior` by the penalty."""
    inputs = np.column_stack([np.ones(len(scaled)), scaled])
    beta = scale.prior.copy()

    def loss(at: Array) -> float:
        odds = inputs @ at
        off = at - scale.prior
        return float((weights * (np.logaddexp(0.0, odds) - labels * odds)).sum() + (penalty * off * off).sum() / 2)

    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(inputs @ beta, -30, 30)))
        slope = inputs.T @ (weights * (labels - chance)) - penalty * (beta - scale.prior)
        curve = (inputs * (weights * chance * (1 - chance))[:, None]).T @ inputs + np.diag(penalty + 1e-9)
        step, before, size = np.linalg.solve(curve, slope), loss(beta), 1.0
        while loss(beta + size * step) > before and size > 1e-6:
            size /= 2
        beta = beta + size * step
        if float(np.abs(size * step).max()) < 1e-8:
            break
    plain = beta[1:] / scale.spread
    return Combination(
        intercept=round(float(beta[0] - (plain * scale.mean).sum()), 4),
        weights={name: round(float(weight), 4) for name, weight in zip(SIGNALS, plain, strict=True)},
        spread={name: round(float(value), 4) for name, value in zip(SIGNALS, scale.spread, strict=True)},
    )

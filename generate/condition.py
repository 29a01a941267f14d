"""`Condition`: a named choice that varies over the samples, and assignments that keep the choices balanced.

Assignments come from a pairwise covering array (made by allpairspy), and row by row where that has nothing that keeps the
quotas (after AETG, Cohen et al., IEEE TSE 23(7), 1997): each value is used in proportion to its weight, and within that freedom
the rarest pair goes first. Values that exclude each other never stand in one row.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

from knowledge.errors import SettingsError

_SLACK = 0.5
_CANDIDATES = 4
_TRIES = 32
_LARGEST_ARRAY = 400
"""Pairs of the two longest conditions from which on no covering array is made: it would cost more than it gives."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A named choice, such as audience or difficulty, its values, and their relative weights (all equal when empty).

    `unless` maps a value to the values of other conditions beside which it is never used.
    """

    name: str
    values: tuple[str, ...]
    weights: tuple[float, ...] = ()
    unless: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not self.values or len(set(self.values)) != len(self.values):
            raise SettingsError(f'condition "{self.name}": give at least one value, none twice')
        if self.weights and len(self.weights) != len(self.values):
            raise SettingsError(
                f'condition "{self.name}": {len(self.weights)} weights for {len(self.values)} values; give one each'
            )
        if any(weight <= 0 for weight in self.weights):
            raise SettingsError(f'condition "{self.name}": weights must be above 0; leave a value out instead')
        unknown = [value for value in self.unless if value not in self.values]
        if unknown:
            raise SettingsError(
                f'condition "{self.name}": unless speaks of "{unknown[0]}", which is none of its values'
            )

    @property
    def shares(self) -> Mapping[str, float]:
        """The share of samples each value should have; they sum to 1."""
        weights = self.weights or (1.0,) * len(self.values)
        total = sum(weights)
        return {value: weight / total for value, weight in zip(self.values, weights, strict=True)}


Assignment = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """How often a value was assigned, and how often its share asks for."""

    condition: str
    value: str
    count: int
    wanted: float


def assignments(conditions: Sequence[Condition], n: int, *, seed: int) -> list[Assignment]:
    """Return `n` assignments of a value to each condition: quotas kept, pairs spread.

    With equal weights and no exclusions no two counts of one condition's values differ by more than 1. The first rows do not depend on
    `n`, so a longer run extends a shorter one. Time grows with n × conditions² × values. Raises SettingsError when the
    exclusions leave no row.
    """
    generator = random.Random(seed)
    singles: Counter[tuple[str, str]] = Counter()
    pairs: Counter[tuple[tuple[str, str], tuple[str, str]]] = Counter()
    array = _covering_array(conditions, seed=seed)
    waiting: list[dict[str, str]] = []
    rows: list[Assignment] = []
    for number in range(1, n + 1):
        waiting = waiting or list(array)
        row = _taken(conditions, number, singles, pairs, waiting)
        if row is None:
            candidates = [_row(conditions, number, singles, pairs, generator) for _ in range(_CANDIDATES)]
            row = min(candidates, key=lambda each: _crowding(each, pairs))
        ordered = {condition.name: row[condition.name] for condition in conditions}
        rows.append(ordered)
        singles.update(ordered.items())
        pairs.update(_pairs(ordered))
    return rows


def _covering_array(conditions: Sequence[Condition], *, seed: int) -> list[dict[str, str]]:
    """Return rows in which every pair of values that may stand together does; none where that is not worth its cost."""
    longest = sorted((len(condition.values) for condition in conditions), reverse=True)[:2]
    if len(longest) < 2 or longest[0] * longest[1] > _LARGEST_ARRAY:
        return []
    from allpairspy import AllPairs

    generator = random.Random(seed)
    names = [condition.name for condition in conditions]
    values = [generator.sample(list(condition.values), len(condition.values)) for condition in conditions]

    def allowed(row: Sequence[Any]) -> bool:
        return is_allowed(conditions, dict(zip(names, row, strict=False)))

    return [dict(zip(names, row, strict=True)) for row in AllPairs(values, filter_func=allowed)]


def is_allowed(conditions: Sequence[Condition], row: Mapping[str, str]) -> bool:
    """Return whether no two values of a row, which may be a part of one, exclude each other."""
    return not any(
        row.get(other) in excluded
        for condition in conditions
        for other, excluded in condition.unless.get(row.get(condition.name, ""), {}).items()
    )


def _taken(
    conditions: Sequence[Condition],
    number: int,
    singles: Counter[tuple[str, str]],
    pairs: Counter[tuple[tuple[str, str], tuple[str, str]]],
    waiting: list[dict[str, str]],
) -> dict[str, str] | None:
    """Take out of the array the row that keeps every quota and whose pairs are rarest; None when none keeps them."""
    opened = {condition.name: _open(condition, number, singles) for condition in conditions}
    fit = [row for row in waiting if all(value in opened[name] for name, value in row.items())]
    if not fit:
        return None
    row = min(fit, key=lambda each: _crowding(each, pairs))
    waiting.remove(row)
    return row


def _open(condition: Condition, number: int, singles: Counter[tuple[str, str]]) -> list[str]:
    """Return the values that may come next under the quotas, in a fixed order."""
    deficits = {value: share * number - singles[condition.name, value] for value, share in condition.shares.items()}
    most = max(deficits.values())
    return [value for value, deficit in deficits.items() if deficit > most - _SLACK]


def balance(conditions: Sequence[Condition], rows: Sequence[Assignment]) -> list[Balance]:
    """Return how often each value was assigned in `rows`, against its share."""
    counts = Counter((name, value) for row in rows for name, value in row.items())
    return [
        Balance(condition=each.name, value=value, count=counts[each.name, value], wanted=share * len(rows))
        for each in conditions
        for value, share in each.shares.items()
    ]


def coverage(conditions: Sequence[Condition], rows: Sequence[Assignment]) -> tuple[int, int]:
    """Return how many pairs of values stand together in a row, and how many may."""
    seen = {pair for row in rows for pair in _pairs({each.name: row[each.name] for each in conditions})}
    possible = [
        _pair((one.name, value), (other.name, another))
        for one, other in combinations(conditions, 2)
        for value, another in product(one.values, other.values)
        if is_allowed(conditions, {one.name: value, other.name: another})
    ]
    return len(seen & set(possible)), len(possible)


def _row(
    conditions: Sequence[Condition],
    number: int,
    singles: Counter[tuple[str, str]],
    pairs: Counter[tuple[tuple[str, str], tuple[str, str]]],
    generator: random.Random,
) -> dict[str, str]:
    """Make one row: conditions in random order, each taking the value under quota that is rarest beside those chosen."""
    for _ in range(_TRIES):
        chosen: dict[str, str] = {}
        for condition in generator.sample(list(conditions), len(conditions)):
            fit = [each for each in condition.values if is_allowed(conditions, {**chosen, condition.name: each})]
            open_values = [value for value in _open(condition, number, singles) if value in fit] or fit
            if not open_values:
                break
            generator.shuffle(open_values)
            costs = {
                value: sum(pairs[_pair((condition.name, value), other)] for other in chosen.items())
                for value in open_values
            }
            chosen[condition.name] = min(open_values, key=lambda value: costs[value])
        else:
            return chosen
    raise SettingsError(
        "conditions: their values exclude one another so that no combination is left; take an unless away"
    )


def _pair(one: tuple[str, str], other: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one, other) if one < other else (other, one)


def _pairs(row: Assignment) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    items = list(row.items())
    return [_pair(one, other) for i, one in enumerate(items) for other in items[i + 1 :]]


def _crowding(row: Assignment, pairs: Counter[tuple[tuple[str, str], tuple[str, str]]]) -> int:
    return sum(pairs[pair] for pair in _pairs(row))

"""`Condition`: a named choice that varies over the samples, and assignments that keep the choices balanced.

Assignments are a pairwise covering array made greedily row by row (after AETG, Cohen et al., IEEE TSE 23(7), 1997), under
quotas: each value is used in proportion to its weight, and within that freedom the rarest pair goes first.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.errors import SettingsError

_SLACK = 0.5
_CANDIDATES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A named choice, such as audience or difficulty, its values, and their relative weights (all equal when empty)."""

    name: str
    values: tuple[str, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.values or len(set(self.values)) != len(self.values):
            raise SettingsError(f'condition "{self.name}": give at least one value, none twice')
        if self.weights and len(self.weights) != len(self.values):
            raise SettingsError(
                f'condition "{self.name}": {len(self.weights)} weights for {len(self.values)} values; give one each'
            )
        if any(weight <= 0 for weight in self.weights):
            raise SettingsError(f'condition "{self.name}": weights must be above 0; leave a value out instead')

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

    With equal weights no two counts of one condition's values differ by more than 1. The first rows do not depend on
    `n`, so a longer run extends a shorter one. Time grows with n × conditions² × values.
    """
    generator = random.Random(seed)
    singles: Counter[tuple[str, str]] = Counter()
    pairs: Counter[tuple[tuple[str, str], tuple[str, str]]] = Counter()
    rows: list[Assignment] = []
    for number in range(1, n + 1):
        candidates = [_row(conditions, number, singles, pairs, generator) for _ in range(_CANDIDATES)]
        row = min(candidates, key=lambda each: _crowding(each, pairs))
        ordered = {condition.name: row[condition.name] for condition in conditions}
        rows.append(ordered)
        singles.update(ordered.items())
        pairs.update(_pairs(ordered))
    return rows


def balance(conditions: Sequence[Condition], rows: Sequence[Assignment]) -> list[Balance]:
    """Return how often each value was assigned in `rows`, against its share."""
    counts = Counter((name, value) for row in rows for name, value in row.items())
    return [
        Balance(condition=each.name, value=value, count=counts[each.name, value], wanted=share * len(rows))
        for each in conditions
        for value, share in each.shares.items()
    ]


def _row(
    conditions: Sequence[Condition],
    number: int,
    singles: Counter[tuple[str, str]],
    pairs: Counter[tuple[tuple[str, str], tuple[str, str]]],
    generator: random.Random,
) -> dict[str, str]:
    """Make one row: conditions in random order, each taking the value under quota that is rarest beside those chosen."""
    chosen: dict[str, str] = {}
    for condition in generator.sample(list(conditions), len(conditions)):
        deficits = {v: share * number - singles[condition.name, v] for v, share in condition.shares.items()}
        most = max(deficits.values())
        open_values = [value for value, deficit in deficits.items() if deficit > most - _SLACK]
        generator.shuffle(open_values)
        costs = {
            value: sum(pairs[_pair((condition.name, value), other)] for other in chosen.items())
            for value in open_values
        }
        chosen[condition.name] = min(open_values, key=lambda value: costs[value])
    return chosen


def _pair(one: tuple[str, str], other: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one, other) if one < other else (other, one)


def _pairs(row: Assignment) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    items = list(row.items())
    return [_pair(one, other) for i, one in enumerate(items) for other in items[i + 1 :]]


def _crowding(row: Assignment, pairs: Counter[tuple[tuple[str, str], tuple[str, str]]]) -> int:
    return sum(pairs[pair] for pair in _pairs(row))

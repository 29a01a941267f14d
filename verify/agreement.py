"""How far several people agree beyond chance: Cohen's kappa for two, Krippendorff's alpha for any number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, kw_only=True, slots=True)
class PairAgreement:
    """Two people: how many units both judged, the share on which they agree, and kappa (None when it is not defined)."""

    first: str
    second: str
    units: int
    agreed: float
    kappa: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """All people: `units` were judged by two or more; `alpha` is None when it is not defined."""

    people: tuple[str, ...]
    units: int
    alpha: float | None
    pairs: tuple[PairAgreement, ...] = ()


def kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Return Cohen's kappa of two people's labels of the same units (Cohen 1960, equation 1), at most 1.

    None without units, and when chance alone would make both agree always. Raises ValueError for unequal lengths.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} labels of one person and {len(second)} of the other; give both for each unit")
    if not first:
        return None
    units = len(first)
    agreed = sum(a == b for a, b in zip(first, second, strict=True)) / units
    one, two = Counter(first), Counter(second)
    chance = sum(one[label] * two[label] for label in one) / units**2
    return None if chance >= 1 else (agreed - chance) / (1 - chance)


def alpha(units: Sequence[Sequence[Hashable]]) -> float | None:
    """Return Krippendorff's alpha of nominal labels; each unit holds the labels it was given, by however many people.

    Units with one label say nothing. None when nothing can be compared or there is but one label (Krippendorff, "Computing
    Krippendorff's Alpha-Reliability", 2011, section C).
    """
    pairable = [unit for unit in units if len(unit) > 1]
    totals = Counter(label for unit in pairable for label in unit)
    values = totals.total()
    expected = values**2 - sum(count**2 for count in totals.values())
    if not expected:
        return None
    observed = 0.0
    for unit in pairable:
        counts = Counter(unit)
        observed += (len(unit) ** 2 - sum(count**2 for count in counts.values())) / (len(unit) - 1)
    return 1.0 - (values - 1) * observed / expected


def agreement(labels: Mapping[str, Mapping[str, Hashable]]) -> Agreement:
    """Return the agreement of people, given as each one's labels by unit; pairs that share no unit are left out."""
    people = tuple(sorted(labels))
    units: dict[str, list[Hashable]] = {}
    for person in people:
        for unit, label in labels[person].items():
            units.setdefault(unit, []).append(label)
    pairs = (_pair(one, two, labels) for one, two in combinations(people, 2))
    return Agreement(
        people=people,
        units=sum(len(each) > 1 for each in units.values()),
        alpha=alpha(list(units.values())),
        pairs=tuple(each for each in pairs if each.units),
    )


def _pair(first: str, second: str, labels: Mapping[str, Mapping[str, Hashable]]) -> PairAgreement:
    shared = sorted(set(labels[first]) & set(labels[second]))
    one, two = [labels[first][unit] for unit in shared], [labels[second][unit] for unit in shared]
    agreed = sum(a == b for a, b in zip(one, two, strict=True)) / max(1, len(shared))
    return PairAgreement(first=first, second=second, units=len(shared), agreed=agreed, kappa=kappa(one, two))

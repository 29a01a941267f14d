"""What counts say about what was not seen: unseen mass, how much there is to reach, and when to stop.

Samples are draws, each with the concepts it covers; `counts` maps a concept to the number of samples that cover it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

UNSEEN_ENOUGH: Final = 0.05
AHEAD: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Novelty:
    """What more samples of the same kind would bring.

    `unseen` is the chance that the next mention is of a concept not yet covered, `ahead` the number of new concepts
    expected in the next 100 samples, `reachable` how many concepts this way of sampling would cover in the end, at
    least (infinitely many samples), and `enough` whether it is time to stop or to sample in another way.
    """

    unseen: float
    ahead: float
    reachable: float
    enough: bool


def novelty(counts: Mapping[str, int], *, samples: int, threshold: float = UNSEEN_ENOUGH) -> Novelty:
    """Return what more samples would bring; the stop rule is an unseen mass below `threshold`."""
    unseen = unseen_mass(counts)
    return Novelty(
        unseen=unseen,
        ahead=expected_new(counts, samples=samples, more=AHEAD),
        reachable=len(counts) + unseen_items(counts, samples=samples),
        enough=samples > 0 and unseen < threshold,
    )


def unseen_mass(counts: Mapping[str, int]) -> float:
    """Return the Good-Turing estimate of the unseen share, in Chao and Jost's form (2012): 0 to 1."""
    total = sum(counts.values())
    once, twice = _times(counts, 1), _times(counts, 2)
    if total == 0:
        return 1.0
    if once == 0:
        return 0.0
    if twice == 0:
        twice_term = (total - 1) * (once - 1) / ((total - 1) * (once - 1) + 2) if once > 1 and total > 1 else 1.0
        return min(1.0, once / total * twice_term)
    return once / total * (total - 1) * once / ((total - 1) * once + 2 * twice)


def unseen_items(counts: Mapping[str, int], *, samples: int) -> float:
    """Return Chao's lower bound (Chao2, 1987) on how many items were not seen, for draws of several items each."""
    once, twice = _times(counts, 1), _times(counts, 2)
    shrink = (samples - 1) / samples if samples else 0.0
    return shrink * (once * once / (2 * twice) if twice else once * (once - 1) / 2)


def expected_new(counts: Mapping[str, int], *, samples: int, more: int) -> float:
    """Return how many new items `more` samples are expected to bring (Colwell and others 2012, equation 18)."""
    missing, once = unseen_items(counts, samples=samples), _times(counts, 1)
    if missing <= 0 or not samples:
        return 0.0
    return missing * (1 - (1 - once / (samples * missing + once)) ** more)


def evenness(counts: Mapping[str, int]) -> float:
    """Return Pielou's J, entropy over its greatest possible value: 1 when all covered items are covered equally."""
    if len(counts) < 2:
        return 1.0 if counts else 0.0
    return min(1.0, _entropy(counts) / math.log(len(counts)))


def _entropy(counts: Mapping[str, int]) -> float:
    total = sum(counts.values())
    return -math.fsum(count / total * math.log(count / total) for count in counts.values())


def _times(counts: Mapping[str, int], times: int) -> int:
    return sum(count == times for count in counts.values())

"""How far a review is, and at what pace: what it cost and what it will still cost, in minutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from groundsmith.review_store import CHOICES, Decision
from verify.risk import Guarantee

ASSUMED_SECONDS = 40.0
PACE_OF, LEAST = 30, 3
LONGEST = 600.0
"""Seconds beyond which somebody went away from the row; such a time is not counted as pace."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a review is: rows in the pile, wanted, done and left; what was decided; time spent and expected, in minutes.

    `seconds_a_row` is the median of the reviewer's latest rows; `pace_from` says whose pace it is: own, everyone or assumed.
    `guarantee` is what the decisions so far would certify, None without any that counts.
    """

    pile: str
    name: str
    reviewer: str
    strategy: str
    blind: bool
    rows: int
    wanted: int
    done: int
    left: int
    accepted: int
    edited: int
    rejected: int
    disputed: int
    skipped: int
    minutes_spent: float
    minutes_left: float
    seconds_a_row: float
    pace_from: str
    labels: int
    drawn: int
    guarantee: Guarantee | None = None


def pace(events: Iterable[Decision], reviewer: str) -> tuple[float, str]:
    """Return the seconds a row takes and whose pace that is: own, everyone, or assumed; the median of the latest rows."""
    everyone = [each for each in events if each.kind in CHOICES and each.seconds is not None]
    own = [each for each in everyone if each.reviewer == reviewer]
    for known, whose in ((own, "own"), (everyone, "everyone")):
        times = [min(each.seconds or 0.0, LONGEST) for each in known[-PACE_OF:]]
        if len(times) >= LEAST:
            return median(times), whose
    return ASSUMED_SECONDS, "assumed"

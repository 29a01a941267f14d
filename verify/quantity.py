"""`Quantity`: a number with what it counts, and when two of them say the same.

"fourteen (14) days", "14 days" and "two weeks" are one quantity; "S$14,000" and "14 000 dollars" too. Working days are not
days, a month is not 30 days, and a bare number may be any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HOURS = {
    "second": 1 / 3600,
    "sec": 1 / 3600,
    "minute": 1 / 60,
    "min": 1 / 60,
    "hour": 1.0,
    "hr": 1.0,
    "day": 24.0,
    "night": 24.0,
}
HOURS |= {"week": 168.0, "fortnight": 336.0}
MONTHLY = {"month": 1.0, "quarter": 3.0, "year": 12.0, "yr": 12.0, "decade": 120.0}


class Kind(StrEnum):
    """What a quantity measures."""

    NUMBER = "number"
    AMOUNT = "amount"
    PERCENT = "percentage"
    DURATION = "period"
    DATE = "date"
    TIME = "time"
    AGE = "age"
    FREQUENCY = "frequency"
    ORDINAL = "ordinal"
    REFERENCE = "reference"


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number in a text and what it counts.

    `value` is in the base of `unit`: durations in hours, working days or months, times in minutes after midnight, ages
    in years, percentages of 100. `day` is (year, month, day), None where not said. `name` is the identifier of a
    reference, `noun` the word after a bare number. `loose` marks what matches but asks for no match ("a year",
    "one of"). `start` and `end` are offsets.
    """

    kind: Kind
    value: float = 0.0
    unit: str = ""
    text: str
    start: int
    end: int
    day: tuple[int | None, int | None, int | None] | None = None
    name: str = ""
    noun: str = ""
    loose: bool = False


def same(claimed: Quantity, found: Quantity) -> bool:
    """Return whether `found` says what `claimed` says; a bare number agrees with any kind of the same value."""
    if claimed.kind is Kind.REFERENCE or found.kind is Kind.REFERENCE:
        return claimed.kind is found.kind and claimed.name == found.name
    if claimed.day is not None and found.day is not None:
        return _same_day(claimed.day, found.day)
    if claimed.day is not None or found.day is not None:
        return _year_number(claimed) == _year_number(found) is not None
    if claimed.kind is found.kind:
        return _close(claimed.value, found.value) and _same_unit(claimed, found)
    if found.kind is Kind.NUMBER and (found.noun or claimed.kind is Kind.PERCENT):
        return False
    return _across(claimed, found) or _across(found, claimed)


def _year_number(quantity: Quantity) -> float | None:
    if quantity.day is not None:
        return float(quantity.day[0]) if quantity.day[0] and not quantity.day[1] else None
    return quantity.value if quantity.kind is Kind.NUMBER else None


def _across(one: Quantity, other: Quantity) -> bool:
    """Agreement of different kinds: a bare number with anything, an age with years, "every year" with "a year"."""
    if one.kind is Kind.FREQUENCY:
        return other.kind is Kind.DURATION and one.unit == other.unit and _close(one.value, other.value)
    if one.kind is Kind.NUMBER and not one.unit:
        if other.kind in {Kind.DURATION, Kind.FREQUENCY}:
            return any(_close(one.value * factor, other.value) for factor in _factors(other))
        return other.kind not in {Kind.ORDINAL, Kind.TIME} and _close(one.value, other.value)
    return (
        one.kind is Kind.AGE
        and other.kind is Kind.DURATION
        and other.unit == "month"
        and _close(one.value * 12, other.value)
    )


def _factors(quantity: Quantity) -> tuple[float, ...]:
    units = MONTHLY if quantity.unit == "month" else HOURS if quantity.unit == "hour" else {"": 1.0}
    return tuple(units[name] for name in units if not name or name in quantity.text.lower())


def _same_unit(one: Quantity, other: Quantity) -> bool:
    if one.kind is Kind.AMOUNT and "$" in {one.unit, other.unit}:
        return {one.unit, other.unit} <= {"$", "usd", "sgd", "aud", "cad", "hkd", "nzd"}
    return one.unit == other.unit or (one.kind is Kind.NUMBER and not (one.unit and other.unit))


def _same_day(one: tuple[int | None, int | None, int | None], other: tuple[int | None, int | None, int | None]) -> bool:
    """Whether two dates agree in all that both say, and `other` says the day and month that `one` says."""
    return all(a is None or a == b or (i == 0 and b is None) for i, (a, b) in enumerate(zip(one, other, strict=True)))


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * max(1.0, abs(one), abs(other))

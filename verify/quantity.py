"""`Quantity`: a number with what it counts, read from text: amounts, percentages, dates, times, ages, durations, ordinals.

"fourteen (14) days", "14 days" and "two weeks" are one quantity; "S$14,000" and "14 000 dollars" too. Working days are not
days, a month is not 30 days, and a bare number may be any of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

_UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = (
    {word: float(i) for i, word in enumerate(_UNITS.split(), 1)}
    | {word: 10.0 * i for i, word in enumerate(_TENS.split(), 2)}
    | {"zero": 0.0, "dozen": 12.0}
)
_SCALE = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9}
_MONTHS = {
    name: i // 2 + 1
    for i, name in enumerate(
        "january jan february feb march mar april apr may may june jun july jul august aug september sept october oct november nov"
        " december dec".split()
    )
} | {"sep": 9}
_ORDINALS = {
    word: i
    for i, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth".split(),
        1,
    )
}
_FRACTIONS = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fourth": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10}
_HOURS = {
    "second": 1 / 3600,
    "sec": 1 / 3600,
    "minute": 1 / 60,
    "min": 1 / 60,
    "hour": 1.0,
    "hr": 1.0,
    "day": 24.0,
    "night": 24.0,
}
_HOURS |= {"week": 168.0, "fortnight": 336.0}
_MONTHLY = {"month": 1.0, "quarter": 3.0, "year": 12.0, "yr": 12.0, "decade": 120.0}
_MEASURES = {
    "kilometre": "km", "kilometer": "km", "km": "km", "metre": "m", "meter": "m", "mile": "mile", "foot": "ft", "feet": "ft", "ft": "ft",
    "inch": "in", "inches": "in", "centimetre": "cm", "centimeter": "cm", "cm": "cm", "kilogram": "kg", "kg": "kg", "gram": "g",
    "acre": "acre", "hectare": "ha", "litre": "l", "liter": "l", "gallon": "gal", "mph": "mph", "degree": "degree",
    "sqft": "ft2", "sqm": "m2",
}  # fmt: skip

_ONES = "|".join(sorted([*_SMALL, "hundred", "thousand", "million", "billion"], key=len, reverse=True))
_WORDS = rf"(?:(?:{_ONES})\b(?:(?:[ -]|\ and\ )(?=(?:{_ONES})\b))?)+"
_DIGITS = r"(?<![\d.,])(?:\d{1,3}(?:[, \u00a0\u202f]\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_NUMBER = rf"(?:{_DIGITS}(?:\s?(?:thousand|million|billion|bn|mn|k|m)\b)?|{_WORDS})"
_AGAIN = r"(?:\s*\(\s*[\d,.]+\s*%?\s*\))?"
_MONTH = r"(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_TIME_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|fortnights?|months?|quarters?|years?|yrs?|decades?)\b"
_KIND_OF_DAY = (
    r"(?:(calendar|business|working|work|weekday|consecutive|school|clear|full|whole|lunar|fiscal|financial)[\s-]+)?"
)
_SYMBOL = r"(?:(?:US|S|SG|A|AU|C|CA|HK|NZ)?\$|€|£|¥|₹|RM|(?:USD|SGD|EUR|GBP|AUD|CAD|HKD|JPY|INR|CHF|NZD|MYR)\b)"
_CURRENCY_WORD = r"(?:(?:US|Singapore|Australian|Canadian|Hong Kong)\s+)?(?:dollars?|euros?|pounds?(?:\s+sterling)?|cents?|yen|rupees?|francs?|USD|SGD|EUR|GBP|AUD|CAD)\b"
_REFERENCE_WORD = (
    r"(?:(?:sub)?sections?|secs?\.|§+|articles?|art\.|rules?|regulations?|reg\.|clauses?|(?:sub)?paragraphs?|paras?\.?|parts?|chapters?"
    r"|schedules?|annex(?:es)?|appendix|appendices|forms?|tables?|titles?|steps?|figures?|lines?|box(?:es)?|pages?)"
)
_REFERENCE_ID = r"(?-i:(?:[A-Z]{1,3}-?)?\d[\w.:–-]*(?:\(\w{1,5}\))*|[IVXLC]+\b(?:\(\w{1,5}\))*|[A-Z]\b(?:\(\w{1,5}\))*|\(\w{1,4}\)(?:\(\w{1,5}\))*)"


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
    reference, `noun` the word after a bare number. `loose` marks what matches but asks for no match ("a year", "one of"). `start` and `end` are offsets.
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


_Reader = Callable[[re.Match[str]], "Quantity | None"]


def number(text: str) -> float | None:
    """Return the value of digits or number words ("14 000", "1.5 million", "twenty-five"), or None."""
    cleaned = re.sub(r"(?<=\d)[,\s\u00a0\u202f](?=\d{3})", "", text.strip().lower())
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s?([a-z]+)?", cleaned)
    if found:
        scale = _SCALE.get(found[2] or "", 1.0 if not found[2] else None)
        return None if scale is None else float(found[1]) * scale
    return _spelled(re.split(r"[\s-]+", cleaned))


def _spelled(parts: list[str]) -> float | None:
    total = current = 0.0
    for part in parts:
        if part == "and":
            continue
        if part in _SMALL:
            current += _SMALL[part]
        elif part == "hundred":
            current = (current or 1.0) * 100
        elif part in _SCALE and len(part) > 2:
            total, current = total + (current or 1.0) * _SCALE[part], 0.0
        else:
            return None
    return total + current


def _value(text: str) -> float:
    found = number(text)
    return found if found is not None else float("nan")


def _made(found: re.Match[str], kind: Kind, **fields: object) -> Quantity:
    return Quantity(kind=kind, text=found[0].strip(), start=found.start(), end=found.end(), **fields)  # type: ignore[arg-type]


def _reference(found: re.Match[str]) -> Quantity:
    return _made(found, Kind.REFERENCE, name=found["id"].lower().rstrip(".:-–"))


def _date(found: re.Match[str]) -> Quantity | None:
    parts = found.groupdict()
    month_text = (parts.get("month") or "").lower().rstrip(".")
    month = int(month_text) if month_text.isdigit() else _MONTHS.get(month_text)
    if month_text == "may" and "May" not in found[0]:
        return None
    day = int(parts["day"]) if parts.get("day") else None
    year = int(parts["year"]) if parts.get("year") else None
    if (month and not 1 <= month <= 12) or (day and not 1 <= day <= 31):
        return None
    return _made(found, Kind.DATE, day=(year, month, day))


def _year(found: re.Match[str]) -> Quantity:
    return _made(found, Kind.DATE, day=(int(found["year"]), None, None))


def _time(found: re.Match[str]) -> Quantity | None:
    word = found.groupdict().get("word")
    if word:
        return _made(found, Kind.TIME, value=720.0 if word.lower() in {"noon", "midday"} else 0.0)
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = (found["half"] or "").lower().replace(".", "")
    if hour > 24 or minute > 59:
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return _made(found, Kind.TIME, value=hour * 60.0 + minute)


def _amount(found: re.Match[str]) -> Quantity:
    mark = (found["mark"] or found["word"] or "").lower()
    value = _value(found["value"] or found["value2"])
    if mark.startswith("cent"):
        value /= 100
    return _made(found, Kind.AMOUNT, value=value, unit=_currency(mark))


def _currency(mark: str) -> str:
    """The code of a currency; a plain dollar is "$", which any dollar matches."""
    codes = {
        "€": "eur",
        "£": "gbp",
        "¥": "jpy",
        "₹": "inr",
        "rm": "myr",
        "us$": "usd",
        "s$": "sgd",
        "sg$": "sgd",
        "a$": "aud",
    }
    codes |= {"au$": "aud", "c$": "cad", "ca$": "cad", "hk$": "hkd", "nz$": "nzd", "$": "$"}
    if mark in codes:
        return codes[mark]
    names = {
        "us": "usd",
        "singapore": "sgd",
        "australian": "aud",
        "canadian": "cad",
        "hong": "hkd",
        "dollar": "$",
        "cent": "$",
    }
    names |= {"euro": "eur", "pound": "gbp", "yen": "jpy", "rupee": "inr", "franc": "chf"}
    first = mark.split()[0]
    return names.get(first, names.get(first.removesuffix("s"), first[:3]))


def _percent(found: re.Match[str]) -> Quantity:
    return _made(found, Kind.PERCENT, value=_value(found["value"]))


def _fraction(found: re.Match[str]) -> Quantity:
    low = found[0].lower()
    top = _SMALL.get(re.split(r"[\s-]", low)[0], 1.0)
    part = next(share for name, share in _FRACTIONS.items() if name in low)
    return _made(found, Kind.PERCENT, value=100 * top * part)


def _age(found: re.Match[str]) -> Quantity:
    return _made(found, Kind.AGE, value=_value(found["value"]), unit="year")


_ADVERBS = {
    "hourly": (1.0, "hour"), "daily": (24.0, "hour"), "nightly": (24.0, "hour"), "weekly": (168.0, "hour"), "fortnightly": (336.0, "hour"),
    "biweekly": (336.0, "hour"), "monthly": (1.0, "month"), "bimonthly": (2.0, "month"), "quarterly": (3.0, "month"),
    "semiannual": (6.0, "month"), "semi-annual": (6.0, "month"), "semiannually": (6.0, "month"), "semi-annually": (6.0, "month"),
    "half-yearly": (6.0, "month"), "yearly": (12.0, "month"), "annual": (12.0, "month"), "annually": (12.0, "month"), "per annum": (12.0, "month"),
    "biennial": (24.0, "month"), "biennially": (24.0, "month"),
}  # fmt: skip


def _adverb(found: re.Match[str]) -> Quantity:
    value, unit = _ADVERBS[found[0].lower()]
    return _made(found, Kind.FREQUENCY, value=value, unit=unit, loose=True)


def _free(found: re.Match[str]) -> Quantity:
    return _made(found, Kind.AMOUNT, value=0.0, unit="$", loose=True)


def _every(found: re.Match[str]) -> Quantity | None:
    inner = _duration(found)
    return None if inner is None else replace(inner, kind=Kind.FREQUENCY)


def _duration(found: re.Match[str]) -> Quantity | None:
    unit = found["unit"].lower().removesuffix("s")
    sort = (found["sort"] or "").lower()
    given = found["value"].lower()
    value = (
        1.0
        if given in {"a", "an", "per", "each", "every"}
        else 0.5
        if given.startswith("half")
        else _value(found["value"])
    )
    loose = given in {"a", "an", "per", "each", "every"}
    if unit == "second" and loose and given != "per":
        return None
    kind = Kind.FREQUENCY if given in {"per", "each", "every"} else Kind.DURATION
    if unit in _MONTHLY:
        return _made(found, kind, value=value * _MONTHLY[unit], unit="month", loose=loose)
    if unit == "day" and sort in {"business", "working", "work", "weekday"}:
        return _made(found, kind, value=value, unit="working day", loose=loose)
    return _made(found, kind, value=value * _HOURS[unit], unit="hour", loose=loose)


def _measure(found: re.Match[str]) -> Quantity:
    unit = re.sub(r"\s+", " ", found["unit"].lower().rstrip("."))
    area = "2" if found["area"] else ""
    base = (
        _MEASURES.get(unit) or _MEASURES.get(unit.removesuffix("s")) or _MEASURES.get(unit.removesuffix("es")) or unit
    )
    return _made(found, Kind.NUMBER, value=_value(found["value"]), unit=base + area)


def _ordinal(found: re.Match[str]) -> Quantity:
    text = found[0].lower()
    value = _ORDINALS.get(text) or int(re.sub(r"\D", "", text))
    return _made(found, Kind.ORDINAL, value=float(value), loose=text == "first")


def _plain(found: re.Match[str]) -> Quantity | None:
    value = number(found["value"])
    if value is None:
        return None
    noun = (found["noun"] or "").lower()
    return replace(
        _made(found, Kind.NUMBER, value=value, noun="" if noun in _NO_NOUN else noun, loose=found[0].lower() == "one"),
        text=found["value"],
        end=found.end("value"),
    )


_NO_NOUN = frozenset(
    "and are the for from per but not who that which may must shall can will with was were has have than each nor".split()
)


def _times(found: re.Match[str]) -> Quantity:
    return _made(found, Kind.NUMBER, value={"once": 1.0, "twice": 2.0, "thrice": 3.0}[found[0].lower()], unit="time")


def _compiled(pattern: str, reader: _Reader) -> tuple[re.Pattern[str], _Reader]:
    return re.compile(pattern, re.IGNORECASE), reader


_YEAR4 = r"(?P<year>(?:1[5-9]|20|21)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_M = rf"(?P<month>{_MONTH})"
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    _compiled(rf"(?<![\w-]){_YEAR4}-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])", _date),
    _compiled(rf"\b{_DAY}(?:\s+day)?(?:\s+of)?[\s-]+{_M}(?:,?[\s-]+{_YEAR4}\b)?", _date),
    _compiled(rf"\b{_M}\s+{_DAY}\b(?!\s*(?:%|per\s?cent|days|people))(?:,?\s+{_YEAR4}\b)?", _date),
    _compiled(rf"\b{_M},?\s+{_YEAR4}\b", _date),
    _compiled(rf"(?<![\w/]){_DAY}/(?P<month>\d{{1,2}})/{_YEAR4}(?![\w/])", _date),
    _compiled(rf"(?:\b{_REFERENCE_WORD}|§)\s*(?:no\.?\s*)?(?P<id>{_REFERENCE_ID})", _reference),
    _compiled(r"(?<![\w.$€£-])(?P<id>\d+[a-z]?[-–]\d+\.\d[\w.()-]*|\d+(?:-\d+){2,}|\d+(?:\.\d+){2,})", _reference),
    _compiled(r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s?(?P<half>a\.?m\.?|p\.?m\.?)(?![a-z])", _time),
    _compiled(r"\b(?P<hour>\d{1,2}):(?P<minute>\d\d)(?P<half>)\b", _time),
    _compiled(r"\b(?P<word>noon|midday|midnight)\b", _time),
    _compiled(
        rf"(?:(?P<mark>{_SYMBOL})\s?(?P<value>{_DIGITS}(?:\s?(?:thousand|million|billion|bn|mn|k|m)\b)?)(?:\s(?:dollars|USD|SGD)\b)?"
        rf"|(?P<value2>{_NUMBER}){_AGAIN}\s?(?P<word>{_CURRENCY_WORD}|€|£))",
        _amount,
    ),
    _compiled(rf"(?P<value>{_NUMBER}){_AGAIN}\s?(?:%|(?:percent|per\s+cent|percentage\s+points?|pct)\b)", _percent),
    _compiled(
        r"\b(?:one|two|three|four|a)?[\s-]?(?:half|thirds?|quarters?|fourths?|fifths?|tenths?)\s+(?:of|the)\b",
        _fraction,
    ),
    _compiled(rf"(?P<value>{_NUMBER}){_AGAIN}[\s-]?years?(?:[\s-]+old\b|\s+of\s+age\b)", _age),
    _compiled(
        rf"\b(?:aged?|ages|age\s+of)\s+(?:between\s+|over\s+|under\s+|at\s+least\s+)?(?P<value>{_NUMBER})\b(?!\s*%)",
        _age,
    ),
    _compiled(
        rf"\b(?:every|each)\s+(?P<value>{_NUMBER}){_AGAIN}[\s-]+{_KIND_OF_DAY.replace('(calendar', '(?P<sort>calendar')}"
        rf"(?P<unit>{_TIME_UNIT})",
        _every,
    ),
    _compiled(r"\b(?:" + "|".join(sorted(_ADVERBS, key=len, reverse=True)) + r")\b", _adverb),
    _compiled(r"\b(?:free\s+of\s+charge|no\s+(?:charge|fee|cost)|(?:is|are)\s+free)\b(?!\s+(?:to|from)\b)", _free),
    _compiled(
        rf"(?P<value>{_NUMBER}|\b(?:an?|per|each|every)\b|\bhalf\s+an?\b){_AGAIN}[\s-]+{_KIND_OF_DAY.replace('(calendar', '(?P<sort>calendar')}"
        rf"(?P<unit>{_TIME_UNIT})",
        _duration,
    ),
    _compiled(
        rf"(?P<value>{_NUMBER}){_AGAIN}[\s-]?(?P<area>(?:square|sq\.?)[\s-]+)?"
        rf"(?P<unit>(?:{'|'.join(sorted(_MEASURES, key=len, reverse=True))})(?:e?s)?)\b",
        _measure,
    ),
    _compiled(r"\b(?:" + "|".join(_ORDINALS) + r"|\d+(?:st|nd|rd|th))\b", _ordinal),
    _compiled(r"\b(?:once|twice|thrice)\b", _times),
    _compiled(rf"(?<![\w.,$€£/-]){_YEAR4}(?![\w%,]\d|[\w%-])", _year),
    _compiled(rf"(?<![\w$€£/-])(?P<value>{_NUMBER})(?![\w%])(?=(?:[\s-]+(?P<noun>[a-z]{{3,}}))?)", _plain),
)
_MARKER = re.compile(r"(?:(?<=\n)|^)\s*(?:\(?\d{1,2}[.)]|\d+(?:\.\d+)+\.?)\s+(?=\S)|(?<=[\s;])\(\d{1,2}\)(?=\s)")
_RANGE = re.compile(rf"(?P<low>{_NUMBER})(?:\s?[-–—]\s?|\s+(?:to|and|or)\s+)$", re.IGNORECASE)


def quantities(text: str) -> list[Quantity]:
    """Return the quantities of `text` in order, none overlapping; list markers are no quantities."""
    taken = bytearray(len(text))
    found: list[Quantity] = []
    for quantity in _read(text, taken):
        found.append(quantity)
    found.sort(key=lambda quantity: quantity.start)
    return _with_ranges(text, found)


def _read(text: str, taken: bytearray) -> Iterator[Quantity]:
    for marker in _MARKER.finditer(text):
        spelled = re.search(rf"\b(?:{_ONES})\s*$", text[: marker.start()], re.IGNORECASE)
        if not spelled:
            taken[marker.start() : marker.end()] = b"\x01" * (marker.end() - marker.start())
    for pattern, reader in _READERS:
        for found in pattern.finditer(text):
            if any(taken[found.start() : found.end()]):
                continue
            quantity = reader(found)
            if quantity is not None and quantity.value == quantity.value:  # noqa: PLR0124 - not a number is not equal to itself
                taken[found.start() : found.end()] = b"\x01" * (found.end() - found.start())
                yield quantity


def _with_ranges(text: str, found: list[Quantity]) -> list[Quantity]:
    """Give the first number of a range ("5 to 10 days", "$500-$700") the unit of the second."""
    for i, (first, second) in enumerate(zip(found, found[1:], strict=False)):
        between = text[first.end : second.start].strip().lower()
        if first.kind is not Kind.NUMBER or first.unit or between not in {"to", "and", "or", "-", "–", "—"}:
            continue
        if second.kind is Kind.DURATION:
            whole = _value(re.split(r"[\s(-]+(?=[a-z(])", second.text.lower())[0])
            factor = second.value / whole if whole else float("nan")
            if factor == factor:  # noqa: PLR0124
                found[i] = replace(first, kind=second.kind, unit=second.unit, value=first.value * factor, loose=False)
        elif second.kind in {Kind.AMOUNT, Kind.PERCENT, Kind.AGE} or second.unit:
            found[i] = replace(first, kind=second.kind, unit=second.unit, loose=False)
    return found


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
    units = _MONTHLY if quantity.unit == "month" else _HOURS if quantity.unit == "hour" else {"": 1.0}
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

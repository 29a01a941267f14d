"""Reads quantities from text: amounts, percentages, dates, times, ages, periods, frequencies, ordinals, references, numbers.

Patterns are tried from the most specific to the plainest; what one has taken, the next passes over. Each has a cheap hint
without which it is not tried, since most sentences hold no figure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from verify.numeral import AGAIN, DIGITS, HINT, NUMBER, ONES, SMALL, number
from verify.quantity import HOURS, MONTHLY, Kind, Quantity

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
_MEASURES = {
    "kilometre": "km", "kilometer": "km", "km": "km", "metre": "m", "meter": "m", "mile": "mile", "foot": "ft", "feet": "ft", "ft": "ft",
    "inch": "in", "inches": "in", "centimetre": "cm", "centimeter": "cm", "cm": "cm", "kilogram": "kg", "kg": "kg", "gram": "g",
    "acre": "acre", "hectare": "ha", "litre": "l", "liter": "l", "gallon": "gal", "mph": "mph", "degree": "degree",
    "sqft": "ft2", "sqm": "m2",
}  # fmt: skip

_MONTH = r"(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_TIME_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|fortnights?|months?|quarters?|years?|yrs?|decades?)\b"
_KIND_OF_DAY = r"(?:(?P<sort>calendar|business|working|work|weekday|consecutive|school|clear|full|whole|lunar|fiscal|financial)[\s-]+)?"
_SYMBOL = r"(?:(?:US|S|SG|A|AU|C|CA|HK|NZ)?\$|€|£|¥|₹|RM|(?:USD|SGD|EUR|GBP|AUD|CAD|HKD|JPY|INR|CHF|NZD|MYR)\b)"
_CURRENCY_WORD = (
    r"(?:(?:US|Singapore|Australian|Canadian|Hong Kong)\s+)?(?:dollars?|euros?|pounds?(?:\s+sterling)?"
    r"|cents?|yen|rupees?|francs?|USD|SGD|EUR|GBP|AUD|CAD)\b"
)
_REFERENCE_WORD = (
    r"(?:(?:sub)?sections?|secs?\.|§+|articles?|art\.|rules?|regulations?|reg\.|clauses?|(?:sub)?paragraphs?|paras?\.?|parts?|chapters?"
    r"|schedules?|annex(?:es)?|appendix|appendices|forms?|tables?|titles?|steps?|figures?|lines?|box(?:es)?|pages?)"
)
_REFERENCE_HINT = (
    r"§|sec|art|rule|reg|clause|para|part|chap|sched|annex|append|form|table|title|step|figure|line|box|page"
)
_REFERENCE_ID = (
    r"(?-i:(?:[A-Z]{1,3}-?)?\d[\w.:–-]*(?:\(\w{1,5}\))*|[IVXLC]+\b(?:\(\w{1,5}\))*|[A-Z]\b(?:\(\w{1,5}\))*"
    r"|\(\w{1,4}\)(?:\(\w{1,5}\))*)"
)

_Reader = Callable[[re.Match[str]], "Quantity | None"]


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
    top = SMALL.get(re.split(r"[\s-]", low)[0], 1.0)
    part = next(share for name, share in _FRACTIONS.items() if name in low)
    return _made(found, Kind.PERCENT, value=100 * top * part)


def _age(found: re.Match[str]) -> Quantity:
    made = _made(found, Kind.AGE, value=_value(found["value"]), unit="year")
    start = found.start("value")
    return replace(made, start=start, text=found[0][start - found.start() :])


_ADVERBS = {
    "hourly": (1.0, "hour"), "daily": (24.0, "hour"), "nightly": (24.0, "hour"), "weekly": (168.0, "hour"), "fortnightly": (336.0, "hour"),
    "biweekly": (336.0, "hour"), "monthly": (1.0, "month"), "bimonthly": (2.0, "month"), "quarterly": (3.0, "month"),
    "semiannual": (6.0, "month"), "semi-annual": (6.0, "month"), "semiannually": (6.0, "month"), "semi-annually": (6.0, "month"),
    "half-yearly": (6.0, "month"), "yearly": (12.0, "month"), "annual": (12.0, "month"),
    "annually": (12.0, "month"), "per annum": (12.0, "month"),
    "biennial": (24.0, "month"), "biennially": (24.0, "month"),
}  # fmt: skip


def _adverb(found: re.Match[str]) -> Quantity:
    value, unit = _ADVERBS[found[0].lower()]
    return _made(found, Kind.FREQUENCY, value=value, unit=unit, loose=True)


def _often(found: re.Match[str]) -> Quantity | None:
    """How often: "twice a year" is every six months."""
    times = _TIMES[found["times"].lower()] if found["times"] else _value(found["value"])
    unit = found["unit"].lower()
    period, base = (MONTHLY[unit], "month") if unit in MONTHLY else (HOURS[unit], "hour")
    return _made(found, Kind.FREQUENCY, value=period / times, unit=base) if times else None


def _monthly(found: re.Match[str]) -> Quantity:
    """How often: "six-monthly" is every six months."""
    unit = found["unit"].lower()
    value, base = (MONTHLY[unit], "month") if unit in MONTHLY else (HOURS[unit], "hour")
    return _made(found, Kind.FREQUENCY, value=_value(found["value"]) * value, unit=base)


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
    if unit in MONTHLY:
        return _made(found, kind, value=value * MONTHLY[unit], unit="month", loose=loose)
    if unit == "day" and sort in {"business", "working", "work", "weekday"}:
        return _made(found, kind, value=value, unit="working day", loose=loose)
    return _made(found, kind, value=value * HOURS[unit], unit="hour", loose=loose)


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
    return _made(found, Kind.NUMBER, value=_TIMES[found[0].lower()], unit="time")


_TIMES = {"once": 1.0, "twice": 2.0, "thrice": 3.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pattern:
    """An expression, what makes a quantity of its match, and the hint without which it is not tried."""

    hint: re.Pattern[str]
    expression: re.Pattern[str]
    reader: _Reader


def _compiled(hint: str | re.Pattern[str], pattern: str, reader: _Reader) -> _Pattern:
    hint = re.compile(hint, re.IGNORECASE) if isinstance(hint, str) else hint
    return _Pattern(hint=hint, expression=re.compile(pattern, re.IGNORECASE), reader=reader)


_YEAR4 = r"(?P<year>(?:1[5-9]|20|21)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_M = rf"(?P<month>{_MONTH})"
_PATTERNS: tuple[_Pattern, ...] = (
    _compiled(r"\d", rf"(?<![\w-]){_YEAR4}-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])", _date),
    _compiled(r"\d", rf"\b{_DAY}(?:\s+day)?(?:\s+of)?[\s-]+{_M}(?:,?[\s-]+{_YEAR4}\b)?", _date),
    _compiled(r"\d", rf"\b{_M}\s+{_DAY}\b(?!\s*(?:%|per\s?cent|days|people))(?:,?\s+{_YEAR4}\b)?", _date),
    _compiled(r"\d", rf"\b{_M},?\s+{_YEAR4}\b", _date),
    _compiled(r"\d/", rf"(?<![\w/]){_DAY}/(?P<month>\d{{1,2}})/{_YEAR4}(?![\w/])", _date),
    _compiled(_REFERENCE_HINT, rf"(?:\b{_REFERENCE_WORD}|§)\s*(?:no\.?\s*)?(?P<id>{_REFERENCE_ID})", _reference),
    _compiled(
        r"\d", r"(?<![\w.$€£-])(?P<id>\d+[a-z]?[-–]\d+\.\d[\w.()-]*|\d+(?:-\d+){2,}|\d+(?:\.\d+){2,})", _reference
    ),
    _compiled(r"\d", r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s?(?P<half>a\.?m\.?|p\.?m\.?)(?![a-z])", _time),
    _compiled(r"\d:", r"\b(?P<hour>\d{1,2}):(?P<minute>\d\d)(?P<half>)\b", _time),
    _compiled(r"noon|mid", r"\b(?P<word>noon|midday|midnight)\b", _time),
    _compiled(
        r"[$€£¥₹]|dollar|euro|pound|cent|yen|rupee|franc|\b(?:USD|SGD|EUR|GBP|AUD|CAD|HKD|JPY|INR|CHF|NZD|MYR|RM)",
        rf"(?:(?P<mark>{_SYMBOL})\s?(?P<value>{DIGITS}(?:\s?(?:thousand|million|billion|bn|mn|k|m)\b)?)(?:\s(?:dollars|USD|SGD)\b)?"
        rf"|(?P<value2>{NUMBER}){AGAIN}\s?(?P<word>{_CURRENCY_WORD}|€|£))",
        _amount,
    ),
    _compiled(
        r"%|per|pct", rf"(?P<value>{NUMBER}){AGAIN}\s?(?:%|(?:percent|per\s+cent|percentage\s+points?|pct)\b)", _percent
    ),
    _compiled(
        r"half|third|quarter|fourth|fifth|tenth",
        r"\b(?:one|two|three|four|a)?[\s-]?(?:half|thirds?|quarters?|fourths?|fifths?|tenths?)\s+(?:of|the)\b",
        _fraction,
    ),
    _compiled(r"\byears?\b", rf"(?P<value>{NUMBER}){AGAIN}[\s-]?years?(?:[\s-]+old\b|\s+of\s+age\b)", _age),
    _compiled(
        r"\bage",
        rf"\b(?:aged?|ages|age\s+of)\s+(?:between\s+|over\s+|under\s+|at\s+least\s+)?(?P<value>{NUMBER})\b(?!\s*%)",
        _age,
    ),
    _compiled(
        r"once|twice|thrice|times",
        rf"\b(?:(?P<times>once|twice|thrice)|(?P<value>{NUMBER})\s+times)\s+(?:an?|per|each|every|in\s+each|in\s+every)\s+(?:calendar\s+)?"
        r"(?P<unit>day|week|month|quarter|year)\b",
        _often,
    ),
    _compiled(
        r"every|each",
        rf"\b(?:every|each)\s+(?P<value>{NUMBER}){AGAIN}[\s-]+{_KIND_OF_DAY}"
        rf"(?P<unit>{_TIME_UNIT})",
        _every,
    ),
    _compiled(
        r"(?:month|week|year|hour)ly\b",
        rf"(?P<value>{NUMBER})[\s\-‐‑–]+(?P<unit>month|week|year|hour)ly\b",
        _monthly,
    ),
    _compiled(r"ly\b|annu|biennial", r"\b(?:" + "|".join(sorted(_ADVERBS, key=len, reverse=True)) + r")\b", _adverb),
    _compiled(
        r"free|no (?:charge|fee|cost)",
        r"\b(?:free\s+of\s+charge|no\s+(?:charge|fee|cost)|(?:is|are)\s+free)\b(?!\s+(?:to|from)\b)",
        _free,
    ),
    _compiled(
        _TIME_UNIT,
        rf"(?P<value>{NUMBER}|\b(?:an?|per|each|every)\b|\bhalf\s+an?\b){AGAIN}[\s-]+{_KIND_OF_DAY}"
        rf"(?P<unit>{_TIME_UNIT})",
        _duration,
    ),
    _compiled(
        HINT,
        rf"(?P<value>{NUMBER}){AGAIN}[\s-]?(?P<area>(?:square|sq\.?)[\s-]+)?"
        rf"(?P<unit>(?:{'|'.join(sorted(_MEASURES, key=len, reverse=True))})(?:e?s)?)\b",
        _measure,
    ),
    _compiled(
        r"\d(?:st|nd|rd|th)|first|second|third|th\b",
        r"\b(?:" + "|".join(_ORDINALS) + r"|\d+(?:st|nd|rd|th))\b",
        _ordinal,
    ),
    _compiled(
        r"once|twice|thrice",
        r"\b(?:once(?!\s+(?:every|per|each|an?|the|this|that|these|those|it|they|he|she|you|we|all|any|such|its|their|his|her|\w+ed)\b)"
        r"|twice|thrice)\b",
        _times,
    ),
    _compiled(r"\d{4}", rf"(?<![\w.,$€£/-]){_YEAR4}(?![\w%,]\d|[\w%-])", _year),
    _compiled(HINT, rf"(?<![\w$€£/-])(?P<value>{NUMBER})(?![\w%])(?=(?:[\s-]+(?P<noun>[a-z]{{3,}}))?)", _plain),
)
_MARKER = re.compile(r"(?:(?<=\n)|^)\s*(?:\(?\d{1,2}[.)]|\d+(?:\.\d+)+\.?)\s+(?=\S)|(?<=[\s;])\(\d{1,2}\)(?=\s)")
_SPELLED = re.compile(rf"\b(?:{ONES})\s*$", re.IGNORECASE)


@lru_cache(maxsize=32_768)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of `text` in order, none overlapping; list markers are no quantities."""
    found = sorted(_read(text), key=lambda quantity: quantity.start)
    return tuple(_with_ranges(text, found))


def _read(text: str) -> Iterator[Quantity]:
    taken = bytearray(len(text))
    for marker in _MARKER.finditer(text):
        if not _SPELLED.search(text[max(0, marker.start() - 20) : marker.start()]):
            taken[marker.start() : marker.end()] = b"\x01" * (marker.end() - marker.start())
    for pattern in _PATTERNS:
        for found in pattern.expression.finditer(text) if pattern.hint.search(text) else ():
            if any(taken[found.start() : found.end()]):
                continue
            quantity = pattern.reader(found)
            if quantity is not None and not math.isnan(quantity.value):
                taken[found.start() : found.end()] = b"\x01" * (found.end() - found.start())
                yield quantity


def _with_ranges(text: str, found: list[Quantity]) -> list[Quantity]:
    """Give the first number of a range ("5 to 10 days", "$500-$700") the unit of the second."""
    for i, (first, second) in enumerate(list(pairwise(found))):
        between = text[first.end : second.start].strip().lower()
        if first.kind is not Kind.NUMBER or first.unit or between not in {"to", "and", "or", "-", "–", "—"}:
            continue
        if second.kind is Kind.DURATION:
            whole = _value(re.split(r"[\s(-]+(?=[a-z(])", second.text.lower())[0])
            factor = second.value / whole if whole else float("nan")
            if not math.isnan(factor):
                found[i] = replace(first, kind=second.kind, unit=second.unit, value=first.value * factor, loose=False)
        elif second.kind in {Kind.AMOUNT, Kind.PERCENT, Kind.AGE} or second.unit:
            found[i] = replace(first, kind=second.kind, unit=second.unit, loose=False)
    return found

"""Changes of figures: numbers, dates, amounts, percentages, periods, units and section numbers; each away from what is implied."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from changes.variant import Variant, put

_WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()  # noqa: E501
VALUES = {word: i for i, word in enumerate(_WORDS, 1)} | {
    "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
NUM = r"(?:\d{1,3}(?:,\d{3})+|\d+|" + "|".join(sorted(VALUES, key=len, reverse=True)) + ")"
TIME = r"(?:minute|hour|day|week|month|year)"
MONTHS = "January February March April May June July August September October November December".split()
_MONTH = "(?:" + "|".join(MONTHS) + ")"

DURATION = re.compile(
    rf"(?<![\w.,$§/–-])(?P<value>{NUM})(?P<again> \(\d+\))?(?P<gap>[ -])(?P<sort>(?:calendar|business"
    rf"|working|consecutive) )?(?P<unit>{TIME})(?P<s>s?)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(
    rf"(?<![\w.,$§/–-])(?<!ection )(?<!ppendix )(?<!able )(?<!igure )(?<!itle )(?<!hapter )(?<!evel"
    rf" )(?<!tep )(?P<value>{NUM})(?P<again> \(\d+\))?"
    rf" (?!\d|{TIME}|percent|per |of |or |and |to |to|U\.S|dollars)(?=(?:[a-z-]+ ){{0,2}}[a-z-]{{3,}}s\b)",
    re.IGNORECASE,
)
AMOUNT = re.compile(r"(?<!\()\$(?P<value>\d{1,3}(?:,\d{3})+|\d+)(?P<cents>\.\d\d)?(?! (?:million|billion))\b")
PERCENT = re.compile(rf"(?<![\w.,(])(?P<value>{NUM})(?P<mark> ?%| percent\b| per cent\b)(?: \(\d+%\))?", re.IGNORECASE)
DATE = re.compile(rf"\b(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?P<year>, \d{{4}})?(?!\d)")
MONTH_YEAR = re.compile(rf"\b(?P<month>{_MONTH}),? (?P<year>(?:19|20)\d\d)\b")
REFERENCE = re.compile(
    r"(?P<word>\b(?:[Ss]ection|[Ss]ubsection|[Pp]aragraph|[Ss]ubchapter|[Cc]hapter|[Tt]itle|[Aa]ppendix|[Tt]able|Sec\.|Directive|BOD|ED)|§+)"
    r" (?P<id>[A-Z0-9][\w.–-]*(?:\(\w{1,3}\))*|\(\w{1,3}\)(?:\(\w{1,3}\))*)"
)
LEVEL = re.compile(r"\b(?P<word>IAL|AAL|FAL|xAL|Level )(?P<id>[123])\b")
_BITS = re.compile(rf"(?P<value>{NUM})(?P<gap>[ -])(?P<unit>bits?|bytes?|characters|digits|pixels)\b", re.IGNORECASE)
_UNITS = ("minute", "hour", "day", "week", "month", "year")
_OTHER_BITS = {"bit": "byte", "bits": "bytes", "byte": "bit", "bytes": "bits", "characters": "words", "digits": "words"}

_MOST = re.compile(
    r"\b(?:within|not? (?:more|greater|later|longer) than|not(?: to)? exceed(?:ing)?|not be (?:more"
    r"|later) than|up to|at most|maximum of|less than|fewer than"
    r"|before|by|every|under|until|below)\b[^.;]{0,24}$",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"\b(?:at least|not? (?:less|fewer|earlier) than|minimum of|more than|exceed(?:s|ing)?|over|after"
    r"|older than|at intervals of)\b[^.;]{0,24}$",
    re.IGNORECASE,
)


def value_of(text: str) -> int:
    """Return the value of digits or a number word."""
    return VALUES.get(text.lower()) or int(text.replace(",", ""))


def written(value: int, like: str) -> str:
    """Return a number as `like` is written: in words where there is one, with commas, in digits."""
    if like.lower() in VALUES:
        return next((word for word, n in VALUES.items() if n == value), str(value))
    return f"{value:,}" if "," in like or value >= 10_000 else str(value)


def side(text: str, start: int) -> int:
    """Return -1 where a figure is an upper bound, 1 a lower bound, 0 neither: what implies it lies on the other side."""
    before = text[max(0, start - 60) : start]
    most, least = _MOST.search(before), _LEAST.search(before)
    if most and least:
        return -1 if most.start() >= least.start() else 1
    return -1 if most else 1 if least else 0


def _other(value: int, towards: int, rng: random.Random) -> int | None:
    """Another value, smaller for -1 and larger for 1; None where none is plausible."""
    up = [value * 2, value * 3, round(value * 1.5), value + 1, value + 5, value + 10]
    down = [value // 2, value // 3, value - 1, round(value * 0.75), value - 5]
    choices = up if towards > 0 else down if towards < 0 else up + down
    fit = sorted({each for each in choices if each > 0 and each != value})
    return rng.choice(fit) if fit else None


def _values(pattern: re.Pattern[str], text: str, rng: random.Random) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each match with another value for it."""
    for found in pattern.finditer(text):
        if found["value"].lower() == "one" and pattern is NUMBER:
            continue
        other = _other(value_of(found["value"]), side(text, found.start()), rng)
        if other is not None and (other > 1 or pattern is not NUMBER):
            yield found, written(other, found["value"])


def numbers(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with another count of things."""
    for found, other in _values(NUMBER, text, rng):
        yield Variant(text=put(text, found, f"{other} "))


def durations(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with another length of a period."""
    for found, other in _values(DURATION, text, rng):
        unit = found["unit"] + ("s" if found["gap"] == " " and other not in {"1", "one"} else "")
        unit = found["unit"] + found["s"] if found["gap"] == "-" else unit
        yield Variant(text=put(text, found, f"{other}{found['gap']}{found['sort'] or ''}{unit}"))


def amounts(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with another sum of money."""
    for found, other in _values(AMOUNT, text, rng):
        yield Variant(text=put(text, found, f"${other}{found['cents'] or ''}"))


def percentages(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with other percentages, of at most 100; several from one sentence, since few sentences have one."""
    for found in PERCENT.finditer(text):
        value, towards = value_of(found["value"]), side(text, found.start())
        near = (value - 1, value - 2, value - 5, value // 2, value + 1, value + 3, value + 5, value + 10, value * 2)
        for other in near:
            if 0 < other <= 100 and other != value and (other - value) * towards >= 0:
                yield Variant(text=put(text, found, f"{written(other, found['value'])}{found['mark']}"))


def dates(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with another day, month or year."""
    for found in DATE.finditer(text):
        towards = side(text, found.start())
        day, month = int(found["day"]), MONTHS.index(found["month"])
        days = [d for d in range(1, 29) if (d < day if towards < 0 else d > day if towards > 0 else d != day)]
        if days:
            yield Variant(text=put(text, found, f"{found['month']} {rng.choice(days)}{found['year'] or ''}"))
        months = [m for m in range(12) if (m < month if towards < 0 else m > month if towards > 0 else m != month)]
        if months:
            yield Variant(text=put(text, found, f"{MONTHS[rng.choice(months)]} {min(day, 28)}{found['year'] or ''}"))
        if found["year"]:
            year = int(found["year"][2:]) + (towards or rng.choice((-1, 1))) * rng.choice((1, 2, 3))
            yield Variant(text=put(text, found, f"{found['month']} {day}, {year}"))
    for found in MONTH_YEAR.finditer(text):
        year = int(found["year"]) + (side(text, found.start()) or rng.choice((-1, 1))) * rng.choice((1, 2))
        yield Variant(text=put(text, found, f"{found['month']} {year}"))


def units(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with another unit: days as months, dollars as euros, bits as bytes."""
    for found in DURATION.finditer(text):
        at, towards = _UNITS.index(found["unit"].lower()), side(text, found.start())
        others = _UNITS[:at] if towards < 0 else _UNITS[at + 1 :] if towards > 0 else _UNITS[:at] + _UNITS[at + 1 :]
        if others:
            head = f"{found['value']}{found['again'] or ''}{found['gap']}"
            yield Variant(text=put(text, found, f"{head}{rng.choice(others)}{found['s']}"))
    for found in AMOUNT.finditer(text):
        yield Variant(text=put(text, found, found[0].replace("$", rng.choice(("€", "£")))))
    for found in _BITS.finditer(text):
        other = _OTHER_BITS.get(found["unit"].lower())
        if other:
            yield Variant(text=put(text, found, f"{found['value']}{found['gap']}{other}"))


def references(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with another section, table, directive or level."""
    for found in REFERENCE.finditer(text):
        other = _other_id(found["id"].rstrip("."), rng)
        if other:
            stop = "." if found["id"].endswith(".") else ""
            yield Variant(text=put(text, found, f"{found['word']} {other}{stop}"))
    for found in LEVEL.finditer(text):
        other = rng.choice(
            [each for each in "123" if each != found["id"] and f"{found['word']}{each}" not in text] or [""]
        )
        if other:
            yield Variant(text=put(text, found, f"{found['word']}{other}"))


def _other_id(name: str, rng: random.Random) -> str | None:
    """Another identifier: the last number or letter of it one to three further."""
    found = list(re.finditer(r"\d+|(?<![A-Za-z])[A-Za-z](?![A-Za-z])", name))
    if not found:
        return None
    last, step = found[-1], rng.choice((1, 2, 3))
    part = last[0]
    other = f"{int(part) + step:0{len(part)}d}" if part.isdigit() else chr((ord(part.lower()) - 96 + step) % 26 + 96)
    other = other.upper() if part.isupper() else other
    return name[: last.start()] + other + name[last.end() :]

"""Figures and names in a text, and other values for them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen twenty"
).split()
_TENS = {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "one hundred": 100,
}
NUMBER_WORDS = {word: i + 1 for i, word in enumerate(_WORDS)} | _TENS
_NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|one hundred|" + "|".join([*_TENS, *reversed(_WORDS)]) + ")"
_UNIT = (
    r"(?:(?:calendar|business|working|consecutive|school)[ -])?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
)
_KINDS = {
    "money": re.compile(r"\$\s?\d[\d,]*(?:\.\d+)?(?: (?:million|billion|thousand))?"),
    "percent": re.compile(_NUMBER + r"\s?(?:%|percent\b|per cent\b)", re.IGNORECASE),
    "date": re.compile(rf"\b(?:{_MONTHS})\s+\d{{1,2}}(?:,\s+\d{{4}})?|\b(?:{_MONTHS})\s+\d{{4}}"),
    "duration": re.compile(r"\b" + _NUMBER + r"[ -]" + _UNIT + r"\b", re.IGNORECASE),
    "number": re.compile(r"(?<![\w§.\-–—$(])" + _NUMBER + r"(?![\w%\-–—)]|\.\d)", re.IGNORECASE),
}
_REFERENCE = re.compile(
    r"(?:§|sections?|subsections?|paragraphs?|chapters?|titles?|laws?|acts?|parts?|no\.|stat\.|code|article|pub\.?|of this|form|the)"
    r"\s*[\d.\-–—()a-z]*$",
    re.IGNORECASE,
)
_ENTITY = re.compile(
    r"\b(?!January|February|March|April|May|June|July|August|September|October|November|December)"
    r"[A-Z][a-z]+(?: (?:of (?:the )?)?[A-Z][a-z]+){0,3}\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """A typed figure or name in a text, with its offsets."""

    kind: str
    start: int
    end: int
    text: str


def slots(text: str) -> list[Slot]:
    """Figures of a text, left to right, without overlaps; numbers of sections and laws are left out."""
    found: list[Slot] = []
    for kind, pattern in _KINDS.items():
        for m in pattern.finditer(text):
            clear = all(m.end() <= s.start or m.start() >= s.end for s in found)
            if clear and not _REFERENCE.search(text[max(0, m.start() - 25) : m.start()]) and m.group().lower() != "one":
                found.append(Slot(kind=kind, start=m.start(), end=m.end(), text=m.group()))
    return sorted(found, key=lambda s: s.start)


def entities(text: str) -> list[Slot]:
    """Capitalised names inside a text, its first word left out."""
    return [
        Slot(kind="entity", start=m.start(), end=m.end(), text=m.group())
        for m in _ENTITY.finditer(text)
        if m.start() > 0
    ]


def put(text: str, slot: Slot, new: str) -> str:
    """Return the text with a slot's words replaced."""
    return text[: slot.start] + new + text[slot.end :]


def other_value(slot: Slot, pool: Sequence[Slot], rng: random.Random) -> str | None:
    """Another value for a slot: one of the same kind from the pool two times in three, else a changed figure."""
    same = [
        s.text for s in pool if s.kind == slot.kind and s.text.lower() != slot.text.lower() and s.text not in slot.text
    ]
    if same and rng.random() < 0.67:
        return rng.choice(same)
    return _changed(slot, rng)


def _changed(slot: Slot, rng: random.Random) -> str | None:
    """Return the slot's text with its first number, or its month or unit, changed."""
    if slot.kind == "duration" and rng.random() < 0.3:
        return _other_unit(slot.text, rng)
    if slot.kind == "date" and rng.random() < 0.4:
        month = rng.choice(_MONTHS.split("|"))
        made = re.sub(_MONTHS, month, slot.text)
        return made if made != slot.text else None
    m = re.search(_NUMBER, slot.text, re.IGNORECASE)
    if m is None:
        return None
    return slot.text[: m.start()] + _other_number(m.group(), rng) + slot.text[m.end() :]


def _other_unit(text: str, rng: random.Random) -> str | None:
    m = re.search(r"(hour|day|week|month|year)", text)
    if m is None:
        return None
    unit = rng.choice([u for u in ("hour", "day", "week", "month", "year") if u != m.group()])
    return text.replace(m.group(), unit, 1)


def _other_number(text: str, rng: random.Random) -> str:
    """Return a different number written the way the first one was."""
    if text.lower() in NUMBER_WORDS:
        value = NUMBER_WORDS[text.lower()]
        return rng.choice([w for w, v in NUMBER_WORDS.items() if v != value and v <= max(12, 3 * value)])
    plain = text.replace(",", "")
    value = float(plain)
    if "." not in plain and 1900 <= value <= 2100 and "," not in text:
        return str(int(value) + rng.choice([-10, -5, -3, -2, -1, 1, 2, 3, 5, 10]))
    step = max(1, round(value * rng.choice([0.1, 0.2, 0.5, 1.0])))
    new = value + step * rng.choice([-1, 1]) if value > step else value + step
    if rng.random() < 0.3:
        new = value * rng.choice([2, 3, 10]) if value else 5
    made = f"{new:,.2f}" if "." in plain and rng.random() < 0.5 else f"{int(new):,}"
    made = made if "," in text or len(plain) > 4 else made.replace(",", "")
    return made if made != text else str(int(value) + 1)

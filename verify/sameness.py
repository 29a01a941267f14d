"""What two texts must not differ in to say or ask the same, however alike their words or vectors are."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

from verify.numeral import number
from verify.opposite import contrary
from verify.words import content, stem, words

_NEGATION = re.compile(r"\b(?:not|no|never|without|none|cannot|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[\w,;:)] )[A-Z][\w'’-]*")
_ASKED = (
    ("time", re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b", re.IGNORECASE)),
    (
        "place",
        re.compile(r"\bwhere\b|\b(?:what|which) (?:place|city|country|state|region|location|area)\b", re.IGNORECASE),
    ),
    ("person", re.compile(r"\bwho(?:m|se)?\b|\b(?:what|which) (?:person|people)\b", re.IGNORECASE)),
    ("amount", re.compile(r"\bhow (?:many|much)\b|\bwhat (?:number|amount|quantity)\b", re.IGNORECASE)),
    ("length", re.compile(r"\bhow long\b|\bwhat (?:length|period)\b", re.IGNORECASE)),
    ("reason", re.compile(r"\bwhy\b|\bwhat (?:reason|cause)\b", re.IGNORECASE)),
)
_DIGITS = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NO_FIGURE = frozenset("one and a an k m mn bn".split())
_TYPO = 0.75
_SLIPS_FROM = 4
"""Letters of a word from which one more or less is taken for a slip."""


def may_be_same(one: str, other: str) -> bool:
    """Return False when the texts differ in figures, in negation, in names, in what is asked for, or by contrary words."""
    if _figures(one) != _figures(other) or _negated(one) != _negated(other):
        return False
    asked, wanted = _asked(one), _asked(other)
    if asked and wanted and not asked & wanted:
        return False
    here, there = _vocabulary(one), _vocabulary(other)
    mine, yours = here - there, there - here
    if any(contrary(a, b) or contrary(b, a) for a in mine for b in yours):
        return False
    return not _renamed(_names(one) - there, _names(other) - here)


def reworded(one: str, other: str) -> bool:
    """Return whether each text has a word of content in place of which the other has another, slips of the pen and endings apart.

    Texts that share nearly all letters and differ so ("black" for "white") do not say the same, or only in synonyms.
    """
    mine, yours = _only(one, other), _only(other, one)
    return any(all(not slip(a, b) for b in yours) for a in mine) and any(
        all(not slip(a, b) for a in mine) for b in yours
    )


def _only(one: str, other: str) -> list[str]:
    """The words of content of one text whose stems the other has not."""
    there = content(other)
    missing = content(one) - there
    return [word for word in _vocabulary(one) if stem(word) in missing] if missing else []


def slip(one: str, other: str) -> bool:
    """Return whether two words differ by one letter left out, put in, or swapped with its neighbour; of short words, never."""
    short, long = sorted((one, other), key=len)
    if len(short) < _SLIPS_FROM or len(long) - len(short) > 1 or short.isdigit():
        return False
    at = next((place for place in range(len(short)) if short[place] != long[place]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    return short[at + 2 :] == long[at + 2 :] and short[at : at + 2] == long[at : at + 2][::-1]


def _renamed(mine: frozenset[str], yours: frozenset[str]) -> bool:
    """Whether each names something the other does not, and not by a slip of the pen."""
    if not mine or not yours:
        return False
    slips = all(any(difflib.SequenceMatcher(None, a, b).ratio() >= _TYPO for b in yours) for a in mine)
    return not slips


@lru_cache(maxsize=16_384)
def _figures(text: str) -> frozenset[float]:
    """Figures in digits, also within words ("X.25", "1890s"), and spelled out; "one" is mostly a pronoun."""
    digits = (float(found.replace(",", "")) for found in _DIGITS.findall(text))
    spelled = (number(word) for word in words(text) if word not in _NO_FIGURE and not word[0].isdigit())
    return frozenset(digits) | frozenset(value for value in spelled if value is not None)


@lru_cache(maxsize=16_384)
def _negated(text: str) -> int:
    return len(_NEGATION.findall(text))


@lru_cache(maxsize=16_384)
def _asked(text: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in _ASKED if pattern.search(text))


@lru_cache(maxsize=16_384)
def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(words(text))


@lru_cache(maxsize=16_384)
def _names(text: str) -> frozenset[str]:
    return frozenset(word.lower().removesuffix("'s").removesuffix("’s") for word in _NAME.findall(text))

"""Personal data in a text: found by form, by check digits, by the words near it, and by names; and blacked out.

`Recognisers` is the default and needs no network; `verify.personal_presidio` adds the recognisers of Microsoft Presidio. What is
hidden by spelling (full-width digits, zero-width marks, odd hyphens) is read as it looks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from verify.person import Recognise, people, spacy_people
from verify.personal_forms import FORMS, Form, Kind

__all__ = ["PERSONAL_VERSION", "Detector", "Kind", "Personal", "Recognisers", "readable", "redact", "settled"]

PERSONAL_VERSION = 1
_SIGN = re.compile(r"\d|@|\bat\b|BEGIN|<<", re.IGNORECASE)
_NEW_SENTENCE = re.compile(r"[.;!?]\s+(?=[A-Z\"“])|\n\n")
_AFTER = re.compile(r"\s?[(\[]|,? (?:is|was) (?:his|her|their|my|the) |,? (?:as|being) (?:his|her|their|my|the) ")
_BEHIND = 30
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−﹣－"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Personal:
    """A piece of personal data: `start` and `end` are characters of the text, `by` is what found it."""

    kind: Kind
    start: int
    end: int
    text: str
    by: str = "groundsmith"

    @property
    def masked(self) -> str:
        """What may be shown of it in a report: its first letter or digit and its length."""
        return f"{self.text[:1]}{'•' * min(len(self.text) - 1, 12)}"


class Detector(Protocol):
    """Something that finds personal data."""

    @property
    def name(self) -> str:
        """What identifies the detector and its version."""

    def find(self, text: str) -> list[Personal]:
        """Return the personal data in a text, in order, without overlaps."""


class Recognisers:
    """The default detector: the forms of `personal_forms`, and names. `kinds` limits it to some; None is all.

    `recognise` finds people where lists do not decide; by default spaCy's small English pipeline, loaded when first needed.
    """

    def __init__(self, *, kinds: Collection[Kind] | None = None, recognise: Recognise | None = None) -> None:
        self._kinds = frozenset(kinds or Kind)
        self._forms = [each for each in FORMS if each.kind in self._kinds]
        self._recognise = recognise

    @property
    def name(self) -> str:
        """The version, and the kinds when they are not all."""
        limited = "" if len(self._kinds) == len(Kind) else ":" + ",".join(sorted(self._kinds))
        return f"groundsmith-personal-{PERSONAL_VERSION}{limited}"

    def find(self, text: str) -> list[Personal]:
        """Return the personal data in a text, in order, without overlaps."""
        plain, places = readable(text)
        found = list(self._formed(plain))
        if Kind.PERSON in self._kinds:
            spans = people(plain, recognise=self._recognise or spacy_people())
            found += [_found(Kind.PERSON, plain, start, end) for start, end in spans]
        return [_placed(each, text, places) for each in settled(found)]

    def _formed(self, text: str) -> Iterator[Personal]:
        if not _SIGN.search(text):
            return
        for form in self._forms:
            if form.hint is not None and not form.hint.search(text):
                continue
            for match in form.pattern.finditer(text):
                if form.check(match.group()) and _near(form, text, match.start(), match.end()):
                    yield _found(form.kind, text, match.start(), match.end())


def _near(form: Form, text: str, start: int, end: int) -> bool:
    """Whether the words that a form wants stand before the match in its sentence, or right behind it."""
    if form.near is None:
        return True
    before = _NEW_SENTENCE.split(text[max(0, start - form.reach) : start])[-1]
    if form.near.search(before.rstrip()) or form.near.search(before):
        return True
    behind = _AFTER.match(text, end)
    return bool(behind and form.near.search(text[behind.end() : behind.end() + _BEHIND]))


def _found(kind: Kind, text: str, start: int, end: int) -> Personal:
    value = text[start:end].rstrip(" ,.;")
    return Personal(kind=kind, start=start, end=start + len(value), text=value)


def settled(found: Iterable[Personal]) -> list[Personal]:
    """Return the findings in order without overlaps: the longest wins, of equals the first."""
    kept: list[Personal] = []
    for each in sorted(found, key=lambda each: each.start - each.end):
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda each: each.start)


def readable(text: str) -> tuple[str, Sequence[int]]:
    """Return the text as it looks (compatible letters and digits plain, invisible marks gone), and where each character stood."""
    if text.isascii():
        return text, range(len(text) + 1)
    marks: list[str] = []
    places: list[int] = []
    for place, mark in enumerate(text):
        if unicodedata.category(mark) == "Cf":
            continue
        plain = unicodedata.normalize("NFKC", mark.translate(_HYPHENS).translate(_SPACES))
        marks.append(plain if len(plain) == 1 else mark)
        places.append(place)
    return "".join(marks), [*places, len(text)]


def _placed(found: Personal, text: str, places: Sequence[int]) -> Personal:
    start, end = places[found.start], places[found.end - 1] + 1
    return Personal(kind=found.kind, start=start, end=end, text=text[start:end], by=found.by)


def redact(text: str, found: Iterable[Personal]) -> str:
    """Return the text with each finding replaced by its kind in brackets, as in [email]."""
    pieces, at = [], 0
    for each in sorted(found, key=lambda each: each.start):
        pieces += [text[at : each.start], f"[{each.kind}]"]
        at = each.end
    return "".join([*pieces, text[at:]])

"""A filter for content that no dataset of policies should hold: insults, hate, threats, sexual content, self-harm, instructions to do harm.

Rules with weights, our own list (Apache-2.0), for English. Each names its reason; the score of a text is one minus the product of one minus
the weights found, 0 to 1. Words that law and policy use in earnest (assault, drug, weapon, suicide prevention) weigh nothing alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

THRESHOLD = 0.5
"""Score from which a text is called offensive."""
_SPELLED = str.maketrans({"@": "a", "0": "o", "1": "i", "3": "e", "$": "s", "5": "s", "!": "i"})
_MIXED = re.compile(r"[a-z][@013$5!]+[a-z]")


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern that is looked for in texts which hold one of the `cues`."""

    reason: str
    weight: float
    cues: tuple[str, ...]
    pattern: re.Pattern[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offence:
    """What a rule found: `reason` names it, `start` and `end` are characters of the text."""

    reason: str
    weight: float
    start: int
    end: int


@cache
def _rules() -> tuple[_Rule, ...]:
    data = json.loads((Path(__file__).parent / "lists" / "offence.json").read_text(encoding="utf-8"))

    def pattern(text: str) -> re.Pattern[str]:
        return re.compile(text.replace("{people}", data["people"]).replace("{low}", data["low"]))

    return tuple(
        _Rule(each["reason"], each["weight"], tuple(each["cues"]), pattern(each["pattern"])) for each in data["rules"]
    )


class ContentFilter:
    """The rules, and words of one's own, which weigh 0.9 each; `threshold` is where a text counts as offensive."""

    def __init__(self, *, words: Iterable[str] = (), threshold: float = THRESHOLD) -> None:
        own = "|".join(re.escape(word.strip()) for word in words if word.strip())
        self._own = re.compile(rf"(?<!\w)(?:{own})(?!\w)", re.IGNORECASE) if own else None
        self.threshold = threshold

    def find(self, text: str) -> list[Offence]:
        """Return what is found, in order."""
        plain = text.replace("’", "'").lower()
        found = _offences(plain)
        if not found and _MIXED.search(plain):
            found = _offences(plain.translate(_SPELLED))
        if self._own is not None:
            own = _Rule("listed word", 0.9, (), self._own)
            found += _of(own, text)
        return sorted(found, key=lambda each: (each.start, each.end))

    def score(self, found: Iterable[Offence]) -> float:
        """Return the score of a text, 0 to 1, from what was found in it."""
        left = 1.0
        for each in found:
            left *= 1 - each.weight
        return 1 - left

    def offends(self, text: str) -> str:
        """Return the reasons why a text is offensive, or nothing."""
        found = self.find(text)
        if self.score(found) < self.threshold:
            return ""
        return ", ".join(dict.fromkeys(each.reason for each in found))


def _offences(text: str) -> list[Offence]:
    return [each for rule in _rules() if any(cue in text for cue in rule.cues) for each in _of(rule, text)]


def _of(rule: _Rule, text: str) -> list[Offence]:
    found = rule.pattern.finditer(text)
    return [Offence(reason=rule.reason, weight=rule.weight, start=each.start(), end=each.end()) for each in found]

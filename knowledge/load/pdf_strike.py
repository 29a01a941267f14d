"""Words on a PDF page that are struck out, as in a marked-up draft: they are no longer part of the text."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Final

from knowledge.load.pdf_words import Rule, Sheet, Word

_STRIKE: Final = (0.12, 0.5)
"""A line this high above the line that type stands on, in parts of its size, strikes it out."""
_ENDS: Final = 6.0
_BAND: Final = 20.0
_THIN: Final = 3.0


def without_struck(sheet: Sheet) -> Sheet:
    """Return a page without the words that a drawn line strikes out, counted, and without those lines.

    A line strikes words when it runs through them and begins and ends where they do; one that goes on frames a table, and
    one that is the side of a box is a broad line under them.
    """
    struck: set[int] = set()
    striking: set[int] = set()
    words, rules = sheet.words, sheet.rules
    thin = [rule for rule in rules if rule.is_level and rule.bottom - rule.top < _THIN]
    if not thin:
        return sheet
    corners = {(round(rule.left), round(y)) for rule in rules if not rule.is_level for y in (rule.top, rule.bottom)}
    by_height: dict[int, list[int]] = defaultdict(list)
    for place, word in enumerate(words):
        by_height[int(word.base // _BAND)].append(place)
    for rule in thin:
        y = (rule.top + rule.bottom) / 2
        near = [
            place for band in range(int(y // _BAND), int((y + 40) // _BAND) + 1) for place in by_height.get(band, ())
        ]
        hit = [place for place in near if _is_through(rule, y, words[place])]
        ends = hit and (
            abs(min(words[place].left for place in hit) - rule.left) < _ENDS
            and abs(max(words[place].right for place in hit) - rule.right) < _ENDS
        )
        if ends and (round(rule.left), round(y)) not in corners:
            struck.update(hit)
            striking.add(id(rule))
    return replace(
        sheet,
        words=tuple(word for place, word in enumerate(words) if place not in struck),
        rules=tuple(rule for rule in rules if id(rule) not in striking),
        struck=len(struck),
    )


def _is_through(rule: Rule, y: float, word: Word) -> bool:
    low, high = _STRIKE
    inside = word.left > rule.left - _THIN and word.right < rule.right + _THIN
    return inside and low * word.size < word.base - y < high * word.size

"""The wide list of candidates: every stretch of words in a text that people might call a keyphrase.

Where `graph.phrase` finds the phrases a text uses as names, this finds what lies inside and around them: shorter
stretches, modifiers that are otherwise cut, "X of the Y", "X and Y noun", an adverb in front. It is for a ranker that
can tell them apart, and for measuring what no ranker could find.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from graph.phrase import Token, Unit, tied, units_of
from graph.wording import DETERMINERS, NEVER

LONGEST: Final = 5
_WORDS: Final = "NJPGC"
_HEADS: Final = "NCG"
_JOINED: Final = 2
_OUTSIDE: Final = DETERMINERS | NEVER

Run = tuple[int, int]


def wide(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Return (start, end) of every candidate of one tagged text, each place once, in order.

    A candidate has at most five words and ends in a noun, a gerund or a number after a word.
    """
    units = units_of(tokens)
    runs = list(_runs(units))
    found: set[tuple[int, int]] = set()
    for run in runs:
        found.update(_within(units, run))
        found.update(_around(units, run))
    for left, right in pairwise(runs):
        found.update(_across(units, left, right))
    return sorted(found)


def plausible(key: str) -> bool:
    """Return whether a key may be a keyphrase at all: it has a word of letters and starts and ends with content."""
    parts = key.split()
    if not parts or parts[0] in _OUTSIDE or parts[-1] in _OUTSIDE:
        return False
    lettered = any(len(part) > 2 and any(character.isalpha() for character in part) for part in parts)
    return lettered or (len(parts) == 1 and len(key) > 1 and key.isalpha())


def _runs(units: Sequence[Unit]) -> Iterator[Run]:
    """Yield (first, end) of each longest stretch of nouns, modifiers and numbers."""
    at = 0
    while at < len(units):
        end = at
        while end < len(units) and units[end].kind in _WORDS:
            end += 1
        if end > at:
            yield at, end
        at = max(end, at + 1)


def _within(units: Sequence[Unit], run: Run) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a run that end in a head and do not start with a number."""
    first, end = run
    for last in range(first, end):
        lone = last == first and end - first > 1
        if units[last].kind not in _HEADS or (last == first and units[last].kind == "C"):
            continue
        if lone and units[last].kind == "G":
            continue
        for start in range(max(first, last - LONGEST + 1), last + 1):
            if units[start].kind != "C":
                yield units[start].start, units[last].end


def _head(units: Sequence[Unit], run: Run) -> int | None:
    """Return the last noun of a run."""
    return next((at for at in reversed(range(*run)) if units[at].kind == "N"), None)


def _around(units: Sequence[Unit], run: Run) -> Iterator[tuple[int, int]]:
    """Yield "early and late payment" and "fully insured bank": what stands before a run and belongs to it."""
    first, _ = run
    head = _head(units, run)
    if head is None or first == 0:
        return
    before = units[first - 1]
    if before.text.lower() in {"and", "or"} and head > first:
        for at in range(first - 2, max(-1, first - 2 - _JOINED), -1):
            if units[at].kind not in "NJP":
                break
            yield units[at].start, units[head].end
    if before.kind == "X" and before.text.lower().endswith("ly") and units[first].kind in "JPG":
        yield before.start, units[head].end


def _across(units: Sequence[Unit], left: Run, right: Run) -> Iterator[tuple[int, int]]:
    """Yield "X of the Y" for each stretch of words that ends in the left run's last noun."""
    before, after = _head(units, left), _head(units, right)
    if before is None or after is None or not tied(units, before + 1, right[0]):
        return
    length = after + 1 - right[0]
    for start in range(left[0], before + 1):
        if units[start].kind in "NJP" and before + 1 - start + length <= LONGEST:
            yield units[start].start, units[after].end

"""Noun phrases by part-of-speech patterns: the candidates for concepts.

A phrase is `(adjective | participle | noun)* noun`, words tied by hyphens counting as one, with weak modifiers cut
from its front. Two phrases tied by "of" or "for" make a third. Tags are those of the Penn Treebank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graph.canonical import canonical_key
from graph.wording import DETERMINERS, GENERIC, NEVER, WEAK_MODIFIERS, words_of

_NOUN: Final = frozenset({"NN", "NNS", "NNP", "NNPS"})
_PLURAL: Final = frozenset({"NNS", "NNPS"})
_ADJECTIVE: Final = frozenset({"JJ", "JJR", "JJS"})
_PARTICIPLE: Final = frozenset({"VBN", "VBG"})
_ARTICLE: Final = frozenset({"DT", "PRP$"})
_DASHES: Final = frozenset("-‐‑–")
_TIES: Final = frozenset({"of", "for"})
_COMPOUNDING: Final = words_of(
    "based driven oriented related assisted aided controlled centered centred generated defined enabled led"
)
_PLAIN: Final = re.compile(r"[^\W_](?:[^\W_]|['’.&+#-])*")
_REFERENCE: Final = words_of("section part table figure page chapter article step appendix item note version")
_UNSPECIFIC: Final = GENERIC | DETERMINERS | WEAK_MODIFIERS | NEVER | words_of("of for and or to in on by with at as")
_NUMERAL: Final = re.compile(r"\d+(?:st|nd|rd|th)|[ivxlc]+|.")
MAX_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class Token:
    """A word as tagged: its text, Penn tag, and character offsets."""

    text: str
    tag: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """A noun phrase in a text; `units` are the spans of its words, hyphenated words being one.

    `tied` is True for "X of Y".
    """

    start: int
    end: int
    units: tuple[tuple[int, int], ...]
    tied: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, or words that hyphens tie, with the kind that patterns are made of."""

    kind: str  # N noun, J modifier, P participle, G gerund, T of or for, D article, C number, X anything else
    text: str
    start: int
    end: int
    plural: bool = False


def phrases(tokens: Sequence[Token]) -> list[Phrase]:
    """Return the noun phrases of one tagged text in order, the tied ones after the plain ones they are made of."""
    units = units_of(tokens)
    found: list[Phrase] = []
    previous: tuple[Phrase, int] | None = None
    for first, last in _runs(units):
        phrase = _phrase(units[first : last + 1])
        if phrase is None:
            previous = None
            continue
        found.append(phrase)
        if previous is not None and tied(units, previous[1] + 1, first) and units[first].start == phrase.start:
            found.append(_tie(previous[0], phrase))
        previous = (phrase, last)
    return [phrase for phrase in found if len(phrase.units) <= MAX_WORDS]


def units_of(tokens: Sequence[Token]) -> list[Unit]:
    """Return a tagged text as units, hyphenated words as one."""
    units: list[Unit] = []
    at = 0
    while at < len(tokens):
        upto = _hyphenated(tokens, at)
        units.append(_compound(tokens[at : upto + 1]) if upto > at else _single(tokens[at]))
        at = upto + 1
    return units


def _hyphenated(tokens: Sequence[Token], at: int) -> int:
    """Return the index of the last token that hyphens tie to the one at `at`."""
    while (
        at + 2 < len(tokens)
        and tokens[at + 1].text in _DASHES
        and tokens[at].end == tokens[at + 1].start
        and tokens[at + 1].end == tokens[at + 2].start
        and tokens[at].text[-1:].isalnum()
        and tokens[at + 2].text[:1].isalnum()
    ):
        at += 2
    return at


def _compound(tokens: Sequence[Token]) -> Unit:
    last = tokens[-1]
    kind = "N" if last.tag in _NOUN else "J"
    if not all(_PLAIN.fullmatch(token.text) for token in tokens[::2]):
        kind = "X"
    return Unit(kind, "-".join(token.text for token in tokens[::2]), tokens[0].start, last.end)


def _single(token: Token) -> Unit:
    text = token.text
    kind = "X"
    if token.tag in _NOUN:
        kind = "N"
    elif token.tag in _ADJECTIVE:
        kind = "J"
    elif token.tag in _PARTICIPLE:
        kind = "P" if token.tag == "VBN" else "G"
    elif token.tag == "CD":
        kind = "C"
    elif token.tag in _ARTICLE:
        kind = "D"
    elif text.lower() in _TIES:
        kind = "T"
    if kind in "NJPG" and (not _PLAIN.fullmatch(text) or text.lower() in NEVER):
        kind = "X"
    plural = token.tag in _PLURAL
    if kind != "X" and text.endswith(".") and text.count(".") == 1:
        return Unit(kind, text[:-1], token.start, token.end - 1, plural)
    return Unit(kind, text, token.start, token.end, plural)


def _runs(units: Sequence[Unit]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each longest run that ends in a noun."""
    at = 0
    while at < len(units):
        if not _starts(units, at):
            at += 1
            continue
        last, noun = at, -1
        while last < len(units) and _continues(units, at, last):
            noun = last if _heads(units, at, last) else noun
            last += 1
        if noun >= at:
            yield at, noun
        at = max(last, at + 1)


def _starts(units: Sequence[Unit], at: int) -> bool:
    """Return whether a phrase may start here: "a sharing arrangement", but not "by sharing secrets"."""
    before = units[at - 1].kind if at else "X"
    if units[at].kind == "G":
        return before == "D"
    return units[at].kind in "NJ" or (units[at].kind == "P" and before != "N")


def _continues(units: Sequence[Unit], first: int, at: int) -> bool:
    unit = units[at]
    before = units[at - 1] if at > first else None
    if unit.kind == "C":
        return before is not None and before.text.isupper() and len(before.text) > 1 and unit.text.isdigit()
    if before is not None and before.kind == "C":
        return False
    if before is None or unit.kind == "N":
        return unit.kind in "NJPG"
    if unit.kind in "PG" and before.kind == "N":
        gerund = unit.kind == "G" and not before.plural and not _object_follows(units, at)
        return gerund or unit.text.lower() in _COMPOUNDING
    return unit.kind in "JPG" and not (unit.kind == "J" and before.kind == "N" and unit.text.islower() is False)


def _object_follows(units: Sequence[Unit], at: int) -> bool:
    return at + 1 < len(units) and units[at + 1].kind in "NJPGDC"


def _heads(units: Sequence[Unit], first: int, at: int) -> bool:
    unit = units[at]
    return unit.kind in "NC" or (unit.kind == "G" and at > first and units[at - 1].kind == "N")


def _phrase(run: Sequence[Unit]) -> Phrase | None:
    while len(run) > 1 and _weak(run[0]):
        run = run[1:]
    if run[0].text.lower() in WEAK_MODIFIERS and len(run) == 1:
        return None
    return Phrase(start=run[0].start, end=run[-1].end, units=tuple((unit.start, unit.end) for unit in run))


def _weak(unit: Unit) -> bool:
    lower = unit.text.lower()
    return (unit.kind != "N" and lower in WEAK_MODIFIERS) or lower in DETERMINERS


def tied(units: Sequence[Unit], after: int, before: int) -> bool:
    """Return whether only "of" or "for", with or without an article, stands from unit `after` up to `before`."""
    between = units[after:before]
    return (
        bool(between)
        and between[0].kind == "T"
        and (len(between) == 1 or (len(between) == 2 and between[1].kind == "D"))
    )


def _tie(left: Phrase, right: Phrase) -> Phrase:
    return Phrase(start=left.start, end=right.end, units=left.units + right.units, tied=True)


def admissible(key: str) -> bool:
    """Return whether a key may be a concept: some word in it is specific, and it is not a number or a reference."""
    parts = key.split()
    letters = [part for part in parts if any(character.isalpha() for character in part)]
    if not letters or len(parts) > MAX_WORDS + 1 or max(len(part) for part in parts) > 40:
        return False
    if len(letters) == 1 and (len(letters[0]) < 2 or letters[0] in _REFERENCE):
        return False
    return any(part not in _UNSPECIFIC and not _NUMERAL.fullmatch(part) for part in letters)


def inner(phrase: Phrase, text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (key, start, end) of the shorter stretches of words inside a phrase, longest first."""
    count = len(phrase.units)
    for size in range(count - 1, 0, -1):
        for first in range(count - size + 1):
            start, end = phrase.units[first][0], phrase.units[first + size - 1][1]
            key = canonical_key(text[start:end])
            if admissible(key):
                yield key, start, end

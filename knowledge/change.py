"""What changed between two versions of a document: passages added, removed and altered, with the words that differ.

Sentences are compared, not passages, since an edit moves the borders of the passages after it: a passage all of whose sentences
were there before has not changed, wherever it is cut now. A sentence that changed is paired with the one it most resembles,
found by its words in an index, so that the time grows with the length of the document and not with its square.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Final

from knowledge.document import Passage
from knowledge.sentence import sentences

ALIKE: Final = 0.4
"""From this share of common words and word pairs on, a sentence is an altered form of another (Dice's coefficient)."""
_COMMON: Final = 40
"""A word or pair that more changed sentences have says nothing of which belong together."""
_CANDIDATES: Final = 5
_TOKEN: Final = re.compile(r"\s+|\w+(?:[.,:’'-]\w+)*|[^\w\s]")
_WORD: Final = re.compile(r"\w+")


class ChangeKind(StrEnum):
    """What became of a passage; one that moved has the same words under other headings."""

    ADDED = "added"
    REMOVED = "removed"
    ALTERED = "altered"
    MOVED = "moved"


@dataclass(frozen=True, kw_only=True, slots=True)
class WordEdit:
    """A run of text that both versions have ("="), that is gone ("-"), or that has come ("+")."""

    mark: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PassageChange:
    """A passage as it was and as it is; one of them is None when it was added or removed.

    `words` are the runs of an altered passage, in order; sentences that only stand in another passage now are left out.
    """

    kind: ChangeKind
    before: Passage | None = None
    after: Passage | None = None
    words: tuple[WordEdit, ...] = ()


@dataclass(eq=False, slots=True)
class _Sentence:
    """A sentence of one version; `partner` is the same sentence, or the form it has, in the other."""

    text: str
    key: str
    passage: int
    number: int
    partner: _Sentence | None = None
    same: bool = False


def changes(before: Sequence[Passage], after: Sequence[Passage]) -> list[PassageChange]:
    """Return what changed from one version's passages to another's, both in order.

    Changes come in the order of the newer version; what was removed stands where the older one had it.
    """
    old, new = _sentences(before), _sentences(after)
    _match_same(old, new)
    _match_alike([each for each in old if not each.partner], [each for each in new if not each.partner])
    was, now = _by_passage(old, len(before)), _by_passage(new, len(after))
    partner = [_most(found) for found in now]
    found = [(place, change) for place, change in _arrived(before, after, was, now, partner)]
    told = {change.before.id for _, change in found if change.before}
    found += _departed(before, after, was, now, told)
    return [change for _, change in sorted(found, key=lambda each: each[0])]


def _arrived(
    before: Sequence[Passage],
    after: Sequence[Passage],
    was: Sequence[Sequence[_Sentence]],
    now: Sequence[Sequence[_Sentence]],
    partner: Sequence[int | None],
) -> Iterator[tuple[tuple[int, int], PassageChange]]:
    """Yield the passages of the newer version with a sentence that is new or altered, and those that moved."""
    for number, said in enumerate(now):
        other, place = partner[number], (number, 1)
        if other is None:
            if said:
                yield place, PassageChange(kind=ChangeKind.ADDED, after=after[number])
        elif any(not each.same for each in said) or _lost(was[other], number, partner):
            words = _difference(was[other], said, other=other, number=number)
            yield (
                place,
                PassageChange(kind=ChangeKind.ALTERED, before=before[other], after=after[number], words=tuple(words)),
            )
        elif before[other].headings != after[number].headings and _key(before[other].text) == _key(after[number].text):
            yield place, PassageChange(kind=ChangeKind.MOVED, before=before[other], after=after[number])


def _lost(was: Sequence[_Sentence], number: int, partner: Sequence[int | None]) -> bool:
    """Return whether the older passage lost a sentence, and this is the first passage that goes on from it."""
    if all(each.partner for each in was):
        return False
    first = min((each.partner.passage for each in was if each.partner), default=number)
    heirs = [each.partner.passage for each in was if each.partner and partner[each.partner.passage] == was[0].passage]
    return number == min(heirs, default=first)


def _departed(
    before: Sequence[Passage],
    after: Sequence[Passage],
    was: Sequence[Sequence[_Sentence]],
    now: Sequence[Sequence[_Sentence]],
    told: set[str],
) -> Iterator[tuple[tuple[int, int], PassageChange]]:
    """Yield the passages of the older version of which nothing is left, and those whose rest went into others."""
    place = -1
    for number, said in enumerate(was):
        heir = _most(said)
        if heir is not None:
            place = heir
            if before[number].id not in told and any(each.partner is None for each in said):
                words = _difference(said, now[heir], other=number, number=heir)
                yield (
                    (place, 2),
                    PassageChange(
                        kind=ChangeKind.ALTERED, before=before[number], after=after[heir], words=tuple(words)
                    ),
                )
        elif said:
            yield (place, 3), PassageChange(kind=ChangeKind.REMOVED, before=before[number])


def _difference(was: Sequence[_Sentence], now: Sequence[_Sentence], *, other: int, number: int) -> Iterator[WordEdit]:
    """Yield the runs of words of two passages; what stands unchanged in a third is left out, what altered on the way is not."""
    mine = [each for each in now if not each.same or (each.partner and each.partner.passage == other)]
    kept = [each for each in was if each.partner is None or (each.same and each.partner.passage == number)]
    forms = [each.partner for each in now if each.partner and not each.same]
    theirs = sorted({each.number: each for each in (*kept, *forms)}.values(), key=lambda each: each.number)
    one, two = (_TOKEN.findall("\n".join(each.text for each in texts)) for texts in (theirs, mine))
    for tag, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag == "equal":
            yield WordEdit(mark="=", text="".join(one[a:b]))
            continue
        if a < b:
            yield WordEdit(mark="-", text="".join(one[a:b]))
        if c < d:
            yield WordEdit(mark="+", text="".join(two[c:d]))


def _sentences(passages: Sequence[Passage]) -> list[_Sentence]:
    """Return the sentences, each with the passage it begins in; one that was cut between two passages is whole again."""
    found: list[_Sentence] = []
    for _, group in groupby(enumerate(passages), key=lambda each: each[1].headings):
        section = list(group)
        text, starts = _joined([passage for _, passage in section])
        for span in sentences(text):
            number = section[bisect_right(starts, span.start) - 1][0]
            said = text[span.start : span.end]
            found.append(_Sentence(text=said, key=_key(said), passage=number, number=len(found)))
    return found


def _joined(passages: Sequence[Passage]) -> tuple[str, list[int]]:
    """Return the text of passages that follow one another, and where each starts in it."""
    parts, starts, length = list[str](), list[int](), 0
    end: int | None = None
    for passage in passages:
        gap = "" if end is None else " " if passage.start - end <= 1 else "\n\n"
        starts.append(length + len(gap))
        parts += [gap, passage.text]
        length, end = length + len(gap) + len(passage.text), passage.end
    return "".join(parts), starts


def _key(text: str) -> str:
    return " ".join(text.split())


def _match_same(old: Sequence[_Sentence], new: Sequence[_Sentence]) -> None:
    """Pair equal sentences, the first with the first and so on."""
    waiting: dict[str, list[_Sentence]] = defaultdict(list)
    for each in reversed(old):
        waiting[each.key].append(each)
    for each in new:
        if waiting[each.key]:
            each.partner = waiting[each.key].pop()
            each.partner.partner, each.partner.same, each.same = each, True, True


def _match_alike(old: Sequence[_Sentence], new: Sequence[_Sentence]) -> None:
    """Pair sentences that have most words and word pairs in common, the most alike first."""
    shapes = {id(each): _shape(each.key) for each in (*old, *new)}
    holders: dict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(old):
        for piece in shapes[id(each)]:
            holders[piece].append(number)
    ranked = sorted(
        (-score, abs(one.number - two.number), two.number, one.number, one, two)
        for two in new
        for score, one in _nearest(two, old, holders, shapes)
    )
    for _, _, _, _, one, two in ranked:
        if one.partner is None and two.partner is None:
            one.partner, two.partner = two, one


def _nearest(
    sentence: _Sentence,
    old: Sequence[_Sentence],
    holders: dict[str, list[int]],
    shapes: dict[int, frozenset[str]],
) -> Iterator[tuple[float, _Sentence]]:
    shape = shapes[id(sentence)]
    shared: Counter[int] = Counter()
    for piece in shape:
        if len(holders.get(piece, ())) <= _COMMON:
            shared.update(holders.get(piece, ()))
    for number, _ in shared.most_common(_CANDIDATES):
        other = shapes[id(old[number])]
        score = 2 * len(shape & other) / (len(shape) + len(other))
        if score >= ALIKE:
            yield score, old[number]


def _shape(text: str) -> frozenset[str]:
    words = _WORD.findall(text.lower())
    return frozenset((*words, *(f"{one} {two}" for one, two in pairwise(words))))


def _by_passage(found: Sequence[_Sentence], count: int) -> list[list[_Sentence]]:
    grouped: list[list[_Sentence]] = [[] for _ in range(count)]
    for each in found:
        grouped[each.passage].append(each)
    return grouped


def _most(said: Sequence[_Sentence]) -> int | None:
    """Return the passage of the other version that holds most of a passage's sentences, the first of several."""
    counted = Counter(each.partner.passage for each in said if each.partner)
    return min(counted, key=lambda number: (-counted[number], number), default=None)

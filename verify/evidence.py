"""`Evidence`, a passage that may bear on a claim, and `Window`, the stretch of it that is shown to the entailment model.

Long passages are cut into windows of whole sentences; beside the best of those, the best sentence and the best pair of
neighbours are tried, since a small model reads short premises better, and the best window once more under its title and
headings, on which policy text often leans for its subject. A passage that begins in the middle of a list or with a pronoun is
also read under the end of the passage in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from verify.aside import without_asides
from verify.listing import items
from verify.sentence import is_row, parts, spoken
from verify.words import content, share

if TYPE_CHECKING:
    from knowledge.document import Passage

WINDOW_WORDS = 100
OVERLAP_WORDS = 25
LEAD_WORDS = 40
"""The most words taken of the passage in front."""
_LEANING = re.compile(r"\(\w{1,4}\)|[a-z•*-]|(?:It|They|This|These|Those|Such|He|She|Its|Their)\b")
_MARK = re.compile(r"^\s*(?:\(\w{1,4}\)|\w{1,4}[.)]|[•*–—-])\s+")
_LEFT_OPEN = (":", "—", "–")


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A passage offered as evidence; `start` and `end` are its characters in the document's text, `score` is retrieval's.

    `before` is the text of the passage in front of it, on which one that opens with "It" or "(b)" leans.
    """

    passage_id: str
    document_id: str
    text: str
    score: float = 0.0
    title: str = ""
    headings: tuple[str, ...] = ()
    source: str = ""
    page: int | None = None
    start: int = 0
    end: int = 0
    version: int = 1
    before: str = ""

    @classmethod
    def of(cls, passage: Passage, *, score: float = 0.0, before: str = "") -> Evidence:
        """Return a passage of the library as evidence; `before` is the text of the one in front of it, its lead-in goes before that."""
        return cls(
            passage_id=passage.id,
            document_id=passage.document_id,
            text=passage.text,
            score=score,
            title=passage.title,
            headings=passage.headings,
            source=passage.source,
            page=passage.page,
            start=passage.start,
            end=passage.end,
            version=passage.version,
            before=passage.lead or before,
        )

    @property
    def place(self) -> str:
        """Title and headings as one line: "Title — Heading — Heading"; empty when there are none."""
        names = [name.strip() for name in (self.title, *self.headings) if name.strip()]
        return " — ".join(dict.fromkeys(names))


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A stretch of a passage: `text` is `evidence.text[start:end]`, `premise` what the model reads.

    `overlap` is the share, 0 to 1, of the claim's content words in the premise. `lead` is what leads in to a list of which the window is
    an item: it belongs to what the window says, and stands in the premise.
    """

    passage_id: str
    start: int
    end: int
    text: str
    premise: str
    overlap: float
    lead: str = ""

    @property
    def said(self) -> str:
        """What the window says: its text, an item of a list under its lead-in."""
        return f"{self.lead} {_MARK.sub('', self.text)}" if self.lead else self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stretch:
    """Consecutive sentences of a passage and their content words."""

    start: int
    end: int
    words: int
    content: frozenset[str]


def windows(claim: str, evidence: Evidence, *, limit: int = 4) -> list[Window]:
    """Return up to `limit` windows of a passage, best first.

    Packed sentences, an item of a list under its lead-in, the first with headings, a sentence, a pair.
    """
    wanted = content(claim)
    units = _units(evidence.text)
    if not units or limit < 1:
        return []
    packs = _ranked(wanted, _packs(units))
    pairs = _ranked(wanted, [pair for pair in map(_joined, pairwise(units)) if pair.words <= 1.5 * WINDOW_WORDS])
    singles = _ranked(wanted, units)
    listed = _listed(wanted, evidence)
    led = {each.start for each in listed}
    chosen = [_window(wanted, evidence, packs[0]), *listed[:1]]
    if evidence.place:
        chosen.append(_headed(wanted, evidence, chosen[0]))
    if _leans(evidence):
        chosen.append(_led(wanted, evidence, chosen[0]))
    bare = [each for each in (*singles[:1], *pairs[:1]) if each.start not in led]
    chosen += [*listed[1:2], *(_window(wanted, evidence, each) for each in (*bare, *packs[1:2]))]
    return list({each.premise: each for each in chosen}.values())[:limit]


@lru_cache(maxsize=8_192)
def _units(text: str) -> tuple[_Stretch, ...]:
    """The sentences of a passage; one longer than a window is cut at its words."""
    return tuple(
        _stretch(text, start, end) for span in parts(text) for start, end in _pieces(text, span.start, span.end)
    )


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretch, cut so that no piece has many more words than a window."""
    while len(text[start:end].split()) > WINDOW_WORDS * 1.5:
        cut = start
        for _ in range(WINDOW_WORDS):
            following = text.find(" ", cut + 1, end)
            cut = following if following > 0 else end
        yield start, cut
        start = cut + 1
    if text[start:end].strip():
        yield start, end


def _stretch(text: str, start: int, end: int) -> _Stretch:
    part = text[start:end]
    return _Stretch(start=start, end=end, words=len(part.split()), content=content(part))


def _joined(parts: Sequence[_Stretch]) -> _Stretch:
    found = frozenset().union(*(part.content for part in parts))
    return _Stretch(start=parts[0].start, end=parts[-1].end, words=sum(part.words for part in parts), content=found)


def _packs(units: Sequence[_Stretch]) -> list[_Stretch]:
    """Windows of whole sentences, each beginning about OVERLAP_WORDS before the end of the one before."""
    packs: list[_Stretch] = []
    start = 0
    while start < len(units):
        end, words = start, 0
        while end < len(units) and (end == start or words + units[end].words <= WINDOW_WORDS):
            words += units[end].words
            end += 1
        packs.append(_joined(units[start:end]))
        if end == len(units):
            break
        back = end - 1
        while back - 1 > start and units[end - 1].end - units[back - 1].start < OVERLAP_WORDS * 6:
            back -= 1
        start = back if back > start and units[back].words <= 2 * OVERLAP_WORDS else end
    return packs


def _ranked(wanted: frozenset[str], stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Stretches by how much of the claim they hold, the shorter first among equals."""
    return sorted(stretches, key=lambda each: (-len(wanted & each.content), each.words, each.start))


def _window(wanted: frozenset[str], evidence: Evidence, stretch: _Stretch) -> Window:
    text = evidence.text[stretch.start : stretch.end]
    return Window(
        passage_id=evidence.passage_id,
        start=stretch.start,
        end=stretch.end,
        text=text,
        premise=_premise(text),
        overlap=share(wanted, stretch.content),
    )


def _premise(text: str) -> str:
    """What the model reads: one line of text; a table row in words, since rows are no sentences."""
    lines = [spoken(line) if is_row(line) else line for line in text.split("\n")]
    return " ".join(" ".join(lines).split())


def _headed(wanted: frozenset[str], evidence: Evidence, window: Window) -> Window:
    premise = f"{evidence.place}: {window.premise}"
    return replace(window, premise=premise, overlap=share(wanted, content(premise)))


def _listed(wanted: frozenset[str], evidence: Evidence) -> list[Window]:
    """The items of lists under the words that lead in to them, those first that have most of the claim.

    Without its lead-in an item says who must only by chance, so it is not shown alone.
    """
    before = evidence.before.rstrip()
    lead = before[parts(before)[-1].start :] if before.endswith(_LEFT_OPEN) else ""
    found = [
        Window(
            passage_id=evidence.passage_id,
            start=item.start,
            end=item.end,
            text=evidence.text[item.start : item.end],
            premise=without_asides(f"{item.lead} {item.said}", keep=wanted),
            overlap=share(wanted, content(f"{item.lead} {item.said}")),
            lead=item.lead,
        )
        for item in items(evidence.text, " ".join(lead.split()))
    ]
    return sorted(found, key=lambda each: (-len(wanted & content(each.text)), -each.overlap, each.start))


def _leans(evidence: Evidence) -> bool:
    """Whether a passage begins in the middle of what the one before it says."""
    before = evidence.before.rstrip()
    return bool(before) and (before.endswith(_LEFT_OPEN) or _LEANING.match(evidence.text.lstrip()) is not None)


def _led(wanted: frozenset[str], evidence: Evidence, window: Window) -> Window:
    """The window under the last words of the passage in front."""
    spans = parts(evidence.before)
    lead = _premise(evidence.before[spans[-1].start :] if spans else evidence.before)
    premise = f"{' '.join(lead.split()[-LEAD_WORDS:])} {window.premise}"
    return replace(window, premise=premise, overlap=share(wanted, content(premise)))

"""`Document` to passages: contiguous slices along headings, lists, tables and sentences.

A passage never crosses a heading. Blocks under one heading are packed until the next would not fit; a block that is too long by
itself is cut between sentences, a sentence that is too long at clause marks, then at spaces, then anywhere. A passage that begins
inside a list or table has the words it leans on beside its text, as its lead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from knowledge.document import Block, BlockKind, Document, Passage, passage_id
from knowledge.lead import first_cell, lead_ins, lead_text
from knowledge.sentence import sentences

__all__ = ["SPLIT_VERSION", "sentences", "split"]

SPLIT_VERSION: Final = 2
"""Raised when splitting changes its meaning."""

_TOKEN: Final = re.compile(r"[^\W\d_]{1,8}|\d{1,3}|[^\w\s]|_")
_CLAUSE: Final = re.compile(r"[;:,)\]—–]\s+|\n")
_SPACE: Final = re.compile(r"\s+")
_LEAD: Final = 40
"""A list's lead-in of more tokens than this is not carried over to the list."""
_LETTERS: Final = 24
"""Characters that count for a token at least, since a tokenizer may count one for a word of any length."""
_GAP: Final = 2
"""Characters between two blocks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Piece:
    """A stretch of one block that fits; `above` are the blocks that lead up to the block, outermost first."""

    start: int
    end: int
    tokens: int
    block: Block
    above: tuple[Block, ...] = ()

    def follows(self, other: _Piece) -> bool:
        """Return whether the piece begins a list or table that the other leads up to."""
        return self.start == self.block.start and bool(self.above) and self.above[-1] is other.block


def estimate(text: str) -> int:
    """Return about how many WordPiece tokens `text` has: one a mark, one each eight letters, one each three digits."""
    return len(_TOKEN.findall(text))


def split(
    document: Document,
    *,
    version: int = 1,
    max_tokens: int = 160,
    count_tokens: Callable[[str], int] | None = None,
) -> list[Passage]:
    """Return the passages of a document, in order, without overlap; every block but headings is covered.

    `document.text[p.start:p.end] == p.text` for each passage `p`, and `p.tokens <= max_tokens` as `count_tokens` counts.
    Raises ValueError when `max_tokens` is below 8.
    """
    if max_tokens < 8:
        raise ValueError(f"max_tokens = {max_tokens}: a passage needs at least 8")
    packer = _Packer(document, most=max_tokens, count=count_tokens)
    passages: list[Passage] = []
    repeats: Counter[tuple[tuple[str, ...], str, str]] = Counter()
    for ordinal, run in enumerate(packer.runs()):
        passage = _passage(document, run, ordinal=ordinal, version=version, count=packer.count)
        known = (passage.headings, passage.lead, passage.text)
        passages.append(replace(passage, id=_identity(passage, occurrence=repeats[known])))
        repeats[known] += 1
    return passages


def _blocks(document: Document) -> tuple[Block, ...]:
    if document.blocks or not document.text.strip():
        return document.blocks
    return (Block(kind=BlockKind.PARAGRAPH, start=0, end=len(document.text)),)


class _Packer:
    """Packs the pieces of a document into runs that fit, one section after the other."""

    def __init__(self, document: Document, *, most: int, count: Callable[[str], int] | None) -> None:
        self._document, self._text, self._most = document, document.text, most
        self._counted = count
        self._adds_up = count is None

    def count(self, text: str) -> int:
        """Return how many tokens a text has, one for each 24 characters at least."""
        return max(self._counted(text), len(text) // _LETTERS) if self._counted else estimate(text)

    def runs(self) -> Iterator[list[_Piece]]:
        """Yield the pieces of each passage; a heading, or another place in the outline, ends a run."""
        for section in self._sections():
            yield from self._pack(section)

    def _sections(self) -> Iterator[list[_Piece]]:
        section: list[Block] = []
        for block in _blocks(self._document):
            ends = block.kind == BlockKind.HEADING or (section and section[-1].headings != block.headings)
            if ends and section:
                yield self._cut_up(section)
                section = []
            if block.kind != BlockKind.HEADING:
                section.append(block)
        if section:
            yield self._cut_up(section)

    def _cut_up(self, section: list[Block]) -> list[_Piece]:
        """Return the pieces of the blocks under one heading."""
        above = lead_ins(self._text, section)
        return [
            replace(piece, above=tuple(section[number] for number in numbers))
            for block, numbers in zip(section, above, strict=True)
            for piece in self._pieces(block)
        ]

    def _pack(self, section: list[_Piece]) -> Iterator[list[_Piece]]:
        """Yield runs of about even size, so that a section does not end in a scrap."""
        left = sum(piece.tokens for piece in section)
        run: list[_Piece] = []
        size = 0
        for piece in section:
            if run and not self._goes_on(run, piece, size=size, left=left):
                run, ready = self._keep_lead(run, piece)
                yield ready
                left -= sum(each.tokens for each in ready)
                size = sum(each.tokens for each in run)
            run.append(piece)
            size += piece.tokens
        if run:
            yield run

    def _goes_on(self, run: list[_Piece], piece: _Piece, *, size: int, left: int) -> bool:
        """Return whether a piece joins the run: it must fit, and not take the run far above an even share of what is left."""
        if not self._fits(run, piece, size):
            return False
        share = left / max(1, -(-left // self._most))
        return piece.follows(run[-1]) or size + piece.tokens / 2 <= share

    def _fits(self, run: list[_Piece], piece: _Piece, size: int) -> bool:
        together = size + piece.tokens
        if self._adds_up or together + _GAP * len(run) <= self._most:
            return together <= self._most
        return self.count(self._text[run[0].start : piece.end]) <= self._most

    def _keep_lead(self, run: list[_Piece], piece: _Piece) -> tuple[list[_Piece], list[_Piece]]:
        """Carry a list's lead-in sentence over to the passage that holds its first item."""
        lead = run[-1]
        opens = piece.follows(lead) and len(run) > 1
        carried = opens and lead.tokens <= _LEAD and self._fits([lead], piece, lead.tokens)
        return ([lead], run[:-1]) if carried else ([], run)

    def _pieces(self, block: Block) -> Iterator[_Piece]:
        """Cut a block into pieces that fit, between sentences where possible."""
        tokens = self.count(self._text[block.start : block.end])
        if tokens <= self._most:
            yield _Piece(start=block.start, end=block.end, tokens=tokens, block=block)
            return
        for span in sentences(self._text[block.start : block.end]):
            start, end = block.start + span.start, block.start + span.end
            tokens = self.count(self._text[start:end])
            if tokens <= self._most:
                yield _Piece(start=start, end=end, tokens=tokens, block=block)
            else:
                yield from self._cut(start, end, block)

    def _cut(self, start: int, end: int, block: Block) -> Iterator[_Piece]:
        """Cut a sentence that is too long: in the second half of what fits, at a clause mark, a space, or anywhere."""
        while start < end:
            stop = self._reach(start, end)
            if stop < end:
                stop = self._mark(start + (stop - start) // 2, stop) or stop
            first, last = _trimmed(self._text, start, stop)
            if first < last:
                yield _Piece(start=first, end=last, tokens=self.count(self._text[first:last]), block=block)
            start = stop

    def _mark(self, start: int, stop: int) -> int:
        """Return the last place between two where a sentence can be cut, 0 for none."""
        for form in (_CLAUSE, _SPACE):
            places = [found.end() for found in form.finditer(self._text, start, stop)]
            if places:
                return places[-1]
        return 0

    def _reach(self, start: int, end: int) -> int:
        """Return how far from `start` the text fits, at least one character."""
        width = min(end - start, self._most * 6)
        while width > 1 and (tokens := self.count(self._text[start : start + width])) > self._most:
            width = max(1, min(width - 1, width * self._most // tokens))
        return start + width


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _passage(
    document: Document, run: list[_Piece], *, ordinal: int, version: int, count: Callable[[str], int]
) -> Passage:
    """Return a run as a passage that has no id yet."""
    first, last = run[0], run[-1]
    text = document.text[first.start : last.end]
    return Passage(
        id="",
        document_id=document.id,
        version=version,
        ordinal=ordinal,
        start=first.start,
        end=last.end,
        text=text,
        title=document.title,
        source=document.source,
        headings=first.block.headings,
        page=first.block.page,
        tokens=count(text),
        kinds=tuple(dict.fromkeys(str(piece.block.kind) for piece in run)),
        lead=_lead(document.text, first, count),
    )


def _lead(text: str, first: _Piece, count: Callable[[str], int]) -> str:
    """Return what a passage leans on; a row that is continued leans on its first cell too."""
    lead = lead_text(text, first.above, count=count) if first.above else ""
    if first.block.kind == BlockKind.ROW and first.start > first.block.start:
        lead = " ".join(part for part in (lead, first_cell(text, first.block)) if part)
    return lead


def _identity(passage: Passage, *, occurrence: int) -> str:
    return passage_id(
        document_id=passage.document_id,
        headings=passage.headings,
        text=passage.text,
        occurrence=occurrence,
        lead=passage.lead,
    )

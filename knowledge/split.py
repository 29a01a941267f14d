"""`Document` to passages: contiguous slices along headings, lists, tables and sentences.

A passage never crosses a heading. Blocks under one heading are packed until the next would not fit; a block that is too long by
itself is cut between sentences, a sentence that is too long at clause marks, then at spaces, then anywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from knowledge.document import Block, BlockKind, Document, Passage, passage_id
from knowledge.sentence import sentences

__all__ = ["SPLIT_VERSION", "sentences", "split"]

SPLIT_VERSION: Final = 1
"""Raised when splitting changes its meaning."""

_TOKEN: Final = re.compile(r"[^\W\d_]{1,8}|\d{1,3}|[^\w\s]|_")
_CLAUSE: Final = re.compile(r"[;:,)\]—–]\s+|\n")
_SPACE: Final = re.compile(r"\s+")
_LEAD: Final = 40
"""A list's lead-in of more tokens than this is not carried over to the list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Piece:
    """A stretch of one block that fits."""

    start: int
    end: int
    tokens: int
    block: Block


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
    repeats: Counter[tuple[tuple[str, ...], str]] = Counter()
    return [
        _passage(document, run, ordinal, version, repeats, packer.count) for ordinal, run in enumerate(packer.runs())
    ]


def _blocks(document: Document) -> tuple[Block, ...]:
    if document.blocks or not document.text.strip():
        return document.blocks
    return (Block(kind=BlockKind.PARAGRAPH, start=0, end=len(document.text)),)


class _Packer:
    """Packs the pieces of a document into runs that fit, one section after the other."""

    def __init__(self, document: Document, *, most: int, count: Callable[[str], int] | None) -> None:
        self._document, self._text, self._most = document, document.text, most
        self._adds_up = count is None
        self.count = count or estimate

    def runs(self) -> Iterator[list[_Piece]]:
        """Yield the pieces of each passage; a heading, or another place in the outline, ends a run."""
        for section in self._sections():
            yield from self._pack(section)

    def _sections(self) -> Iterator[list[_Piece]]:
        section: list[_Piece] = []
        for block in _blocks(self._document):
            ends = block.kind == BlockKind.HEADING or (section and section[-1].block.headings != block.headings)
            if ends and section:
                yield section
                section = []
            if block.kind != BlockKind.HEADING:
                section += self._pieces(block)
        if section:
            yield section

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
        leads = piece.block.kind == BlockKind.ITEM and run[-1].block.kind == BlockKind.PARAGRAPH
        share = left / max(1, -(-left // self._most))
        return leads or size + piece.tokens / 2 <= share

    def _fits(self, run: list[_Piece], piece: _Piece, size: int) -> bool:
        if self._adds_up:
            return size + piece.tokens <= self._most
        return self.count(self._text[run[0].start : piece.end]) <= self._most

    def _keep_lead(self, run: list[_Piece], piece: _Piece) -> tuple[list[_Piece], list[_Piece]]:
        """Carry a list's lead-in sentence over to the passage that holds its first item."""
        lead = run[-1]
        opens = piece.block.kind == BlockKind.ITEM and lead.block.kind == BlockKind.PARAGRAPH and len(run) > 1
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
    document: Document,
    run: list[_Piece],
    ordinal: int,
    version: int,
    repeats: Counter[tuple[tuple[str, ...], str]],
    count: Callable[[str], int],
) -> Passage:
    first, last = run[0], run[-1]
    text = document.text[first.start : last.end]
    headings = first.block.headings
    repeats[headings, text] += 1
    identity = passage_id(document_id=document.id, headings=headings, text=text, occurrence=repeats[headings, text] - 1)
    return Passage(
        id=identity,
        document_id=document.id,
        version=version,
        ordinal=ordinal,
        start=first.start,
        end=last.end,
        text=text,
        title=document.title,
        source=document.source,
        headings=headings,
        page=first.block.page,
        tokens=count(text),
        kinds=tuple(dict.fromkeys(str(piece.block.kind) for piece in run)),
    )

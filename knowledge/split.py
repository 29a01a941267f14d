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

from knowledge.document import Block, BlockKind, Document, Passage, Span, passage_id
from knowledge.sentence import sentences

__all__ = ["SPLIT_VERSION", "sentences", "split"]

SPLIT_VERSION: Final = 1
"""Raised when splitting changes its meaning."""

_TOKEN: Final = re.compile(r"[^\W_]{1,8}|[^\w\s]")
_CLAUSE: Final = re.compile(r"[;:,]\s|\s")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Piece:
    """A stretch of one block that fits."""

    start: int
    end: int
    tokens: int
    block: Block


def estimate(text: str) -> int:
    """Return about how many WordPiece tokens `text` has: a token for each mark and each eight letters of a word."""
    return sum(1 for _ in _TOKEN.finditer(text))


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
    count = count_tokens or estimate
    repeats: Counter[tuple[tuple[str, ...], str]] = Counter()
    passages = []
    for ordinal, run in enumerate(_runs(document, max_tokens, count)):
        passages.append(_passage(document, run, ordinal, version, repeats, count))
    return passages


def _runs(document: Document, most: int, count: Callable[[str], int]) -> Iterator[list[_Piece]]:
    """Yield the pieces of each passage."""
    run: list[_Piece] = []
    for block in _blocks(document):
        if block.kind == BlockKind.HEADING:
            if run:
                yield run
            run = []
            continue
        for piece in _pieces(document.text, block, most, count):
            if run and not _fits(document.text, run, piece, most, count):
                run, ready = _keep_lead(run, piece)
                yield ready
            run.append(piece)
    if run:
        yield run


def _blocks(document: Document) -> tuple[Block, ...]:
    if document.blocks or not document.text.strip():
        return document.blocks
    return (Block(kind=BlockKind.PARAGRAPH, start=0, end=len(document.text)),)


def _fits(text: str, run: list[_Piece], piece: _Piece, most: int, count: Callable[[str], int]) -> bool:
    if run[-1].block.headings != piece.block.headings:
        return False
    if sum(each.tokens for each in run) + piece.tokens > most:
        return False
    return count(text[run[0].start : piece.end]) <= most


def _keep_lead(run: list[_Piece], piece: _Piece) -> tuple[list[_Piece], list[_Piece]]:
    """Carry a list's lead-in sentence over to the passage that holds its first item."""
    lead = run[-1]
    opens = piece.block.kind == BlockKind.ITEM and lead.block.kind == BlockKind.PARAGRAPH and len(run) > 1
    if opens and lead.block.headings == piece.block.headings and lead.tokens <= 40:
        return [lead], run[:-1]
    return [], run


def _pieces(text: str, block: Block, most: int, count: Callable[[str], int]) -> Iterator[_Piece]:
    """Cut a block into pieces that fit, between sentences where possible."""
    tokens = count(text[block.start : block.end])
    if tokens <= most:
        yield _Piece(start=block.start, end=block.end, tokens=tokens, block=block)
        return
    for span in sentences(text[block.start : block.end]):
        whole = Span(start=block.start + span.start, end=block.start + span.end)
        for part in _cut(text, whole, most, count):
            yield _Piece(start=part.start, end=part.end, tokens=count(text[part.start : part.end]), block=block)


def _cut(text: str, span: Span, most: int, count: Callable[[str], int]) -> Iterator[Span]:
    """Cut a sentence that is too long: near the end of what fits, at a clause mark, a space, or anywhere."""
    start = span.start
    while start < span.end:
        end = _reach(text, start, span.end, most, count)
        if end < span.end:
            marks = [found.end() for found in _CLAUSE.finditer(text, start + (end - start) // 2, end)]
            end = marks[-1] if marks else end
        while start < end and text[start].isspace():
            start += 1
        stop = end
        while stop > start and text[stop - 1].isspace():
            stop -= 1
        if stop > start:
            yield Span(start=start, end=stop)
        start = end


def _reach(text: str, start: int, end: int, most: int, count: Callable[[str], int]) -> int:
    """Return how far from `start` the text fits into `most` tokens, at least one character."""
    width = min(end - start, most * 6)
    while width > 1 and count(text[start : start + width]) > most:
        width = max(1, width * 3 // 4)
    return start + width


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

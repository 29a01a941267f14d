"""PDF to blocks, by PDFium: headings by outline, type size and number; hidden text and running heads left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from knowledge.document import BlockKind, Document
from knowledge.errors import DocumentError
from knowledge.load.draft import Writer
from knowledge.load.limits import Limits
from knowledge.load.pdf_lines import Line, lines_of, without_running_heads
from knowledge.load.pdf_streams import check_streams
from knowledge.load.pdf_strike import without_struck
from knowledge.load.pdf_tables import grids_of, rows_of
from knowledge.load.pdf_words import Sheet, read_sheet
from knowledge.load.recognise import Recogniser
from knowledge.load.table import Row, write_table

_BULLET: Final = re.compile(r"^[•●▪◦‣○■□➢✓Ɣ–—*-]\s*(?=\S)")
_ITEM: Final = re.compile(r"^\(?(?:[a-z]|\d{1,2}|[ivx]{1,4})[.)]\s+\S", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"^\d{1,3}(?:\.\d{1,3})+\.?\s+\S|^(?:§+|Sec(?:tion|\.)|Article)\s*\d")
_NUMBERED: Final = re.compile(r"^((?:\d{1,2}(?:\.\d{1,2}){0,4}|[IVX]{1,5}|[A-Z])\.?)\s+[A-Z][^.;:?!]{2,70}$")
_ENDED: Final = (".", ":", ";", "?", "!", ".”", '."', ".)")
_KEPT_HYPHEN: Final = frozenset(
    "all anti co cross ex half high inter long low multi non post pre pro quasi re self semi sub well".split()
)
_WORD: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
_WIDE: Final = 2.6
"""A sentence goes on over a gap of this many times the type size."""
_OPENING: Final = 8
"""A heading after more blocks than this is no title."""
MOST_DOTS: Final = 20_000_000
"""A page is drawn for recognition with at most this many dots."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Piece:
    """A line or a table, in reading order."""

    line: Line | None = None
    rows: tuple[Row, ...] = ()
    page: int = 0


def load(data: bytes, *, source: str, limits: Limits, recogniser: Recogniser | None = None) -> Document:
    """Return the document in PDF `data`; raises DocumentError when it is encrypted, damaged or too long.

    `recogniser` reads pages without text, by default the built-in one where `limits.ocr` asks for it.
    """
    check_streams(data, source=source, limits=limits)
    pdf = _open(data, source=source)
    try:
        if len(pdf) > limits.max_pages:
            reason = f"{len(pdf)} pages are more than library.max_pages = {limits.max_pages}"
            raise DocumentError(source, reason, kind="too-large")
        sheets = [_sheet(pdf, number) for number in range(1, len(pdf) + 1)]
        if recogniser or limits.ocr:
            sheets = [_recognised(pdf, sheet, recogniser) for sheet in sheets]
        outline, fields = _outline(pdf), pdf.get_metadata_dict()
    finally:
        pdf.close()
    if b"%%EOF" not in data[-2048:] and not any(sheet.words for sheet in sheets):
        raise DocumentError(source, "the PDF is damaged; it is cut off and no text is left", kind="damaged")
    title = str(fields.get("Title") or "")
    writer = write_sheets(sheets, outline, cut=b"%%EOF" not in data[-2048:])
    for name in ("Author", "CreationDate", "ModDate"):
        writer.note(name, fields.get(name))
    stem = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    named = title if _is_title(title) else writer.first_heading(_OPENING) or stem
    return writer.document(source=source, media_type="application/pdf", title=named)


def write_sheets(
    sheets: Sequence[Sheet], outline: dict[tuple[int, str], int] | None = None, *, cut: bool = False
) -> Writer:
    """Return a writer with the text of pages; `outline` is the level of bookmarks by page and folded title."""
    writer = Writer()
    _warn(writer, sheets, cut=cut)
    _Setter(writer, _pieces(sheets), outline or {}).write()
    return writer


def _recognised(pdf: Any, sheet: Sheet, given: Recogniser | None) -> Sheet:  # noqa: ANN401 - untyped library
    """Return a page as recognised when it has no text of its own, or type without a character map."""
    from knowledge.load.recognise import RESOLUTION, recogniser, words_of

    if sheet.words and not _is_garbled(sheet):
        return sheet
    page = pdf[sheet.number - 1]
    try:
        scale = RESOLUTION / 72 * min(1.0, (MOST_DOTS / max(1.0, sheet.width * sheet.height)) ** 0.5 * 72 / RESOLUTION)
        lines = (given or recogniser()).read(page.render(scale=scale).to_numpy())
    finally:
        page.close()
    words = words_of(lines, scale=scale)
    return replace(sheet, words=words, scanned=True, unmapped=0, rules=()) if words else sheet


def _is_garbled(sheet: Sheet) -> bool:
    """Return whether much of a page's type has no character map."""
    return sheet.unmapped > 20 + sum(len(word.text) for word in sheet.words) / 5


def _open(data: bytes, *, source: str) -> Any:  # noqa: ANN401 - untyped library
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
        pages = len(pdf)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            reason = "the PDF is encrypted; save a copy without a password"
            raise DocumentError(source, reason, kind="encrypted") from error
        raise DocumentError(source, f"the PDF is damaged ({error})", kind="damaged") from error
    if pages == 0:
        pdf.close()
        raise DocumentError(source, "the PDF has no readable pages; it may be cut off", kind="damaged")
    return pdf


def _sheet(pdf: Any, number: int) -> Sheet:  # noqa: ANN401 - untyped library
    import pypdfium2

    try:
        page = pdf[number - 1]
    except pypdfium2.PdfiumError:
        return Sheet(number=number, width=0, height=0, words=())
    try:
        return without_struck(read_sheet(page, number))
    finally:
        page.close()


def _outline(pdf: Any) -> dict[tuple[int, str], int]:  # noqa: ANN401 - untyped library
    """Return the level of each bookmark by its page and folded title."""
    levels: dict[tuple[int, str], int] = {}
    for mark in pdf.get_toc(max_depth=6):
        place = mark.get_dest()
        if place is not None and place.get_index() is not None:
            levels.setdefault((place.get_index() + 1, _folded(mark.get_title())), min(mark.level + 1, 6))
    return levels


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _is_title(text: str) -> bool:
    """Return whether the title that a file states is one that a person gave it, not a program."""
    made = re.search(
        r"\.(?:\w{2,4})$|^(?:untitled|microsoft|powerpoint|document|slide|scan)\b|\bcopy$", text.strip(), re.I
    )
    return len(text.split()) > 1 and len(text) < 200 and not made


def _warn(writer: Writer, sheets: Sequence[Sheet], *, cut: bool) -> None:
    if cut:
        writer.warn("damaged: the PDF has no end mark; what could be recovered was read")
    hidden = [sheet for sheet in sheets if sheet.hidden]
    if hidden:
        count = sum(sheet.hidden for sheet in hidden)
        writer.warn(f"hidden-text: {count} invisible characters on page {_places(hidden)} were left out")
    if struck := [sheet for sheet in sheets if sheet.struck]:
        count = sum(sheet.struck for sheet in struck)
        writer.warn(f"struck-out: {count} words on page {_places(struck)} that are struck out were left out")
    if turned := [sheet for sheet in sheets if sheet.turned]:
        writer.warn(f"turned-text: text at an angle on page {_places(turned)} was left out")
    if silent := [sheet for sheet in sheets if not sheet.words]:
        writer.warn(
            f"no-text: no extractable text on page {_places(silent)}; scanned pages need OCR (library.ocr: true)"
        )
    if scanned := [sheet for sheet in sheets if sheet.scanned]:
        writer.warn(f"ocr: page {_places(scanned)} is a scan; its recognised text was read and may have errors")
    if garbled := [sheet for sheet in sheets if _is_garbled(sheet)]:
        writer.warn(
            f"no-text: the type on page {_places(garbled)} has no character map; OCR may read it (library.ocr: true)"
        )


def _places(sheets: Sequence[Sheet]) -> str:
    return ", ".join(str(sheet.number) for sheet in sheets[:20]) + (", …" if len(sheets) > 20 else "")


def _pieces(sheets: Sequence[Sheet]) -> list[_Piece]:
    """Return lines and tables in reading order, running heads left out."""
    tables: list[list[tuple[float, _Piece]]] = []
    pages: list[list[Line]] = []
    for sheet in sheets:
        placed, words = [], sheet.words
        for grid in grids_of(sheet.rules):
            inside = [word for word in words if grid.holds(word)]
            rows = [] if grid.is_within_lines(words) else rows_of(grid, inside)
            if len(rows) > 1 and len(rows[0].cells) > 1:
                words = tuple(word for word in words if not grid.holds(word))
                placed.append((grid.ys[0], _Piece(rows=tuple(rows), page=sheet.number)))
        tables.append(placed)
        pages.append(lines_of(replace(sheet, words=tuple(words))))
    pieces: list[_Piece] = []
    for lines, placed in zip(without_running_heads(pages), tables, strict=True):
        pieces += _merged(lines, placed)
    return pieces


def _merged(lines: Iterable[Line], placed: Sequence[tuple[float, _Piece]]) -> Iterator[_Piece]:
    waiting = list(placed)
    for line in lines:
        while waiting and waiting[0][0] <= line.base:
            yield waiting.pop(0)[1]
        yield _Piece(line=line, page=line.page)
    yield from (piece for _, piece in waiting)


class _Setter:
    """Turns lines back into headings, paragraphs and list items."""

    def __init__(self, writer: Writer, pieces: Sequence[_Piece], outline: dict[tuple[int, str], int]) -> None:
        self._writer, self._pieces, self._outline = writer, pieces, outline
        lines = [piece.line for piece in pieces if piece.line]
        self._body = _usual(lines)
        self._leading = _leading(lines, self._body)
        self._sizes = sorted({round(line.size) for line in lines if line.size >= self._body + 1.2}, reverse=True)
        self._words = Counter(word for line in lines for word in _WORD.findall(line.text.lower()))
        self._run: list[Line] = []
        self._heads: list[tuple[Line, int]] = []
        self._notes: list[list[Line]] = []
        self._foot = 0

    def write(self) -> None:
        """Write all blocks."""
        before: Line | None = None
        for place, piece in enumerate(self._pieces):
            line = piece.line
            if line is None:
                self._flush()
                write_table(self._writer, piece.rows, page=piece.page)
                before = None
                continue
            if self._is_note(line):
                continue
            following = self._pieces[place + 1].line if place + 1 < len(self._pieces) else None
            level = self._level(line, before, following)
            if level:
                self._add_heading(line, level)
            else:
                if self._heads or (self._run and self._starts(line, self._run[-1])):
                    self._flush()
                self._run.append(line)
            before = line
        self._flush()

    def _is_note(self, line: Line) -> bool:
        """Hold back a footnote until the paragraph above it ends, which may be on the next page."""
        if line.note:
            self._foot = line.page
            self._notes.append([line])
            return True
        if self._foot == line.page and self._notes and line.size <= self._notes[-1][0].size + 0.5:
            self._notes[-1].append(line)
            return True
        return False

    def _level(self, line: Line, before: Line | None, following: Line | None) -> int:
        """Return the level of a heading, 0 for text."""
        listed = self._outline.get((line.page, _folded(line.text)))
        if listed and len(line.text) < 160:
            return listed
        text = line.text
        if len(text) > 140 or not re.search(r"[^\W\d_]{2}", text) or _BULLET.match(text):
            return 0
        numbered = _NUMBERED.match(text)
        if line.size >= self._body + 1.2 and not text.endswith((";", ",")):
            return min(1 + self._sizes.index(round(line.size)), 4) if round(line.size) in self._sizes else 4
        short = line.right - line.left < 0.75 * max(line.edge - line.left, 1) or len(text) < 60
        closed = not text.endswith((".", ";", ","))
        if line.bold and closed and short and line.size >= self._body - 1.5 and (numbered or not _ITEM.match(text)):
            return min(1 + len(self._sizes), 4) + (numbered[1].strip(".").count(".") if numbered else 0)
        return self._unmarked(line, before, following)

    def _unmarked(self, line: Line, before: Line | None, following: Line | None) -> int:
        """Return the level of a heading that only its words and place mark: a number, or the first line of all."""
        numbered = _NUMBERED.match(line.text)
        if following is None or abs(following.size - line.size) > 1.2 or line.size < self._body - 0.5:
            return 0
        narrow = line.right - line.left < 0.6 * max(line.edge - line.left, 1)
        if before is None and not self._writer.has_body:
            words = line.text.split()
            capitals = sum(1 for word in words if word[:1].isupper())
            starts = following.text[:1].isupper() or following.text[:1].isdigit()
            return int(
                narrow and len(words) > 1 and capitals >= 0.6 * len(words) and not line.text.endswith(_ENDED) and starts
            )
        free = before is None or before.text.endswith(_ENDED) or before.page != line.page or bool(self._heads)
        if numbered and narrow and free and not _same_list(numbered[1], following.text):
            return 2 + numbered[1].strip(".").count(".")
        return 0

    def _add_heading(self, line: Line, level: int) -> None:
        if self._heads:
            above, height = self._heads[-1]
            together = above.page == line.page and abs(above.size - line.size) < 0.6 and above.bold == line.bold
            near = 0 <= line.base - above.base < 1.6 * max(line.size, 6)
            if not (together and near and height == level and not _NUMBERED.match(line.text)):
                self._flush()
        elif self._run:
            self._flush()
        self._heads.append((line, level))

    def _starts(self, line: Line, before: Line) -> bool:
        """Return whether a line begins a new block after `before`."""
        text, ended = line.text, before.text.endswith(_ENDED)
        if _BULLET.match(text) or _ITEM.match(text) or _CLAUSE.match(text):
            return ended or not (before.right > before.edge - 30 and _ITEM.match(text) and not _BULLET.match(text))
        if line.page != before.page or line.base < before.base:
            return ended or not text[:1].islower()
        gap = line.base - before.base
        if not ended and text[:1].islower() and gap < _WIDE * max(line.size, before.size):
            return False
        if gap > 1.35 * max(self._leading, before.size) or abs(line.size - before.size) > 1.2:
            return True
        room = before.right < before.edge - 0.2 * max(before.edge - before.left, 1)
        return ended and text[:1].isupper() and (room or line.left > before.left + 8)

    def _flush(self) -> None:
        if self._heads:
            first, level = self._heads[0]
            self._writer.heading(self._join([line for line, _ in self._heads]), level, page=first.page)
            self._heads.clear()
        if self._run:
            text, page = self._join(self._run), self._run[0].page
            bullet = _BULLET.match(text)
            is_item = bool(bullet or _ITEM.match(text))
            kind = BlockKind.ITEM if is_item else BlockKind.PARAGRAPH
            self._writer.block(text[bullet.end() :] if bullet else text, kind, level=int(is_item), page=page)
            self._run.clear()
        for note in self._notes:
            self._writer.block(self._join(note), page=note[0].page)
        self._notes.clear()
        self._foot = 0

    def _join(self, lines: Sequence[Line]) -> str:
        """Join lines; a word cut at a line's end is made whole unless its hyphen belongs to it."""
        text = lines[0].text
        for line in lines[1:]:
            left, right = re.search(r"([a-z]+)-$", text, re.IGNORECASE), re.match(r"[a-z]+", line.text)
            if not left or not right:
                text = f"{text}{'' if text.endswith(('-', '/')) and right else ' '}{line.text}"
            elif self._keeps_hyphen(left[1].lower(), right[0]):
                text += line.text
            else:
                text = text[:-1] + line.text
        return text

    def _keeps_hyphen(self, left: str, right: str) -> bool:
        apart, whole = self._words[f"{left}-{right}"], self._words[left + right]
        return apart > whole or (apart == whole and left in _KEPT_HYPHEN)


def _same_list(number: str, text: str) -> bool:
    """Return whether the text carries on the numbering at the same depth: then both are items of a list."""
    found = _NUMBERED.match(text) or re.match(r"(\d{1,2}(?:\.\d{1,2}){0,4}\.?)\s", text)
    return bool(found and found[1].strip(".").count(".") == number.strip(".").count("."))


def _usual(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _leading(lines: Sequence[Line], body: float) -> float:
    """Return the usual distance of two lines of text."""
    gaps: Counter[float] = Counter()
    for above, below in pairwise(lines):
        gap = below.base - above.base
        if above.page == below.page and above.size == below.size == body and 0 < gap < 3 * body:
            gaps[round(gap, 1)] += 1
    common = gaps.most_common(3)
    return min((gap for gap, count in common if count >= 0.5 * common[0][1]), default=1.2 * body)

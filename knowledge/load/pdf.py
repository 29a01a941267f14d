"""PDF to blocks, by pdfplumber: lines by position, headings by type size, running heads and hidden text left out."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from knowledge.document import BlockKind, Document
from knowledge.errors import DocumentError
from knowledge.load.draft import Writer
from knowledge.load.limits import Limits
from knowledge.load.markdown import row_text

_ITEM: Final = re.compile(r"^(?:[•●▪◦‣–-]\s*|\(?(?:[a-z]|\d{1,2}|[ivx]{1,4})[.)]\s+)")
_SMALLEST: Final = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of type: its text, size in points, weight, page from 1, and place in points from the top left."""

    text: str
    size: float
    bold: bool
    page: int
    top: float
    left: float
    right: float


def load(data: bytes, *, source: str, limits: Limits) -> Document:
    """Return the document in PDF `data`; raises DocumentError when it is encrypted, damaged or too long."""
    _check(data, source=source, limits=limits)
    writer = Writer()
    lines, tables = _pages(data, writer, source=source)
    body = _body_size(lines)
    running = _running(lines)
    by_page: dict[int, list[Line]] = {}
    for line in lines:
        if _fold(line) not in running:
            by_page.setdefault(line.page, []).append(line)
    for page in sorted({*by_page, *tables}):
        _write_page(writer, by_page.get(page, []), tables.get(page, []), body, page)
    return writer.document(source=source, media_type="application/pdf")


def _check(data: bytes, *, source: str, limits: Limits) -> None:
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError(source, "the PDF is encrypted; save a copy without a password", kind="encrypted")
        pages = len(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise DocumentError(source, f"the PDF is damaged ({type(error).__name__}: {error})", kind="damaged") from error
    if pages == 0:
        raise DocumentError(source, "the PDF has no readable pages; it may be cut off", kind="damaged")
    if pages > limits.max_pages:
        raise DocumentError(
            source, f"{pages} pages are more than library.max_pages = {limits.max_pages}", kind="too-large"
        )


def _pages(data: bytes, writer: Writer, *, source: str) -> tuple[list[Line], dict[int, list[tuple[float, list[str]]]]]:
    import pdfplumber

    lines: list[Line] = []
    tables: dict[int, list[tuple[float, list[str]]]] = {}
    silent: list[int] = []
    unseen: dict[int, int] = {}
    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            for page in pdf.pages:
                found, rows, hidden = _page(page)
                if hidden:
                    unseen[page.page_number] = hidden
                if not found and not rows:
                    silent.append(page.page_number)
                lines += found
                if rows:
                    tables[page.page_number] = rows
                page.close()
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError(source, f"the PDF is damaged ({type(error).__name__}: {error})", kind="damaged") from error
    if unseen:
        pages = ", ".join(map(str, list(unseen)[:20]))
        writer.warn(f"hidden-text: {sum(unseen.values())} invisible characters on page {pages} were left out")
    if silent:
        pages = ", ".join(map(str, silent[:20]))
        writer.warn(f"no-text: no extractable text on page {pages}; scanned pages need OCR first")
    return lines, tables


def _page(page: Any) -> tuple[list[Line], list[tuple[float, list[str]]], int]:  # noqa: ANN401 - untyped library
    seen = page.filter(_visible)
    hidden = sum(1 for char in page.chars if not _visible(char) and char.get("text", "").strip())
    rows: list[tuple[float, list[str]]] = []
    for table in seen.find_tables() if len(page.rects) + len(page.lines) >= 4 else []:
        cells = [[" ".join((cell or "").split()) for cell in row] for row in table.extract()]
        if len(cells) > 1 and max(map(len, cells)) > 1:
            rows.append((table.bbox[1], [row_text(cells[0], row) for row in cells[1:]]))
            box = table.bbox
            seen = seen.filter(lambda each, box=box: not _inside(each, box))
    words = seen.extract_words(extra_attrs=["size", "fontname"], use_text_flow=False, keep_blank_chars=False)
    return _lines(words, page), rows, hidden


def _inside(each: Any, box: tuple[float, float, float, float]) -> bool:  # noqa: ANN401 - untyped library
    middle = (each["top"] + each["bottom"]) / 2
    return bool(each.get("object_type") == "char" and box[1] <= middle <= box[3] and box[0] <= each["x0"] <= box[2])


def _visible(each: Any) -> bool:  # noqa: ANN401 - untyped library
    if each.get("object_type") != "char":
        return True
    colour = each.get("non_stroking_color")
    white = isinstance(colour, tuple | list) and len(colour) in (1, 3) and all(part >= 0.98 for part in colour)
    return each["size"] >= _SMALLEST and not white and each.get("text_rendering_mode", each.get("mode", 0)) != 3


def _lines(words: Sequence[Any], page: Any) -> list[Line]:  # noqa: ANN401 - untyped library
    """Group words into lines, column by column."""
    rows: list[list[Any]] = []
    for word in sorted(words, key=lambda each: (round(each["top"] / 3), each["x0"])):
        if rows and abs(rows[-1][-1]["top"] - word["top"]) < 4 and word["x0"] >= rows[-1][-1]["x0"] - 1:
            rows[-1].append(word)
        else:
            rows.append([word])
    pieces = [piece for row in rows for piece in _pieces(row)]
    lines = [_line(piece, page.page_number) for piece in pieces]
    return _in_columns(lines, float(page.width))


def _pieces(row: list[Any]) -> list[list[Any]]:
    """Cut a row of words where a gap is as wide as a gutter."""
    pieces = [[row[0]]]
    for word in row[1:]:
        if word["x0"] - pieces[-1][-1]["x1"] > 2.2 * max(word["size"], 6):
            pieces.append([word])
        else:
            pieces[-1].append(word)
    return pieces


def _line(words: list[Any], page: int) -> Line:
    sizes = Counter(round(word["size"], 1) for word in words)
    return Line(
        text=" ".join(word["text"] for word in words),
        size=sizes.most_common(1)[0][0],
        bold=all("bold" in word["fontname"].lower() for word in words),
        page=page,
        top=float(words[0]["top"]),
        left=float(words[0]["x0"]),
        right=float(words[-1]["x1"]),
    )


def _in_columns(lines: list[Line], width: float) -> list[Line]:
    """Order lines top to bottom; when the page has two columns, the left before the right, stretch by stretch."""
    middle = width / 2
    left = [line for line in lines if line.right <= middle + 5]
    right = [line for line in lines if line.left >= middle - 5]
    if len(left) < 4 or len(right) < 4 or len(left) + len(right) < 0.6 * len(lines):
        return sorted(lines, key=lambda line: (line.top, line.left))
    wide = sorted((line for line in lines if line not in left and line not in right), key=lambda line: line.top)
    ordered: list[Line] = []
    bounds = [float("-inf"), *(line.top for line in wide), float("inf")]
    for number, (above, below) in enumerate(pairwise(bounds)):
        for column in (left, right):
            ordered += sorted((line for line in column if above <= line.top < below), key=lambda line: line.top)
        if number < len(wide):
            ordered.append(wide[number])
    return ordered


def _body_size(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _fold(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.strip().lower())


def _running(lines: Sequence[Line]) -> set[str]:
    """Return the folded texts of lines that stand at the edge of most pages: running heads and page numbers."""
    pages = {line.page for line in lines}
    if len(pages) < 2:
        return {"page # of #", "page #"}
    tops: dict[int, list[float]] = {}
    for line in lines:
        tops.setdefault(line.page, []).append(line.top)
    edges = {page: (sorted(places)[:2][-1], sorted(places)[-2:][0]) for page, places in tops.items()}
    counts: Counter[str] = Counter()
    for page in pages:
        at_edge = {
            _fold(line)
            for line in lines
            if line.page == page and (line.top <= edges[page][0] or line.top >= edges[page][1])
        }
        counts.update(at_edge)
    return {text for text, count in counts.items() if count >= max(2, 0.6 * len(pages))} | {"page # of #", "page #"}


def _write_page(
    writer: Writer, lines: Sequence[Line], tables: Sequence[tuple[float, list[str]]], body: float, page: int
) -> None:
    waiting = sorted(tables, key=lambda table: table[0])
    run: list[Line] = []
    for line in lines:
        while waiting and waiting[0][0] <= line.top:
            _flush(writer, run, page)
            _table(writer, waiting.pop(0)[1], page)
        if _is_heading(line, body):
            _flush(writer, run, page)
            writer.heading(line.text, _level(line, body), page=page)
        else:
            if run and _starts_block(line, run[-1]):
                _flush(writer, run, page)
            run.append(line)
    _flush(writer, run, page)
    for _, rows in waiting:
        _table(writer, rows, page)


def _table(writer: Writer, rows: Sequence[str], page: int) -> None:
    for row in rows:
        writer.block(row, BlockKind.ROW, page=page)


def _is_heading(line: Line, body: float) -> bool:
    short = len(line.text) <= 120 and not line.text.endswith((".", ";", ","))
    return short and (line.size >= body + 1.4 or (line.bold and line.size >= body - 0.2 and not _ITEM.match(line.text)))


def _level(line: Line, body: float) -> int:
    over = line.size - body
    return 1 if over >= 6 else 2 if over >= 2.5 else 3


def _starts_block(line: Line, before: Line) -> bool:
    gap = line.top - before.top
    return bool(_ITEM.match(line.text)) or gap > 1.75 * max(before.size, 6) or gap < 0


def _flush(writer: Writer, run: list[Line], page: int) -> None:
    if not run:
        return
    text = run[0].text
    for line in run[1:]:
        joined = text.endswith("-") and line.text[:1].islower() and re.search(r"[a-z]-$", text)
        text = text[:-1] + line.text if joined else f"{text} {line.text}"
    item = _ITEM.match(text)
    writer.block(
        text[item.end() :] if item and text[0] in "•●▪◦‣–-" else text,
        BlockKind.ITEM if item else BlockKind.PARAGRAPH,
        page=page,
    )
    run.clear()

"""Plain text, CSV and JSON to blocks."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from knowledge.document import BlockKind, Document
from knowledge.errors import DocumentError
from knowledge.load.draft import Writer
from knowledge.load.table import Row, row_text, write_table

_BREAKS: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028]|\u2029")
_PARAGRAPH: Final = re.compile(r"\n(?:[ \t\xa0]*\n)+")
_ITEM: Final = re.compile(r"^\s*(?:[-*•–‣▪●○]|\(?[a-z0-9ivx]{1,4}[.)])\s+", re.IGNORECASE)
_BULLET: Final = re.compile(r"^\s*[-*•–‣▪●○]\s+")
_NUMBERED: Final = re.compile(
    r"^(?:(?:section|part|chapter|article|appendix)\s+[\w.]+|\d+(?:\.\d+)*\.?)\s+[A-Z][^.;:]{2,80}$", re.IGNORECASE
)
_UNDERLINE: Final = re.compile(r"^(?:={3,}|-{3,}|~{3,})$")
_FIGURE: Final = re.compile(r"[\d.,%$€£ +-]*\d[\d.,%$€£ +-]*")
_QUOTED: Final = re.compile(r'"[^"]*"')
LONGEST_HEAD: Final = 20_000
LONGEST_FIELD: Final = 10_000_000


def load_text(text: str, *, source: str) -> Document:
    """Return the document in plain `text`: paragraphs, list items, and numbered, capitalised or underlined headings."""
    writer = Writer()
    write_text(text, writer)
    return writer.document(source=source, media_type="text/plain")


def write_text(text: str, writer: Writer, *, page: int | None = None) -> None:
    """Write the paragraphs of plain text to a document that has begun."""
    for paragraph in _PARAGRAPH.split(_BREAKS.sub("\n", text)):
        _paragraph(writer, [line.strip() for line in paragraph.split("\n") if line.strip()], page)


def _paragraph(writer: Writer, lines: list[str], page: int | None) -> None:
    if len(lines) > 1 and _UNDERLINE.match(lines[1]) and len(lines[0]) <= 120:
        writer.heading(lines[0], 1 if lines[1][0] == "=" else 2, page=page)
        lines = lines[2:]
    if len(lines) == 1 and _is_heading(lines[0]):
        writer.heading(lines[0], _level(lines[0]), page=page)
        return
    run: list[str] = []
    for line in lines:
        if _UNDERLINE.match(line):
            continue
        ended = bool(run) and run[-1].endswith((".", ";", ":", "?", "!")) and not line[:1].islower()
        if run and (ended or _ITEM.match(line)):
            _flush(writer, run, page)
            run = []
        run.append(line)
    _flush(writer, run, page)


def _flush(writer: Writer, run: list[str], page: int | None) -> None:
    if run:
        text = " ".join(run)
        kind = BlockKind.ITEM if _ITEM.match(run[0]) else BlockKind.PARAGRAPH
        writer.block(_BULLET.sub("", text), kind, level=1 if kind == BlockKind.ITEM else 0, page=page)


def _level(line: str) -> int:
    number = re.match(r"\d+(?:\.\d+)*", line)
    return min(2 + number[0].count("."), 6) if number else 2


def _is_heading(line: str) -> bool:
    short = len(line) <= 90 and not line.endswith((".", ";", ":", ",", "?", "!"))
    if not short or len(line) < 3:
        return False
    return bool(_NUMBERED.match(line)) or (line.isupper() and sum(map(str.isalpha, line)) >= 3)


def load_csv(text: str, *, source: str) -> Document:
    """Return the table in `text`, one block a row; raises DocumentError when it cannot be read."""
    writer = Writer()
    csv.field_size_limit(LONGEST_FIELD)
    try:
        rows = [
            row
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
            if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise DocumentError(source, f"not a readable table: {error}", kind="damaged") from error
    if rows:
        ragged = [number for number, row in enumerate(rows, 1) if len(row) != len(rows[0])]
        for number in ragged[:5]:
            writer.warn(f"table: row {number} has {len(rows[number - 1])} cells, the head has {len(rows[0])}")
        has_head = not all(_FIGURE.fullmatch(cell) for cell in rows[0] if cell.strip())
        write_table(writer, [Row(cells=tuple(row), is_head=has_head and not place) for place, row in enumerate(rows)])
    return writer.document(source=source, media_type="text/csv")


def _delimiter(text: str) -> str:
    """Return what parts the cells: the sign that the first line has most of, outside quotes."""
    first = _QUOTED.sub("", text[:LONGEST_HEAD].lstrip("\n").split("\n", 1)[0])
    return max(",;\t|", key=first.count)


def load_json(text: str, *, source: str) -> Document:
    """Return the values of a JSON or JSON Lines file as rows; raises DocumentError when it is not JSON.

    A flat object is one row, "key: value; key: value"; other values stand under the path of their keys.
    """
    writer = Writer()
    writer.warn("json: read as data, each value under its keys")
    for words in _entries(_values(text, source)):
        writer.block(words, BlockKind.ROW)
    return writer.document(source=source, media_type="application/json")


def _values(text: str, source: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        try:
            return [json.loads(line) for line in text.split("\n") if line.strip()]
        except (ValueError, RecursionError) as error:
            raise DocumentError(source, f"not valid JSON: {error}", kind="damaged") from error


def _entries(values: list[Any]) -> Iterator[str]:
    stack: list[tuple[str, Any]] = [("", value) for value in reversed(values)]
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict) and _is_flat(value) and len(value) > 1 and (key or len(values) > 1):
            words = row_text([str(name) for name in value], [_scalar(inner) for inner in value.values()])
            yield f"{key}: {words}" if key else words
        elif isinstance(value, dict):
            stack += [(f"{key} {name}".strip(), inner) for name, inner in reversed(list(value.items()))]
        elif isinstance(value, list):
            stack += [(key, inner) for inner in reversed(value)]
        elif value not in (None, ""):
            yield f"{key}: {_scalar(value)}" if key else _scalar(value)


def _is_flat(value: dict[str, Any]) -> bool:
    """Return whether an object holds no lists or objects."""
    return not any(isinstance(inner, dict | list) for inner in value.values())


def _scalar(value: object) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)

"""Plain text, CSV and JSON to blocks; and bytes to characters, whatever the encoding claims."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any, Final

from knowledge.document import BlockKind, Document
from knowledge.errors import DocumentError
from knowledge.load.draft import Writer
from knowledge.load.table import row_text

_MARKS: Final = (("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n+")
_ITEM: Final = re.compile(r"^\s*(?:[-*•–]|\(?[a-z0-9ivx]{1,4}[.)])\s+", re.IGNORECASE)
_NUMBERED: Final = re.compile(
    r"^(?:(?:section|part|chapter|article|appendix)\s+[\w.]+|\d+(?:\.\d+)*\.?)\s+[A-Z].{2,80}$", re.IGNORECASE
)
LONGEST_FIELD: Final = 10_000_000


def decode(data: bytes, *, source: str) -> tuple[str, str | None]:
    """Return the characters of `data` and a warning when they had to be guessed; raises DocumentError when binary."""
    for encoding, mark in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), None
    wide = _wide(data)
    if wide:
        return data.decode(wide, "replace"), f"encoding: {wide} without a byte-order mark, guessed from the bytes"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _guess(data, error, source=source)
    nulls = text.count("\x00")
    if nulls > 0.05 * len(text) + 8 or _is_binary(text):
        raise DocumentError(source, "the file is binary, not text", kind="binary")
    return text, f"control-characters: {nulls} NUL characters were left out" if nulls else None


def _wide(data: bytes) -> str | None:
    """Return UTF-16's byte order when every other byte is mostly zero."""
    sample = data[:4000]
    half = max(1, len(sample) // 2)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if len(sample) < 8 or (even < 0.4 and odd < 0.4):
        return None
    return "utf-16-be" if even > odd and odd < 0.1 else "utf-16-le" if even < 0.1 else None


def _is_binary(text: str) -> bool:
    sample = text[:20_000]
    odd = sum(1 for character in sample if ord(character) < 32 and character not in "\t\n\r\f\v\x00\x1b")
    return odd > 0.02 * len(sample) + 2


def _guess(data: bytes, error: UnicodeDecodeError, *, source: str) -> tuple[str, str | None]:
    stray = data.decode("utf-8", "replace").count("\ufffd")
    controls = sum(1 for byte in data[:20_000] if byte < 32 and byte not in (9, 10, 12, 13))
    if controls > 0.02 * min(len(data), 20_000) + 2:
        raise DocumentError(source, "the file is binary, not text", kind="binary")
    multibyte = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", data))
    if multibyte > stray:
        return data.decode(
            "utf-8", "replace"
        ), f"encoding: {stray} invalid bytes were replaced, the first at {error.start}"
    from charset_normalizer import from_bytes

    best = from_bytes(
        data, cp_isolation=["cp1252", "latin_1", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"]
    ).best()
    encoding = best.encoding if best else "cp1252"
    if encoding == "latin_1" or (encoding not in ("cp1252",) and _mostly_ascii(data)):
        encoding = "cp1252"
    return data.decode(
        encoding, "replace"
    ), None if stray == 0 else f"encoding: read as {encoding}, guessed from the bytes"


def _mostly_ascii(data: bytes) -> bool:
    return sum(1 for byte in data[:20_000] if byte < 128) > 0.85 * min(len(data), 20_000)


def load_text(text: str, *, source: str) -> Document:
    """Return the document in plain `text`: paragraphs, list items, and numbered or capitalised headings."""
    writer = Writer()
    folded = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028]", "\n", text)
    for paragraph in _PARAGRAPH.split(folded):
        _paragraph(writer, paragraph)
    return writer.document(source=source, media_type="text/plain")


def _paragraph(writer: Writer, paragraph: str) -> None:
    lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
    if len(lines) == 1 and _is_heading(lines[0]):
        writer.heading(lines[0], 2)
        return
    run: list[str] = []
    for line in lines:
        starts = bool(_ITEM.match(line)) or (bool(run) and run[-1].endswith((".", ";", ":")) and not line[:1].islower())
        if starts and run:
            _flush(writer, run)
            run = []
        run.append(line)
    _flush(writer, run)


def _flush(writer: Writer, run: list[str]) -> None:
    if run:
        kind = BlockKind.ITEM if _ITEM.match(run[0]) else BlockKind.PARAGRAPH
        writer.block(" ".join(run), kind, level=1 if kind == BlockKind.ITEM else 0)


def _is_heading(line: str) -> bool:
    short = len(line) <= 90 and not line.endswith((".", ";", ":", ",", "?", "!"))
    if not short or len(line) < 3:
        return False
    return bool(_NUMBERED.match(line)) or (line.isupper() and any(c.isalpha() for c in line))


def load_csv(text: str, *, source: str) -> Document:
    """Return the table in `text`, one block a row; raises DocumentError when it cannot be read."""
    writer = Writer()
    csv.field_size_limit(LONGEST_FIELD)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:8000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [row for row in csv.reader(io.StringIO(text), dialect) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DocumentError(source, f"not a readable table: {error}", kind="damaged") from error
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]):
            writer.warn(f"table: row {number} has {len(row)} cells, the head has {len(rows[0])}")
        writer.block(row_text(rows[0], row), BlockKind.ROW)
    return writer.document(source=source, media_type="text/csv")


def load_json(text: str, *, source: str) -> Document:
    """Return the values of a JSON file as rows under their keys; raises DocumentError when it is not JSON."""
    writer = Writer()
    writer.warn("json: read as data, each value under its keys")
    try:
        values = [json.loads(text)]
    except (json.JSONDecodeError, RecursionError):
        try:
            values = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (json.JSONDecodeError, RecursionError) as error:
            raise DocumentError(source, f"not valid JSON: {error}", kind="damaged") from error
    stack: list[tuple[str, Any]] = [("", value) for value in reversed(values)]
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{key} {name}".strip(), inner) for name, inner in reversed(list(value.items()))]
        elif isinstance(value, list):
            stack += [(key, inner) for inner in reversed(value)]
        elif value not in (None, ""):
            writer.block(f"{key}: {value}" if key else str(value), BlockKind.ROW)
    return writer.document(source=source, media_type="application/json")

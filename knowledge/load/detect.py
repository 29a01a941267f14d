"""What a file is, from its bytes; the name only tells Markdown, CSV and JSON from other text."""

from __future__ import annotations

import io
import re
import zipfile
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from knowledge.errors import DocumentError

_MAGIC: Final = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\xd0\xcf\x11\xe0", "an old binary Office file; save it as DOCX"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "an RTF file; save it as DOCX"),
)
_HTML: Final = re.compile(
    rb"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|article|main|div|p|h1|table)\b",
    re.I | re.S,
)
_XHTML: Final = re.compile(rb"^\s*(?:<\?xml[^>]*\?>\s*)?<!doctype\s+[^>\[]*\[", re.I | re.S)


class Kind(StrEnum):
    """The families of formats that can be read."""

    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"
    TEXT = "text"


def detect(data: bytes, *, source: str) -> Kind:
    """Return what `data` is; raises DocumentError for what cannot be read, saying what it is."""
    suffix = PurePosixPath(source.lower()).suffix
    if b"%PDF-" in data[:1024]:
        return Kind.PDF
    if data[:4] == b"PK\x03\x04" or data[:4] == b"PK\x05\x06":
        return _zipped(data, source, suffix)
    for magic, name in _MAGIC:
        if data.startswith(magic) and not (magic == b"MZ" and suffix in (".txt", ".md")):
            raise DocumentError(source, f"unsupported: {name}", kind="unsupported")
    if suffix == ".pdf":
        raise DocumentError(source, "named .pdf but it is not a PDF", kind="unsupported")
    if suffix == ".docx":
        raise DocumentError(source, "named .docx but it is not a Word file", kind="damaged")
    return _textual(data, suffix)


def _textual(data: bytes, suffix: str) -> Kind:
    by_name = {
        ".csv": Kind.CSV,
        ".tsv": Kind.CSV,
        ".json": Kind.JSON,
        ".jsonl": Kind.JSON,
        ".md": Kind.MARKDOWN,
        ".markdown": Kind.MARKDOWN,
    }
    if suffix in (".html", ".htm", ".xhtml") or (
        suffix not in by_name and (_HTML.match(data[:4000]) or _XHTML.match(data[:4000]))
    ):
        return Kind.HTML
    return by_name.get(suffix, Kind.TEXT)


def _zipped(data: bytes, source: str, suffix: str) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise DocumentError(source, f"the file is damaged, its ZIP cannot be read ({error})", kind="damaged") from error
    if "word/document.xml" in names:
        return Kind.DOCX
    if suffix == ".docx" or any(name.startswith("word/") for name in names):
        raise DocumentError(source, "named .docx but it has no Word document in it", kind="damaged")
    for part, name in (("ppt/", "a PowerPoint file; save it as PDF"), ("xl/", "an Excel file; save it as CSV")):
        if any(each.startswith(part) for each in names):
            raise DocumentError(source, f"unsupported: {name}", kind="unsupported")
    raise DocumentError(source, "unsupported: a ZIP archive; unpack it first", kind="unsupported")

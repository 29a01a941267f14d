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
    (b"\x89PNG", "a PNG picture; it needs OCR first"),
    (b"\xff\xd8\xff", "a JPEG picture; it needs OCR first"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"II*\x00", "a TIFF picture; it needs OCR first"),
    (b"MM\x00*", "a TIFF picture; it needs OCR first"),
    (b"RIFF", "a sound, film or WebP picture"),
    (b"OggS", "a sound"),
    (b"ID3", "a sound"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"BZh9", "a bzip2 archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive; unpack it first"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file; save it as CSV"),
    (b"{\\rtf", "an RTF file; save it as DOCX"),
    (b"%!PS", "a PostScript file; save it as PDF"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_PARTS: Final = (
    ("ppt/", "a PowerPoint file; save it as PDF"),
    ("xl/", "an Excel file; save it as CSV"),
    ("META-INF/container.xml", "an EPUB book; save it as HTML"),
    ("content.xml", "an OpenDocument file; save it as DOCX"),
)
_PAGE: Final = re.compile(
    rb"^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*){0,5}<(?:!doctype\s+html|html)\b", re.I | re.S
)
_FRAGMENT: Final = re.compile(rb"^\s*<(?:head|body|article|main|section|div|p|h1|table)\b[^>]{0,500}>", re.I)
_XHTML: Final = re.compile(rb"^\s*(?:<\?xml[^>]{0,200}\?>\s*)?<!doctype\s+[^>\[]{0,300}\[", re.I)
_HEADING: Final = re.compile(rb"^#{1,6} \S[^\n]{0,150}\r?\n[ \t]*\r?$", re.M)


class Kind(StrEnum):
    """The families of formats that can be read."""

    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"
    TEXT = "text"


_BY_NAME: Final = {
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".json": Kind.JSON,
    ".jsonl": Kind.JSON,
    ".ndjson": Kind.JSON,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".htm": Kind.HTML,
    ".html": Kind.HTML,
    ".xhtml": Kind.HTML,
}


def detect(data: bytes, *, source: str) -> Kind:
    """Return what `data` is; raises DocumentError for what cannot be read, saying what it is."""
    suffix = PurePosixPath(source.lower()).suffix
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(b"%PDF-") or (
        suffix == ".pdf" and b"%PDF-" in data[:1024]
    ):
        return Kind.PDF
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zipped(data, source, suffix)
    if data.startswith(_OLE):
        raise _old_office(data, source)
    for magic, name in _MAGIC:
        if data.startswith(magic) and not (magic.isalpha() and 0 not in data[:64]):
            raise DocumentError(source, f"unsupported: {name}", kind="unsupported")
    if data.startswith(b"MZ") and 0 in data[:64]:
        raise DocumentError(source, "unsupported: a program", kind="unsupported")
    if suffix == ".pdf":
        raise DocumentError(source, "named .pdf but it is not a PDF", kind="unsupported")
    if suffix == ".docx":
        raise DocumentError(source, "named .docx but it is not a Word file", kind="damaged")
    return _textual(data, suffix)


def _old_office(data: bytes, source: str) -> DocumentError:
    if _ENCRYPTED in data:
        return DocumentError(source, "the Office file is encrypted; save a copy without a password", kind="encrypted")
    return DocumentError(source, "unsupported: an old binary Office file; save it as DOCX", kind="unsupported")


def _textual(data: bytes, suffix: str) -> Kind:
    start = data[:4000].removeprefix(b"\xef\xbb\xbf")
    if _PAGE.match(start) or _XHTML.match(start):
        return Kind.HTML
    if suffix in _BY_NAME:
        return _BY_NAME[suffix]
    return Kind.HTML if _FRAGMENT.match(start) else Kind.TEXT


def is_markdown(text: str) -> bool:
    """Return whether plain text has headings as Markdown writes them, two at least, each with an empty line after it."""
    return len(_HEADING.findall(text[:20_000].encode("utf-8", "replace"))) >= 2


def _zipped(data: bytes, source: str, suffix: str) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise DocumentError(source, f"the file is damaged, its ZIP cannot be read ({error})", kind="damaged") from error
    if any(re.fullmatch(r"word/document\d*\.xml", name) for name in names):
        return Kind.DOCX
    if suffix == ".docx" or any(name.startswith("word/") for name in names):
        raise DocumentError(source, "named .docx but it has no Word document in it", kind="damaged")
    for part, name in _PARTS:
        if any(each.startswith(part) for each in names):
            raise DocumentError(source, f"unsupported: {name}", kind="unsupported")
    raise DocumentError(source, "unsupported: a ZIP archive; unpack it first", kind="unsupported")

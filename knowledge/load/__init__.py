"""Bytes to `Document`: one module a family of formats, the type found from content."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from knowledge.document import Document
from knowledge.errors import DocumentError
from knowledge.load.limits import Limits

__all__ = ["Limits", "load_bytes", "load_file"]

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_DEFAULT = Limits()
MOST_ENTITIES = 3
ENTITY_SEARCH = 1_000_000


def load_file(path: Path, *, source: str, limits: Limits = _DEFAULT) -> Document:
    """Read the file at `path` as the document `source`; raises DocumentError when that cannot be done."""
    try:
        size = path.stat().st_size
        if size > limits.max_bytes:
            raise DocumentError(
                source, f"{size} bytes are more than library.max_bytes = {limits.max_bytes}", kind="too-large"
            )
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(source, f"cannot be read ({error.strerror})", kind="unreadable") from error
    return load_bytes(data, source=source, limits=limits)


def load_bytes(data: bytes, *, source: str, limits: Limits = _DEFAULT) -> Document:
    """Read `data` as the document `source`; raises DocumentError when that cannot be done."""
    from knowledge.load.detect import Kind, detect

    if not data.strip():
        raise DocumentError(source, "the file is empty", kind="empty")
    if len(data) > limits.max_bytes:
        raise DocumentError(source, f"{len(data)} bytes are more than {limits.max_bytes}", kind="too-large")
    kind = detect(data, source=source)
    if kind is Kind.PDF:
        from knowledge.load import pdf

        return pdf.load(data, source=source, limits=limits)
    if kind is Kind.DOCX:
        from knowledge.load import office

        return office.load(data, source=source, limits=limits)
    return _textual(data, kind, source=source)


def _textual(data: bytes, kind: str, *, source: str) -> Document:
    from knowledge.load import html, markdown, text
    from knowledge.load.decode import decode
    from knowledge.load.detect import Kind, is_markdown

    if kind == Kind.HTML and len(_ENTITY.findall(data[:ENTITY_SEARCH])) > MOST_ENTITIES:
        raise DocumentError(source, "it defines XML entities, which are never expanded", kind="unsupported")
    characters, warning = decode(data, source=source)
    characters = characters.replace("\r\n", "\n").replace("\r", "\n")
    if kind == Kind.TEXT and is_markdown(characters):
        kind = Kind.MARKDOWN
    readers = {
        Kind.HTML: html.load,
        Kind.MARKDOWN: markdown.load,
        Kind.CSV: text.load_csv,
        Kind.JSON: text.load_json,
        Kind.TEXT: text.load_text,
    }
    document = readers[Kind(kind)](characters, source=source)
    return replace(document, warnings=(warning, *document.warnings)) if warning else document

"""A fetched page to a `Document` and a record: by the ordinary loaders, which go by content; the server's word only helps."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from knowledge.document import Document
from knowledge.errors import DocumentError
from knowledge.fetch.client import Answer
from knowledge.fetch.fetcher import Page
from knowledge.fetch.records import PageRecord
from knowledge.load import load_bytes
from knowledge.load.limits import Limits

_SUFFIXES: Final = {
    "application/json": ".json",
    "application/ld+json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/xhtml+xml": ".html",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/tab-separated-values": ".tsv",
}
_OWN: Final = frozenset(".csv .htm .html .json .jsonl .markdown .md .ndjson .tsv .txt .xhtml".split())
_CLAIMS: Final = {
    "application/pdf": "application/pdf",
    "text/html": "text/html",
}
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)


def load_page(answer: Answer, *, limits: Limits) -> Document:
    """Return the document in an answer, named by its address; raises DocumentError when it holds none."""
    source = str(answer.address)
    body = _as_utf8(answer)
    try:
        document = load_bytes(body, source=_name(answer), limits=limits)
    except DocumentError as error:
        claimed = f"; the server says it is {answer.media_type}" if answer.media_type else ""
        raise DocumentError(source, f"{error.reason}{claimed}", kind=error.kind) from error
    return replace(document, source=source, warnings=(*document.warnings, *_noticed(answer, document)))


def _name(answer: Answer) -> str:
    """Return a file name for the loaders: the last of the path, with the suffix of what the server says it is."""
    path = PurePosixPath(unquote(answer.address.target.partition("?")[0]))
    name = f"{answer.address.host}/{path.name}" if path.name else answer.address.host
    suffix = _SUFFIXES.get(answer.media_type, "")
    if suffix and (suffix != ".html" or path.suffix.lower() not in _OWN):
        return name if path.suffix.lower() == suffix else name + suffix
    return name if path.name else f"{name}.html"


def _as_utf8(answer: Answer) -> bytes:
    """Return the body; in UTF-8 where the server names another encoding and it is not UTF-8 all the same."""
    found = _CHARSET.search(answer.headers.get("content-type", ""))
    if not found or answer.body.startswith((b"%PDF-", b"PK\x03\x04")):
        return answer.body
    try:
        answer.body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return answer.body
    try:
        encoding = codecs.lookup(found[1]).name
        return answer.body.decode("cp1252" if encoding == "iso8859-1" else encoding).encode("utf-8")
    except (LookupError, UnicodeError):
        return answer.body


def _noticed(answer: Answer, document: Document) -> list[str]:
    """Return warnings on what the server says: of the type, and of rights reserved."""
    warnings = []
    expected = _CLAIMS.get(answer.media_type)
    if expected and document.media_type != expected:
        warnings.append(f"content-type: the server says {answer.media_type}, but it is {document.media_type}")
    if answer.headers.get("tdm-reservation", "").strip() == "1":
        warnings.append("rights: the site reserves text and data mining (tdm-reservation: 1); ask before use")
    return warnings


def record_of(page: Page, *, links: tuple[str, ...] | None, is_map: bool = False) -> PageRecord:
    """Return the record of a page: what the server said of it that a later request can ask by, and its links."""
    headers = page.answer.headers
    return PageRecord(
        address=str(page.address),
        etag=headers.get("etag", ""),
        modified=headers.get("last-modified", ""),
        media_type=page.answer.media_type,
        is_map=is_map,
        links=links,
    )


def renewed(record: PageRecord, page: Page) -> PageRecord:
    """Return the record of a page that is as it was, with the validators of today."""
    today = record_of(page, links=record.links)
    return replace(record, etag=today.etag or record.etag, modified=today.modified or record.modified, fetched="")

"""HTML and XHTML pages, told by how they begin, else by their name, else by an opening tag of the body."""

from __future__ import annotations

import re
from typing import Final

from knowledge.document import Document
from knowledge.errors import DocumentError
from knowledge.load.format import LIKELY, NAMED, PLAIN, Format, Sample, textual
from knowledge.load.limits import Limits

_PAGE: Final = re.compile(
    rb"^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*){0,5}<(?:!doctype\s+html|html)\b", re.I | re.S
)
_FRAGMENT: Final = re.compile(rb"^\s*<(?:head|body|article|main|section|div|p|h1|table)\b[^>]{0,500}>", re.I)
_XHTML: Final = re.compile(rb"^\s*(?:<\?xml[^>]{0,200}\?>\s*)?<!doctype\s+[^>\[]{0,300}\[", re.I)
_ENTITY: Final = re.compile(rb"<!ENTITY", re.IGNORECASE)
MOST_ENTITIES: Final = 3
ENTITY_SEARCH: Final = 1_000_000
_SUFFIXES: Final = (".htm", ".html", ".xhtml")


def _likelihood(sample: Sample) -> float:
    if _PAGE.match(sample.start) or _XHTML.match(sample.start):
        return PLAIN
    if sample.suffix in _SUFFIXES:
        return NAMED
    return LIKELY if _FRAGMENT.match(sample.start) else 0.0


def _load(data: bytes, *, source: str, limits: Limits) -> Document:
    from knowledge.load import html

    if len(_ENTITY.findall(data[:ENTITY_SEARCH])) > MOST_ENTITIES:
        raise DocumentError(source, "it defines XML entities, which are never expanded", kind="unsupported")
    return textual(html.load)(data, source=source, limits=limits)


FORMAT = Format(name="html", suffixes=_SUFFIXES, likelihood=_likelihood, load=_load)

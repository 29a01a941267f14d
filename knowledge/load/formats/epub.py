"""EPUB: the chapters of the book's spine, each read as a web page; the book's own table of contents is left out."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from knowledge.document import Document
from knowledge.errors import DocumentError
from knowledge.load.draft import Writer
from knowledge.load.format import CERTAIN, Format, Sample
from knowledge.load.limits import Limits

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CONTAINER: Final = "META-INF/container.xml"
_LOCKS: Final = "META-INF/encryption.xml"
_PAGES: Final = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_FONTS: Final = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Fonts may be scrambled in a book that is free to read."""
_DC: Final = "{http://purl.org/dc/elements/1.1/}"


def _likelihood(sample: Sample) -> float:
    return CERTAIN if _CONTAINER in sample.members else 0.0


def _load(data: bytes, *, source: str, limits: Limits) -> Document:
    from knowledge.load.decode import decode
    from knowledge.load.html import read_page
    from knowledge.load.packed import BROKEN, check_archive

    check_archive(data, source=source, limits=limits)
    writer = Writer()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            book = _Book(archive, source)
            title = book.describe(writer)
            for name in book.chapters():
                characters, warning = decode(archive.read(name), source=f"{source}: {name}")
                if warning:
                    writer.warn(f"{warning} ({name})")
                read_page(characters, writer)
            if book.missing:
                writer.warn(f"damaged: chapters are listed but not there: {', '.join(book.missing[:5])}")
    except BROKEN as error:
        raise DocumentError(source, f"the EPUB book is damaged ({error})", kind="damaged") from error
    return writer.document(source=source, media_type="application/epub+zip", title=title or None)


class _Book:
    """The package of a book: what it states of itself, and its chapters in order."""

    def __init__(self, archive: zipfile.ZipFile, source: str) -> None:
        self._archive, self._source = archive, source
        self._names = frozenset(archive.namelist())
        self.missing: list[str] = []
        if self._is_locked():
            raise DocumentError(source, "the EPUB book is encrypted; use a copy without protection", kind="encrypted")
        root = self._parse(_CONTAINER).find(".//{*}rootfile")
        self._path = root.get("full-path", "") if root is not None else ""
        self._package = self._parse(self._path)

    def _parse(self, name: str) -> Element:
        """Return the root of an XML part; entities are not expanded and nothing outside is read."""
        from lxml import etree

        if name not in self._names:
            raise DocumentError(self._source, f"the EPUB book has no {name or 'package'}", kind="damaged")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(self._archive.read(name), parser)
        except etree.XMLSyntaxError as error:
            raise DocumentError(self._source, f"the EPUB book is damaged ({name}: {error})", kind="damaged") from error

    def _is_locked(self) -> bool:
        if _LOCKS not in self._names:
            return False
        methods = [each.get("Algorithm", "") for each in self._parse(_LOCKS).iter("{*}EncryptionMethod")]
        return any(method not in _FONTS for method in methods)

    def describe(self, writer: Writer) -> str:
        """Note what the package states of the book; return its title."""
        for field in self._package.iter(f"{_DC}*"):
            writer.note(field.tag.removeprefix(_DC), field.text or "")
        for meta in self._package.iter("{*}meta"):
            writer.note(meta.get("property") or meta.get("name") or "", meta.text or meta.get("content") or "")
        title = self._package.find(f".//{_DC}title")
        return " ".join((title.text or "").split()) if title is not None else ""

    def chapters(self) -> Iterator[str]:
        """Yield the names of the parts that hold the chapters, in reading order."""
        items = {item.get("id"): item for item in self._package.iter("{*}item")}
        for place in self._package.iter("{*}itemref"):
            item = items.get(place.get("idref"))
            if item is None or "nav" in item.get("properties", "").split() or item.get("media-type") not in _PAGES:
                continue
            name = posixpath.normpath(posixpath.join(posixpath.dirname(self._path), unquote(item.get("href", ""))))
            if name in self._names:
                yield name
            else:
                self.missing.append(name)


FORMAT = Format(name="epub", suffixes=(".epub",), likelihood=_likelihood, load=_load)

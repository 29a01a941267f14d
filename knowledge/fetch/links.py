"""The links of a page to other pages of its site."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from knowledge.errors import DocumentError
from knowledge.fetch.url import WebAddress, parse

MOST: Final = 2_000
_NO_DOCUMENTS: Final = frozenset(
    """
    .7z .aac .apk .avi .bmp .bz2 .css .dmg .exe .flac .gif .gz .ico .ics .iso .jar .jpeg .jpg .js .kml .kmz .m4a .m4v
    .mjs .mov .mp3 .mp4 .mpeg .mpg .msi .ogg .otf .png .rar .rpm .rss .shp .svg .tar .tgz .tif .tiff .ttf .wasm .wav
    .webm .webp .wmv .woff .woff2 .xz .zip
    """.split()
)


def links_of(page: bytes, *, address: WebAddress) -> tuple[WebAddress, ...]:
    """Return the addresses of the same site that an HTML page links to, each once, in the order of the page.

    A page that asks not to be followed has none, and so have links marked nofollow, and pictures and archives.
    """
    from lxml import etree, html

    try:
        root = html.document_fromstring(page, parser=html.HTMLParser(no_network=True, huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ()
    if any("nofollow" in words.lower() for words in root.xpath("//meta[@name='robots' or @name='ROBOTS']/@content")):
        return ()
    bases = root.xpath("//base/@href")
    base = _read(str(bases[0]), address) if bases else None
    found: dict[WebAddress, None] = {}
    for anchor in root.iter("a", "area"):
        href = anchor.get("href", "").strip()
        if not href or href.startswith("#") or "nofollow" in anchor.get("rel", "").lower():
            continue
        target = _read(href, base or address)
        if target and target.site == address.site and _is_document(target) and target != address:
            found[target] = None
        if len(found) >= MOST:
            break
    return tuple(found)


def _read(href: str, base: WebAddress) -> WebAddress | None:
    """Return the address that a link gives, None for one that cannot be fetched: a mail address, say."""
    try:
        return parse("%20".join(href.split()), base=base, upgrade=True)
    except DocumentError:
        return None


def _is_document(address: WebAddress) -> bool:
    return PurePosixPath(address.target.partition("?")[0]).suffix.lower() not in _NO_DOCUMENTS

"""Site maps (sitemaps.org): XML, an index of others, or plain text, also gzipped; known by their content."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from knowledge.errors import DocumentError
from knowledge.fetch.unpack import MAGIC, gunzip

MOST: Final = 50_000
"""Most addresses of one site map, as the protocol has it."""
_HEAD: Final = 4_000
_ROOTS: Final = (b"<urlset", b"<sitemapindex", b":urlset", b":sitemapindex")


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteMap:
    """The addresses of a site map as text: of `pages`, and of further `maps`."""

    pages: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()


def read_site_map(data: bytes, *, source: str, max_bytes: int) -> SiteMap | None:
    """Return the site map that `data` is, or None; raises DocumentError for one that is damaged or too large."""
    if data.startswith(MAGIC):
        data = gunzip(data, source=source, max_bytes=max_bytes)
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<") and any(root in head for root in _ROOTS):
        return _read_xml(data, source)
    return _read_text(data)


def _read_xml(data: bytes, source: str) -> SiteMap:
    from lxml import etree

    found: dict[str, list[str]] = {"url": [], "sitemap": []}
    try:
        for _, element in etree.iterparse(
            io.BytesIO(data), events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        ):
            parent = element.getparent()
            name, above = _name(element), _name(parent)
            if name == "loc" and above in found and element.text:
                found[above].append(element.text.strip())
            if name in found and parent is not None:
                element.clear()
                del parent[: parent.index(element)]
            if sum(map(len, found.values())) >= MOST:
                break
    except etree.XMLSyntaxError as error:
        raise DocumentError(source, f"the site map is damaged ({error})", kind="damaged") from error
    return SiteMap(pages=tuple(dict.fromkeys(found["url"])), maps=tuple(dict.fromkeys(found["sitemap"])))


def _name(element: object) -> str:
    """Return an element's name without its namespace; empty for what is no element."""
    tag = getattr(element, "tag", "")
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _read_text(data: bytes) -> SiteMap | None:
    """Return a plain text that holds one https address a line, and nothing else."""
    if not data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"https://", b"http://")):
        return None
    lines = [line.strip() for line in data.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    if not all(line.startswith(("https://", "http://")) and " " not in line for line in lines):
        return None
    return SiteMap(pages=tuple(dict.fromkeys(lines[:MOST])))

"""Where links lead: to the passage that an anchor names, or to the first passage of the document at an address.

Addresses are compared as text and nothing is fetched or opened. A file's relative links are read from its folder in the
library, those of a page that states its own web address (`rel=canonical`, `og:url`) from there too. A document is also found
without its ending, ".html" say, and without "index", as sites publish their pages.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

from knowledge.errors import DocumentError
from knowledge.fetch.url import WebAddress, parse
from knowledge.link_store import LinkStore
from knowledge.store import Database

_KEPT: Final = 256
"""Documents whose passages' places are kept in memory."""
_ENDING: Final = re.compile(r"\.(?:html?|xhtml|md|markdown|php|aspx?|jsp)$", re.IGNORECASE)
_SCHEME: Final = re.compile(r"https?:|//", re.IGNORECASE)
_DEEPEST: Final = 30
_OWN, _FOLDED, _STATED, _STATED_FOLDED = range(4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Landing:
    """Where a link leads. `exact` is False when the document was found but not the anchor in it."""

    document_id: str
    passage_id: str
    exact: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfound:
    """Why a link leads nowhere here: a sentence for a person; `outside` for another site, which nobody expects in the library."""

    reason: str
    outside: bool = False


class Follower:
    """Follows the links of the library's documents, as they were read last."""

    def __init__(self, database: Database) -> None:
        self.store = LinkStore(database)
        self._spots = lru_cache(maxsize=_KEPT)(self.store.spots)
        self._page = lru_cache(maxsize=_KEPT)(self.store.page)
        self.update()

    def update(self) -> int:
        """Note the addresses of documents that are new, moved or changed; return how many they were."""
        self._spots.cache_clear()
        self._page.cache_clear()
        outdated = self.store.outdated()
        for document_id, source, stated in outdated:
            addresses = addresses_of(source, stated)
            self.store.put_addresses(document_id, source=source, stated=stated, addresses=addresses)
        return len(outdated)

    def is_current(self, document_id: str, passage_id: str, start: int) -> bool:
        """Return whether a passage stands where it says in the document as it was read last."""
        spots = self._spots(document_id)
        place = bisect_right(spots, start, key=lambda spot: spot[0]) - 1
        return place >= 0 and spots[place][2] == passage_id

    def follow(self, document_id: str, target: str) -> Landing | Unfound:
        """Return where a link of a document leads, or why it leads nowhere."""
        address, mark, fragment = target.partition("#")
        if not address:
            return (
                self._inside(document_id, fragment, own=True) if mark and fragment else Unfound(reason="names no place")
            )
        source, stated = self._page(document_id)
        try:
            reached = list(_addresses(address, source=source, stated=stated))
        except ValueError as error:
            return Unfound(reason=str(error))
        for each in reached:
            found = self.store.at((f"={each}", f"~{_folded(each)}"))
            if len(found) == 1:
                return self._inside(found[0], fragment, own=found[0] == document_id)
            if found:
                return Unfound(reason=f"more than one document is found at {each}")
        host = _host(address)
        outside = bool(host) and host not in {_host(source), _host(stated)}
        return Unfound(reason=f"no document of the library is at {reached[0]}", outside=outside)

    def _inside(self, document_id: str, fragment: str, *, own: bool) -> Landing | Unfound:
        """Return the place in a document that a fragment names; its beginning for none or, from elsewhere, for one unknown."""
        spots = self._spots(document_id)
        if not spots:
            return Unfound(reason="the document has no text")
        if not fragment:
            return Landing(document_id=document_id, passage_id=spots[0][2])
        anchor = self.store.anchor(document_id, dict.fromkeys((fragment, unquote(fragment))))
        if anchor is None:
            if own:
                return Unfound(reason=f"nothing in the document is called #{fragment}")
            return Landing(document_id=document_id, passage_id=spots[0][2], exact=False)
        place = bisect_right(spots, anchor.start, key=lambda spot: spot[0]) - 1
        if place < 0 or spots[place][1] <= anchor.start:
            place += 1
        if place == len(spots) or spots[place][0] >= anchor.end:
            return Unfound(reason=f"nothing stands under #{fragment}")
        return Landing(document_id=document_id, passage_id=spots[place][2])


def addresses_of(source: str, stated: str) -> dict[str, int]:
    """Return the addresses that a document is found under, with their ranks: its source before what it states of itself."""
    own = _web(source) or source if _SCHEME.match(source) else _path(source)
    found = {f"={own}": _OWN, f"~{_folded(own)}": _FOLDED}
    if web := _web(stated):
        found.setdefault(f"={web}", _STATED)
        found.setdefault(f"~{_folded(web)}", _STATED_FOLDED)
    return found


def _addresses(address: str, *, source: str, stated: str) -> Iterator[str]:
    """Yield the addresses that a link may mean, the likeliest first; raises ValueError for none."""
    web = _web(address)
    if web or _SCHEME.match(address):
        if not web:
            raise ValueError("this is no web address")
        yield web
        return
    base = _address(source) if _SCHEME.match(source) else _address(stated)
    if base and (web := _web(address, base)):
        yield web
    if not _SCHEME.match(source):
        yield from _beside(unquote(address.partition("?")[0]), source, told=base is not None)


def _beside(path: str, source: str, *, told: bool) -> Iterator[str]:
    """Yield the paths in the library that a link of a file may mean; one from the root, from each folder above the file."""
    folder = posixpath.dirname(source)
    if not path:
        yield _path(source)
    elif not path.startswith("/"):
        joined = posixpath.normpath(posixpath.join(folder, path))
        if joined.startswith(".."):
            if told:
                return
            raise ValueError("it leads out of the library")
        yield _path(joined)
    else:
        for _ in range(_DEEPEST):
            yield _path(posixpath.normpath(posixpath.join(folder, path.lstrip("/"))))
            if not folder:
                return
            folder = posixpath.dirname(folder)


def _path(path: str) -> str:
    return path.strip("/")


def _address(text: str) -> WebAddress | None:
    try:
        return parse(text, upgrade=True) if text else None
    except DocumentError:
        return None


def _web(text: str, base: WebAddress | None = None) -> str:
    """Return an address on the web without its scheme, "" for what is none."""
    if not base and not _SCHEME.match(text):
        return ""
    try:
        whole = f"https:{text}" if text.startswith("//") else text
        return str(parse(whole, base=base, upgrade=True)).removeprefix("https:")
    except DocumentError:
        return ""


def _host(text: str) -> str:
    try:
        return (urlsplit(text).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _folded(address: str) -> str:
    """Return an address without what sites leave out of it: the ending, "index", a slash at the end, a folder's underscore."""
    folded = re.sub(r"(?:^|/)index$", "", _ENDING.sub("", address.rstrip("/")))
    return re.sub(r"(^|(?<!/)/)_(?=[^/]*/)", r"\1", folded)

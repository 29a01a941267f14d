"""Where references lead: to a passage of the same document, of a neighbour, or of another document.

A neighbour, in the same folder, counts when the numbers are shared out between the two, as between the chapters of one
volume; another document when it is named, or alone has so specific a number.

What every document goes by is kept in the database and brought up to date with the documents that changed; a reference is then a
few look-ups, whatever the size of the library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from knowledge.follow import Follower, Landing
from knowledge.outline import Outline
from knowledge.reference import Reference, references
from knowledge.reference_store import ReferenceStore

if TYPE_CHECKING:
    from knowledge.document import Passage
    from knowledge.library import Library

OUTLINE_VERSION: Final = 1
"""Raised when what documents go by changes its meaning."""
_KEPT: Final = 256
"""Documents whose outline is kept in memory."""
_PLAIN: Final = re.compile(r"[^0-9a-z]+")
_SPECIFIC: Final = re.compile(r"\d+(?::\d+)?[a-z]?-\d")
"""A number that names one section among many documents, as in a code of law: 16-1005."""
_LEAST_NAME: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossReference:
    """A reference of one passage that leads to another.

    `exact` is False when the section was found but not the paragraph below it that is named.
    """

    source_id: str
    target_id: str
    target_document: str
    reference: Reference
    exact: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class LostLink:
    """A link of a passage that leads to no passage of the library, and why; `outside` when it leads to another site."""

    source_id: str
    reference: Reference
    reason: str
    outside: bool = False


class Resolver:
    """Finds the passages that references lead to, among the current versions of the library's documents."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._store = ReferenceStore(library.database)
        self._follower = Follower(library.database)
        self._outline = lru_cache(maxsize=_KEPT)(self._outlined)
        self.update()

    def update(self) -> int:
        """Note what documents that are new or changed go by; return how many they were."""
        self._outline.cache_clear()
        self._follower.update()
        outdated = self._store.outdated(rules=OUTLINE_VERSION)
        for document_id, version, source in outdated:
            outline = self._outline(document_id)
            entry = self._library.entry(document_id)
            self._store.put(
                document_id,
                version=version,
                source=source,
                rules=OUTLINE_VERSION,
                folder=str(PurePosixPath(source).parent),
                keys=[(key, key in outline.headed) for key in sorted(outline.keys)],
                names=sorted(_names(source, entry.title if entry else "")),
                tops=sorted(_tops(outline)),
            )
        return len(outdated)

    def of(self, passage: Passage) -> list[CrossReference]:
        """Return where the references of a passage lead, in order; those that lead nowhere here, or to itself, are left out.

        Where a link and its words lead to two documents the link counts, where to one the words, which name the place below.
        """
        links = [each for each in self.links(passage) if isinstance(each, CrossReference)]
        return _together(self._worded(passage), [each for each in links if each.target_id != passage.id])

    def links(self, passage: Passage) -> Iterator[CrossReference | LostLink]:
        """Yield where each link of a passage leads, or why it leads nowhere, in order.

        Of a passage that is not current there are none: links are known of a document as it was read last.
        """
        own, base = passage.document_id, passage.start
        if not self._follower.is_current(own, passage.id, base):
            return
        for link in self._follower.store.links(own, base, passage.end):
            start, end = link.start - base, min(link.end, passage.end) - base
            reference = Reference(start=start, end=end, text=passage.text[start:end], link=link.target)
            found = self._follower.follow(own, link.target)
            if isinstance(found, Landing):
                yield CrossReference(
                    source_id=passage.id,
                    target_id=found.passage_id,
                    target_document=found.document_id,
                    reference=reference,
                    exact=found.exact,
                )
            else:
                yield LostLink(source_id=passage.id, reference=reference, reason=found.reason, outside=found.outside)

    def lost(self, documents: Sequence[str] | None = None) -> Iterator[LostLink]:
        """Yield the links of all documents, or of these, that lead to no passage, in the order of the library."""
        for document_id in [None] if documents is None else documents:
            for passage in self._library.passages(document_id):
                yield from (each for each in self.links(passage) if isinstance(each, LostLink))

    def _worded(self, passage: Passage) -> list[CrossReference]:
        """Return where the references in a passage's words lead."""
        found: list[CrossReference] = []
        for reference in references(passage):
            place = None if reference.outside else self._find(passage, reference)
            if place and place[1] != passage.id:
                document_id, target, exact = place
                found.append(
                    CrossReference(
                        source_id=passage.id,
                        target_id=target,
                        target_document=document_id,
                        reference=reference,
                        exact=exact,
                    )
                )
        return found

    def all(self, documents: Sequence[str] | None = None) -> Iterator[CrossReference]:
        """Yield the references of all documents, or of these, that lead somewhere, in the order of the library."""
        for document_id in [None] if documents is None else documents:
            for passage in self._library.passages(document_id):
                yield from self.of(passage)

    def _find(self, passage: Passage, reference: Reference) -> tuple[str, str, bool] | None:
        """Return document, passage and exactness."""
        own = passage.document_id
        if not reference.key:
            here = self._outline(own).near(passage.id, reference.start, reference.below, depth=reference.depth)
            return (own, *here) if here else None
        if reference.document:
            return self._in_named(passage, reference)
        here = self._outline(own).find(reference.key, reference.below)
        if here:
            return (own, *here)
        return self._within(self._elsewhere(own, reference.key), reference)

    def _in_named(self, passage: Passage, reference: Reference) -> tuple[str, str, bool] | None:
        """Return the place in the document that the reference names; a name that none has leads nowhere."""
        named = self._store.named(_plain(reference.document))
        folder = self._store.about(passage.document_id)[0]
        nearest = min((_distance(folder, of) for _, of in named), default=0)
        chosen = [id_ for id_, of in named if _distance(folder, of) == nearest]
        having = [id_ for id_ in chosen if self._outline(id_).find(reference.key) is not None]
        return self._within(having[0], reference) if len(having) == 1 else None

    def _elsewhere(self, own: str, key: str) -> str | None:
        """Return the one other document that a number leads to: a neighbour, or the only one with so specific a number."""
        folder, tops = self._store.about(own)
        beside = [id_ for id_, headed in self._store.with_key(key, folder=folder) if headed]
        shared = [id_ for id_ in beside if tops and not tops & self._store.about(id_)[1]]
        if len(shared) == 1 and _top(key) not in tops:
            return shared[0]
        if not _SPECIFIC.match(key):
            return None
        anywhere = [id_ for id_, headed in self._store.with_key(key) if headed]
        inside = [id_ for id_ in beside if id_ in anywhere]
        only = anywhere if len(anywhere) == 1 else inside
        return only[0] if len(only) == 1 else None

    def _within(self, document_id: str | None, reference: Reference) -> tuple[str, str, bool] | None:
        found = self._outline(document_id).find(reference.key, reference.below) if document_id else None
        return (document_id, *found) if document_id and found else None

    def _outlined(self, document_id: str) -> Outline:
        return Outline(list(self._library.passages(document_id)))


def resolve(library: Library, documents: Sequence[str] | None = None) -> Iterator[CrossReference]:
    """Yield the cross-references of the library's documents, or of these, that lead to a passage of it."""
    return Resolver(library).all(documents)


def _together(worded: Sequence[CrossReference], linked: Sequence[CrossReference]) -> list[CrossReference]:
    """Return both kinds in order of their places; of two that overlap the link, or the words if both lead to one document."""
    kept: list[CrossReference] = []
    left = list(reversed(worded))
    for link in linked:
        over: list[CrossReference] = []
        while left and left[-1].reference.start < link.reference.end:
            each = left.pop()
            (over if each.reference.end > link.reference.start else kept).append(each)
        same = [each for each in over if each.target_document == link.target_document]
        kept += same or [link]
    return kept + left[::-1]


def _plain(name: str) -> str:
    return _PLAIN.sub("", name.lower())


def _names(source: str, title: str) -> set[str]:
    """Return what a document may be called: its title, the folders it lies in, its file's name and the first part of that."""
    path = PurePosixPath(source)
    stem = path.stem
    said = {title, stem, re.split(r"[_ (]", stem)[0], *path.parts[:-1]}
    return {name for name in map(_plain, said) if len(name) >= _LEAST_NAME}


def _tops(outline: Outline) -> set[str]:
    return {_top(key) for key in outline.headed if key[:1].isdigit()}


def _top(key: str) -> str:
    return key.split(".")[0]


def _distance(first: str, second: str) -> int:
    """Return how many folders one must climb from the first to reach a folder that holds the second."""
    here, there = PurePosixPath(first).parts, PurePosixPath(second).parts
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] == there[shared]:
        shared += 1
    return len(here) - shared

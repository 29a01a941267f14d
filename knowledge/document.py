"""The nouns of the library: `Document`, `Block`, `Passage`.

Positions are character offsets into `Document.text`, half open. The law every loader and splitter keeps:
`document.text[passage.start:passage.end] == passage.text`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from knowledge.identity import digest, identify


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A half-open range of characters."""

    start: int
    end: int


class BlockKind(StrEnum):
    """What a block of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    CODE = "code"
    QUOTE = "quote"


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One structural unit of a document, in reading order.

    `level` is 1 to 6 for headings and the nesting depth for list items, else 0. `page` counts from 1 and is
    None for formats without pages. `headings` is the path of headings above the block, outermost first.
    A table row's text reads as "header: cell; header: cell" so that row and column stay tied.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    page: int | None = None
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """Characters of a document's text that are a link; `target` is where it leads, as written: data, never fetched."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    """A name that links lead to, and the stretch of text it names: a block, or for a heading all that stands under it."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A loaded document: clean text, its structure, and what was noticed on the way.

    `source` is the library's name for it (a relative path or a URL) and fixes `id`; `digest` identifies this
    version's text. `warnings` are sentences for a person, each beginning with a short kind and a colon, as in
    "hidden-text: 2 invisible spans were dropped". `links` and `anchors` are those of the file as read last; with `address`, the
    web address that a page states for itself, they do not count when documents are compared.
    """

    source: str
    title: str
    text: str
    media_type: str
    blocks: tuple[Block, ...] = ()
    language: str = "en"
    warnings: tuple[str, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = field(default=(), compare=False)
    anchors: tuple[Anchor, ...] = field(default=(), compare=False)
    address: str = field(default="", compare=False)

    @property
    def id(self) -> str:
        """`d_` and a digest of the source: stable over versions."""
        return document_id(self.source)

    @property
    def digest(self) -> str:
        """A digest of the text with white space folded: equal for duplicates after normalisation."""
        return digest(" ".join(self.text.split()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A stretch of one document, small enough to embed and to entail from.

    `version` counts the document's versions from 1. `ordinal` is the passage's place in its document, from 0. `lead` is what
    a passage that begins inside a list or table leans on, "The applicant must:" say; it stands further up in the document.
    """

    id: str
    document_id: str
    version: int
    ordinal: int
    start: int
    end: int
    text: str
    title: str = ""
    source: str = ""
    headings: tuple[str, ...] = ()
    page: int | None = None
    tokens: int = 0
    kinds: tuple[str, ...] = field(default=())
    lead: str = ""


def document_id(source: str) -> str:
    """Return the id of the document known to the library as `source`."""
    return identify("d", source)


def passage_id(*, document_id: str, headings: tuple[str, ...], text: str, occurrence: int, lead: str = "") -> str:
    """Return a passage's id: its document, place in the outline, lead-in, text, and which repeat of all that it is.

    Offsets are left out on purpose: an edit elsewhere in the document moves a passage without changing it.
    """
    return identify("p", [document_id, list(headings), text, occurrence, *([lead] if lead else [])])

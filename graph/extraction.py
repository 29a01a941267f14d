"""What an extractor finds in one document: occurrences of concepts, definitions, abbreviations, topics and policy frames.

All of it depends on that document alone, so it can be stored once and never goes stale when another document changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from graph.frame import Frame
from knowledge.document import Passage


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """A concept's form found in a passage; offsets are into the passage text, `salience` is at least 0."""

    key: str
    surface: str
    passage_id: str
    start: int
    end: int
    salience: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """What a passage says a term means.

    `start` and `end` are the span of `text` in the passage. `scope` is where the definition holds, as written
    ("in this Part"), empty when it is not limited.
    """

    key: str
    label: str
    text: str
    passage_id: str
    start: int
    end: int
    scope: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Abbreviation:
    """A short form and what it stands for, both as written; offsets are those of the short form."""

    short: str
    long: str
    passage_id: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A subject of the document, and the passages under the heading that names it."""

    key: str
    label: str
    passages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Extraction:
    """All that was found in one document."""

    document_id: str
    occurrences: tuple[Occurrence, ...] = ()
    definitions: tuple[Definition, ...] = ()
    abbreviations: tuple[Abbreviation, ...] = ()
    topics: tuple[Topic, ...] = ()
    headings: tuple[str, ...] = ()
    """Keys that a heading of the document names."""
    frames: tuple[Frame, ...] = ()
    proposed: tuple[tuple[str, int], ...] = ()
    """What became of a language model's proposals, as in (("kept", 9), ("span", 1)); empty without one."""


DocumentPassages = tuple[str, Sequence[Passage]]


class Extractor(Protocol):
    """Finds concepts in documents, one `Extraction` for each, in the order given; a document that failed has none.

    `name` changes whenever the result for the same passages may change: it is part of what is cached.
    """

    @property
    def name(self) -> str:
        """What identifies the extractor and its version."""

    def extract(self, documents: Iterable[DocumentPassages]) -> Iterator[Extraction]:
        """Yield what each document holds; `documents` are pairs of a document id and its passages in order."""

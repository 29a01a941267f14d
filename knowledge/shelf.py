"""Loaded documents put into the library: split, and told apart as new, changed, duplicate or nearly the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from knowledge.document import Document, Passage
from knowledge.entry import Entry
from knowledge.errors import DocumentError
from knowledge.identity import digest
from knowledge.library import Library
from knowledge.load.limits import Limits
from knowledge.outcome import Outcome, Status
from knowledge.reading import Reading
from knowledge.superseded import superseded

INGEST_VERSION = 2
"""Raised when loading changes its meaning, so that every file is read again."""

NEAR_WORDS: Final = 40
"""Shorter documents resemble one another by chance."""
_NEAR: Final = 0.5
_DEFAULT_LIMITS = Limits()
Split = Callable[..., list[Passage]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """Puts loaded documents into the library: splits them, and tells duplicates and new versions apart."""

    library: Library
    stage: str
    split: Callable[[Document], list[Passage]]

    def place(
        self,
        document: Document,
        *,
        known: Entry | None,
        source: str,
        location: str,
        bytes_digest: str,
        ready: Reading | None = None,
    ) -> Outcome:
        """Store a document as new, as a new version of `known`, or as a duplicate of another."""
        if not document.text.strip():
            said = [line.partition(": ")[2] for line in document.warnings if line.startswith("no-text: ")]
            raise DocumentError(source, *(said[:1] or ["there is no text in it"]), kind="no-text")
        document = replace(document, source=known.origin if known else source)
        twins = self.library.records.live_with_text(document.digest, besides=document.id)
        passages = [] if twins else (ready and ready.passages_of(document)) or self.split(document)
        entry = self.library.add(
            document,
            passages,
            source=source,
            location=location,
            bytes_digest=bytes_digest,
            stage=self.stage,
            duplicate_of=twins[0].id if twins else None,
            warnings=[*superseded(document), *([] if twins else self._near_copies(document))],
        )
        status = Status.DUPLICATE if twins else _status(known, entry)
        noted = [*entry.warnings, *(f"duplicate: the same text as {twin.source}" for twin in twins[:1])]
        if not twins and not passages:
            noted.append("no-passages: it has headings but nothing under them")
        return Outcome(
            source=source, status=status, document_id=entry.id, passages=len(passages), warnings=tuple(noted)
        )

    def _near_copies(self, document: Document) -> list[str]:
        """Return a warning when most of a document's wording is also in another, an older edition say."""
        found = self.library.resembling(document)
        if not found or found[1] < _NEAR or len(document.text.split()) < NEAR_WORDS:
            return []
        return [f"near-duplicate: about {found[1]:.0%} of its wording is also in {found[0].source}"]

    def settle(self) -> list[Outcome]:
        """Give passages to the duplicates whose first copy is gone or has changed; return what became of them."""
        return [
            self.place(
                self.library.document(entry.id),
                known=entry,
                source=entry.source,
                location=entry.location,
                bytes_digest=entry.bytes_digest,
            )
            for entry in self.library.records.orphans()
        ]


def _status(known: Entry | None, entry: Entry) -> Status:
    if known is None:
        return Status.ADDED
    return Status.UNCHANGED if entry.version == known.version else Status.CHANGED


def shelf_for(
    library: Library,
    *,
    max_tokens: int,
    count_tokens: Callable[[str], int] | None,
    split: Split | None,
    limits: Limits = _DEFAULT_LIMITS,
) -> Shelf:
    """Return the shelf for a library, splitting as asked."""
    version, chosen = chosen_split(split)
    stage = shelf_stage(max_tokens, count_tokens, version, limits)

    def cut(document: Document) -> list[Passage]:
        return chosen(document, max_tokens=max_tokens, count_tokens=count_tokens)

    return Shelf(library=library, stage=stage, split=cut)


def shelf_stage(max_tokens: int, count_tokens: Callable[[str], int] | None, version: int, limits: Limits) -> str:
    """Return what `Entry.stage` is for a document taken in so."""
    stage = digest([INGEST_VERSION, version, max_tokens, getattr(count_tokens, "__qualname__", None)])
    return digest([stage, limits.ocr, limits.readers]) if limits.ocr or limits.readers else stage


def chosen_split(split: Split | None) -> tuple[int, Split]:
    """Return how documents are split and the version of that, 0 for a splitter that does not say."""
    return (getattr(split, "version", 0), split) if split else _default_split()


def _default_split() -> tuple[int, Split]:
    from knowledge.split import SPLIT_VERSION, split

    return SPLIT_VERSION, split

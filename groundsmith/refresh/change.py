"""What became of the passages that a row rests on, told exactly: by passage id and document version.

A passage's id is made of its document, headings and words, so a passage whose id is current has not changed. Of the others,
the sentences tell what stands in their place now (`knowledge.change`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from knowledge.change import ChangeKind, PassageChange, WordEdit, changes
from knowledge.document import Passage
from knowledge.sentence import sentences

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow, RowEvidence
    from knowledge.library import Library

_MOST_HEIRS = 4
"""Passages that may stand in the place of one."""


class Fate(StrEnum):
    """What became of a passage: other words; the same words cut or headed otherwise; nothing left of it."""

    ALTERED = "altered"
    MOVED = "moved"
    VANISHED = "vanished"


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceChange:
    """A passage that a row rests on and that is not current any more.

    `now` is the document's version today, None when it is gone. `words` are the runs of text that are the same, gone and new, `heirs`
    the passages that stand in its place.
    """

    evidence: RowEvidence
    fate: Fate
    now: int | None
    words: tuple[WordEdit, ...] = ()
    heirs: tuple[Passage, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Return the change as plain data."""
        one = self.evidence
        return {
            "passage": one.id,
            "document": one.document,
            "source": one.source,
            "title": one.title,
            "headings": list(one.headings),
            "page": one.page,
            "fate": str(self.fate),
            "from_version": one.version,
            "to_version": self.now,
            "heirs": [heir.id for heir in self.heirs],
            "old": one.text,
            "new": "\n\n".join(heir.text for heir in self.heirs),
            "words": [{"mark": each.mark, "text": each.text} for each in self.words],
        }


class EvidenceChanges:
    """Finds what became of the passages of rows; what it read of a document it keeps."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._current = library.passage_ids()
        self._documents: dict[str, _Document | None] = {}

    def of(self, row: DatasetRow) -> tuple[EvidenceChange, ...]:
        """Return what became of each passage of a row that is not current, in the order of its evidence."""
        return tuple(self._change(each) for each in row.evidence if each.id not in self._current)

    def _change(self, evidence: RowEvidence) -> EvidenceChange:
        document = self._document(evidence.document)
        if document is None:
            return EvidenceChange(evidence=evidence, fate=Fate.VANISHED, now=None)
        return document.change(evidence)

    def _document(self, document_id: str) -> _Document | None:
        if document_id not in self._documents:
            entry = self._library.entry(document_id)
            if entry is not None and entry.duplicate_of is not None:
                entry = self._library.entry(entry.duplicate_of)
            self._documents[document_id] = None if entry is None else _Document(self._library, document_id, entry.id)
        return self._documents[document_id]


class _Document:
    """A document as it is now, compared with the versions that rows cite."""

    def __init__(self, library: Library, cited_id: str, present_id: str) -> None:
        self._library, self._cited_id = library, cited_id
        self._passages = list(library.passages(present_id))
        self._version = self._passages[0].version if self._passages else None
        self._changes: dict[int, dict[str, list[PassageChange]]] = {}
        self._holders: dict[str, list[Passage]] = defaultdict(list)
        for passage in self._passages:
            for said in _said(passage.text):
                self._holders[said].append(passage)

    def change(self, evidence: RowEvidence) -> EvidenceChange:
        found = self._compared(evidence)
        words = tuple(edit for each in found for edit in each.words)
        heirs = tuple(self._heirs(evidence, found))
        altered = any(each.kind == ChangeKind.ALTERED for each in found)
        fate = Fate.ALTERED if altered else Fate.MOVED if heirs else Fate.VANISHED
        return EvidenceChange(evidence=evidence, fate=fate, now=self._version, words=words, heirs=heirs)

    def _compared(self, evidence: RowEvidence) -> list[PassageChange]:
        """Return the changes of a passage between the version cited and now; by its text alone where that version is not kept."""
        if evidence.version not in self._changes:
            was = list(self._library.passages(self._cited_id, version=evidence.version))
            self._changes[evidence.version] = _by_passage(changes(was, self._passages)) if was else {}
            self._changes[evidence.version] |= {passage.id: [] for passage in was} | self._changes[evidence.version]
        known = self._changes[evidence.version]
        if evidence.id not in known:
            known[evidence.id] = _by_passage(changes([_passage(evidence)], self._passages)).get(evidence.id, [])
        return known[evidence.id]

    def _heirs(self, evidence: RowEvidence, found: Sequence[PassageChange]) -> list[Passage]:
        heirs = {each.after.id: each.after for each in found if each.after}
        for said in _said(evidence.text):
            for passage in self._holders.get(said, ())[:1]:
                heirs.setdefault(passage.id, passage)
        return list(heirs.values())[:_MOST_HEIRS]


def _by_passage(found: Sequence[PassageChange]) -> dict[str, list[PassageChange]]:
    grouped: dict[str, list[PassageChange]] = defaultdict(list)
    for each in found:
        if each.before is not None:
            grouped[each.before.id].append(each)
    return dict(grouped)


def _said(text: str) -> Iterator[str]:
    """Yield the sentences of a text with white space folded."""
    return (" ".join(text[span.start : span.end].split()) for span in sentences(text))


def _passage(evidence: RowEvidence) -> Passage:
    """Return the passage as a row remembers it."""
    return Passage(
        id=evidence.id,
        document_id=evidence.document,
        version=evidence.version,
        ordinal=0,
        start=evidence.start,
        end=evidence.end,
        text=evidence.text,
        title=evidence.title,
        source=evidence.source,
        headings=evidence.headings,
        page=evidence.page,
    )

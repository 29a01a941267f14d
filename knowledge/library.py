"""The library: the documents of a workspace, their versions and their passages.

A document is known by its id. A new text, or new ways of splitting it, make a new version; the passages of
older versions stay readable by id, so that evidence cited once can be shown for ever, but only the newest
version's passages are listed and searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

from knowledge.document import Document, Passage
from knowledge.entry import Entry, Refusal
from knowledge.errors import UsageError
from knowledge.identity import digest
from knowledge.link_store import LinkStore
from knowledge.records import Records
from knowledge.resemblance import resemblance, sketch
from knowledge.store import Database

__all__ = ["Entry", "Library", "Refusal"]

_CANDIDATES = 5


class Library:
    """Documents, versions and passages in the workspace database. Each method that writes is one transaction.

    Raises StorageError when the disk is full or the database is damaged or locked.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.records = Records(database)
        self.links = LinkStore(database)

    # Reading ---------------------------------------------------------------------------------------------------

    def documents(self, *, duplicates: bool = False) -> list[Entry]:
        """Return the documents by id; those that only repeat another's text are left out unless asked for."""
        return [entry for entry in self.records.entries() if duplicates or entry.duplicate_of is None]

    def entry(self, document_id: str) -> Entry | None:
        """Return what is known of a document, or None."""
        return self.records.entry(document_id)

    def document(self, document_id: str, version: int | None = None) -> Document:
        """Return a document as it was loaded, under its origin; the newest version unless one is named.

        Raises UsageError when there is no such document or version.
        """
        entry = self.records.entry(document_id)
        document = entry and self.records.version(document_id, version or entry.version)
        if not document:
            wanted = document_id if version is None else f"{document_id}, version {version}"
            raise UsageError(f"{wanted}: not in the library; groundsmith ingest --list shows what is")
        return self.links.with_links(document, document_id) if version in (None, entry and entry.version) else document

    def document_text(self, document_id: str, version: int | None = None) -> str:
        """Return a document's text; raises UsageError when there is no such document or version."""
        return self.document(document_id, version).text

    def versions(self, document_id: str) -> list[int]:
        """Return the numbers of the versions kept of a document, oldest first."""
        return self.records.versions(document_id)

    def passages(self, document_id: str | None = None, *, version: int | None = None) -> Iterator[Passage]:
        """Yield current passages, of all documents by id or of one, in order; or those of an older version."""
        ids = [document_id] if document_id is not None else [entry.id for entry in self.documents()]
        for id_ in ids:
            yield from self.records.passages(id_, version)

    def passage(self, passage_id: str) -> Passage:
        """Return a passage, current or of an older version; raises UsageError when there is none."""
        found = self.passages_by_id([passage_id])
        if passage_id not in found:
            raise UsageError(f"{passage_id}: no such passage in the library")
        return found[passage_id]

    def passages_by_id(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Return the passages that exist among `ids`, in the order asked for."""
        return self.records.passages_by_id(list(dict.fromkeys(ids)))

    def passage_ids(self) -> set[str]:
        """Return the ids of all current passages: what the index should hold."""
        return self.records.passage_ids()

    def first_seen(self) -> dict[str, str]:
        """Return when the library first had each current passage (UTC, ISO 8601), by id; a document removed and taken in again is new."""
        return self.records.first_seen()

    def passage_count(self) -> int:
        """Return the number of current passages."""
        return self.records.passage_count()

    def stamp(self) -> str:
        """Return a digest that changes whenever the current passages do."""
        return self.records.stamp()

    def refusals(self) -> list[Refusal]:
        """Return the files that could not be read at the last try."""
        return self.records.refusals()

    def resembling(self, document: Document) -> tuple[Entry, float] | None:
        """Return the other document nearest in wording and the share of wording they have in common, if any."""
        values = sketch(document.text)
        near = self.records.sharing(values, besides=document.id).most_common(_CANDIDATES)
        shares = [(resemblance(values, self.records.sketch(id_)), id_) for id_, _ in near]
        share, id_ = max(shares, default=(0.0, ""))
        entry = self.records.entry(id_)
        return (entry, share) if entry and share else None

    # Writing ---------------------------------------------------------------------------------------------------

    def add(
        self,
        document: Document,
        passages: Sequence[Passage],
        *,
        source: str | None = None,
        location: str | None = None,
        bytes_digest: str = "",
        stage: str = "",
        duplicate_of: str | None = None,
        warnings: Sequence[str] = (),
    ) -> Entry:
        """Store a document and its passages; a changed one becomes a new version. Returns its entry.

        `document.source` is the origin that fixes the id; `source` is the name to show when a file has moved
        since. `warnings` are kept with the document's own. Passages are numbered with the version they end up in,
        which their ids do not depend on.
        """
        known = self.records.entry(document.id)
        entry = Entry(
            id=document.id,
            source=source or (known.source if known else document.source),
            origin=document.source,
            location=location or (known.location if known else document.source),
            title=document.title,
            media_type=document.media_type,
            language=document.language,
            version=known.version if known else 1,
            text_digest=document.digest,
            bytes_digest=bytes_digest,
            stage=stage,
            duplicate_of=duplicate_of,
            warnings=(*document.warnings, *warnings),
            passages=len(passages),
            words=len(document.text.split()),
            added=known.added if known else now(),
            updated=now(),
        )
        same = known is not None and self._same(known, document, passages, duplicate_of=duplicate_of)
        if known and not same:
            entry = replace(entry, version=known.version + 1)
        elif known:
            entry = replace(entry, updated=known.updated)
        with self.database.transaction():
            self.records.put_entry(entry)
            self.records.delete_refusal(entry.location)
            if not same:
                self.records.put_version(entry, document)
                self.records.put_passages(entry.id, entry.version, passages)
                self.records.put_sketch(entry.id, () if duplicate_of else sketch(document.text))
            self.links.put(entry.id, document)
        return entry

    def _same(self, known: Entry, document: Document, passages: Sequence[Passage], *, duplicate_of: str | None) -> bool:
        """Return whether the newest version already holds exactly this."""
        if known.duplicate_of != duplicate_of or self.records.version(known.id, known.version) != document:
            return False
        stored = self.records.passages(known.id)
        return [(p.id, p.ordinal, p.start, p.end) for p in stored] == [
            (p.id, p.ordinal, p.start, p.end) for p in passages
        ]

    def touch(self, entry: Entry) -> None:
        """Write what is known of a document already in the library, without a new version."""
        with self.database.transaction():
            self.records.put_entry(entry)
            self.records.delete_refusal(entry.location)

    def refuse(self, refusal: Refusal) -> None:
        """Record that a file could not be read; a good version stored before stays."""
        self.records.put_refusal(replace(refusal, at=refusal.at or now()))

    def remove(self, document_id: str) -> None:
        """Remove a document with all its versions and passages; nothing happens when there is none."""
        entry = self.records.entry(document_id)
        with self.database.transaction():
            self.records.delete_entry(document_id)
            if entry:
                self.records.delete_refusal(entry.location)

    # Names -----------------------------------------------------------------------------------------------------

    def source_for(self, name: str, location: str, *, besides: str = "") -> str:
        """Return `name`, or, when a document other than `besides` has or had it, `name` and a digest of `location`.

        The file already known at `location` keeps its source.
        """
        known = self.records.entry_at(location)
        if known is not None:
            return known.source
        if not self.records.named(name, besides=besides):
            return name
        path = PurePosixPath(name)
        return str(path.with_name(f"{path.stem}~{digest(location)[:8]}{path.suffix}"))


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

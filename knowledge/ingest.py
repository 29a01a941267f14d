"""Ingest: files into the library, and the index brought up to date.

Each file is one transaction, so a run may be killed at any moment and started again. A file is read again
only when its bytes, or the settings it was split with, differ from last time. What is wrong with one file is
an outcome of that file; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.archive import unpacked
from knowledge.document import Document
from knowledge.entry import Entry, Refusal
from knowledge.errors import DocumentError, StorageError, UsageError
from knowledge.files import (
    Found,
    absolute,
    bytes_digest,
    find,
    is_gone,
    is_no_document,
    locate,
    looks_like_document,
    name_of,
)
from knowledge.library import Library
from knowledge.load.limits import Limits
from knowledge.outcome import IngestEvent, IngestReport, Outcome, Status
from knowledge.parallel import Lookahead, ReadAhead, workers_for
from knowledge.reading import Job, Manner
from knowledge.shelf import NEAR_WORDS, Shelf, Split, chosen_split, shelf_for, shelf_stage
from knowledge.sync import Index, Progress, follow, sync

__all__ = ["IngestEvent", "IngestReport", "Outcome", "Split", "Status", "ingest", "ingest_document", "sync"]


_DEFAULT_LIMITS = Limits()
Load = Callable[..., Document]


def ingest(
    paths: Sequence[Path],
    *,
    library: Library,
    index: Index | None = None,
    root: Path,
    prune: bool = False,
    max_tokens: int = 160,
    count_tokens: Callable[[str], int] | None = None,
    limits: Limits = _DEFAULT_LIMITS,
    progress: Progress | None = None,
    load: Load | None = None,
    split: Split | None = None,
    workers: int | None = 0,
    memory: int = 1024,
) -> IngestReport:
    """Bring files and folders into the library and its index; return what became of each file.

    `root` is the workspace folder, which names inside it are relative to. `prune` removes the documents under
    `paths` whose file is gone. `max_tokens` is the size of a passage as `split` counts it. `workers` processes,
    None one a core, read ahead in `memory` megabytes in all; the result does not depend on how many. Raises UsageError for
    a path that does not exist, StorageError when the disk is full or the database is locked or damaged.
    """
    _require_paths(paths, library=library, root=absolute(root), prune=prune)
    with unpacked(find([path for path in paths if path.exists()]), limits=limits) as found:
        ingestion = _Ingestion(
            library=library,
            root=absolute(root),
            present=frozenset(locate(each.path, absolute(root)) for each in found),
            shelf=shelf_for(library, max_tokens=max_tokens, count_tokens=count_tokens, split=split, limits=limits),
            limits=limits,
            load=load or _default_load,
            index=index,
        )
        count = workers_for(workers, memory)
        manner = Manner(
            load=ingestion.load,
            split=chosen_split(split)[1],
            limits=limits,
            max_tokens=max_tokens,
            count_tokens=count_tokens,
            memory=memory // max(1, count),
        )
        with closing(ReadAhead(manner, workers=count, memory=memory)) as ahead:
            outcomes = ingestion.run(found, ahead, progress)
    missing = ingestion.missing(paths)
    if prune:
        outcomes += [ingestion.remove(entry) for entry in missing]
    outcomes = _last_by_source([*outcomes, *ingestion.shelf.settle()])
    added, dropped = follow(library, index, progress) if index is not None else (0, 0)
    if prune:
        library.records.forget_vectors()
    left = () if prune else tuple(entry.source for entry in missing)
    return IngestReport(outcomes=tuple(outcomes), missing=left, indexed=added, dropped=dropped)


def ingest_document(
    document: Document,
    *,
    library: Library,
    location: str,
    bytes_digest: str = "",
    max_tokens: int = 160,
    count_tokens: Callable[[str], int] | None = None,
    split: Split | None = None,
    limits: Limits = _DEFAULT_LIMITS,
) -> Outcome:
    """Bring one loaded document, a fetched page say, into the library; the index follows at its next `sync`."""
    shelf = shelf_for(library, max_tokens=max_tokens, count_tokens=count_tokens, split=split, limits=limits)
    known = library.records.entry_at(location)
    source = library.source_for(document.source, location)
    return shelf.place(document, known=known, source=source, location=location, bytes_digest=bytes_digest)


def stage_of(
    *,
    max_tokens: int = 160,
    count_tokens: Callable[[str], int] | None = None,
    split: Split | None = None,
    limits: Limits = _DEFAULT_LIMITS,
) -> str:
    """Return what `Entry.stage` is for a document taken in now: another stage there means that it is to be read again."""
    return shelf_stage(max_tokens, count_tokens, chosen_split(split)[0], limits)


def settle(
    library: Library,
    *,
    max_tokens: int = 160,
    count_tokens: Callable[[str], int] | None = None,
    split: Split | None = None,
    limits: Limits = _DEFAULT_LIMITS,
) -> list[Outcome]:
    """Give passages to the duplicates whose first copy is gone or has changed; return what became of them."""
    shelf = shelf_for(library, max_tokens=max_tokens, count_tokens=count_tokens, split=split, limits=limits)
    return shelf.settle()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ingestion:
    """One run over a list of files."""

    library: Library
    root: Path
    present: AbstractSet[str]
    shelf: Shelf
    limits: Limits
    load: Load
    index: Index | None

    def run(self, found: Sequence[Found], ahead: ReadAhead, progress: Progress | None) -> list[Outcome]:
        outcomes, fresh = list[Outcome](), 0
        lookahead = Lookahead(found, self.job, ahead)
        for done, each in enumerate(found, start=1):
            lookahead.move(done)
            outcomes.append(self.take(each, ahead))
            ahead.drop(each.file)
            if progress:
                progress(IngestEvent(stage="read", done=done, total=len(found), outcome=outcomes[-1]))
            fresh += outcomes[-1].passages if outcomes[-1].status in (Status.ADDED, Status.CHANGED) else 0
            if self.index is not None and fresh >= _FRESH:
                lookahead.move(done)
                follow(self.library, self.index, progress)
                fresh = 0
        return outcomes

    def job(self, found: Found) -> Job | None:
        """Return how a file will be read as far as can be seen before its turn, None when it will not be."""
        location = locate(found.path, self.root)
        try:
            if found.skip or found.wrong or found.file.stat().st_size > self.limits.max_bytes:
                return None
            known = self.library.records.entry_at(location)
            if known and self._is_current(known, bytes_digest(found.file)):
                return None
        except OSError:  # said of the file at its turn
            return None
        source = self.library.source_for(name_of(found, self.root), location)
        return Job(path=found.file, source=source, origin=known.origin if known else source)

    def take(self, found: Found, ahead: ReadAhead) -> Outcome:
        """Return what became of one file, whatever is wrong with it."""
        location = locate(found.path, self.root)
        source = self.library.source_for(name_of(found, self.root), location)
        if found.skip:
            return Outcome(source=source, status=Status.SKIPPED, warnings=(f"skipped: {found.skip}",))
        if found.wrong:
            return self._refuse(source, location, DocumentError(source, found.wrong, kind="unsupported"))
        try:
            return self._read(found, ahead, source=source, location=location)
        except DocumentError as error:
            if not found.named and is_no_document(found.path, found.file):
                return Outcome(source=source, status=Status.SKIPPED, error=str(error))
            return self._refuse(source, location, error)
        except OSError as error:
            reason = f"it cannot be read ({error.strerror or error})"
            return self._refuse(source, location, DocumentError(source, reason, kind="unreadable"))
        except (StorageError, UsageError):
            raise
        except Exception as error:  # noqa: BLE001  a parser's own bug in one file must not end the batch
            reason = f"it could not be parsed ({type(error).__name__}: {error})"
            return self._refuse(source, location, DocumentError(source, reason, kind="damaged"))

    def _read(self, found: Found, ahead: ReadAhead, *, source: str, location: str) -> Outcome:
        large = found.file.stat().st_size > self.limits.max_bytes
        bytes_ = "" if large else bytes_digest(found.file)  # the loader refuses a large one unread
        known = self.library.records.entry_at(location)
        if known and self._is_current(known, bytes_):
            return self._unchanged(known)
        moved = None if known else self._moved(bytes_)
        if moved:
            source = self.library.source_for(name_of(found, self.root), location, besides=moved.id)
            moved = replace(moved, source=source, location=location)
            self.library.touch(moved)
            if self._is_current(moved, bytes_):
                return Outcome(source=source, status=Status.MOVED, document_id=moved.id, passages=moved.passages)
        ready = ahead.take(found.file, source=source, bytes_digest=bytes_)
        if ready and ready.document is None:
            raise DocumentError(source, ready.reason, kind=ready.kind)
        read = ready.document if ready else None
        document = read or self.load(found.file, source=source, limits=self.limits)
        if not looks_like_document(found.path):
            document = replace(document, warnings=(*document.warnings, "unknown-suffix: read by its content"))
        former = None if known or moved else self._renamed(document)
        if former:
            source = self.library.source_for(name_of(found, self.root), location, besides=former.id)
        known = known or moved or former
        outcome = self.shelf.place(
            document, known=known, source=source, location=location, bytes_digest=bytes_, ready=ready
        )
        if former:
            renamed = f"renamed: it was {former.source}, whose file is gone; this is its next version"
            outcome = replace(outcome, warnings=(*outcome.warnings, renamed))
        return outcome

    def _is_current(self, known: Entry, bytes_: str) -> bool:
        return known.bytes_digest == bytes_ and known.stage == self.shelf.stage

    def _unchanged(self, known: Entry) -> Outcome:
        if self.library.records.is_refused(known.location):
            self.library.records.delete_refusal(known.location)
        status, warnings = Status.UNCHANGED, known.warnings
        first = self.library.entry(known.duplicate_of) if known.duplicate_of else None
        if first:
            status, warnings = Status.DUPLICATE, (*warnings, f"duplicate: the same text as {first.source}")
        return Outcome(
            source=known.source,
            status=status,
            document_id=known.id,
            passages=known.passages,
            warnings=warnings,
        )

    def _moved(self, bytes_: str) -> Entry | None:
        """Return the document with these bytes whose file is gone from its place, if any."""
        same = self.library.records.with_bytes(bytes_)
        gone = [entry for entry in same if is_gone(entry.location, root=self.root, present=self.present)]
        return min(gone, key=lambda entry: (entry.duplicate_of is not None, entry.id), default=None)

    def _renamed(self, document: Document) -> Entry | None:
        """Return the document whose file is gone and of which a new file has nearly the whole wording, if any."""
        found = self.library.resembling(document) if len(document.text.split()) >= NEAR_WORDS else None
        if not found or found[1] < _SAME or found[0].duplicate_of is not None:
            return None
        return found[0] if self._is_gone(found[0].location) else None

    def _refuse(self, source: str, location: str, error: DocumentError) -> Outcome:
        self.library.refuse(Refusal(source=source, location=location, kind=error.kind, reason=str(error)))
        known = self.library.records.entry_at(location)
        kept = (f"kept: version {known.version}, read before, stays in the library",) if known else ()
        return Outcome(
            source=source,
            status=Status.FAILED,
            document_id=known.id if known else None,
            error=str(error),
            warnings=kept,
        )

    def missing(self, paths: Sequence[Path]) -> list[Entry]:
        """Return the documents under `paths` whose file is gone, by id; refusals of such files are forgotten."""
        records = self.library.records
        places = [place for path in paths for place in _places(path, self.root)]
        for location in dict.fromkeys(each for place in places for each in records.refusals_under(place)):
            if self._is_gone(location):
                records.delete_refusal(location)
        found = {entry.id: entry for place in places for entry in records.entries_under(place)}
        return [found[id_] for id_ in sorted(found) if self._is_gone(found[id_].location)]

    def _is_gone(self, location: str) -> bool:
        return is_gone(location, root=self.root, present=self.present)

    def remove(self, entry: Entry) -> Outcome:
        """Remove a document whose file is gone."""
        self.library.remove(entry.id)
        return Outcome(source=entry.source, status=Status.REMOVED, document_id=entry.id)


_FRESH = 1024
"""New passages after which the index follows, so that it is made while further files are read."""
_SAME = 0.7


def _last_by_source(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return one outcome a source, the last, in the order the sources first came."""
    return list({outcome.source: outcome for outcome in outcomes}.values())


def _require_paths(paths: Sequence[Path], *, library: Library, root: Path, prune: bool) -> None:
    """Raise UsageError for a path that does not exist, unless it is about to be pruned."""
    for path in paths:
        if path.exists():
            continue
        if not prune or not any(library.records.entries_under(place) for place in _places(path, root)):
            raise UsageError(f"{path}: no such file or folder")


def _places(path: Path, root: Path) -> Iterator[str]:
    """Yield the locations to look at for what lies at or below a path: two when the workspace lies below it."""
    path = absolute(path)
    yield locate(path, root)
    if path != root and root.is_relative_to(path):
        yield "."


def _default_load(path: Path, *, source: str, limits: Limits) -> Document:
    from knowledge.load import load_file

    return load_file(path, source=source, limits=limits)

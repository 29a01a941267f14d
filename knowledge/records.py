"""The library's tables: documents, their versions, passages, vectors, and files that could not be read.

All SQL of the library is here. A passage's row belongs to one version of its document; the rows of the
newest version are `current`. Vectors are kept by the digest of the embedded text, so the same words are
embedded once whatever happens to the index.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from knowledge.document import Document, Passage
from knowledge.entry import Entry, Refusal
from knowledge.errors import StorageError
from knowledge.identity import digest
from knowledge.record_rows import ENTRY, as_json, blocks_text, document_of, entry_of, passage_of, passage_row
from knowledge.store import Database
from knowledge.unindexed import SCHEMA as INDEXING
from knowledge.unindexed import Unindexed

SCHEMA = (
    """
    CREATE TABLE documents (
        id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, origin TEXT NOT NULL UNIQUE, location TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL, media_type TEXT NOT NULL, language TEXT NOT NULL, version INTEGER NOT NULL,
        text_digest TEXT NOT NULL, bytes_digest TEXT NOT NULL, stage TEXT NOT NULL, duplicate_of TEXT,
        warnings TEXT NOT NULL, passages INTEGER NOT NULL, words INTEGER NOT NULL,
        added TEXT NOT NULL, updated TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX documents_text ON documents (text_digest);
    CREATE INDEX documents_bytes ON documents (bytes_digest);
    CREATE TABLE versions (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, version INTEGER NOT NULL,
        title TEXT NOT NULL, media_type TEXT NOT NULL, language TEXT NOT NULL, text TEXT NOT NULL,
        blocks TEXT NOT NULL, warnings TEXT NOT NULL, metadata TEXT NOT NULL, text_digest TEXT NOT NULL,
        bytes_digest TEXT NOT NULL, stage TEXT NOT NULL, added TEXT NOT NULL,
        PRIMARY KEY (document_id, version)
    );
    CREATE TABLE passages (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, version INTEGER NOT NULL,
        ordinal INTEGER NOT NULL, id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
        text TEXT NOT NULL, headings TEXT NOT NULL, page INTEGER, tokens INTEGER NOT NULL, kinds TEXT NOT NULL,
        digest TEXT NOT NULL, current INTEGER NOT NULL,
        PRIMARY KEY (document_id, version, ordinal)
    );
    CREATE INDEX passages_id ON passages (id);
    CREATE INDEX passages_digest ON passages (digest);
    CREATE TABLE sketches (
        value INTEGER NOT NULL, document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        PRIMARY KEY (value, document_id)
    ) WITHOUT ROWID;
    CREATE INDEX sketches_document ON sketches (document_id);
    CREATE TABLE refusals (
        location TEXT PRIMARY KEY, source TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE vectors (
        digest TEXT NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (digest, embedder)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE unindexed (id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE INDEX documents_duplicates ON documents (duplicate_of) WHERE duplicate_of IS NOT NULL;
    CREATE INDEX documents_passages ON documents (passages)
    """,
    "ALTER TABLE passages ADD COLUMN lead TEXT NOT NULL DEFAULT ''",
    INDEXING,
)

_PASSAGE = """
    SELECT p.*, d.source AS source, v.title AS title FROM passages p
    JOIN documents d ON d.id = p.document_id
    JOIN versions v ON v.document_id = p.document_id AND v.version = p.version
"""
_MOST_PARAMETERS = 500
_MOST_SHARING = 20


class Records:
    """Reads and writes of the library's tables; raises StorageError when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.unindexed = Unindexed(database)
        try:
            database.migrate("library", SCHEMA)
        except sqlite3.Error as error:
            raise _unreadable(error) from error

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        try:
            return self._database.connection.execute(statement, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise _unreadable(error) from error

    def _write(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(statement, rows)

    # Entries ---------------------------------------------------------------------------------------------------

    def entries(self, where: str = "1", *values: str) -> list[Entry]:
        """Return the entries that meet a condition on their columns, by id."""
        return [entry_of(row) for row in self._rows(f"SELECT * FROM documents WHERE {where} ORDER BY id", values)]

    def entry(self, document_id: str) -> Entry | None:
        """Return one entry, or None."""
        return next(iter(self.entries("id = ?", document_id)), None)

    def entry_at(self, location: str) -> Entry | None:
        """Return the entry of the file at `location`, or None."""
        return next(iter(self.entries("location = ?", location)), None)

    def entries_under(self, location: str) -> list[Entry]:
        """Return the entries of the file or folder at `location`; of everything inside the workspace for "."."""
        where, values = _under(location)
        return self.entries(where, *values)

    def named(self, source: str, *, besides: str) -> bool:
        """Return whether another document than `besides` has, or first had, this source."""
        return bool(self.entries("(source = ? OR origin = ?) AND id <> ?", source, source, besides))

    def live_with_text(self, text_digest: str, *, besides: str) -> list[Entry]:
        """Return the documents, not themselves duplicates, that have this text."""
        return self.entries("text_digest = ? AND duplicate_of IS NULL AND id <> ?", text_digest, besides)

    def with_bytes(self, bytes_digest: str) -> list[Entry]:
        """Return the entries of files with these bytes."""
        return self.entries("bytes_digest = ?", bytes_digest)

    def orphans(self) -> list[Entry]:
        """Return the duplicates whose first copy is gone or says something else now."""
        return self.entries(
            "duplicate_of IS NOT NULL AND NOT EXISTS (SELECT 1 FROM documents first WHERE"
            " first.id = documents.duplicate_of AND first.text_digest = documents.text_digest"
            " AND first.duplicate_of IS NULL)"
        )

    def put_entry(self, entry: Entry) -> None:
        """Write an entry, new or changed."""
        values = asdict(entry) | {"warnings": as_json(entry.warnings)}
        changed = ", ".join(f"{name} = excluded.{name}" for name in ENTRY if name != "id")
        self._write(
            f"INSERT INTO documents ({', '.join(ENTRY)}) VALUES ({', '.join('?' * len(ENTRY))})"
            f" ON CONFLICT (id) DO UPDATE SET {changed}",
            [[values[name] for name in ENTRY]],
        )

    def delete_entry(self, document_id: str) -> None:
        """Delete a document with all its versions and passages."""
        with self._database.transaction():
            self.unindexed.note(document_id)
            self._write("DELETE FROM documents WHERE id = ?", [(document_id,)])

    # Versions --------------------------------------------------------------------------------------------------

    def put_version(self, entry: Entry, document: Document) -> None:
        """Write `document` as the version that `entry` names."""
        what = (entry.id, entry.version, document.title, document.media_type, document.language, document.text)
        how = (blocks_text(document.blocks), as_json(document.warnings), as_json(document.metadata))
        row = (*what, *how, entry.text_digest, entry.bytes_digest, entry.stage, entry.updated)
        self._write(f"INSERT OR REPLACE INTO versions VALUES ({', '.join('?' * len(row))})", [row])

    def version(self, document_id: str, version: int) -> Document | None:
        """Return one version of a document, under its origin, or None."""
        rows = self._rows(
            "SELECT v.*, d.origin FROM versions v JOIN documents d ON d.id = v.document_id"
            " WHERE v.document_id = ? AND v.version = ?",
            (document_id, version),
        )
        return document_of(rows[0]) if rows else None

    def versions(self, document_id: str) -> list[int]:
        """Return the numbers of a document's versions, oldest first."""
        rows = self._rows("SELECT version FROM versions WHERE document_id = ? ORDER BY version", (document_id,))
        return [row["version"] for row in rows]

    def metadata(self, version: int | None = None) -> dict[str, tuple[tuple[str, str], ...]]:
        """Return what each document states of itself, by document id: in its newest version, or in that of this number."""
        which, values = ("d.version", []) if version is None else ("?", [version])
        statement = f"SELECT v.document_id, v.metadata FROM versions v JOIN documents d ON d.id = v.document_id AND v.version = {which}"
        return {
            row["document_id"]: tuple((name, value) for name, value in json.loads(row["metadata"]))
            for row in self._rows(statement, values)
        }

    # Passages --------------------------------------------------------------------------------------------------

    def put_passages(self, document_id: str, version: int, passages: Iterable[Passage]) -> None:
        """Write the passages of a version and make them the document's current ones."""
        self.unindexed.note(document_id)
        self._write("UPDATE passages SET current = 0 WHERE document_id = ?", [(document_id,)])
        self._write("DELETE FROM passages WHERE document_id = ? AND version = ?", [(document_id, version)])
        self._write(
            f"INSERT INTO passages VALUES ({', '.join('?' * 14)})",
            [passage_row(passage, document_id=document_id, version=version) for passage in passages],
        )
        self.unindexed.note(document_id)

    def passages(self, document_id: str, version: int | None = None) -> list[Passage]:
        """Return the passages of a document's current or given version, in order."""
        where, values = ("p.current = 1", []) if version is None else ("p.version = ?", [version])
        rows = self._rows(f"{_PASSAGE} WHERE p.document_id = ? AND {where} ORDER BY p.ordinal", [document_id, *values])
        return [passage_of(row) for row in rows]

    def passages_by_id(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Return the passages with these ids; of one that is in several versions, the newest."""
        found: dict[str, Passage] = {}
        for chunk in _chunks(ids):
            marks = ", ".join("?" * len(chunk))
            for row in self._rows(f"{_PASSAGE} WHERE p.id IN ({marks}) ORDER BY p.version", chunk):
                found[row["id"]] = passage_of(row)
        return {id_: found[id_] for id_ in ids if id_ in found}

    def outline(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return id, document id and headings of every current passage."""
        rows = self._rows("SELECT id, document_id, headings FROM passages WHERE current = 1")
        return [(row["id"], row["document_id"], tuple(json.loads(row["headings"]))) for row in rows]

    def passage_ids(self) -> set[str]:
        """Return the ids of all current passages."""
        return {row["id"] for row in self._rows("SELECT id FROM passages WHERE current = 1")}

    def first_seen(self) -> dict[str, str]:
        """Return when the oldest version that holds it was stored, for each current passage."""
        rows = self._rows(
            "SELECT p.id AS id, min(v.added) AS first FROM passages p JOIN versions v ON v.document_id = p.document_id"
            " AND v.version = p.version GROUP BY p.id HAVING max(p.current) = 1"
        )
        return {row["id"]: row["first"] for row in rows}

    def stamp(self) -> str:
        """Return a digest of which versions are current: it changes whenever the current passages do."""
        rows = self._rows("SELECT id, version, passages, text_digest, stage, updated FROM documents ORDER BY id")
        return digest([list(row) for row in rows])

    def passage_count(self) -> int:
        """Return the number of current passages."""
        return int(self._rows("SELECT total(passages) AS n FROM documents")[0]["n"])

    def current(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Return those of the passages that belong to the newest version of their document."""
        found: dict[str, Passage] = {}
        for chunk in _chunks(ids):
            marks = ", ".join("?" * len(chunk))
            rows = self._rows(f"{_PASSAGE} WHERE p.id IN ({marks}) AND p.current = 1", chunk)
            found.update((row["id"], passage_of(row)) for row in rows)
        return found

    # Sketches --------------------------------------------------------------------------------------------------

    def put_sketch(self, document_id: str, values: Iterable[int]) -> None:
        """Write the sketch of a document's wording in place of an older one."""
        self._write("DELETE FROM sketches WHERE document_id = ?", [(document_id,)])
        self._write("INSERT INTO sketches VALUES (?, ?)", [(value, document_id) for value in values])

    def sketch(self, document_id: str) -> set[int]:
        """Return the sketch of a document's wording."""
        rows = self._rows("SELECT value FROM sketches WHERE document_id = ?", (document_id,))
        return {row["value"] for row in rows}

    def sharing(self, values: Iterable[int], *, besides: str) -> Counter[str]:
        """Return how many of these sketch values other documents have; of a value in many, only the first few."""
        found: Counter[str] = Counter()
        for value in values:
            statement = "SELECT document_id FROM sketches WHERE value = ? AND document_id <> ? LIMIT ?"
            found.update(row["document_id"] for row in self._rows(statement, (value, besides, _MOST_SHARING)))
        return found

    # Refusals --------------------------------------------------------------------------------------------------

    def put_refusal(self, refusal: Refusal) -> None:
        """Record why a file could not be read."""
        row = (refusal.location, refusal.source, refusal.kind, refusal.reason, refusal.at)
        self._write("INSERT OR REPLACE INTO refusals VALUES (?, ?, ?, ?, ?)", [row])

    def is_refused(self, location: str) -> bool:
        """Return whether the file at `location` could not be read at the last try."""
        return bool(self._rows("SELECT 1 FROM refusals WHERE location = ?", (location,)))

    def refusals_under(self, location: str) -> list[str]:
        """Return the locations of the files at or below `location` that could not be read."""
        where, values = _under(location)
        return [row["location"] for row in self._rows(f"SELECT location FROM refusals WHERE {where}", values)]

    def delete_refusal(self, location: str) -> None:
        """Forget that the file at `location` could not be read."""
        self._write("DELETE FROM refusals WHERE location = ?", [(location,)])

    def refusals(self) -> list[Refusal]:
        """Return the files that could not be read, by source."""
        return [Refusal(**dict(row)) for row in self._rows("SELECT * FROM refusals ORDER BY source, location")]

    # Vectors ---------------------------------------------------------------------------------------------------

    def vectors(self, digests: Sequence[str], *, embedder: str) -> dict[str, bytes]:
        """Return the vectors kept for these digests, as float32 bytes."""
        found: dict[str, bytes] = {}
        for chunk in _chunks(digests):
            marks = ", ".join("?" * len(chunk))
            rows = self._rows(
                f"SELECT digest, vector FROM vectors WHERE embedder = ? AND digest IN ({marks})", [embedder, *chunk]
            )
            found.update((row["digest"], row["vector"]) for row in rows)
        return found

    def put_vectors(self, vectors: Iterable[tuple[str, bytes]], *, embedder: str) -> None:
        """Keep vectors by the digest of their text, in one transaction."""
        self._write(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", [(key, embedder, vector) for key, vector in vectors]
        )

    def forget_vectors(self) -> None:
        """Delete the vectors of texts that no passage has any more."""
        self._write("DELETE FROM vectors WHERE digest NOT IN (SELECT digest FROM passages WHERE digest <> ?)", [("",)])


def _unreadable(error: sqlite3.Error) -> StorageError:
    return StorageError(f"the workspace database cannot be read ({error}); run groundsmith doctor, or restore a copy")


def _under(location: str) -> tuple[str, tuple[str, ...]]:
    """Return a condition on `location`, which its index answers, and its values: the place itself and all below it.

    "." is the workspace's folder, below which every relative location lies.
    """
    if location == ".":
        return "location NOT LIKE '/%' AND location NOT LIKE '%://%'", ()
    below = location.rstrip("/")
    return "location = ? OR (location > ? AND location < ?)", (location, f"{below}/", f"{below}0")


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _MOST_PARAMETERS):
        yield values[start : start + _MOST_PARAMETERS]

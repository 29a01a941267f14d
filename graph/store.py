"""What was extracted from each document, in the workspace database.

Rows of a document depend on that document alone; removing it removes them and nothing else has to change. Counts,
labels, weights and merges are derived from the rows when a `ConceptGraph` is read, so an incremental build is equal
to a build from nothing by construction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from graph.extraction import Abbreviation, Definition, Extraction, Occurrence, Topic
from graph.frame import Frame, FrameKind
from knowledge.document import Passage
from knowledge.store import Database

_CREATE: Final = """
CREATE TABLE graph_documents (
  number INTEGER PRIMARY KEY, document_id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, headings TEXT NOT NULL
);
CREATE TABLE graph_passages (
  document INTEGER NOT NULL REFERENCES graph_documents (number) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, passage_id TEXT NOT NULL, PRIMARY KEY (document, ordinal)
) WITHOUT ROWID;
CREATE TABLE graph_occurrences (
  document INTEGER NOT NULL REFERENCES graph_documents (number) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, key TEXT NOT NULL, start INTEGER NOT NULL, finish INTEGER NOT NULL,
  surface TEXT NOT NULL, salience REAL NOT NULL, PRIMARY KEY (document, ordinal, key, start, finish)
) WITHOUT ROWID;
CREATE TABLE graph_definitions (
  document INTEGER NOT NULL REFERENCES graph_documents (number) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, key TEXT NOT NULL, label TEXT NOT NULL, definition TEXT NOT NULL,
  start INTEGER NOT NULL, finish INTEGER NOT NULL, scope TEXT NOT NULL, PRIMARY KEY (document, ordinal, key, start)
) WITHOUT ROWID;
CREATE TABLE graph_abbreviations (
  document INTEGER NOT NULL REFERENCES graph_documents (number) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, short TEXT NOT NULL, long TEXT NOT NULL, start INTEGER NOT NULL, finish INTEGER NOT NULL,
  PRIMARY KEY (document, ordinal, short, long, start)
) WITHOUT ROWID;
CREATE TABLE graph_topics (
  document INTEGER NOT NULL REFERENCES graph_documents (number) ON DELETE CASCADE,
  key TEXT NOT NULL, label TEXT NOT NULL, ordinals TEXT NOT NULL, PRIMARY KEY (document, key)
) WITHOUT ROWID
"""

_FRAMES: Final = """
CREATE TABLE graph_frames (
  document INTEGER NOT NULL REFERENCES graph_documents (number) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, kind TEXT NOT NULL, start INTEGER NOT NULL, finish INTEGER NOT NULL,
  cue_start INTEGER NOT NULL, cue_finish INTEGER NOT NULL,
  party_start INTEGER NOT NULL, party_finish INTEGER NOT NULL,
  PRIMARY KEY (document, ordinal, kind, start, finish)
) WITHOUT ROWID;
CREATE TABLE graph_apart (
  kept TEXT NOT NULL, form TEXT NOT NULL, PRIMARY KEY (kept, form)
) WITHOUT ROWID
"""

_PROPOSALS: Final = """
CREATE TABLE graph_proposals (
  document INTEGER NOT NULL REFERENCES graph_documents (number) ON DELETE CASCADE,
  outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (document, outcome)
) WITHOUT ROWID
"""

MIGRATIONS: Final = (_CREATE, _FRAMES, _PROPOSALS)


class GraphStore:
    """Reads and writes extractions; every write of a document is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("graph", MIGRATIONS)

    def digests(self) -> dict[str, str]:
        """Return the digest each stored document was extracted from, by document id."""
        rows = self._database.connection.execute("SELECT document_id, digest FROM graph_documents")
        return {row["document_id"]: row["digest"] for row in rows}

    def documents(self) -> tuple[str, ...]:
        """Return the ids of the documents stored, in order."""
        return tuple(sorted(self.digests()))

    def replace(self, extraction: Extraction, passages: Sequence[Passage], *, digest: str) -> None:
        """Store a document's extraction in place of what was stored for it."""
        ordinal = {passage.id: number for number, passage in enumerate(passages)}
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM graph_documents WHERE document_id = ?", (extraction.document_id,))
            cursor = connection.execute(
                "INSERT INTO graph_documents (document_id, digest, headings) VALUES (?, ?, ?)",
                (extraction.document_id, digest, json.dumps(extraction.headings)),
            )
            for table, rows in _rows(extraction, passages, ordinal):
                marks = ", ".join("?" * (len(rows[0]) + 1)) if rows else ""
                values = [(cursor.lastrowid, *row) for row in rows]
                if values:
                    connection.executemany(f"INSERT OR IGNORE INTO graph_{table} VALUES ({marks})", values)

    def remove(self, document_id: str) -> None:
        """Forget a document; nothing happens when it is not there."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM graph_documents WHERE document_id = ?", (document_id,))

    def extractions(self) -> Iterator[tuple[Extraction, tuple[str, ...]]]:
        """Yield each stored extraction with the ids of its document's passages, in order of document id."""
        rows = self._database.connection.execute(
            "SELECT number, document_id, headings FROM graph_documents ORDER BY document_id"
        )
        for row in rows.fetchall():
            passages = self._passages(row["number"])
            yield self._extraction(row["number"], row["document_id"], row["headings"], passages), passages

    def _passages(self, number: int) -> tuple[str, ...]:
        rows = self._database.connection.execute(
            "SELECT passage_id FROM graph_passages WHERE document = ? ORDER BY ordinal", (number,)
        )
        return tuple(row[0] for row in rows)

    def _extraction(self, number: int, document_id: str, headings: str, passages: tuple[str, ...]) -> Extraction:
        def rows(table: str) -> list[tuple[Any, ...]]:
            found = self._database.connection.execute(f"SELECT * FROM graph_{table} WHERE document = ?", (number,))
            return [tuple(row)[1:] for row in found]

        return Extraction(
            document_id=document_id,
            occurrences=tuple(_occurrence(row, passages) for row in rows("occurrences")),
            definitions=tuple(_definition(row, passages) for row in rows("definitions")),
            abbreviations=tuple(_abbreviation(row, passages) for row in rows("abbreviations")),
            topics=tuple(_topic(row, passages) for row in rows("topics")),
            headings=tuple(json.loads(headings)),
            frames=tuple(_frame(row, passages) for row in rows("frames")),
            proposed=tuple((outcome, count) for outcome, count in rows("proposals")),
        )

    def frames(self, kind: FrameKind | None = None) -> Iterator[Frame]:
        """Yield the policy frames stored, of one kind if asked, in order of document id, passage and place."""
        rows = self._database.connection.execute(
            "SELECT p.passage_id, f.kind, f.start, f.finish, f.cue_start, f.cue_finish, f.party_start, f.party_finish "
            "FROM graph_frames f JOIN graph_documents d ON d.number = f.document "
            "JOIN graph_passages p ON p.document = f.document AND p.ordinal = f.ordinal "
            "WHERE ? IS NULL OR f.kind = ? ORDER BY d.document_id, f.ordinal, f.start, f.finish, f.kind",
            (kind, kind),
        )
        for row in rows:
            yield _frame((0, *tuple(row)[1:]), (row["passage_id"],))

    def proposals(self) -> dict[str, int]:
        """Return what became of a language model's proposals in all documents: counts of "kept" and of each rejection."""
        rows = self._database.connection.execute(
            "SELECT outcome, sum(count) AS total FROM graph_proposals GROUP BY outcome ORDER BY outcome"
        )
        return {row["outcome"]: row["total"] for row in rows}

    def apart(self) -> frozenset[tuple[str, str]]:
        """Return the merges that were undone, as (key kept, form that stays apart)."""
        rows = self._database.connection.execute("SELECT kept, form FROM graph_apart")
        return frozenset((row["kept"], row["form"]) for row in rows)

    def keep_apart(self, kept: str, form: str) -> None:
        """Undo a merge for good: `form` is never again taken for `kept`."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO graph_apart VALUES (?, ?)", (kept, form))

    def allow_merge(self, kept: str, form: str) -> bool:
        """Take back `keep_apart`; return whether there was anything to take back."""
        with self._database.transaction() as connection:
            cursor = connection.execute("DELETE FROM graph_apart WHERE kept = ? AND form = ?", (kept, form))
            return cursor.rowcount > 0


def _rows(
    extraction: Extraction, passages: Sequence[Passage], ordinal: dict[str, int]
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    yield "passages", [(number, passage.id) for number, passage in enumerate(passages)]
    yield (
        "occurrences",
        [
            (ordinal[one.passage_id], one.key, one.start, one.end, one.surface, one.salience)
            for one in extraction.occurrences
        ],
    )
    yield (
        "definitions",
        [
            (ordinal[one.passage_id], one.key, one.label, one.text, one.start, one.end, one.scope)
            for one in extraction.definitions
        ],
    )
    yield (
        "abbreviations",
        [(ordinal[one.passage_id], one.short, one.long, one.start, one.end) for one in extraction.abbreviations],
    )
    yield (
        "topics",
        [(one.key, one.label, json.dumps([ordinal[passage] for passage in one.passages])) for one in extraction.topics],
    )
    yield "frames", [_frame_row(one, ordinal) for one in extraction.frames]
    yield "proposals", list(extraction.proposed)


def _frame_row(frame: Frame, ordinal: dict[str, int]) -> tuple[Any, ...]:
    cue = (frame.cue_start, frame.cue_end)
    return (ordinal[frame.passage_id], frame.kind, frame.start, frame.end, *cue, frame.party_start, frame.party_end)


def _frame(row: tuple[Any, ...], passages: tuple[str, ...]) -> Frame:
    ordinal, kind, start, end, cue_start, cue_end, party_start, party_end = row
    return Frame(
        kind=FrameKind(kind),
        passage_id=passages[ordinal],
        start=start,
        end=end,
        cue_start=cue_start,
        cue_end=cue_end,
        party_start=party_start,
        party_end=party_end,
    )


def _occurrence(row: tuple[Any, ...], passages: tuple[str, ...]) -> Occurrence:
    ordinal, key, start, end, surface, salience = row
    return Occurrence(key=key, surface=surface, passage_id=passages[ordinal], start=start, end=end, salience=salience)


def _definition(row: tuple[Any, ...], passages: tuple[str, ...]) -> Definition:
    ordinal, key, label, text, start, end, scope = row
    return Definition(key=key, label=label, text=text, passage_id=passages[ordinal], start=start, end=end, scope=scope)


def _abbreviation(row: tuple[Any, ...], passages: tuple[str, ...]) -> Abbreviation:
    ordinal, short, long, start, end = row
    return Abbreviation(short=short, long=long, passage_id=passages[ordinal], start=start, end=end)


def _topic(row: tuple[Any, ...], passages: tuple[str, ...]) -> Topic:
    key, label, ordinals = row
    return Topic(key=key, label=label, passages=tuple(passages[ordinal] for ordinal in json.loads(ordinals)))

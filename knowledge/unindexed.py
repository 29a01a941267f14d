"""What the index has yet to follow: passages that came or went, the library's generation, and which index followed last.

The generation grows by one whenever the current passages change, so that whoever remembers one knows in one look-up
whether there is anything to follow. The notes are for one index; another, in another store or of another embedder, has to
be compared with the library as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.store import Database

SCHEMA = """
    CREATE TABLE indexing (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
"""
_CURRENT = "INSERT OR IGNORE INTO unindexed SELECT id FROM passages WHERE document_id = ? AND current = 1"
_PUT = "INSERT INTO indexing VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


class Unindexed:
    """The notes, in the tables `unindexed` and `indexing` of the library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, document_id: str) -> None:
        """Note the passages that a document has now, before they go or after they came: a new generation."""
        with self._database.transaction() as connection:
            connection.execute(_CURRENT, (document_id,))
            connection.execute(_PUT, ("generation", str(self.generation() + 1)))

    def ids(self) -> list[str]:
        """Return the ids of passages that came or went since the index was last brought up to date, sorted."""
        return [row["id"] for row in self._database.connection.execute("SELECT id FROM unindexed ORDER BY id")]

    def generation(self) -> int:
        """Return how often the current passages have changed."""
        return int(self._value("generation") or 0)

    def follower(self) -> str:
        """Return the name of the index that followed last, or nothing."""
        return self._value("follower")

    def settle(self, ids: Iterable[str], *, follower: str) -> None:
        """Forget notes: the index of this name has followed them."""
        gone = [(id_,) for id_ in ids]
        if not gone and self.follower() == follower:
            return
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM unindexed WHERE id = ?", gone)
            connection.execute(_PUT, ("follower", follower))

    def _value(self, name: str) -> str:
        row = self._database.connection.execute("SELECT value FROM indexing WHERE name = ?", (name,)).fetchone()
        return row["value"] if row else ""

"""The table of what documents go by: numbers and names, so that a reference finds its document by one look-up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from knowledge.store import Database

SCHEMA = (
    """
    CREATE TABLE outlined (
        document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE, version INTEGER NOT NULL,
        folder TEXT NOT NULL, tops TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE designations (
        key TEXT NOT NULL, folder TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, headed INTEGER NOT NULL,
        PRIMARY KEY (key, folder, document_id)
    ) WITHOUT ROWID;
    CREATE INDEX designations_document ON designations (document_id);
    CREATE TABLE document_names (
        name TEXT NOT NULL, document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        PRIMARY KEY (name, document_id)
    ) WITHOUT ROWID;
    CREATE INDEX document_names_document ON document_names (document_id)
    """,
    """
    ALTER TABLE outlined ADD COLUMN source TEXT NOT NULL DEFAULT '';
    ALTER TABLE outlined ADD COLUMN rules INTEGER NOT NULL DEFAULT 0
    """,
)
_FEW = 64


class ReferenceStore:
    """Reads and writes of what documents go by."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("references", SCHEMA)

    def outdated(self, *, rules: int) -> list[tuple[str, int, str]]:
        """Return id, version and source of the documents that are not noted as they are now and by these rules, by id."""
        rows = self._database.connection.execute(
            "SELECT d.id, d.version, d.source FROM documents d LEFT JOIN outlined o ON o.document_id = d.id"
            " WHERE d.duplicate_of IS NULL AND (o.version IS NULL OR o.version <> d.version OR o.source <> d.source"
            " OR o.rules <> ?) ORDER BY d.id",
            (rules,),
        )
        return [(row["id"], row["version"], row["source"]) for row in rows]

    def put(
        self,
        document_id: str,
        *,
        version: int,
        source: str,
        rules: int,
        folder: str,
        keys: Iterable[tuple[str, bool]],
        names: Iterable[str],
        tops: Sequence[str],
    ) -> None:
        """Note what one version of a document goes by, in place of an older one."""
        with self._database.transaction() as connection:
            for table in ("designations", "document_names", "outlined"):
                connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
            connection.execute(
                "INSERT INTO outlined VALUES (?, ?, ?, ?, ?, ?)",
                (document_id, version, folder, " ".join(sorted(tops)), source, rules),
            )
            connection.executemany(
                "INSERT INTO designations VALUES (?, ?, ?, ?)", [(key, folder, document_id, head) for key, head in keys]
            )
            connection.executemany("INSERT INTO document_names VALUES (?, ?)", [(name, document_id) for name in names])

    def with_key(self, key: str, *, folder: str | None = None) -> list[tuple[str, bool]]:
        """Return the documents, at most 64, in which something goes by a key, by id, and whether it is a heading there."""
        where, values = ("", [key]) if folder is None else (" AND g.folder = ?", [key, folder])
        rows = self._database.connection.execute(
            "SELECT g.document_id, g.headed FROM designations g JOIN documents d ON d.id = g.document_id"
            f" WHERE g.key = ?{where} AND d.duplicate_of IS NULL ORDER BY g.document_id LIMIT {_FEW}",
            values,
        )
        return [(row["document_id"], bool(row["headed"])) for row in rows]

    def named(self, name: str) -> list[tuple[str, str]]:
        """Return id and folder of the documents that go by a name, at most 64, by id."""
        rows = self._database.connection.execute(
            "SELECT n.document_id, o.folder FROM document_names n JOIN outlined o ON o.document_id = n.document_id"
            f" JOIN documents d ON d.id = n.document_id WHERE n.name = ? AND d.duplicate_of IS NULL"
            f" ORDER BY n.document_id LIMIT {_FEW}",
            (name,),
        )
        return [(row["document_id"], row["folder"]) for row in rows]

    def about(self, document_id: str) -> tuple[str, frozenset[str]]:
        """Return the folder of a document and the first parts of its numbers, "5" of 5.1.2; empty for one unknown."""
        rows = self._database.connection.execute(
            "SELECT folder, tops FROM outlined WHERE document_id = ?", (document_id,)
        ).fetchall()
        return (rows[0]["folder"], frozenset(rows[0]["tops"].split())) if rows else ("", frozenset())

"""The tables of links: where they stand in each document, what its anchors name, and the addresses it is found under.

They tell of a document as it was read last; an older version has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from knowledge.document import Anchor, Document, Link
from knowledge.store import Database

SCHEMA = (
    """
    CREATE TABLE document_links (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, start INTEGER NOT NULL,
        "end" INTEGER NOT NULL, target TEXT NOT NULL, PRIMARY KEY (document_id, start, "end", target)
    ) WITHOUT ROWID;
    CREATE TABLE document_anchors (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, name TEXT NOT NULL,
        start INTEGER NOT NULL, "end" INTEGER NOT NULL, PRIMARY KEY (document_id, name)
    ) WITHOUT ROWID;
    CREATE TABLE document_pages (
        document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE, stated TEXT NOT NULL, source TEXT
    ) WITHOUT ROWID;
    CREATE TABLE document_addresses (
        address TEXT NOT NULL, document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        rank INTEGER NOT NULL, PRIMARY KEY (address, document_id)
    ) WITHOUT ROWID;
    CREATE INDEX document_addresses_document ON document_addresses (document_id)
    """,
)


class LinkStore:
    """Reads and writes of links, anchors and addresses."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("links", SCHEMA)

    def put(self, document_id: str, document: Document) -> None:
        """Write the links, the anchors and the stated address of a document in place of older ones."""
        with self._database.transaction() as connection:
            for table in ("document_links", "document_anchors"):
                connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
            connection.executemany(
                "INSERT OR IGNORE INTO document_links VALUES (?, ?, ?, ?)",
                ((document_id, link.start, link.end, link.target) for link in document.links),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO document_anchors VALUES (?, ?, ?, ?)",
                ((document_id, anchor.name, anchor.start, anchor.end) for anchor in document.anchors),
            )
            connection.execute(
                "INSERT OR REPLACE INTO document_pages VALUES (?, ?, NULL)", (document_id, document.address)
            )

    def with_links(self, document: Document, document_id: str) -> Document:
        """Return a document with its links, anchors and stated address."""
        rows = self._database.connection.execute(
            'SELECT name, start, "end" FROM document_anchors WHERE document_id = ? ORDER BY start, name',
            (document_id,),
        )
        anchors = tuple(Anchor(name=row["name"], start=row["start"], end=row["end"]) for row in rows)
        links = tuple(self.links(document_id))
        return replace(document, links=links, anchors=anchors, address=self.page(document_id)[1])

    def links(self, document_id: str, start: int = 0, end: int | None = None) -> list[Link]:
        """Return the links that begin between two places of a document's text, in order."""
        rows = self._database.connection.execute(
            'SELECT start, "end", target FROM document_links WHERE document_id = ? AND start >= ? AND start < ?'
            ' ORDER BY start, "end", target',
            (document_id, start, 1 << 62 if end is None else end),
        )
        return [Link(start=row["start"], end=row["end"], target=row["target"]) for row in rows]

    def anchor(self, document_id: str, names: Iterable[str]) -> Anchor | None:
        """Return the first of these anchors that a document has."""
        for name in names:
            row = self._database.connection.execute(
                'SELECT name, start, "end" FROM document_anchors WHERE document_id = ? AND name = ?',
                (document_id, name),
            ).fetchone()
            if row:
                return Anchor(name=row["name"], start=row["start"], end=row["end"])
        return None

    def page(self, document_id: str) -> tuple[str, str]:
        """Return a document's source and the address it states, "" for none."""
        row = self._database.connection.execute(
            "SELECT d.source, p.stated FROM documents d LEFT JOIN document_pages p ON p.document_id = d.id"
            " WHERE d.id = ?",
            (document_id,),
        ).fetchone()
        return (row["source"], row["stated"] or "") if row else ("", "")

    def outdated(self) -> list[tuple[str, str, str]]:
        """Return id, source and stated address of the documents whose addresses are not noted as they are now, by id."""
        rows = self._database.connection.execute(
            "SELECT d.id, d.source, p.stated FROM documents d LEFT JOIN document_pages p ON p.document_id = d.id"
            " WHERE p.source IS NULL OR p.source <> d.source ORDER BY d.id"
        )
        return [(row["id"], row["source"], row["stated"] or "") for row in rows]

    def put_addresses(self, document_id: str, *, source: str, stated: str, addresses: dict[str, int]) -> None:
        """Note under which addresses a document is found, each with its rank: the lowest is the surest."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM document_addresses WHERE document_id = ?", (document_id,))
            connection.execute("INSERT OR REPLACE INTO document_pages VALUES (?, ?, ?)", (document_id, stated, source))
            connection.executemany(
                "INSERT INTO document_addresses VALUES (?, ?, ?)",
                ((address, document_id, rank) for address, rank in sorted(addresses.items())),
            )

    def at(self, addresses: Iterable[str]) -> list[str]:
        """Return the documents found under any of these addresses at the best rank there is, two at most; copies as the first."""
        found: list[tuple[int, str]] = list(chain.from_iterable(map(self._at, addresses)))
        best = min((rank for rank, _ in found), default=0)
        return sorted({id_ for rank, id_ in found if rank == best})[:2]

    def _at(self, address: str) -> list[tuple[int, str]]:
        rows = self._database.connection.execute(
            "SELECT DISTINCT a.rank AS rank, coalesce(d.duplicate_of, d.id) AS id FROM document_addresses a"
            " JOIN documents d ON d.id = a.document_id WHERE a.address = ? ORDER BY a.rank, id LIMIT 2",
            (address,),
        )
        return [(row["rank"], row["id"]) for row in rows]

    def spots(self, document_id: str) -> list[tuple[int, int, str]]:
        """Return start, end and id of a document's current passages, in order."""
        rows = self._database.connection.execute(
            'SELECT start, "end", id FROM passages WHERE document_id = ? AND current = 1 ORDER BY ordinal',
            (document_id,),
        )
        return [(row["start"], row["end"], row["id"]) for row in rows]

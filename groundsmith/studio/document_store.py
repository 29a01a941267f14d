"""Documents and passages as the studio pages through them: by source or by date, from where the last page ended."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from knowledge.store import Database

PAGE: Final = 50
STATES: Final = ("flagged", "noted", "changed", "duplicate")
MOST_HEADINGS: Final = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedDocument:
    """A document in a list; `notes` are the kinds of its warnings."""

    id: str
    source: str
    title: str
    version: int
    passages: int
    words: int
    updated: str
    notes: tuple[str, ...]
    duplicate_of: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading of a document: its depth from 1, and the ordinal of the first passage under it."""

    text: str
    depth: int
    ordinal: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Holdings:
    """What the library holds."""

    documents: int
    duplicates: int
    passages: int
    words: int
    flagged: int
    refused: int


class DocumentStore:
    """Reads the library's tables in a workspace where `SampleStore` made the indexes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._database.connection

    def page(
        self, *, words: str = "", state: str = "", order: str = "source", after: str = "", limit: int = PAGE
    ) -> list[ListedDocument]:
        """Return documents from where `after` (the `mark` of the last one seen) ends; order is source or newest."""
        where, bound = _where(words, state)
        if order == "newest":
            moment, _, identifier = after.partition("~")
            where += " AND (d.updated, d.id) < (?, ?)" if after else ""
            bound += [moment, identifier] if after else []
            by = "d.updated DESC, d.id DESC"
        else:
            where += " AND d.source > ?" if after else ""
            bound += [after] if after else []
            by = "d.source"
        query = (
            "SELECT id, source, title, version, passages, words, updated, warnings, duplicate_of FROM documents d "
            f"WHERE d.id IN (SELECT d.id FROM documents d WHERE {where} ORDER BY {by} LIMIT ?) ORDER BY {by}"
        )
        return [_listed(row) for row in self._connection.execute(query, (*bound, limit))]

    def count(self, *, words: str = "", state: str = "") -> int:
        """Return how many documents there are."""
        where, bound = _where(words, state)
        return int(self._connection.execute(f"SELECT count(*) FROM documents d WHERE {where}", bound).fetchone()[0])

    def holdings(self) -> Holdings:
        """Return what the library holds."""
        query = (
            "SELECT count(*) AS documents, count(duplicate_of) AS duplicates, coalesce(sum(passages), 0) AS passages, "
            "coalesce(sum(words), 0) AS words FROM documents"
        )
        row = dict(self._connection.execute(query).fetchone())
        refused = self._connection.execute("SELECT count(*) FROM refusals").fetchone()[0]
        return Holdings(**row, flagged=self.count(state="flagged"), refused=int(refused))

    def passage_ids(self, document_id: str, version: int, *, start: int, limit: int = PAGE) -> list[str]:
        """Return the passages of a version from an ordinal on."""
        query = (
            "SELECT id FROM passages WHERE document_id = ? AND version = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?"
        )
        return [row["id"] for row in self._connection.execute(query, (document_id, version, start, limit))]

    def passage_count(self, document_id: str, version: int) -> int:
        """Return how many passages a version has."""
        query = "SELECT count(*) FROM passages WHERE document_id = ? AND version = ?"
        return int(self._connection.execute(query, (document_id, version)).fetchone()[0])

    def place(self, passage_id: str) -> tuple[str, int, int] | None:
        """Return document, version and ordinal of a passage in the newest version that has it."""
        query = "SELECT document_id, version, ordinal FROM passages WHERE id = ? ORDER BY version DESC LIMIT 1"
        row = self._connection.execute(query, (passage_id,)).fetchone()
        return None if row is None else (row["document_id"], row["version"], row["ordinal"])

    def outline(self, document_id: str, version: int) -> list[Heading]:
        """Return the headings of a version that have passages under them, at most 400."""
        query = "SELECT ordinal, headings FROM passages WHERE document_id = ? AND version = ? ORDER BY ordinal"
        found: list[Heading] = []
        before: tuple[str, ...] = ()
        for row in self._connection.execute(query, (document_id, version)):
            path = tuple(json.loads(row["headings"]))
            common = next(
                (i for i, (one, other) in enumerate(zip(path, before, strict=False)) if one != other),
                min(len(path), len(before)),
            )
            found += [Heading(text=path[i], depth=i + 1, ordinal=row["ordinal"]) for i in range(common, len(path))]
            before = path
            if len(found) >= MOST_HEADINGS:
                break
        return found[:MOST_HEADINGS]

    def titles(self, ids: list[str]) -> dict[str, str]:
        """Return the sources of the documents that exist among `ids`."""
        query = "SELECT d.id, d.source FROM json_each(?) j JOIN documents d ON d.id = j.value"
        return {row["id"]: row["source"] for row in self._connection.execute(query, (json.dumps(ids),))}

    def current(self, ids: list[str]) -> set[str]:
        """Return those of the passages that stand in the newest version of their document."""
        query = "SELECT DISTINCT p.id FROM json_each(?) j JOIN passages p ON p.id = j.value AND p.current = 1"
        return {row["id"] for row in self._connection.execute(query, (json.dumps(ids),))}

    def frames(self, passage_ids: list[str]) -> list[tuple[str, str, int, int]]:
        """Return the policy frames of passages: passage, kind, and the characters they take up."""
        query = (
            "SELECT g.passage_id, f.kind, f.start, f.finish FROM json_each(?) j JOIN passages p ON p.id = j.value AND p.current = 1 "
            "JOIN graph_documents d ON d.document_id = p.document_id JOIN graph_frames f ON f.document = d.number "
            "JOIN graph_passages g ON g.document = f.document AND g.ordinal = f.ordinal AND g.passage_id = p.id "
            "ORDER BY j.key, f.start, f.finish, f.kind LIMIT 200"
        )
        return [tuple(row) for row in self._connection.execute(query, (json.dumps(passage_ids),))]


def mark(document: ListedDocument, order: str) -> str:
    """Return where the next page begins after a document."""
    return f"{document.updated}~{document.id}" if order == "newest" else document.source


def _listed(row: sqlite3.Row) -> ListedDocument:
    values = dict(row)
    notes = tuple(dict.fromkeys(each.partition(":")[0] for each in json.loads(values.pop("warnings"))))
    return ListedDocument(**values, notes=notes)


def _where(words: str, state: str) -> tuple[str, list[Any]]:
    parts, bound = ["1"], []
    for word in words.split()[:10]:
        like = f"%{word.replace('~', '~~').replace('%', '~%').replace('_', '~_')}%"
        parts.append("(d.source LIKE ? ESCAPE '~' OR d.title LIKE ? ESCAPE '~')")
        bound += [like, like]
    conditions = {
        "flagged": """d.warnings <> '[]' AND d.warnings LIKE '%"injection: %'""",
        "noted": "d.warnings <> '[]'",
        "changed": "d.version > 1",
        "duplicate": "d.duplicate_of IS NOT NULL",
    }
    if state:
        parts.append(conditions.get(state, "0"))
    return " AND ".join(parts), bound

"""The rows of all runs as one table to filter, count and search: kept by triggers beside the units of the runs.

The tables follow `units` in the same transaction, whichever process writes, so nothing has to be brought up to date. A page
of a list is found by where the last one ended, never by counting rows passed over.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from groundsmith.row import DatasetRow
from groundsmith.studio.sample_filter import BANDS, SampleFilter, condition_of, newest_of, source_of

if TYPE_CHECKING:
    from knowledge.store import Database

_PARTS: Final = """
  INSERT OR REPLACE INTO samples (number, run, ordinal, id, outcome, reason, verdict, confidence, kind, level, prompt) VALUES (
    (SELECT number FROM samples WHERE run = new.run AND ordinal = new.ordinal), new.run, new.ordinal,
    coalesce(json_extract(new.row, '$.id'), ''), new.outcome, new.reason,
    coalesce(json_extract(new.row, '$.verdict'), ''), json_extract(new.row, '$.confidence'),
    coalesce(json_extract(new.row, '$.kind'), ''), new.level, coalesce(json_extract(new.row, '$.prompt'), '')
  );
  INSERT INTO sample_words (rowid, question, answer)
    SELECT number, json_extract(new.row, '$.question'), json_extract(new.row, '$.answer')
    FROM samples WHERE run = new.run AND ordinal = new.ordinal;
  INSERT OR IGNORE INTO sample_concepts SELECT json_extract(each.value, '$.id'), s.number, json_extract(each.value, '$.label')
    FROM samples s, json_each(new.row, '$.concepts') each WHERE s.run = new.run AND s.ordinal = new.ordinal;
  INSERT OR IGNORE INTO sample_documents SELECT json_extract(each.value, '$.document'), s.number
    FROM samples s, json_each(new.row, '$.evidence') each WHERE s.run = new.run AND s.ordinal = new.ordinal;
  INSERT OR IGNORE INTO sample_passages SELECT json_extract(each.value, '$.id'), s.number
    FROM samples s, json_each(new.row, '$.evidence') each WHERE s.run = new.run AND s.ordinal = new.ordinal;
  INSERT OR IGNORE INTO sample_conditions SELECT each.key, each.value, s.number
    FROM samples s, json_each(new.row, '$.conditions') each WHERE s.run = new.run AND s.ordinal = new.ordinal;
"""
_UNSAY: Final = """
  DELETE FROM sample_words WHERE rowid = (SELECT number FROM samples WHERE run = old.run AND ordinal = old.ordinal);
"""
MIGRATIONS: Final = (
    f"""
    CREATE TABLE samples (
      number INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, ordinal INTEGER NOT NULL, id TEXT NOT NULL,
      outcome TEXT NOT NULL, reason TEXT NOT NULL, verdict TEXT NOT NULL, confidence REAL, kind TEXT NOT NULL,
      level INTEGER NOT NULL, prompt TEXT NOT NULL, UNIQUE (run, ordinal)
    );
    CREATE INDEX samples_by_id ON samples (id);
    CREATE INDEX samples_by_prompt ON samples (prompt);
    CREATE INDEX samples_by_outcome ON samples (outcome, number);
    CREATE INDEX samples_by_verdict ON samples (verdict, outcome, number);
    CREATE INDEX samples_by_run ON samples (run, outcome, reason, number);
    CREATE INDEX samples_by_kind ON samples (kind, outcome, number);
    CREATE INDEX samples_by_confidence ON samples (outcome, confidence, number);
    CREATE INDEX samples_of_all ON samples (outcome, verdict, kind, run, reason, confidence, number);
    CREATE TABLE sample_concepts (
      concept TEXT NOT NULL, sample INTEGER NOT NULL REFERENCES samples (number) ON DELETE CASCADE, label TEXT NOT NULL,
      PRIMARY KEY (concept, sample)
    ) WITHOUT ROWID;
    CREATE INDEX sample_concepts_of ON sample_concepts (sample);
    CREATE TABLE sample_documents (
      document TEXT NOT NULL, sample INTEGER NOT NULL REFERENCES samples (number) ON DELETE CASCADE,
      PRIMARY KEY (document, sample)
    ) WITHOUT ROWID;
    CREATE INDEX sample_documents_of ON sample_documents (sample);
    CREATE TABLE sample_passages (
      passage TEXT NOT NULL, sample INTEGER NOT NULL REFERENCES samples (number) ON DELETE CASCADE,
      PRIMARY KEY (passage, sample)
    ) WITHOUT ROWID;
    CREATE INDEX sample_passages_of ON sample_passages (sample);
    CREATE TABLE sample_conditions (
      name TEXT NOT NULL, value TEXT NOT NULL, sample INTEGER NOT NULL REFERENCES samples (number) ON DELETE CASCADE,
      PRIMARY KEY (name, value, sample)
    ) WITHOUT ROWID;
    CREATE INDEX sample_conditions_of ON sample_conditions (sample);
    CREATE VIRTUAL TABLE sample_words USING fts5 (question, answer, tokenize = "unicode61 remove_diacritics 2");
    CREATE TRIGGER samples_come AFTER INSERT ON units BEGIN {_PARTS} END;
    CREATE TRIGGER samples_change AFTER UPDATE ON units BEGIN {_UNSAY} {_PARTS} END;
    CREATE TRIGGER samples_go AFTER DELETE ON units BEGIN
      {_UNSAY} DELETE FROM samples WHERE run = old.run AND ordinal = old.ordinal;
    END;
    UPDATE units SET key = key;
    CREATE INDEX documents_updated ON documents (updated, id);
    CREATE INDEX documents_named ON documents (source, title);
    CREATE INDEX documents_noted ON documents (source) WHERE warnings <> '[]'
    """,
)
PAGE: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A row of a list: `number` is its place in the order of arrival."""

    number: int
    id: str
    run: str
    ordinal: int
    outcome: str
    reason: str
    verdict: str
    confidence: float | None
    kind: str
    question: str
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """How many rows have the same outcome, verdict, kind, run, reason and band of confidence."""

    outcome: str
    verdict: str
    kind: str
    run: str
    reason: str
    confidence: str
    number: int


class SampleStore:
    """Reads the rows of all runs; makes its tables when it is first used in a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("samples", MIGRATIONS)

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._database.connection

    def page(self, wanted: SampleFilter, *, order: str = "newest", after: str = "", limit: int = PAGE) -> list[Listed]:
        """Return rows from where `after` (the `mark` of the last row seen) ends; order is newest or confidence.

        In the order newest a bound on confidence must not lead through its index (hence the plus): nearly all rows would be sorted.
        """
        where, bound = condition_of(wanted)
        if order != "confidence":
            where = where.replace("s.confidence <", "+s.confidence <").replace("s.confidence >=", "+s.confidence >=")
        place, extra = _beyond(order, after)
        by = "s.confidence, s.number" if order == "confidence" else f"{newest_of(wanted)} DESC"
        query = (
            "SELECT s.number, s.id, s.run, s.ordinal, s.outcome, s.reason, s.verdict, s.confidence, s.kind, "
            "json_extract(u.row, '$.question') AS question, json_extract(u.row, '$.answer') AS answer "
            f"FROM (SELECT s.* FROM {source_of(wanted)} WHERE {where} AND {place} ORDER BY {by} LIMIT ?) s "
            f"JOIN units u ON u.run = s.run AND u.ordinal = s.ordinal ORDER BY {by.replace('sample_words.rowid', 's.number')}"
        )
        rows = self._connection.execute(query, (*bound, *extra, limit))
        return [Listed(**dict(row)) for row in rows]

    def count(self, wanted: SampleFilter) -> int:
        """Return how many rows there are."""
        where, bound = condition_of(wanted)
        return int(
            self._connection.execute(f"SELECT count(*) FROM {source_of(wanted)} WHERE {where}", bound).fetchone()[0]
        )

    def rows(self, wanted: SampleFilter) -> Iterator[DatasetRow]:
        """Yield all rows wanted in full, the oldest first."""
        where, bound = condition_of(wanted)
        query = (
            f"SELECT u.row FROM (SELECT s.number, s.run, s.ordinal FROM {source_of(wanted)} WHERE {where}) s "
            "JOIN units u ON u.run = s.run AND u.ordinal = s.ordinal ORDER BY s.number"
        )
        for row in self._connection.execute(query, bound):
            yield DatasetRow.from_json(json.loads(row["row"]))

    def find(self, row_id: str) -> list[Listed]:
        """Return the units that hold the row with this id, the latest first."""
        query = (
            "SELECT s.number, s.id, s.run, s.ordinal, s.outcome, s.reason, s.verdict, s.confidence, s.kind, '' AS question, "
            "'' AS answer FROM samples s WHERE s.id = ? ORDER BY s.number DESC"
        )
        return [Listed(**dict(row)) for row in self._connection.execute(query, (row_id,))]

    def row(self, number: int) -> DatasetRow:
        """Return one row in full."""
        query = "SELECT u.row FROM samples s JOIN units u ON u.run = s.run AND u.ordinal = s.ordinal WHERE s.number = ?"
        return DatasetRow.from_json(json.loads(self._connection.execute(query, (number,)).fetchone()["row"]))

    def beside(self, number: int, wanted: SampleFilter) -> tuple[str, str]:
        """Return the ids of the newer and the older neighbour of a row among those wanted, empty at the ends."""
        where, bound = condition_of(wanted)
        found = []
        for sign, by in ((">", "ASC"), ("<", "DESC")):
            query = f"SELECT s.id FROM {source_of(wanted)} WHERE {where} AND s.number {sign} ? ORDER BY s.number {by} LIMIT 1"
            row = self._connection.execute(query, (*bound, number)).fetchone()
            found.append("" if row is None else str(row["id"]))
        return found[0], found[1]

    def tally(self, column: str) -> dict[str, int]:
        """Count all rows by outcome or run."""
        if column not in ("outcome", "run"):
            raise ValueError(column)
        rows = self._connection.execute(
            f"SELECT {column} AS name, count(*) AS n FROM samples GROUP BY 1 ORDER BY n DESC, name"
        )
        return {row["name"]: row["n"] for row in rows}

    def cube(self, wanted: SampleFilter) -> tuple[Cell, ...]:
        """Count the rows wanted by outcome, verdict, kind, run, reason and band of confidence together, in one pass."""
        where, bound = condition_of(wanted)
        bands = " ".join(f"WHEN s.confidence < {high} THEN '{name}'" for name, (_, high) in BANDS.items())
        query = (
            "SELECT s.outcome, s.verdict, s.kind, s.run, s.reason, "
            f"CASE WHEN s.confidence IS NULL THEN '' {bands} ELSE '' END AS confidence, count(*) AS number "
            f"FROM {source_of(wanted)} WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6"
        )
        return tuple(Cell(**dict(row)) for row in self._connection.execute(query, bound))

    def common(self, of: str, wanted: SampleFilter, *, limit: int = 30) -> list[tuple[str, str, int]]:
        """Return the concepts, topics, documents or conditions that most of the rows wanted have: value, label, rows."""
        where, bound = condition_of(wanted)
        rows = self._connection.execute(
            f"{_COMMON[of].format(where=where)} ORDER BY n DESC, value LIMIT ?", (*bound, limit)
        )
        return [(str(row["value"]), str(row["label"]), row["n"]) for row in rows]

    def citing(self, *, document: str = "", passage: str = "") -> int:
        """Count the rows whose evidence is of a document, or a passage."""
        table, value = ("passage", passage) if passage else ("document", document)
        query = f"SELECT count(*) FROM sample_{table}s WHERE {table} = ?"
        return int(self._connection.execute(query, (value,)).fetchone()[0])

    def about(self, concept: str) -> int:
        """Count the rows about a concept."""
        query = "SELECT count(*) FROM sample_concepts WHERE concept = ?"
        return int(self._connection.execute(query, (concept,)).fetchone()[0])

    def drawn(self, prompt: str, *, besides: int) -> list[Listed]:
        """Return what else was drawn from the same prompt, at most 20."""
        if not prompt:
            return []
        query = (
            "SELECT s.number, s.id, s.run, s.ordinal, s.outcome, s.reason, s.verdict, s.confidence, s.kind, "
            "json_extract(u.row, '$.question') AS question, json_extract(u.row, '$.answer') AS answer FROM samples s "
            "JOIN units u ON u.run = s.run AND u.ordinal = s.ordinal WHERE s.prompt = ? AND s.number <> ? "
            "ORDER BY s.number LIMIT 20"
        )
        return [Listed(**dict(row)) for row in self._connection.execute(query, (prompt, besides))]

    def note_stale(self, copy: Database) -> None:
        """Bring up to date which rows rest on a passage that is not current: kept in `copy`, beside the copy of the graph.

        All rows are looked at when documents changed since, else only those that came since.
        """
        row = self._connection.execute(
            "SELECT count(*) || '.' || total(version) || '.' || total(passages) || '.' || coalesce(max(updated), '') AS stamp,"
            " (SELECT coalesce(max(number), 0) FROM samples) AS last FROM documents"
        ).fetchone()
        marks = dict(map(tuple, self._connection.execute("SELECT name, value FROM atlas.marks")))
        same = marks.get("library") == row["stamp"]
        beyond = int(marks.get("seen", 0)) if same else 0
        if same and beyond == row["last"]:
            return
        found = self._connection.execute(
            "SELECT DISTINCT e.sample FROM sample_passages e WHERE e.sample > ? AND NOT EXISTS "
            "(SELECT 1 FROM passages p WHERE p.id = e.passage AND p.current = 1)",
            (beyond,),
        ).fetchall()
        with copy.transaction() as connection:
            if not same:
                connection.execute("DELETE FROM stale")
            connection.executemany("INSERT OR IGNORE INTO stale VALUES (?)", [tuple(each) for each in found])
            for name, value in (("library", row["stamp"]), ("seen", str(row["last"]))):
                connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))


def mark(row: Listed, order: str) -> str:
    """Return where the next page begins after a row."""
    return (
        f"{row.confidence if row.confidence is not None else ''}~{row.number}"
        if order == "confidence"
        else str(row.number)
    )


def _beyond(order: str, after: str) -> tuple[str, tuple[Any, ...]]:
    """Return the condition of what lies beyond a mark; a mark that is none is the beginning."""
    value, _, number = after.rpartition("~")
    if not number.isdecimal():
        return ("s.confidence IS NOT NULL" if order == "confidence" else "1"), ()
    if order != "confidence":
        return "s.number < ?", (int(number),)
    try:
        return "(s.confidence, s.number) > (?, ?)", (float(value), int(number))
    except ValueError:
        return "s.confidence IS NOT NULL", ()


_OF: Final = "FROM samples s JOIN sample_{0}s c ON c.sample = s.number"
_COMMON: Final = {
    "concept": f"SELECT c.concept AS value, min(c.label) AS label, count(*) AS n {_OF.format('concept')} WHERE {{where}} GROUP BY 1",
    "document": (
        "SELECT g.value, coalesce(d.source, g.value) AS label, g.n FROM (SELECT c.document AS value, count(*) AS n "
        f"{_OF.format('document')} WHERE {{where}} GROUP BY 1 ORDER BY n DESC LIMIT 100) g LEFT JOIN documents d ON d.id = g.value"
    ),
    "condition": (
        "SELECT c.name || '=' || c.value AS value, c.name || ': ' || c.value AS label, count(*) AS n "
        f"{_OF.format('condition')} WHERE {{where}} GROUP BY c.name, c.value"
    ),
    "topic": (
        "SELECT t.number AS value, t.label AS label, count(DISTINCT s.number) AS n "
        f"{_OF.format('concept')} JOIN atlas.concepts k ON k.id = c.concept JOIN atlas.topics t ON t.number = k.topic "
        "WHERE {where} GROUP BY t.number"
    ),
}

"""What people decided, in the workspace database: events that are only ever added, and the rows and orders of each pile.

A pile is what is reviewed together: the rows of a run, or of a dataset file. An event is one decision, skip or undo. Decisions of
a row in one lane are numbered; two with the same number cannot both be written, whatever process writes them. The lane is empty
for those who see one another's decisions, and the reviewer's name for those who do not.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from groundsmith.row import DatasetRow
from knowledge.errors import ConflictError
from knowledge.store import Database

MIGRATIONS = (
    """
    CREATE TABLE review_piles (
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, created TEXT NOT NULL
    );
    CREATE TABLE review_items (
      pile TEXT NOT NULL REFERENCES review_piles (id), row TEXT NOT NULL, ordinal INTEGER NOT NULL, score REAL NOT NULL,
      entailment REAL NOT NULL, contradiction REAL NOT NULL, other REAL, data BLOB, PRIMARY KEY (pile, row)
    );
    CREATE UNIQUE INDEX review_items_by_ordinal ON review_items (pile, ordinal);
    CREATE TABLE review_ranks (
      pile TEXT NOT NULL, strategy TEXT NOT NULL, rank INTEGER NOT NULL, row TEXT NOT NULL, drawn INTEGER NOT NULL,
      PRIMARY KEY (pile, strategy, rank)
    ) WITHOUT ROWID;
    CREATE TABLE review_orders (
      pile TEXT NOT NULL, strategy TEXT NOT NULL, stamp TEXT NOT NULL, PRIMARY KEY (pile, strategy)
    );
    CREATE TABLE review_vectors (
      pile TEXT NOT NULL, row TEXT NOT NULL, model TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (pile, row, model)
    ) WITHOUT ROWID;
    CREATE TABLE review_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT, pile TEXT NOT NULL REFERENCES review_piles (id), row TEXT NOT NULL,
      lane TEXT NOT NULL, version INTEGER, reviewer TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL,
      edited TEXT, seconds REAL, strategy TEXT NOT NULL, at TEXT NOT NULL, undoes INTEGER REFERENCES review_events (id),
      UNIQUE (pile, row, lane, version)
    );
    CREATE INDEX review_events_by_reviewer ON review_events (pile, reviewer, id);
    CREATE UNIQUE INDEX review_events_undone ON review_events (undoes) WHERE undoes IS NOT NULL
    """,
)
ACCEPT, EDIT, REJECT, SKIP, UNDO = "accept", "edit", "reject", "skip", "undo"
CHOICES = (ACCEPT, EDIT, REJECT)
_STANDING = "kind IN ('accept', 'edit', 'reject') AND NOT EXISTS (SELECT 1 FROM review_events u WHERE u.undoes = e.id)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pile:
    """Rows reviewed together: `kind` is "run" or "file", `name` the run's id or the file's name."""

    id: str
    kind: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewItem:
    """A row in a pile: its place there, the judge's score (0 to 1) and what decided it; `other` is the auxiliary model's."""

    row: str
    ordinal: int
    score: float
    entailment: float
    contradiction: float
    other: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One event: what a reviewer did with a row, when (UTC), and in how many seconds (None when it is not known).

    `version` counts the decisions and undos of the row in its lane, None for a skip. `edited` is the row as it was changed and
    verified again. `undoes` is the event that an undo took back; `undone` is true when this one was.
    """

    id: int
    pile: str
    row: str
    lane: str
    version: int | None
    reviewer: str
    kind: str
    reason: str = ""
    edited: DatasetRow | None = None
    seconds: float | None = None
    strategy: str = ""
    at: str = ""
    undoes: int | None = None
    undone: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the event as plain JSON data."""
        from groundsmith.record import encode

        data: dict[str, Any] = encode(self)
        return data


class ReviewStore:
    """The piles, orders and events of a workspace, in the migration set "review"."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("review", MIGRATIONS)

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._database.connection

    def open_pile(self, pile: Pile, *, at: str) -> None:
        """Record a pile; one that is known stays as it is."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO review_piles VALUES (?, ?, ?, ?)", (*_values(pile), at))

    def piles(self) -> list[Pile]:
        """Return the piles, the latest first."""
        rows = self._connection.execute("SELECT id, kind, name FROM review_piles ORDER BY created DESC, rowid DESC")
        return [Pile(**dict(row)) for row in rows]

    def add_items(self, pile: str, items: Iterable[tuple[ReviewItem, DatasetRow | None]]) -> int:
        """Add rows to a pile in one transaction; return how many are new. The row itself is kept when it is given."""
        with self._database.transaction() as connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT OR IGNORE INTO review_items VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                ((pile, *_values(item), None if row is None else _packed(row)) for item, row in items),
            )
            return connection.total_changes - before

    def put_item(self, pile: str, item: ReviewItem, row: DatasetRow) -> None:
        """Put a row with its content in a pile, in the place of what had its id or ordinal."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM review_items WHERE pile = ? AND ordinal = ?", (pile, item.ordinal))
            connection.execute(
                "INSERT OR REPLACE INTO review_items VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (pile, *_values(item), _packed(row)),
            )

    def drop_item(self, pile: str, row: str) -> None:
        """Take a row out of a pile; its events stay."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM review_items WHERE pile = ? AND row = ?", (pile, row))

    def items(self, pile: str) -> list[ReviewItem]:
        """Return the rows of a pile in order of their place."""
        query = "SELECT row, ordinal, score, entailment, contradiction, other FROM review_items WHERE pile = ? ORDER BY ordinal"
        return [ReviewItem(**dict(row)) for row in self._connection.execute(query, (pile,))]

    def item(self, pile: str, row: str) -> ReviewItem | None:
        """Return one row of a pile, None when it is not there."""
        query = (
            "SELECT row, ordinal, score, entailment, contradiction, other FROM review_items WHERE pile = ? AND row = ?"
        )
        found = self._connection.execute(query, (pile, row)).fetchone()
        return None if found is None else ReviewItem(**dict(found))

    def kept_row(self, pile: str, row: str) -> DatasetRow | None:
        """Return the row that was kept with an item, None when none was."""
        query = "SELECT data FROM review_items WHERE pile = ? AND row = ?"
        found = self._connection.execute(query, (pile, row)).fetchone()
        return None if found is None or found["data"] is None else _unpacked(found["data"])

    def missing_units(self, run: str, pile: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield ordinal and row, as JSON data, of a run's judged units that are not in its pile."""
        query = (
            "SELECT ordinal FROM units WHERE run = ? AND outcome IN ('kept', 'rejected') AND ordinal NOT IN "
            "(SELECT ordinal FROM review_items WHERE pile = ?) ORDER BY ordinal"
        )
        missing = [row["ordinal"] for row in self._connection.execute(query, (run, pile))]
        for ordinal in missing:
            found = self._connection.execute("SELECT row FROM units WHERE run = ? AND ordinal = ?", (run, ordinal))
            yield ordinal, json.loads(found.fetchone()["row"])

    def judged_units(self, run: str) -> int:
        """Return how many units of a run were judged."""
        query = "SELECT count(*) AS n FROM units WHERE run = ? AND outcome IN ('kept', 'rejected')"
        return int(self._connection.execute(query, (run,)).fetchone()["n"])

    def count(self, pile: str) -> int:
        """Return how many rows a pile has."""
        query = "SELECT count(*) AS n FROM review_items WHERE pile = ?"
        return int(self._connection.execute(query, (pile,)).fetchone()["n"])

    def set_others(self, pile: str, others: Iterable[tuple[str, float]]) -> None:
        """Put the auxiliary model's probabilities in the place of the former."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE review_items SET other = ? WHERE pile = ? AND row = ?",
                ((value, pile, row) for row, value in others),
            )

    def stamp(self, pile: str, strategy: str) -> str:
        """Return what an order was made from, empty when there is none."""
        query = "SELECT stamp FROM review_orders WHERE pile = ? AND strategy = ?"
        found = self._connection.execute(query, (pile, strategy)).fetchone()
        return "" if found is None else str(found["stamp"])

    def put_order(self, pile: str, strategy: str, *, order: Sequence[tuple[str, bool]], stamp: str) -> None:
        """Put an order in the place of the former; True marks rows drawn at random."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM review_ranks WHERE pile = ? AND strategy = ?", (pile, strategy))
            connection.executemany(
                "INSERT INTO review_ranks VALUES (?, ?, ?, ?, ?)",
                ((pile, strategy, rank, row, int(drawn)) for rank, (row, drawn) in enumerate(order)),
            )
            connection.execute("INSERT OR REPLACE INTO review_orders VALUES (?, ?, ?)", (pile, strategy, stamp))

    def order(self, pile: str, strategy: str, *, limit: int = -1) -> list[str]:
        """Return the rows of a pile in review order, at most `limit`."""
        query = "SELECT row FROM review_ranks WHERE pile = ? AND strategy = ? ORDER BY rank LIMIT ?"
        return [str(row["row"]) for row in self._connection.execute(query, (pile, strategy, limit))]

    def undecided(self, pile: str, strategy: str, *, lane: str, reviewer: str) -> Iterator[tuple[str, bool, bool]]:
        """Yield the rows without a standing decision in a lane: row, drawn at random, skipped by the reviewer; in order."""
        query = (
            "SELECT r.row, r.drawn, EXISTS (SELECT 1 FROM review_events s WHERE s.pile = r.pile AND s.row = r.row AND "
            "s.reviewer = :reviewer AND s.kind = 'skip' AND NOT EXISTS (SELECT 1 FROM review_events u WHERE u.undoes = s.id)) "
            "AS skipped FROM review_ranks r WHERE r.pile = :pile AND r.strategy = :strategy AND NOT EXISTS "
            "(SELECT 1 FROM review_events e WHERE e.pile = r.pile AND e.row = r.row AND e.lane = :lane AND "
            f"{_STANDING}) ORDER BY r.rank"
        )
        bound = {"pile": pile, "strategy": strategy, "lane": lane, "reviewer": reviewer}
        for row in self._connection.execute(query, bound):
            yield str(row["row"]), bool(row["drawn"]), bool(row["skipped"])

    def version(self, pile: str, row: str, *, lane: str) -> int:
        """Return how many decisions and undos a row has had in a lane."""
        query = "SELECT coalesce(max(version), 0) AS n FROM review_events WHERE pile = ? AND row = ? AND lane = ?"
        return int(self._connection.execute(query, (pile, row, lane)).fetchone()["n"])

    def add(self, event: Decision, *, seen_version: int | None) -> Decision:
        """Write one event in a transaction of its own and return it with its id and version.

        Raises ConflictError when the row's version is no longer the one that was seen; None is whatever is there.
        """
        with self._database.transaction() as connection:
            now = self.version(event.pile, event.row, lane=event.lane)
            if seen_version is not None and event.kind != SKIP and now != seen_version:
                raise ConflictError(
                    f"row {event.row}: it was decided meanwhile (version {now}, you saw {seen_version}); look at it again"
                )
            version = None if event.kind == SKIP else now + 1
            edited = None if event.edited is None else json.dumps(event.edited.to_json(), ensure_ascii=False)
            cursor = connection.execute(
                "INSERT INTO review_events (pile, row, lane, version, reviewer, kind, reason, edited, seconds, strategy, at, "
                "undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(event.pile, event.row, event.lane, version, event.reviewer, event.kind, event.reason, edited),
                    *(event.seconds, event.strategy, event.at, event.undoes),
                ),
            )
            return self.event(int(cursor.lastrowid or 0))

    def event(self, event_id: int) -> Decision:
        """Return one event; raises KeyError when there is none with that id."""
        found = list(self._events("e.id = ?", (event_id,)))
        if not found:
            raise KeyError(event_id)
        return found[0]

    def history(self, pile: str, row: str) -> list[Decision]:
        """Return all events of a row, the first first."""
        return list(self._events("e.pile = ? AND e.row = ?", (pile, row)))

    def events(self, pile: str | None = None, *, reviewer: str | None = None) -> Iterator[Decision]:
        """Yield all events in order, of one pile or reviewer where named."""
        yield from self._events(
            "(?1 IS NULL OR e.pile = ?1) AND (?2 IS NULL OR e.reviewer = ?2)",
            (pile, reviewer),
        )

    def standing(self, pile: str | None = None) -> Iterator[Decision]:
        """Yield the decisions that were not taken back, in order."""
        yield from self._events(f"(?1 IS NULL OR e.pile = ?1) AND {_STANDING}", (pile,))

    def last(self, pile: str, reviewer: str) -> Decision | None:
        """Return a reviewer's latest decision or skip that was not taken back."""
        undone = "NOT EXISTS (SELECT 1 FROM review_events u WHERE u.undoes = e.id)"
        condition = f"e.pile = ? AND e.reviewer = ? AND e.kind <> 'undo' AND {undone}"
        return next(iter(self._events(condition, (pile, reviewer), latest=True)), None)

    def _events(self, condition: str, bound: tuple[object, ...], *, latest: bool = False) -> Iterator[Decision]:
        query = (
            "SELECT e.*, EXISTS (SELECT 1 FROM review_events u WHERE u.undoes = e.id) AS undone FROM review_events e "
            f"WHERE {condition} ORDER BY e.id {'DESC LIMIT 1' if latest else ''}"
        )
        for row in self._connection.execute(query, bound):
            yield _event(dict(row))

    def vectors(self, pile: str, model: str) -> dict[str, bytes]:
        """Return the vectors of a pile's rows that are known, as float32 bytes."""
        query = "SELECT row, vector FROM review_vectors WHERE pile = ? AND model = ?"
        return {row["row"]: row["vector"] for row in self._connection.execute(query, (pile, model))}

    def put_vectors(self, pile: str, model: str, vectors: Iterable[tuple[str, bytes]]) -> None:
        """Keep vectors of rows, in one transaction."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO review_vectors VALUES (?, ?, ?, ?)",
                ((pile, row, model, vector) for row, vector in vectors),
            )


def _values(record: Pile | ReviewItem) -> tuple[Any, ...]:
    from dataclasses import astuple

    return astuple(record)


def _packed(row: DatasetRow) -> bytes:
    return zlib.compress(json.dumps(row.to_json(), ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def _unpacked(data: bytes) -> DatasetRow:
    return DatasetRow.from_json(json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass")))


def _event(row: dict[str, Any]) -> Decision:
    edited = row.pop("edited")
    undone = bool(row.pop("undone"))
    return Decision(**row, undone=undone, edited=None if edited is None else DatasetRow.from_json(json.loads(edited)))

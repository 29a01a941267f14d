"""What became of each row that a refresh looked at, in the workspace database: one record a row, written with the row itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.store import Database

MIGRATIONS = (
    """
    CREATE TABLE refreshed (
      run TEXT NOT NULL, place INTEGER NOT NULL, outcome TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (run, place)
    ) WITHOUT ROWID
    """,
)


class RefreshLog:
    """The records of refreshes, in the database's migration set "refresh"; `place` is the row's in the set that was refreshed."""

    def __init__(self, database: Database) -> None:
        database.migrate("refresh", MIGRATIONS)
        self._database = database

    def put(self, run: str, place: int, outcome: str, record: Mapping[str, Any]) -> None:
        """Write the record of a row in place of an earlier one."""
        with self._database.transaction() as connection:
            text = json.dumps(record, ensure_ascii=False)
            connection.execute("INSERT OR REPLACE INTO refreshed VALUES (?, ?, ?, ?)", (run, place, outcome, text))

    def get(self, run: str, place: int) -> dict[str, Any]:
        """Return the record of a row, an empty one when there is none."""
        query = "SELECT record FROM refreshed WHERE run = ? AND place = ?"
        row = self._database.connection.execute(query, (run, place)).fetchone()
        found: dict[str, Any] = {} if row is None else json.loads(row["record"])
        return found

    def places(self, run: str) -> set[int]:
        """Return the places of the rows on record."""
        rows = self._database.connection.execute("SELECT place FROM refreshed WHERE run = ?", (run,))
        return {row["place"] for row in rows}

    def records(self, run: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a refresh in order of place, each with `place` and `outcome`."""
        query = "SELECT place, outcome, record FROM refreshed WHERE run = ? ORDER BY place"
        for row in self._database.connection.execute(query, (run,)):
            yield {"place": row["place"], "outcome": row["outcome"], **json.loads(row["record"])}

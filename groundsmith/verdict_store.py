"""Verdicts of fact-checked rows, kept in the workspace database by all that they rest on, so that no row is judged twice."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.store import Database

MIGRATIONS = ("CREATE TABLE verdicts (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",)
_MOST = 500


class VerdictStore:
    """What was found of a row, by key, in the database's migration set "factcheck"; values are JSON, compressed."""

    def __init__(self, database: Database) -> None:
        database.migrate("factcheck", MIGRATIONS)
        self._database = database

    def get(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what is known of `keys`; keys not known are left out."""
        found: dict[str, Any] = {}
        for start in range(0, len(keys), _MOST):
            some = keys[start : start + _MOST]
            marks = ",".join("?" * len(some))
            for row in self._database.connection.execute(f"SELECT * FROM verdicts WHERE key IN ({marks})", some):
                found[row["key"]] = json.loads(zlib.decompress(row["value"]))
        return found

    def put(self, found: Mapping[str, object]) -> None:
        """Keep what was found, in one transaction."""
        rows = [(key, zlib.compress(json.dumps(value).encode(), 1)) for key, value in found.items()]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", rows)

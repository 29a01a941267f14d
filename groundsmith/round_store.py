"""What the workspace database keeps of rounds: what each was drawn for, its prompts as planned, and what came of it.

A round's plan follows from the rows before it, so it is written down before its first call: a run that was stopped goes on with the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.store import Database

MIGRATIONS = (
    """
    CREATE TABLE rounds (
      run TEXT NOT NULL, number INTEGER NOT NULL, basis TEXT NOT NULL, plan TEXT NOT NULL, PRIMARY KEY (run, number)
    );
    CREATE TABLE round_measures (
      run TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, digest TEXT NOT NULL, measure TEXT NOT NULL,
      PRIMARY KEY (run, first, last)
    )
    """,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRound:
    """A round of a run, numbered from 0: `basis` says what it was drawn for, `plan` its prompts as plain data; empty when there is none."""

    number: int
    basis: Mapping[str, Any]
    plan: Sequence[Mapping[str, Any]]


class RoundStore:
    """The rounds of all runs, in the database's migration set "rounds"."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("rounds", MIGRATIONS)

    def get(self, run: str, number: int) -> StoredRound | None:
        """Return a round, None when it was not planned yet."""
        query = "SELECT * FROM rounds WHERE run = ? AND number = ?"
        row = self._database.connection.execute(query, (run, number)).fetchone()
        return None if row is None else _round(dict(row))

    def all(self, run: str) -> list[StoredRound]:
        """Return the rounds of a run in order."""
        query = "SELECT * FROM rounds WHERE run = ? ORDER BY number"
        return [_round(dict(row)) for row in self._database.connection.execute(query, (run,))]

    def add(self, run: str, planned: StoredRound) -> None:
        """Write down a round; one that stands there already is left as it is."""
        texts = (json.dumps(planned.basis, ensure_ascii=False), json.dumps(planned.plan, ensure_ascii=False))
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO rounds VALUES (?, ?, ?, ?)", (run, planned.number, *texts))

    def drop(self, run: str, number: int) -> None:
        """Forget a round, so that it is planned again."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM rounds WHERE run = ? AND number = ?", (run, number))

    def measure(self, run: str, first: int, last: int, *, digest: str) -> Mapping[str, Any] | None:
        """Return what was measured of the prompts from `first` up to `last`, None when that was of other rows (another digest)."""
        query = "SELECT measure FROM round_measures WHERE run = ? AND first = ? AND last = ? AND digest = ?"
        row = self._database.connection.execute(query, (run, first, last, digest)).fetchone()
        return None if row is None else json.loads(row["measure"])

    def note(self, run: str, first: int, last: int, *, digest: str, measure: Mapping[str, Any]) -> None:
        """Write down what was measured of a stretch of prompts."""
        values = (run, first, last, digest, json.dumps(measure))
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO round_measures VALUES (?, ?, ?, ?, ?)", values)


def _round(row: dict[str, Any]) -> StoredRound:
    return StoredRound(number=row["number"], basis=json.loads(row["basis"]), plan=json.loads(row["plan"]))

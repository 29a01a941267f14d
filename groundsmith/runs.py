"""What each run did: one record a run, one record a unit of work, both in the workspace database.

A run's id is a digest of everything that decides its rows (settings, graph, model, prompts, seed), so the same
command continues the same run, and asking for more rows extends it. A unit is one planned prompt; its outcome, kept
or rejected, is one transaction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from groundsmith.row import DatasetRow
from knowledge.store import Database

MIGRATIONS = (
    """
    CREATE TABLE runs (
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, status TEXT NOT NULL, asked INTEGER NOT NULL,
      started TEXT NOT NULL, updated TEXT NOT NULL, record TEXT NOT NULL
    );
    CREATE TABLE units (
      run TEXT NOT NULL REFERENCES runs (id), ordinal INTEGER NOT NULL, key TEXT NOT NULL, level INTEGER NOT NULL,
      outcome TEXT NOT NULL, reason TEXT NOT NULL, row TEXT NOT NULL, seconds REAL NOT NULL,
      PRIMARY KEY (run, ordinal)
    );
    CREATE INDEX units_by_outcome ON units (run, outcome, ordinal)
    """,
    """
    CREATE TABLE spending (
      run TEXT NOT NULL, ended TEXT NOT NULL, made INTEGER NOT NULL, calls INTEGER NOT NULL, cached INTEGER NOT NULL,
      input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, money REAL
    )
    """,
)

KEPT = "kept"
REJECTED = "rejected"
FAILED = "failed"
CALL_FAILED = "model-call"
"""Why a unit failed whose model call did: it is made again when the run goes on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A run as recorded: `record` holds settings, seeds, versions and hashes; `asked` is the number of rows wanted."""

    id: str
    kind: str
    status: str
    asked: int
    started: str
    updated: str
    record: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """The outcome of one planned prompt: kept, rejected (with the reason), or failed before there was an answer."""

    ordinal: int
    key: str
    level: int
    outcome: str
    reason: str
    row: DatasetRow
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Funnel:
    """How many units were made and what became of them; `reasons` counts rejections by reason, `failures` failures."""

    made: int
    kept: int
    rejected: int
    failed: int
    reasons: tuple[tuple[str, int], ...]
    failures: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Spending:
    """What the commands of a run used together, and how many units they made; `money` is None where a price was not known."""

    made: int
    calls: int
    cached: int
    input_tokens: int
    output_tokens: int
    money: float | None = None


def now() -> str:
    """Return the present moment in UTC, to the second, in ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Runs:
    """The runs of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("groundsmith", MIGRATIONS)

    def begin(self, run_id: str, *, kind: str, asked: int, record: Mapping[str, Any]) -> Run:
        """Open the run `run_id`, or continue it; `asked` is raised when more rows are wanted than before."""
        moment = now()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO runs VALUES (?, ?, 'started', ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "status = 'started', asked = max(asked, excluded.asked), updated = excluded.updated",
                (run_id, kind, asked, moment, moment, json.dumps(record, ensure_ascii=False)),
            )
        return self.run(run_id)

    def finish(self, run_id: str, status: str) -> None:
        """Set the status: complete, short (fewer rows than asked), or stopped."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE runs SET status = ?, updated = ? WHERE id = ?", (status, now(), run_id))

    def abandon(self, run_id: str) -> None:
        """Set the status to stopped; a run that has made nothing is forgotten, so that it hides no earlier one."""
        self.finish(run_id, "stopped")
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM runs WHERE id = ? AND id NOT IN (SELECT run FROM units)", (run_id,))

    def spend(self, run_id: str, spending: Spending) -> None:
        """Record what one command of a run used."""
        row = (
            spending.made,
            spending.calls,
            spending.cached,
            spending.input_tokens,
            spending.output_tokens,
            spending.money,
        )
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO spending VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (run_id, now(), *row))

    def spending(self, run_id: str) -> Spending | None:
        """Return what the commands of a run used, None when nothing is on record."""
        query = (
            "SELECT sum(made) AS made, sum(calls) AS calls, sum(cached) AS cached, sum(input_tokens) AS input_tokens,"
            " sum(output_tokens) AS output_tokens, CASE WHEN count(money) = count(*) THEN sum(money) END AS money"
            " FROM spending WHERE run = ?"
        )
        row = self._database.connection.execute(query, (run_id,)).fetchone()
        return None if row["made"] is None else Spending(**dict(row))

    def run(self, run_id: str) -> Run:
        """Return one run; raises KeyError when there is none with that id."""
        row = self._database.connection.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise KeyError(run_id)
        return _run(dict(row))

    def all(self) -> list[Run]:
        """Return the runs, the latest first."""
        rows = self._database.connection.execute("SELECT * FROM runs ORDER BY updated DESC, rowid DESC")
        return [_run(dict(row)) for row in rows]

    def add(self, run_id: str, unit: Unit) -> None:
        """Record one finished unit in a transaction of its own; one recorded before is left as it is, unless its call failed."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, ordinal) DO UPDATE SET "
                "outcome = excluded.outcome, reason = excluded.reason, row = excluded.row, seconds = excluded.seconds "
                f"WHERE units.outcome = '{FAILED}' AND units.reason = '{CALL_FAILED}'",
                (
                    run_id,
                    unit.ordinal,
                    unit.key,
                    unit.level,
                    unit.outcome,
                    unit.reason,
                    json.dumps(unit.row.to_json(), ensure_ascii=False),
                    unit.seconds,
                ),
            )

    def done(self, run_id: str) -> set[int]:
        """Return the ordinals of the units already recorded."""
        rows = self._database.connection.execute("SELECT ordinal FROM units WHERE run = ?", (run_id,))
        return {row["ordinal"] for row in rows}

    def keys(self, run_id: str) -> set[str]:
        """Return the keys of the units recorded, which tell what was asked for whatever its place in a plan."""
        rows = self._database.connection.execute("SELECT key FROM units WHERE run = ?", (run_id,))
        return {row["key"] for row in rows}

    def outcomes(self, run_id: str, *, first: int = 0) -> dict[int, tuple[str, str]]:
        """Return outcome and reason of the units from ordinal `first` on, by ordinal."""
        query = "SELECT ordinal, outcome, reason FROM units WHERE run = ? AND ordinal >= ?"
        rows = self._database.connection.execute(query, (run_id, first))
        return {row["ordinal"]: (row["outcome"], row["reason"]) for row in rows}

    def unanswered(self, run_id: str) -> set[int]:
        """Return the ordinals of the units whose model call failed."""
        query = "SELECT ordinal FROM units WHERE run = ? AND outcome = ? AND reason = ?"
        rows = self._database.connection.execute(query, (run_id, FAILED, CALL_FAILED))
        return {row["ordinal"] for row in rows}

    def units(self, run_id: str, *, outcome: str | None = None, limit: int | None = None) -> Iterator[Unit]:
        """Yield the units in plan order, all of them or those with one outcome."""
        query = "SELECT * FROM units WHERE run = ? AND (? IS NULL OR outcome = ?) ORDER BY ordinal LIMIT ?"
        bound = -1 if limit is None else limit
        for row in self._database.connection.execute(query, (run_id, outcome, outcome, bound)):
            yield _unit(dict(row))

    def unit(self, run_id: str, ordinal: int) -> Unit:
        """Return one unit; raises KeyError when there is none with that ordinal."""
        query = "SELECT * FROM units WHERE run = ? AND ordinal = ?"
        row = self._database.connection.execute(query, (run_id, ordinal)).fetchone()
        if row is None:
            raise KeyError((run_id, ordinal))
        return _unit(dict(row))

    def between(self, run_id: str, first: int, last: int) -> Iterator[Unit]:
        """Yield the units from ordinal `first` up to, but without, `last`, in plan order."""
        query = "SELECT * FROM units WHERE run = ? AND ordinal >= ? AND ordinal < ? ORDER BY ordinal"
        for row in self._database.connection.execute(query, (run_id, first, last)):
            yield _unit(dict(row))

    def kept(self, run_id: str, *, limit: int | None = None) -> Iterator[DatasetRow]:
        """Yield the kept rows in plan order, at most `limit`: these are the dataset."""
        return (unit.row for unit in self.units(run_id, outcome=KEPT, limit=limit))

    def funnel(self, run_id: str) -> Funnel:
        """Count the units of a run by outcome and by reason."""
        query = "SELECT outcome, reason, count(*) AS n FROM units WHERE run = ? GROUP BY outcome, reason"
        outcomes: Counter[str] = Counter()
        reasons: dict[str, Counter[str]] = {KEPT: Counter(), REJECTED: Counter(), FAILED: Counter()}
        for row in self._database.connection.execute(query, (run_id,)):
            outcomes[row["outcome"]] += row["n"]
            reasons[row["outcome"]][row["reason"]] += row["n"]
        return Funnel(
            made=outcomes.total(),
            kept=outcomes[KEPT],
            rejected=outcomes[REJECTED],
            failed=outcomes[FAILED],
            reasons=_ranked(reasons[REJECTED]),
            failures=_ranked(reasons[FAILED]),
        )


def _ranked(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _run(row: dict[str, Any]) -> Run:
    return Run(**{**row, "record": json.loads(row["record"])})


def _unit(row: dict[str, Any]) -> Unit:
    row.pop("run")
    return Unit(**{**row, "row": DatasetRow.from_json(json.loads(row["row"]))})

"""What was started or checked from the studio, in the workspace database: jobs, and the reports on checked texts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from groundsmith.row import DatasetRow

if TYPE_CHECKING:
    import sqlite3

    from knowledge.store import Database

MIGRATIONS: Final = (
    """
    CREATE TABLE jobs (
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, command TEXT NOT NULL, started TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX jobs_by_time ON jobs (started, id);
    CREATE TABLE reports (id TEXT PRIMARY KEY, row TEXT NOT NULL, created TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX reports_by_time ON reports (created, id)
    """,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A command that was started from the studio, in a process of its own: `command` are the words after `groundsmith`."""

    id: str
    kind: str
    title: str
    command: tuple[str, ...]
    started: str


class JobStore:
    """Jobs and reports."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("studio", MIGRATIONS)

    def add(self, job: Job) -> None:
        """Record a job before it is started."""
        values = (job.id, job.kind, job.title, json.dumps(job.command), job.started)
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?)", values)

    def find(self, job_id: str) -> Job | None:
        """Return a job, None when there is none with this id."""
        row = self._database.connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return None if row is None else _job(row)

    def latest(self, kind: str = "", *, limit: int = 20) -> list[Job]:
        """Return the latest jobs, of one kind if named."""
        query = "SELECT * FROM jobs WHERE ? IN ('', kind) ORDER BY started DESC, id DESC LIMIT ?"
        return [_job(row) for row in self._database.connection.execute(query, (kind, limit))]

    def put_report(self, row: DatasetRow) -> None:
        """Keep the report on a checked text."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO reports VALUES (?, ?, ?)",
                (row.id, json.dumps(row.to_json(), ensure_ascii=False), row.created),
            )

    def report(self, report_id: str) -> DatasetRow | None:
        """Return a report, None when there is none with this id."""
        row = self._database.connection.execute("SELECT row FROM reports WHERE id = ?", (report_id,)).fetchone()
        return None if row is None else DatasetRow.from_json(json.loads(row["row"]))

    def reports(self, *, limit: int = 10) -> list[dict[str, Any]]:
        """Return the latest reports: id, when, answer and verdict."""
        query = (
            "SELECT id, created, substr(json_extract(row, '$.answer'), 1, 200) AS answer, json_extract(row, '$.verdict') AS verdict "
            "FROM reports ORDER BY created DESC, id DESC LIMIT ?"
        )
        return [dict(row) for row in self._database.connection.execute(query, (limit,))]


def _job(row: sqlite3.Row) -> Job:
    return Job(**{**dict(row), "command": tuple(json.loads(row["command"]))})

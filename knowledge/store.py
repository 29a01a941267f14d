"""The workspace database: one SQLite file, a connection, and named migration sets.

A migration set belongs to one package and is a tuple of SQL scripts; each script is recorded as
(set, number) and runs in one transaction with its own record, so a crash leaves it pending. Writers use
`Database.transaction()`: one finished item, one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from knowledge.errors import StorageError

_RECORD = "CREATE TABLE IF NOT EXISTS migrations (name TEXT, number INTEGER, PRIMARY KEY (name, number))"


class Database:
    """A connection to the workspace's SQLite file, in WAL mode, safe to kill at any moment.

    Raises StorageError when the file cannot be opened or the disk is full.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = path
        try:
            self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self.connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
                self.connection.execute(f"PRAGMA {pragma}")
            self.connection.execute(_RECORD)
        except sqlite3.Error as error:
            raise StorageError(f"{path}: the database cannot be opened ({error})") from error

    def another(self) -> Database:
        """Open a second connection to the same file, for another thread; ValueError for a database in memory."""
        if str(self.path) == ":memory:":
            raise ValueError("a database in memory has one connection only: give it a file")
        return Database(self.path)

    def migrate(self, name: str, scripts: tuple[str, ...]) -> None:
        """Run the scripts of migration set `name` that have not run yet, in order."""
        rows = self.connection.execute("SELECT number FROM migrations WHERE name = ?", (name,))
        done = {row["number"] for row in rows}
        for number, script in enumerate(scripts):
            if number not in done:
                self._run(name, number, script)

    def _run(self, name: str, number: int, script: str) -> None:
        with self.transaction() as connection:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (name, number))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection inside a transaction: committed at the end, rolled back on any exception.

        A transaction inside a transaction joins the outer one.
        """
        if self.connection.in_transaction:
            yield self.connection
            return
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield self.connection
            self.connection.execute("COMMIT")
        except BaseException as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError):
                raise StorageError(f"the workspace database refused a write: {error}") from error
            raise

    def integrity(self) -> str | None:
        """Return what SQLite finds wrong with the file, or None."""
        try:
            found = str(self.connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.DatabaseError as error:
            return str(error)
        return None if found == "ok" else found

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; those within a trigger stay with it."""
    held = ""
    for piece in script.split(";"):
        held += f"{piece};"
        if sqlite3.complete_statement(held):
            if held.strip("; \n"):
                yield held
            held = ""
    if held.strip("; \n"):
        yield held

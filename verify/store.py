"""What verification keeps in the workspace database: the answers of entailment models, by content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from knowledge.identity import digest
from verify.verdict import Entailment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knowledge.store import Database

MIGRATIONS = (
    """
    CREATE TABLE entailments (
        key TEXT PRIMARY KEY,
        entailment REAL NOT NULL,
        neutral REAL NOT NULL,
        contradiction REAL NOT NULL
    ) WITHOUT ROWID
    """,
)
_MOST = 500


class EntailmentCache:
    """Entailments by digest of (model, premise, hypothesis), in the database's migration set "verify"."""

    def __init__(self, database: Database) -> None:
        database.migrate("verify", MIGRATIONS)
        self._database = database

    def get(self, model: str, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Entailment]:
        """Return what is known of `pairs`; pairs not known are left out."""
        keys = {_key(model, pair): pair for pair in pairs}
        found: dict[tuple[str, str], Entailment] = {}
        for some in _batches(keys):
            marks = ",".join("?" * len(some))
            rows = self._database.connection.execute(f"SELECT * FROM entailments WHERE key IN ({marks})", some)
            for row in rows:
                found[keys[row["key"]]] = Entailment(
                    entailment=row["entailment"], neutral=row["neutral"], contradiction=row["contradiction"]
                )
        return found

    def put(self, model: str, judged: Mapping[tuple[str, str], Entailment]) -> None:
        """Remember `judged` in one transaction."""
        rows = [
            (_key(model, pair), entailment.entailment, entailment.neutral, entailment.contradiction)
            for pair, entailment in judged.items()
        ]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO entailments VALUES (?, ?, ?, ?)", rows)


def _key(model: str, pair: tuple[str, str]) -> str:
    return digest([model, *pair])


def _batches(keys: Mapping[str, tuple[str, str]]) -> Iterator[list[str]]:
    left = iter(keys)
    while some := list(islice(left, _MOST)):
        yield some

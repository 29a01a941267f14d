"""The tables of the web: what is known of each page fetched, and which runs are not finished.

A page's row is written in the transaction that stores its document, so the two always agree.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from knowledge.library import now
from knowledge.store import Database

SCHEMA = (
    """
    CREATE TABLE web_pages (
        address TEXT PRIMARY KEY, redirect TEXT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
        media_type TEXT NOT NULL, is_map INTEGER NOT NULL, links BLOB, fetched TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE web_runs (key TEXT PRIMARY KEY, started TEXT NOT NULL) WITHOUT ROWID
    """,
)
_STALE = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRecord:
    """What is known of an address.

    `redirect` is where it led, if anywhere; the other fields are empty then. `etag` and `modified` are the server's
    own words. `links` are addresses of further pages, or of a site map's entries, None when they were not looked for.
    `fetched` is UTC, ISO 8601.
    """

    address: str
    redirect: str = ""
    etag: str = ""
    modified: str = ""
    media_type: str = ""
    is_map: bool = False
    links: tuple[str, ...] | None = None
    fetched: str = ""

    @property
    def condition(self) -> dict[str, str]:
        """The headers that ask for the page only if it has changed."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in named.items() if value}


class WebRecords:
    """The rows of pages and of unfinished runs. Raises StorageError when they cannot be written."""

    def __init__(self, database: Database) -> None:
        database.migrate("web", SCHEMA)
        self._database = database

    def page(self, address: str) -> PageRecord | None:
        """Return what is known of an address, or None."""
        row = self._database.connection.execute("SELECT * FROM web_pages WHERE address = ?", (address,)).fetchone()
        if row is None:
            return None
        links = None if row["links"] is None else tuple(json.loads(zlib.decompress(row["links"])))
        return PageRecord(**{**dict(row), "is_map": bool(row["is_map"]), "links": links})

    def put(self, record: PageRecord) -> None:
        """Write what is known of an address; `fetched` is now unless it is given."""
        record = replace(record, fetched=record.fetched or now())
        links = None if record.links is None else zlib.compress(json.dumps(record.links).encode())
        values = (record.redirect, record.etag, record.modified, record.media_type, record.is_map, links)
        with self._database.transaction() as connection:
            row = (record.address, *values, record.fetched)
            connection.execute("INSERT OR REPLACE INTO web_pages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def put_redirects(self, hops: Sequence[str], final: str) -> None:
        """Write that each of `hops` led on to `final`."""
        for hop in hops:
            self.put(PageRecord(address=hop, redirect=final))

    def forget(self, address: str) -> None:
        """Delete what is known of an address."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM web_pages WHERE address = ?", (address,))

    def begin(self, key: str) -> str:
        """Return since when the run `key` is under way: since its first start, if it did not finish within a day."""
        row = self._database.connection.execute("SELECT started FROM web_runs WHERE key = ?", (key,)).fetchone()
        if row is not None and datetime.now(UTC) - datetime.fromisoformat(row["started"]) < _STALE:
            return str(row["started"])
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO web_runs VALUES (?, ?)", (key, now()))
        return ""

    def finish(self, key: str) -> None:
        """Note that the run `key` is done."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM web_runs WHERE key = ?", (key,))

"""What curation has worked out about texts: vectors and ratings, by content, so that a second run with other thresholds only reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from knowledge.identity import digest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from knowledge.embed import Embedder
    from knowledge.store import Database

MIGRATIONS = (
    """
    CREATE TABLE curation_vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE curation_ratings (key TEXT PRIMARY KEY, rating REAL NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID
    """,
)
_MOST = 500
MOST_KEPT = 200_000
"""Vectors of one dataset that are kept; of larger ones none is, since they would fill the disk."""


class ScoreStore:
    """Vectors and ratings in a database's migration set "curation"."""

    def __init__(self, database: Database) -> None:
        database.migrate("curation", MIGRATIONS)
        self.database = database

    def ratings(self, model: str, texts: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[float, str]]:
        """Return the ratings by `model` that are known of these texts."""
        keys = {digest([model, *each]): each for each in texts}
        rows = self._rows("SELECT key, rating, reason FROM curation_ratings WHERE key IN", list(keys))
        return {keys[row["key"]]: (row["rating"], row["reason"]) for row in rows}

    def rate(self, model: str, texts: tuple[str, ...], rating: float, reason: str) -> None:
        """Remember one rating."""
        with self.database.transaction() as connection:
            row = (digest([model, *texts]), rating, reason)
            connection.execute("INSERT OR REPLACE INTO curation_ratings VALUES (?, ?, ?)", row)

    def vectors(self, embedder: str, texts: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Return the vectors, as float16, that are known of these texts."""
        keys = {digest([embedder, each]): each for each in texts}
        rows = self._rows("SELECT key, vector FROM curation_vectors WHERE key IN", list(keys))
        return {keys[row["key"]]: np.frombuffer(row["vector"], dtype=np.float16) for row in rows}

    def keep_vectors(self, embedder: str, texts: Sequence[str], vectors: NDArray[Any]) -> None:
        """Remember the vectors of texts, in one transaction."""
        rows = [
            (digest([embedder, text]), np.asarray(vector, dtype=np.float16).tobytes())
            for text, vector in zip(texts, vectors, strict=True)
        ]
        with self.database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO curation_vectors VALUES (?, ?)", rows)

    def _rows(self, query: str, keys: Sequence[str]) -> list[Any]:
        found, left = [], iter(keys)
        while some := list(islice(left, _MOST)):
            found += self.database.connection.execute(f"{query} ({','.join('?' * len(some))})", some).fetchall()
        return found


class KeptEmbedder:
    """An embedder that reads vectors known before from a store, and keeps the new ones."""

    def __init__(self, embedder: Embedder, store: ScoreStore) -> None:
        self.name, self.dimensions = embedder.name, embedder.dimensions
        self._embedder, self._store = embedder, store
        self._kept = 0

    def embed(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return one vector a text, rounded to float16; only new texts reach the embedder."""
        known = self._store.vectors(self.name, texts)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            vectors = np.asarray(self._embedder.embed(new), dtype=np.float16)
            known.update(zip(new, vectors, strict=True))
            if self._kept + len(new) <= MOST_KEPT:
                self._store.keep_vectors(self.name, new, vectors)
                self._kept += len(new)
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, self.dimensions), np.float16)

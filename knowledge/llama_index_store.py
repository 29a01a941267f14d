"""Vectors in any vector store of llama-index, with a list of our own of what it holds.

llama-index's stores can be added to, deleted from and queried; most cannot list what they hold, and their scores differ
in meaning. So a small SQLite file beside the index notes each passage, its document, its text and its vector: what is held
is known, scores are cosines whatever the store calls near, and an interrupted write is undone at the next opening.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.embed import embedded_text
from knowledge.errors import GroundsmithError, StorageError
from knowledge.fusion import Ranking, ordered
from knowledge.identity import digest
from knowledge.store import Database
from knowledge.vector_store import narrowed, node_of

if TYPE_CHECKING:
    import numpy

    from knowledge.document import Passage
    from knowledge.embed import Embedder

_SCHEMA = (
    """
    CREATE TABLE held (
        id TEXT PRIMARY KEY, embedder TEXT NOT NULL, document_id TEXT NOT NULL, text TEXT NOT NULL,
        vector BLOB NOT NULL, settled INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)
_CHUNK = 500


class LlamaIndexStore:
    """Passages in a llama-index vector store that `make` opens; `path` is the folder for the list of what it holds.

    The store must be this workspace's own: what the list does not know is never looked at, but takes room in the results.
    """

    def __init__(self, path: Path, make: Callable[[], Any], *, embedder: Embedder) -> None:
        self._path, self._make, self._embedder = path, make, embedder
        self._opened: tuple[Any, Database] | None = None

    def ids(self) -> set[str]:
        """Return the ids of the passages held."""
        with self._storage() as (_, database):
            return {
                row["id"] for row in database.connection.execute("SELECT id FROM held WHERE embedder = ?", self._key)
            }

    def count(self) -> int:
        """Return how many passages are held."""
        with self._storage() as (_, database):
            found = database.connection.execute("SELECT count(*) AS n FROM held WHERE embedder = ?", self._key)
            return int(found.fetchone()["n"])

    def add(self, passages: Sequence[Passage], vectors: Sequence[numpy.ndarray]) -> None:
        """Keep passages that are not held yet: noted as unsettled, given to the store, then settled."""
        pairs = list(zip(passages, vectors, strict=True))
        with self._storage() as (store, database):
            with database.transaction() as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, 0)",
                    [(p.id, *self._key, p.document_id, embedded_text(p), v.tobytes()) for p, v in pairs],
                )
            store.add([node_of(passage, vector) for passage, vector in pairs])
            with database.transaction() as connection:
                connection.executemany("UPDATE held SET settled = 1 WHERE id = ?", [(p.id,) for p in passages])

    def remove(self, passage_ids: Sequence[str]) -> None:
        """Let go of passages."""
        with self._storage() as (store, database):
            _delete(store, database, list(passage_ids))

    def nearest(self, vectors: numpy.ndarray, k: int, *, documents: Sequence[str] | None = None) -> list[Ranking]:
        """Return, for each unit vector, at most k ids with their cosine, best first."""
        allowed, total = self._allowed(documents), self.count()
        return [self._nearest(vector, k, allowed, total) for vector in vectors]

    def _nearest(self, vector: numpy.ndarray, k: int, allowed: Callable[[str], bool], total: int) -> Ranking:
        return narrowed(lambda asked: [self._query(vector, asked)], k, total=total, keep=allowed)[0]

    def vectors_of(self, passage_ids: Sequence[str]) -> dict[str, numpy.ndarray]:
        """Return the vectors of those of the passages that are held."""
        import numpy

        ids, found = list(dict.fromkeys(passage_ids)), dict[str, "numpy.ndarray"]()
        with self._storage() as (_, database):
            for start in range(0, len(ids), _CHUNK):
                some = ids[start : start + _CHUNK]
                marks = ", ".join("?" * len(some))
                statement = f"SELECT id, vector FROM held WHERE embedder = ? AND id IN ({marks})"
                for row in database.connection.execute(statement, [*self._key, *some]):
                    found[row["id"]] = numpy.frombuffer(row["vector"], dtype=numpy.float32)
        return found

    def contents(self) -> Iterator[tuple[str, str, str]]:
        """Yield id, document id and embedded text of every passage."""
        with self._storage() as (_, database):
            for row in database.connection.execute("SELECT * FROM held WHERE embedder = ?", self._key):
                yield row["id"], row["document_id"], row["text"]

    def forget_others(self) -> None:
        """Delete the passages that another embedder left in the store."""
        with self._storage() as (store, database):
            rows = database.connection.execute("SELECT id FROM held WHERE embedder <> ?", self._key).fetchall()
            _delete(store, database, [row["id"] for row in rows])

    def erase(self) -> None:
        """Delete what we gave to the store, and the list of it."""
        with self._storage() as (store, database):
            rows = database.connection.execute("SELECT id FROM held").fetchall()
            _delete(store, database, [row["id"] for row in rows])

    def close(self) -> None:
        """Close the list and the store; they open again when next used."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()
            close = getattr(getattr(opened[0], "client", None), "close", None)
            if close is not None:
                close()

    @property
    def _key(self) -> tuple[str]:
        return (digest([self._embedder.name, self._embedder.dimensions]),)

    def _allowed(self, documents: Sequence[str] | None) -> Callable[[str], bool]:
        if documents is None:
            return self.ids().__contains__
        wanted = set(documents)
        return {id_ for id_, document, _ in self.contents() if document in wanted}.__contains__

    def _query(self, vector: numpy.ndarray, k: int) -> Ranking:
        """Return the k nearest as the store finds them, with cosines of our own."""
        from llama_index.core.vector_stores.types import VectorStoreQuery

        with self._storage() as (store, _):
            found = store.query(VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=k))
        ids = [node.node_id for node in found.nodes or ()] or list(found.ids or ())
        return ordered((id_, float(row @ vector)) for id_, row in self.vectors_of(ids).items())

    @contextmanager
    def _storage(self) -> Iterator[tuple[Any, Database]]:
        """Yield the store and the list; whatever a store raises becomes a StorageError that says what to do."""
        try:
            if self._opened is None:
                self._path.mkdir(parents=True, exist_ok=True)
                self._opened = self._make(), Database(self._path / "held.db")
                self._settle(*self._opened)
            yield self._opened
        except GroundsmithError:
            raise
        except Exception as error:  # each store raises its own
            remedy = "see library.store and library.store_options; groundsmith doctor --repair fills it again"
            raise StorageError(f"the vector store cannot be used ({error}); {remedy}") from error

    def _settle(self, store: Any, database: Database) -> None:  # noqa: ANN401 - llama-index's types are not seen
        """Undo additions that a crash interrupted: they may be in the store or not."""
        database.migrate("held", _SCHEMA)
        rows = database.connection.execute("SELECT id FROM held WHERE settled = 0").fetchall()
        _delete(store, database, [row["id"] for row in rows])


def _delete(store: Any, database: Database, ids: Sequence[str]) -> None:  # noqa: ANN401 - as above
    for start in range(0, len(ids), _CHUNK):
        some = list(ids[start : start + _CHUNK])
        store.delete_nodes(some)
        with database.transaction() as connection:
            connection.executemany("DELETE FROM held WHERE id = ?", [(id_,) for id_ in some])

"""Vectors in any vector store of llama-index, with a list of our own of what it holds.

llama-index's stores can be added to, deleted from and queried; most cannot list what they hold, and their scores differ
in meaning. So a small SQLite file beside the index notes each passage, its document, its text and its vector: what is held
is known, scores are cosines whatever the store calls near, an interrupted write is undone at the next opening, and a store
that comes back empty, as those in memory do, is seen to be.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.embed import embedded_text
from knowledge.errors import GroundsmithError, MissingDependency, StorageError
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
        id TEXT PRIMARY KEY, node TEXT NOT NULL UNIQUE, embedder TEXT NOT NULL, document_id TEXT NOT NULL, text TEXT NOT NULL,
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

    @property
    def place(self) -> str:
        """The folder of the list of what is held."""
        return str(self._path)

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
                    "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, ?, 0)",
                    [
                        (p.id, _node_id(p.id), *self._key, p.document_id, embedded_text(p), v.tobytes())
                        for p, v in pairs
                    ],
                )
            store.add([node_of(passage, vector, id_=_node_id(passage.id)) for passage, vector in pairs])
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
        return self._vectors("id", list(dict.fromkeys(passage_ids)))

    def _vectors(self, column: str, values: Sequence[str]) -> dict[str, numpy.ndarray]:
        """Return the vectors of the passages whose `column` has one of these values, by passage id."""
        import numpy

        found: dict[str, numpy.ndarray] = {}
        with self._storage() as (_, database):
            for start in range(0, len(values), _CHUNK):
                some = values[start : start + _CHUNK]
                marks = ", ".join("?" * len(some))
                statement = f"SELECT id, vector FROM held WHERE embedder = ? AND {column} IN ({marks})"
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
        with self._storage() as (store, _):
            nodes = _nodes(store, vector, k)
        return ordered((id_, float(row @ vector)) for id_, row in self._vectors("node", nodes).items())

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

    @staticmethod
    def _settle(store: Any, database: Database) -> None:  # noqa: ANN401 - llama-index's types are not seen
        """Undo additions that a crash interrupted, and forget what a store that comes back empty held."""
        import numpy

        database.migrate("held", _SCHEMA)
        rows = database.connection.execute("SELECT id FROM held WHERE settled = 0").fetchall()
        _delete(store, database, [row["id"] for row in rows])
        first = database.connection.execute("SELECT vector FROM held LIMIT 1").fetchone()
        if first and _is_empty(store, numpy.frombuffer(first["vector"], dtype=numpy.float32)):
            with database.transaction() as connection:
                connection.execute("DELETE FROM held")


def _is_empty(store: Any, vector: numpy.ndarray) -> bool:  # noqa: ANN401 - as above
    """Return whether a store finds nothing, or says that its collection is not there, which is how Qdrant has it."""
    try:
        return not _nodes(store, vector, 1)
    except Exception as error:
        if "not found" in str(error).lower():
            return True
        raise


def qdrant(path: Path, *, collection: str, options: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
    """Return llama-index's Qdrant store: in the folder `path`, unless `options` (of QdrantClient) name a url or a host.

    Raises MissingDependency where the extra is not installed.
    """
    try:
        from llama_index.vector_stores.qdrant import QdrantVectorStore
        from qdrant_client import QdrantClient
    except ImportError as error:
        raise MissingDependency("library.store is qdrant; install it with pip install groundsmith[qdrant]") from error
    client = QdrantClient(**options) if {"url", "host", "location"} & set(options) else QdrantClient(path=str(path))
    return QdrantVectorStore(collection, client=client, index_doc_id=False)


def _nodes(store: Any, vector: numpy.ndarray, k: int) -> list[str]:  # noqa: ANN401 - as above
    """Return the node ids nearest to a vector, as the store finds them."""
    from llama_index.core.vector_stores.types import VectorStoreQuery

    found = store.query(VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=k))
    return [str(node.node_id) for node in found.nodes or ()] or [str(id_) for id_ in found.ids or ()]


def _node_id(passage_id: str) -> str:
    """Return the id a passage has in the store: a UUID, since some stores take nothing else."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"groundsmith:{passage_id}"))


def _delete(store: Any, database: Database, ids: Sequence[str]) -> None:  # noqa: ANN401 - as above
    for start in range(0, len(ids), _CHUNK):
        some = list(ids[start : start + _CHUNK])
        store.delete_nodes([_node_id(id_) for id_ in some])
        with database.transaction() as connection:
            connection.executemany("DELETE FROM held WHERE id = ?", [(id_,) for id_ in some])

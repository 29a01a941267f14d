"""Vectors in Chroma through llama-index: embedded in a folder, or on a server.

Vectors of different embedders never meet: each has a collection of its own, named for it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import GroundsmithError, StorageError
from knowledge.fusion import Ranking, ordered
from knowledge.identity import digest
from knowledge.vector_store import node_of

if TYPE_CHECKING:
    import numpy
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from knowledge.document import Passage
    from knowledge.embed import Embedder

_PAGE = 10_000
_SERVER_PAGE = 300


class ChromaStore:
    """Passages in one collection of a Chroma database; see `in_folder` and `on_server`.

    `connect` opens the database, `place` names it in messages, `remedy` is what to do when it fails.
    """

    def __init__(
        self,
        connect: Callable[[], ClientAPI],
        *,
        embedder: Embedder,
        prefix: str,
        place: str,
        remedy: str,
        page: int = _PAGE,
        folder: Path | None = None,
    ) -> None:
        self._connect, self._embedder, self._prefix = connect, embedder, prefix
        self._place, self._remedy, self._page, self._folder = place, remedy, page, folder
        self._client: ClientAPI | None = None
        self._opened: Collection | None = None

    @classmethod
    def in_folder(cls, path: Path, *, embedder: Embedder) -> ChromaStore:
        """Return a store in the folder `path`, within this process."""
        return cls(
            lambda: _embedded(path),
            embedder=embedder,
            prefix="passages-",
            place=str(path),
            remedy="remove the folder and run groundsmith doctor --repair, which rebuilds it from the library",
            folder=path,
        )

    @classmethod
    def on_server(
        cls,
        host: str,
        port: int,
        *,
        embedder: Embedder,
        collection: str,
        ssl: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> ChromaStore:
        """Return a store on a Chroma server; `collection` sets this workspace's collections apart from others'."""
        return cls(
            lambda: _served(host, port, ssl=ssl, headers=dict(headers or {})),
            embedder=embedder,
            prefix=f"{collection}-",
            place=f"Chroma at {host}:{port}",
            remedy="see that it runs (chroma run) and that library.store_host and store_port name it",
            page=_SERVER_PAGE,
        )

    @property
    def place(self) -> str:
        """The folder or server, and the collections there."""
        return f"{self._place} {self._prefix}"

    def ids(self) -> set[str]:
        """Return the ids of the passages held."""
        with self._storage() as collection:
            return set(collection.get(include=[])["ids"])

    def count(self) -> int:
        """Return how many passages are held."""
        with self._storage() as collection:
            return int(collection.count())

    def add(self, passages: Sequence[Passage], vectors: Sequence[numpy.ndarray]) -> None:
        """Keep passages that are not held yet, each with its unit vector."""
        with self._storage() as collection:
            _store(collection).add([node_of(*each) for each in zip(passages, vectors, strict=True)])

    def remove(self, passage_ids: Sequence[str]) -> None:
        """Let go of passages."""
        with self._storage() as collection:
            for start in range(0, len(passage_ids), self._page):
                _store(collection).delete_nodes(list(passage_ids[start : start + self._page]))

    def nearest(self, vectors: numpy.ndarray, k: int, *, documents: Sequence[str] | None = None) -> list[Ranking]:
        """Return, for each unit vector, at most k ids with their cosine, best first."""
        where = None if documents is None else {"document_id": {"$in": sorted(set(documents))}}
        with self._storage() as collection:
            found = collection.query(query_embeddings=vectors, n_results=k, where=where, include=["distances"])
        return [
            ordered(zip(ids, (1.0 - distance for distance in distances), strict=True))
            for ids, distances in zip(found["ids"], found["distances"], strict=True)
        ]

    def vectors_of(self, passage_ids: Sequence[str]) -> dict[str, numpy.ndarray]:
        """Return the vectors of those of the passages that are held."""
        ids, found = list(dict.fromkeys(passage_ids)), dict[str, "numpy.ndarray"]()
        with self._storage() as collection:
            for start in range(0, len(ids), self._page):
                some = collection.get(ids=ids[start : start + self._page], include=["embeddings"])
                found.update(zip(some["ids"], some["embeddings"], strict=True))
        return found

    def contents(self) -> Iterator[tuple[str, str, str]]:
        """Yield id, document id and embedded text of every passage."""
        with self._storage() as collection:
            for offset in range(0, collection.count(), self._page):
                some = collection.get(limit=self._page, offset=offset, include=["documents", "metadatas"])
                for id_, text, about in zip(some["ids"], some["documents"], some["metadatas"], strict=True):
                    yield id_, str(about["document_id"]), text

    def forget_others(self) -> None:
        """Delete the collections that other embedders left for this workspace."""
        with self._storage() as collection:
            for name in self._names():
                if name != collection.name and self._client:
                    self._client.delete_collection(name)

    def erase(self) -> None:
        """Delete everything: the folder, or this workspace's collections on the server."""
        if self._folder is not None:
            self.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            return
        with self._storage():
            for name in self._names():
                if self._client:
                    self._client.delete_collection(name)
        self.close()

    def close(self) -> None:
        """Close the database; it opens again when it is next used."""
        client, self._client, self._opened = self._client, None, None
        if client is not None:
            _close(client)

    def _names(self) -> list[str]:
        pattern = re.compile(re.escape(self._prefix) + r"[0-9a-f]{16}")
        every = self._client.list_collections() if self._client else ()
        return [each.name for each in every if pattern.fullmatch(each.name)]

    @contextmanager
    def _storage(self) -> Iterator[Collection]:
        """Yield the collection; whatever Chroma raises becomes a StorageError that says what to do."""
        try:
            yield self._collection()
        except GroundsmithError:
            raise
        except Exception as error:  # Chroma raises its own, SQLite's, the network's, and bare ones from Rust
            raise StorageError(f"{self._place}: the index cannot be used ({error}); {self._remedy}") from error

    def _collection(self) -> Collection:
        if self._opened is None:
            self._client = self._client or self._connect()
            self._opened = self._client.get_or_create_collection(
                f"{self._prefix}{digest([self._embedder.name, self._embedder.dimensions])}",
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            )
        return self._opened


def _embedded(path: Path) -> ClientAPI:
    """Open Chroma in a folder, with its reports switched off (as `knowledge` does for all libraries)."""
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    path.mkdir(parents=True, exist_ok=True)
    try:
        return chromadb.PersistentClient(str(path), settings=Settings(anonymized_telemetry=False))
    except BaseException:
        # Chroma keeps what failed to start and hands it out at the next try; it must forget it to be rebuilt.
        SharedSystemClient._identifier_to_system.pop(str(path), None)
        raise


def _served(host: str, port: int, *, ssl: bool, headers: dict[str, str]) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    return chromadb.HttpClient(
        host=host, port=port, ssl=ssl, headers=headers, settings=Settings(anonymized_telemetry=False)
    )


def _close(client: ClientAPI) -> None:
    """Close a client, and its connections to a server when it was the last one there: Chroma leaves them open."""
    servers = [getattr(each, "_server", None) for each in (client, getattr(client, "_admin_client", None))]
    client.close()
    if not getattr(servers[0], "_running", False):
        for session in (getattr(server, "_session", None) for server in servers):
            if session is not None:
                session.close()


def _store(collection: Collection) -> ChromaVectorStore:
    from llama_index.vector_stores.chroma import ChromaVectorStore

    return ChromaVectorStore(chroma_collection=collection)

"""The index of passages: vectors in an embedded Chroma through llama-index, and BM25 for the words.

The index is derived: it can be thrown away and rebuilt from the library at any time. `sync` makes it hold
exactly the passages it is given, whatever a crash left behind.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from knowledge.document import Passage
from knowledge.embed import Embedder, embedded_text
from knowledge.errors import GroundsmithError, StorageError
from knowledge.identity import digest
from knowledge.lexical import LexicalIndex

if TYPE_CHECKING:
    import numpy
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from llama_index.core.schema import TextNode
    from llama_index.vector_stores.chroma import ChromaVectorStore

BATCH = 512
"""Passages embedded and written at a time: what a crash can cost when no vectors are kept elsewhere."""
_PAGE = 10_000
_PREFIX = "passages-"

Ranking = list[tuple[str, float]]
_T = TypeVar("_T")


class VectorKeeper(Protocol):
    """Keeps vectors by the digest of their text, so that a rebuild or a crash costs no second embedding."""

    def vectors(self, digests: Sequence[str], *, embedder: str) -> dict[str, bytes]:
        """Return the vectors known for these digests, as float32 bytes."""
        ...

    def put_vectors(self, vectors: Iterable[tuple[str, bytes]], *, embedder: str) -> None:
        """Keep vectors under their digests."""
        ...


class PassageIndex:
    """Vectors and words of the current passages, in the folder `path`.

    Vectors of different embedders never meet: each has a collection of its own. `vectors` is where vectors are
    kept besides, usually the library's records. Nothing is opened before it is needed. Raises StorageError when
    the folder is damaged or the disk is full.
    """

    def __init__(self, path: Path, *, embedder: Embedder, vectors: VectorKeeper | None = None) -> None:
        self.path = path
        self.embedder = embedder
        self._vectors = vectors
        self._client: ClientAPI | None = None
        self._opened: Collection | None = None
        self._lexical: LexicalIndex | None = None

    # Contents --------------------------------------------------------------------------------------------------

    def ids(self) -> set[str]:
        """Return the ids of the passages in the index."""
        with self._storage() as collection:
            return set(collection.get(include=[])["ids"])

    def count(self) -> int:
        """Return how many passages are in the index."""
        with self._storage() as collection:
            return int(collection.count())

    def check(self, wanted: AbstractSet[str]) -> tuple[list[str], list[str]]:
        """Return the ids among `wanted` that the index lacks, and those it has too many, both sorted."""
        held = self.ids()
        return sorted(wanted - held), sorted(held - wanted)

    def add(self, passages: Iterable[Passage]) -> int:
        """Add passages, those already there left alone; return how many were added."""
        return self._add(passages, held=self.ids(), progress=None)

    def remove(self, passage_ids: Iterable[str]) -> int:
        """Remove passages; ids that are not there are ignored. Return how many were removed."""
        gone = sorted(self.ids() & set(passage_ids))
        with self._storage() as collection:
            for some in _batches(gone, _PAGE):
                _store(collection).delete_nodes(some)
        self._changed(bool(gone))
        return len(gone)

    def update(
        self, passages: Sequence[Passage], gone: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> tuple[int, int]:
        """Add `passages` and remove the ids in `gone`, what is there or not already left alone; return how many.

        Only what is named is looked at, so that the cost does not grow with the index.
        """
        held = set(self.vectors_of([*(passage.id for passage in passages), *gone]))
        added = self._add(passages, held=held, progress=progress)
        left = [id_ for id_ in gone if id_ in held]
        return added, self.remove(left) if left else 0

    def sync(self, passages: Iterable[Passage], *, progress: Callable[[int], None] | None = None) -> tuple[int, int]:
        """Make the index hold exactly `passages`; return how many were added and removed.

        `progress` is told how many were added so far. Only the difference is embedded and written, so a run that
        was killed is finished by the next.
        """
        held, wanted = self.ids(), set[str]()

        def seen() -> Iterator[Passage]:
            for passage in passages:
                wanted.add(passage.id)
                yield passage

        added = self._add(seen(), held=held, progress=progress)
        removed = self.remove(held - wanted)
        self._drop_other_collections()
        return added, removed

    def rebuild(self, passages: Iterable[Passage]) -> int:
        """Throw the index away, however damaged, and build it anew; return how many passages it holds."""
        self.close()
        shutil.rmtree(self.path, ignore_errors=True)
        return self.sync(passages)[0]

    def close(self) -> None:
        """Close the folder; the index opens again when it is next used."""
        client, self._client, self._opened, self._lexical = self._client, None, None, None
        if client is not None:
            client.close()

    def _add(
        self, passages: Iterable[Passage], *, held: AbstractSet[str], progress: Callable[[int], None] | None
    ) -> int:
        added, known = 0, set(held)

        def unknown() -> Iterator[Passage]:
            for passage in passages:
                if passage.id not in known:
                    known.add(passage.id)
                    yield passage

        for batch in _batches(unknown(), BATCH):
            vectors = self._embed_passages(batch)
            with self._storage() as collection:
                _store(collection).add([_node(p, vector) for p, vector in zip(batch, vectors, strict=True)])
            added += len(batch)
            self._changed(True)
            if progress:
                progress(added)
        return added

    def _embed_passages(self, passages: Sequence[Passage]) -> list[numpy.ndarray]:
        """Return a vector for each passage, embedding only texts whose vector is not kept."""
        import numpy

        texts = {digest(embedded_text(passage)): embedded_text(passage) for passage in passages}
        kept = self._vectors.vectors(list(texts), embedder=self.embedder.name) if self._vectors else {}
        vectors = {key: numpy.frombuffer(value, dtype=numpy.float32) for key, value in kept.items()}
        new = [key for key in texts if key not in vectors]
        vectors.update(zip(new, self.embedder.embed([texts[key] for key in new]), strict=True))
        if self._vectors and new:
            self._vectors.put_vectors(((key, vectors[key].tobytes()) for key in new), embedder=self.embedder.name)
        return [vectors[digest(embedded_text(passage))] for passage in passages]

    def _changed(self, really: bool) -> None:
        if really:
            self._lexical = None

    # Search ----------------------------------------------------------------------------------------------------

    def dense(self, texts: Sequence[str], k: int, *, documents: Sequence[str] | None = None) -> list[Ranking]:
        """Return, for each text, the ids of the k passages nearest in meaning with their cosine, best first.

        `documents` limits the search to passages of these documents. Equal scores are ordered by id.
        """
        if not texts or self.count() == 0 or (documents is not None and not documents):
            return [[] for _ in texts]
        vectors = self.embedder.embed(texts)
        where = None if documents is None else {"document_id": {"$in": sorted(set(documents))}}
        with self._storage() as collection:
            found = collection.query(
                query_embeddings=vectors, n_results=min(k, self.count()), where=where, include=["distances"]
            )
        return [
            _ranked(zip(ids, (1.0 - distance for distance in distances), strict=True))
            for ids, distances in zip(found["ids"], found["distances"], strict=True)
        ]

    def lexical(self, texts: Sequence[str], k: int, *, documents: Sequence[str] | None = None) -> list[Ranking]:
        """Return, for each text, the ids of at most k passages that share words with it, with BM25, best first."""
        if not texts:
            return []
        if self._lexical is None:
            self._lexical = LexicalIndex(self._contents())
        return [_ranked(ranking) for ranking in self._lexical.search(texts, k, documents=documents)]

    def vectors_of(self, passage_ids: Sequence[str]) -> dict[str, numpy.ndarray]:
        """Return the vectors of passages that are in the index."""
        if not passage_ids:
            return {}
        with self._storage() as collection:
            found = collection.get(ids=list(dict.fromkeys(passage_ids)), include=["embeddings"])
        return dict(zip(found["ids"], found["embeddings"], strict=True))

    def _contents(self) -> Iterator[tuple[str, str, str]]:
        """Yield id, document and text of every passage in the index."""
        with self._storage() as collection:
            for offset in range(0, collection.count(), _PAGE):
                page = collection.get(limit=_PAGE, offset=offset, include=["documents", "metadatas"])
                for id_, text, about in zip(page["ids"], page["documents"], page["metadatas"], strict=True):
                    yield id_, str(about["document_id"]), text

    # Storage ---------------------------------------------------------------------------------------------------

    @contextmanager
    def _storage(self) -> Iterator[Collection]:
        """Yield the collection; whatever Chroma raises becomes a StorageError that says what to do."""
        try:
            yield self._collection()
        except GroundsmithError:
            raise
        except Exception as error:  # Chroma raises its own, SQLite's, and bare ones from Rust
            raise StorageError(
                f"{self.path}: the index cannot be used ({error}); remove the folder and run groundsmith doctor"
                " --repair, which rebuilds it from the library"
            ) from error

    def _collection(self) -> Collection:
        if self._opened is None:
            self._client = self._client or _client(self.path)
            self._opened = self._client.get_or_create_collection(
                self._name, embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": 200}}
            )
        return self._opened

    @property
    def _name(self) -> str:
        return f"{_PREFIX}{digest([self.embedder.name, self.embedder.dimensions])}"

    def _drop_other_collections(self) -> None:
        """Delete what another embedder left: its vectors are of no use to this one."""
        client = self._client
        with self._storage():
            for other in client.list_collections() if client else ():
                if client and other.name.startswith(_PREFIX) and other.name != self._name:
                    client.delete_collection(other.name)


def _client(path: Path) -> ClientAPI:
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


def _store(collection: Collection) -> ChromaVectorStore:
    from llama_index.vector_stores.chroma import ChromaVectorStore

    return ChromaVectorStore(chroma_collection=collection)


def _node(passage: Passage, vector: numpy.ndarray) -> TextNode:
    from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode

    return TextNode(
        id_=passage.id,
        text=embedded_text(passage),
        embedding=vector.tolist(),
        metadata={"ordinal": passage.ordinal},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.document_id)},
    )


def _ranked(scored: Iterable[tuple[str, float]]) -> Ranking:
    return sorted(scored, key=lambda each: (-each[1], each[0]))


def _batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch

"""The index of passages: vectors in a store (Chroma in a folder, unless another is chosen), and BM25 for the words.

The index is derived: it can be thrown away and rebuilt from the library at any time. `sync` makes it hold
exactly the passages it is given, whatever a crash left behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from knowledge.chroma_store import ChromaStore
from knowledge.document import Passage
from knowledge.embed import Embedder, embedded_text, query_vectors
from knowledge.fusion import Ranking, ordered
from knowledge.identity import digest
from knowledge.lexical import K1, LexicalIndex, lexical_key
from knowledge.lexical import B as LENGTH
from knowledge.lexical_store import LexicalStore
from knowledge.vector_store import VectorStore, narrowed

if TYPE_CHECKING:
    import numpy

__all__ = ["BATCH", "PassageIndex", "Ranking", "VectorKeeper"]

BATCH = 512
"""Passages embedded and written at a time: what a crash can cost when no vectors are kept elsewhere."""
EXACT = 4_000
"""Up to this many passages a filter lets through, all of them are compared with the query; above, the store is asked for more."""
_T = TypeVar("_T")


class VectorKeeper(Protocol):
    """Keeps vectors by the digest of their text, so that a rebuild or a crash costs no second embedding."""

    def vectors(self, digests: Sequence[str], *, embedder: str) -> dict[str, bytes]:
        """Return the vectors known for these digests, as float32 bytes."""
        ...

    def put_vectors(self, vectors: Iterable[tuple[str, bytes]], *, embedder: str) -> None:
        """Keep vectors under their digests."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Embedding:
    """A batch being embedded: `vectors` are those kept from before, by key, `made` will be those of `keys`."""

    batch: Sequence[Passage]
    keys: Sequence[str]
    vectors: Mapping[str, numpy.ndarray]
    made: Future[numpy.ndarray]


class PassageIndex:
    """Vectors and words of the current passages; `path` is the folder for the default store.

    Vectors of different embedders never meet. `vectors` is where vectors are kept besides, usually the library's records;
    `store` replaces Chroma in the folder; `k1` and `b` are BM25's. Nothing is opened before it is needed. Raises
    StorageError when the store is damaged or the disk is full.
    """

    def __init__(
        self,
        path: Path,
        *,
        embedder: Embedder,
        vectors: VectorKeeper | None = None,
        store: VectorStore | None = None,
        k1: float = K1,
        b: float = LENGTH,
    ) -> None:
        self.path = path
        self.embedder = embedder
        self.store = store or ChromaStore.in_folder(path, embedder=embedder)
        self._vectors = vectors
        self._k1, self._b = k1, b
        self._lexical: LexicalIndex | None = None
        self._kept = LexicalStore(path / "words")
        self._ids: Callable[[], Iterable[str]] | None = None

    # Contents --------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What tells it from indexes in another store or of another embedder."""
        return digest([self.store.place, self.embedder.name])

    def ids(self) -> set[str]:
        """Return the ids of the passages in the index."""
        return self.store.ids()

    def count(self) -> int:
        """Return how many passages are in the index."""
        return self.store.count()

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
        if gone:
            self.store.remove(gone)
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
        if left:
            self.store.remove(left)
        self._changed(bool(left))
        return added, len(left)

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
        self.store.forget_others()
        return added, removed

    def rebuild(self, passages: Iterable[Passage]) -> int:
        """Throw the index away, however damaged, and build it anew; return how many passages it holds."""
        self.close()
        self._kept.clear()
        self.store.erase()
        return self.sync(passages)[0]

    def reread(self, ids: Callable[[], Iterable[str]] | None = None) -> None:
        """Let go of the words in memory: another process may have changed the store.

        `ids` gives those of the passages it holds now, asked for when words are needed: they may be kept on disk.
        """
        self._lexical, self._ids = None, ids

    def close(self) -> None:
        """Close the store; the index opens again when it is next used."""
        self._lexical = None
        self.store.close()

    def _add(
        self, passages: Iterable[Passage], *, held: AbstractSet[str], progress: Callable[[int], None] | None
    ) -> int:
        added, known = 0, set(held)

        def unknown() -> Iterator[Passage]:
            for passage in passages:
                if passage.id not in known:
                    known.add(passage.id)
                    yield passage

        for batch, vectors in self._embedded(_batches(unknown(), BATCH)):
            self.store.add(batch, vectors)
            added += len(batch)
            self._changed(True)
            if progress:
                progress(added)
        return added

    def embed_passages(self, passages: Sequence[Passage]) -> list[numpy.ndarray]:
        """Return a vector for each passage, embedding only texts whose vector is not kept."""
        return next(vectors for _, vectors in self._embedded([passages]))

    def _embedded(
        self, batches: Iterable[Sequence[Passage]]
    ) -> Iterator[tuple[Sequence[Passage], list[numpy.ndarray]]]:
        """Yield each batch with its vectors; the next one is being embedded while the consumer is at work on this one."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="embed")
        waiting: deque[_Embedding] = deque()
        try:
            for batch in batches:
                waiting.append(self._begin(batch, pool))
                if len(waiting) > 1:
                    yield self._finish(waiting.popleft())
            while waiting:
                yield self._finish(waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def _begin(self, batch: Sequence[Passage], pool: ThreadPoolExecutor) -> _Embedding:
        import numpy

        texts = {digest(embedded_text(passage)): embedded_text(passage) for passage in batch}
        kept = self._vectors.vectors(list(texts), embedder=self.embedder.name) if self._vectors else {}
        vectors = {key: numpy.frombuffer(value, dtype=numpy.float32) for key, value in kept.items()}
        new = [key for key in texts if key not in vectors]
        made = pool.submit(self.embedder.embed, [texts[key] for key in new])
        return _Embedding(batch=batch, keys=new, vectors=vectors, made=made)

    def _finish(self, begun: _Embedding) -> tuple[Sequence[Passage], list[numpy.ndarray]]:
        vectors = {**begun.vectors, **dict(zip(begun.keys, begun.made.result(), strict=True))}
        if self._vectors and begun.keys:
            rows = ((key, vectors[key].tobytes()) for key in begun.keys)
            self._vectors.put_vectors(rows, embedder=self.embedder.name)
        return begun.batch, [vectors[digest(embedded_text(passage))] for passage in begun.batch]

    def _changed(self, really: bool) -> None:
        if really:
            self._lexical, self._ids = None, None

    # Search ----------------------------------------------------------------------------------------------------

    def dense(
        self,
        texts: Sequence[str],
        k: int,
        *,
        documents: Sequence[str] | None = None,
        ids: AbstractSet[str] | None = None,
    ) -> list[Ranking]:
        """Return, for each text, the ids of the k passages nearest in meaning with their cosine, best first.

        `documents` limits the search to passages of these documents, or `ids`, in its place, to these passages. Equal
        scores are ordered by id.
        """
        total = self.count() if texts else 0
        if total == 0 or (documents is not None and not documents) or (ids is not None and not ids):
            return [[] for _ in texts]
        vectors = query_vectors(self.embedder, texts)
        if ids is None:
            return self.store.nearest(vectors, min(k, total), documents=documents)
        if len(ids) <= EXACT:
            return exact(vectors, self.store.vectors_of(sorted(ids)), k)
        return narrowed(lambda asked: self.store.nearest(vectors, asked), k, total=total, keep=ids.__contains__)

    def lexical(
        self,
        texts: Sequence[str],
        k: int,
        *,
        documents: Sequence[str] | None = None,
        ids: AbstractSet[str] | None = None,
    ) -> list[Ranking]:
        """Return, for each text, the ids of at most k passages that share words with it, with BM25, best first."""
        if not texts:
            return []
        return [ordered(ranking) for ranking in self._words().search(texts, k, documents=documents, ids=ids)]

    def ceilings(self, texts: Sequence[str]) -> list[float]:
        """Return, for each text, a BM25 that no passage reaches: what `lexical` gives is a share of it."""
        return self._words().ceilings(texts)

    def _words(self) -> LexicalIndex:
        if self._lexical is None and self._ids is not None:
            self._lexical = self._kept.get(lexical_key(self._ids(), k1=self._k1, b=self._b))
        if self._lexical is None:
            self._lexical = LexicalIndex(self.store.contents(), k1=self._k1, b=self._b)
            self._kept.put(self._lexical)
        return self._lexical

    def vectors_of(self, passage_ids: Sequence[str]) -> dict[str, numpy.ndarray]:
        """Return the vectors of passages that are in the index."""
        return self.store.vectors_of(passage_ids) if passage_ids else {}

    def passage_list(self, passages: Sequence[Passage]) -> PassageList:
        """Return a small index in memory of passages that need not be current, for one search."""
        return PassageList(passages, self)


class PassageList:
    """An index in memory of passages of older versions: nothing is written, and every passage is compared."""

    def __init__(self, passages: Sequence[Passage], index: PassageIndex) -> None:
        self._embedder = index.embedder
        self._passages = distinct = {passage.id: passage for passage in passages}
        self._rows = dict(zip(distinct, index.embed_passages(list(distinct.values())), strict=True)) if distinct else {}
        self._words = LexicalIndex((p.id, p.document_id, embedded_text(p)) for p in distinct.values())

    def dense(self, texts: Sequence[str], k: int) -> list[Ranking]:
        """Return, for each text, the k ids nearest in meaning with their cosine, best first."""
        return exact(query_vectors(self._embedder, texts), self._rows, k) if self._rows else [[] for _ in texts]

    def lexical(self, texts: Sequence[str], k: int) -> list[Ranking]:
        """Return, for each text, at most k ids that share words with it, with BM25, best first."""
        return [ordered(ranking) for ranking in self._words.search(texts, k)]

    def ceilings(self, texts: Sequence[str]) -> list[float]:
        """Return, for each text, a BM25 that no passage reaches."""
        return self._words.ceilings(texts)

    def vectors_of(self, passage_ids: Sequence[str]) -> dict[str, numpy.ndarray]:
        """Return the vectors of those of the passages that are here."""
        return {id_: self._rows[id_] for id_ in passage_ids if id_ in self._rows}

    def passages_by_id(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Return those of the passages that are here, in the order asked for."""
        return {id_: self._passages[id_] for id_ in ids if id_ in self._passages}


def exact(queries: numpy.ndarray, rows: Mapping[str, numpy.ndarray], k: int) -> list[Ranking]:
    """Return, for each query, the k nearest of `rows` by comparing them all."""
    import numpy

    if not rows:
        return [[] for _ in queries]
    ids = sorted(rows)
    scores = queries @ numpy.stack([rows[id_] for id_ in ids]).T
    best = numpy.argsort(-scores, axis=1, kind="stable")[:, :k]
    return [[(ids[n], float(row[n])) for n in numbers] for row, numbers in zip(scores, best.tolist(), strict=True)]


def _batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch

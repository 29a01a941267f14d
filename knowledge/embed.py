"""Texts as vectors: the `Embedder` port, its default, and a fake for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from knowledge.embed_onnx import OnnxEmbedder
from knowledge.errors import ModelError

if TYPE_CHECKING:
    import numpy

    from knowledge.document import Passage

__all__ = [
    "AsymmetricEmbedder",
    "Embedder",
    "HashEmbedder",
    "OnnxEmbedder",
    "PrefixedEmbedder",
    "embedded_text",
    "query_vectors",
    "unit",
]


class Embedder(Protocol):
    """Turns texts into unit vectors.

    `name` identifies model and weights: vectors of different names are never compared or mixed.
    """

    @property
    def name(self) -> str:
        """Return the name of model and weights."""
        ...

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one float32 row of length 1 for each text, in order; shape (n, dimensions)."""
        ...


@runtime_checkable
class AsymmetricEmbedder(Protocol):
    """An embedder that reads questions otherwise than passages, with a prefix of their own for instance."""

    def embed_queries(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one float32 row of length 1 for each question, in order; shape (n, dimensions)."""
        ...


def query_vectors(embedder: Embedder, texts: Sequence[str]) -> numpy.ndarray:
    """Return the vectors of questions, as the embedder wants questions embedded."""
    return embedder.embed_queries(texts) if isinstance(embedder, AsymmetricEmbedder) else embedder.embed(texts)


def embedded_text(passage: Passage) -> str:
    """Return what is embedded and indexed for a passage: the headings and the lead-in, which its text leans on, and the text."""
    return "\n".join(part for part in (" > ".join(passage.headings), passage.lead, passage.text) if part)


def unit(rows: Sequence[Sequence[float]], *, count: int, name: str) -> numpy.ndarray:
    """Return rows as float32 unit vectors; raises ModelError unless there are `count` of one length, all finite."""
    import numpy

    try:
        vectors = numpy.asarray(rows, dtype=numpy.float32)
    except (TypeError, ValueError) as error:
        raise ModelError(f"{name}: the vectors are not of one length") from error
    if vectors.ndim != 2 or len(vectors) != count or not numpy.isfinite(vectors).all():
        raise ModelError(f"{name}: {count} vectors of finite numbers were expected, not shape {vectors.shape}")
    norms = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / numpy.where(norms == 0, 1, norms)


class PrefixedEmbedder:
    """Puts a text before each question and another before each passage, as models like E5 were trained with."""

    def __init__(self, embedder: Embedder, *, query: str = "", passage: str = "") -> None:
        self._embedder, self._query, self._passage = embedder, query, passage

    @property
    def name(self) -> str:
        """The model's name with the passages' prefix, on which the vectors kept depend."""
        return f"{self._embedder.name}:{self._passage}" if self._passage else self._embedder.name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one unit vector for each passage."""
        return self._embedder.embed([self._passage + text for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one unit vector for each question."""
        return query_vectors(self._embedder, [self._query + text for text in texts])

    def close(self) -> None:
        """Close the model's connections, if it has any."""
        close = getattr(self._embedder, "close", None)
        if close is not None:
            close()


class HashEmbedder:
    """A deterministic stand-in without a model: each word is a fixed random direction, a text their sum.

    Texts that share words are near each other; meaning does not count. For tests.
    """

    def __init__(self, *, dimensions: int = 64) -> None:
        self.name = f"hash-{dimensions}"
        self.dimensions = dimensions

    def embed(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one unit vector for each text."""
        import numpy

        rows = numpy.zeros((len(texts), self.dimensions), dtype=numpy.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split() or [""]:
                row += self._direction(word)
        norms = numpy.linalg.norm(rows, axis=1, keepdims=True)
        return rows / numpy.where(norms == 0, 1, norms).astype(numpy.float32)

    def _direction(self, word: str) -> numpy.ndarray:
        import numpy

        seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
        return numpy.random.default_rng(seed).standard_normal(self.dimensions).astype(numpy.float32)

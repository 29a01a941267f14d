"""Texts as vectors: the `Embedder` port, its default, and a fake for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from knowledge.embed_onnx import OnnxEmbedder

if TYPE_CHECKING:
    import numpy

    from knowledge.document import Passage

__all__ = ["Embedder", "HashEmbedder", "OnnxEmbedder", "embedded_text"]


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


def embedded_text(passage: Passage) -> str:
    """Return what is embedded and indexed for a passage: its headings, which its text often leans on, and the text."""
    return "\n".join([" > ".join(passage.headings), passage.text] if passage.headings else [passage.text])


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

"""Any embedding of llama-index behind the `Embedder` port."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from knowledge.embed import unit
from knowledge.errors import ModelError

if TYPE_CHECKING:
    import numpy


class LlamaIndexEmbedder:
    """Embeds passages and questions as a llama-index embedding does. Raises ModelError when it fails.

    `name` must tell its model and weights apart from others.
    """

    def __init__(self, embedding: Any, *, name: str) -> None:  # noqa: ANN401 - llama-index's types are not seen
        self._embedding = embedding
        self.name = name

    @cached_property
    def dimensions(self) -> int:
        """The length of a vector, found by embedding one word."""
        return int(self.embed(["word"]).shape[1])

    def embed(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one float32 unit vector for each passage, in order."""
        return self._asked(lambda: self._embedding.get_text_embedding_batch(list(texts)), len(texts))

    def embed_queries(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one float32 unit vector for each question, in order."""
        return self._asked(lambda: [self._embedding.get_query_embedding(text) for text in texts], len(texts))

    def _asked(self, ask: Any, count: int) -> numpy.ndarray:  # noqa: ANN401 - a function of no arguments
        import numpy

        if not count:
            return numpy.zeros((0, self.dimensions), dtype=numpy.float32)
        try:
            rows = ask()
        except Exception as error:  # each embedding raises what its model or service does
            raise ModelError(f"embedding.model {self.name}: {type(error).__name__}: {error}") from error
        return unit(rows, count=count, name=self.name)

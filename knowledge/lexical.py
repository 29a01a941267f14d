"""BM25 over passages: stemmed words, in memory, built anew when the passages change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bm25s.tokenization import Tokenized

_WORD = r"(?u)\b\w+(?:[.\-]\w+)*\b"
"""Words and numbers of any length, with section numbers and compounds such as 5.2.1 or AAL-2 in one piece."""


class LexicalIndex:
    """Lucene-style BM25 (k1 1.5, b 0.75) over (id, document, text); English stems and stop words.

    It is what llama-index's BM25 retriever is made of (bm25s), used directly for searching many texts at once
    and for limiting a search to documents.
    """

    def __init__(self, contents: Iterable[tuple[str, str, str]]) -> None:
        import bm25s
        import Stemmer

        rows = sorted(contents)
        self._ids = [id_ for id_, _, _ in rows]
        self._documents = [document for _, document, _ in rows]
        self._stemmer = Stemmer.Stemmer("english")
        self._model = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
        self._empty = True
        tokens = self._tokens([text for _, _, text in rows]) if rows else None
        if tokens is not None and tokens.vocab:
            self._empty = False
            self._model.index(tokens, show_progress=False)

    def search(
        self, texts: Sequence[str], k: int, *, documents: Sequence[str] | None = None
    ) -> list[list[tuple[str, float]]]:
        """Return, for each text, at most k ids with a score above 0."""
        import numpy

        if self._empty or k < 1:
            return [[] for _ in texts]
        mask = None
        if documents is not None:
            wanted = set(documents)
            mask = numpy.array([document in wanted for document in self._documents], dtype=numpy.float32)
        found, scores = self._model.retrieve(
            self._tokens(texts), k=min(k, len(self._ids)), show_progress=False, weight_mask=mask
        )
        return [
            [(self._ids[number], float(score)) for number, score in zip(numbers, row, strict=True) if score > 0]
            for numbers, row in zip(found.tolist(), scores.tolist(), strict=True)
        ]

    def _tokens(self, texts: Sequence[str]) -> Tokenized:
        import bm25s

        return bm25s.tokenize(
            list(texts), stopwords="en", stemmer=self._stemmer, token_pattern=_WORD, show_progress=False
        )

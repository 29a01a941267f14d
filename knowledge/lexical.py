"""BM25 over passages: stemmed words, built anew when the passages change, and kept in a folder between processes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.identity import digest

if TYPE_CHECKING:
    from bm25s.tokenization import Tokenized

K1 = 1.5
"""How soon further occurrences of a word count for less (BM25's k1)."""
B = 0.75
"""How much a long passage is held against it (BM25's b), 0 to 1."""
_WORD = r"(?u)\b\w+(?:[.\-]\w+)*\b"
"""Words and numbers of any length, with section numbers and compounds such as 5.2.1 or AAL-2 in one piece."""
LEXICAL_VERSION = 1
"""Grows when texts are cut into words in another way, or kept in another form."""
_PASSAGES = "passages.json"


def lexical_key(ids: Iterable[str], *, k1: float = K1, b: float = B) -> str:
    """Return what tells the words of these passages, whose ids tell their texts, from those of others."""
    import bm25s

    return digest([LEXICAL_VERSION, str(bm25s.__version__), k1, b, sorted(ids)])


class LexicalIndex:
    """Lucene-style BM25 over (id, document, text); English stems and stop words.

    It is what llama-index's BM25 retriever is made of (bm25s), used directly for searching many texts at once
    and for limiting a search to documents.
    """

    def __init__(self, contents: Iterable[tuple[str, str, str]], *, k1: float = K1, b: float = B) -> None:
        import bm25s

        rows = sorted(contents)
        self.k1, self.b = k1, b
        self._ids = [id_ for id_, _, _ in rows]
        self._documents = [document for _, document, _ in rows]
        self._model = bm25s.BM25(method="lucene", k1=k1, b=b)
        self._empty = True
        tokens = self._tokens([text for _, _, text in rows]) if rows else None
        if tokens is not None and tokens.vocab:
            self._empty = False
            self._model.index(tokens, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Return what `save` wrote, its numbers left on disk until they are needed.

        Raises OSError, EOFError, ValueError, LookupError or TypeError when a file is missing or damaged.
        """
        import bm25s

        kept = json.loads((folder / _PASSAGES).read_text(encoding="utf-8"))
        index = cls((), k1=kept["k1"], b=kept["b"])
        index._model = bm25s.BM25.load(folder, mmap=True, show_progress=False)
        index._ids, index._documents = kept["ids"], kept["documents"]
        index._empty = False
        if not len(index._ids) == len(index._documents) == index._model.scores["num_docs"]:
            raise ValueError(f"{folder}: the words are not those of its passages")
        return index

    def save(self, folder: Path) -> None:
        """Write it into a folder; raises OSError, and ValueError when there are no words."""
        if self._empty:
            raise ValueError("there are no words to write")
        self._model.save(folder, show_progress=False)
        kept = {"k1": self.k1, "b": self.b, "ids": self._ids, "documents": self._documents}
        (folder / _PASSAGES).write_text(json.dumps(kept), encoding="utf-8")

    @property
    def key(self) -> str:
        """What tells it from the words of other passages."""
        return lexical_key(self._ids, k1=self.k1, b=self.b)

    @property
    def any(self) -> bool:
        """Whether any passage has a word that counts."""
        return not self._empty

    def __len__(self) -> int:
        """Return how many passages it is over."""
        return len(self._ids)

    def search(
        self,
        texts: Sequence[str],
        k: int,
        *,
        documents: Sequence[str] | None = None,
        ids: AbstractSet[str] | None = None,
    ) -> list[list[tuple[str, float]]]:
        """Return, for each text, at most k ids with a score above 0, of these documents and among these ids only."""
        import numpy

        if self._empty or k < 1:
            return [[] for _ in texts]
        mask = None
        if documents is not None or ids is not None:
            wanted = None if documents is None else set(documents)
            rows = zip(self._ids, self._documents, strict=True)
            allowed = [(ids is None or id_ in ids) and (wanted is None or of in wanted) for id_, of in rows]
            mask = numpy.array(allowed, dtype=numpy.float32)
        found, scores = self._model.retrieve(
            self._tokens(texts), k=min(k, len(self._ids)), show_progress=False, weight_mask=mask
        )
        return [
            [(self._ids[number], float(score)) for number, score in zip(numbers, row, strict=True) if score > 0]
            for numbers, row in zip(found.tolist(), scores.tolist(), strict=True)
        ]

    def ceilings(self, texts: Sequence[str]) -> list[float]:
        """Return, for each text, the BM25 of a passage that would have its words without end; above what any passage has.

        A word that no passage has counts as the rarest: what is asked for and not there lowers every share of the ceiling.
        """
        return [sum(map(self._rarity, stemmed(content_words(all_words(text))))) for text in texts]

    def _rarity(self, stem: str) -> float:
        """Return the inverse document frequency of a stem, as Lucene has it."""
        total, having = len(self._ids), 0
        number = None if self._empty else self._model.vocab_dict.get(stem)
        if number is not None:
            start, end = self._model.scores["indptr"][number : number + 2]
            having = int(end - start)
        return math.log(1 + (total - having + 0.5) / (having + 0.5))

    def _tokens(self, texts: Sequence[str]) -> Tokenized:
        import bm25s

        return bm25s.tokenize(list(texts), stopwords="en", stemmer=_stemmer(), token_pattern=_WORD, show_progress=False)


def shared_words(query: str, text: str) -> tuple[str, ...]:
    """Return the words of `query` that count in BM25 and that `text` has too, in whatever form, in order, each once."""
    there = set(stemmed(all_words(text)))
    words = list(dict.fromkeys(content_words(all_words(query))))
    return tuple(word for word, stem in zip(words, stemmed(words), strict=True) if stem in there)


def all_words(text: str) -> list[str]:
    """Return the words of a text in small letters, in order."""
    return re.findall(_WORD, text.lower())


def content_words(words: Iterable[str]) -> list[str]:
    """Return those of words in small letters that count in BM25, in order: all but the English stop words."""
    stop = _stop_words()
    return [word for word in words if word not in stop]


def stemmed(words: list[str]) -> list[str]:
    """Return the English stems of words (Porter 2)."""
    return _stemmer().stemWords(words)  # type: ignore[no-any-return]


@cache
def _stemmer() -> Any:  # noqa: ANN401 - PyStemmer's types are not seen by the checker
    import Stemmer

    return Stemmer.Stemmer("english")


@cache
def _stop_words() -> frozenset[str]:
    import bm25s

    return frozenset(bm25s.stopwords.STOPWORDS_EN)

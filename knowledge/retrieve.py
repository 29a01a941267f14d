"""Retrieval: passages near in meaning and passages that share words, fused by rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.document import Passage
from knowledge.index import PassageIndex, Ranking
from knowledge.library import Library

FUSION = 60
"""The constant of reciprocal-rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""
_DEPTH = 4
_LEAST_DEPTH = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A passage found.

    `score` is its reciprocal-rank fusion score: at most 2 / 61, when it is first in both lists. The ranks count
    from 1 and are None where a list does not have it; `similarity` is its cosine with the query, where known.
    """

    passage: Passage
    score: float
    dense_rank: int | None = None
    lexical_rank: int | None = None
    similarity: float | None = None


class Retriever:
    """Searches the current version of every document in the library.

    When the library has changed since the last search, and at the first, the index is compared with it and
    brought up to date, so that what a crash left undone is never missing from the results.
    """

    def __init__(self, library: Library, index: PassageIndex) -> None:
        self._library = library
        self._index = index
        self._stamp = ""

    def search(
        self, query: str, *, k: int = 8, documents: Sequence[str] | None = None, diversity: float = 0.0
    ) -> list[Hit]:
        """Return the k best passages for one query; see `search_many`."""
        return self.search_many([query], k, documents=documents, diversity=diversity)[0]

    def search_many(
        self, queries: Sequence[str], k: int = 8, *, documents: Sequence[str] | None = None, diversity: float = 0.0
    ) -> list[list[Hit]]:
        """Return the k best passages for each query, best first; equal scores are ordered by id.

        `documents` limits the search to these document ids. `diversity`, 0 to 1, is how much a passage that
        resembles a better one is put back (maximal marginal relevance).
        """
        if not queries or k < 1:
            return [[] for _ in queries]
        self._refresh()
        depth = max(_LEAST_DEPTH, _DEPTH * k)
        dense = self._index.dense(queries, depth, documents=documents)
        lexical = self._index.lexical(queries, depth, documents=documents)
        fused = [fuse(near, shared) for near, shared in zip(dense, lexical, strict=True)]
        if diversity > 0:
            ordered = [self._diversify([id_ for id_, _ in ranking], k, diversity) for ranking in fused]
        else:
            ordered = [[id_ for id_, _ in ranking[:k]] for ranking in fused]
        passages = self._library.passages_by_id([id_ for ids in ordered for id_ in ids])
        return [
            _hits([id_ for id_ in ids if id_ in passages], passages, dict(ranking), near, shared)
            for ids, ranking, near, shared in zip(ordered, fused, dense, lexical, strict=True)
        ]

    def _refresh(self) -> None:
        stamp = self._library.stamp()
        if stamp != self._stamp:
            if self._index.ids() != self._library.passage_ids():
                self._index.sync(self._library.passages())
            self._stamp = stamp

    def _diversify(self, ids: Sequence[str], k: int, diversity: float) -> list[str]:
        """Return k ids by maximal marginal relevance over ranks (Carbonell and Goldstein, SIGIR 1998)."""
        vectors = self._index.vectors_of(ids)
        left = [id_ for id_ in ids if id_ in vectors]
        relevance = {id_: 1.0 - place / len(left) for place, id_ in enumerate(left)}
        nearest = dict.fromkeys(left, 0.0)
        chosen: list[str] = []
        while left and len(chosen) < k:
            best = max(left, key=lambda id_: (1 - diversity) * relevance[id_] - diversity * nearest[id_])
            chosen.append(best)
            left.remove(best)
            for id_ in left:
                nearest[id_] = max(nearest[id_], float(vectors[id_] @ vectors[best]))
        return chosen


def fuse(*rankings: Ranking) -> Ranking:
    """Return one ranking of several by reciprocal-rank fusion; equal scores are ordered by id."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, (id_, _) in enumerate(ranking, start=1):
            scores[id_] = scores.get(id_, 0.0) + 1.0 / (FUSION + rank)
    return sorted(scores.items(), key=lambda each: (-each[1], each[0]))


def _hits(
    ids: Sequence[str], passages: dict[str, Passage], scores: dict[str, float], near: Ranking, shared: Ranking
) -> list[Hit]:
    dense = {id_: rank for rank, (id_, _) in enumerate(near, start=1)}
    lexical = {id_: rank for rank, (id_, _) in enumerate(shared, start=1)}
    similarity = dict(near)
    return [
        Hit(
            passage=passages[id_],
            score=scores[id_],
            dense_rank=dense.get(id_),
            lexical_rank=lexical.get(id_),
            similarity=similarity.get(id_),
        )
        for id_ in ids
    ]

"""Retrieval: passages near in meaning and passages that share words, fused; then re-ranked and varied where asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

from knowledge.context import Context, surroundings
from knowledge.document import Passage
from knowledge.embed import embedded_text
from knowledge.fusion import CONSTANT, Ranking, blend, completed, fuse, ordered
from knowledge.index import PassageIndex
from knowledge.library import Library
from knowledge.mmr import diversify
from knowledge.search_filter import SearchFilter
from knowledge.sync import follow
from knowledge.wording import Wording

if TYPE_CHECKING:
    import numpy

    from knowledge.rerank import Reranker

__all__ = ["Hit", "Retriever", "SearchFilter", "SearchOptions", "blend", "fuse"]

_DEPTH = 4
_NOTHING_IN_COMMON = (0.0, 0.0)
"""The cosine and the BM25 of texts that have nothing to do with each other."""
_EQUAL = 1.0
"""The cosine of texts that mean the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchOptions:
    """How passages are found and put in order; each is a setting of the section `retrieval`.

    `mode` leaves one of the two lists out. `fusion` "score" takes the weighted mean of the cosine and of BM25 as a share of
    the most that the question's words could give, "rank" is reciprocal-rank fusion with `constant`. Each list has
    `candidates`, or four times the number asked for if that is more. By score and with both lists, the wording of the best
    `wording` counts too (`knowledge.wording`), with weights of its own; all four weights were learnt together on questions
    (docs/benchmarks/retrieval.md), so change them together.
    `diversity`, 0 to 1, puts back what resembles a better passage. `rerank` is how many of the fused a re-ranker reads.
    `context` adds to each hit the passages around it, `context_passages` on either side at most.
    """

    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"
    fusion: Literal["score", "rank"] = "score"
    constant: float = CONSTANT
    dense_weight: float = 1.0
    lexical_weight: float = 1.0
    phrase_weight: float = 1.0
    letter_weight: float = 0.5
    wording: int = 60
    candidates: int = 100
    diversity: float = 0.0
    rerank: int = 20
    context: Context = "none"
    context_passages: int = 1

    @property
    def weights(self) -> tuple[float, float]:
        """The weights in force of the dense and of the lexical list."""
        dense = self.dense_weight if self.mode != "lexical" else 0.0
        return dense, self.lexical_weight if self.mode != "dense" else 0.0

    @property
    def words_weighed(self) -> bool:
        """Whether the wording of candidates counts."""
        both = self.mode == "hybrid" and self.fusion == "score" and min(self.weights) > 0
        return both and self.wording > 0 and self.phrase_weight + self.letter_weight > 0


_DEFAULTS = SearchOptions()
_EVERYTHING = SearchFilter()


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A passage found, and why.

    `score` is the fused score that put it here: 0 to 1 by score, at most 2 / 61 by rank unless weights say otherwise. The
    ranks count from 1 and are None where a list does not have it, as are `similarity`, its cosine with the query, and
    `bm25`. `phrases` and `letters`, 0 to 1, are `knowledge.wording`'s, None where wording was not compared. `relevance` is
    the re-ranker's score, on the re-ranker's scale, where it read the passage. `context` are the passages around it, in
    order and without itself.
    """

    passage: Passage
    score: float
    dense_rank: int | None = None
    lexical_rank: int | None = None
    similarity: float | None = None
    bm25: float | None = None
    phrases: float | None = None
    letters: float | None = None
    relevance: float | None = None
    context: tuple[Passage, ...] = ()


class _Ground(Protocol):
    """What is searched: the current passages, those a filter lets through, or passages of older versions."""

    def dense(self, texts: Sequence[str], k: int) -> list[Ranking]: ...

    def lexical(self, texts: Sequence[str], k: int) -> list[Ranking]: ...

    def ceilings(self, texts: Sequence[str]) -> list[float]: ...

    def vectors_of(self, passage_ids: Sequence[str]) -> Mapping[str, numpy.ndarray]: ...

    def passages_by_id(self, ids: Sequence[str]) -> Mapping[str, Passage]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Current:
    """The current passages; of `documents` and among `ids` only, where these are given."""

    library: Library
    index: PassageIndex
    documents: list[str] | None
    ids: set[str] | None

    def dense(self, texts: Sequence[str], k: int) -> list[Ranking]:
        return self.index.dense(texts, k, documents=self.documents, ids=self.ids)

    def lexical(self, texts: Sequence[str], k: int) -> list[Ranking]:
        return self.index.lexical(texts, k, documents=self.documents, ids=self.ids)

    def ceilings(self, texts: Sequence[str]) -> list[float]:
        return self.index.ceilings(texts)

    def vectors_of(self, passage_ids: Sequence[str]) -> Mapping[str, numpy.ndarray]:
        return self.index.vectors_of(passage_ids)

    def passages_by_id(self, ids: Sequence[str]) -> Mapping[str, Passage]:
        return self.library.passages_by_id(ids)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Candidates:
    """What was found for one query: both lists, the fused order, phrases and letters by id, and the re-ranker's scores."""

    near: Ranking
    shared: Ranking
    fused: Ranking
    wording: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    relevance: Mapping[str, float] = field(default_factory=dict)


class Retriever:
    """Searches the current version of every document in the library, or what a filter names.

    When the library has changed since the last search, and at the first, the index follows the changes that the library
    noted, so that what a crash left undone is never missing from the results.
    """

    def __init__(
        self,
        library: Library,
        index: PassageIndex,
        *,
        options: SearchOptions = _DEFAULTS,
        reranker: Reranker | None = None,
    ) -> None:
        self._library = library
        self._index = index
        self.options = options
        self._reranker = reranker
        self._generation: int | None = None

    def search(
        self,
        query: str,
        *,
        k: int = 8,
        documents: Sequence[str] | None = None,
        diversity: float | None = None,
        where: SearchFilter = _EVERYTHING,
    ) -> list[Hit]:
        """Return the k best passages for one query; see `search_many`."""
        return self.search_many([query], k, documents=documents, diversity=diversity, where=where)[0]

    def search_many(
        self,
        queries: Sequence[str],
        k: int = 8,
        *,
        documents: Sequence[str] | None = None,
        diversity: float | None = None,
        where: SearchFilter = _EVERYTHING,
    ) -> list[list[Hit]]:
        """Return the k best passages for each query, best first; equal scores are ordered by id.

        `documents` limits the search to these document ids, `where` to what the filter lets through. `diversity`, 0 to 1,
        replaces that of the options: how much a passage that resembles a better one is put back (maximal marginal
        relevance). Raises ModelError when the re-ranker fails.
        """
        if not queries or k < 1:
            return [[] for _ in queries]
        self._refresh()
        varied = self.options.diversity if diversity is None else diversity
        ground = self._ground(documents, where)
        near, shared = self._lists(ground, queries, max(self.options.candidates, _DEPTH * k))
        hits = []
        for query, lists in zip(queries, zip(near, shared, strict=True), strict=True):
            found = _Candidates(near=lists[0], shared=lists[1], fused=self._fused(query, *lists, ground))
            found = self._reread(query, self._worded(query, found, ground), ground)
            hits.append(self._hits(self._best(found, k, varied, ground), found, ground))
        return hits

    def _ground(self, documents: Sequence[str] | None, where: SearchFilter) -> _Ground:
        wanted = None if documents is None else set(documents)
        if replace(where, heading=""):
            named = {entry.id for entry in where.chosen(self._library)}
            wanted = named if wanted is None else named & wanted
        limits = None if wanted is None else sorted(wanted)
        if where.version is not None:
            every = (each for id_ in limits or () for each in self._library.passages(id_, version=where.version))
            return self._index.passage_list([each for each in every if where.has_heading(each.headings)])
        if where.heading:
            outline = self._library.records.outline()
            fit = {
                id_ for id_, of, headings in outline if (wanted is None or of in wanted) and where.has_heading(headings)
            }
            return _Current(library=self._library, index=self._index, documents=None, ids=fit)
        return _Current(library=self._library, index=self._index, documents=limits, ids=None)

    def _refresh(self) -> None:
        generation = self._library.records.unindexed.generation()
        if generation == self._generation:
            return
        follow(self._library, self._index)
        self._index.reread(self._library.passage_ids)
        self._generation = generation

    # Order -----------------------------------------------------------------------------------------------------

    def _lists(self, ground: _Ground, queries: Sequence[str], depth: int) -> tuple[list[Ranking], list[Ranking]]:
        dense, lexical = self.options.weights
        nothing = [Ranking() for _ in queries]
        return (
            ground.dense(queries, depth) if dense > 0 else nothing,
            ground.lexical(queries, depth) if lexical > 0 else nothing,
        )

    def _fused(self, query: str, near: Ranking, shared: Ranking, ground: _Ground) -> Ranking:
        weights = self.options.weights
        if self.options.fusion == "rank":
            return fuse(near, shared, weights=weights, constant=self.options.constant)
        tops = (_EQUAL, ground.ceilings([query])[0] if shared else None)
        return blend(completed(near, shared), shared, weights=weights, floors=_NOTHING_IN_COMMON, tops=tops)

    def _worded(self, query: str, found: _Candidates, ground: _Ground) -> _Candidates:
        """Add what the wording of the best candidates tells to their scores; the others stay below them."""
        if not self.options.words_weighed:
            return found
        passages = ground.passages_by_id([id_ for id_, _ in found.fused[: self.options.wording]])
        texts, asked = [embedded_text(passage) for passage in passages.values()], Wording(query)
        wording = dict(zip(passages, zip(asked.phrases(texts), asked.letters(texts), strict=True), strict=True))
        lists, phrase, letter = sum(self.options.weights), self.options.phrase_weight, self.options.letter_weight
        fused = [
            (id_, (lists * score + phrase * phrases + letter * letters) / (lists + phrase + letter))
            for id_, score in found.fused
            for phrases, letters in [wording.get(id_, (0.0, 0.0))]
        ]
        return replace(found, fused=ordered(fused), wording=wording)

    def _reread(self, query: str, found: _Candidates, ground: _Ground) -> _Candidates:
        """Put the best candidates in the re-ranker's order; those it leaves out are gone."""
        if self._reranker is None:
            return found
        best, rest = found.fused[: self.options.rerank], found.fused[self.options.rerank :]
        passages = ground.passages_by_id([id_ for id_, _ in best])
        given = self._reranker.scores(query, [embedded_text(passage) for passage in passages.values()])
        relevance = {id_: score for id_, score in zip(passages, given, strict=True) if score is not None}
        scores = dict(best)
        fused = [(id_, scores[id_]) for id_, _ in ordered(relevance.items())] + rest
        return replace(found, fused=fused, relevance=relevance)

    @staticmethod
    def _best(found: _Candidates, k: int, diversity: float, ground: _Ground) -> list[str]:
        ids = [id_ for id_, _ in found.fused]
        return diversify(ids, ground.vectors_of(ids), k=k, diversity=diversity) if diversity > 0 else ids[:k]

    def _hits(self, ids: Sequence[str], found: _Candidates, ground: _Ground) -> list[Hit]:
        scores, similarity, bm25 = dict(found.fused), dict(found.near), dict(found.shared)
        dense, lexical = _ranks(found.near), _ranks(found.shared)
        nothing = (None, None)
        return [
            Hit(
                passage=passage,
                score=scores[id_],
                dense_rank=dense.get(id_),
                lexical_rank=lexical.get(id_),
                similarity=similarity.get(id_),
                bm25=bm25.get(id_),
                phrases=found.wording.get(id_, nothing)[0],
                letters=found.wording.get(id_, nothing)[1],
                relevance=found.relevance.get(id_),
                context=surroundings(self._library, passage, self.options.context, most=self.options.context_passages),
            )
            for id_, passage in ground.passages_by_id(ids).items()
        ]


def _ranks(ranking: Ranking) -> dict[str, int]:
    return {id_: rank for rank, (id_, _) in enumerate(ranking, start=1)}

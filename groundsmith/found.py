"""What a search found, for people and as JSON: the passage, its place, and why it was found."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from knowledge.embed import embedded_text
from knowledge.lexical import shared_words
from knowledge.wording import shared_phrases

if TYPE_CHECKING:
    from knowledge.retrieve import Hit
    from knowledge.search_filter import SearchFilter

LONGEST = 400
LONGEST_CONTEXT = 160


def as_record(query: str, hit: Hit, *, rank: int, where: SearchFilter) -> dict[str, object]:
    """Return a hit as plain data: its score, the passage, `why` it was found, and the passages around it."""
    return {
        "score": hit.score,
        **asdict(hit.passage),
        "why": {
            "rank": rank,
            "fused": hit.score,
            "dense": {"rank": hit.dense_rank, "cosine": hit.similarity},
            "lexical": {"rank": hit.lexical_rank, "bm25": hit.bm25, "words": list(_words(query, hit))},
            "wording": {"phrases": hit.phrases, "letters": hit.letters, "found": list(_phrases(query, hit))},
            "reranker": hit.relevance,
            "filter": where.described(),
        },
        "context": [asdict(passage) for passage in hit.context],
    }


def as_text(query: str, hit: Hit) -> str:
    """Return a hit as lines for a person."""
    passage = hit.passage
    place = " > ".join(dict.fromkeys((passage.title, *passage.headings)))
    page = f", page {passage.page}" if passage.page else ""
    lines = [f"{hit.score:.4f}  {passage.source}{page}  {place}", f"        why: {_why(query, hit)}"]
    for around in (each for each in hit.context if each.ordinal < passage.ordinal):
        lines.append(f"        … {_short(around.text, LONGEST_CONTEXT)}")
    lines.append(f"        {_short(passage.text, LONGEST)}")
    for around in (each for each in hit.context if each.ordinal > passage.ordinal):
        lines.append(f"        … {_short(around.text, LONGEST_CONTEXT)}")
    return "\n".join(lines) + "\n"


def _why(query: str, hit: Hit) -> str:
    parts = []
    if hit.dense_rank is not None:
        parts.append(f"meaning rank {hit.dense_rank} (cosine {hit.similarity or 0:.3f})")
    if hit.lexical_rank is not None:
        parts.append(f"words rank {hit.lexical_rank} (BM25 {hit.bm25 or 0:.2f}: {', '.join(_words(query, hit))})")
    if hit.phrases is not None:
        found = ", ".join(f'"{phrase}"' for phrase in _phrases(query, hit))
        parts.append(f"phrases {hit.phrases:.2f}{f' ({found})' if found else ''}; letters {hit.letters or 0:.2f}")
    if hit.relevance is not None:
        parts.append(f"re-ranker {hit.relevance:.3f}")
    return "; ".join(parts)


def _words(query: str, hit: Hit) -> tuple[str, ...]:
    """Return the words of the query that the passage, or a heading above it, has too."""
    return shared_words(query, "\n".join((*hit.passage.headings, hit.passage.text)))


def _phrases(query: str, hit: Hit) -> tuple[str, ...]:
    """Return the pairs of neighbouring words of the query that are neighbours in the passage too, where that was compared."""
    return () if hit.phrases is None else shared_phrases(query, embedded_text(hit.passage))


def _short(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]

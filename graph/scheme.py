"""What of a concept graph is handed to others: concepts, ties, hierarchy, and the places they were found in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from graph.concept import Concept, Layer
from knowledge.identity import identify

if TYPE_CHECKING:
    from graph.network import ConceptGraph
    from knowledge.document import Passage

LEAST_COUNT: Final = 2
LEAST_NPMI: Final = 0.2
MOST_NEIGHBOURS: Final = 50
MOST_PASSAGES: Final = 5
BROADER_FROM: Final = 3
_DECIMALS: Final = 6


class Relation(StrEnum):
    """How a concept matches one of another vocabulary: the mapping properties of SKOS."""

    EXACT = "exactMatch"
    CLOSE = "closeMatch"
    BROAD = "broadMatch"
    NARROW = "narrowMatch"
    RELATED = "relatedMatch"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tie:
    """An association as exported: concept ids in order, count of units together, NPMI from -1 to 1."""

    layer: Layer
    source: str
    target: str
    count: int
    npmi: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """Where a passage stands in its document, in characters, and the SHA-256 of its text in hexadecimal."""

    id: str
    document: str
    start: int
    end: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Quotation:
    """What a passage says a concept means; `scope` is where that holds, empty when not limited."""

    concept: str
    text: str
    passage: str
    scope: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A concept, and the concept of another vocabulary (an IRI) that it was matched with."""

    concept: str
    iri: str
    relation: Relation


@dataclass(frozen=True, kw_only=True, slots=True)
class Scheme:
    """A vocabulary: concepts in order of id, their ties, (narrower, broader) pairs, and documents by concept.

    `titles` and `sources` name the documents, by id. `origins` are passages by concept, the first that mention it.
    `version` is a digest of concepts and ties.
    """

    concepts: tuple[Concept, ...]
    ties: tuple[Tie, ...] = ()
    broader: tuple[tuple[str, str], ...] = ()
    documents: tuple[tuple[str, tuple[str, ...]], ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    origins: tuple[tuple[str, tuple[str, ...]], ...] = ()
    quotations: tuple[Quotation, ...] = ()
    matches: tuple[Match, ...] = ()
    version: str = field(default="", compare=False)


def scheme(
    graph: ConceptGraph,
    *,
    titles: Mapping[str, str] | None = None,
    passages: Mapping[str, Passage] | None = None,
    matches: Iterable[Match] = (),
) -> Scheme:
    """Return what of a graph is exported: all concepts, and the ties that are more than chance.

    A tie has a count of 2 and an NPMI of 0.2 at least, and is among the 50 closest of one of its ends. With
    `passages` (see `cited`), concepts and definitions say which passages they were taken from.
    """
    names, known = titles or {}, passages or {}
    unordered = sorted(graph.concepts.values(), key=lambda concept: concept.id)
    concepts = tuple(replace(concept, aliases=tuple(sorted(concept.aliases))) for concept in unordered)
    ties = ties_of(graph)
    return Scheme(
        concepts=concepts,
        ties=ties,
        broader=broader(concepts),
        documents=tuple((concept.id, graph.documents_of(concept.id)) for concept in concepts),
        titles=tuple((document, names.get(document, document)) for document in graph.documents),
        sources=tuple(sorted({(each.document_id, each.source) for each in known.values() if each.source})),
        excerpts=tuple(_excerpt(known[each]) for each in sorted(known)),
        origins=tuple((each.id, found) for each in concepts if (found := _origins(graph, each.id, known))),
        quotations=_quotations(graph, concepts, known),
        matches=_present(graph, matches),
        version=identify("v", [[each.id for each in concepts], [[t.source, t.target, t.count] for t in ties]]),
    )


def cited(graph: ConceptGraph) -> tuple[str, ...]:
    """Return the ids of the passages that an export refers to: the first five of each concept, and definitions."""
    found = {passage for concept in graph.ids for passage in graph.passages_of(concept)[:MOST_PASSAGES]}
    found |= {definition.passage_id for concept in graph.ids for definition in graph.definitions(concept)}
    return tuple(sorted(found))


def _excerpt(passage: Passage) -> Excerpt:
    text = passage.text.encode("utf-8", "surrogatepass")
    return Excerpt(
        id=passage.id,
        document=passage.document_id,
        start=passage.start,
        end=passage.end,
        sha256=hashlib.sha256(text).hexdigest(),
    )


def _origins(graph: ConceptGraph, concept: str, known: Mapping[str, Passage]) -> tuple[str, ...]:
    return tuple(sorted(each for each in graph.passages_of(concept)[:MOST_PASSAGES] if each in known))


def _quotations(
    graph: ConceptGraph, concepts: Sequence[Concept], known: Mapping[str, Passage]
) -> tuple[Quotation, ...]:
    found = {
        (concept.id, definition.text, definition.passage_id, definition.scope)
        for concept in concepts
        for definition in graph.definitions(concept.id)
        if definition.passage_id in known
    }
    return tuple(
        Quotation(concept=concept, text=text, passage=passage, scope=scope)
        for concept, text, passage, scope in sorted(found)
    )


def _present(graph: ConceptGraph, matches: Iterable[Match]) -> tuple[Match, ...]:
    kept = {(match.concept, match.iri, match.relation) for match in matches if match.concept in graph.concepts}
    return tuple(Match(concept=concept, iri=iri, relation=relation) for concept, iri, relation in sorted(kept))


def ties_of(graph: ConceptGraph) -> tuple[Tie, ...]:
    """Return the ties of a graph that are more than chance, in order of layer and ids."""
    found: set[tuple[str, str, str, int, float]] = set()
    for layer in Layer:
        for concept in graph.ids:
            for neighbour in graph.neighbours(concept, layer=layer, limit=MOST_NEIGHBOURS):
                if neighbour.count >= LEAST_COUNT and neighbour.npmi >= LEAST_NPMI:
                    pair = (concept, neighbour.concept_id)
                    source, target = pair if layer is Layer.TOPIC_CONCEPT else (min(pair), max(pair))
                    found.add((str(layer), source, target, neighbour.count, round(neighbour.npmi, _DECIMALS)))
    return tuple(
        Tie(layer=Layer(layer), source=source, target=target, count=count, npmi=npmi)
        for layer, source, target, count, npmi in sorted(found)
    )


def broader(concepts: tuple[Concept, ...]) -> tuple[tuple[str, str], ...]:
    """Return (narrower, broader) ids: the longest other concept a name ends in, if three passages mention it."""
    by_key = {concept.key: concept for concept in concepts if concept.frequency >= BROADER_FROM}
    pairs = []
    for concept in concepts:
        words = concept.key.split()
        tails = [] if " of " in f" {concept.key} " else [" ".join(words[at:]) for at in range(1, len(words))]
        head = next((by_key[tail] for tail in tails if tail in by_key), None)
        if head is not None:
            pairs.append((concept.id, head.id))
    return tuple(sorted(pairs))


def related(vocabulary: Scheme) -> tuple[tuple[str, str], ...]:
    """Return the pairs of ids that are skos:related: ties within a layer, but none that a broader path joins.

    SKOS keeps skos:related apart from skos:broaderTransitive (its integrity condition S27).
    """
    above = _above(vocabulary.broader)
    pairs = {
        (min(tie.source, tie.target), max(tie.source, tie.target))
        for tie in vocabulary.ties
        if tie.layer is not Layer.TOPIC_CONCEPT and tie.source != tie.target
    }
    return tuple(sorted((a, b) for a, b in pairs if b not in above.get(a, ()) and a not in above.get(b, ())))


def _above(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    parents: dict[str, list[str]] = {}
    for child, parent in pairs:
        parents.setdefault(child, []).append(parent)
    return {child: _climb(child, parents) for child in parents}


def _climb(child: str, parents: Mapping[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(parents[child])
    while waiting:
        parent = waiting.pop()
        if parent not in found:
            found.add(parent)
            waiting.extend(parents.get(parent, ()))
    return found

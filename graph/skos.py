"""The graph as a SKOS vocabulary in Turtle, and back.

A concept is a `skos:Concept`, its aliases `skos:altLabel`. Associations are nodes of their own (`cg:Association`),
because a weight needs somewhere to stand in RDF 1.1. Broader concepts come from the
head of a name: "emergency contact" is broader than "designated emergency contact".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from graph.canonical import canonical_key, concept_id
from graph.concept import Concept, Layer
from graph.network import ConceptGraph
from knowledge.errors import ItemError
from knowledge.identity import identify

if TYPE_CHECKING:
    from rdflib import Graph, Namespace, URIRef
    from rdflib.term import Node

BASE: Final = "urn:groundsmith:"
VOCABULARY: Final = "urn:groundsmith:vocabulary#"
LEAST_COUNT: Final = 2
LEAST_NPMI: Final = 0.2
MOST_NEIGHBOURS: Final = 50
BROADER_FROM: Final = 3
_DECIMALS: Final = 6
_FIGURES: Final = ("termhood", "passageFrequency", "documentFrequency")
_TIE: Final = ("layer", "count", "npmi")


class VocabularyError(ItemError):
    """A file cannot be read as a vocabulary."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tie:
    """An association as exported: concept ids in order, count of units together, NPMI from -1 to 1."""

    layer: Layer
    source: str
    target: str
    count: int
    npmi: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Scheme:
    """A vocabulary: concepts in order of id, their ties, (narrower, broader) pairs, and documents by concept.

    `titles` names the documents, by id.
    """

    concepts: tuple[Concept, ...]
    ties: tuple[Tie, ...] = ()
    broader: tuple[tuple[str, str], ...] = ()
    documents: tuple[tuple[str, tuple[str, ...]], ...] = ()
    titles: tuple[tuple[str, str], ...] = ()


def scheme(graph: ConceptGraph, *, titles: Mapping[str, str] | None = None) -> Scheme:
    """Return what of a graph is exported: all concepts, and the ties that are more than chance.

    A tie has a count of 2 and an NPMI of 0.2 at least, and is among the 50 closest of one of its ends.
    """
    names = titles or {}
    unordered = sorted(graph.concepts.values(), key=lambda concept: concept.id)
    concepts = tuple(replace(concept, aliases=tuple(sorted(concept.aliases))) for concept in unordered)
    return Scheme(
        concepts=concepts,
        ties=_ties(graph),
        broader=broader(concepts),
        documents=tuple((concept.id, graph.documents_of(concept.id)) for concept in concepts),
        titles=tuple((document, names.get(document, document)) for document in graph.documents),
    )


def _ties(graph: ConceptGraph) -> tuple[Tie, ...]:
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


def to_turtle(graph: ConceptGraph, *, titles: Mapping[str, str] | None = None) -> str:
    """Return the graph's vocabulary as Turtle; `titles` names documents by id."""
    return write(scheme(graph, titles=titles))


def write(vocabulary: Scheme) -> str:
    """Return a vocabulary as Turtle."""
    from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef

    cg = Namespace(VOCABULARY)
    rdf = Graph()
    rdf.bind("cg", cg)
    rdf.bind("skos", SKOS)
    rdf.bind("dcterms", DCTERMS)
    whole = URIRef(f"{BASE}scheme")
    rdf.add((whole, RDF.type, SKOS.ConceptScheme))
    narrower = {pair[0] for pair in vocabulary.broader}
    for concept in vocabulary.concepts:
        _write_concept(rdf, concept, cg, whole)
        if concept.id not in narrower:
            rdf.add((whole, SKOS.hasTopConcept, _iri(concept.id)))
    for child, parent in vocabulary.broader:
        rdf.add((_iri(child), SKOS.broader, _iri(parent)))
        rdf.add((_iri(parent), SKOS.narrower, _iri(child)))
    for document, title in vocabulary.titles:
        rdf.add((_iri(document), RDF.type, DCTERMS.BibliographicResource))
        rdf.add((_iri(document), DCTERMS.identifier, Literal(document)))
        rdf.add((_iri(document), DCTERMS.title, Literal(title)))
    for subject, documents in vocabulary.documents:
        for document in documents:
            rdf.add((_iri(document), DCTERMS.subject, _iri(subject)))
    for tie in vocabulary.ties:
        _write_tie(rdf, tie, cg)
    return rdf.serialize(format="turtle")


def _write_concept(rdf: Graph, concept: Concept, cg: Namespace, whole: URIRef) -> None:
    from rdflib import RDF, SKOS, Literal

    node = _iri(concept.id)
    rdf.add((node, RDF.type, SKOS.Concept))
    rdf.add((node, RDF.type, cg.Topic if concept.kind == "topic" else cg.KeyConcept))
    rdf.add((node, SKOS.inScheme, whole))
    rdf.add((node, SKOS.prefLabel, Literal(concept.label, lang="en")))
    rdf.add((node, SKOS.hiddenLabel, Literal(concept.key)))
    for alias in concept.aliases:
        rdf.add((node, SKOS.altLabel, Literal(alias, lang="en")))
    if concept.definition is not None:
        rdf.add((node, SKOS.definition, Literal(concept.definition, lang="en")))
    rdf.add((node, cg.passageFrequency, Literal(concept.frequency)))
    rdf.add((node, cg.documentFrequency, Literal(concept.documents)))
    rdf.add((node, cg.termhood, Literal(Decimal(str(concept.weight)))))


def _write_tie(rdf: Graph, tie: Tie, cg: Namespace) -> None:
    from rdflib import RDF, Literal

    node = _iri(identify("a", [str(tie.layer), tie.source, tie.target]))
    rdf.add((node, RDF.type, cg.Association))
    rdf.add((node, cg["from"], _iri(tie.source)))
    rdf.add((node, cg.to, _iri(tie.target)))
    rdf.add((node, cg["count"], Literal(tie.count)))
    rdf.add((node, cg.npmi, Literal(Decimal(str(tie.npmi)))))
    rdf.add((node, cg.layer, Literal(str(tie.layer))))


def _iri(identifier: str) -> URIRef:
    from urllib.parse import quote

    from rdflib import URIRef

    return URIRef(BASE + quote(identifier, safe=""))


def from_turtle(text: str) -> Scheme:
    """Return the vocabulary in a Turtle text: ours in full, any other SKOS with what it has in common.

    Raises VocabularyError when the text is not Turtle or holds no named skos:Concept.
    """
    from rdflib import DCTERMS, RDF, SKOS, Namespace

    rdf, cg = _parsed(text), Namespace(VOCABULARY)
    read = {node: _read_concept(rdf, node, cg) for node in set(rdf.subjects(RDF.type, SKOS.Concept))}
    concepts = {node: concept for node, concept in read.items() if concept is not None}
    if not concepts:
        raise VocabularyError("the vocabulary holds no skos:Concept with a label; is it another kind of file?")
    narrower = {(child, parent) for child, parent in rdf.subject_objects(SKOS.broader)}
    narrower |= {(child, parent) for parent, child in rdf.subject_objects(SKOS.narrower)}
    pairs = {(concepts[a].id, concepts[b].id) for a, b in narrower if a in concepts and b in concepts}
    documents: dict[str, set[str]] = {concept.id: set() for concept in concepts.values()}
    for document, node in rdf.subject_objects(DCTERMS.subject):
        if node in concepts:
            documents[concepts[node].id].add(_identifier(document))
    titled = set(rdf.subjects(RDF.type, DCTERMS.BibliographicResource))
    return Scheme(
        concepts=tuple(sorted(concepts.values(), key=lambda concept: concept.id)),
        ties=_read_ties(rdf, concepts, cg),
        broader=tuple(sorted(pairs)),
        documents=tuple((concept, tuple(sorted(found))) for concept, found in sorted(documents.items())),
        titles=tuple(sorted((_identifier(node), str(rdf.value(node, DCTERMS.title))) for node in titled)),
    )


def _parsed(text: str) -> Graph:
    from rdflib import Graph
    from rdflib.exceptions import ParserError

    rdf = Graph()
    try:
        rdf.parse(data=text, format="turtle")
    except (SyntaxError, ParserError, ValueError) as error:
        reason = next(iter(str(error).splitlines()), "unknown reason")
        raise VocabularyError(f"the vocabulary cannot be read as Turtle: {reason}") from error
    return rdf


def _read_concept(rdf: Graph, node: Node, cg: Namespace) -> Concept | None:
    from rdflib import RDF, SKOS

    labels = sorted(
        rdf.objects(node, SKOS.prefLabel), key=lambda label: (getattr(label, "language", "") != "en", label)
    )
    if not labels:
        return None
    key = str(rdf.value(node, SKOS.hiddenLabel) or canonical_key(str(labels[0])))
    definition = rdf.value(node, SKOS.definition)
    weight, frequency, documents = (rdf.value(node, cg[name]) for name in _FIGURES)
    return Concept(
        id=_identifier(node) if str(node).startswith(BASE) else concept_id(key),
        key=key,
        label=str(labels[0]),
        kind="topic" if (node, RDF.type, cg.Topic) in rdf else "concept",
        aliases=tuple(sorted({str(alias) for alias in rdf.objects(node, SKOS.altLabel)})),
        definition=None if definition is None else str(definition),
        frequency=int(str(frequency or 0)),
        documents=int(str(documents or 0)),
        weight=float(str(weight or 0)),
    )


def _read_ties(rdf: Graph, concepts: Mapping[Node, Concept], cg: Namespace) -> tuple[Tie, ...]:
    from rdflib import RDF

    ties = []
    for node in rdf.subjects(RDF.type, cg.Association):
        ends = (rdf.value(node, cg["from"]), rdf.value(node, cg.to))
        source, target = (concepts.get(end) if end is not None else None for end in ends)
        layer, count, npmi = (str(rdf.value(node, cg[name])) for name in _TIE)
        if source is None or target is None or layer not in set(Layer):
            raise VocabularyError(f"{node}: this association lacks a layer or one of its concepts")
        tie = Tie(layer=Layer(layer), source=source.id, target=target.id, count=int(count), npmi=float(npmi))
        ties.append(tie)
    return tuple(sorted(ties, key=lambda tie: (str(tie.layer), tie.source, tie.target)))


def _identifier(node: Node) -> str:
    """Return the id in one of our IRIs, or another IRI as it is."""
    from urllib.parse import unquote

    return unquote(str(node).removeprefix(BASE))

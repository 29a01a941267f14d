"""The graph as a SKOS vocabulary with its provenance (PROV-O, Dublin Core), in RDF and back.

A concept is a `skos:Concept`, its aliases `skos:altLabel`. Associations are nodes of their own (`cg:Association`),
because a weight needs somewhere to stand in RDF 1.1. Broader concepts come from the
head of a name: "emergency contact" is broader than "designated emergency contact".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from graph.canonical import canonical_key, concept_id
from graph.concept import Concept, Layer
from graph.scheme import Excerpt, Match, Quotation, Relation, Scheme, Tie, broader, related, scheme
from knowledge.errors import ItemError
from knowledge.identity import identify

if TYPE_CHECKING:
    from rdflib import Graph, Namespace, URIRef
    from rdflib.term import Node

    from graph.network import ConceptGraph

    Triple = tuple[Node, Node, Node]

__all__ = [
    "Match", "Scheme", "Tie", "VocabularyError", "broader", "from_turtle", "namespaces", "read", "scheme", "to_rdf",
    "to_turtle", "triples", "write",
]  # fmt: skip

BASE: Final = "urn:groundsmith:"
VOCABULARY: Final = "urn:groundsmith:vocabulary#"
TITLE: Final = "Concepts of the library"
_FIGURES: Final = ("termhood", "passageFrequency", "documentFrequency")
_TIE: Final = ("layer", "count", "npmi")


class VocabularyError(ItemError):
    """A file cannot be read as a vocabulary."""


def namespaces() -> dict[str, str]:
    """Return the prefixes of an export, which a query may use without naming them."""
    from rdflib import DCAT, DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SKOS, XSD

    known = {"dcat": DCAT, "dcterms": DCTERMS, "foaf": FOAF, "owl": OWL, "prov": PROV}
    known |= {"rdf": RDF, "rdfs": RDFS, "skos": SKOS, "xsd": XSD}
    return {"cg": VOCABULARY, **{name: str(space) for name, space in known.items()}}


def to_turtle(graph: ConceptGraph, *, titles: Mapping[str, str] | None = None) -> str:
    """Return the graph's vocabulary as Turtle; `titles` names documents by id."""
    return write(scheme(graph, titles=titles))


def write(vocabulary: Scheme, *, form: str = "turtle") -> str:
    """Return a vocabulary in an RDF format by rdflib's name for it: turtle, nt, json-ld, xml."""
    options: dict[str, Any] = {"context": namespaces(), "indent": 1, "sort_keys": True} if form == "json-ld" else {}
    return str(to_rdf(vocabulary).serialize(format=form, **options))


def to_rdf(vocabulary: Scheme) -> Graph:
    """Return a vocabulary as an rdflib graph in memory: about 1.2 kB a triple."""
    from rdflib import Graph

    rdf = Graph(bind_namespaces="none")
    for prefix, space in namespaces().items():
        rdf.bind(prefix, space)
    for triple in triples(vocabulary):
        rdf.add(triple)
    return rdf


def triples(vocabulary: Scheme) -> Iterator[Triple]:
    """Yield all that is said of a vocabulary; some triples may come twice."""
    from rdflib import DCAT, DCTERMS, OWL, PROV, RDF, SKOS, Literal, Namespace, URIRef

    cg, whole = Namespace(VOCABULARY), URIRef(f"{BASE}scheme")
    build = URIRef(f"{BASE}build")
    yield whole, RDF.type, SKOS.ConceptScheme
    yield whole, RDF.type, DCAT.Dataset
    yield whole, DCTERMS.title, Literal(TITLE, lang="en")
    yield build, RDF.type, PROV.Activity
    yield whole, PROV.wasGeneratedBy, build
    if vocabulary.version:
        yield whole, OWL.versionInfo, Literal(vocabulary.version)
    narrower = {pair[0] for pair in vocabulary.broader}
    for concept in vocabulary.concepts:
        yield from _concept(concept, cg, whole)
        yield _iri(concept.id), PROV.wasGeneratedBy, build
        if concept.id not in narrower:
            yield whole, SKOS.hasTopConcept, _iri(concept.id)
            yield _iri(concept.id), SKOS.topConceptOf, whole
    for child, parent in vocabulary.broader:
        yield _iri(child), SKOS.broader, _iri(parent)
        yield _iri(parent), SKOS.narrower, _iri(child)
    for one, other in related(vocabulary):
        yield _iri(one), SKOS.related, _iri(other)
        yield _iri(other), SKOS.related, _iri(one)
    for match in vocabulary.matches:
        yield _iri(match.concept), SKOS[match.relation], URIRef(match.iri)
    for tie in vocabulary.ties:
        yield from _association(tie, cg)
    yield from _provenance(vocabulary, cg)


def _concept(concept: Concept, cg: Namespace, whole: URIRef) -> Iterator[Triple]:
    from rdflib import RDF, SKOS, Literal

    node = _iri(concept.id)
    yield node, RDF.type, SKOS.Concept
    yield node, RDF.type, cg.Topic if concept.kind == "topic" else cg.KeyConcept
    yield node, SKOS.inScheme, whole
    yield node, SKOS.prefLabel, Literal(concept.label, lang="en")
    yield node, SKOS.hiddenLabel, Literal(concept.key)
    for alias in concept.aliases:
        yield node, SKOS.altLabel, Literal(alias, lang="en")
    if concept.definition is not None:
        yield node, SKOS.definition, Literal(concept.definition, lang="en")
    yield node, cg.passageFrequency, Literal(concept.frequency)
    yield node, cg.documentFrequency, Literal(concept.documents)
    yield node, cg.termhood, Literal(Decimal(str(concept.weight)))


def _association(tie: Tie, cg: Namespace) -> Iterator[Triple]:
    from rdflib import RDF, Literal

    node = _iri(identify("a", [str(tie.layer), tie.source, tie.target]))
    yield node, RDF.type, cg.Association
    yield node, cg["from"], _iri(tie.source)
    yield node, cg.to, _iri(tie.target)
    yield node, cg["count"], Literal(tie.count)
    yield node, cg.npmi, Literal(Decimal(str(tie.npmi)))
    yield node, cg.layer, Literal(str(tie.layer))


def _provenance(vocabulary: Scheme, cg: Namespace) -> Iterator[Triple]:
    from rdflib import DCTERMS, FOAF, PROV, RDF, SKOS, Literal

    for document, title in vocabulary.titles:
        for kind in (DCTERMS.BibliographicResource, FOAF.Document, PROV.Entity):
            yield _iri(document), RDF.type, kind
        yield _iri(document), DCTERMS.identifier, Literal(document)
        yield _iri(document), DCTERMS.title, Literal(title)
    for document, source in vocabulary.sources:
        yield _iri(document), DCTERMS.source, Literal(source)
    for subject, documents in vocabulary.documents:
        for document in documents:
            yield _iri(document), DCTERMS.subject, _iri(subject)
    for excerpt in vocabulary.excerpts:
        node = _iri(excerpt.id)
        yield node, RDF.type, PROV.Entity
        yield node, RDF.type, cg.Passage
        yield node, DCTERMS.isPartOf, _iri(excerpt.document)
        yield node, cg.start, Literal(excerpt.start)
        yield node, cg.end, Literal(excerpt.end)
        yield node, cg.sha256, Literal(excerpt.sha256)
    for concept, passages in vocabulary.origins:
        for passage in passages:
            yield _iri(concept), PROV.wasDerivedFrom, _iri(passage)
    for quotation in vocabulary.quotations:
        node = _iri(identify("q", [quotation.concept, quotation.text, quotation.passage, quotation.scope]))
        yield _iri(quotation.concept), SKOS.definition, node
        yield node, RDF.type, cg.Definition
        yield node, RDF.value, Literal(quotation.text, lang="en")
        yield node, PROV.wasQuotedFrom, _iri(quotation.passage)
        if quotation.scope:
            yield node, cg.scope, Literal(quotation.scope)


def _iri(identifier: str) -> URIRef:
    from urllib.parse import quote

    from rdflib import URIRef

    return URIRef(BASE + quote(identifier, safe=""))


def from_turtle(text: str) -> Scheme:
    """Return the vocabulary in a Turtle text: ours in full, any other SKOS with what it has in common.

    Raises VocabularyError when the text is not Turtle or holds no named skos:Concept.
    """
    return read(_parsed(text))


def read(rdf: Graph) -> Scheme:
    """Return the vocabulary in an RDF graph; raises VocabularyError when it holds no skos:Concept with a label."""
    from rdflib import DCTERMS, RDF, SKOS, Namespace

    cg = Namespace(VOCABULARY)
    found = {node: _read_concept(rdf, node, cg) for node in set(rdf.subjects(RDF.type, SKOS.Concept))}
    concepts = {node: concept for node, concept in found.items() if concept is not None}
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
    sourced = {(node, rdf.value(node, DCTERMS.source)) for node in titled}
    return Scheme(
        concepts=tuple(sorted(concepts.values(), key=lambda concept: concept.id)),
        ties=_read_ties(rdf, concepts, cg),
        broader=tuple(sorted(pairs)),
        documents=tuple((concept, tuple(sorted(found))) for concept, found in sorted(documents.items())),
        titles=tuple(sorted((_identifier(node), str(rdf.value(node, DCTERMS.title))) for node in titled)),
        sources=tuple(sorted((_identifier(node), str(source)) for node, source in sourced if source is not None)),
        excerpts=_read_excerpts(rdf, cg),
        origins=_read_origins(rdf, concepts),
        quotations=_read_quotations(rdf, concepts, cg),
        matches=_read_matches(rdf, concepts),
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
    from rdflib import RDF, SKOS, Literal

    labels = sorted(
        rdf.objects(node, SKOS.prefLabel), key=lambda label: (getattr(label, "language", "") != "en", label)
    )
    if not labels:
        return None
    key = str(rdf.value(node, SKOS.hiddenLabel) or canonical_key(str(labels[0])))
    definitions = sorted(str(each) for each in rdf.objects(node, SKOS.definition) if isinstance(each, Literal))
    weight, frequency, documents = (rdf.value(node, cg[name]) for name in _FIGURES)
    return Concept(
        id=_identifier(node) if str(node).startswith(BASE) else concept_id(key),
        key=key,
        label=str(labels[0]),
        kind="topic" if (node, RDF.type, cg.Topic) in rdf else "concept",
        aliases=tuple(sorted({str(alias) for alias in rdf.objects(node, SKOS.altLabel)})),
        definition=definitions[0] if definitions else None,
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


def _read_excerpts(rdf: Graph, cg: Namespace) -> tuple[Excerpt, ...]:
    from rdflib import DCTERMS, RDF

    return tuple(
        Excerpt(
            id=_identifier(node),
            document=_identifier(rdf.value(node, DCTERMS.isPartOf)),
            start=int(str(rdf.value(node, cg.start) or 0)),
            end=int(str(rdf.value(node, cg.end) or 0)),
            sha256=str(rdf.value(node, cg.sha256)),
        )
        for node in sorted(rdf.subjects(RDF.type, cg.Passage), key=str)
    )


def _read_origins(rdf: Graph, concepts: Mapping[Node, Concept]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    from rdflib import PROV

    found: dict[str, set[str]] = {}
    for node, passage in rdf.subject_objects(PROV.wasDerivedFrom):
        if node in concepts:
            found.setdefault(concepts[node].id, set()).add(_identifier(passage))
    return tuple((concept, tuple(sorted(passages))) for concept, passages in sorted(found.items()))


def _read_quotations(rdf: Graph, concepts: Mapping[Node, Concept], cg: Namespace) -> tuple[Quotation, ...]:
    from rdflib import PROV, RDF, SKOS

    found = [
        Quotation(
            concept=concepts[concept].id,
            text=str(rdf.value(node, RDF.value)),
            passage=_identifier(rdf.value(node, PROV.wasQuotedFrom)),
            scope=str(rdf.value(node, cg.scope) or ""),
        )
        for concept, node in rdf.subject_objects(SKOS.definition)
        if concept in concepts and (node, RDF.type, cg.Definition) in rdf
    ]
    return tuple(sorted(found, key=lambda one: (one.concept, one.text, one.passage, one.scope)))


def _read_matches(rdf: Graph, concepts: Mapping[Node, Concept]) -> tuple[Match, ...]:
    from rdflib import SKOS

    found = [
        Match(concept=concepts[node].id, iri=str(target), relation=relation)
        for relation in Relation
        for node, target in rdf.subject_objects(SKOS[relation])
        if node in concepts
    ]
    return tuple(sorted(found, key=lambda match: (match.concept, match.iri, match.relation)))


def _identifier(node: Node | None) -> str:
    """Return the id in one of our IRIs, or another IRI as it is."""
    from urllib.parse import unquote

    return unquote(str(node).removeprefix(BASE))

"""Vocabularies that others publish, in SKOS or OWL: concepts with labels, and what is broader and related.

A file is data: nothing it refers to is fetched. Turtle, N-Triples, RDF/XML, TriG, N-Quads and JSON-LD are read by
rdflib; JSON-LD that leans on a context elsewhere, and XML that declares entities, are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from graph.skos import VocabularyError

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

FORMATS: Final = {
    ".ttl": "turtle", ".turtle": "turtle", ".nt": "nt", ".rdf": "xml", ".owl": "xml", ".xml": "xml", ".skos": "xml",
    ".jsonld": "json-ld", ".json": "json-ld", ".trig": "trig", ".nq": "nquads", ".n3": "turtle",
}  # fmt: skip
LARGEST: Final = 512 * 1024 * 1024
_SKOSXL: Final = "http://www.w3.org/2008/05/skos-xl#"


@dataclass(frozen=True, kw_only=True, slots=True)
class VocabularyConcept:
    """A concept of another vocabulary, named by its IRI.

    `broader`, `related` and `matches` are IRIs; `aliases` are alternative and hidden labels in the languages wanted.
    """

    iri: str
    label: str
    aliases: tuple[str, ...] = ()
    definition: str | None = None
    notation: str | None = None
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """Concepts in order of IRI; `name` is what the user calls it, `unlabelled` counts what had no label."""

    name: str
    title: str
    concepts: tuple[VocabularyConcept, ...]
    unlabelled: int = 0


def load(path: Path, *, name: str | None = None, languages: Sequence[str] = ("en",)) -> Vocabulary:
    """Return the vocabulary in a file; its ending says the format.

    Labels are taken in the first of `languages` that a concept has, else without language, else in any. Raises
    VocabularyError for a file that cannot be read or holds no concept.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        known = ", ".join(sorted(FORMATS))
        raise VocabularyError(f"{path}: not a known ending of a vocabulary; known are {known}")
    try:
        if path.stat().st_size > LARGEST:
            raise VocabularyError(f"{path}: larger than {LARGEST >> 20} MiB; split it by concept scheme")
        data = path.read_bytes()
    except OSError as error:
        raise VocabularyError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return parse(data, form=form, name=name or path.stem, languages=languages)
    except VocabularyError as error:
        raise VocabularyError(f"{path}: {error}") from error


def parse(data: bytes, *, form: str, name: str, languages: Sequence[str] = ("en",)) -> Vocabulary:
    """Return the vocabulary in the bytes of a file in rdflib's format `form`."""
    _refuse_references(data, form)
    rdf = triples_in(data, form)
    concepts, unlabelled = [], 0
    for node in _concepts(rdf):
        concept = _concept(rdf, node, languages)
        if concept is None:
            unlabelled += 1
        else:
            concepts.append(concept)
    if not concepts:
        raise VocabularyError("holds no skos:Concept and no owl:Class with a label; is it another kind of file?")
    concepts.sort(key=lambda concept: concept.iri)
    return Vocabulary(name=name, title=_title(rdf, languages) or name, concepts=tuple(concepts), unlabelled=unlabelled)


def _refuse_references(data: bytes, form: str) -> None:
    """Refuse what would make a parser fetch or expand: contexts elsewhere, declared entities."""
    if form == "xml" and re.search(rb"<!ENTITY\s+%|<!ENTITY\s+\S+\s+(SYSTEM|PUBLIC)", data):
        raise VocabularyError("declares entities of other files; expand them first")
    if form == "json-ld":
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise VocabularyError(f"is not JSON ({error})") from error
        for context in _contexts(value):
            if isinstance(context, str) or (isinstance(context, dict) and "@import" in context):
                raise VocabularyError("refers to a JSON-LD context elsewhere; write the context into the file")


def _contexts(value: object) -> Iterator[Any]:
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(part.values())
            context = part.get("@context")
            yield from context if isinstance(context, list) else [context]


def triples_in(data: bytes, form: str) -> Graph:
    """Return the triples of a file in rdflib's format `form`; raises VocabularyError when it is not in that format."""
    import warnings
    from xml.sax import SAXException

    from rdflib import Dataset, Graph
    from rdflib.exceptions import ParserError
    from rdflib.plugins.parsers.notation3 import BadSyntax

    rdf: Graph = Dataset(default_union=True) if form in ("trig", "nquads") else Graph()
    try:
        with warnings.catch_warnings():  # rdflib's own JSON-LD parser uses a class that rdflib deprecates
            warnings.simplefilter("ignore", DeprecationWarning)
            rdf.parse(data=data, format=form, publicID="urn:vocabulary:")
    except (SyntaxError, BadSyntax, ParserError, SAXException, ValueError, KeyError, RecursionError) as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise VocabularyError(f"cannot be read as {form}: {reason}") from error
    return rdf


def _concepts(rdf: Graph) -> list[Node]:
    """Return the named nodes that are skos:Concept; if there is none, those that are owl:Class or rdfs:Class."""
    from rdflib import OWL, RDF, RDFS, SKOS, URIRef

    for kinds in ((SKOS.Concept,), (OWL.Class, RDFS.Class)):
        found: set[Node] = {node for kind in kinds for node in rdf.subjects(RDF.type, kind) if isinstance(node, URIRef)}
        if SKOS.Concept in kinds:
            found |= {node for node in rdf.subjects(SKOS.inScheme) if (node, SKOS.prefLabel, None) in rdf}
        if found:
            return sorted(found, key=str)
    return []


def _concept(rdf: Graph, node: Node, languages: Sequence[str]) -> VocabularyConcept | None:
    from rdflib import OWL, RDFS, SKOS, URIRef

    label = next(iter(_texts(rdf, node, "prefLabel", languages)), None) or _best(rdf, node, RDFS.label, languages)
    if label is None:
        return None
    wanted = {name for kind in ("prefLabel", "altLabel", "hiddenLabel") for name in _texts(rdf, node, kind, languages)}
    over = set(rdf.objects(node, SKOS.broader)) | set(rdf.subjects(SKOS.narrower, node))
    over |= set(rdf.objects(node, SKOS.broaderTransitive)) if not over else set()
    over |= {each for each in rdf.objects(node, RDFS.subClassOf) if each != OWL.Thing}
    beside = set(rdf.objects(node, SKOS.related)) | set(rdf.subjects(SKOS.related, node))
    matches = {each for kind in (SKOS.exactMatch, SKOS.closeMatch, OWL.sameAs) for each in rdf.objects(node, kind)}
    definition = _best(rdf, node, SKOS.definition, languages) or _best(rdf, node, RDFS.comment, languages)
    notation = rdf.value(node, SKOS.notation)

    def named(found: set[Node]) -> tuple[str, ...]:
        return tuple(sorted(str(each) for each in found if isinstance(each, URIRef) and each != node))

    return VocabularyConcept(
        iri=str(node),
        label=label,
        aliases=tuple(sorted(wanted - {label})),
        definition=definition,
        notation=None if notation is None else str(notation),
        broader=named(over),
        related=named(beside),
        matches=named(matches),
    )


def _texts(rdf: Graph, node: Node, kind: str, languages: Sequence[str]) -> list[str]:
    """Return the labels of a kind in the first language that has any; SKOS-XL labels count as plain ones."""
    from rdflib import SKOS, URIRef

    literals = list(rdf.objects(node, SKOS[kind]))
    for label in rdf.objects(node, URIRef(_SKOSXL + kind)):
        literals.extend(rdf.objects(label, URIRef(_SKOSXL + "literalForm")))
    return _spoken(literals, languages)


def _best(rdf: Graph, node: Node, kind: Node, languages: Sequence[str]) -> str | None:
    from rdflib import RDF, Literal

    found = [each if isinstance(each, Literal) else rdf.value(each, RDF.value) for each in rdf.objects(node, kind)]
    return next(iter(_spoken([each for each in found if each is not None], languages)), None)


def _spoken(literals: Sequence[Node], languages: Sequence[str]) -> list[str]:
    by_language: dict[str, set[str]] = {}
    for each in literals:
        text = " ".join(str(each).split())
        if text:
            by_language.setdefault((getattr(each, "language", None) or "").lower().split("-")[0], set()).add(text)
    order = [*(language.lower() for language in languages), "", *sorted(by_language)]
    return next((sorted(by_language[language]) for language in order if language in by_language), [])


def _title(rdf: Graph, languages: Sequence[str]) -> str | None:
    from rdflib import DC, DCTERMS, OWL, RDF, RDFS, SKOS

    schemes = sorted({*rdf.subjects(RDF.type, SKOS.ConceptScheme), *rdf.subjects(RDF.type, OWL.Ontology)}, key=str)
    for scheme in schemes:
        for kind in (DCTERMS.title, DC.title, SKOS.prefLabel, RDFS.label):
            title = _best(rdf, scheme, kind, languages)
            if title:
                return title
    return None

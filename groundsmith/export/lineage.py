"""Where every row comes from, as W3C PROV-O: row, claim, passage, document version, run, judge and author, in RDF.

Statements are written as they are made, in N-Triples (which is Turtle too), so that memory does not grow with the set. Names of our own
are IRIs under `urn:groundsmith:`; text is only ever a literal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from groundsmith.export.form import Form, Job

if TYPE_CHECKING:
    from rdflib.term import Node

    from groundsmith.row import DatasetRow, RowClaim, RowEvidence

Triple = tuple["Node", "Node", "Node"]
_OA = "http://www.w3.org/ns/oa#"
_OWN = "https://groundsmith.example/ns#"


def _iri(kind: str, name: str) -> Any:  # noqa: ANN401 - a URIRef
    from rdflib import URIRef

    return URIRef(f"urn:groundsmith:{kind}:{quote(name, safe='')}")


def statements(rows: Iterable[DatasetRow], job: Job) -> Iterator[tuple[Triple, bool]]:
    """Yield the statements, each with whether it is the first of a row."""
    from rdflib import PROV, RDF, Literal

    origin = job.origin
    dataset, run = _iri("dataset", origin.run or "export"), _iri("run", origin.run or "export")
    whole: tuple[Triple, ...] = (
        (dataset, RDF.type, PROV.Entity),
        (dataset, RDF.type, PROV.Collection),
        (dataset, PROV.wasGeneratedBy, run),
        (run, RDF.type, PROV.Activity),
    )
    yield from ((triple, False) for triple in whole)
    for name, value in (("judge", origin.record.get("judge")), ("seed", origin.record.get("seed"))):
        if value not in (None, ""):
            yield (run, _own(name), Literal(value)), False
    seen = set[str]()
    for row in rows:
        for number, triple in enumerate(_of_row(row, dataset, seen)):
            yield triple, number == 0
    for record in origin.history():
        yield from ((triple, False) for triple in _of_change(record, run))


def _own(name: str) -> Any:  # noqa: ANN401 - a URIRef
    from rdflib import URIRef

    return URIRef(_OWN + name)


def _of_row(row: DatasetRow, dataset: Node, seen: set[str]) -> Iterator[Triple]:
    from rdflib import PROV, RDF, XSD, Literal

    node, run = _iri("row", row.id), _iri("run", row.run or "unknown")
    yield node, RDF.type, PROV.Entity
    yield dataset, PROV.hadMember, node
    yield node, PROV.wasGeneratedBy, run
    yield node, _own("question"), Literal(row.question)
    yield node, _own("answer"), Literal(row.answer)
    yield node, _own("verdict"), Literal(row.verdict)
    if row.created:
        yield node, PROV.generatedAtTime, Literal(row.created, datatype=XSD.dateTime)
    if row.model:
        model = _iri("model", row.model)
        yield model, RDF.type, PROV.SoftwareAgent
        yield node, PROV.wasAttributedTo, model
        yield run, PROV.wasAssociatedWith, model
    yield run, RDF.type, PROV.Activity
    for each in row.evidence:
        yield node, PROV.wasDerivedFrom, _iri("passage", each.id)
        yield run, PROV.used, _iri("passage", each.id)
        if each.id not in seen:
            seen.add(each.id)
            yield from _of_passage(each)
    for number, claim in enumerate(row.claims):
        yield from _of_claim(row, number, claim)


def _of_passage(evidence: RowEvidence) -> Iterator[Triple]:
    """Yield that a passage is a stretch of one version of a document."""
    from rdflib import DCTERMS, PROV, RDF, Literal, URIRef

    node = _iri("passage", evidence.id)
    version = _iri("version", f"{evidence.document}/{evidence.version}")
    document = _iri("document", evidence.document)
    for each in (node, version, document):
        yield each, RDF.type, PROV.Entity
    yield node, PROV.wasQuotedFrom, version
    yield node, DCTERMS.isPartOf, version
    yield node, PROV.value, Literal(evidence.text)
    yield node, URIRef(_OA + "start"), Literal(evidence.start)
    yield node, URIRef(_OA + "end"), Literal(evidence.end)
    if evidence.headings:
        yield node, DCTERMS.title, Literal(" > ".join(evidence.headings))
    if evidence.page is not None:
        yield node, _own("page"), Literal(evidence.page)
    yield version, PROV.specializationOf, document
    yield version, _own("version"), Literal(evidence.version)
    yield document, DCTERMS.title, Literal(evidence.title)
    yield document, DCTERMS.source, Literal(evidence.source)


def _of_claim(row: DatasetRow, number: int, claim: RowClaim) -> Iterator[Triple]:
    """Yield a claim with the stretches of passages that decided it."""
    from rdflib import PROV, RDF, Literal, URIRef

    node = _iri("claim", f"{row.id}/{number}")
    yield node, RDF.type, PROV.Entity
    yield node, PROV.value, Literal(claim.text)
    yield node, _own("verdict"), Literal(claim.verdict)
    yield _iri("row", row.id), PROV.hadMember, node
    for name in claim.evidence:
        yield node, PROV.wasDerivedFrom, _iri("passage", name)
    for place, span in enumerate(claim.spans):
        stretch = _iri("span", f"{row.id}/{number}/{place}")
        yield stretch, RDF.type, URIRef(_OA + "TextPositionSelector")
        yield stretch, URIRef(_OA + "start"), Literal(span.start)
        yield stretch, URIRef(_OA + "end"), Literal(span.end)
        yield stretch, PROV.wasQuotedFrom, _iri("passage", span.id)
        yield node, _own("restsOn"), stretch


def _of_change(record: Any, run: Node) -> Iterator[Triple]:  # noqa: ANN401 - a record of a refresh
    """Yield what a refresh did to a row: a corrected row is a revision of the old one, what was taken out is invalidated."""
    from rdflib import PROV, RDF

    old = _iri("row", str(record["row"]))
    if record["outcome"] == "kept":
        return
    yield old, RDF.type, PROV.Entity
    yield old, PROV.wasInvalidatedBy, run
    if record.get("new_row"):
        new = _iri("row", str(record["new_row"]))
        yield new, PROV.wasRevisionOf if record["outcome"] == "corrected" else PROV.alternateOf, old


def _prov(rows: Iterable[DatasetRow], file: BinaryIO, job: Job) -> int:
    """Write N-Triples; JSON-LD for a name in .jsonld or .json, which is built in memory."""
    from rdflib import Graph

    number, graph = 0, Graph() if job.ending in (".jsonld", ".json") else None
    for triple, first in statements(rows, job):
        number += first
        if graph is not None:
            graph.add(triple)
        else:
            file.write(f"{' '.join(_n3(node) for node in triple)} .\n".encode("utf-8", "replace"))
    if graph is not None:
        file.write(graph.serialize(format="json-ld", encoding="utf-8"))
    return number


def _n3(node: Node) -> str:
    """Return a node as N-Triples has it."""
    from rdflib import Literal
    from rdflib.plugins.serializers.nt import _quoteLiteral

    if isinstance(node, Literal):
        return str(_quoteLiteral(node))
    return node.n3()


FORMS = (
    Form(
        name="prov",
        family="archive",
        summary="lineage as PROV-O: row, claim, passage, document version, run, model (N-Triples, or JSON-LD by the ending)",
        file=_prov,
    ),
)

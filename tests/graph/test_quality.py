from __future__ import annotations

from dataclasses import replace

import pytest
from rdflib import RDF, SKOS, Graph, Literal, Namespace, URIRef

from graph.concept import Concept
from graph.network import ConceptGraph
from graph.quality import conformance, quality
from graph.scheme import Scheme, scheme
from graph.skos import VOCABULARY, to_rdf

CG = Namespace(VOCABULARY)


def counts(vocabulary: Scheme) -> dict[str, int]:
    return {finding.name: finding.count for finding in quality(vocabulary)}


def concept(name: str, **more: object) -> Concept:
    return Concept(id=name, key=name, label=name, kind="concept", **more)  # type: ignore[arg-type]


def test_an_export_conforms(policy_graph: ConceptGraph) -> None:
    result = conformance(to_rdf(scheme(policy_graph, titles={"d_a": "Rents"})))
    assert result.violations == ()
    assert result.conforms


@pytest.mark.parametrize(
    "kind", ["no label", "two labels", "self tie", "count", "npmi", "layer", "related and broader"]
)
def test_a_broken_export_does_not_conform(policy_graph: ConceptGraph, kind: str) -> None:
    rdf = to_rdf(scheme(policy_graph))
    node = next(iter(sorted(rdf.subjects(RDF.type, SKOS.Concept))))
    tie = next(iter(sorted(rdf.subjects(RDF.type, CG.Association))))
    _break(rdf, kind, node, tie)
    result = conformance(rdf)
    assert not result.conforms
    assert {focus for _, focus in result.violations} <= {str(node), str(tie)}


def _break(rdf: Graph, kind: str, node: URIRef, tie: URIRef) -> None:
    other = next(each for each in sorted(rdf.subjects(RDF.type, SKOS.Concept)) if each != node)
    match kind:
        case "no label":
            rdf.remove((node, SKOS.prefLabel, None))
        case "two labels":
            rdf.add((node, SKOS.prefLabel, Literal("second", lang="en")))
        case "self tie":
            rdf.set((tie, CG.to, rdf.value(tie, CG["from"])))
        case "count":
            rdf.set((tie, CG["count"], Literal(0)))
        case "npmi":
            rdf.set((tie, CG.npmi, Literal("1.5", datatype=URIRef("http://www.w3.org/2001/XMLSchema#decimal"))))
        case "layer":
            rdf.set((tie, CG.layer, Literal("concept-topic")))
        case _:
            rdf.add((node, SKOS.broader, other))
            rdf.add((node, SKOS.related, other))


def test_a_sound_vocabulary_has_little_to_find(policy_graph: ConceptGraph) -> None:
    found = counts(scheme(policy_graph))
    assert found["concepts"] == len(policy_graph.concepts)
    assert (found["cycles"], found["redundant broader"], found["label conflicts"], found["without source"]) == (
        0,
        0,
        0,
        0,
    )


def test_faults_are_counted() -> None:
    names = "abcdefg"
    concepts = [concept(name) for name in names]
    concepts[1] = replace(concepts[1], aliases=("A", "b"), definition="the second")
    vocabulary = Scheme(
        concepts=tuple(concepts),
        broader=(("a", "b"), ("b", "c"), ("a", "c"), ("d", "e"), ("e", "d")),
        documents=(("a", ("d_1",)),),
    )
    assert counts(vocabulary) == {
        "concepts": 7,
        "undocumented": 6,
        "orphans": 2,
        "clusters": 2,
        "overlapping labels": 2,
        "label conflicts": 1,
        "empty labels": 0,
        "cycles": 2,
        "redundant broader": 1,
        "without source": 6,
        "unmatched": 7,
    }

from __future__ import annotations

import csv
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from graph.align import accepted, from_rows, propose, to_csv
from graph.network import ConceptGraph
from graph.scheme import Relation, scheme
from graph.skos import from_turtle, write
from graph.vocabulary import Vocabulary, VocabularyConcept, load
from knowledge.embed import OnnxEmbedder

FOLDER = Path(__file__).parent / "vocabularies"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load(FOLDER / "primer.ttl")


def test_names_are_matched_by_label_alias_and_stem(policy_graph: ConceptGraph, vocabulary: Vocabulary) -> None:
    found = {each.label: each for each in propose(policy_graph, vocabulary)}
    assert {label: (each.reason, each.relation) for label, each in found.items()} == {
        "tenant": ("label", "exactMatch"),
        "hearing": ("label", "exactMatch"),
        "landlord": ("alias", "exactMatch"),
        "deposit": ("stem", "closeMatch"),
    }
    assert found["tenant"].score > found["landlord"].score > found["deposit"].score
    assert found["tenant"].definition == "someone who rents a home"


def test_a_name_with_two_owners_is_close_only(policy_graph: ConceptGraph) -> None:
    twice = tuple(VocabularyConcept(iri=f"urn:x:{number}", label="Tenant") for number in (1, 2))
    found = propose(policy_graph, Vocabulary(name="x", title="x", concepts=twice))
    assert [(each.iri, each.relation) for each in found] == [("urn:x:1", "closeMatch"), ("urn:x:2", "closeMatch")]


@pytest.mark.model
def test_meaning_is_matched_by_the_embedder(policy_graph: ConceptGraph) -> None:
    labels = ["eviction of a tenant", "letter of notice", "quantum physics", "grant or subsidy"]
    concepts = tuple(VocabularyConcept(iri=f"urn:x:{label.split()[0]}", label=label) for label in labels)
    found = propose(policy_graph, Vocabulary(name="x", title="x", concepts=concepts), embedder=OnnxEmbedder(), near=0.6)
    assert {(each.label, each.iri) for each in found} >= {("eviction", "urn:x:eviction"), ("subsidy", "urn:x:grant")}
    assert all(each.reason == "meaning" and each.relation == "closeMatch" for each in found)
    assert "urn:x:quantum" not in {each.iri for each in found}


def test_a_list_is_reviewed_applied_and_exported(policy_graph: ConceptGraph, vocabulary: Vocabulary) -> None:
    proposals = propose(policy_graph, vocabulary)
    rows = list(csv.DictReader(to_csv(proposals).splitlines()))
    assert from_rows(rows) == (proposals, ())
    assert from_rows([asdict(each) for each in proposals]) == (proposals, ())
    rows[0]["decision"] = "Accept"
    rows[1]["decision"] = "reject"
    matches = accepted(from_rows(rows)[0])
    assert [(match.concept, match.relation) for match in matches] == [(proposals[0].concept, Relation.EXACT)]
    assert from_turtle(write(scheme(policy_graph, matches=matches))).matches == matches


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"decision": "maybe"}, "write accept, reject or nothing"),
        ({"relation": "sameAs"}, "known are exactMatch"),
        ({"iri": "a b"}, "not an address"),
        ({"iri": "x> . <urn:evil"}, "not an address"),
        ({"score": "high"}, "not a number"),
    ],
)
def test_a_wrong_row_is_named_and_the_rest_go_on(
    policy_graph: ConceptGraph, vocabulary: Vocabulary, change: dict[str, str], reason: str
) -> None:
    proposals = propose(policy_graph, vocabulary)
    good, bad = from_rows([asdict(proposals[0]) | change, {"a": "b"}, asdict(proposals[1])])
    assert good == (proposals[1],)
    assert [error.number for error in bad] == [1, 2]
    assert reason in str(bad[0])
    assert "lacks decision" in str(bad[1])


def test_a_cell_is_no_formula(policy_graph: ConceptGraph, vocabulary: Vocabulary) -> None:
    evil = replace(propose(policy_graph, vocabulary)[0], target="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in to_csv([evil])

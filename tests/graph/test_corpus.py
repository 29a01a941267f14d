"""The graph on real policy text, with the real tagger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.build import build
from graph.combine import combinations
from graph.concept import Layer
from graph.coverage import CoveredSample, coverage
from graph.extract import SpacyExtractor
from graph.extraction import DocumentPassages
from graph.network import ConceptGraph
from graph.skos import from_turtle, scheme, write
from graph.store import GraphStore
from knowledge.document import Passage
from knowledge.load import load_file
from knowledge.split import split
from knowledge.store import Database

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "data" / "corpora" / "nist-800-63" / "rev3"
FILES = (
    "sp800-63-3/definitions.md",
    "sp800-63-3/sec4_model.md",
    "sp800-63a/sec4_ial.md",
    "sp800-63b/sec6_lifecycle.md",
    "sp800-63b/sec7_session.md",
    "sp800-63c/sec6_assertions.md",
)
pytestmark = [pytest.mark.corpus, pytest.mark.model]


@pytest.fixture(scope="module")
def library() -> list[DocumentPassages]:
    if not CORPUS.is_dir():
        pytest.skip(f"{CORPUS}: the corpus is not here")
    documents = [load_file(CORPUS / name, source=name) for name in FILES]
    return [(document.id, split(document)) for document in documents]


@pytest.fixture(scope="module")
def store(library: list[DocumentPassages], spacy_extractor: SpacyExtractor) -> Iterator[GraphStore]:
    with Database(":memory:") as database:
        store = GraphStore(database)
        build(library, store=store, extractor=spacy_extractor)
        yield store


@pytest.fixture(scope="module")
def graph(store: GraphStore) -> ConceptGraph:
    return ConceptGraph.from_store(store)


@pytest.fixture(scope="module")
def passages(library: list[DocumentPassages]) -> dict[str, Passage]:
    return {passage.id: passage for _, found in library for passage in found}


@pytest.mark.parametrize(
    "name",
    [
        "credential service provider",
        "Authenticator Assurance Level",
        "address of record",
        "memorized secret",
        "identity proofing",
        "session management",
        "bearer assertion",
    ],
)
def test_what_an_expert_would_name_is_there(graph: ConceptGraph, name: str) -> None:
    assert graph.find(name) is not None


@pytest.mark.parametrize("name", ["section", "following", "use", "example", "purpose", "Table 5", "June", "something"])
def test_filler_is_not(graph: ConceptGraph, name: str) -> None:
    assert graph.find(name) is None


def test_abbreviations_and_their_long_forms_are_one(graph: ConceptGraph) -> None:
    for short, long in (
        ("CSP", "credential service provider"),
        ("RPs", "relying party"),
        ("AAL", "authenticator assurance level"),
    ):
        assert graph.find(short) == graph.find(long)


def test_glossary_terms_are_defined_word_for_word(graph: ConceptGraph, passages: dict[str, Passage]) -> None:
    defined = [concept for concept in graph.concepts.values() if concept.definition]
    assert len(defined) > 80
    for concept in defined:
        for definition in graph.definitions(concept.id):
            assert passages[definition.passage_id].text[definition.start : definition.end] == definition.text
    claimant = graph.find("Claimant")
    assert claimant is not None
    assert claimant.definition is not None
    assert claimant.definition.startswith("A subject whose identity is to be verified")


def test_every_mention_is_in_its_passage(graph: ConceptGraph, passages: dict[str, Passage]) -> None:
    assert set(graph.passages) == set(passages)
    for passage_id, passage in passages.items():
        for mention in graph.mentions(passage_id):
            assert passage.text[mention.start : mention.end] == mention.surface


def test_documents_have_topics(graph: ConceptGraph) -> None:
    headed = {graph.document_of(passage) for passage in graph.passages if graph.topics_of(passage)}
    assert headed == set(graph.documents)


def test_the_closest_neighbours_make_sense(graph: ConceptGraph) -> None:
    rekey = graph.find("address of record")
    assert rekey is not None
    near = [graph.concepts[one.concept_id].key for one in graph.neighbours(rekey.id, limit=15)]
    assert any("address" in key or "enrollment" in key or "notification" in key for key in near)
    assert all(len(graph.associations(layer)) > 10 for layer in Layer)


def test_combinations_reach_documents_and_concepts_early(graph: ConceptGraph) -> None:
    found = list(combinations(graph, seed=11))
    early = {graph.document_of(reference) for one in found[:30] for reference in one.references}
    assert early == set(graph.documents)
    assert {one.level for one in found} == {1, 2, 3}
    drawn = {concept for one in found for concept in one.concepts}
    assert len(drawn) > 0.95 * len(graph.concepts)


def test_the_corpus_covers_its_own_graph(graph: ConceptGraph, passages: dict[str, Passage]) -> None:
    samples = [CoveredSample(id=one, text=passage.text, passages=(one,)) for one, passage in passages.items()]
    found = coverage(graph, samples)
    assert found.at_1 > 0.8
    assert (found.documents, found.passages) == (1.0, 1.0)


def test_the_vocabulary_goes_there_and_back(graph: ConceptGraph) -> None:
    vocabulary = scheme(graph)
    assert from_turtle(write(vocabulary)) == vocabulary


def test_documents_that_come_change_and_go_leave_no_trace(
    library: list[DocumentPassages], graph: ConceptGraph, spacy_extractor: SpacyExtractor
) -> None:
    first, second, *rest = library
    shortened = (first[0], first[1][:3])
    with Database(":memory:") as database:
        store = GraphStore(database)
        for state in ([second, shortened], [shortened], [*rest, shortened], [first, *rest], list(reversed(library))):
            build(state, store=store, extractor=spacy_extractor)
        assert ConceptGraph.from_store(store).digest == graph.digest


def test_worker_processes_change_nothing(library: list[DocumentPassages], spacy_extractor: SpacyExtractor) -> None:
    small = [(document, found[:4]) for document, found in library]
    assert list(SpacyExtractor(processes=2).extract(small)) == list(spacy_extractor.extract(small))

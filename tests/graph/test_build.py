from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import BuildReport, build
from graph.extraction import DocumentPassages, Extraction
from graph.network import ConceptGraph
from graph.store import GraphStore
from knowledge.store import Database

Library = dict[str, list[str]]
Make = Callable[..., Any]
WORDS = [
    "rent",
    "rents",
    "tenant",
    "Tenant",
    "multi-unit",
    "multiunit",
    "rent=",
    "AB",
    "AC",
    "permit",
    "appeals",
    "ABs",
]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
DOCUMENTS = st.lists(TEXTS, max_size=3)
STEPS = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | DOCUMENTS), max_size=8)


@pytest.fixture
def store() -> Iterator[GraphStore]:
    with Database(":memory:") as database:
        yield GraphStore(database)


def given_now(library: Library, make_passages: Make) -> list[DocumentPassages]:
    return [(name, make_passages(name, texts)) for name, texts in library.items()]


@settings(max_examples=80, deadline=None)
@given(steps=STEPS)
def test_any_way_to_a_library_gives_the_graph_of_a_build_from_nothing(
    steps: list[tuple[str, list[str] | None]], make_graph: Make, make_passages: Make, word_extractor: Make
) -> None:
    library: Library = {}
    with Database(":memory:") as database:
        store = GraphStore(database)
        for document, texts in steps:
            library.pop(document, None)
            if texts is not None:
                library[document] = texts
            build(given_now(library, make_passages), store=store, extractor=word_extractor())
        grown = ConceptGraph.from_store(store)
    fresh = make_graph(dict(sorted(library.items(), reverse=True)))
    assert grown.digest == fresh.digest


def test_the_digest_tells_graphs_apart(make_graph: Make) -> None:
    digests = {
        make_graph(library).digest
        for library in (
            {},
            {"a": ["rent permit"]},
            {"a": ["rent permit"], "b": ["rent"]},
            {"a": ["rent permit", "rent"]},
            {"b": ["rent permit"]},
            {"a": ["Rent permit"]},
        )
    }
    assert len(digests) == 6


def test_only_what_changed_is_extracted(store: GraphStore, make_passages: Make, word_extractor: Make) -> None:
    extractor = word_extractor()
    library = {"a": ["rent permit"], "b": ["tenant"], "c": ["appeal"]}
    first = build(given_now(library, make_passages), store=store, extractor=extractor)
    assert first == BuildReport(extracted=3, passages=3)
    library["b"] = ["tenant", "landlord"]
    del library["c"]
    extractor.seen.clear()
    looked_at: list[str] = []
    second = build(given_now(library, make_passages), store=store, extractor=extractor, progress=looked_at.append)
    assert second == BuildReport(extracted=1, unchanged=1, removed=1, passages=2)
    assert extractor.seen == ["b"]
    assert sorted(looked_at) == ["a", "b"]
    assert store.documents() == ("a", "b")


def test_a_new_extractor_extracts_all_again(store: GraphStore, make_passages: Make, word_extractor: Make) -> None:
    library = given_now({"a": ["rent"], "b": ["tenant"]}, make_passages)
    build(library, store=store, extractor=word_extractor())
    newer = word_extractor()
    newer.name = "words-2"
    assert build(library, store=store, extractor=newer).extracted == 2


class StoppedError(Exception):
    pass


class Failing:
    """Gives up after one document."""

    def __init__(self, inner: Any) -> None:
        self.name = inner.name
        self._inner = inner

    def extract(self, documents: Iterable[DocumentPassages]) -> Iterator[Extraction]:
        yield next(self._inner.extract(documents))
        raise StoppedError


def test_a_build_that_was_stopped_goes_on_where_it_was(
    store: GraphStore, make_passages: Make, word_extractor: Make, make_graph: Make
) -> None:
    library = {"a": ["rent permit"], "b": ["tenant"], "c": ["appeal rent"]}
    with pytest.raises(StoppedError):
        build(given_now(library, make_passages), store=store, extractor=Failing(word_extractor()))
    assert store.documents() == ("a",)
    rest = build(given_now(library, make_passages), store=store, extractor=word_extractor())
    assert (rest.extracted, rest.unchanged) == (2, 1)
    assert ConceptGraph.from_store(store).digest == make_graph(library).digest


def test_an_extraction_is_read_as_it_was_written(store: GraphStore, make_passages: Make, word_extractor: Make) -> None:
    passages = make_passages("a", ["rent= AB", "permit rent"])
    build([("a", passages)], store=store, extractor=word_extractor())
    (written,) = word_extractor().extract([("a", passages)])
    ((read, ids),) = store.extractions()
    assert ids == tuple(passage.id for passage in passages)
    assert set(read.occurrences) == set(written.occurrences)
    assert (read.definitions, read.topics) == (written.definitions, written.topics)
    assert read.abbreviations == written.abbreviations

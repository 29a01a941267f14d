from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.build import build
from graph.merges import taken, undo
from graph.network import ConceptGraph
from graph.sense import Sense, senses
from graph.store import GraphStore
from knowledge.errors import UsageError
from knowledge.store import Database

Make = Callable[..., Any]
LIBRARY = {"a": ["rent rents multiunit", "rent multiunit AB"], "b": ["rents AB", "multiunit permit"]}


@pytest.fixture
def store(make_passages: Make, word_extractor: Make) -> Any:
    with Database(":memory:") as database:
        store = GraphStore(database)
        documents = [(name, make_passages(name, texts)) for name, texts in LIBRARY.items()]
        build(documents, store=store, extractor=word_extractor())
        yield store


def test_every_merge_is_listed_with_its_reason(store: GraphStore) -> None:
    found = {(one.kept, one.form): one for one in taken(ConceptGraph.from_store(store))}
    assert found["rent", "rents"].rule == "form"
    assert found["alpha beta", "ab"].rule == "abbreviation"
    assert all(one.reason for one in found.values())


def test_a_merge_undone_stays_undone_and_can_be_taken_back(store: GraphStore) -> None:
    before = ConceptGraph.from_store(store)
    done = undo(before, store, "rent", "rents")
    apart = ConceptGraph.from_store(store)
    keys = {concept.key: concept for concept in apart.concepts.values()}
    assert keys["rents"].frequency == 2
    assert keys["rent"].frequency == 2
    assert ("rent", "rents") not in {(one.kept, one.form) for one in taken(apart)}
    assert store.allow_merge(done.kept, done.form)
    assert not store.allow_merge(done.kept, done.form)
    assert ConceptGraph.from_store(store).digest == before.digest


def test_an_abbreviation_can_be_kept_apart(store: GraphStore) -> None:
    undo(ConceptGraph.from_store(store), store, "alpha beta", "AB")
    apart = ConceptGraph.from_store(store)
    assert "ab" in {concept.key for concept in apart.concepts.values()}
    assert not [one for one in taken(apart) if one.rule == "abbreviation"]


def test_an_unknown_merge_is_refused_with_those_known(store: GraphStore) -> None:
    with pytest.raises(UsageError, match="rents"):
        undo(ConceptGraph.from_store(store), store, "rent", "lease")


def sense(document: str, text: str, key: str = "board") -> Sense:
    return Sense(key=key, document_id=document, text=text)


def test_terms_defined_as_different_things_are_kept_apart() -> None:
    found = senses(
        [
            sense("d_1", "the Campaign Finance Board established by section 5"),
            sense("d_2", "the Campaign Finance Board"),
            sense("d_3", "a flat piece of sawn timber"),
            sense("d_4", "has the meaning given in another act"),
        ]
    )
    assert found == {("d_3", "board"): "board @d_3"}


@given(
    st.permutations(
        [sense("d_1", "a b c"), sense("d_2", "d e f"), sense("d_3", "d e g"), sense("d_4", "x y z", "rent")]
    )
)
def test_senses_do_not_depend_on_order(found: list[Sense]) -> None:
    assert senses(found) == {("d_1", "board"): "board @d_1"}
    assert senses([replace(one, text="the same words") for one in found]) == {}


def test_homonyms_are_concepts_of_their_own(make_passages: Make) -> None:
    from graph.extraction import Definition, Extraction, Occurrence

    with Database(":memory:") as database:
        store = GraphStore(database)
        for document, text in (("d_1", "timber sawn flat board"), ("d_2", "members appointed mayor board")):
            [passage] = make_passages(document, [text])
            place = {"passage_id": passage.id, "start": text.index("board"), "end": len(text)}
            extraction = Extraction(
                document_id=document,
                occurrences=(Occurrence(key="board", surface="board", salience=1.0, **place),),
                definitions=(
                    Definition(
                        key="board", label="board", text=text[:-6], passage_id=passage.id, start=0, end=len(text) - 6
                    ),
                ),
            )
            store.replace(extraction, [passage], digest="x")
        graph = ConceptGraph.from_store(store)
    assert [concept.documents for concept in graph.concepts.values()] == [1, 1]
    assert graph.find("board") is not None
    assert len({concept.label for concept in graph.concepts.values()}) == 2

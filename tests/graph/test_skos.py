from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.concept import Concept, Layer
from graph.network import ConceptGraph
from graph.skos import Scheme, Tie, VocabularyError, broader, from_turtle, scheme, to_turtle, write

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t\"'\\"),
    min_size=1,
    max_size=20,
)
CONCEPTS = st.lists(
    st.builds(
        Concept,
        id=st.uuids().map(lambda number: f"c_{number.hex[:16]}"),
        key=TEXT,
        label=TEXT,
        kind=st.sampled_from(["topic", "concept"]),
        aliases=st.lists(TEXT, unique=True, max_size=3).map(lambda names: tuple(sorted(names))),
        definition=st.none() | TEXT,
        frequency=st.integers(0, 10**6),
        documents=st.integers(0, 10**6),
        weight=st.integers(0, 10**9).map(lambda number: number / 1_000_000),
    ),
    min_size=2,
    max_size=4,
    unique_by=lambda concept: concept.id,
).map(lambda concepts: tuple(sorted(concepts, key=lambda concept: concept.id)))


@settings(max_examples=40, deadline=None)
@given(concepts=CONCEPTS, count=st.integers(1, 99), npmi=st.integers(-(10**6), 10**6), title=TEXT)
def test_what_is_written_is_read(concepts: tuple[Concept, ...], count: int, npmi: int, title: str) -> None:
    first, second = concepts[0].id, concepts[1].id
    tie = Tie(layer=Layer.TOPIC_CONCEPT, source=first, target=second, count=count, npmi=npmi / 10**6)
    vocabulary = Scheme(
        concepts=concepts,
        ties=(tie,),
        broader=((first, second),),
        documents=tuple((concept.id, ("d_1",) if concept.id == first else ()) for concept in concepts),
        titles=(("d_1", title),),
    )
    assert from_turtle(write(vocabulary)) == vocabulary


def test_a_graph_goes_there_and_back(policy_graph: ConceptGraph) -> None:
    text = to_turtle(policy_graph, titles={"d_a": 'Rent <rules> & "fees"'})
    read = from_turtle(text)
    assert read == scheme(policy_graph, titles={"d_a": 'Rent <rules> & "fees"'})
    assert ("d_a", 'Rent <rules> & "fees"') in read.titles
    assert to_turtle(policy_graph) == to_turtle(policy_graph)


def test_a_tie_is_more_than_chance(policy_graph: ConceptGraph) -> None:
    ties = scheme(policy_graph).ties
    assert ties
    assert all(tie.count >= 2 and tie.npmi >= 0.2 and tie.source != tie.target for tie in ties)


def test_the_head_of_a_name_is_broader() -> None:
    names = {
        "emergency contact": 3,
        "designated emergency contact": 1,
        "contact": 9,
        "contact of record": 4,
        "rare": 1,
        "very rare": 5,
    }
    concepts = tuple(
        Concept(id=name, key=name, label=name, kind="concept", frequency=count) for name, count in names.items()
    )
    assert broader(concepts) == (
        ("designated emergency contact", "emergency contact"),
        ("emergency contact", "contact"),
    )


def test_another_vocabulary_is_read() -> None:
    text = """
    @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    <http://example.org/1> a skos:Concept ; skos:prefLabel "Rents"@en, "Loyers"@fr ; skos:altLabel "rental charges" .
    <http://example.org/2> a skos:Concept ; skos:prefLabel "Charge" ; skos:narrower <http://example.org/1> .
    <http://example.org/3> a skos:Concept .
    """
    vocabulary = from_turtle(text)
    by_label = {concept.label: concept for concept in vocabulary.concepts}
    assert set(by_label) == {"Rents", "Charge"}
    assert by_label["Rents"].key == "rent"
    assert by_label["Rents"].aliases == ("rental charges",)
    assert vocabulary.broader == ((by_label["Rents"].id, by_label["Charge"].id),)


@pytest.mark.parametrize("text", ["this is not turtle", "", "@prefix skos: <x> .", "<a> <b> <c> ."])
def test_what_is_no_vocabulary_is_refused(text: str) -> None:
    with pytest.raises(VocabularyError):
        from_turtle(text)

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.coverage import CoveredSample, coverage, evenness, unseen_mass
from graph.match import Matcher
from graph.network import ConceptGraph

COUNTS = st.dictionaries(st.text(max_size=3), st.integers(1, 50), max_size=20).map(Counter)


def sample(
    number: int, text: str, graph: ConceptGraph, *, stated: tuple[str, ...] = (), passage: int | None = None
) -> CoveredSample:
    concepts = tuple(concept.id for name in stated if (concept := graph.find(name)))
    passages = () if passage is None else (graph.passages[passage],)
    return CoveredSample(id=f"s_{number}", text=text, concepts=concepts, passages=passages)


def test_nothing_covers_nothing(policy_graph: ConceptGraph) -> None:
    found = coverage(policy_graph, [])
    assert (found.samples, found.covered, found.at_1, found.documents, found.unseen) == (0, 0, 0.0, 0.0, 1.0)
    assert len(found.gaps) == len(policy_graph.concepts)
    weights = [gap.weight for gap in found.gaps]
    assert weights == sorted(weights, reverse=True)


def test_a_concept_counts_when_stated_and_named(policy_graph: ConceptGraph) -> None:
    samples = [
        sample(1, "May a Tenant ask for a hearing?", policy_graph, stated=("tenant", "appeal"), passage=0),
        sample(2, "When is rent due? The tenants pay rent on the first.", policy_graph),
        sample(3, "What is the capital of France?", policy_graph),
    ]
    found = coverage(policy_graph, samples)
    names = {policy_graph.concepts[concept].key: count for concept, count in found.counts.items()}
    assert names == {"tenant": 2, "rent": 1}
    assert found.foreign == 1
    assert found.at_1 == pytest.approx(2 / len(policy_graph.concepts))
    assert found.at_3 == 0
    assert found.passages == pytest.approx(1 / len(policy_graph.passages))
    assert found.documents == pytest.approx(1 / len(policy_graph.documents))


def test_what_names_everything_covers_everything(policy_graph: ConceptGraph) -> None:
    text = ". ".join(concept.label for concept in policy_graph.concepts.values())
    found = coverage(policy_graph, [sample(number, text, policy_graph) for number in range(3)])
    assert (found.at_1, found.at_3, found.weighted, found.gaps) == (1.0, 1.0, pytest.approx(1.0), ())
    assert found.evenness == pytest.approx(1.0)
    assert found.unseen == 0


@given(COUNTS)
def test_shares_stay_shares(counts: Counter[str]) -> None:
    assert 0 <= evenness(counts) <= 1
    assert 0 <= unseen_mass(counts) <= 1


def test_unseen_mass_by_hand() -> None:
    counts = Counter({"a": 1, "b": 1, "c": 2, "d": 6})
    assert unseen_mass(counts) == pytest.approx(2 / 10 * (9 * 2) / (9 * 2 + 2))


def test_evenness_falls_with_dominance() -> None:
    assert evenness(Counter({"a": 5, "b": 5})) > evenness(Counter({"a": 9, "b": 1}))


def test_names_are_found_whatever_their_form(policy_graph: ConceptGraph) -> None:
    matcher = Matcher(policy_graph.concepts.values())
    text = "LANDLORDS’ deposits and the tenant's rent-vouchers"
    found = [
        (policy_graph.concepts[match.concept_id].key, text[match.start : match.end]) for match in matcher.find(text)
    ]
    assert found == [
        ("landlord", "LANDLORDS"),
        ("deposit", "deposits"),
        ("tenant", "tenant's"),
        ("rent", "rent"),
        ("voucher", "vouchers"),
    ]


def test_parts_intervals_and_pairs(policy_graph: ConceptGraph) -> None:
    samples = [
        sample(1, "The tenant pays rent to the landlord.", policy_graph, passage=0),
        sample(2, "A tenant may appeal.", policy_graph),
        sample(3, "Rent and deposit of a tenant.", policy_graph),
    ]
    found = coverage(policy_graph, samples)
    assert 0 < found.pairs < 1
    for name, (low, high) in found.intervals.items():
        assert 0 <= low <= getattr(found, name) <= high <= 1
    assert found.intervals.keys() == {"at_1", "at_3", "weighted"}
    for parts in (found.topics, found.communities, found.by_document):
        assert parts
        assert [part.missing for part in parts] == sorted((part.missing for part in parts), reverse=True)
        assert all(0 <= part.covered <= part.concepts for part in parts)
    assert {part.id for part in found.by_document} == set(policy_graph.documents)
    assert all(gap.community for gap in found.gaps)


def test_terms_from_outside_are_a_second_denominator(policy_graph: ConceptGraph) -> None:
    samples = [sample(1, "The tenant has a right of way.", policy_graph)]
    found = coverage(policy_graph, samples, terms=["Tenants", "right of way", "usufruct", "landlord"]).terms
    assert found is not None
    assert (found.terms, found.in_graph, found.in_samples) == (4, 0.5, 0.5)
    assert found.missed == ("right of way", "usufruct")

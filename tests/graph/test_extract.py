from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from graph.candidate import without_number
from graph.extract import SpacyExtractor
from graph.extraction import Extraction
from knowledge.document import Passage
from knowledge.errors import MissingModel

Make = Callable[..., Any]
TEXTS = [
    "The housing provider shall return the security deposit to the tenant within 45 days.",
    "A tenant may file a complaint with the Rental Housing Commission (RHC). The RHC holds a hearing on each complaint.",
    '"Security deposit" means money that secures the performance of the lease agreement by the tenant.',
    "An address of record is where notices go. The tenant confirms the address of record yearly.",
    "The address of record may be changed. Other persons and other parts of this section do not apply.",
]


def titled(passages: list[Passage]) -> list[Passage]:
    return [replace(one, title="Guide to Rental Housing", headings=("2.1 Security Deposits",)) for one in passages]


@pytest.fixture(scope="module")
def extraction(spacy_extractor: SpacyExtractor, make_passages: Make) -> Extraction:
    (found,) = spacy_extractor.extract([("d_1", titled(make_passages("d_1", TEXTS)))])
    return found


def keys(extraction: Extraction) -> set[str]:
    return {one.key for one in extraction.occurrences}


@pytest.mark.model
def test_concepts_of_policy_text(extraction: Extraction) -> None:
    found = keys(extraction)
    assert {"security deposit", "tenant", "housing provider", "rental housing commission", "rhc", "hearing"} <= found
    assert "address of record" in found
    assert not {"part", "section", "other person", "person", "day"} & found


@pytest.mark.model
def test_every_occurrence_lies_in_its_passage(extraction: Extraction, make_passages: Make) -> None:
    texts = {passage.id: passage.text for passage in make_passages("d_1", TEXTS)}
    for one in extraction.occurrences:
        assert texts[one.passage_id][one.start : one.end] == one.surface
        assert one.salience > 0
    for definition in extraction.definitions:
        assert texts[definition.passage_id][definition.start : definition.end] == definition.text


@pytest.mark.model
def test_definitions_abbreviations_and_topics(extraction: Extraction) -> None:
    assert [definition.key for definition in extraction.definitions] == ["security deposit"]
    assert [(one.short, one.long) for one in extraction.abbreviations] == [("RHC", "Rental Housing Commission")]
    assert [topic.label for topic in extraction.topics] == ["Rental Housing", "Security Deposits"]
    assert all(len(topic.passages) == len(TEXTS) for topic in extraction.topics)


@pytest.mark.model
def test_a_document_gives_the_same_whatever_is_read_beside_it(
    extraction: Extraction, spacy_extractor: SpacyExtractor, make_passages: Make
) -> None:
    others = [(f"d_{number}", make_passages(f"d_{number}", TEXTS[:number])) for number in range(3)]
    documents = [others[0], others[2], ("d_1", titled(make_passages("d_1", TEXTS))), ("d_e", []), others[1]]
    found = list(spacy_extractor.extract(documents))
    assert [one.document_id for one in found] == [document for document, _ in documents]
    assert found[2] == extraction


@pytest.mark.model
def test_no_more_than_the_limit_is_kept(make_passages: Make) -> None:
    (found,) = SpacyExtractor(limit=2).extract([("d_1", make_passages("d_1", TEXTS))])
    for passage in make_passages("d_1", TEXTS):
        assert len({one.key for one in found.occurrences if one.passage_id == passage.id}) <= 2
    assert SpacyExtractor(limit=2).name != SpacyExtractor().name


def test_a_model_that_is_not_installed_is_named() -> None:
    with pytest.raises(MissingModel, match="no_such_model"):
        _ = SpacyExtractor(model="no_such_model").name


@pytest.mark.parametrize(
    ("heading", "rest"),
    [
        ("4.1.2 Identity proofing", "Identity proofing"),
        ("Appendix A — Definitions", "Definitions"),
        ("A.1 Definitions", "Definitions"),
        ("§ 42-3502. Rents", "Rents"),
        ("§ 1–1163.32g. Debate requirement", "Debate requirement"),
        ("Section 5: Fees", "Fees"),
        ("Identity", "Identity"),
        ("I am a heading", "I am a heading"),
    ],
)
def test_numbers_of_headings_are_left_out(heading: str, rest: str) -> None:
    assert without_number(heading) == rest

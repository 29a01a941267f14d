from __future__ import annotations

import pytest

from graph.extract import SpacyExtractor
from graph.phrase import Token
from graph.rerank import PLAIN, WIDE, Candidate, Reranker
from graph.widen import plausible, wide
from knowledge.embed import HashEmbedder
from knowledge.embed_onnx import OnnxEmbedder

TEXT = "Each tenant pays a security deposit. The security deposit is kept in escrow. Weather was fine on that day."


def candidate(key: str, form: float = PLAIN) -> Candidate:
    return Candidate(key=key, surface=key, count=1, place=0.1, form=form)


def test_factors_are_positive_and_one_on_average() -> None:
    factors = Reranker(HashEmbedder()).factors(TEXT, ["security deposit", "weather", "tenant"])
    assert all(factor > 0 for factor in factors)
    product = factors[0] * factors[1] * factors[2]
    assert product == pytest.approx(1.0, rel=1e-5)
    assert Reranker(HashEmbedder()).factors(TEXT, []) == []


def test_remembered_phrases_change_nothing() -> None:
    warm = Reranker(HashEmbedder())
    warm.factors("Another text about rent.", ["rent", "tenant"])
    surfaces = ["security deposit", "tenant"]
    assert warm.factors(TEXT, surfaces) == Reranker(HashEmbedder()).factors(TEXT, surfaces)


def test_as_many_come_back_as_are_plain() -> None:
    given = [candidate("security deposit"), candidate("weather"), candidate("deposit is", WIDE)]
    order = Reranker(HashEmbedder()).ranked(TEXT, given, documents=10, document_frequency={})
    assert {one.key for one in order} == {"security deposit", "weather"}
    assert Reranker(HashEmbedder()).ranked(TEXT, [], documents=1, document_frequency={}) == []


@pytest.mark.model
def test_what_the_text_is_about_comes_first() -> None:
    given = [candidate("weather"), candidate("day"), candidate("security deposit"), candidate("escrow")]
    order = Reranker(OnnxEmbedder()).ranked(TEXT, given, documents=10, document_frequency={})
    assert order[0].key == "security deposit"
    assert order[-1].key in {"weather", "day"}


@pytest.mark.model
def test_the_name_tells_that_meaning_was_weighed(spacy_extractor: SpacyExtractor) -> None:
    assert SpacyExtractor(reranker=Reranker(OnnxEmbedder())).name != spacy_extractor.name


@pytest.mark.model
def test_the_wide_list_has_what_stands_around_and_inside(spacy_extractor: SpacyExtractor) -> None:
    text = "The new fire and safety rules protect fully insured banks and the ownership of the land."
    [tagged] = spacy_extractor.phrases([text])
    listed = {text[start:end] for start, end in tagged.wide}
    assert {"safety rules", "fire and safety rules", "rules", "ownership of the land", "land"} <= listed
    assert "fully insured banks" in listed


def test_a_text_without_nouns_has_no_candidates() -> None:
    assert wide([Token("was", "VBD", 0, 3)]) == []
    assert wide([]) == []


@pytest.mark.parametrize(("key", "expected"), [("rent", True), ("the rent", False), ("", False), ("12", False)])
def test_a_plausible_key_has_content(key: str, expected: bool) -> None:
    assert plausible(key) is expected

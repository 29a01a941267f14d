from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.canonical import Names, abbreviation_merges, blocked, canonical_key, is_short_form, spelling_merges

PHRASES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Z")), max_size=40)


@pytest.mark.parametrize(
    ("surface", "key"),
    [
        ("the Authenticators", "authenticator"),
        ("Multi-Factor Authentication", "multi factor authentication"),
        ("multi‑factor authentication", "multi factor authentication"),
        ("subscriber's policies", "subscriber policy"),
        ("each of the", "of the"),
        ("IALs", "ial"),
        ("one-time passwords", "one time password"),
        ("addresses of record", "address of record"),
        ("risk analyses", "risk analysis"),
        ("“Access”", "access"),
        ("ﬁles", "file"),
        ("...", ""),
        ("", ""),
    ],
)
def test_surfaces_get_one_form(surface: str, key: str) -> None:
    assert canonical_key(surface) == key


@given(PHRASES)
def test_a_key_is_its_own_key(surface: str) -> None:
    once = canonical_key(surface)
    assert canonical_key(once) == once


@given(PHRASES)
def test_surrounding_space_and_a_final_stop_do_not_matter(surface: str) -> None:
    assert canonical_key(f"  {surface} .") == canonical_key(surface)


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        ("level 1", "level 2", "numbers"),
        ("linear model", "nonlinear model", "polarity"),
        ("minimum income", "maximum income", "antonyms"),
        ("direct cost", "indirect cost", "polarity"),
        ("rental unit", "rental unit", None),
        ("multifactor authentication", "multi factor authentication", None),
    ],
)
def test_what_differs_in_meaning_is_kept_apart(left: str, right: str, reason: str | None) -> None:
    assert blocked(left, right) == reason
    assert blocked(right, left) == reason


def test_spellings_merge_into_the_most_frequent() -> None:
    merges = spelling_merges(
        {"multifactor": 2, "multi factor": 5, "authorisation": 1, "authorization": 1, "level 12": 1, "level1 2": 1}
    )
    assert [(merge.kept, merge.merged) for merge in merges] == [
        ("authorisation", "authorization"),
        ("multi factor", "multifactor"),
    ]


def test_an_abbreviation_holds_everywhere_when_documents_agree() -> None:
    names = Names.of(
        abbreviation_merges([("a", "csp", "credential service provider"), ("b", "csp", "credential service provider")])
    )
    assert names.resolve("z", "csp", "CSPs") == "credential service provider"
    assert names.resolve("z", "csp", "csp") == "csp"


def test_an_ambiguous_abbreviation_holds_where_it_is_expanded() -> None:
    names = Names.of(abbreviation_merges([("a", "sp", "special publication"), ("b", "sp", "service provider")]))
    assert names.resolve("a", "sp", "SP") == "special publication"
    assert names.resolve("b", "sp", "SP") == "service provider"
    assert names.resolve("c", "sp", "SP") == "sp"


def test_a_document_with_two_expansions_keeps_neither() -> None:
    merges = abbreviation_merges([("a", "sp", "special publication"), ("a", "sp", "service provider")])
    assert [merge.document_id for merge in merges] == []


@pytest.mark.parametrize(
    ("text", "short"), [("AAL", True), ("IAL2", True), ("OTPs", True), ("As", False), ("the", False), ("A", False)]
)
def test_short_forms(text: str, short: bool) -> None:
    assert is_short_form(text) is short

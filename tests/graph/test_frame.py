from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.build import build
from graph.cue import Cue
from graph.extract import SpacyExtractor
from graph.extraction import DocumentPassages
from graph.frame import Frame, FrameKind, Manner, frames
from graph.store import GraphStore
from knowledge.store import Database

Make = Callable[..., Any]
pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def found(spacy_extractor: SpacyExtractor, make_passages: Make) -> Callable[..., list[tuple[str, str, str]]]:
    def find(*texts: str) -> list[tuple[str, str, str]]:
        passages = make_passages("d_1", list(texts))
        [extraction] = spacy_extractor.extract([("d_1", passages)])
        text = {passage.id: passage.text for passage in passages}
        return [
            (
                str(one.kind),
                text[one.passage_id][one.start : one.end],
                text[one.passage_id][one.party_start : one.party_end],
            )
            for one in extraction.frames
        ]

    return find


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The landlord shall return the deposit.",
            ("obligation", "The landlord shall return the deposit.", "landlord"),
        ),
        ("The landlord shall return the deposit.", ("responsible party", "landlord", "landlord")),
        ("The tenant may appeal. It shall be heard.", ("permission", "The tenant may appeal.", "tenant")),
        (
            "The landlord shall not enter the unit.",
            ("prohibition", "The landlord shall not enter the unit.", "landlord"),
        ),
        ("No person shall park here.", ("prohibition", "No person shall park here.", "")),
        ("The rent is due unless the tenant is ill.", ("exception", "unless the tenant is ill", "")),
        ("If the tenant moves, the landlord shall inspect.", ("condition", "If the tenant moves", "")),
        ("The fee is not more than $500 per month.", ("threshold", "not more than $500", "")),
        ("The claim is filed within 30 days after receipt of it.", ("deadline", "within 30 days after receipt", "")),
        (
            "An owner who fails to comply is liable to a civil penalty of $200.",
            ("penalty", "An owner who fails to comply is liable to a civil penalty of $200.", ""),
        ),
        ("The director is responsible for the register.", ("responsible party", "director", "director")),
    ],
)
def test_each_kind_has_its_words(found: Callable[..., Any], text: str, expected: tuple[str, str, str]) -> None:
    assert expected in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "In this part, owner shall mean a landlord.",
        "The wait may be long. It shall mean nothing.",
        "Users may find this confusing.",
        "The board may or may not be asked.",
        "Ask whether the rent is due.",
        "Check if the rent is due.",
        "One or more tenants, if any, live here.",
    ],
)
def test_what_only_looks_like_a_frame_is_none(found: Callable[..., Any], text: str) -> None:
    assert found(text) == []


def test_capitals_rule_out_plain_words_in_their_document(found: Callable[..., Any]) -> None:
    kinds = [kind for kind, _, _ in found("The verifier SHALL check the key.", "The applicant may ask. It must be so.")]
    assert sorted(kinds) == ["obligation", "responsible party"]


def test_no_frames_when_they_are_not_wanted(make_passages: Make, spacy_extractor: SpacyExtractor) -> None:
    plain = SpacyExtractor(frames=False)
    [extraction] = plain.extract([("d_1", make_passages("d_1", ["The tenant shall pay."]))])
    assert extraction.frames == ()
    assert plain.name != spacy_extractor.name


def test_frames_of_documents_that_come_and_go_are_those_of_a_build_from_nothing(
    make_passages: Make, spacy_extractor: SpacyExtractor
) -> None:
    duty, ban = ["The tenant shall pay rent within 5 days."], ["No owner may enter unless the tenant agrees."]
    one, two, changed = (
        ("d_1", make_passages("d_1", duty)),
        ("d_2", make_passages("d_2", ban)),
        ("d_1", make_passages("d_1", ban)),
    )

    def stored(*states: list[DocumentPassages]) -> list[Frame]:
        with Database(":memory:") as database:
            store = GraphStore(database)
            for state in states:
                build(state, store=store, extractor=spacy_extractor)
            assert list(store.frames(FrameKind.DEADLINE)) == [
                frame for frame in store.frames() if frame.kind is FrameKind.DEADLINE
            ]
            return list(store.frames())

    assert stored([two], [two, changed], [one], [two, one]) == stored([one, two])
    assert stored([one, two], [changed, two]) == stored([two, changed])


@given(text=st.text(max_size=80), data=st.data())
def test_frames_stay_inside_their_text(text: str, data: st.DataObject) -> None:
    places = st.integers(0, len(text))
    names = st.sampled_from(["if", "except", "time", "amount", "punished", "duty"])
    cues = []
    for name in data.draw(st.lists(names, max_size=4)):
        start, end = sorted((data.draw(places), data.draw(places)))
        if text[start:end].split():
            cues.append(Cue(name, start, end))
    made: list[Frame] = frames("p_1", text, cues, [], manner=Manner.of([text]))
    assert all(0 <= one.start <= one.end <= len(text) for one in made)
    assert {one.kind for one in made} <= set(FrameKind)

from hypothesis import given
from hypothesis import strategies as st

from knowledge.document import Passage
from verify.evidence import WINDOW_WORDS, Evidence, windows

SENTENCE = "The council reviews the annual budget of the harbour and reports to the mayor in writing. "
LONG = SENTENCE * 30 + "The quorum is eight members. " + SENTENCE * 30


def passage(text, **fields):
    return Evidence(passage_id="p", document_id="d", text=text, **fields)


def test_of_a_passage():
    source = Passage(
        id="p1",
        document_id="d1",
        version=2,
        ordinal=0,
        start=10,
        end=14,
        text="Text",
        title="T",
        headings=("H",),
        page=3,
    )
    made = Evidence.of(source, score=0.5)
    assert (made.passage_id, made.version, made.page, made.place, made.score) == ("p1", 2, 3, "T — H", 0.5)


def test_a_short_passage_is_read_whole_and_by_sentence():
    found = windows("The quorum is eight.", passage("The quorum is eight members. The chair presides."))
    assert found[0].text == "The quorum is eight members. The chair presides."
    assert "The quorum is eight members." in [window.text for window in found]


def test_the_best_window_of_a_long_passage_holds_the_fact():
    found = windows("The quorum is eight members.", passage(LONG))
    assert all("quorum" in window.text for window in found[:3])
    assert all(len(window.text.split()) <= 1.5 * WINDOW_WORDS for window in found)


def test_headings_come_in_one_variant_only():
    found = windows(
        "The quorum is eight.",
        passage("The quorum is eight members. The chair presides.", title="Orders", headings=("Meetings",)),
    )
    headed = [window for window in found if window.premise.startswith("Orders — Meetings: ")]
    assert len(headed) == 1
    assert headed[0].text == found[0].text


def test_never_more_windows_than_asked():
    assert len(windows("The quorum is eight.", passage(LONG, title="T"), limit=2)) == 2
    assert windows("The quorum is eight.", passage("")) == []


@given(st.text(max_size=400), st.text(max_size=60))
def test_windows_are_stretches_of_the_passage(text, claim):
    for window in windows(claim, passage(text)):
        assert text[window.start : window.end] == window.text
        assert 0.0 <= window.overlap <= 1.0


def test_a_sentence_without_an_end_is_cut():
    assert all(len(window.text.split()) <= 1.5 * WINDOW_WORDS for window in windows("word", passage("word " * 2_000)))


def test_a_passage_that_leans_is_also_read_under_the_one_before():
    text = "(b) two photographs."
    evidence = Evidence(passage_id="p", document_id="d", text=text, before="Scope. An applicant must bring:")
    assert any("An applicant must bring: (b) two" in each.premise for each in windows("photographs", evidence))
    assert all(evidence.text[each.start : each.end] == each.text for each in windows("photographs", evidence))
    whole = Evidence(passage_id="p", document_id="d", text="An applicant pays.", before="Scope. It is:")
    assert not any("Scope" in each.premise for each in windows("photographs", whole))

"""Runs of words shared with documents: always found, never claimed of what differs; planted strings."""

from hypothesis import given
from hypothesis import strategies as st

from verify.verbatim import RUN, Known, Overlap, hashes, holds, longest, shared, tokens


def between(text, documents):
    """The runs found from either side, which must be the same."""
    overlap = Overlap()
    overlap.text(text)
    for each in documents:
        overlap.document(each)
    runs = shared(text, overlap.found(0))
    assert runs == Known(documents).runs(text)
    assert longest(overlap.found(0)) >= max((each.words for each in runs), default=0)
    return runs


word = st.text("abcdefghij", min_size=1, max_size=5)
texts = st.lists(word, max_size=60)
marks = st.sampled_from([" ", "  ", ", ", "; ", "\n", " — ", ". "])


@given(texts, texts, texts, texts, st.lists(word, min_size=RUN, max_size=40), st.lists(marks, min_size=40, max_size=40))
def test_a_planted_run_is_always_found(before, after, front, back, run, gaps):
    said = "".join(each + gap for each, gap in zip(run, gaps, strict=False)).title()
    text = f"{' '.join(before)} {said} {' '.join(after)}"
    found = between(text, [" ".join(front), " ".join([*front, *run, *back])])
    covered = {place for each in found for place in range(each.start, each.end)}
    start = len(" ".join(before)) + 1
    assert all(place in covered for _, place, _ in tokens(text) if start <= place < start + len(said.rstrip()))
    assert all(each.words >= RUN for each in found)


@given(st.lists(st.integers(0, 9), min_size=RUN, max_size=60), st.integers(1, 5))
def test_texts_without_a_common_run_share_none(numbers, step):
    mine = [f"m{n}" for n in numbers]
    others = [each if place % (RUN - 1) else f"x{place}" for place, each in enumerate(mine)]
    assert between(" ".join(mine), [" ".join(others)]) == []


@given(texts, st.integers(2, 14))
def test_equal_runs_have_equal_hashes_wherever_they_stand(words, run):
    shifted = hashes(["z", *words], run=run)
    assert shifted[1:].tolist() == hashes(words, run=run).tolist()


def test_one_word_less_is_no_run():
    words = [f"word{n}" for n in range(RUN)]
    assert between(" ".join(words[:-1]), [" ".join(words)]) == []
    assert [each.words for each in between(" ".join(words), [" ".join(words)])] == [RUN]


def test_case_punctuation_and_form_do_not_hide_a_run():
    text = "The ﬁrst Tenant (of a unit) MAY, within 30 days, appeal in writing to the Office."
    document = "may: the first tenant of a unit may within 30 days appeal in writing to the office"
    (found,) = between(text, [document])
    assert text[found.start : found.end] == text[:-1]
    assert found.words == 16


def test_texts_are_told_apart_and_documents_stream():
    words = [f"w{n}" for n in range(40)]
    overlap = Overlap()
    for text in (" ".join(words[:20]), " ".join(words[20:]), "too short"):
        overlap.text(text)
    assert not overlap.found(0).any()
    for start in range(0, 40, 10):
        overlap.document(" ".join(words[start : start + 15]))
    assert overlap.found(0).tolist() == [True] * 4 + [False] * 5
    assert overlap.found(2).tolist() == []
    runs = shared(" ".join(words[:20]), overlap.found(0))
    assert [each.words for each in runs] == [15]


def test_a_canary_is_seen_through_spelling_and_by_half():
    canary = "canary-7f3a9c2e-harbour-51d0"
    assert holds("It said: Canary 7F3A9C2E Harbour 51D0.", canary)
    assert holds("the code 7f3a9c2e-harbour was given", canary)
    assert not holds("the harbour was full of canary birds", canary)
    assert not holds("anything", "--")

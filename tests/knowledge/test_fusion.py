"""Rankings made into one, and put in varied order."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.fusion import blend, completed, fuse, ordered
from knowledge.mmr import diversify

scores = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.floats(0.01, 10), max_size=8)
rankings = scores.map(lambda found: ordered(found.items()))


def test_a_worked_example_by_rank():
    found = dict(fuse([("a", 9.0), ("b", 1.0)], [("b", 7.0), ("c", 6.0)], weights=(1, 2), constant=10))
    assert found == pytest.approx({"a": 1 / 11, "b": 1 / 12 + 2 / 11, "c": 2 / 12})


def test_a_worked_example_by_score():
    found = blend([("a", 0.8), ("b", 0.4)], [("b", 12.0), ("c", 3.0)], weights=(1, 3), floors=(0.0, 0.0))
    assert found == [("b", pytest.approx(0.25 * 0.5 + 0.75)), ("a", pytest.approx(0.25)), ("c", pytest.approx(0.1875))]


def test_a_floor_may_be_the_last_of_the_list():
    assert blend([("a", 0.9), ("b", 0.7), ("c", 0.5)], floors=(None,)) == [
        ("a", pytest.approx(1.0)),
        ("b", pytest.approx(0.5)),
        ("c", 0.0),
    ]


def test_a_top_of_its_own_makes_scores_comparable():
    found = blend([("a", 0.8), ("b", 0.4)], [("b", 3.0)], floors=(0.0, 0.0), tops=(1.0, 6.0))
    assert found == [("b", pytest.approx(0.45)), ("a", pytest.approx(0.4))]
    assert blend([("a", 7.0)], floors=(0.0,), tops=(6.0,)) == [("a", 1.0)]


def test_what_words_alone_found_is_as_near_as_the_last_by_meaning():
    assert completed([("b", 0.8), ("a", 0.4)], [("d", 9.0), ("b", 5.0), ("c", 1.0)]) == [
        ("b", 0.8),
        ("a", 0.4),
        ("c", 0.4),
        ("d", 0.4),
    ]
    assert completed([], [("d", 9.0)]) == []


def test_what_lies_below_the_floor_counts_as_on_it():
    assert blend([("a", 0.5), ("b", -0.5)], floors=(0.0,)) == [("a", 1.0), ("b", 0.0)]


def test_a_list_of_weight_none_says_nothing():
    first, second = [("a", 1.0)], [("b", 1.0)]
    assert [id_ for id_, _ in fuse(first, second, weights=(1, 0))] == ["a"]
    assert [id_ for id_, _ in blend(first, second, weights=(0, 1), floors=(0.0, 0.0))] == ["b"]
    assert blend(first, second, weights=(0, 0), floors=(0.0, 0.0)) == []


@given(rankings, rankings, st.floats(0.1, 5), st.floats(0.1, 5))
def test_scores_lie_between_none_and_one(first, second, one, other):
    found = blend(first, second, weights=(one, other), floors=(0.0, 0.0))
    assert {id_ for id_, _ in found} == {id_ for id_, _ in first + second}
    assert all(0 <= score <= 1 + 1e-9 for _, score in found)
    assert found == ordered(found)


@given(rankings, st.floats(0.1, 100))
def test_the_unit_of_a_score_does_not_matter(ranking, factor):
    scaled = [(id_, score * factor) for id_, score in ranking]
    before, after = (blend(each, floors=(0.0,)) for each in (ranking, scaled))
    assert dict(before) == pytest.approx(dict(after))


@given(rankings, rankings)
def test_raising_a_passage_in_one_list_never_lowers_it(first, second):
    for id_, score in first:
        raised = ordered([(other, value + (1.0 if other == id_ else 0.0)) for other, value in first])
        before, after = (dict(fuse(each, second)) for each in (first, raised))
        assert after[id_] >= before[id_], score


def test_variety_at_both_ends():
    vectors = {"a": numpy.array([1.0, 0.0]), "b": numpy.array([1.0, 0.0]), "c": numpy.array([0.0, 1.0])}
    assert diversify(["a", "b", "c"], vectors, k=3, diversity=0.0) == ["a", "b", "c"]
    assert diversify(["a", "b", "c"], vectors, k=2, diversity=0.7) == ["a", "c"]
    assert diversify(["a", "x"], vectors, k=5, diversity=1.0) == ["a", "x"]
    assert diversify([], {}, k=3, diversity=0.5) == []


@given(rankings, st.floats(0, 1), st.integers(1, 9))
def test_variety_chooses_without_repeats(ranking, diversity, k):
    ids = [id_ for id_, _ in ranking]
    vectors = dict(zip(ids, numpy.random.default_rng(3).normal(size=(len(ids), 4)), strict=True))
    chosen = diversify(ids, vectors, k=k, diversity=diversity)
    assert len(chosen) == len(set(chosen)) == min(k, len(ids))
    assert set(chosen) <= set(ids)
    assert chosen[:1] == ids[:1]

"""Weights: their mean is one; the sure, the rare and the different count more."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from verify.weight import HIGHEST, LOWEST, nearest, rarity, weights

A, B = frozenset({"lease"}), frozenset({"appeal"})


def test_the_sure_the_rare_and_the_different_count_more():
    sure = weights(confidence=[0.9, 0.6, None], features=[A, A, A])
    assert sure[0] > sure[1] > sure[2]
    rare = weights(confidence=[0.9] * 4, features=[A, A, A, B])
    assert rare[3] == max(rare) > rare[0]
    vectors = np.array([[1, 0, 0], [0.99, 0.141, 0], [0, 0, 1]], dtype=np.float32)
    other = weights(confidence=[0.9] * 3, features=[A, A, A], vectors=vectors)
    assert other[2] > other[0]


def test_parts_of_a_weight():
    assert rarity([A, A, B, frozenset()]).round(3).tolist() == [0.916, 0.916, 1.609, 0.0]
    assert nearest(np.eye(3, dtype=np.float32)).tolist() == [0, 0, 0]
    assert weights(confidence=[], features=[]).tolist() == []
    assert weights(confidence=[0.0, 0.0], features=[A, B]).tolist() == [1.0, 1.0]


@given(
    st.lists(
        st.tuples(st.floats(0.01, 1) | st.none(), st.sets(st.sampled_from("abcdef"), min_size=1)),
        min_size=1,
        max_size=30,
    )
)
def test_the_mean_is_one_and_the_range_is_bounded(rows):
    found = weights(confidence=[each for each, _ in rows], features=[frozenset(each) for _, each in rows])
    assert abs(found.mean() - 1) < 1e-9
    assert found.max() / found.min() <= HIGHEST / LOWEST + 1e-6

"""Sketches of wording: close to the true share, and indifferent to layout."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.resemblance import SIZE, resemblance, sketch

words = st.lists(
    st.sampled_from(["rule", "record", "badge", "city", "seven", "years", "keep", "shall", "not", "may"]), max_size=80
)


def test_layout_and_case_do_not_count():
    assert sketch("Records must be kept for\n\nSEVEN years.") == sketch("records must be kept, for seven years")


def test_the_estimate_is_near_the_true_share():
    text = [f"w{number}" for number in range(4_000)]
    other = text[:3_000] + [f"v{number}" for number in range(1_000)]
    assert abs(resemblance(sketch(" ".join(text)), sketch(" ".join(other))) - 0.6) < 0.2


@given(words, words)
def test_resemblance_is_a_share_and_symmetric(first, second):
    one, two = sketch(" ".join(first)), sketch(" ".join(second))
    assert len(one) <= SIZE
    assert 0 <= resemblance(one, two) == resemblance(two, one) <= 1
    assert resemblance(one, one) == (1 if one else 0)

"""BM25: words, and how much of a question's weight a passage has."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.lexical import LexicalIndex, all_words, content_words, shared_words, stemmed

TEXTS = ("Records are kept for seven years.", "Visitors wear badges.", "Badges of visitors are kept.")
INDEX = LexicalIndex((f"p{number}", "d", text) for number, text in enumerate(TEXTS))
words = st.lists(st.sampled_from(["records", "kept", "badge", "visitor", "zebra", "the"]), min_size=1, max_size=6)


def test_the_ceiling_is_the_rarity_of_the_words_asked_for():
    rare, common, unknown = (math.log(1 + (3 - n + 0.5) / (n + 0.5)) for n in (1, 2, 0))
    assert INDEX.ceilings(["records", "the badge", "kept zebra", ""]) == [
        pytest.approx(rare),
        pytest.approx(common),
        pytest.approx(common + unknown),
        0,
    ]


@given(words)
def test_no_passage_reaches_the_ceiling(said):
    query = " ".join(said)
    [ceiling] = INDEX.ceilings([query])
    assert all(0 < score < ceiling for _, score in INDEX.search([query], 3)[0])


def test_an_empty_index_has_a_ceiling_too():
    assert LexicalIndex([]).ceilings(["zebra"]) == [pytest.approx(math.log(2))]


def test_words_are_read_in_order_and_compared_in_any_form():
    assert content_words(all_words("Rule 5.2.1: the AAL-2 badges")) == ["rule", "5.2.1", "aal-2", "badges"]
    assert stemmed(["badges", "kept"]) == ["badg", "kept"]
    assert shared_words("Who keeps the badges kept?", "A badge is kept.") == ("badges", "kept")

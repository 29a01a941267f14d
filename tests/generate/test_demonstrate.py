import numpy as np
import pytest

from generate.demonstrate import Demonstration, Selection, select

EXAMPLES = [
    Demonstration(question=f"What is the fee for a {thing}?", answer="$5", passage=f"A {thing} costs $5.")
    for thing in ("dog licence", "cat licence", "parking permit", "building permit", "library card")
]


def embed(texts):
    """One dimension a word: a fake that is deterministic and exact."""
    words = sorted({word for text in texts for word in text.lower().split()})
    rows = np.array([[float(word in text.lower().split()) for word in words] for text in texts], dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_none_and_zero_select_nothing():
    assert select(EXAMPLES, 3, selection=Selection.NONE) == []
    assert select(EXAMPLES, 0, selection=Selection.RANDOM) == []
    assert select([], 3, selection=Selection.SIMILAR, embed=embed) == []


def test_random_is_the_same_for_the_same_seed_and_query():
    first = select(EXAMPLES, 2, selection=Selection.RANDOM, query="q", seed=1)
    assert first == select(list(reversed(EXAMPLES)), 2, selection=Selection.RANDOM, query="q", seed=1)
    assert len(set(first)) == 2


def test_similar_puts_the_nearest_last():
    chosen = select(EXAMPLES, 2, selection=Selection.SIMILAR, query="fee for a cat licence", embed=embed)
    assert [each.question for each in chosen] == [
        "What is the fee for a dog licence?",
        "What is the fee for a cat licence?",
    ]


def test_diverse_spreads_from_the_nearest():
    chosen = select(EXAMPLES, 3, selection=Selection.DIVERSE, query="a cat licence", embed=embed)
    assert "cat licence" in chosen[-1].question
    assert "dog licence" not in " ".join(each.question for each in chosen[1:])
    assert len(set(chosen)) == 3


def test_similar_needs_an_embed_function():
    with pytest.raises(ValueError, match="embed"):
        select(EXAMPLES, 1, selection=Selection.SIMILAR)

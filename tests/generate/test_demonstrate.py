import numpy as np
import pytest

from generate.demonstrate import Demonstration, Selection, copied, read_demonstrations, select
from knowledge.errors import SettingsError

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


def test_vote_k_takes_the_representative_first_and_then_another_region():
    many = [
        Demonstration(question=f"dog licence fee {word}", answer="$5") for word in "one two three four five".split()
    ]
    lone = Demonstration(question="library card renewal", answer="free")
    chosen = select([*many, lone], 2, selection=Selection.VOTE_K, query="fee", embed=embed)
    assert chosen[-1] in many
    assert chosen == select([lone, *reversed(many)], 2, selection=Selection.VOTE_K, query="fee", embed=embed)
    everything = select([*many, lone], 6, selection=Selection.VOTE_K, query="fee", embed=embed)
    assert len(set(everything)) == 6


def test_vote_k_discounts_the_neighbours_of_what_is_taken():
    left = [Demonstration(question=f"fee fee dog {i}", answer="$5") for i in range(10)]
    right = [Demonstration(question=f"card card library {i}", answer="free") for i in range(10)]
    chosen = select([*left, *right], 2, selection=Selection.VOTE_K, query="fee", embed=embed)
    assert {each in left for each in chosen} == {True, False}


def test_unlike_takes_what_no_existing_question_is_like():
    existing = [each.question for each in EXAMPLES if "licence" in each.question or "permit" in each.question]
    (chosen,) = select(EXAMPLES, 1, selection=Selection.UNLIKE, query="fee", existing=existing, embed=embed)
    assert "library card" in chosen.question


def test_informative_covers_the_words_of_the_passages():
    query = "A building permit and a library card cost the same."
    chosen = select(EXAMPLES, 2, selection=Selection.INFORMATIVE, query=query)
    assert {"building permit", "library card"} == {
        thing for thing in ("building permit", "library card") if any(thing in each.question for each in chosen)
    }


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("What is the fee? The fee is $12.50.", "$12.50"),
        ("Who decides? The Harrow Board decides on it.", "Harrow Board"),
        ("Who decides? The Board decides on it.", ""),
        ("A tenant has 14 days to request a hearing.", ""),
        ("The Ferrol Office decides.", ""),
    ],
)
def test_the_guard_finds_facts_of_a_demonstration_that_no_source_says(text, taken):
    shown = Demonstration(
        question="What does the Harrow Board charge at the Ferrol Office?", answer="It charges $12.50 after 14 days."
    )
    sources = ["A tenant has 14 days to request a hearing. The Ferrol Office decides on it."]
    assert copied(text, [shown], sources) == taken


def test_demonstrations_are_read_from_rows_and_from_plain_lines(tmp_path):
    file = tmp_path / "examples.jsonl"
    file.write_text(
        '{"question": "Q?", "answer": "A.", "passage": "P.", "explanation": "Since P."}\n\n'
        '{"question": "R?", "answer": "B.", "evidence": [{"text": "E."}], "reasoning": "As E."}\n'
    )
    one, two = read_demonstrations(file)
    assert (one.passage, one.explanation) == ("P.", "Since P.")
    assert (two.passage, two.explanation) == ("E.", "As E.")


@pytest.mark.parametrize(
    ("line", "words"), [("{", "1: not JSON"), ('{"question": "Q?"}', 'needs a "question" and an "answer"')]
)
def test_a_line_that_is_no_demonstration_is_named(tmp_path, line, words):
    (tmp_path / "examples.jsonl").write_text(line)
    with pytest.raises(SettingsError, match=words):
        read_demonstrations(tmp_path / "examples.jsonl")

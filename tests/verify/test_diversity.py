"""Diversity scores: worked examples, laws, and a set that is plainly collapsed beside one that is not."""

import math
import random

import nltk
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from verify.diversity import (
    compression_ratio,
    distinct,
    entropy,
    interval,
    mtld,
    nearest,
    ngrams,
    question_type,
    self_repetition,
    vendi,
    verb_nouns,
    vocabulary,
    within,
)
from verify.words import words

VARIED = [
    "How long may a guest stay?", "Who signs the lease?", "What is the income ceiling for a family of four?",
    "Must repairs be reported in writing?", "When does the waiting list close?", "Which fees can be refunded?",
]  # fmt: skip
COLLAPSED = [f"What is the maximum amount of item {n}?" for n in range(6)]


def test_ngrams_run_through_the_words():
    assert list(ngrams(["a", "b", "c"], 2)) == [("a", "b"), ("b", "c")]


def test_distinct_counts_each_phrase_once():
    assert distinct(["a b a b"], 1) == 0.5
    assert distinct(["a b a b"], 2) == pytest.approx(2 / 3)
    assert distinct([], 2) == 0.0


def test_distinct_looks_at_a_fixed_amount():
    assert distinct(["a b c d"] * 100, 1, tokens=4) == 1.0


def test_mtld_of_a_worked_example():
    # "of the people by the people for the people": factors end where the ratio falls below 0.72
    tokens = "of the people by the people for the people".split()
    forward = 9 / (1 + (1 - 3 / 3) / 0.28)
    backward = 9 / (1 + (1 - 4 / 4) / 0.28)
    assert mtld(tokens) == pytest.approx((forward + backward) / 2)


def test_mtld_of_words_that_never_repeat_is_their_number():
    assert mtld([str(n) for n in range(40)]) == 40.0


def test_repetition_compresses():
    draw = random.Random(1)
    noise = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz ", k=200)) for _ in range(50)]
    assert compression_ratio([noise[0]] * 50) > 10 * compression_ratio(noise)


def test_self_repetition_of_a_worked_example():
    # one shared 4-gram, once in each of two texts; the third shares none
    texts = ["a b c d x", "y a b c d", "k l m n o"]
    assert self_repetition(texts) == pytest.approx((math.log(2) + math.log(2) + 0.0) / 3)


def test_vendi_counts_what_differs():
    assert vendi(np.eye(5)) == pytest.approx(5.0)
    assert vendi(np.repeat(np.eye(3), 4, axis=0)) == pytest.approx(3.0)
    assert vendi(np.ones((6, 1))) == pytest.approx(1.0)
    assert vendi(np.eye(5), order=2.0) == pytest.approx(5.0)
    with pytest.raises(ValueError, match="no vectors"):
        vendi(np.zeros((0, 3)))


@given(some.integers(2, 30), some.integers(1, 8), some.integers(0, 1000))
def test_vendi_lies_between_one_and_the_rows(rows, width, seed):
    vectors = np.random.default_rng(seed).normal(size=(rows, width))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert 1 - 1e-6 <= vendi(vectors) <= min(rows, width) + 1e-6


@given(some.integers(2, 40), some.integers(0, 1000))
def test_the_nearest_is_found_in_any_block_size(rows, seed):
    vectors = np.random.default_rng(seed).normal(size=(rows, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near = vectors @ vectors.T - 3 * np.eye(rows)
    assert np.allclose(nearest(vectors, block=7), near.max(axis=1))


def test_pairs_are_compared_within_their_group_alone():
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert within(vectors, [[0, 1], [2]]).tolist() == [1.0]
    assert within(vectors, [[0], [1]]).tolist() == []


def test_evenness():
    assert entropy([5, 5, 5]) == pytest.approx(1.0)
    assert entropy([9]) == 0.0
    assert 0 < entropy([99, 1]) < 0.2


def test_a_collapsed_set_scores_as_one():
    assert distinct(COLLAPSED, 2) < 0.6 * distinct(VARIED, 2)
    assert self_repetition(COLLAPSED) > 2 > 0.1 > self_repetition(VARIED)
    assert compression_ratio(COLLAPSED * 5) > compression_ratio(VARIED * 5)


def test_an_interval_holds_the_value_of_a_mean():
    values = [float(n % 7) for n in range(200)]
    found = interval(200, lambda rows: sum(values[n] for n in rows) / len(rows), value=sum(values) / 200)
    assert found.low < found.value < found.high
    assert interval(2, lambda rows: 1.0, value=1.0).low is None


POLICY = (
    "The tenant may appeal in writing to the office within thirty days of the notice, and the office must answer "
    "the tenant within sixty days of the appeal; if the office does not answer, the appeal of the tenant is taken "
    "as granted. A landlord who does not keep the common parts of the building clean shall pay a fine of two "
    "hundred dollars for each day. The fine is paid to the office and the office keeps a record of each fine that a "
    "landlord pays."
)


def test_mtld_agrees_with_lexicalrichness():
    # LexicalRichness(POLICY's words, preprocessor=None, tokenizer=str.split).mtld(threshold=0.72), lexicalrichness 0.5.1
    assert mtld(words(POLICY)) == pytest.approx(27.583984375)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_distinct_agrees_with_nltk(n):
    reference = list(nltk.ngrams(words(POLICY), n))
    assert list(ngrams(words(POLICY), n)) == reference
    assert distinct([POLICY], n) == pytest.approx(len(set(reference)) / len(reference))


@given(some.integers(2, 20), some.integers(2, 30), some.integers(0, 99))
def test_vendi_agrees_with_its_definition(rows, width, seed):
    vectors = np.random.default_rng(seed).normal(size=(rows, width))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    shares = np.clip(np.linalg.eigvalsh(vectors @ vectors.T / rows), 1e-15, None)
    assert vendi(vectors) == pytest.approx(math.exp(-float((shares * np.log(shares)).sum())), rel=1e-6)


def test_vocabulary_is_counted_in_a_fixed_amount():
    assert vocabulary([POLICY]) == len(set(words(POLICY)))
    assert vocabulary([POLICY] * 50, tokens=87) == len(set(words(POLICY)))
    assert vocabulary([]) == 0


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many days are there?", "how many"),
        ("How is it done?", "how"),
        ("May a tenant appeal?", "yes/no"),
        ("Under which rule does it fall?", "which"),
        ("Whose duty is it?", "who"),
        ("State the fee.", "other"),
    ],
)
def test_questions_have_types(question, kind):
    assert question_type(question) == kind


def test_verbs_and_their_nouns():
    found = verb_nouns(
        [
            "Which form must the tenant sign?",
            "Describe the process for appeals.",
            "Is it raining?",
            "Repairs are reported.",
        ]
    )
    assert found == [("sign", "form"), ("describe", "process"), None, ("report", "repair")]

"""Repeats of rows: exact, near and in meaning; what must not be called one; the laws that hold for any rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.embed import HashEmbedder
from knowledge.embed_onnx import OnnxEmbedder
from verify.nli_onnx import OnnxEntailment
from verify.repetition import exact, jaccard, meaning, near, shingles

FEE = ("What is the fee for a permit to sell food?", "It is 40 dollars a year.")


def found(repeats):
    return {each.row: each.of for each in repeats}


def test_exact_ignores_case_and_punctuation_and_keeps_the_first():
    rows = [FEE, ("Who pays?", "You."), ("what is the fee for a permit to sell food", "It is 40 dollars, a year"), FEE]
    assert found(exact(rows)) == {2: 0, 3: 0}


def test_texts_of_signs_alone_are_compared_as_they_stand():
    assert found(exact([("?",), ("!",), ("?",)])) == {2: 0}


def test_a_small_edit_is_near():
    rows = [FEE, ("What is teh fee for the permit to sell food?", FEE[1]), ("Who signs the lease?", "The head.")]
    [repeat] = near(rows, threshold=0.6)
    assert (repeat.row, repeat.of) == (1, 0)
    assert repeat.score == pytest.approx(jaccard(rows[0][0], rows[1][0]))


@pytest.mark.parametrize(
    "other",
    [
        (FEE[0], "It is 45 dollars a year."),
        ("What is not the fee for a permit to sell food?", FEE[1]),
        (FEE[0], "Nobody has to pay for it."),
    ],
)
def test_another_figure_negation_or_answer_is_no_repeat(other):
    assert near([FEE, other], threshold=0.6) == []


def test_contrary_words_are_no_repeat():
    rows = [
        ("What is the maximum rent of a unit in the program?",),
        ("What is the minimum rent of a unit in the program?",),
    ]
    assert near(rows, threshold=0.5) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A dog with a black collar sleeps near the door.", "A dog with a white collar sleeps near the door."),
        ("The license covers food sold in a kitchen.", "The license covers food sold in a bedroom."),
    ],
)
def test_a_word_in_the_place_of_another_is_no_near_copy(one, other):
    assert near([(one,), (other,)], threshold=0.6) == []


def test_what_the_entailment_model_calls_a_contradiction_means_something_else():
    rows = [("The office is open in the morning.",), ("The office is shut in the morning.",), ("Who pays the fee?",)]
    vectors = [np.float16([[1, 0], [1, 0], [0, 1]])]
    assert found(meaning(rows, vectors=vectors, threshold=0.9)) == {1: 0}
    assert meaning(rows, vectors=vectors, threshold=0.9, entailment=OnnxEntailment()) == []


def test_a_chain_names_a_row_that_is_kept():
    texts = ["the tenant pays the deposit before the lease begins", "the tenant pays a deposit before the lease begins"]
    rows = [(texts[0],), (texts[1],), (texts[1] + " ",), (texts[1].replace("lease", "leaes"),)]
    repeats = near(rows, threshold=0.6)
    assert set(found(repeats)) == {1, 2, 3}
    assert set(found(repeats).values()) == {0}


def test_meaning_finds_a_paraphrase_with_the_model_in_the_package():
    embedder = OnnxEmbedder()
    rows = [
        ("When must an applicant tell the agency about a change of address?",),
        ("How is the rent of a unit calculated?",),
        ("By what date does an applicant have to notify the agency that the address changed?",),
    ]
    vectors = [embedder.embed([text for (text,) in rows]).astype(np.float16)]
    assert found(meaning(rows, vectors=vectors, threshold=0.75)) == {2: 0}


def test_figures_guard_meaning_unless_told_otherwise():
    rows = [("a fee of 40 dollars",), ("a fee of 45 dollars",)]
    vectors = [np.array([[1.0, 0.0], [1.0, 0.0]], dtype=np.float32)]
    assert meaning(rows, vectors=vectors, threshold=0.9) == []
    assert found(meaning(rows, vectors=vectors, threshold=0.9, guarded=False)) == {1: 0}


def test_an_answer_that_says_much_more_answers_another_question():
    short, aside = "a monthly payment", "a monthly payment, as the policy says"
    longer = "a monthly payment that the tenant owes before moving furniture into the building"
    asked, wording, other = (
        "What does the tenant owe?",
        "What does the renter owe?",
        "What does the tenant owe, please?",
    )
    ones = np.array([[1.0, 0.0], [1.0, 0.0]])
    apart = np.array([[1.0, 0.0], [0.7, 0.71414284]])

    def repeated(question: str, answer: str) -> bool:
        rows = [(asked, short), (question, answer)]
        return bool(meaning(rows, vectors=[ones, apart], threshold=0.74))

    assert repeated(wording, aside)
    assert repeated(other, longer)
    assert not repeated(wording, longer)


def test_shingles_of_short_texts():
    assert shingles("") == ["  "]
    assert shingles("a") == [" a "]
    assert jaccard("", "") == 1.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="ab 1", max_size=12), max_size=14))
def test_laws(texts):
    rows = [(text,) for text in texts]
    vectors = [HashEmbedder(dimensions=8).embed(texts)]
    for repeats in (list(exact(rows)), near(rows, threshold=0.6), meaning(rows, vectors=vectors, threshold=0.9)):
        away = found(repeats)
        assert all(of < row and of not in away for row, of in away.items())
        assert len(away) == len(repeats)
        assert all(0 <= each.score <= 1 for each in repeats)

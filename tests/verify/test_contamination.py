"""Rows that give away an evaluation set: by runs of words and by meaning."""

import numpy as np
import pytest

from verify.contamination import WORDS, Overlap, leaks_of_meaning, runs

LONG = "the owner must give the tenant a written notice of any entry into the unit at least two days before"


def test_a_run_of_thirteen_words_is_found():
    words = LONG.split()
    overlap = Overlap([("Who enters?", "x"), ("Q", LONG)])
    leak = overlap.leak(7, ("Why", "It says: " + " ".join(words[:WORDS]).upper() + "!"))
    assert (leak.row, leak.of) == (7, 1)
    assert leak.score == pytest.approx(1 / 3)
    assert overlap.leak(7, ("Why", " ".join(words[: WORDS - 1]))) is None


def test_a_short_question_counts_whole_and_a_short_answer_never():
    overlap = Overlap([("Who signs the lease?", "the head of household")])
    assert overlap.leak(0, ("who signs the lease", "")).score == 1.0
    assert overlap.leak(0, ("Who pays the rent?", "The head of household")) is None


def test_runs_of_short_texts():
    assert runs("two words") == []
    assert len(runs("three short words")) == 1
    assert len(runs(" ".join("abcdefghijklmno"))) == 3


def test_the_nearest_item_is_named():
    items = np.array([[1.0, 0.0], [0.6, 0.8]], dtype=np.float32)
    rows = np.array([[0.0, -1.0], [0.7, 0.714]], dtype=np.float32)
    [leak] = leaks_of_meaning(rows, items, threshold=0.5)
    assert (leak.row, leak.of) == (1, 1)

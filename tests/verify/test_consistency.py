"""Neighbour consistency: other answers to the same question are found by entailment, and who is out of step goes."""

import numpy as np

from verify.consistency import disputes, neighbours
from verify.nli_onnx import OnnxEntailment

Q = "When must a tenant pay the rent?"


def found(answers, confidence=None, questions=None):
    questions = questions or [Q] * len(answers)
    pairs = neighbours(questions, vectors=None)
    confidence = confidence or [None] * len(answers)
    model = OnnxEntailment()
    return disputes(pairs, questions=questions, answers=answers, confidence=confidence, model=model, threshold=0.5)


def test_neighbours_ask_the_same_or_nearly():
    vectors = np.array([[1, 0], [1, 0], [0.98, 0.199], [0, 1]], dtype=np.float32)
    questions = ["Who pays?", "who pays", "Who is it that pays?", "When is it?"]
    assert neighbours(questions, vectors=vectors) == [(0, 1), (0, 2), (1, 2)]
    assert neighbours(questions, vectors=None) == [(0, 1)]
    assert neighbours(["", " "], vectors=None) == []


def test_the_one_out_of_step_goes():
    answers = [
        "By the fifth day of the month.",
        "On the fifth day of each month.",
        "By the twentieth day of the month.",
    ]
    [dispute] = found(answers)
    assert dispute.row == 2
    assert dispute.score >= 0.5
    assert dispute.agreement == 0.0


def test_confidence_decides_between_two_and_without_it_both_go():
    answers = ["By the fifth day of the month.", "By the twentieth day of the month."]
    assert [each.row for each in found(answers, [0.7, 0.95])] == [0]
    assert [each.row for each in found(answers)] == [0, 1]


def test_other_words_for_the_same_are_no_dispute():
    assert found(["By the fifth day of the month.", "No later than the fifth day of the month."]) == []

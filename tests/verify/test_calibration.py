"""Scores to probabilities: monotone, honest about rows not seen, and the score agrees with the verifier's own verdicts."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.calibration import (
    Labelled,
    expected_calibration_error,
    fit,
    isotonic,
    log_loss,
    platt,
    precision_recall,
    reliability,
    support_score,
)
from verify.evidence import Evidence
from verify.nli import LexicalEntailment
from verify.nli_onnx import OnnxEntailment
from verify.verdict import Label, Thresholds
from verify.verifier import Item, Verifier

UNREACHED = Thresholds(support=2.0)
labelled = st.lists(st.builds(Labelled, score=st.floats(0, 1), right=st.booleans()), min_size=1, max_size=40)
PASSAGES = (
    "The filing fee is $50. It must be paid by the applicant within 14 days.",
    "The Rent Office hears appeals. Ms Tan directs the Rent Office.",
)
ANSWERS = (
    "The filing fee is $50.",
    "The filing fee is $500.",
    "The applicant must pay the filing fee within 14 days.",
    "Ms Tan directs the Rent Office that hears appeals.",
    "The Rent Office sells bicycles.",
    "The filing fee is $50. The Rent Office sells bicycles.",
    "The filing fee is not $50.",
)


def sample(count: int, *, seed: int = 3) -> list[Labelled]:
    """Rows that are right with the square of their score as the probability."""
    draw = random.Random(seed)
    scores = [draw.random() for _ in range(count)]
    return [Labelled(score=score, right=draw.random() < score**2) for score in scores]


@given(rows=labelled, scores=st.lists(st.floats(0, 1), min_size=2, max_size=10))
def test_maps_rise_and_stay_probabilities(rows: list[Labelled], scores: list[float]) -> None:
    for calibration in (platt(rows), isotonic(rows), fit(rows).calibration):
        given_ = [calibration(score) for score in sorted(scores)]
        assert all(0 < p < 1 for p in given_)
        assert all(low <= high + 1e-12 for low, high in pairwise(given_))


@pytest.mark.parametrize("method", [platt, isotonic])
def test_a_map_learns_how_often_a_score_is_right(method) -> None:
    calibration = method(sample(4000))
    assert [calibration(score) for score in (0.3, 0.6, 0.9)] == pytest.approx([0.09, 0.36, 0.81], abs=0.08)


def test_the_fit_is_better_calibrated_than_the_scores() -> None:
    rows = sample(1000)
    found = fit(rows)
    before = expected_calibration_error(reliability([row.score for row in rows], rows))
    after = expected_calibration_error(reliability(found.held_out, rows))
    assert after < 0.05 < before
    assert len(found.held_out) == len(rows)
    assert fit(rows) == found


def test_only_one_kind_of_label_gives_the_smoothed_share() -> None:
    rows = [Labelled(score=number / 10, right=True) for number in range(10)]
    assert platt(rows)(0.1) == platt(rows)(0.9) == pytest.approx(11 / 12)


def test_scores_that_mislead_are_levelled() -> None:
    rows = [Labelled(score=number / 100, right=number < 50) for number in range(100)]
    assert platt(rows)(0.1) == platt(rows)(0.9) == pytest.approx(0.5)


def test_nothing_to_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="label some"):
        fit([])


def test_bins_and_their_error() -> None:
    rows = [Labelled(score=0, right=right) for right in (True, False, True, True)]
    bins = reliability([0.55, 0.55, 1.0, 0.95], rows)
    assert [(each.rows, each.mean, each.right) for each in bins] == [(2, 0.55, 0.5), (2, 0.975, 1.0)]
    assert expected_calibration_error(bins) == pytest.approx((0.05 + 0.025) / 2)
    assert expected_calibration_error([]) is None
    assert log_loss([0.5, 0.5, 0.5, 0.5], rows) == pytest.approx(math.log(2))


def test_precision_and_recall_at_each_score() -> None:
    rows = [Labelled(score=score, right=right) for score, right in ((0.9, True), (0.9, False), (0.5, True), (0, True))]
    assert [(each.threshold, each.precision, each.recall) for each in precision_recall(rows)] == [
        (0.9, 0.5, pytest.approx(1 / 3)),
        (0.5, pytest.approx(2 / 3), pytest.approx(2 / 3)),
    ]
    assert precision_recall([Labelled(score=0.5, right=False)]) == ()


def items() -> list[Item]:
    cited = tuple(Evidence(passage_id=f"p{number}", document_id="d", text=text) for number, text in enumerate(PASSAGES))
    return [Item(id=str(number), answer=answer, cited=cited) for number, answer in enumerate(ANSWERS)]


@pytest.mark.parametrize("model", [LexicalEntailment, OnnxEntailment])
def test_a_row_passes_at_a_threshold_just_when_its_score_reaches_it(model) -> None:
    judge = model()
    wide = Verifier(judge, thresholds=UNREACHED, relevance=False).verify(items())
    scores = [support_score(result.verdicts, thresholds=Thresholds()) for result in wide]
    assert len(set(scores)) > 3
    for threshold in (0.05, 0.3, 0.5, 0.7, 0.9, *(score for score in scores if score)):
        thresholds = Thresholds(support=threshold)
        results = Verifier(judge, thresholds=thresholds, relevance=False).verify(items())
        assert [result.label is Label.SUPPORTED for result in results] == [score >= threshold for score in scores]


def test_an_answer_without_claims_has_no_score() -> None:
    assert support_score((), thresholds=Thresholds()) == 0.0

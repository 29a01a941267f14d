"""Weights fitted to labelled rows: the signal that tells is found, known weights are left only for good reason."""

import random

import pytest

from verify.likeness import likened
from verify.probability import SIGNALS, Combination
from verify.refit import fit, helps, refit, scores
from verify.verdict import Entailment, Finding, Judgement

KNOWN = Combination(
    intercept=0.0, weights={"entailment": 1.0}, spread={name: 3.0 if name == "entailment" else 0.3 for name in SIGNALS}
)


def judgement(entailment, *, overlap=1.0, pairs=1.0):
    scores = Entailment(entailment=entailment, neutral=1 - entailment, contradiction=0.0)
    return Judgement(passage_id="p", entailment=scores, overlap=overlap, pairs=pairs)


def by_overlap(count, seed=3):
    """Rows that overlap tells apart, with a model that guesses."""
    draw = random.Random(seed)
    shares = [draw.random() for _ in range(count)]
    return [([[judgement(draw.random(), overlap=share)]], share > 0.5) for share in shares]


def test_a_fit_finds_the_signal_that_tells():
    rows = [([[judgement(0.5, overlap=share)]], share > 0.5) for share in (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)]
    made = fit([rows * 5], ridge=0.1)
    assert made.weights["overlap"] > 1
    assert abs(made.weights["entailment"]) < 0.01
    assert made.spread["overlap"] == pytest.approx(0.274, abs=0.001)


def test_a_signal_left_out_gets_no_weight_but_its_spread():
    made = fit([by_overlap(100)], without=("overlap",))
    assert made.weights["overlap"] == 0.0
    assert made.spread["overlap"] > 0.2


def test_more_rows_lead_further_from_what_is_known():
    few, many = (refit(by_overlap(count), known=KNOWN) for count in (20, 2_000))
    assert 0 < few.weights["overlap"] < many.weights["overlap"]
    assert many.weights["entailment"] < few.weights["entailment"] <= 1.05


def test_weights_held_back_entirely_stay():
    made = refit(by_overlap(200), known=KNOWN, held_back=1e9)
    assert made.weights == pytest.approx({name: KNOWN.weights.get(name, 0.0) for name in SIGNALS}, abs=1e-3)


def test_a_signal_that_never_varies_keeps_its_weight():
    made = refit(by_overlap(200), known=KNOWN)
    assert made.weights["conflicts without one"] == 0.0


def test_learning_helps_where_the_known_weights_look_the_wrong_way():
    assert helps(by_overlap(200), known=KNOWN)


def test_learning_does_not_help_where_they_are_right():
    draw = random.Random(5)
    told = [draw.random() for _ in range(200)]
    rows = [([[judgement(score, overlap=draw.random())]], draw.random() < score) for score in told]
    assert not helps(rows, known=KNOWN)


def test_a_row_is_as_good_as_its_worst_claim_in_that_claims_best_window():
    good, bad = judgement(0.9), judgement(0.1)
    assert scores([([[bad, good], [good]], True), ([[good], [bad, bad]], False)], KNOWN) == pytest.approx([0.9, 0.1])


@pytest.mark.parametrize("intercept", [-12.0, -3.0, 4.0, 15.0])
def test_a_start_far_off_is_left_for_the_same_end(intercept):
    far = Combination(intercept=intercept, weights=KNOWN.weights, spread=KNOWN.spread)
    said = [score >= 0.5 for score in scores(by_overlap(100), refit(by_overlap(100), known=far, held_back=0.01))]
    assert sum(each is right for each, (_, right) in zip(said, by_overlap(100), strict=True)) >= 90


def test_one_label_is_refused():
    with pytest.raises(ValueError, match="both labels"):
        refit([row for row in by_overlap(50) if row[1]], known=KNOWN)


def test_unknown_spread_is_refused():
    with pytest.raises(ValueError, match="spread"):
        refit(by_overlap(50), known=Combination(intercept=0.0, weights={"entailment": 1.0}))


def test_likeness_counts_words_and_pairs_and_leaves_differing_words_to_the_rule():
    found = Finding(rule="number", conflict=True, detail="30, not 15", claim_text="30 days", evidence_text="15 days")
    made = likened(
        Judgement(passage_id="p", entailment=judgement(0.5).entailment, findings=(found,)),
        "The clerk replies within 30 days.",
        premise="The clerk replies within 15 days.",
        around="Replies\nThe clerk replies within 15 days. The register is open.",
    )
    assert made.overlap == 1.0
    assert made.passage_overlap == pytest.approx(4 / 5)
    assert made.pairs == pytest.approx(1 / 2)
    assert (made.words, made.missing) == (6, ())

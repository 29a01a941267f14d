"""Weights learned from half of the labelled rows; the other half is what a promise is made on."""

import random

from groundsmith.labelling import LabelledRows
from groundsmith.learning import ENOUGH, learn
from verify.calibration import Labelled, support_score
from verify.probability import SIGNALS, Combination
from verify.verdict import Entailment, Judgement, Label, Thresholds, Verdict

KNOWN = Combination(
    intercept=0.0, weights={"entailment": 1.0}, spread={name: 3.0 if name == "entailment" else 0.3 for name in SIGNALS}
)


def labelled(count: int, *, by_overlap: bool = True) -> LabelledRows:
    """Rows of which overlap tells whether they are right, or the model does."""
    draw, found = random.Random(4), LabelledRows()
    for number in range(count):
        share, guess = draw.random(), draw.random()
        scores = Entailment(entailment=guess, neutral=1 - guess, contradiction=0.0)
        each = Judgement(
            passage_id="p",
            entailment=scores,
            overlap=share,
            probability=KNOWN(Judgement(passage_id="p", entailment=scores)),
        )
        text = f"claim {number}"
        verdict = Verdict(
            claim=text, statement=text, start=0, end=5, label=Label.SUPPORTED, confidence=guess, judgements=(each,)
        )
        found.verdicts.append((verdict,))
        right = share > 0.5 if by_overlap else draw.random() < guess
        found.rows.append(Labelled(score=support_score([verdict], thresholds=Thresholds()), right=right))
    return found


def test_weights_are_learned_and_the_other_half_is_scored_by_them():
    made = learn(labelled(400), KNOWN, thresholds=Thresholds())
    assert made is not None
    assert (made.learned_from, len(made.rows)) == (200, 200)
    assert made.combination.weights["overlap"] > 1
    right = [row.score for row in made.rows if row.right]
    wrong = [row.score for row in made.rows if not row.right]
    assert sum(right) / len(right) > sum(wrong) / len(wrong) + 0.15


def test_nothing_is_learned_where_the_known_weights_are_right():
    assert learn(labelled(400, by_overlap=False), KNOWN, thresholds=Thresholds()) is None


def test_too_few_rows_leave_the_weights_alone():
    assert learn(labelled(ENOUGH - 1), KNOWN, thresholds=Thresholds()) is None


def test_recorded_scores_have_no_windows_to_learn_from():
    found = labelled(400)
    found.verdicts.clear()
    assert learn(found, KNOWN, thresholds=Thresholds()) is None


def test_a_model_without_known_weights_learns_none():
    assert learn(labelled(400), None, thresholds=Thresholds()) is None

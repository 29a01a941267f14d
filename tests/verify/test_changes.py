"""The statements of the benchmark of changes: each edit does what its label says."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from changes import asked, figures, kept, wording

RULE = "If the claim is denied, the Mayor shall pay at least $500 within 30 days, except in cases of fraud."


def texts(variants):
    return {variant.text for variant in variants}


@pytest.fixture
def rng():
    return random.Random(1)


def test_a_figure_moves_away_from_what_is_implied(rng):
    lower = [int(text.split("within ")[1].split()[0]) for text in texts(figures.durations(RULE, rng))]
    higher = [int(text.split("$")[1].split()[0].replace(",", "")) for text in texts(figures.amounts(RULE, rng))]
    assert all(value < 30 for value in lower)
    assert all(value > 500 for value in higher)


def test_a_duty_becomes_a_choice(rng):
    for text in texts(wording.modalities(RULE, rng)):
        assert "shall" not in text


def test_a_ban_on_all_keeps_its_modality(rng):
    text = "No employer shall dismiss an employee."
    assert not list(wording.modalities(text, rng))
    assert not list(kept.modalities(text, rng))


def test_a_condition_goes(rng):
    assert "The verifier shall stop." in texts(
        wording.conditions("If the secret is known, the verifier shall stop.", rng, others=())
    )


def test_an_aside_goes_and_a_bracketed_condition_stays(rng):
    assert texts(kept.shortened("Records (paper or digital) shall be kept for ten years.", rng)) == {
        "Records shall be kept for ten years."
    }
    assert not list(kept.shortened("Records (if they exist) shall be kept for ten years.", rng))


def test_questions_and_answers(rng):
    rule = "The Mayor shall issue the permit within 30 days."
    pairs = {(variant.question, variant.text) for variant in asked.right(rule, rng)}
    assert ("Who must issue the permit within 30 days?", "The Mayor.") in pairs
    assert ("Within how many days must the Mayor issue the permit?", "30 days") in pairs
    wrong = {variant.text for variant in asked.misattributed(rule, rng, group="dc-code")}
    assert wrong
    assert not any("Mayor" in text for text in wrong)

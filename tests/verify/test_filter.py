"""Heuristic filters: each measure on texts that have and have not what it counts; rules as they are written."""

from math import log

import pytest

from verify.filter import BUILTIN, MEANINGS, MEASURES, Filter, measures_of, refused, supports

GOOD = ("When must the tenant pay the rent?", "The tenant must pay the rent by the fifth day of each month.")


def value(name, question, answer, row=None):
    return measures_of(question, answer, row or {}, names=[name])[name]


def test_every_measure_says_what_it_means():
    assert MEASURES.keys() == MEANINGS.keys()


def test_an_ordinary_row_passes_the_rules_that_come_with_the_package():
    rules = [Filter.of(line) for line in BUILTIN]
    values = measures_of(*GOOD, {"confidence": 0.9}, names=[rule.measure for rule in rules])
    assert refused(rules, values) is None


@pytest.mark.parametrize(
    ("pair", "measure"),
    [
        (("Why?", GOOD[1]), "question_words"),
        ((GOOD[0], ""), "answer_words"),
        (("The tenant pays the rent", GOOD[1]), "asks"),
        (("When must we ##?", "### $$ %% ^^ && ** (( )) == ++ !! ;; ::::"), "letters"),
        (
            ("Wann muss der Mieter die Miete zahlen?", "Der Mieter muss die Miete bis zum Ende des Monats zahlen."),
            "language",
        ),
        ((GOOD[0], "Answer: " + GOOD[1]), "debris"),
        ((GOOD[0], "As an AI I cannot know, [insert date] applies."), "debris"),
        ((GOOD[0], "It is due on the fifth day (or on the last."), "debris"),
        ((GOOD[0], "It is due now. It is due now. It is due now. It is due now."), "repetition"),
        ((GOOD[0], "The tenant must pay the rent."), "echo"),
    ],
)
def test_what_a_rule_refuses(pair, measure):
    rules = [Filter.of(line) for line in BUILTIN]
    found = refused(rules, measures_of(*pair, {}, names=[rule.measure for rule in rules]))
    assert found is not None
    assert found.rule.measure == measure
    assert measure in found.reason


def test_an_order_asks_too():
    assert value("asks", "Explain what a tenant must do.", "x") == 1.0


def test_a_list_of_lettered_points_is_no_debris():
    assert value("debris", GOOD[0], "Either:\na) by cheque\nb) in cash") == 0.0


@pytest.mark.parametrize(
    ("claims", "expected"),
    [([0.02, 0.04], 1.0), ([0.5, 0.4], 0.0), ([0.01, 0.9], 0.0), ([0.98], 0.0), ([None], None), ([], None)],
)
def test_low_confidence_with_low_uncertainty_is_hopeless(claims, expected):
    row = {"claims": [{"entailment": each} for each in claims]}
    assert value("hopeless", *GOOD, row) == expected


def test_support_is_read_from_our_rows_and_from_annotated_ones():
    assert supports({"groundsmith_claims": [{"entailment": 0.5}, "broken"]}) == [0.5]
    assert value("entailment", *GOOD, {"claims": [{"entailment": 0.9}, {"entailment": 0.2}]}) == 0.2


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"logprobs": [log(0.5), log(0.125)]}, 0.25),
        ({"mean_logprob": log(0.3)}, 0.3),
        ({"parts": {"mean_logprob": log(0.4)}}, 0.4),
        ({"logprobs": [0.3]}, None),
        ({"logprobs": ["x", -1.0]}, None),
        ({}, None),
    ],
)
def test_generation_probability(row, expected):
    found = value("probability", *GOOD, row)
    assert found == (None if expected is None else pytest.approx(expected))


def test_rules_are_read_as_written():
    assert Filter.of("answer_words: 3..60") == Filter(measure="answer_words", least=3, most=60)
    assert Filter.of(" confidence : 0.7 .. ").least == 0.7
    assert Filter.of("debris:..0").refuses(1)
    assert not Filter.of("confidence: 0.7..").refuses(None)
    for wrong in ("answer_words 3..60", "colour: 1..2", "answer_words: a..b", "answer_words: 3"):
        with pytest.raises(ValueError, match="is not written as"):
            Filter.of(wrong)

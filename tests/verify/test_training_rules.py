"""The rules that make and divide the training pairs of the entailment model."""

import random

import pytest

from verify.training import answering, figures, perturb, policy
from verify.training.cloze import clozes
from verify.training.policy import CONTRADICTION, ENTAILMENT, NEUTRAL, Line
from verify.training.split import HALVED, trainable
from verify.training.window import best, overlap, windows

RULE = (
    "The Mayor shall submit the report to the Council within 30 days after October 1, 2010, unless the Council objects."
)


def test_figures_are_typed_and_section_numbers_left_out():
    found = [
        (s.kind, s.text)
        for s in figures.slots("Under section 12, pay $1,000 or 5% within 30 days after May 1, 2010 for 4 units.")
    ]
    assert found == [
        ("money", "$1,000"),
        ("percent", "5%"),
        ("duration", "30 days"),
        ("date", "May 1, 2010"),
        ("number", "4"),
    ]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("text", ["$1,000", "5%", "30 days", "May 1, 2010", "seven", "0.5", "1999"])
def test_another_value_is_never_the_same(seed, text):
    slot = figures.Slot(kind="duration" if "days" in text else "number", start=0, end=len(text), text=text)
    assert figures.other_value(slot, [], random.Random(seed)) != text


@pytest.mark.parametrize(
    ("edit", "text", "wrong"),
    [
        (perturb.flip, "Pay at least $5.", {"Pay at most $5.", "Pay no more than $5.", "Pay less than $5."}),
        (perturb.oppose, "A tenant may not leave.", {"A tenant may leave.", "A tenant must leave."}),
        (perturb.unconditional, "Rent is due every month if the lease says so.", {"Rent is due every month."}),
        (perturb.flip, "Rent is due.", {None}),
    ],
)
def test_edits_break_the_meaning(edit, text, wrong):
    assert edit(text, random.Random(1)) in wrong


def test_plain_drops_marks_and_lead_ins():
    assert perturb.plain("(a)(1) Notwithstanding any other law, the fee is $5; and") == "The fee is $5."


def test_questions_come_with_their_answers():
    asked = {(c.question, c.answer) for c in clozes("The Mayor must pay the tenant $50.", random.Random(3))}
    assert ("Who must pay the tenant $50?", "The Mayor") in asked
    assert ("Must the Mayor pay the tenant $50?", "Yes") in asked


def test_pairs_carry_the_window_and_a_known_label():
    lines = [
        Line(text=t, depth=0)
        for t in (RULE, "A tenant may appeal within 15 days.", "The fee for an appeal is $50.")
        for _ in (1, 2)
    ]
    window = policy.windows_of("Appeals", lines, random.Random(1), limit=1)[0]
    pairs = policy.pairs_of(window, random.Random(2), count=20)
    assert {p[0] for p in pairs} == {window.text}
    assert {p[2] for p in pairs} == {ENTAILMENT, NEUTRAL, CONTRADICTION}


def test_rows_of_one_article_stay_in_one_half_and_other_sets_are_never_trained_on():
    rows = [{"meta": {"article": "Steam engine"}, "evidence": str(i), "claim": str(i)} for i in range(20)]
    assert len({trainable("squad2_answers_dev", r) for r in rows}) == 1
    assert not any(trainable("qags", r) for r in rows)
    assert "llm_aggrefact_mini_dev" not in HALVED


def test_windows_cover_the_text_and_the_best_one_holds_the_claim():
    text = " ".join(f"Sentence number {i} speaks of thing{i} and other matters of no interest here." for i in range(60))
    found = windows(text)
    assert {w for window in found for w in window.split()} == set(text.split())
    assert max(len(w.split()) for w in found) <= 120
    assert "thing41 " in best("What of thing41?", text)[0]


def test_overlap_is_a_share():
    assert overlap("the fee is $50", "A fee of $50 applies.") == 1.0
    assert overlap("", "anything") == 0.0


def test_cases_of_another_question_keep_their_label():
    rng = random.Random(3)
    text = (
        "The permit fee is $40. The Board must hear an appeal within 30 days. A tenant may not keep more than two dogs."
    )
    own = answering.Case(
        question="When must the Board hear an appeal?",
        answer="within 30 days",
        text=text,
        right=True,
        source="s",
        group="g",
    )
    found = [{"question": own.question, "claim": own.answer, "label": 1}, {"question": "?", "claim": "$40", "label": 1}]
    made = [each for _ in range(9) for each in answering._others(own, found, rng)]
    assert {(each.source, each.right) for each in made} >= {
        ("other answer", False),
        ("sentence", True),
        ("other sentence", False),
    }
    assert all(each.answer == "$40" for each in made if each.source == "other answer")
    assert answering.contrary("The maximum fee", rng) == "The minimum fee"
    assert answering.ranked([0.9, 0.6], [0.1, 0.6]) == 0.875

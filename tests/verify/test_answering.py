"""Whether an answer replies to its question, by how the question's words lie about it in the passage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.answering import refusals, reply, shipped
from verify.asked import SIGNALS, read
from verify.evidence import Evidence
from verify.item import OTHER_QUESTION, Item, Result
from verify.nli_onnx import MODEL, WEIGHTS, OnnxEntailment
from verify.probability import shipped as combination
from verify.verdict import STRICT, Label, Thresholds
from verify.verifier import Verifier

PASSAGE = (
    "The register of breaches is kept for five years. Staff must report any suspected breach to the security team at once. "
    "The data protection officer must notify the regulator of a personal data breach within 72 hours of becoming aware of it. "
    "A maximum of two resident permits is issued to a household in the Harbour district."
)
RIGHT = [
    ("How long is the register of breaches kept?", "five years"),
    ("To whom must staff report a suspected breach?", "The security team"),
    (
        "Who must notify the regulator of a personal data breach?",
        "The data protection officer must notify the regulator.",
    ),
    ("Within what time must the regulator be notified of a personal data breach?", "72 hours"),
    ("What is the maximum number of resident permits of a household in the Harbour district?", "Two"),
]
WRONG = [
    ("How long is the register of breaches kept?", "72 hours"),
    ("To whom must staff report a suspected breach?", "The regulator"),
    ("Who must not notify the regulator of a personal data breach?", "The data protection officer"),
    ("What is the minimum number of resident permits issued to a household?", "two"),
    ("How many permits are issued to a household in the Mountain district of Norway?", "two"),
]


def probability(question, answer, passages=(PASSAGE,), **options):
    return reply(question, answer, passages, **options).answers


@pytest.mark.parametrize(("question", "answer"), RIGHT)
def test_an_answer_from_the_sentence_that_is_asked_about_replies(question, answer):
    assert probability(question, answer) >= STRICT.answers


@pytest.mark.parametrize(("question", "answer"), WRONG)
def test_an_answer_to_another_question_does_not(question, answer):
    assert probability(question, answer) < STRICT.answers


def test_the_rival_sentence_is_quoted():
    found = reply("How long is the register of breaches kept?", "72 hours", [PASSAGE]).finding(STRICT.answers)
    assert found.rule == OTHER_QUESTION
    assert found.conflict
    assert "elsewhere: “The register of breaches is kept for five years.”" in found.detail
    assert found.evidence_text == "The register of breaches is kept for five years."


def test_a_question_turned_round_is_told():
    found = reply(
        "Who must not notify the regulator of a personal data breach?", "The data protection officer", [PASSAGE]
    )
    assert found.detail == "the question denies what the answer's sentence affirms"


def test_the_passage_that_holds_the_answer_is_read_among_several():
    others = ["Parking is free on Sundays.", PASSAGE, "Permits for visitors are kept by the gate."]
    assert probability(*RIGHT[0], passages=others) == probability(*RIGHT[0])


def test_a_question_on_two_passages_is_read_in_both():
    other = "A tenant in arrears for 60 days is referred to the Housing Tribunal. No fee is due for the referral."
    question = "How long is the register of breaches kept, and to whom is a tenant in arrears referred?"
    answer = "The register of breaches is kept for five years. A tenant in arrears is referred to the Housing Tribunal."
    assert probability(question, answer, [PASSAGE, other]) > 0.5
    assert probability(question, answer, [other, PASSAGE]) > 0.5


def test_what_the_title_names_is_not_asked_of_the_passage():
    question = "How long does the Norwegian Data Policy keep the register of breaches?"
    alone, titled = (probability(question, "five years", context=each) for each in ("", "Norwegian Data Policy"))
    assert titled > alone


@pytest.mark.parametrize(
    ("question", "answer", "passages"),
    [
        ("Must staff report a suspected breach?", "Yes.", [PASSAGE]),
        ("Summarise the rules on breaches.", "Staff report them.", [PASSAGE]),
        ("Who reports breaches?", "Staff", []),
        ("Who reports breaches?", " ", [PASSAGE]),
    ],
    ids=["yes", "no question", "no passage", "no answer"],
)
def test_what_cannot_be_told_is_left_open(question, answer, passages):
    assert reply(question, answer, passages) is None
    assert refusals(None, 1.0) == ()


def test_the_least_probability_decides_and_zero_refuses_none():
    said = reply(*WRONG[0], [PASSAGE])
    assert refusals(said, 0.0) == ()
    assert [each.rule for each in refusals(said, 1.0)] == [OTHER_QUESTION]
    assert Thresholds().answers < STRICT.answers


def test_what_is_borne_out_but_no_reply_is_not_enough_evidence():
    found = refusals(reply(*WRONG[0], [PASSAGE]), STRICT.answers)
    result = Result(id="r", label=Label.SUPPORTED, confidence=0.9, relevance=found, answers=0.15)
    assert result.as_reply.label is Label.NOT_ENOUGH
    assert result.as_reply.confidence == 0.85
    assert result.as_reply.reason.startswith("other-question: the passage speaks of the question elsewhere")
    refuted = Result(id="r", label=Label.REFUTED, confidence=0.9, relevance=found, answers=0.15)
    assert refuted.as_reply is refuted


def test_weights_name_every_signal():
    assert set(shipped().weights) == set(SIGNALS)


def test_a_long_passage_is_read_around_the_answer():
    filler = "Nothing of note happened on that day. " * 400
    reading = read(*RIGHT[0], [f"{filler}{PASSAGE} {filler}"])
    assert reading.sentence == "The register of breaches is kept for five years."


@given(st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=120), max_size=3))
def test_any_text_has_a_probability_or_none(question, answer, passages):
    said = reply(question, answer, passages)
    assert said is None or (0 <= said.answers <= 1 and said.detail)


@pytest.mark.model
@pytest.mark.skipif(not (WEIGHTS / MODEL).is_file(), reason="the entailment weights are not in the package yet")
class TestWithTheModel:
    def test_an_answer_to_another_question_does_not_pass(self):
        text = (
            "Lost badges: a badge that is lost must be reported to the security desk within 24 hours. The fee for a replacement"
            " badge is $15. Badges of visitors are returned on the day of the visit, and a visitor who stays overnight pays $40."
        )
        question = "What is the fee for a replacement badge?"
        cited = (Evidence(passage_id="p", document_id="d", text=text),)
        items = [Item(id=each, question=question, answer=each, cited=cited) for each in ("$15", "$40")]
        model = OnnxEntailment()
        right, wrong = Verifier(model, thresholds=STRICT, estimate=combination(model.name)).verify(items)
        assert right.passed
        assert right.answers > 0.5
        assert OTHER_QUESTION in {each.rule for each in wrong.relevance}
        unasked = next(iter(Verifier(model, relevance=False, joint=False).verify(items[:1])))
        assert unasked.answers is None

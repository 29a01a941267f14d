"""What the judge is asked of each kind, with the entailment model in the package, on a policy of the sample corpus."""

from __future__ import annotations

import pytest

from generate.form import Expect, Probe
from generate.sample import Draft, drafted
from generate.task import PRESETS
from groundsmith.probing import Draughted, critique, judged, possible_answers
from knowledge.document import Passage
from verify.nli_onnx import OnnxEntailment
from verify.verifier import Verifier

TEXT = (
    "A tenant may appeal a decision within 30 days after receiving the written notice. The Appeals Panel has three members. "
    "The panel must issue its decision within 20 working days after the hearing. There is no fee for an appeal. "
    "A late payment is charged a fee of $25."
)
PASSAGE = Passage(id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=len(TEXT), text=TEXT, title="Appeals")
APPEAL = "A tenant may appeal a decision within 30 days after receiving the written notice."
PANEL = "The panel must issue its decision within 20 working days after the hearing."


@pytest.fixture(scope="module")
def verifier():
    return Verifier(OnnxEntailment(), cited_only=True)


def outcome(verifier, kind, **values):
    draft = drafted(PRESETS[kind], values)
    assert isinstance(draft, Draft), draft
    ((result, reason),) = judged(verifier, [Draughted(draft=draft, passages=(PASSAGE,))])
    return result, reason


@pytest.mark.model
class TestWithTheRealModel:
    def test_every_item_of_a_list_must_be_borne_out(self, verifier):
        question = "What time limits does an appeal have?"
        result, reason = outcome(verifier, "list_answer", question=question, items=[APPEAL, PANEL])
        assert (str(result.label), reason) == ("supported", "")
        answer = f"- {APPEAL}\n- {PANEL}"
        assert [answer[verdict.start : verdict.end].strip("- \n.") for verdict in result.verdicts] == [
            APPEAL.strip("."),
            PANEL.strip("."),
        ]
        _, reason = outcome(
            verifier, "list_answer", question=question, items=[APPEAL, "The panel must answer within 90 working days."]
        )
        assert reason

    def test_exactly_one_option_may_be_right(self, verifier):
        question = "Within how many days after receiving the written notice may a tenant appeal a decision?"
        options = ["30 days", "60 days", "10 days", "90 days"]
        _, reason = outcome(verifier, "multiple_choice", question=question, options=options, correct=0)
        assert reason == ""
        _, reason = outcome(verifier, "multiple_choice", question=question, options=options, correct=1)
        assert reason
        twice = ["30 days", "thirty days", "10 days", "90 days"]
        _, reason = outcome(verifier, "multiple_choice", question=question, options=twice, correct=0)
        assert reason.startswith("ambiguous")

    def test_a_figure_must_be_that_of_the_source(self, verifier):
        question = "What fee is a late payment charged?"
        assert outcome(verifier, "numeric", question=question, answer="$25")[1] == ""
        assert outcome(verifier, "numeric", question=question, answer="$30")[1]

    def test_a_false_premise_is_refuted_and_its_correction_borne_out(self, verifier):
        asked = "Why may a tenant appeal a decision within 60 days?"
        premise = "A tenant may appeal a decision within 60 days after receiving the written notice."
        result, reason = outcome(verifier, "false_premise", premise=premise, question=asked, correction=APPEAL)
        assert (str(result.label), reason) == ("supported", "")
        _, reason = outcome(
            verifier, "false_premise", premise="The Appeals Panel has three members.", question=asked, correction=APPEAL
        )
        assert reason.startswith("not refuted")

    def test_a_question_that_the_text_answers_is_not_unanswerable(self, verifier):
        result, reason = outcome(
            verifier,
            "unanswerable",
            question="How many weeks does a tenant have to pay the rent in advance?",
            missing="rent",
        )
        assert (str(result.label), reason) == ("not enough evidence", "")
        _, reason = outcome(
            verifier, "unanswerable", question="How many members does the Appeals Panel have?", missing="a number"
        )
        assert reason.startswith("answerable")

    def test_an_answer_in_other_words_counts_too(self, verifier):
        text = "A senior may apply for an apartment. At least one member must be 62 or older to live in senior housing."
        passage = Passage(
            id="p_2", document_id="d_2", version=1, ordinal=0, start=0, end=len(text), text=text, title="Seniors"
        )
        draft = drafted(
            PRESETS["unanswerable"],
            {"question": "What is the minimum age required to live in senior housing?", "missing": "an age"},
        )
        ((_, reason),) = judged(verifier, [Draughted(draft=draft, passages=(passage,))])
        assert reason.startswith("answerable")

    @pytest.mark.parametrize(
        ("question", "refused"),
        [
            ("When may the director shorten the period of notice before parental leave begins?", True),
            ("When is the report on vacant land published by the office?", False),
        ],
    )
    def test_a_passage_that_answers_as_a_whole_counts_too(self, verifier, question, refused):
        text = (
            "An employee must give the director written notice of parental leave before it begins. "
            "The director may shorten the period of notice before parental leave begins where the birth comes early."
        )
        passage = Passage(
            id="p_3", document_id="d_3", version=1, ordinal=0, start=0, end=len(text), text=text, title="Leave"
        )
        draft = drafted(PRESETS["unanswerable"], {"question": question, "missing": "a reason"})
        ((_, reason),) = judged(verifier, [Draughted(draft=draft, passages=(passage,))])
        assert reason.startswith("answerable") is refused

    def test_each_answer_of_a_conversation_is_judged(self, verifier):
        good = [
            {"question": "When may a tenant appeal a decision?", "answer": APPEAL},
            {
                "question": "How many members does the Appeals Panel have?",
                "answer": "The Appeals Panel has three members.",
            },
        ]
        assert outcome(verifier, "dialogue", turns=good)[1] == ""
        bad = [good[0], {"question": "How many members does it have?", "answer": "The Appeals Panel has nine members."}]
        assert outcome(verifier, "dialogue", turns=bad)[1]

    def test_the_critique_names_the_claim_that_failed(self, verifier):
        result, reason = outcome(
            verifier,
            "question_answer",
            question="How many members does the panel have?",
            answer="The Appeals Panel has nine members.",
        )
        assert "nine members" in critique(result, reason)
        assert critique(result, "") == ""


def test_possible_answers_are_of_the_sort_that_is_asked_for():
    assert possible_answers("Is there a fee?", [TEXT]) == ["Yes", "No"]
    assert possible_answers("How many members are there?", [TEXT]) == ["three members"]
    assert possible_answers("What is the fee?", [TEXT]) == ["30 days", "three members", "20 working days", "$25"]
    assert len(possible_answers("Who decides?", [TEXT * 40])) <= 32


def test_a_draft_without_probes_is_asked_as_question_and_answer():
    probe = Probe(question="Q?", answer="A.")
    assert (probe.expect, probe.given) == (Expect.ENTAILED, "")

import pytest

from verify.answerable import answerable, judgements
from verify.evidence import Evidence
from verify.nli_onnx import OnnxEntailment
from verify.probability import Combination

LEAVE = Evidence(
    passage_id="leave",
    document_id="d",
    text="An employee must give the director written notice of parental leave at least 30 days before it begins. "
    "The director may shorten this period where the birth comes early.",
)
FEES = Evidence(
    passage_id="fees",
    document_id="d",
    text="The filing fee for an appeal is $50. The board may waive it for applicants who receive public assistance.",
)
ASKED = (
    ("How many days before parental leave begins must an employee give notice?", LEAVE),
    ("Who may shorten the period of notice of parental leave?", LEAVE),
    ("What is the filing fee for an appeal?", FEES),
    ("Who may waive the filing fee for an appeal?", FEES),
)


@pytest.fixture(scope="module")
def model():
    return OnnxEntailment()


def test_a_question_is_answered_by_its_own_passage_rather_than_by_another(model):
    own = answerable(model, ASKED)
    other = answerable(model, [(question, FEES if passage is LEAVE else LEAVE) for question, passage in ASKED])
    assert min(own) > max(other)
    assert all(0.0 <= each <= 1.0 for each in own + other)


def test_an_empty_passage_answers_nothing(model):
    nothing = Evidence(passage_id="none", document_id="d", text="")
    assert answerable(model, [(ASKED[0][0], nothing), ASKED[0]])[0] == 0.0
    assert answerable(model, []) == []


def test_other_weights_may_be_given(model):
    never = Combination(intercept=-50.0, weights={"entailment": 0.0})
    assert max(answerable(model, ASKED, by=never)) < 0.001


def test_the_words_compared_are_those_of_the_question(model):
    ((first, *_),) = judgements(model, [("The filing fee?", FEES)])
    assert first.overlap == 1.0

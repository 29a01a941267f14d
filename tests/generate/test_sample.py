import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generate.model import Completion
from generate.sample import Draft, Failure, is_repaired, parse, read_object
from generate.task import PRESETS

TASK = PRESETS["question_answer"]
GOOD = {"question": "What is the late fee?", "answer": "The late fee is $25."}


def reply(text, finish="stop"):
    return parse(Completion(text=text, model="m", finish=finish), TASK, prompt_id="pr_1")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        f"Sure! Here it is:\n```json\n{json.dumps(GOOD)}\n```\nAnything else?",
        json.dumps(GOOD) + "\n\nI hope this helps {really}.",
        '<think>maybe {"a": 1}</think>' + json.dumps(GOOD),
        json.dumps(GOOD, indent=4).replace("late", "late\n"),
    ],
)
def test_parse_reads_json_as_models_write_it(text):
    assert reply(text) == Draft(question=GOOD["question"], answer=GOOD["answer"])


def test_a_reply_cut_inside_its_last_text_is_not_taken_for_whole():
    result = reply('{"question": "What is the late fee?", "answer": "The late fee is', finish="length")
    assert isinstance(result, Failure)
    assert (result.kind, result.prompt_id) == ("cut", "pr_1")
    assert result.raw.endswith("fee is")


def test_a_reply_that_only_lacks_its_brace_is_mended():
    assert isinstance(reply(json.dumps(GOOD)[:-1]), Draft)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "not-json"),
        ("no object here", "not-json"),
        ("[1, 2]", "not-json"),
        ('{"question": "What is the late fee?"}', "missing"),
        ('{"question": "What is the late fee?", "answer": ""}', "empty"),
        ('{"question": "", "answer": "x"}', "empty"),
        ('{"question": "What is the late fee?", "answer": "Answer 1."}', "placeholder"),
        ('{"question": "Question 1?", "answer": "x"}', "placeholder"),
        ('{"question": "What is the late fee?", "answer": "..."}', "placeholder"),
        ('{"question": "What is the late fee?", "answer": "<answer>"}', "placeholder"),
        ('{"question": "Why?", "answer": "Because it is."}', "too-short"),
        ('{"question": "What is the late fee?", "answer": {"a": 1}}', "not-text"),
        ('{"question": "What is the late fee?", "answer": "I\'m sorry, I cannot say."}', "refusal"),
        ('{"question": "What does the passage say on fees?", "answer": "It is $25."}', "needs-source"),
        ('{"question": "What is said in [source 3f2a] here?", "answer": "It is $25."}', "needs-source"),
    ],
)
def test_parse_names_what_is_wrong_and_keeps_the_text(text, kind):
    result = reply(text)
    assert isinstance(result, Failure)
    assert (result.kind, result.raw) == (kind, text)
    assert result.message


def test_short_true_answers_pass():
    for answer in ("$25", "No", "7", "Nonresidents", "Unknown persons may not enter."):
        assert isinstance(reply(json.dumps({**GOOD, "answer": answer})), Draft), answer


@pytest.mark.parametrize(
    ("question", "fine"),
    [
        ("What is the source of the income?", True),
        ("When must the document be signed?", True),
        ("According to the text, what is the fee?", False),
        ("What does the document say about fees?", False),
        ("What is the fee described above?", False),
        ("What fee is named in this section?", False),
        ("What is charged in the section of the city that floods?", True),
    ],
)
def test_a_question_must_not_lean_on_its_source(question, fine):
    assert isinstance(reply(json.dumps({**GOOD, "question": question})), Draft) is fine


texts = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)


@given(st.dictionaries(texts, texts, min_size=1, max_size=4))
def test_any_object_survives_being_written_and_wrapped(value):
    assert read_object("Here: " + json.dumps(value)) == value


@given(texts)
def test_parse_never_raises(text):
    assert isinstance(reply("{" + text), Draft | Failure)
    assert isinstance(reply(text, finish="length"), Draft | Failure)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ('{"question": "What is due?", "answer": "Rent."}', False),
        ('Here it is: {"question": "What is due?", "answer": "Rent."}', True),
        ('```json\n{"question": "What is due?", "answer": "Rent."}\n```', True),
        ('{"question": "What is due?", "answer": "Rent.",}', True),
        ('{"question": "What is due?", "answer": "Re', True),
        ("I would rather not say.", False),
    ],
)
def test_replies_that_had_to_be_mended_are_told_apart(text: str, mended: bool) -> None:
    assert is_repaired(text) is mended
    assert (read_object(text) is None) == text.startswith("I")

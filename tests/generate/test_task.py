import pytest

from generate.task import PRESETS, Task, object_schema, task_from
from knowledge.errors import SettingsError


def test_presets_name_a_question_and_where_they_ask_for_one_an_answer():
    for name, task in PRESETS.items():
        assert task.name == name
        assert "question" in task.schema["properties"] or task.question
    assert PRESETS["question_answer_across"].documents == 2


def test_schema_bounds_every_text_and_allows_nothing_else():
    schema = object_schema({"question": 10, "reasoning": 20}, optional=("reasoning",))
    assert schema["required"] == ["question"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["reasoning"]["maxLength"] == 20


def test_task_from_settings_starts_from_a_preset():
    task = task_from("brief", {"preset": "question_answer", "language": "German", "max_tokens": 90})
    assert (task.name, task.language, task.max_tokens) == ("brief", "German", 90)
    assert task.instruction == PRESETS["question_answer"].instruction


def test_task_from_settings_stands_alone_with_an_instruction():
    assert task_from("quiz", {"instruction": "Write a quiz question."}).instruction == "Write a quiz question."


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"preset": "question_answr"}, 'did you mean "question_answer"'),
        ({"instruction": "Write.", "instrucion": "x"}, 'did you mean "instruction"'),
        ({}, "needs an instruction"),
        ({"instruction": "Write.", "documents": 3}, "documents is 3"),
        ({"instruction": "Write.", "max_tokens": 0}, "max_tokens is 0"),
        ({"instruction": "Write.", "schema": {"properties": {}}}, 'no "question"'),
    ],
)
def test_task_from_settings_refuses_with_a_remedy(settings, words):
    with pytest.raises(SettingsError, match=words):
        task_from("mine", settings)


def test_tasks_are_equal_by_value():
    assert Task(name="a", instruction="b") == Task(name="a", instruction="b")

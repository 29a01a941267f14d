"""Conversations are exported turn by turn, and questions with options show them."""

from __future__ import annotations

import json

from groundsmith.exports import export_rows
from groundsmith.row import DatasetRow
from groundsmith.turns import asked, spoken

TURNS = [{"question": "Who decides?", "answer": "The panel."}, {"question": "By when?", "answer": "Within 30 days."}]
TALK = DatasetRow(
    id="s_1",
    question="Who decides?",
    answer="The panel.\nBy when?\nWithin 30 days.",
    kind="dialogue",
    parts={"turns": json.dumps(TURNS)},
)
CHOICE = DatasetRow(
    id="s_2", question="By when?", answer="30 days", parts={"options": '["7 days", "30 days"]', "correct": "1"}
)
PLAIN = DatasetRow(id="s_3", question="Who?", answer="The panel.")


def test_a_row_is_spoken_in_its_turns():
    assert spoken(TALK) == [("Who decides?", "The panel."), ("By when?", "Within 30 days.")]
    assert spoken(PLAIN) == [("Who?", "The panel.")]
    assert asked(CHOICE) == "By when?\nA. 7 days\nB. 30 days"


def test_parts_that_are_no_list_are_passed_over():
    assert spoken(DatasetRow(id="s_4", question="Q?", answer="A.", parts={"turns": "{not json"})) == [("Q?", "A.")]


def test_trainers_get_the_turns(tmp_path):
    export_rows([TALK, CHOICE], tmp_path / "chat.jsonl", form="openai-chat")
    talk, choice = (json.loads(line) for line in (tmp_path / "chat.jsonl").read_text().splitlines())
    assert [message["role"] for message in talk["messages"]] == ["user", "assistant"] * 2
    assert "B. 30 days" in choice["messages"][0]["content"]
    export_rows([TALK], tmp_path / "share.jsonl", form="sharegpt")
    assert len(json.loads((tmp_path / "share.jsonl").read_text())["conversations"]) == 4

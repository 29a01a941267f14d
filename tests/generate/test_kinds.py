"""Every kind that ships: a good reply becomes a sample with what the judge is asked, a bad one is refused by its own checks."""

from __future__ import annotations

import json

import pytest

from generate.form import Expect
from generate.model import Completion
from generate.sample import Draft, Failure
from generate.strategy.attempt import Planned
from generate.strategy.recipe import Recipe
from generate.strategy.steps import Ports, run
from generate.task import PRESETS, across, read_task, task_file
from graph.concept import Concept
from knowledge.document import Passage
from knowledge.errors import SettingsError

TEXT = (
    "A tenant must request a hearing in writing within 14 days after receiving the notice. The hearing officer must issue a written "
    "decision within 30 days after the hearing. The late fee is $25 for each month. A grievance is settled informally."
)
PASSAGE = Passage(id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=len(TEXT), text=TEXT, title="Appeals")
HEARING = Concept(id="c_1", key="hearing", label="hearing", kind="concept")
GRIEVANCE = Concept(id="c_2", key="grievance", label="grievance", kind="concept")
Q = "How many days does a tenant have to request a hearing?"
REQUEST = "A tenant must request a hearing in writing within 14 days after receiving the notice."
DECISION = "The hearing officer must issue a written decision within 30 days after the hearing."
FEE = "The late fee is $25 for each month."

GOOD = {
    "question_answer": {"question": Q, "answer": REQUEST},
    "question_answer_across": {"question": Q, "reasoning": "Both sources matter.", "answer": REQUEST},
    "multi_hop": {"question": Q, "reasoning": "Both sources matter.", "answer": REQUEST},
    "question_for_answer": {"question": Q},
    "short_answer": {"question": Q, "answer": "14 days"},
    "long_answer": {"question": "How does an appeal go?", "answer": f"{REQUEST} {DECISION} {FEE}"},
    "list_answer": {"question": "What are the time limits of an appeal?", "items": [REQUEST, DECISION]},
    "yes_no": {"question": "Must a tenant request a hearing in writing?", "verdict": "yes", "reason": REQUEST},
    "multiple_choice": {"question": Q, "options": ["30 days", "14 days", "7 days", "25 days"], "correct": 1},
    "numeric": {"question": "What is the late fee for each month?", "answer": "$25"},
    "procedure": {"question": "How is a hearing held?", "steps": [REQUEST, DECISION]},
    "comparison": {
        "question": "How does a hearing differ from a grievance?",
        "first": DECISION,
        "second": "A grievance is settled informally.",
    },
    "eligibility": {
        "situation": "Maria rents a flat and received the notice 10 days ago.",
        "question": "May I still ask for a hearing?",
        "outcome": "Maria may still request a hearing in writing.",
        "rule": REQUEST,
    },
    "dialogue": {
        "turns": [
            {"question": "How do I ask for a hearing?", "answer": REQUEST},
            {"question": "And when will I hear back?", "answer": DECISION},
        ]
    },
    "instruction": {"instruction": "Tell a tenant how to ask for a hearing.", "response": REQUEST},
    "summary": {"subject": "hearings of tenants", "summary": f"{REQUEST} {DECISION}"},
    "table": {
        "question": "What are the time limits of an appeal?",
        "columns": ["Act", "Days"],
        "rows": [["request", "14"], ["decision", "30"]],
    },
    "json_record": {
        "request": "Give the facts on hearings.",
        "fields": [
            {"name": "request days", "value": "14 days", "sentence": REQUEST},
            {"name": "decision days", "value": "30 days", "sentence": DECISION},
        ],
    },
    "code": {
        "request": "Write a function that says whether a hearing can still be requested.",
        "function": "may_request",
        "parameters": ["days_since_notice"],
        "cases": [{"when": "days_since_notice <= 14", "returns": "yes", "sentence": REQUEST}],
        "otherwise": "no",
    },
    "rationale": {"question": Q, "answer": "14 days.", "rationale": REQUEST},
    "unanswerable": {"question": "What is the fee for requesting a hearing?", "missing": "a fee for the request"},
    "false_premise": {
        "premise": "A tenant must request a hearing within 60 days after receiving the notice.",
        "question": "Why do tenants have 60 days to request a hearing?",
        "correction": REQUEST,
    },
}

BAD = [
    ("short_answer", {"answer": " ".join(["word"] * 20)}, "words"),
    ("long_answer", {"answer": "Fourteen days."}, "words"),
    ("list_answer", {"items": [REQUEST]}, "wrong-form"),
    ("list_answer", {"items": [REQUEST, REQUEST.upper()]}, "distinct"),
    ("yes_no", {"verdict": "perhaps"}, "wrong-form"),
    ("yes_no", {"question": "What must a tenant do for a hearing?"}, "begins"),
    ("multiple_choice", {"options": ["a day", "b days", "c days"]}, "wrong-form"),
    ("multiple_choice", {"correct": 4}, "wrong-form"),
    ("multiple_choice", {"options": ["14 days", "14 days", "7 days", "1 day"]}, "distinct"),
    ("multiple_choice", {"options": [REQUEST, "14 days", "7 days", "1 day"]}, "alike"),
    ("numeric", {"answer": "a small fee"}, "figure"),
    ("numeric", {"answer": "$40"}, "in-source"),
    ("procedure", {"steps": [FEE, DECISION, REQUEST]}, "in-order"),
    ("comparison", {"question": "How do the two differ from each other?"}, "concepts"),
    ("eligibility", {"situation": "somebody rents a flat and received the notice 10 days ago."}, "persona"),
    ("dialogue", {"turns": [GOOD["dialogue"]["turns"][0]] * 2}, "distinct"),
    ("instruction", {"response": "Write soon."}, "words"),
    ("instruction", {"instruction": "A tenant asks for a hearing."}, "begins"),
    ("summary", {"summary": TEXT + TEXT}, "shorter"),
    ("table", {"rows": [["request", "14"], ["decision", "30", "x"]]}, "rectangular"),
    ("table", {"rows": [["request", "14"], ["request", "elephants"]]}, "from-source"),
    ("table", {"rows": [["hearing", "14"], ["14", "14"]]}, "varied"),
    ("json_record", {"fields": [{"name": "a", "value": "99", "sentence": REQUEST}] * 2}, "distinct"),
    ("code", {"cases": [{"when": "days_since_notice <= 15", "returns": "yes", "sentence": REQUEST}]}, "comparisons"),
    ("code", {"cases": [{"when": "__import__('os')", "returns": "yes", "sentence": REQUEST}]}, "comparisons"),
    ("code", {"function": "may_request(): print(1)\ndef other"}, "comparisons"),
    ("rationale", {"answer": REQUEST}, "differs"),
    ("unanswerable", {"question": "the fee for requesting a hearing"}, "asks"),
    ("false_premise", {"premise": REQUEST}, "differs"),
]


def written(name: str, reply: object) -> Draft | Failure:
    planned = Planned(id="i", task=PRESETS[name], passages=(PASSAGE,), concepts=(HEARING,), siblings=(GRIEVANCE,))

    def complete(requests):
        for number, _ in enumerate(requests):
            yield number, Completion(text=json.dumps(reply), model="scripted")

    (attempt,) = run([planned], Recipe().writer(), Ports(complete={"generate": complete}))
    return attempt.result


def test_every_kind_that_ships_has_an_example_here_and_a_summary():
    assert set(GOOD) == set(PRESETS)
    assert all(task.summary for task in PRESETS.values())


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_good_reply_becomes_a_sample(name):
    draft = written(name, GOOD[name])
    assert isinstance(draft, Draft), draft
    assert draft.question
    assert draft.answer or name == "question_for_answer"
    assert draft.kind == PRESETS[name].kind
    assert draft.concepts == ("c_1",)


@pytest.mark.parametrize(("name", "change", "kind"), BAD)
def test_a_bad_reply_is_refused_by_the_check_of_its_kind(name, change, kind):
    failure = written(name, {**GOOD[name], **change})
    assert isinstance(failure, Failure), failure
    assert failure.kind == kind, failure.message


def expectations(name: str) -> list[tuple[str, str, str]]:
    return [(str(probe.expect), probe.question, probe.answer) for probe in written(name, GOOD[name]).probes]


def test_of_the_options_exactly_one_must_be_entailed():
    assert expectations("multiple_choice") == [
        ("not entailed", Q, "30 days"),
        ("entailed", Q, "14 days"),
        ("not entailed", Q, "7 days"),
        ("not entailed", Q, "25 days"),
    ]
    assert written("multiple_choice", GOOD["multiple_choice"]).answer == "14 days"


def test_every_item_step_turn_row_and_field_is_judged_on_its_own():
    assert [answer for _, _, answer in expectations("list_answer")] == [REQUEST, DECISION]
    assert [answer for _, _, answer in expectations("procedure")] == [REQUEST, DECISION]
    assert expectations("dialogue")[1] == ("entailed", "And when will I hear back?", DECISION)
    assert [answer for _, _, answer in expectations("table")] == ["Act request: Days 14.", "Act decision: Days 30."]
    assert [answer for _, _, answer in expectations("json_record")] == [REQUEST, DECISION]


def test_a_false_premise_must_be_refuted_and_its_correction_entailed():
    premise, draft = GOOD["false_premise"]["premise"], written("false_premise", GOOD["false_premise"])
    assert expectations("false_premise") == [("entailed", "", REQUEST), ("refuted", "", premise)]
    assert (draft.expected, draft.answer) == ("correct", REQUEST)


def test_nothing_may_answer_an_unanswerable_question():
    draft = written("unanswerable", GOOD["unanswerable"])
    assert [probe.expect for probe in draft.probes] == [Expect.NO_ANSWER]
    assert (draft.expected, draft.answer) == ("abstain", "The documents do not say.")


def test_the_situation_of_a_person_counts_as_evidence_for_the_outcome_only():
    rule, outcome = written("eligibility", GOOD["eligibility"]).probes
    assert (rule.given, outcome.given) == ("", GOOD["eligibility"]["situation"])


def test_tables_and_json_are_answers_that_can_be_read_back():
    table = written("table", GOOD["table"]).answer.splitlines()
    assert table == ["| Act | Days |", "| --- | --- |", "| request | 14 |", "| decision | 30 |"]
    record = json.loads(written("json_record", GOOD["json_record"]).answer)
    assert record == {"request_days": "14 days", "decision_days": "30 days"}


def test_code_compiles_and_each_case_is_judged_by_its_sentence():
    code = written("code", GOOD["code"]).answer
    assert code.splitlines() == [
        "def may_request(days_since_notice):",
        "    if days_since_notice <= 14:",
        '        return "yes"',
        '    return "no"',
    ]
    compile(code, "answer", "exec")
    assert expectations("code") == [("entailed", "", REQUEST)]


def test_lists_and_objects_are_kept_as_json_text_among_the_parts():
    parts = written("multiple_choice", GOOD["multiple_choice"]).parts
    assert json.loads(parts["options"]) == GOOD["multiple_choice"]["options"]
    assert parts["correct"] == "1"


def test_any_kind_can_be_asked_over_two_documents():
    two = across(PRESETS["list_answer"])
    assert two.documents == 2
    assert "both sources" in two.instruction
    assert across(PRESETS["question_answer"]) is PRESETS["question_answer_across"]


OWN = """
version: 1
summary: A riddle.
instruction: Write a riddle whose solution the source names, and the solution.
reply:
  riddle: {type: string, minLength: 8, maxLength: 300}
  solution: {type: string, minLength: 1, maxLength: 80}
question: "{{ riddle }} What am I?"
answer: "{{ solution }}"
evidence:
  - {question: "What is meant?", answer: "{{ solution }}"}
checks:
  - words: {in: solution, most: 3}
"""


def test_a_user_adds_a_kind_by_a_file(tmp_path):
    (tmp_path / "riddle.yaml").write_text(OWN)
    task = task_file(tmp_path / "riddle.yaml")
    assert (task.kind, task.expected, task.checks[0].name) == ("riddle", "answer", "words")
    planned = Planned(id="i", task=task, passages=(PASSAGE,))

    def complete(requests):
        for number, _ in enumerate(requests):
            yield number, Completion(text='{"riddle": "I am due after 14 days.", "solution": "a hearing"}', model="m")

    (attempt,) = run([planned], Recipe().writer(), Ports(complete={"generate": complete}))
    assert attempt.result.question == "I am due after 14 days. What am I?"
    assert attempt.result.probes[0].answer == "a hearing"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("- a list", "a task is a mapping"),
        ("instruction: x\nreplies: {}", "did you mean .reply."),
        ("extends: question_anser", "did you mean"),
        ("instruction: x\nreply: {a: {type: string}}", 'no "question"'),
        ("a: [", "not YAML"),
        ("instruction: x\nexpected: maybe\nreply: {question: {type: string}}", "maybe"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_remedy(tmp_path, content, words):
    (tmp_path / "mine.yaml").write_text(content)
    with pytest.raises(SettingsError, match=words) as raised:
        task_file(tmp_path / "mine.yaml")
    assert "mine" in str(raised.value)


def test_an_unknown_check_names_those_there_are():
    task = read_task(
        {"instruction": "x", "reply": {"question": {"type": "string"}}, "checks": [{"colour": {"in": "question"}}]},
        name="mine",
        where="mine.yaml",
    )
    planned = Planned(id="i", task=task, passages=(PASSAGE,))

    def complete(requests):
        for number, _ in enumerate(requests):
            yield number, Completion(text=json.dumps({"question": Q}), model="m")

    with pytest.raises(SettingsError, match=r'no check "colour"; known: alike'):
        list(run([planned], Recipe().writer(), Ports(complete={"generate": complete})))

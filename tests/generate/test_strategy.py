import json
from dataclasses import replace

import pytest

from generate.journal import Journal, Journalled
from generate.local import LocalModel, find_gguf
from generate.model import Completion, ScriptedModel
from generate.sample import Draft, Failure
from generate.strategy import Strategy, decompose, single, strategy_for, wording
from generate.strategy.attempt import Planned
from generate.strategy.focus import focuses
from generate.strategy.written import Setup
from generate.task import PRESETS
from graph.concept import Concept
from knowledge.document import Passage
from knowledge.errors import MissingModel
from knowledge.store import Database

FEES = (
    "The late fee is $25 for each month. The landlord must return the deposit within 45 days after the tenancy ends. "
    "Every household must recertify its income once a year."
)
APPEALS = (
    "A tenant may appeal against the late fee within 14 days of the notice. The hearing officer must issue a written "
    "decision within 30 days after the hearing."
)
NOTHING = "Welcome to our office. We are glad that you are here."


def passage(number, text, title="Fee Policy"):
    return Passage(
        id=f"p_{number}",
        document_id=f"d_{number}",
        version=1,
        ordinal=0,
        start=0,
        end=len(text),
        text=text,
        title=title,
    )


def planned(number=0, *texts, task="question_answer", **changes):
    passages = tuple(passage(i, text, f"Policy {i}") for i, text in enumerate(texts or (FEES,)))
    return Planned(id=f"item-{number}", task=PRESETS[task], passages=passages, **changes)


def obedient(prompt, draw):
    """What a small model does at its best: repeat the draft question."""
    return json.dumps({"question": prompt.messages[-1].content.partition(": ")[2]})


@pytest.fixture
def run(tmp_path):
    with Database(tmp_path / "calls.db") as database:

        def runner(strategy, items, script, **options):
            journalled = Journalled(ScriptedModel(script), Journal(database))
            return list(strategy.generate(items, lambda calls: journalled.complete_many(calls, workers=3), **options))

        yield runner


def test_decompose_answers_with_the_passages_own_sentence(run):
    for attempt in run(decompose, [planned(number) for number in range(12)], obedient):
        draft = attempt.result
        assert isinstance(draft, Draft)
        assert draft.answer in FEES
        assert draft.evidence == draft.answer
        assert draft.question in {each.question for each in focuses(FEES)}
        assert attempt.prompts[0].answer is not None
        assert attempt.completions[0].model == "scripted"


def test_items_and_draws_spread_over_the_facts(run):
    attempts = run(decompose, [replace(planned(3), draw=draw) for draw in range(6)], obedient)
    assert len({attempt.result.question for attempt in attempts}) == len(focuses(FEES))


def test_facts_that_mention_a_planned_concept_come_first(run):
    concept = Concept(id="c_1", key="deposit", label="deposit", kind="concept")
    attempts = run(decompose, [planned(number, concepts=(concept,)) for number in range(8)], obedient)
    assert {attempt.result.answer for attempt in attempts} == {
        "The landlord must return the deposit within 45 days after the tenancy ends."
    }
    assert attempts[0].result.concepts == ("c_1",)


def test_a_passage_without_facts_fails_without_a_call_and_in_order(run):
    calls = []

    def script(prompt, draw):
        calls.append(prompt.id)
        return obedient(prompt, draw)

    items = [planned(0, NOTHING), planned(1), planned(2, NOTHING), planned(3), planned(4, NOTHING)]
    attempts = run(decompose, items, script)
    assert [attempt.planned.id for attempt in attempts] == [item.id for item in items]
    assert [isinstance(attempt.result, Draft) for attempt in attempts] == [False, True, False, True, False]
    assert attempts[0].result.kind == "no-fact"
    assert len(calls) == 2


def test_nothing_planned_gives_nothing(run):
    assert run(decompose, [], obedient) == []
    assert [each.result.kind for each in run(decompose, [planned(0, NOTHING)], obedient)] == ["no-fact"]


def test_across_documents_two_linked_facts_become_one_question(run):
    item = replace(
        planned(0, task="question_answer_across"), passages=(passage(0, FEES), passage(1, APPEALS, "Appeal Rules"))
    )
    (attempt,) = run(decompose, [item], obedient)
    assert attempt.result.question in {
        "Under the Fee Policy, what is the late fee for each month, and under the Appeal Rules, " + rest
        for rest in (
            "within how many days of the notice may a tenant appeal against the late fee?",
            "who may appeal against the late fee within 14 days of the notice?",
        )
    }
    assert attempt.result.answer == (
        "The late fee is $25 for each month. A tenant may appeal against the late fee within 14 days of the notice."
    )
    assert len(attempt.prompts) == len(attempt.completions) == 2


def test_a_definition_of_a_code_is_asked_for_under_its_section(run):
    text = "(4) “Vital record” means a report of a birth, a death or a marriage that was accepted for registration."
    item = replace(planned(0), passages=(passage(0, text, "§ 7–231.01. Definitions."),))
    (attempt,) = run(decompose, [item], obedient)
    assert attempt.result.question == "Under § 7–231.01, what is meant by vital record?"
    assert attempt.result.answer == text[4:]


def test_a_question_that_two_sentences_of_a_document_answer_is_not_asked(run):
    texts = (
        "A refusal does not count if a doctor confirms it.",
        "A refusal does not count if the home is far from school.",
    )
    apart, together = planned(0, texts[0]), planned(0, " ".join(texts))
    (one,) = run(decompose, [apart], obedient)
    assert one.result.question == "Under what condition does a refusal not count?"
    assert [each.result.kind for each in run(decompose, [together], obedient)] == ["no-fact"]


def test_what_points_elsewhere_is_asked_only_where_its_document_has_a_name(run):
    text = "The hearing officer must send the report within 30 days."
    (attempt,) = run(decompose, [planned(0, text)], obedient)
    assert attempt.result.kind == "no-fact"
    (attempt,) = run(decompose, [replace(planned(0), passages=(passage(0, text, "Hearing Rules"),))], obedient)
    assert attempt.result.question.startswith("Under the Hearing Rules, ")
    (attempt,) = run(
        decompose, [replace(planned(0), passages=(passage(0, text, "3 Hearings and Officers"),))], obedient
    )
    assert attempt.result.kind == "no-fact"


def test_a_fact_asked_for_under_its_document_is_not_asked_for_again():
    text = "The late fee is $25 for each month. A visitor must sign the book at the desk within 2 days."
    item = replace(planned(0), passages=(passage(0, text, "Hall Rules"),))
    every = {focus.question for focus in focuses(text)}
    asked = "Under the Hall Rules, what is the late fee for each month?"
    for number in range(6):
        ((_, focus),) = decompose.choose(replace(item, asked=(asked,), draw=number))
        assert focus.question in every - {"What is the late fee for each month?"}


def test_passages_of_two_documents_are_paired_by_what_their_facts_speak_of():
    other = "A tenant may appeal against the late fee within 14 days of the notice."
    passages = [
        passage(0, NOTHING),
        replace(passage(0, FEES), id="p_5"),
        passage(1, other),
        replace(passage(1, NOTHING), id="p_6"),
    ]
    assert [each.id for each in decompose.pair((), passages)] == ["p_5", "p_1"]
    assert decompose.pair((), passages[:2]) is None
    assert decompose.pair((), [passages[0], passages[2]]) is None


def test_facts_of_two_planned_concepts_may_be_put_together(run):
    other = "The pool opens on 1 May of each year. A swimmer must wear a cap in the deep water of the pool."
    concepts = tuple(Concept(id=f"c_{name}", key=name, label=name, kind="concept") for name in ("deposit", "swimmer"))
    (attempt,) = run(decompose, [planned(0, FEES, other, task="question_answer_across", concepts=concepts)], obedient)
    assert "deposit" in attempt.result.answer
    assert "swimmer" in attempt.result.answer


def test_across_documents_unrelated_facts_are_not_put_together(run):
    other = "The pool opens on 1 May. A swimmer must wear a cap."
    (attempt,) = run(decompose, [planned(0, FEES, other, task="question_answer_across")], obedient)
    assert attempt.result.kind == "no-fact"


FOCUS = next(each for each in focuses(FEES) if each.kind == "duration")


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        (FOCUS.question, None),
        (
            "Within how many days after the tenancy ends must the landlord that was paid return the deposit?",
            "reworded",
        ),
        (
            "Within how many days after the tenancy ends must the landlord return the deposit within 45 days?",
            "gives-away",
        ),
        ("Within how many days after the tenancy ends must the tenant return the deposit?", "off-source"),
        ("Within how many days must the landlord return the deposit?", "incomplete"),
        ("Within how many days after a tenancy ends must the landlord return the deposit?", "reworded"),
        ("Within how many days after the tenancy ends must the landlord not return the deposit?", "incomplete"),
        (
            "Within how many days after the tenancy ends must the landlord return the deposit to the landlord?",
            "repeats",
        ),
        ("Within how many days after the tenancy ends must the landlord return the deposit.", "not-a-question"),
        ("Within how many days? After the tenancy ends must the landlord return the deposit?", "not-a-question"),
    ],
)
def test_a_wording_that_strays_is_refused(question, kind):
    failure = wording.check(question, FOCUS)
    assert (failure.kind if failure else None) == kind


def test_a_kind_of_day_must_be_kept():
    (focus,) = [
        each for each in focuses("The office must reply to a letter within 10 working days.") if each.kind == "duration"
    ]
    assert wording.check(focus.question.replace("working ", ""), focus).kind == "incomplete"


def test_refused_wordings_keep_the_reply(run):
    (attempt,) = run(decompose, [planned(1)], lambda prompt, draw: '{"question": "What is the capital of France?"}')
    assert isinstance(attempt.result, Failure)
    assert attempt.result.raw == '{"question": "What is the capital of France?"}'
    assert attempt.result.prompt_id == attempt.prompts[0].id


def test_conditions_reach_the_decomposed_prompt(tmp_path):
    (passage_, focus), *_ = decompose.choose(planned(1))
    assert focus.sentence in passage_.text

    def script(prompt, draw):
        assert "audience: resident" in prompt.messages[-1].content
        return obedient(prompt, draw).replace("clear English, audience: resident: ", "")

    with Database(tmp_path / "calls.db") as database:
        journalled = Journalled(ScriptedModel(script), Journal(database))
        item = planned(1, conditions={"audience": "resident"})
        (attempt,) = decompose.generate([item], journalled.complete_many)
    assert attempt.prompts[0].conditions == {"audience": "resident"}


def test_single_writes_question_and_answer_in_one_call(run):
    reply = json.dumps({"question": "What is the late fee each month?", "answer": "The late fee is $25."})
    concept = Concept(id="c_1", key="late fee", label="late fee", kind="concept")
    (attempt,) = run(single, [planned(0, concepts=(concept,))], lambda prompt, draw: reply, temperature=0.1)
    assert attempt.result == Draft(
        question="What is the late fee each month?", answer="The late fee is $25.", concepts=("c_1",)
    )
    assert attempt.prompts[0].temperature == 0.1
    item = planned(0, concepts=(concept,))
    assert Setup(temperature=0.1).prompt(item, item.task).id == attempt.prompts[0].id


def test_a_failed_call_becomes_the_attempts_failure():
    def complete(calls):
        for index, (prompt, _) in enumerate(calls):
            yield index, Failure(kind="model-call", message="busy", prompt_id=prompt.id)

    (attempt,) = single.generate([planned(0)], complete)
    assert attempt.result.kind == "model-call"
    assert attempt.completions == ()


def test_attempts_stay_in_step_when_results_come_from_a_plain_iterator():
    def complete(calls):
        for index, (prompt, draw) in enumerate(calls):
            yield index, Completion(text=obedient(prompt, draw), model="m")

    items = [planned(number, *((NOTHING,) if number % 3 else (FEES,))) for number in range(10)]
    attempts = list(decompose.generate(items, complete))
    assert [attempt.planned.id for attempt in attempts] == [item.id for item in items]


@pytest.mark.parametrize(
    ("setting", "model", "expected"),
    [
        (Strategy.AUTO, "SmolLM2-135M-Instruct.Q4_1", Strategy.DECOMPOSE),
        (Strategy.AUTO, "qwen2.5:0.5b", Strategy.DECOMPOSE),
        (Strategy.AUTO, "Qwen2.5-Coder-0.5B-Instruct", Strategy.DECOMPOSE),
        (Strategy.AUTO, "llama-3.1-8b-instruct", Strategy.SINGLE),
        (Strategy.AUTO, "mixtral-8x7b", Strategy.SINGLE),
        (Strategy.AUTO, "gpt-4o-mini", Strategy.SINGLE),
        (Strategy.SINGLE, "SmolLM2-135M", Strategy.SINGLE),
        (Strategy.DECOMPOSE, "gpt-4o", Strategy.DECOMPOSE),
    ],
)
def test_the_strategy_follows_the_models_size(setting, model, expected):
    assert strategy_for(setting, model) is expected


@pytest.mark.model
def test_the_shipped_model_words_most_questions_well(tmp_path):
    pytest.importorskip("xllamacpp")
    try:
        weights = find_gguf()
    except MissingModel as missing:
        pytest.skip(str(missing))
    items = [
        replace(planned(number), passages=(passage(number, text, "Tenancy Rules"),))
        for number, text in enumerate((FEES, APPEALS, FEES, APPEALS, FEES, APPEALS))
    ]
    with Database(tmp_path / "calls.db") as database, LocalModel(weights, slots=2, threads=1) as model:
        journalled = Journalled(model, Journal(database))
        attempts = list(decompose.generate(items, lambda calls: journalled.complete_many(calls, workers=2)))
    drafts = [attempt.result for attempt in attempts if isinstance(attempt.result, Draft)]
    assert len(drafts) >= 4
    assert all(draft.answer in FEES + APPEALS for draft in drafts)

"""Strategies and what is put around them, with a model that follows a script and a judge that follows a rule."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from generate.demonstrate import Demonstration
from generate.model import Completion
from generate.sample import Draft, Failure
from generate.strategy import Strategy
from generate.strategy.attempt import Planned
from generate.strategy.recipe import Recipe
from generate.strategy.steps import Critique, Ports, run
from generate.task import PRESETS
from knowledge.document import Passage
from knowledge.errors import SettingsError

TEXT = (
    "A tenant must request a hearing in writing within 14 days after receiving the notice. The hearing officer must issue a written "
    "decision within 30 days after the hearing."
)
Q = "How many days does a tenant have to request a hearing?"
RIGHT, WRONG = "A tenant has 14 days to request a hearing.", "A tenant has 60 days to request a hearing."


def planned(number: int = 0, *, kind: str = "question_answer", **changes) -> Planned:
    passage = Passage(
        id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=len(TEXT), text=TEXT, title="Appeals"
    )
    return Planned(id=f"i{number}", task=PRESETS[kind], passages=(passage,), **changes)


class Model:
    """Answers by the template of the prompt; counts its calls."""

    def __init__(self, **replies) -> None:
        self.replies = {"grounded": {"question": Q, "answer": WRONG}, **replies}
        self.calls: Counter[str] = Counter()
        self.prompts: list[str] = []

    def __call__(self, requests):
        for number, (prompt, draw) in enumerate(requests):
            self.calls[prompt.template] += 1
            self.prompts.append("\n".join(message.content for message in prompt.messages))
            reply = self.replies[prompt.template]
            found = reply(prompt, draw) if callable(reply) else reply
            yield number, found if isinstance(found, Failure) else Completion(text=json.dumps(found), model="scripted")


def review(pairs):
    return [Critique(passed="60" not in draft.answer, words="the source says 14 days") for _, draft in pairs]


def entails(pairs):
    return [float(set(one.split()) & {"14", "60"} == set(other.split()) & {"14", "60"}) for one, other in pairs]


def made(recipe: Recipe, model: Model, item: Planned | None = None, **roles: Model):
    ports = Ports(complete={"generate": model, **roles}, review=review, entails=entails)
    (attempt,) = run([item or planned()], recipe.writer(), ports)
    return attempt


def test_one_call_writes_both():
    model = Model()
    assert made(Recipe(), model).result.answer == WRONG
    assert model.calls == {"grounded": 1}


def test_chain_of_thought_keeps_the_reasoning_apart():
    thought = {"reasoning": "The first sentence says 14 days.", "question": Q, "answer": RIGHT}
    model = Model(grounded=thought)
    draft = made(Recipe(base=Strategy.CHAIN_OF_THOUGHT), model).result
    assert (draft.question, draft.answer, draft.reasoning) == (Q, RIGHT, thought["reasoning"])
    assert thought["reasoning"] not in draft.answer
    assert not draft.parts
    assert "step by step" in model.prompts[0]


def test_chain_of_thought_leaves_the_parts_of_a_kind_alone():
    reply = {
        "reasoning": "It is the 14.",
        "question": Q,
        "options": ["1 day", "14 days", "7 days", "9 days"],
        "correct": 1,
    }
    draft = made(Recipe(base=Strategy.CHAIN_OF_THOUGHT), Model(grounded=reply), planned(kind="multiple_choice")).result
    assert (draft.answer, draft.reasoning) == ("14 days", "It is the 14.")
    assert set(draft.parts) == {"options", "correct"}


def test_decomposition_goes_from_facts_to_question_answer_and_explanation():
    model = Model(
        facts={"facts": [RIGHT]},
        ask={"question": Q},
        answer={"answer": RIGHT},
        explain={"explanation": "It says 14 days."},
    )
    attempt = made(Recipe(base=Strategy.FACTS), model)
    assert (attempt.result.question, attempt.result.answer) == (Q, RIGHT)
    assert attempt.result.reasoning == "It says 14 days."
    assert [prompt.template for prompt in attempt.prompts] == ["facts", "ask", "answer", "explain"]
    assert RIGHT in model.prompts[1]
    assert Q in model.prompts[2]


def test_decomposition_ends_where_a_step_fails():
    model = Model(facts={"facts": []})
    assert made(Recipe(base=Strategy.FACTS), model).result.kind == "missing"
    assert model.calls == {"facts": 1}


def test_two_sides_talk_in_turns_and_see_what_was_said():
    turns = iter(
        [
            ("How do I ask for a hearing?", RIGHT),
            ("And when do I hear back?", "The hearing officer must issue a written decision within 30 days."),
        ]
    )
    said: list[tuple[str, str]] = []

    def ask(prompt, draw):
        said.append(next(turns))
        return {"question": said[-1][0]}

    model = Model(turn=ask, answer=lambda prompt, draw: {"answer": said[-1][1]})
    draft = made(Recipe(base=Strategy.DIALOGUE, turns=2), model, planned(kind="dialogue")).result
    assert json.loads(draft.parts["turns"]) == [{"question": q, "answer": a} for q, a in said]
    assert [probe.answer for probe in draft.probes] == [a for _, a in said]
    assert f"A: {RIGHT}" in model.prompts[2]
    assert model.calls == {"turn": 2, "answer": 2}


def test_a_refused_draft_is_revised_by_what_the_judge_said():
    model = Model(revise={"question": Q, "answer": RIGHT})
    draft = made(Recipe(rounds=3), model).result
    assert (draft.answer, draft.parts["revisions"]) == (RIGHT, "1")
    assert "the source says 14 days" in model.prompts[-1]
    assert model.calls == {"grounded": 1, "revise": 1}


def test_a_draft_that_passes_is_not_revised():
    model = Model(grounded={"question": Q, "answer": RIGHT})
    assert "revisions" not in made(Recipe(rounds=3), model).result.parts
    assert model.calls == {"grounded": 1}


def test_revision_gives_up_after_its_rounds_and_keeps_the_best_there_is():
    model = Model(revise={"question": Q, "answer": WRONG})
    assert made(Recipe(rounds=2), model).result.answer == WRONG
    assert model.calls["revise"] == 2


def test_generator_validator_and_refiner_are_models_of_their_own():
    generator = Model()
    validator = Model(
        validate=lambda prompt, draw: {"valid": "no" if "60" in prompt.messages[1].content else "yes", "problem": "60"}
    )
    refiner = Model(revise={"question": Q, "answer": RIGHT})
    recipe = Recipe(rounds=2, verdicts=False, validator=True)
    draft = made(recipe, generator, validate=validator, refine=refiner).result
    assert draft.answer == RIGHT
    assert (dict(generator.calls), dict(validator.calls), dict(refiner.calls)) == (
        {"grounded": 1},
        {"validate": 2},
        {"revise": 1},
    )


def test_self_consistency_takes_the_answer_that_most_agree_on():
    model = Model(answer={"answer": RIGHT})
    draft = made(Recipe(answers=4), model).result
    assert (draft.answer, draft.parts["agreement"]) == (RIGHT, "0.75")
    assert model.calls == {"grounded": 1, "answer": 3}


def test_self_consistency_refuses_what_no_share_agrees_on():
    answers = iter(["A tenant has 7 days.", "It takes 14 days."])
    model = Model(answer=lambda prompt, draw: {"answer": next(answers)})

    def disagree(pairs):
        return [0.0 for _ in pairs]

    ports = Ports(complete={"generate": model}, entails=disagree)
    (attempt,) = run([planned()], Recipe(answers=3, agreement=0.5).writer(), ports)
    assert attempt.result.kind == "disagrees"
    assert "1 of 3" in attempt.result.message


def test_the_answers_compared_are_draws_of_their_own():
    draws = []
    model = Model(answer=lambda prompt, draw: draws.append(draw) or {"answer": RIGHT})
    made(Recipe(answers=4), model, planned(draw=1))
    made(Recipe(answers=4), model, planned(draw=2))
    assert len(set(draws)) == len(draws) == 6


def test_evolution_keeps_only_what_still_passes():
    def evolve(prompt, draw):
        deeper = "reason" in prompt.messages[1].content
        return {
            "question": f"{Q[:-1]}, and why?" if deeper else f"{Q[:-1]}, for Maria?",
            "answer": WRONG if deeper else RIGHT,
        }

    model = Model(grounded={"question": Q, "answer": RIGHT}, evolve=evolve)
    draft = made(Recipe(ways=("deepen", "concretise")), model).result
    assert draft.question.endswith("for Maria?")
    assert draft.parts["evolved"] == "concretise"
    assert model.calls == {"grounded": 1, "evolve": 2}


def test_all_of_it_together():
    model = Model(
        grounded={"reasoning": "So it says.", "question": Q, "answer": WRONG},
        answer={"answer": WRONG},
        revise={"question": Q, "answer": RIGHT},
        validate={"valid": "yes", "problem": "nothing"},
        evolve={"question": f"{Q[:-1]} in writing?", "answer": RIGHT},
    )
    recipe = Recipe(base=Strategy.CHAIN_OF_THOUGHT, answers=2, rounds=1, validator=True, ways=("constrain",))
    attempt = made(recipe, model)
    assert attempt.result.answer == RIGHT
    assert attempt.result.reasoning == "So it says."
    assert recipe.name == "chain-of-thought+answers2+refine1+validator+evolve-constrain"
    calls = recipe.calls()
    assert calls.least <= len(attempt.prompts) <= calls.most
    assert calls.least <= calls.expected <= calls.most


@pytest.mark.parametrize(
    ("recipe", "documents", "most"),
    [
        (Recipe(), 1, 1),
        (Recipe(base=Strategy.DECOMPOSE), 2, 2),
        (Recipe(base=Strategy.FACTS), 1, 4),
        (Recipe(base=Strategy.DIALOGUE, turns=3), 1, 6),
        (Recipe(answers=5), 1, 5),
        (Recipe(rounds=2), 1, 3),
        (Recipe(rounds=2, validator=True), 1, 5),
        (Recipe(ways=("deepen", "constrain")), 1, 3),
    ],
)
def test_each_states_the_calls_it_will_make(recipe, documents, most):
    assert recipe.calls(documents=documents).most == most


def test_waves_ask_together_what_many_items_want_next():
    batches = []
    model = Model(revise={"question": Q, "answer": RIGHT})

    def counted(requests):
        asked = list(requests)
        batches.append(len(asked))
        yield from model(asked)

    ports = Ports(complete={"generate": counted}, review=review)
    attempts = list(run([planned(n) for n in range(10)], Recipe(rounds=1).writer(), ports))
    assert [each.planned.id for each in attempts] == [f"i{n}" for n in range(10)]
    assert batches == [10, 10]


def test_items_whose_calls_found_no_room_end_the_run_in_order():
    model = Model(grounded={"question": Q, "answer": RIGHT})

    def stingy(requests):
        yield from model(list(requests)[:3])

    attempts = list(run([planned(n) for n in range(5)], Recipe().writer(), Ports(complete={"generate": stingy})))
    assert [each.planned.id for each in attempts] == ["i0", "i1", "i2"]


def test_a_failed_call_fails_its_item_alone():
    model = Model(
        grounded=lambda prompt, draw: (
            Failure(kind="model-call", message="down") if draw else {"question": Q, "answer": RIGHT}
        )
    )
    attempts = list(run([planned(0), planned(1, draw=1)], Recipe().writer(), Ports(complete={"generate": model})))
    assert isinstance(attempts[0].result, Draft)
    assert attempts[1].result.kind == "model-call"


def test_a_sample_that_copies_a_demonstration_is_refused():
    shown = Demonstration(
        question="What is the toll on Harrow Bridge?",
        answer="The toll is $7.45.",
        passage="The toll on Harrow Bridge is $7.45.",
    )
    item = planned(demonstrations=(shown,))
    copied = made(
        Recipe(), Model(grounded={"question": Q, "answer": "A tenant pays $7.45 for a hearing."}), item
    ).result
    assert copied.kind == "copies-demonstration"
    assert "$7.45" in copied.message
    assert isinstance(made(Recipe(), Model(grounded={"question": Q, "answer": RIGHT}), item).result, Draft)


def test_an_unknown_way_of_evolution_is_refused():
    with pytest.raises(SettingsError, match='"widen"; known: deepen'):
        Recipe(ways=("widen",))


def test_role_instruction_and_sentences_reach_the_strategy_for_small_models():
    task = replace(
        PRESETS["question_answer"],
        role="You write like a clerk.",
        stress="Ask about the decision of the officer.",
        sentences=1,
    )
    model = Model(
        question_for_answer=lambda prompt, draw: {"question": prompt.messages[-1].content.rpartition(": ")[2]}
    )
    items = [replace(planned(number), task=task) for number in range(6)]
    attempts = list(run(items, Recipe(base=Strategy.DECOMPOSE).writer(), Ports(complete={"generate": model})))
    assert all("decision" in attempt.result.answer for attempt in attempts)
    assert all(prompt.startswith("You write like a clerk.") for prompt in model.prompts)
    assert "Ask about the decision of the officer." in model.prompts[0]


@pytest.mark.parametrize("kind", ["short_answer", "numeric", "multiple_choice"])
def test_kinds_that_rules_can_make_of_a_fact_need_the_small_model_for_the_question_only(kind):
    model = Model(
        question_for_answer=lambda prompt, draw: {"question": prompt.messages[-1].content.rpartition(": ")[2]}
    )
    attempts = list(
        run(
            [planned(n, kind=kind) for n in range(6)],
            Recipe(base=Strategy.DECOMPOSE).writer(),
            Ports(complete={"generate": model}),
        )
    )
    drafts = [each.result for each in attempts if isinstance(each.result, Draft)]
    assert drafts
    assert all(draft.kind == kind.replace("_", "-") for draft in drafts)
    assert all(draft.answer.split()[0] in TEXT for draft in drafts)
    if kind == "multiple_choice":
        options = [json.loads(draft.parts["options"]) for draft in drafts]
        assert all(len(set(each)) == 4 for each in options)
        assert all(
            each[int(draft.parts["correct"])] == draft.answer for each, draft in zip(options, drafts, strict=True)
        )


def test_the_frame_that_is_asked_for_decides_the_fact():
    model = Model(
        question_for_answer=lambda prompt, draw: {"question": prompt.messages[-1].content.rpartition(": ")[2]}
    )
    text = "The housing office may waive the late fee of a household in need. A tenant must ask for a hearing within 14 days."
    passage = Passage(id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=len(text), text=text)
    for frame, word in (("permission", "waive"), ("obligation", "hearing")):
        item = Planned(id="i", task=PRESETS["question_answer"], passages=(passage,), conditions={"frame": frame})
        (attempt,) = run([item], Recipe(base=Strategy.DECOMPOSE).writer(), Ports(complete={"generate": model}))
        assert word in attempt.result.answer

"""Kinds and strategies with the small model that ships for the demonstration, on a policy of the sample corpus."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from generate.demonstrate import Demonstration
from generate.local import LocalModel, find_gguf
from generate.sample import Draft, Failure
from generate.strategy import Strategy
from generate.strategy.attempt import Planned
from generate.strategy.recipe import Recipe
from generate.strategy.steps import Critique, Ports, run
from generate.task import PRESETS
from knowledge.document import Passage
from knowledge.errors import MissingModel

POLICY = Path(__file__).parents[2] / "examples" / "harbourview" / "HBA-07-appeals-and-review.md"
TEXT = POLICY.read_text(encoding="utf-8").partition("### 4.1 Time limit")[2].partition("### 4.2")[0].strip()
PASSAGE = Passage(id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=len(TEXT), text=TEXT, title="Appeals")


@pytest.fixture(scope="module")
def complete():
    pytest.importorskip("xllamacpp")
    try:
        weights = find_gguf()
    except MissingModel as missing:
        pytest.skip(str(missing))
    with LocalModel(weights, slots=1, threads=1, seed=3) as model:

        def answer(requests):
            for number, (prompt, draw) in enumerate(requests):
                yield number, model.complete(prompt, draw=draw)

        yield answer


def attempt(complete, recipe, *, kind="question_answer", most=80, draw=0, **changes):
    task = replace(PRESETS[kind], max_tokens=most)
    planned = Planned(id="i", task=task, passages=(PASSAGE,), draw=draw, **changes)
    ports = Ports(
        complete={"generate": complete},
        review=lambda pairs: [Critique(passed=False, words="The answer must name the date.") for _ in pairs],
        entails=lambda pairs: [1.0 for _ in pairs],
    )
    (made,) = run([planned], recipe.writer(), ports)
    return made


@pytest.mark.model
class TestWithTheRealModel:
    @pytest.mark.parametrize("kind", ["question_answer", "short_answer", "numeric", "multiple_choice"])
    def test_it_words_the_question_and_the_kind_makes_the_rest_of_the_fact(self, complete, kind):
        made = [attempt(complete, Recipe(base=Strategy.DECOMPOSE), kind=kind, draw=draw) for draw in range(2)]
        drafts = [each.result for each in made if isinstance(each.result, Draft)]
        assert drafts, [each.result for each in made]
        for draft in drafts:
            assert draft.question.endswith("?")
            assert draft.answer in TEXT
        if kind == "multiple_choice":
            assert all(len(json.loads(draft.parts["options"])) == 4 for draft in drafts)

    def test_it_writes_a_reasoning_before_the_sample(self, complete):
        made = attempt(complete, Recipe(base=Strategy.CHAIN_OF_THOUGHT), most=40)
        assert (
            made.completions[0].text.lstrip().startswith('{"reasoning"') or "reasoning" in made.completions[0].text[:20]
        )

    def test_it_takes_facts_first(self, complete):
        made = attempt(complete, Recipe(base=Strategy.FACTS), most=40)
        assert made.prompts[0].template == "facts"
        assert isinstance(made.result, Draft | Failure)

    def test_it_is_asked_again_for_agreement_and_for_revision(self, complete):
        recipe = Recipe(base=Strategy.DECOMPOSE, answers=2, agreement=0.5, rounds=1)
        made = attempt(complete, recipe, most=40)
        templates = [prompt.template for prompt in made.prompts]
        assert templates[:2] == ["question_for_answer", "answer"]
        if isinstance(made.result, Draft):
            assert templates[-1] == "revise"
            assert float(made.result.parts["agreement"]) >= 0.5

    def test_it_copies_the_facts_of_a_demonstration_and_is_caught_or_does_not(self, complete):
        shown = Demonstration(
            question="What does a replacement key cost in Harrow?",
            answer="A replacement key costs $12.50.",
            passage="In Harrow a replacement key costs $12.50.",
        )
        result = attempt(complete, Recipe(), most=70, demonstrations=(shown,)).result
        assert isinstance(result, Failure) or "12.50" not in f"{result.question} {result.answer}"

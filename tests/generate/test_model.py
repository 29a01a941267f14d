import pytest

from generate.model import Completion, Price, ReplayModel, ScriptedModel, Usage, seed_for
from generate.prompt import compose
from generate.task import PRESETS
from knowledge.document import Passage
from knowledge.errors import ModelCallError

PASSAGE = Passage(id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=5, text="Rent.")
PROMPT = compose(PRESETS["question_answer"], passages=[PASSAGE])


class TestLanguageModelContract:
    """What every adapter and fake keeps."""

    @pytest.fixture(params=["scripted", "replay"])
    def model(self, request):
        if request.param == "scripted":
            return ScriptedModel(lambda prompt, draw: f"{prompt.id} {draw}")
        return ReplayModel({(PROMPT.id, draw): Completion(text=str(draw), model="replay") for draw in range(3)})

    def test_the_same_call_gives_the_same_reply(self, model):
        assert model.complete(PROMPT, draw=1) == model.complete(PROMPT, draw=1)

    def test_draws_may_differ(self, model):
        assert model.complete(PROMPT, draw=1).text != model.complete(PROMPT, draw=2).text

    def test_the_reply_carries_the_name(self, model):
        assert model.complete(PROMPT, draw=0).model == model.name


def test_a_script_may_be_a_mapping_and_says_what_it_lacks():
    assert ScriptedModel({PROMPT.id: "yes"}).complete(PROMPT, draw=7).text == "yes"
    with pytest.raises(ModelCallError, match=PROMPT.id):
        ScriptedModel({}).complete(PROMPT, draw=0)
    with pytest.raises(ModelCallError, match="draw 0"):
        ReplayModel({}).complete(PROMPT, draw=0)


def test_usage_counts_cached_calls_apart_and_price_follows():
    paid = Completion(text="", model="m", input_tokens=1_000_000, output_tokens=500_000, seconds=2)
    free = Completion(text="", model="m", input_tokens=1_000_000, output_tokens=500_000, cached=True)
    usage = Usage().plus(paid).plus(free)
    assert (usage.calls, usage.cached, usage.input_tokens) == (1, 1, 1_000_000)
    assert Price(input=0.5, output=2).of(usage) == pytest.approx(1.5)


def test_seeds_depend_on_run_prompt_and_draw():
    seeds = {seed_for(1, "pr_a", 0), seed_for(2, "pr_a", 0), seed_for(1, "pr_b", 0), seed_for(1, "pr_a", 1)}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**31 for seed in seeds)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generate.budget import Budget, prompt_tokens
from generate.model import Completion, Price
from generate.prompt import compose
from generate.task import PRESETS
from knowledge.document import Passage

PASSAGE = Passage(id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=5, text="Rent.")
PROMPT = compose(PRESETS["question_answer"], passages=[PASSAGE])
ROUGH = prompt_tokens(PROMPT)


def said(tokens, *, asked=ROUGH, **more):
    return Completion(text="x" * 40, model="m", input_tokens=asked, output_tokens=tokens, **more)


@given(st.integers(500, 20_000), st.lists(st.integers(0, PROMPT.max_tokens), max_size=80), st.integers(1, 12))
def test_a_ceiling_is_never_passed_however_many_calls_are_under_way(ceiling, replies, at_once):
    budget, under_way = Budget(tokens=ceiling), 0
    for tokens in replies:
        while under_way < at_once and budget.reserve(PROMPT):
            under_way += 1
        if under_way:
            under_way -= 1
            budget.settle(PROMPT, said(tokens))
        assert budget.usage.input_tokens + budget.usage.output_tokens <= ceiling


def test_room_comes_back_when_a_call_takes_less_than_it_might():
    worst = round(1.15 * ROUGH) + PROMPT.max_tokens
    budget = Budget(tokens=worst + worst // 2)
    assert budget.reserve(PROMPT)
    assert not budget.reserve(PROMPT)
    assert budget.spent == f"budget.tokens = {worst + worst // 2} is spent"
    budget.settle(PROMPT, said(5))
    assert budget.reserve(PROMPT)
    assert budget.spent == ""


def test_calls_are_counted_when_they_begin_and_given_back_when_dropped():
    budget = Budget(calls=2)
    assert budget.reserve(PROMPT)
    assert budget.reserve(PROMPT)
    assert not budget.reserve(PROMPT)
    budget.withdraw(PROMPT)
    assert budget.reserve(PROMPT)
    budget.settle(PROMPT, None)
    assert not budget.reserve(PROMPT)
    assert budget.calls == 2


def test_money_follows_the_price_of_each_model():
    prices = {"m": Price(input=1.0, output=1000.0), "free": Price()}
    budget = Budget(money=0.5, price_of=prices.get)
    assert budget.reserve(PROMPT, model="m")
    assert not budget.reserve(PROMPT, model="m")
    assert budget.reserve(PROMPT, model="free")
    budget.settle(PROMPT, said(100))
    assert budget.money == pytest.approx((ROUGH + 100 * 1000) / 1e6)
    budget.reserve(PROMPT, model="unknown")
    assert budget.money is None


def test_replies_from_the_journal_cost_nothing():
    budget = Budget(tokens=10)
    budget.settle(PROMPT, said(400, cached=True))
    assert (budget.usage.calls, budget.usage.cached, budget.usage.output_tokens) == (0, 1, 0)


def test_tokens_that_an_endpoint_does_not_count_are_estimated():
    budget = Budget()
    budget.reserve(PROMPT)
    budget.settle(PROMPT, said(0, asked=0))
    assert (budget.usage.input_tokens, budget.usage.output_tokens) == (ROUGH, 10)


def test_time_is_up_when_it_is():
    moment = [0.0]
    budget = Budget(seconds=10, clock=lambda: moment[0])
    assert budget.reserve(PROMPT)
    moment[0] = 10.0
    assert budget.overdue
    assert not budget.reserve(PROMPT)
    assert budget.spent == "budget.seconds = 10 is spent"

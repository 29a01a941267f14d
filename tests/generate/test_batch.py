from datetime import UTC, datetime, timedelta

import pytest
from batch_endpoint import Endpoint

from generate.batch import BatchChat
from generate.journal import Journal, Journalled
from generate.model import Completion
from generate.prompt import compose
from generate.sample import Failure
from generate.task import PRESETS
from knowledge.document import Passage
from knowledge.errors import MissingModel
from knowledge.store import Database


def prompt(number):
    text = f"Rule {number} applies."
    passage = Passage(id=f"p_{number}", document_id="d", version=1, ordinal=0, start=0, end=len(text), text=text)
    return compose(PRESETS["question_answer"], passages=[passage])


PROMPTS = [prompt(number) for number in range(7)]


@pytest.fixture
def journal(tmp_path):
    with Database(tmp_path / "calls.db") as database:
        yield Journal(database)


@pytest.fixture
def chat(journal):
    made = []

    def make(endpoint, **options):
        made.append(
            BatchChat("m", ledger=journal, base_url=endpoint.url, api_key="k", **{"sleep": lambda _: None, **options})
        )
        return made[-1]

    yield make
    for each in made:
        each.close()


def ask(model, journal, prompts=PROMPTS):
    return [result for _, result in Journalled(model, journal).complete_many([(each, 0) for each in prompts])]


def test_calls_go_out_in_batches_and_come_back_in_order(journal, chat):
    with Endpoint(answer=lambda body: (200, body["messages"][-1]["content"])) as endpoint:
        first = chat(endpoint, calls=3)
        results = ask(first, journal)
        assert journal.open_batches("m")
        first.close()
        again = ask(chat(endpoint), journal)
    assert [f"Rule {number} applies" in each.text for number, each in enumerate(results)] == [True] * 7
    assert (len(endpoint.batches), len(endpoint.calls)) == (3, 7)
    assert all(each.input_tokens == 5 for each in results)
    assert all(each.cached for each in again)
    assert journal.open_batches("m") == []


class Died(Exception):
    pass


def die(seconds):
    raise Died


def test_a_batch_outlives_the_process_that_handed_it_over(journal, chat):
    with Endpoint(looks=3) as endpoint:
        with pytest.raises(Died):
            ask(chat(endpoint, sleep=die), journal)
        assert journal.open_batches("m") == ["batch-0"]
        second = chat(endpoint)
        results = ask(second, journal)
        assert [each.text for each in results] == ["yes"] * 7
        assert len(endpoint.calls) == 7
        second.close()
    assert journal.open_batches("m") == []


def test_replies_that_nobody_asks_for_yet_are_kept(journal, chat):
    with Endpoint(looks=2) as endpoint:
        with pytest.raises(Died):
            ask(chat(endpoint, sleep=die), journal)
        some = chat(endpoint)
        assert len(ask(some, journal, PROMPTS[:3])) == 3
        assert len(ask(some, journal, PROMPTS[3:5])) == 2
        some.close()
        assert journal.open_batches("m") == ["batch-0"]
        rest = chat(endpoint)
        assert [each.text for each in ask(rest, journal)] == ["yes"] * 7
        rest.close()
        assert (len(endpoint.batches), len(endpoint.calls)) == (1, 7)


def test_what_an_expired_batch_did_is_used_and_the_rest_handed_over_again(journal, chat):
    with Endpoint(expires=3) as endpoint:
        model = chat(endpoint)
        results = ask(model, journal)
        model.close()
    assert [each.text for each in results] == ["yes"] * 7
    assert [len(each) for each in endpoint.handed] == [7, 4]
    assert set(endpoint.done.values()) == {1}


def test_a_call_whose_batches_all_expire_is_a_failure(journal, chat):
    with Endpoint(ends="expired", answer=lambda body: None) as endpoint:
        results = ask(chat(endpoint), journal, PROMPTS[:2])
    assert ["ended without this call" in each.message for each in results] == [True, True]
    assert [len(each) for each in endpoint.handed] == [2, 2]


def test_batches_are_looked_for_as_long_as_an_endpoint_keeps_them(journal, chat):
    journal.remember_batch("batch-9", "m")
    assert journal.open_batches("m") == ["batch-9"]
    assert journal.open_batches("m", now=datetime.now(UTC) + timedelta(days=31)) == []
    with Endpoint() as endpoint:
        assert len(ask(chat(endpoint), journal)) == 7
    assert "batch-9" not in journal.open_batches("m")


def test_a_batch_that_was_not_written_down_is_found_by_its_mark(journal, chat):
    class Forgetful:
        def __init__(self):
            self.open_batches, self.forget_batch = journal.open_batches, journal.forget_batch

        def remember_batch(self, batch_id, model):
            if batch_id.startswith("batch"):
                raise KeyboardInterrupt
            journal.remember_batch(batch_id, model)

    with Endpoint() as endpoint:
        model = BatchChat("m", ledger=Forgetful(), base_url=endpoint.url, api_key="k", calls=5)
        with pytest.raises(KeyboardInterrupt):
            ask(model, journal)
        model.close()
        journal.remember_batch("sought:never-sent", "m")
        assert len(ask(chat(endpoint, calls=3), journal)) == 7
        assert (len(endpoint.calls), set(endpoint.done.values())) == (7, {1})
        assert not [each for each in journal.open_batches("m") if each.startswith("sought")]


def test_calls_that_fail_in_their_batch_are_failures_and_the_others_go_on(journal, chat):
    def answer(body):
        text = body["messages"][-1]["content"]
        return (500, "broken by k") if "Rule 2 " in text else None if "Rule 4 " in text else (200, "yes")

    with Endpoint(answer=answer) as endpoint:
        results = ask(chat(endpoint), journal)
    assert [isinstance(each, Completion) for each in results] == [True, True, False, True, False, True, True]
    assert isinstance(results[2], Failure)
    assert "failed in its batch" in results[2].message
    assert "ended without this call" in results[4].message


def test_a_form_that_is_refused_is_asked_for_more_loosely_in_the_next_batch(journal, chat):
    def picky(body):
        kind = body.get("response_format", {}).get("type")
        return (400, "response_format json_schema is not supported") if kind == "json_schema" else (200, "yes")

    with Endpoint(answer=picky) as endpoint:
        results = ask(chat(endpoint), journal)
    assert [each.text for each in results] == ["yes"] * 7
    assert 1 < len(endpoint.batches) <= 4


def test_waiting_ends_with_what_to_do(journal, chat):
    with Endpoint(looks=10**6) as endpoint, pytest.raises(MissingModel, match="run the same command later"):
        ask(chat(endpoint, wait=10.0), journal)
    assert journal.open_batches("m") == ["batch-0"]


def test_an_endpoint_without_batches_is_said(journal, chat):
    with Endpoint() as endpoint:
        endpoint.post = lambda path, data: (404, {"error": {"message": "unknown path"}})
        with pytest.raises(MissingModel, match="batch API"):
            ask(chat(endpoint, retries=0), journal)

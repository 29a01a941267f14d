import sqlite3
import threading
import time
from contextlib import closing

import pytest

from generate.journal import Journal, Journalled
from generate.model import Completion, ReplayModel, ScriptedModel
from generate.prompt import compose
from generate.sample import Failure
from generate.task import PRESETS
from knowledge.document import Passage
from knowledge.errors import MissingModel, ModelCallError, StorageError
from knowledge.store import Database


def prompt(number):
    text = f"Rule {number} applies."
    passage = Passage(id=f"p_{number}", document_id="d", version=1, ordinal=0, start=0, end=len(text), text=text)
    return compose(PRESETS["question_answer"], passages=[passage])


PROMPTS = [prompt(number) for number in range(12)]


class Counting:
    """A model that counts its calls; `fails` says for which call numbers it raises."""

    name = "counting"

    def __init__(self, fails=lambda number: None, delay=lambda prompt: 0.0):
        self.calls = []
        self.running = self.most = 0
        self._fails, self._delay, self._lock = fails, delay, threading.Lock()

    def complete(self, prompt, *, draw):
        with self._lock:
            self.calls.append((prompt.id, draw))
            number = len(self.calls)
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(self._delay(prompt))
        with self._lock:
            self.running -= 1
        error = self._fails(number)
        if error:
            raise error
        return Completion(text=f"{prompt.id} {draw}", model=self.name, output_tokens=3)


@pytest.fixture
def journal(tmp_path):
    with Database(tmp_path / "calls.db") as database:
        yield Journal(database)


def test_a_call_is_made_once_for_each_draw(journal):
    model = Counting()
    journalled = Journalled(model, journal)
    first = journalled.complete(PROMPTS[0], draw=0)
    again = journalled.complete(PROMPTS[0], draw=0)
    assert (first.cached, again.cached, again.text) == (False, True, first.text)
    assert journalled.complete(PROMPTS[0], draw=1).text != first.text
    assert len(model.calls) == 2


def test_the_key_tells_models_and_parameters_apart(journal):
    class Warm(Counting):
        @property
        def parameters(self):
            return {"temperature": 1}

    keys = {Journalled(model, journal).key(PROMPTS[0], 0) for model in (Counting(), Warm(), ScriptedModel({}))}
    assert len(keys) == 3


def test_many_calls_come_back_in_order_and_in_parallel(journal):
    model = Counting(delay=lambda prompt: 0.03 if prompt.id == PROMPTS[0].id else 0.01)
    results = list(Journalled(model, journal).complete_many([(each, 0) for each in PROMPTS], workers=4))
    assert [index for index, _ in results] == list(range(len(PROMPTS)))
    assert [result.text for _, result in results] == [f"{each.id} 0" for each in PROMPTS]
    assert 1 < model.most <= 4


def test_a_failed_call_is_data_and_is_tried_again_next_time(journal):
    model = Counting(fails=lambda number: ModelCallError("the call failed: busy") if number == 2 else None)
    results = dict(Journalled(model, journal).complete_many([(each, 0) for each in PROMPTS[:4]], workers=1))
    assert isinstance(results[1], Failure)
    assert (results[1].kind, results[1].prompt_id) == ("model-call", PROMPTS[1].id)
    again = dict(Journalled(model, journal).complete_many([(each, 0) for each in PROMPTS[:4]], workers=1))
    assert [result.cached for _, result in sorted(again.items())] == [True, False, True, True]


@pytest.mark.parametrize("error", [MissingModel("no such model"), RuntimeError("a defect")])
def test_what_no_retry_mends_stops_everything(journal, error):
    model = Counting(fails=lambda number: error if number == 3 else None)
    with pytest.raises(type(error)):
        list(Journalled(model, journal).complete_many([(each, 0) for each in PROMPTS], workers=1))
    assert sum(Journalled(model, journal).complete(each, draw=0).cached for each in PROMPTS[:2]) == 2


def test_stopping_early_keeps_what_was_paid_for(journal):
    model = Counting(delay=lambda prompt: 0.01)
    results = Journalled(model, journal).complete_many([(each, 0) for each in PROMPTS], workers=3)
    next(results)
    results.close()
    kept = journal.recorded("counting")
    assert set(kept) == set(model.calls)
    assert len(model.calls) < len(PROMPTS)


def test_a_run_killed_two_times_in_three_ends_like_one_that_was_not(tmp_path):
    def run(path, fails):
        model, texts = Counting(fails=fails), []
        for _ in range(40):
            with Database(path) as database:
                try:
                    calls = Journalled(model, Journal(database)).complete_many(
                        [(each, 0) for each in PROMPTS], workers=1
                    )
                    texts = [result.text for _, result in calls]
                    break
                except KeyboardInterrupt:
                    continue
        return texts

    undisturbed = run(tmp_path / "a.db", lambda number: None)
    disturbed = run(tmp_path / "b.db", lambda number: KeyboardInterrupt() if number % 3 else None)
    assert disturbed == undisturbed
    assert len(disturbed) == len(PROMPTS)


def test_requests_are_taken_only_a_little_ahead(journal):
    taken = []

    def requests():
        for each in PROMPTS:
            taken.append(each.id)
            yield each, 0

    results = Journalled(Counting(), journal).complete_many(requests(), workers=2)
    next(results)
    assert len(taken) <= 4
    results.close()


def test_the_journal_keeps_the_request_and_can_be_replayed(journal):
    journalled = Journalled(Counting(), journal)
    made = [journalled.complete(each, draw=0) for each in PROMPTS[:3]]
    assert journal.request(PROMPTS[0].id) == PROMPTS[0].to_json()
    assert journal.request("pr_none") is None
    replay = ReplayModel(journal.recorded("counting"), name="counting")
    assert [replay.complete(each, draw=0).text for each in PROMPTS[:3]] == [each.text for each in made]


def test_nothing_is_asked_for_nothing(journal):
    assert list(Journalled(Counting(), journal).complete_many([], workers=4)) == []


def test_replies_are_on_record_while_the_one_who_asked_does_other_things(journal):
    results = Journalled(Counting(), journal).complete_many([(each, 0) for each in PROMPTS[:6]], workers=2)
    next(results)
    deadline = time.monotonic() + 20
    while len(journal.recorded("counting")) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(journal.recorded("counting")) >= 4


def test_a_reply_that_cannot_be_recorded_is_an_error_for_the_one_who_asked(journal, tmp_path):
    with closing(sqlite3.connect(tmp_path / "calls.db")) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(StorageError, match="disk full"):
        list(Journalled(Counting(), journal).complete_many([(PROMPTS[0], 0)], workers=1))

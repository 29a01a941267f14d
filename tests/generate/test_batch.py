import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

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


class Endpoint:
    """A batch API on loopback; a batch ends at its `looks`-th look. `answer` gives status and text of a call, None leaves it out."""

    def __init__(self, *, looks=2, answer=lambda body: (200, "yes"), ends="completed"):
        self.files, self.batches, self.looked = {}, {}, {}
        self.calls = []
        self.looks, self.answer, self.ends = looks, answer, ends
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                data = self.rfile.read(int(self.headers["content-length"]))
                self.reply(endpoint.post(self.path, data))

            def do_GET(self):
                self.reply(endpoint.get(self.path))

            def reply(self, found):
                status, content = found
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def post(self, path, data):
        if path == "/v1/files":
            content = re.search(rb'name="file".*?\r\n\r\n(.*?)\r\n--', data, re.DOTALL)[1]
            name = f"file-{len(self.files)}"
            self.files[name] = content
            return 200, self.file(name)
        sent = json.loads(data)
        name = f"batch-{len(self.batches)}"
        lines = [json.loads(line) for line in self.files[sent["input_file_id"]].splitlines()]
        self.calls += [line["custom_id"] for line in lines]
        self.files[f"{name}-out"] = "\n".join(filter(None, map(self.line, lines))).encode()
        self.batches[name] = sent
        self.looked[name] = 0
        return 200, self.batch(name)

    def line(self, line):
        found = self.answer(line["body"])
        if found is None:
            return None
        status, text = found
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
        body = {"choices": [choice], "usage": usage} if status == 200 else {"error": {"message": text}}
        return json.dumps(
            {"custom_id": line["custom_id"], "response": {"status_code": status, "body": body}, "error": None}
        )

    def get(self, path):
        if path.startswith("/v1/files/"):
            return 200, self.files[path.split("/")[3]]
        name = path.partition("?")[0].removeprefix("/v1/batches").strip("/")
        if not name:
            return 200, {
                "object": "list",
                "data": [self.batch(each) for each in reversed(self.batches)],
                "has_more": False,
            }
        if name not in self.batches:
            return 404, {"error": {"message": "no such batch"}}
        self.looked[name] += 1
        return 200, self.batch(name)

    @staticmethod
    def file(name):
        return {
            "id": name,
            "object": "file",
            "bytes": 1,
            "created_at": 1,
            "filename": "f",
            "purpose": "batch",
            "status": "processed",
        }

    def batch(self, name):
        ended = self.looked[name] >= self.looks
        sent = self.batches[name]
        return {
            "id": name,
            "object": "batch",
            "endpoint": sent["endpoint"],
            "input_file_id": sent["input_file_id"],
            "completion_window": "24h",
            "created_at": 1,
            "status": self.ends if ended else "in_progress",
            "output_file_id": f"{name}-out" if ended else None,
            "metadata": sent.get("metadata"),
        }

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()


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
        results = ask(chat(endpoint, calls=3), journal)
        again = ask(chat(endpoint), journal)
    assert [f"Rule {number} applies" in each.text for number, each in enumerate(results)] == [True] * 7
    assert (len(endpoint.batches), len(endpoint.calls)) == (3, 7)
    assert all(each.input_tokens == 5 for each in results)
    assert all(each.cached for each in again)
    assert journal.open_batches("m") == []


def test_a_batch_outlives_the_process_that_handed_it_over(journal, chat):
    class Died(Exception):
        pass

    def die(seconds):
        raise Died

    with Endpoint(looks=3) as endpoint:
        with pytest.raises(Died):
            ask(chat(endpoint, sleep=die), journal)
        assert journal.open_batches("m") == ["batch-0"]
        results = ask(chat(endpoint), journal)
        assert [each.text for each in results] == ["yes"] * 7
        assert len(endpoint.calls) == 7
    assert journal.open_batches("m") == []


def test_a_batch_that_was_not_written_down_is_found_by_its_mark(journal, chat):
    class Forgetful:
        def remember_batch(self, batch_id, model):
            raise KeyboardInterrupt

        def open_batches(self, model):
            return []

    with Endpoint() as endpoint:
        model = BatchChat("m", ledger=Forgetful(), base_url=endpoint.url, api_key="k")
        with pytest.raises(KeyboardInterrupt):
            ask(model, journal)
        model.close()
        assert len(ask(chat(endpoint), journal)) == 7
        assert (len(endpoint.batches), len(endpoint.calls)) == (1, 7)


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

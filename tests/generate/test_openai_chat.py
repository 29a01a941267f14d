import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from generate.openai_chat import OpenAIChat, proxy_for
from generate.prompt import compose
from generate.task import PRESETS
from knowledge.document import Passage
from knowledge.errors import MissingModel, ModelCallError, SettingsError

KEY = "sk-very-secret-0123456789"
PASSAGE = Passage(id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=5, text="Rent.")
PROMPT = compose(PRESETS["question_answer"], passages=[PASSAGE], temperature=0.2)
GOOD = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
}


class Endpoint:
    """A real server on loopback: answers with the given (status, headers, body) in turn, the last one for ever."""

    def __init__(self, *answers):
        self.answers, self.requests, self.keys = list(answers), [], []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                endpoint.requests.append(body)
                endpoint.keys.append(self.headers["authorization"])
                answer = endpoint.answers.pop(0) if len(endpoint.answers) > 1 else endpoint.answers[0]
                status, headers, content = answer(body) if callable(answer) else answer
                data = json.dumps(content).encode()
                self.send_response(status)
                for name, value in {
                    "content-type": "application/json",
                    "content-length": str(len(data)),
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()


def error(status, message, headers=None, code=None):
    return status, headers or {}, {"error": {"message": message, "code": code}}


OK = (200, {}, GOOD)


def chat(endpoint, waits=None, **options):
    options = {"api_key_variable": "KEY", "environment": {"KEY": KEY}, "retries": 3, **options}
    return OpenAIChat("m", base_url=endpoint.url, sleep=noting(waits if waits is not None else []), **options)


def noting(waits):
    async def sleep(seconds):
        waits.append(seconds)

    return sleep


def ask(model, draw=0):
    try:
        return model.complete(PROMPT, draw=draw)
    finally:
        model.close()


def test_a_call_carries_prompt_schema_seed_and_key():
    with Endpoint(OK) as endpoint:
        completion = ask(chat(endpoint))
    sent = endpoint.requests[0]
    assert sent["messages"] == [{"role": each.role, "content": each.content} for each in PROMPT.messages]
    assert sent["response_format"]["json_schema"]["schema"] == PROMPT.schema
    assert (sent["temperature"], sent["max_tokens"]) == (0.2, PROMPT.max_tokens)
    assert endpoint.keys == [f"Bearer {KEY}"]
    assert (completion.text, completion.input_tokens, completion.output_tokens, completion.finish) == (
        "hello",
        7,
        2,
        "stop",
    )
    assert completion.seconds > 0


def test_the_seed_changes_with_the_draw_and_stays_with_the_call():
    with Endpoint(OK) as endpoint:
        model = chat(endpoint)
        for draw in (0, 1, 0):
            model.complete(PROMPT, draw=draw)
        model.close()
    first, second, third = (request["seed"] for request in endpoint.requests)
    assert first == third != second


@pytest.mark.parametrize(
    "failure", [error(429, "slow down"), error(500, "oops"), error(503, "busy"), error(408, "late")]
)
def test_what_time_may_mend_is_tried_again(failure):
    waits = []
    with Endpoint(failure, failure, OK) as endpoint:
        assert ask(chat(endpoint, waits)).text == "hello"
    assert len(waits) == 2
    assert all(0 <= wait <= 2 for wait in waits)


def test_retry_after_is_respected():
    waits = []
    later = "Wed, 21 Oct 2099 07:28:00 GMT"
    answers = [error(429, "x", {"retry-after": "7"}), error(503, "x", {"retry-after": later}), OK]
    with Endpoint(*answers) as endpoint:
        ask(chat(endpoint, waits))
    assert waits == [7.0, 60.0]


def test_retries_end_with_a_line_that_says_so():
    waits = []
    with Endpoint(error(500, "oops")) as endpoint, pytest.raises(ModelCallError, match="after 4 attempts"):
        ask(chat(endpoint, waits))
    assert len(waits) == 3


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (error(401, f"Incorrect API key provided: {KEY}"), "refused the key in KEY"),
        (error(403, "no"), "refused the key in KEY"),
        (error(404, "The model m does not exist"), "does not have this model"),
        (error(429, "insufficient_quota", code="insufficient_quota"), "no quota left"),
    ],
)
def test_what_no_retry_mends_is_said_at_once(failure, words):
    waits = []
    with Endpoint(failure) as endpoint, pytest.raises(MissingModel, match=words) as caught:
        ask(chat(endpoint, waits))
    assert waits == []
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_key_never_shows_even_when_the_endpoint_repeats_it():
    with Endpoint(error(400, f"bad request by {KEY}")) as endpoint, pytest.raises(ModelCallError) as caught:
        ask(chat(endpoint))
    assert KEY not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_missing_key_names_its_variable():
    with pytest.raises(MissingModel, match="MY_KEY is not set"):
        OpenAIChat("m", api_key_variable="MY_KEY", environment={"MY_KEY": " "})


def test_an_endpoint_that_is_not_there_is_named():
    model = OpenAIChat("m", base_url="http://127.0.0.1:9/v1", api_key_variable=None, retries=1, sleep=noting([]))
    with pytest.raises(MissingModel, match=r"127\.0\.0\.1:9/v1: not reachable after 2 attempts"):
        ask(model)


def test_a_slow_endpoint_times_out():
    def slow(body):
        threading.Event().wait(0.5)
        return OK

    with Endpoint(slow) as endpoint, pytest.raises(ModelCallError, match=r"no answer within 0\.1 s"):
        ask(chat(endpoint, timeout=0.1, retries=0))


def test_json_is_asked_for_more_and_more_loosely_as_the_endpoint_refuses():
    def picky(body):
        return OK if "response_format" not in body else error(400, "response_format is not supported")

    with Endpoint(picky) as endpoint:
        model = chat(endpoint)
        model.complete(PROMPT, draw=0)
        model.complete(PROMPT, draw=1)
        model.close()
    forms = [request.get("response_format", {}).get("type") for request in endpoint.requests]
    assert forms == ["json_schema", "json_schema", "json_object", None, None]
    assert model.structured == "none"
    assert '"question"' in endpoint.requests[-1]["messages"][-1]["content"]
    assert "maxLength" not in json.dumps(endpoint.requests[1]["response_format"])


@pytest.mark.parametrize("name", ["seed", "temperature"])
def test_a_refused_option_is_left_out_from_then_on(name):
    def picky(body):
        return error(400, f"Unsupported parameter: '{name}'") if name in body else OK

    with Endpoint(picky) as endpoint:
        assert ask(chat(endpoint)).text == "hello"
    assert name not in endpoint.requests[-1]


def with_logprobs(*found):
    choice = {**GOOD["choices"][0], "logprobs": {"content": [{"token": "x", "logprob": each} for each in found]}}
    return 200, {}, {**GOOD, "choices": [choice]}


@pytest.mark.parametrize(
    ("found", "mean"), [((-0.5, -1.5), -1.0), ((), None), ((-0.5, 1.0), None), ((float("-inf"),), None)]
)
def test_log_probabilities_are_asked_for_and_their_mean_is_kept(found, mean):
    with Endpoint(with_logprobs(*found)) as endpoint:
        model = chat(endpoint, logprobs=True)
        assert ask(model).mean_logprob == mean
    assert endpoint.requests[0]["logprobs"] is True
    assert model.parameters["logprobs"] is True


def test_log_probabilities_are_not_asked_for_unless_wanted():
    with Endpoint(OK) as endpoint:
        model = chat(endpoint)
        assert ask(model).mean_logprob is None
    assert "logprobs" not in endpoint.requests[0]
    assert "logprobs" not in model.parameters


def test_max_tokens_is_renamed_where_the_endpoint_wants_it():
    def picky(body):
        return (
            error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.")
            if "max_tokens" in body
            else OK
        )

    with Endpoint(picky) as endpoint:
        ask(chat(endpoint))
    assert endpoint.requests[-1]["max_completion_tokens"] == PROMPT.max_tokens


def test_overrides_replace_the_prompts_own_and_are_part_of_the_parameters():
    with Endpoint(OK) as endpoint:
        model = chat(endpoint, temperature=0.0, max_tokens=9)
        ask(model)
    assert (endpoint.requests[0]["temperature"], endpoint.requests[0]["max_tokens"]) == (0.0, 9)
    assert (model.parameters["temperature"], model.parameters["max_tokens"]) == (0.0, 9)
    assert KEY not in json.dumps(model.parameters)


def test_a_reply_without_choices_is_an_error():
    with Endpoint((200, {}, {**GOOD, "choices": []})) as endpoint, pytest.raises(ModelCallError, match="no choices"):
        ask(chat(endpoint))


def test_an_unknown_form_is_refused():
    with pytest.raises(SettingsError, match="structured"):
        OpenAIChat("m", structured="xml", environment={"OPENAI_API_KEY": "k"})


def test_the_proxy_of_the_environment_is_used_and_its_exceptions_kept(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Endpoint(OK) as endpoint:
        monkeypatch.setenv("http_proxy", endpoint.url.removesuffix("/v1"))
        model = OpenAIChat("m", base_url="http://models.invalid/v1", api_key_variable="KEY", environment={"KEY": KEY})
        assert ask(model).text == "hello"
        monkeypatch.setenv("no_proxy", "models.invalid")
        assert proxy_for("http://models.invalid/v1/chat/completions") is None
        assert proxy_for("http://elsewhere.invalid:8000/v1") == endpoint.url.removesuffix("/v1")
        assert proxy_for("https://elsewhere.invalid/v1") is None

"""`BatchChat`: calls handed over together through the endpoint's batch API (`/files` and `/batches`), and fetched when they are done.

Slower than single calls, and with many providers cheaper. Calls are gathered until someone waits for one. The mark of a batch is
written down before it is handed over, its id before it is waited for, and both are struck off when its replies are on record: a
process that dies finds its open batches again, replies that nobody asks for yet are kept for later, and nothing is paid for twice.
"""

from __future__ import annotations

import io
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, Protocol

from generate.chat_form import ChatForm
from generate.openai_chat import read_key
from knowledge.errors import MissingDependency, MissingModel, ModelCallError
from knowledge.identity import digest

if TYPE_CHECKING:
    import openai

    from generate.model import Completion
    from generate.prompt import Prompt
    from knowledge.identity import Canonical

ENDPOINT: Final = "/v1/chat/completions"
MARK = "groundsmith-calls"
"""The key of a batch's metadata under which its mark stands."""
_SOUGHT = "sought:"
"""Before the mark of a batch that is about to be handed over, in place of the id that the endpoint will give it."""

_FIRST_LOOK, _LONGEST_LOOK = 2.0, 60.0
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_UNFINISHED = frozenset({"expired", "cancelled"})
"""Ends of a batch after which the calls that it did not do may be handed over again."""
_NOT_DONE = frozenset({"batch_expired", "batch_cancelled"})
HANDED_OVER = 2
"""How often a call is handed over when its batch ends without it."""
_LOST = frozenset({"failed", "cancelled", "cancelling"})


class Ledger(Protocol):
    """Remembers batches that were handed over; as `Journal` does."""

    def remember_batch(self, batch_id: str, model: str) -> None:
        """Note a batch."""

    def forget_batch(self, batch_id: str) -> None:
        """Note that a batch was collected."""

    def open_batches(self, model: str) -> list[str]:
        """Return the batches of a model that were not collected."""


class BatchChat:
    """A chat model asked in batches of up to `calls` calls; for one thread.

    `wait` is in seconds, for one batch; `say` is told what is waited for. Other options are those of `OpenAIChat`. Raises
    ModelCallError for a call that failed in its batch, and MissingModel when the endpoint takes no batches.
    """

    def __init__(
        self,
        name: str,
        *,
        ledger: Ledger,
        base_url: str | None = None,
        api_key_variable: str | None = "OPENAI_API_KEY",
        api_key: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
        calls: int = 1000,
        wait: float = 86_400.0,
        temperature: float | None = None,
        max_tokens: int | None = None,
        logprobs: bool = False,
        structured: str = "json_schema",
        seed: int = 0,
        environment: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] = lambda message: None,
    ) -> None:
        self.name = name
        self.ahead = calls
        self._form = ChatForm(
            name, structured=structured, seed=seed, temperature=temperature, max_tokens=max_tokens, logprobs=logprobs
        )
        self._base_url, self._ledger, self._wait, self._sleep, self._say = base_url, ledger, wait, sleep, say
        self._key = api_key if api_key is not None else read_key(name, api_key_variable, environment)
        self._timeout, self._retries = timeout, retries
        self._gathered: dict[str, tuple[Prompt, int, Future[Completion]]] = {}
        self._sent: dict[str, dict[str, Any]] = {}
        self._spare: dict[str, Mapping[str, Any]] = {}
        self._fetched: dict[str, set[str]] = {}
        self._tries: Counter[str] = Counter()
        self._client: openai.OpenAI | None = None

    @property
    def parameters(self) -> Mapping[str, Canonical]:
        """What besides the prompt decides a reply: as for single calls, so that the journal serves both."""
        return {"base_url": self._base_url, **self._form.parameters}

    def submit(self, prompt: Prompt, *, draw: int) -> Future[Completion]:
        """Gather a call for the next batch; its future can be cancelled until the batch is handed over."""
        key = digest([prompt.id, draw, dict(self.parameters)])
        if key not in self._gathered:
            self._gathered[key] = (prompt, draw, Future())
        future = self._gathered[key][2]
        if key in self._spare:
            future.set_running_or_notify_cancel()
            self._answer(self._spare.pop(key))
        return future

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return the reply to `prompt`, from a batch of its own or with what was gathered before."""
        future = self.submit(prompt, draw=draw)
        self.flush()
        return future.result()

    def flush(self) -> None:
        """Collect open batches, hand over what they did not hold, and wait until all that was gathered is answered."""
        import openai

        self._gathered = {key: call for key, call in self._gathered.items() if not call[2].cancelled()}
        for _, _, future in self._gathered.values():
            if not future.running() and not future.done():
                future.set_running_or_notify_cancel()
        try:
            for batch_id in self._open_batches():
                self._collect(batch_id)
            while self._gathered:
                batch_id, keys = self._hand_over()
                again = self._collect(batch_id)
                for key in keys & (set(self._gathered) - again):
                    problem = f"{self._label}: batch {batch_id} ended without this call"
                    self._gathered.pop(key)[2].set_exception(ModelCallError(problem))
        except openai.APIError as error:
            raise MissingModel(f"{self._label}: the batch API does not answer: {self._hidden(str(error))}") from None
        finally:
            left, self._gathered = self._gathered, {}
            for _, _, future in left.values():
                future.set_exception(ConnectionAbortedError("the batch was given up"))

    def close(self) -> None:
        """Close the connections, when what was answered is on record; open batches go on at the endpoint, for the next run to collect."""
        for batch_id, keys in self._fetched.items():
            if keys.isdisjoint(self._spare):
                self._ledger.forget_batch(batch_id)
        self._fetched.clear()
        if self._client is not None:
            self._client.close()
            self._client = None

    def _hand_over(self) -> tuple[str, set[str]]:
        """Upload what is gathered as one batch; return its id, once it is written down, and its calls."""
        calls = list(self._gathered.items())[: self.ahead]
        self._tries.update(key for key, _ in calls)
        self._sent = {key: self._form.request(prompt, draw) for key, (prompt, draw, _) in calls}
        lines = [
            {"custom_id": key, "method": "POST", "url": ENDPOINT, "body": body} for key, body in self._sent.items()
        ]
        content = "".join(json.dumps(line) + "\n" for line in lines)
        mark = secrets.token_hex(8)
        self._ledger.remember_batch(_SOUGHT + mark, self.name)
        client = self._connected()
        file = client.files.create(file=("calls.jsonl", io.BytesIO(content.encode())), purpose="batch")
        batch_id = client.batches.create(
            input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h", metadata={MARK: mark}
        ).id
        self._written_down(mark, batch_id)
        self._say(f"batch {batch_id}: {len(lines)} calls handed over")
        return batch_id, set(self._sent)

    def _written_down(self, mark: str, batch_id: str | None) -> None:
        """Write a batch down, or that none of its mark is known at the endpoint."""
        if batch_id is not None:
            self._ledger.remember_batch(batch_id, self.name)
        self._ledger.forget_batch(_SOUGHT + mark)

    def _open_batches(self) -> list[str]:
        """Return the batches to be collected, with those that a process handed over and did not live to write down."""
        import openai

        listed = self._ledger.open_batches(self.name)
        marks = [each.removeprefix(_SOUGHT) for each in listed if each.startswith(_SOUGHT)]
        if marks:
            try:
                latest = self._connected().batches.list(limit=100).data
            except openai.APIStatusError:
                latest = []  # an endpoint that cannot list its batches
            found = {(each.metadata or {}).get(MARK): each.id for each in latest if each.status not in _LOST}
            for mark in marks:
                self._written_down(mark, found.get(mark))
            listed = self._ledger.open_batches(self.name)
        return [each for each in listed if each not in self._fetched]

    def _collect(self, batch_id: str) -> set[str]:
        """Wait for a batch and answer the calls it held; return those to be handed over again."""
        import openai

        again: set[str] = set()
        unasked: set[str] = set()
        try:
            batch = self._ended(batch_id)
            for line in self._told(batch):
                key, response = str(line.get("custom_id")), line.get("response") or {}
                if key in self._gathered:
                    again |= self._answer(line)
                elif response.get("status_code") == 200:
                    self._spare[key] = line
                    unasked.add(key)
        except openai.NotFoundError:
            self._say(f"batch {batch_id}: the endpoint no longer has it")
            self._ledger.forget_batch(batch_id)
            return again
        self._fetched[batch_id] = unasked
        if batch.status in _UNFINISHED:
            again |= {key for key in self._gathered if self._tries[key] < HANDED_OVER}
            self._say(f"batch {batch_id}: {batch.status}; what it did not do is handed over again")
        return again

    def _told(self, batch: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - the client's batch
        """Yield the lines of a batch's output and error file, without those that only say that a call was not done."""
        for file_id in filter(None, (batch.output_file_id, batch.error_file_id)):
            for line in _lines(self._connected().files.content(file_id).text):
                error = line.get("error")
                if not (isinstance(error, dict) and error.get("code") in _NOT_DONE):
                    yield line

    def _ended(self, batch_id: str) -> Any:  # noqa: ANN401 - the client's batch
        waited, pause = 0.0, _FIRST_LOOK
        while True:
            batch = self._connected().batches.retrieve(batch_id)
            if batch.status in _ENDED:
                return batch
            if waited >= self._wait:
                raise MissingModel(
                    f"{self._label}: batch {batch_id} is still {batch.status} after {waited:.0f} s; "
                    "run the same command later to collect it"
                )
            done = batch.request_counts
            self._say(f"batch {batch_id}: {batch.status}" + (f", {done.completed} of {done.total}" if done else ""))
            self._sleep(pause)
            waited, pause = waited + pause, min(_LONGEST_LOOK, pause * 1.5)

    def _answer(self, line: Mapping[str, Any]) -> set[str]:
        """Answer one call by its line in an output or error file; return its key where it is to be asked in another form."""
        key = str(line.get("custom_id"))
        if key not in self._gathered:
            return set()
        future = self._gathered[key][2]
        response = line.get("response") or {}
        body = response.get("body") or {}
        if response.get("status_code") == 200:
            del self._gathered[key]
            try:
                future.set_result(self._form.completion(body, 0.0))
            except ModelCallError as problem:
                future.set_exception(problem)
            return set()
        told = line.get("error") or body.get("error") or {}
        message = str(told.get("message", "no reason given") if isinstance(told, dict) else told)
        if response.get("status_code") in (400, 422) and self._form.adapt(message, self._sent.get(key, {})):
            return {key}
        del self._gathered[key]
        future.set_exception(ModelCallError(f"{self._label}: the call failed in its batch: {self._hidden(message)}"))
        return set()

    def _connected(self) -> openai.OpenAI:
        if self._client is None:
            try:
                from openai import OpenAI
            except ImportError as error:
                raise MissingDependency('the package "openai" is not installed; pip install openai') from error
            self._client = OpenAI(
                api_key=self._key, base_url=self._base_url, timeout=self._timeout, max_retries=self._retries
            )
        return self._client

    @property
    def _label(self) -> str:
        return f'model "{self.name}" at {self._base_url or "api.openai.com"}'

    def _hidden(self, text: str) -> str:
        short = " ".join(text.split())[:300]
        return short.replace(self._key, "***") if len(self._key) > 4 else short


def _lines(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a JSON Lines file; what is none is passed over, and its call counts as not held."""
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value

"""`Journal`: every model call, kept in the workspace database; and `Journalled`, a model that never asks twice.

The key of a call is the digest of prompt, model, its parameters and the draw. Threads only ever run the model: all reading
and writing of the database happens in the thread that consumes the results, one call, one transaction.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from generate.model import Completion, LanguageModel
from generate.sample import Failure
from knowledge.errors import MissingModel, ModelCallError
from knowledge.identity import Canonical, canonical, digest

if TYPE_CHECKING:
    from generate.prompt import Prompt
    from knowledge.store import Database

MIGRATIONS = (
    """
    CREATE TABLE calls (
      key TEXT PRIMARY KEY, model TEXT NOT NULL, prompt_id TEXT NOT NULL, draw INTEGER NOT NULL, request TEXT NOT NULL,
      response TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, finish TEXT NOT NULL,
      seconds REAL NOT NULL, error TEXT, created TEXT NOT NULL
    );
    CREATE INDEX calls_by_prompt ON calls (prompt_id, draw)
    """,
)
_AHEAD = 2


class Journal:
    """The calls of a workspace. A failed call is on record with its error and is tried again when asked for again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("generate", MIGRATIONS)

    def find(self, key: str) -> Completion | None:
        """Return the recorded completion under `key`, marked as cached; None when there is none or it failed."""
        query = "SELECT * FROM calls WHERE key = ? AND error IS NULL"
        row = self._database.connection.execute(query, (key,)).fetchone()
        if row is None:
            return None
        return Completion(
            text=row["response"],
            model=row["model"],
            input_tokens=row["input_tokens"],
            output_tokens=row["output_tokens"],
            finish=row["finish"],
            seconds=row["seconds"],
            cached=True,
        )

    def record(self, key: str, prompt: Prompt, draw: int, outcome: Completion | str, *, model: str) -> None:
        """Keep one call: its completion, or the message of its error."""
        found = outcome if isinstance(outcome, Completion) else Completion(text="", model=model, finish="error")
        error = None if isinstance(outcome, Completion) else outcome
        row = (
            key,
            found.model,
            prompt.id,
            draw,
            canonical(prompt.to_json()),
            found.text,
            found.input_tokens,
            found.output_tokens,
            found.finish,
            found.seconds,
            error,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        with self._database.transaction() as connection:
            connection.execute(f"INSERT OR REPLACE INTO calls VALUES ({', '.join('?' * len(row))})", row)

    def request(self, prompt_id: str) -> Mapping[str, Canonical] | None:
        """Return the recorded prompt with this id as plain data, None when no call used it."""
        query = "SELECT request FROM calls WHERE prompt_id = ? LIMIT 1"
        row = self._database.connection.execute(query, (prompt_id,)).fetchone()
        found: Mapping[str, Canonical] | None = None if row is None else json.loads(row["request"])
        return found

    def recorded(self, model: str) -> dict[tuple[str, int], Completion]:
        """Return all completions of `model` by prompt id and draw, for a `ReplayModel`."""
        query = "SELECT key, prompt_id, draw FROM calls WHERE model = ? AND error IS NULL ORDER BY key"
        rows = self._database.connection.execute(query, (model,)).fetchall()
        found = (((row["prompt_id"], row["draw"]), self.find(row["key"])) for row in rows)
        return {call: completion for call, completion in found if completion is not None}


@dataclass(slots=True)
class _Call:
    """A call under way: `answer` is there at once when it was cached."""

    key: str
    prompt: Prompt
    draw: int
    answer: Completion | None = None
    future: Future[Completion] | None = None
    recorded: bool = False


class Journalled:
    """A language model whose calls are looked up in the journal first and kept there after."""

    def __init__(self, model: LanguageModel, journal: Journal) -> None:
        self._model = model
        self._journal = journal

    @property
    def name(self) -> str:
        """The name of the model inside."""
        return self._model.name

    def key(self, prompt: Prompt, draw: int) -> str:
        """Return the key of one call: a digest of prompt, model, its parameters and the draw."""
        parameters: Mapping[str, Canonical] = getattr(self._model, "parameters", {})
        return digest([prompt.id, self._model.name, dict(parameters), draw])

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return the recorded reply, or call the model and record what it says; for use from one thread."""
        key = self.key(prompt, draw)
        found = self._journal.find(key)
        if found is not None:
            return found
        try:
            completion = self._model.complete(prompt, draw=draw)
        except ModelCallError as error:
            self._journal.record(key, prompt, draw, str(error), model=self.name)
            raise
        self._journal.record(key, prompt, draw, completion, model=self.name)
        return completion

    def complete_many(
        self, requests: Iterable[tuple[Prompt, int]], *, workers: int = 4
    ) -> Iterator[tuple[int, Completion | Failure]]:
        """Yield (index, result) in the order of `requests`, running up to `workers` calls at a time.

        A failed call is a Failure and the rest go on; MissingModel stops everything. When the consumer stops early, calls
        under way are finished and recorded, those waiting are dropped.
        """
        waiting: deque[_Call] = deque()
        pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="model")
        try:
            index = 0
            for prompt, draw in requests:
                waiting.append(self._start(pool, prompt, draw))
                if len(waiting) >= max(1, workers) * _AHEAD:
                    yield index, self._first(waiting)
                    index += 1
            while waiting:
                yield index, self._first(waiting)
                index += 1
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            for call in waiting:
                self._keep(call)

    def _start(self, pool: ThreadPoolExecutor, prompt: Prompt, draw: int) -> _Call:
        key = self.key(prompt, draw)
        call = _Call(key=key, prompt=prompt, draw=draw, answer=self._journal.find(key))
        if call.answer is None:
            call.future = pool.submit(self._model.complete, prompt, draw=draw)
        return call

    def _first(self, waiting: deque[_Call]) -> Completion | Failure:
        """Return the result of the first call and take it off the queue, in this order: an interrupt must not lose it."""
        result = self._finish(waiting[0], waiting)
        waiting.popleft()
        return result

    def _finish(self, call: _Call, others: Iterable[_Call]) -> Completion | Failure:
        """Wait for one call, recording it and those behind it that are done."""
        if call.answer is not None or call.future is None:
            return call.answer or Failure(kind="model-call", message="the call was dropped", prompt_id=call.prompt.id)
        error = call.future.exception()
        for each in (call, *others):
            self._keep(each)
        if error is None:
            return call.future.result()
        if isinstance(error, MissingModel) or not isinstance(error, ModelCallError):
            raise error
        return Failure(kind="model-call", message=str(error), prompt_id=call.prompt.id)

    def _keep(self, call: _Call) -> None:
        """Record a call that is done, once."""
        future = call.future
        if call.recorded or future is None or future.cancelled() or not future.done():
            return
        error = future.exception()
        if error is None or isinstance(error, ModelCallError):
            outcome = str(error) if error else future.result()
            self._journal.record(call.key, call.prompt, call.draw, outcome, model=self.name)
        call.recorded = True

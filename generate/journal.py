"""`Journal`: every model call, kept in the workspace database; and `Journalled`, a model that never asks twice.

The key of a call is the digest of prompt, model, its parameters and the draw. Replies are put on record by the recorder's thread
as they arrive (see `generate.recorder`), and handed out after that.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from typing import TYPE_CHECKING

from generate.model import Completion, LanguageModel
from generate.recorder import Call, Recorder, outcome_of, result_of
from knowledge.errors import ModelCallError
from knowledge.identity import Canonical, canonical, digest

if TYPE_CHECKING:
    from generate.budget import Budget
    from generate.prompt import Prompt
    from generate.sample import Failure
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
    "CREATE TABLE batches (id TEXT PRIMARY KEY, model TEXT NOT NULL, created TEXT NOT NULL)",
    "ALTER TABLE calls ADD COLUMN mean_logprob REAL",
)
BATCH_DAYS = 30
"""How long the replies of a batch are looked for at an endpoint."""
WORKERS = 4
"""Threads for a model that cannot say how many calls it takes at once."""

_AHEAD = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Usual:
    """What so many calls took on average."""

    calls: int
    input_tokens: float
    output_tokens: float
    seconds: float


class Journal:
    """The calls of a workspace. A failed call is on record with its error and is tried again when asked for again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("generate", MIGRATIONS)

    def another(self) -> Journal:
        """Return the same journal over a connection of its own, for another thread; to be closed."""
        return Journal(self._database.another())

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

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
            mean_logprob=row["mean_logprob"],
        )

    def record(self, key: str, prompt: Prompt, draw: int, outcome: Completion | str, *, model: str) -> None:
        """Keep one call: its completion, or the message of its error."""
        self.record_many([(key, prompt, draw, outcome)], model=model)

    def record_many(self, calls: Iterable[tuple[str, Prompt, int, Completion | str]], *, model: str) -> None:
        """Keep calls, given as key, prompt, draw and outcome, in one transaction."""
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [_row(*call, model=model, moment=moment) for call in calls]
        if rows:
            with self._database.transaction() as connection:
                connection.executemany(f"INSERT OR REPLACE INTO calls VALUES ({', '.join('?' * len(rows[0]))})", rows)

    def request(self, prompt_id: str) -> Mapping[str, Canonical] | None:
        """Return the recorded prompt with this id as plain data, None when no call used it."""
        query = "SELECT request FROM calls WHERE prompt_id = ? LIMIT 1"
        row = self._database.connection.execute(query, (prompt_id,)).fetchone()
        found: Mapping[str, Canonical] | None = None if row is None else json.loads(row["request"])
        return found

    def replies(self, prompt_id: str) -> tuple[str, ...]:
        """Return the texts that were said to this prompt, by draw."""
        query = "SELECT response FROM calls WHERE prompt_id = ? AND error IS NULL ORDER BY draw, key"
        return tuple(row["response"] for row in self._database.connection.execute(query, (prompt_id,)))

    def holds(self, prompt_id: str, draw: int, *, model: str) -> bool:
        """Return whether a reply of `model` to this prompt and draw is on record, under whatever parameters."""
        query = "SELECT 1 FROM calls WHERE prompt_id = ? AND draw = ? AND model = ? AND error IS NULL"
        return self._database.connection.execute(query, (prompt_id, draw, model)).fetchone() is not None

    def recorded(self, model: str) -> dict[tuple[str, int], Completion]:
        """Return all completions of `model` by prompt id and draw, for a `ReplayModel`."""
        query = "SELECT key, prompt_id, draw FROM calls WHERE model = ? AND error IS NULL ORDER BY key"
        rows = self._database.connection.execute(query, (model,)).fetchall()
        found = (((row["prompt_id"], row["draw"]), self.find(row["key"])) for row in rows)
        return {call: completion for call, completion in found if completion is not None}

    def usual(self, model: str, template: str) -> Usual | None:
        """Return what calls of `model` with a template took on average, None when there is none on record."""
        query = (
            "SELECT count(*) AS n, avg(input_tokens) AS asked, avg(output_tokens) AS replied, avg(seconds) AS seconds"
            " FROM calls WHERE model = ? AND error IS NULL AND output_tokens > 0"
            " AND json_extract(request, '$.template') = ?"
        )
        row = self._database.connection.execute(query, (model, template)).fetchone()
        if not row["n"]:
            return None
        return Usual(calls=row["n"], input_tokens=row["asked"], output_tokens=row["replied"], seconds=row["seconds"])

    def remember_batch(self, batch_id: str, model: str) -> None:
        """Note a batch that was handed over, so that it is collected even by another process."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO batches VALUES (?, ?, ?)", (batch_id, model, _now()))

    def forget_batch(self, batch_id: str) -> None:
        """Note that a batch was collected."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM batches WHERE id = ?", (batch_id,))

    def open_batches(self, model: str, *, now: datetime | None = None) -> list[str]:
        """Return the batches of `model` that were handed over and not struck off, the oldest first; endpoints drop them in a month."""
        oldest = (now or datetime.now(UTC)) - timedelta(days=BATCH_DAYS)
        query = "SELECT id FROM batches WHERE model = ? AND created >= ? ORDER BY created, id"
        rows = self._database.connection.execute(query, (model, oldest.isoformat(timespec="seconds")))
        return [row["id"] for row in rows]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _row(
    key: str, prompt: Prompt, draw: int, outcome: Completion | str, *, model: str, moment: str
) -> tuple[str | int | float | None, ...]:
    found = outcome if isinstance(outcome, Completion) else Completion(text="", model=model, finish="error")
    return (
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
        None if isinstance(outcome, Completion) else outcome,
        moment,
        found.mean_logprob,
    )


class Journalled:
    """A language model whose calls are looked up in the journal first and kept there after."""

    def __init__(self, model: LanguageModel, journal: Journal) -> None:
        self.model = model
        self.journal = journal

    @property
    def name(self) -> str:
        """The name of the model inside."""
        return self.model.name

    def key(self, prompt: Prompt, draw: int) -> str:
        """Return the key of one call: a digest of prompt, model, its parameters and the draw."""
        parameters: Mapping[str, Canonical] = getattr(self.model, "parameters", {})
        return digest([prompt.id, self.model.name, dict(parameters), draw])

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return the recorded reply, or call the model and record what it says; for use from one thread."""
        key = self.key(prompt, draw)
        found = self.journal.find(key)
        if found is not None:
            return found
        try:
            completion = self.model.complete(prompt, draw=draw)
        except ModelCallError as error:
            self.journal.record(key, prompt, draw, str(error), model=self.name)
            raise
        self.journal.record(key, prompt, draw, completion, model=self.name)
        return completion

    def complete_many(
        self, requests: Iterable[tuple[Prompt, int]], *, workers: int | None = None, budget: Budget | None = None
    ) -> Iterator[tuple[int, Completion | Failure]]:
        """Yield (index, result) in the order of `requests`, with as many calls under way as the model takes.

        A model that cannot say runs in `workers` threads. A failed call is a Failure and the rest go on; MissingModel stops everything.
        With a `budget`, all ends before the first new call for which there is no room. When the consumer stops early, calls under
        way are finished and recorded, those waiting are dropped.
        """
        with Crew(self.model, workers or WORKERS) as crew:
            desk = _Desk(self.journal, crew, budget, model=self.name)
            try:
                yield from enumerate(desk.results((self.key(prompt, draw), prompt, draw) for prompt, draw in requests))
            finally:
                desk.close()


class Crew:
    """Whoever makes the calls: the model itself when it takes many at once, else threads."""

    def __init__(self, model: LanguageModel, workers: int) -> None:
        self._model = model
        self._pool = None if hasattr(model, "submit") else ThreadPoolExecutor(workers, thread_name_prefix="model")
        self._workers = workers

    @property
    def ahead(self) -> int:
        """How many calls are held in hand."""
        most: int = self._workers * _AHEAD if self._pool is not None else self._model.ahead  # type: ignore[attr-defined]
        return most

    def submit(self, prompt: Prompt, draw: int) -> Future[Completion]:
        """Queue a call; its future can be cancelled until the call begins."""
        if self._pool is not None:
            return self._pool.submit(self._model.complete, prompt, draw=draw)
        queued: Future[Completion] = self._model.submit(prompt, draw=draw)  # type: ignore[attr-defined]
        return queued

    def flush(self) -> None:
        """Send what is gathered, where a model gathers calls; someone is about to wait."""
        flush = getattr(self._model, "flush", None)
        if flush is not None:
            flush()

    def __enter__(self) -> Crew:
        return self

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __exit__(self, *error: object) -> None:
        self.close()


class _Desk:
    """The calls in hand, oldest first."""

    def __init__(self, journal: Journal, crew: Crew, budget: Budget | None, *, model: str) -> None:
        self._journal, self._crew, self._budget, self._model = journal, crew, budget, model
        self._recorder = Recorder(journal, model=model)
        self._waiting: deque[Call] = deque()
        self._recorded: SimpleQueue[Call] = SimpleQueue()

    def results(self, calls: Iterable[tuple[str, Prompt, int]]) -> Iterator[Completion | Failure]:
        """Yield results in order; calls are taken only as far ahead as keeps the model busy."""
        for key, prompt, draw in calls:
            call = Call(key=key, prompt=prompt, draw=draw, answer=self._journal.find(key))
            while (
                call.answer is None and self._budget is not None and not self._budget.reserve(prompt, model=self._model)
            ):
                if not self._waiting:
                    return
                yield self._first()
            self._begin(call)
            while len(self._waiting) >= self._crew.ahead:
                yield self._first()
        while self._waiting:
            yield self._first()

    def close(self) -> None:
        """Drop what has not begun, and wait for the rest and its record; in a crew without threads that is done here."""
        begun = [call for call in self._waiting if call.future is not None and not call.future.cancel()]
        for call in self._waiting:
            if self._budget is not None and call.future is not None and call.future.cancelled():
                self._budget.withdraw(call.prompt)
        wait([call.future for call in begun if call.future is not None])
        self._recorder.close()
        while not self._recorded.empty():
            self._settle(self._recorded.get())

    def _begin(self, call: Call) -> None:
        self._waiting.append(call)
        if call.answer is None:
            future = self._crew.submit(call.prompt, call.draw)
            self._recorder.watch(call, future, then=self._recorded.put)
        elif self._budget is not None:
            self._budget.settle(call.prompt, call.answer)

    def _first(self) -> Completion | Failure:
        """Return the result of the first call and take it off, in this order: an interrupt must not lose it."""
        call = self._waiting[0]
        if call.future is not None and not call.future.done():
            self._crew.flush()
        while call.answer is None and not call.settled:
            self._settle(self._recorded.get())
        result = result_of(call)
        self._waiting.popleft()
        return result

    def _settle(self, call: Call) -> None:
        """Count a call that is on record."""
        call.settled = True
        if self._budget is not None and call.future is not None and not call.future.cancelled():
            outcome = outcome_of(call)
            self._budget.settle(call.prompt, outcome if isinstance(outcome, Completion) else None)

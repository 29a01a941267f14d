"""`Recorder`: replies go into the journal the moment they arrive, in a thread of its own, whatever the others are busy with.

A reply that was paid for and is not on record is paid for again after a crash. The thread that uses the replies may judge
for seconds; it must not be the one that records.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

from generate.model import Completion
from generate.sample import Failure
from knowledge.errors import ModelCallError

if TYPE_CHECKING:
    from generate.journal import Journal
    from generate.prompt import Prompt


@dataclass(slots=True)
class Call:
    """A call under way.

    `answer` is there at once when it was cached; `unrecorded` is why it could not be put on record; `settled` says that
    whoever asked knows it is over.
    """

    key: str
    prompt: Prompt
    draw: int
    answer: Completion | None = None
    future: Future[Completion] | None = None
    unrecorded: Exception | None = None
    settled: bool = False


class Recorder:
    """Writes the outcomes of a model's calls into the journal over a connection of its own; what has come in is one transaction.

    Ends with `close`, which first records all that has arrived.
    """

    def __init__(self, journal: Journal, *, model: str) -> None:
        self._journal, self._model = journal, model
        self._arrived: SimpleQueue[tuple[Call, Callable[[Call], None]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def watch(self, call: Call, future: Future[Completion], *, then: Callable[[Call], None]) -> None:
        """Record the outcome of `call` when `future` is done; `then` is told from the recorder's thread."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, args=(self._journal.another(),), name="journal", daemon=True
            )
            self._thread.start()
        call.future = future
        future.add_done_callback(lambda _: self._arrived.put((call, then)))

    def close(self) -> None:
        """Record what has arrived and end; calls that end later are lost."""
        if self._thread is not None:
            self._arrived.put(None)
            self._thread.join()
            self._thread = None

    def _run(self, journal: Journal) -> None:
        ended = False
        while not ended:
            items = [self._arrived.get()]
            while not self._arrived.empty():
                items.append(self._arrived.get())
            ended = None in items
            arrived = [item for item in items if item is not None]
            self._record(journal, [call for call, _ in arrived])
            for call, then in arrived:
                then(call)
        journal.close()

    def _record(self, journal: Journal, calls: list[Call]) -> None:
        found = [(call, outcome_of(call)) for call in calls]
        rows = [(call.key, call.prompt, call.draw, outcome) for call, outcome in found if outcome is not None]
        try:
            journal.record_many(rows, model=self._model)
        except Exception as error:  # noqa: BLE001 - whoever waits for the reply is told
            for call in calls:
                call.unrecorded = error


def outcome_of(call: Call) -> Completion | str | None:
    """Return what is to be recorded of a call that is done: its completion or the message of its error."""
    if call.future is None or call.future.cancelled():
        return None
    error = call.future.exception()
    if error is None:
        return call.future.result()
    return str(error) if isinstance(error, ModelCallError) else None


def result_of(call: Call) -> Completion | Failure:
    """Return the result of a call that is done; raises what no other call would be spared."""
    if call.answer is not None:
        return call.answer
    if call.unrecorded is not None:
        raise call.unrecorded
    error = call.future.exception() if call.future is not None and not call.future.cancelled() else None
    if isinstance(error, ModelCallError):
        return Failure(kind="model-call", message=str(error), prompt_id=call.prompt.id)
    if error is not None:
        raise error
    if call.future is None or call.future.cancelled():
        return Failure(kind="model-call", message="the call was dropped", prompt_id=call.prompt.id)
    return call.future.result()

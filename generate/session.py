"""`Session`: calls of several models in hand at once, taken back as they end; journalled, and within a budget."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from concurrent.futures import wait
from queue import SimpleQueue
from typing import TYPE_CHECKING

from generate.journal import WORKERS, Crew
from generate.recorder import Call, Recorder, outcome_of, result_of

if TYPE_CHECKING:
    from generate.budget import Budget
    from generate.journal import Journalled
    from generate.model import Completion
    from generate.prompt import Prompt
    from generate.sample import Failure


class Session:
    """A stretch of work with models by role; a role without a model is played by "generate".

    For one thread. Replies are recorded in the journal before they are handed out. Leaving the `with` block drops the calls that
    have not begun, and finishes and records the others.
    """

    def __init__(
        self, models: Mapping[str, Journalled], *, budget: Budget | None = None, workers: int | None = None
    ) -> None:
        self._models = models
        self._crews = {role: Crew(each.model, workers or WORKERS) for role, each in models.items()}
        self._budget = budget
        self._recorders = {role: Recorder(each.journal, model=each.name) for role, each in models.items()}
        self._done: SimpleQueue[tuple[Hashable, Call]] = SimpleQueue()
        self._ready: list[tuple[Hashable, Completion | Failure]] = []
        self._open: dict[Hashable, Call] = {}

    @property
    def pending(self) -> int:
        """Calls begun and not yet taken."""
        return len(self._open) + len(self._ready)

    @property
    def ahead(self) -> int:
        """Calls that keep the models busy while their results are looked at."""
        return max(crew.ahead for crew in self._crews.values())

    def begin(self, tag: Hashable, prompt: Prompt, draw: int, *, role: str = "generate") -> bool:
        """Begin a call, or find its answer; `tag` comes back with the result. False when the budget has no room for it now."""
        role = role if role in self._models else "generate"
        model = self._models[role]
        key = model.key(prompt, draw)
        answer = model.journal.find(key)
        if answer is not None:
            if self._budget is not None:
                self._budget.settle(prompt, answer)
            self._ready.append((tag, answer))
            return True
        if self._budget is not None and not self._budget.reserve(prompt, model=model.name):
            return False
        call = Call(key=key, prompt=prompt, draw=draw)
        self._open[tag] = call
        future = self._crews[role].submit(prompt, draw)
        self._recorders[role].watch(call, future, then=lambda call: self._done.put((tag, call)))
        return True

    def take(self) -> list[tuple[Hashable, Completion | Failure]]:
        """Wait until at least one call has ended and return all that have; raises what no other call would be spared."""
        if not self._ready and self._done.empty():
            for crew in self._crews.values():
                crew.flush()
        self._collect(patient=not self._ready)
        taken, self._ready = self._ready, []
        return taken

    def _collect(self, *, patient: bool) -> None:
        """Take over what is on record; wait for one if `patient`."""
        done = [self._done.get()] if patient and self._open else []
        while not self._done.empty():
            done.append(self._done.get())
        for tag, call in done:
            self._open.pop(tag, None)
            if call.future is not None and call.future.cancelled():
                continue
            outcome = outcome_of(call)
            if self._budget is not None:
                self._budget.settle(call.prompt, None if isinstance(outcome, str) else outcome)
            self._ready.append((tag, result_of(call)))

    def close(self) -> None:
        """Drop what has not begun, and finish and record the rest."""
        begun = []
        for call in self._open.values():
            if call.future is not None and call.future.cancel():
                if self._budget is not None:
                    self._budget.withdraw(call.prompt)
            elif call.future is not None:
                begun.append(call.future)
        wait(begun)
        for recorder in self._recorders.values():
            recorder.close()
        try:
            self._collect(patient=False)
        finally:
            for crew in self._crews.values():
                crew.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.close()

"""`Planned`, one item of a plan; `Attempt`, what came of it; and `attempts`, the walk that every strategy shares."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generate.model import Completion
from generate.sample import Draft, Failure

if TYPE_CHECKING:
    from generate.demonstrate import Demonstration
    from generate.prompt import Prompt
    from generate.task import Task
    from graph.concept import Concept
    from knowledge.document import Passage

Complete = Callable[[Iterable[tuple["Prompt", int]]], Iterator[tuple[int, Completion | Failure]]]
"""Runs calls, given as prompt and draw, and yields (index, result) in their order; as `Journalled.complete_many`."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One sample to be made: what to write, about which concepts, from which passages (best first).

    `draw` numbers repeated tries with the same ingredients. `demonstrations` are shown by strategies that show any.
    """

    id: str
    task: Task
    passages: tuple[Passage, ...]
    concepts: tuple[Concept, ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict, hash=False)
    demonstrations: tuple[Demonstration, ...] = ()
    draw: int = 0


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came of a planned item: a Draft or a Failure, with the prompts sent and the replies, in order."""

    planned: Planned
    result: Draft | Failure
    prompts: tuple[Prompt, ...] = ()
    completions: tuple[Completion, ...] = ()


@dataclass(slots=True)
class _Open:
    planned: Planned
    prompts: tuple[Prompt, ...]
    read: Callable[[tuple[Completion, ...]], Draft | Failure]
    results: list[Completion | Failure] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return len(self.results) == len(self.prompts)

    def close(self) -> Attempt:
        completions = tuple(each for each in self.results if isinstance(each, Completion))
        failed = next((each for each in self.results if isinstance(each, Failure)), None)
        result = failed or self.read(completions)
        return Attempt(planned=self.planned, result=result, prompts=self.prompts, completions=completions)


Prepared = tuple[tuple["Prompt", ...], Callable[[tuple[Completion, ...]], Draft | Failure]]
"""The prompts of a planned item, none when it failed already, and the function that reads their replies."""


def attempts(items: Iterable[Planned], prepare: Callable[[Planned], Prepared], complete: Complete) -> Iterator[Attempt]:
    """Yield an attempt for each item, in order; items are taken only as far ahead as `complete` asks for calls."""
    waiting: deque[_Open] = deque()

    def requests() -> Iterator[tuple[Prompt, int]]:
        for planned in items:
            prompts, read = prepare(planned)
            waiting.append(_Open(planned=planned, prompts=prompts, read=read))
            for prompt in prompts:
                yield prompt, planned.draw

    for _, result in complete(requests()):
        while waiting[0].done:
            yield waiting.popleft().close()
        waiting[0].results.append(result)
        while waiting and waiting[0].done:
            yield waiting.popleft().close()
    while waiting and waiting[0].done:
        yield waiting.popleft().close()


def failed(failure: Failure) -> Prepared:
    """Return what `prepare` gives for an item that fails before any call."""
    return (), lambda _: failure

"""`Planned`, one item of a plan, and `Attempt`, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generate.model import Completion
from generate.sample import Draft, Failure

if TYPE_CHECKING:
    from generate.demonstrate import Demonstration
    from generate.prompt import Prompt
    from generate.task import Check, Task
    from graph.concept import Concept
    from knowledge.document import Passage

Complete = Callable[[Iterable[tuple["Prompt", int]]], Iterator[tuple[int, Completion | Failure]]]
"""Runs calls, given as prompt and draw, and yields (index, result) in their order; as `Journalled.complete_many`."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One sample to be made: what to write, about which concepts, from which passages (best first).

    `draw` numbers repeated tries with the same ingredients. `demonstrations` are shown by strategies that show any. `siblings` are
    near concepts, for wrong options and comparisons; `checks` come from the conditions. `variant` other than 0 chooses among a
    template's wordings. `asked` are questions that rows over these passages ask already.
    """

    id: str
    task: Task
    passages: tuple[Passage, ...]
    concepts: tuple[Concept, ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict, hash=False)
    demonstrations: tuple[Demonstration, ...] = ()
    siblings: tuple[Concept, ...] = ()
    checks: tuple[Check, ...] = ()
    variant: int = 0
    asked: tuple[str, ...] = ()
    draw: int = 0


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came of a planned item: a Draft or a Failure, with the prompts sent and the replies, in order."""

    planned: Planned
    result: Draft | Failure
    prompts: tuple[Prompt, ...] = ()
    completions: tuple[Completion, ...] = ()

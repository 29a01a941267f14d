"""A strategy as steps: a generator that asks for model calls, verdicts or comparisons and is handed the replies; and `run`, its driver.

`run` takes many items at once and goes in waves: what all of them ask for next is asked together, so that calls run in parallel
and the judge sees batches. A strategy is thus written as if there were one item, and strategies wrap one another by `yield from`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from generate.model import Completion
from generate.sample import Draft, Failure
from generate.strategy.attempt import Attempt, Complete, Planned

if TYPE_CHECKING:
    from generate.prompt import Prompt

GENERATE, VALIDATE, REFINE = "generate", "validate", "refine"
WINDOW = 64
"""Items under way at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A wish for a model call; `role` says which model. The reply is a Completion or a Failure."""

    prompt: Prompt
    draw: int = 0
    role: str = GENERATE


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """A wish for the judge's word on a draft; the reply is a Critique."""

    planned: Planned
    draft: Draft


@dataclass(frozen=True, kw_only=True, slots=True)
class Compare:
    """A wish to know how far the first text entails the second; the reply is a probability, 0 to 1."""

    premise: str
    hypothesis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Critique:
    """What the judge says of a draft: whether it passes, and if not, why, in words that a model can act on."""

    passed: bool
    words: str = ""


Request = Call | Review | Compare
Steps = Generator[tuple[Request, ...], tuple[Any, ...], Draft | Failure]
"""Yields requests and is sent their replies, in order; returns the draft or what went wrong."""

Writer = Callable[[Planned], Steps]


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What steps are run with: `complete` by role ("generate" stands in for a role without a model), the judge, the entailment model.

    `review` takes items with their drafts and returns a critique for each; `entails` takes pairs of texts and returns probabilities.
    """

    complete: Mapping[str, Complete]
    review: Callable[[Sequence[tuple[Planned, Draft]]], Sequence[Critique]] | None = None
    entails: Callable[[Sequence[tuple[str, str]]], Sequence[float]] | None = None


@dataclass(slots=True)
class _Item:
    planned: Planned
    steps: Steps
    wanted: tuple[Request, ...] = ()
    result: Draft | Failure | None = None
    prompts: list[Prompt] = field(default_factory=list)
    completions: list[Completion] = field(default_factory=list)

    def go_on(self, replies: tuple[Any, ...] | None) -> None:
        """Hand over the replies and take what is asked for next."""
        try:
            self.wanted = next(self.steps) if replies is None else self.steps.send(replies)
        except StopIteration as end:
            self.wanted, self.result = (), end.value

    def attempt(self) -> Attempt:
        return Attempt(
            planned=self.planned,
            result=self.result or Failure(kind="unfinished", message="the steps came to no end"),
            prompts=tuple(self.prompts),
            completions=tuple(self.completions),
        )


def run(items: Iterable[Planned], writer: Writer, ports: Ports, *, window: int = WINDOW) -> Iterator[Attempt]:
    """Yield an attempt for each item, in order, up to the first whose calls were not answered (no room in the budget)."""
    source = iter(items)
    while some := [_Item(planned=planned, steps=writer(planned)) for planned in islice(source, window)]:
        for item in some:
            item.go_on(None)
        while waiting := [item for item in some if item.wanted]:
            for item, replies in _wave(waiting, ports):
                if replies is None:
                    item.wanted = ()
                else:
                    item.go_on(replies)
        for item in some:
            if item.result is None:
                return
            yield item.attempt()


def _wave(items: Sequence[_Item], ports: Ports) -> Iterator[tuple[_Item, tuple[Any, ...] | None]]:
    """Yield each item with the replies to what it wants; None for one of whose calls some were not made."""
    replies: dict[tuple[int, int], Any] = {}
    places = [(i, j, wish) for i, item in enumerate(items) for j, wish in enumerate(item.wanted)]
    roles = dict.fromkeys(wish.role for _, _, wish in places if isinstance(wish, Call))
    for role in roles:
        calls = [(i, j, wish) for i, j, wish in places if isinstance(wish, Call) and wish.role == role]
        complete = ports.complete.get(role) or ports.complete[GENERATE]
        for number, result in complete((wish.prompt, wish.draw) for _, _, wish in calls):
            i, j, wish = calls[number]
            replies[i, j] = result
            items[i].prompts.append(wish.prompt)
            if isinstance(result, Completion):
                items[i].completions.append(result)
    reviews = [(i, j, wish) for i, j, wish in places if isinstance(wish, Review)]
    for (i, j, _), critique in zip(reviews, _reviewed([wish for _, _, wish in reviews], ports), strict=True):
        replies[i, j] = critique
    pairs = [(i, j, wish) for i, j, wish in places if isinstance(wish, Compare)]
    for (i, j, _), score in zip(pairs, _compared([wish for _, _, wish in pairs], ports), strict=True):
        replies[i, j] = score
    for i, item in enumerate(items):
        found = [replies.get((i, j)) for j in range(len(item.wanted))]
        yield item, None if any(each is None for each in found) else tuple(found)


def _reviewed(wishes: Sequence[Review], ports: Ports) -> Sequence[Critique]:
    if wishes and ports.review is None:
        raise ValueError("this strategy needs a judge: pass review")
    return ports.review([(each.planned, each.draft) for each in wishes]) if wishes and ports.review else ()


def _compared(wishes: Sequence[Compare], ports: Ports) -> Sequence[float]:
    if wishes and ports.entails is None:
        raise ValueError("this strategy compares texts: pass entails")
    return ports.entails([(each.premise, each.hypothesis) for each in wishes]) if wishes and ports.entails else ()

"""`stream`: the driver of steps that never waits for the slowest: each item goes on as soon as its own replies are there.

Calls of all items are in hand together, the oldest items first; what is for the judge is gathered while calls are under way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generate.model import Completion
from generate.sample import Draft, Failure
from generate.strategy.attempt import Attempt, Planned
from generate.strategy.steps import Call, Compare, Critique, Request, Review, Steps, Writer

if TYPE_CHECKING:
    from generate.prompt import Prompt
    from generate.session import Session

JUDGED = 32
"""Wishes for the judge that are worth a batch while calls are under way."""

_SPARE = 64


@dataclass(slots=True, eq=False)
class _Item:
    number: int
    planned: Planned
    steps: Steps
    wanted: tuple[Request, ...] = ()
    replies: dict[int, Any] = field(default_factory=dict)
    result: Draft | Failure | None = None
    prompts: list[Prompt] = field(default_factory=list)
    completions: list[Completion] = field(default_factory=list)

    def go_on(self, replies: tuple[Any, ...] | None) -> None:
        """Hand over the replies and take what is asked for next."""
        self.replies = {}
        try:
            self.wanted = next(self.steps) if replies is None else self.steps.send(replies)
        except StopIteration as end:
            self.wanted = ()
            self.result = end.value or Failure(kind="unfinished", message="the steps came to no end")

    def answered(self) -> tuple[Any, ...] | None:
        """Return the replies once all are there, with the calls noted in the order they were wished for."""
        if len(self.replies) < len(self.wanted):
            return None
        for at, wish in enumerate(self.wanted):
            if isinstance(wish, Call):
                self.prompts.append(wish.prompt)
                if isinstance(self.replies[at], Completion):
                    self.completions.append(self.replies[at])
        return tuple(self.replies[at] for at in range(len(self.wanted)))

    def attempt(self) -> Attempt:
        result = self.result or Failure(kind="unfinished", message="the steps came to no end")
        return Attempt(
            planned=self.planned, result=result, prompts=tuple(self.prompts), completions=tuple(self.completions)
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reply to a call belongs."""

    item: _Item
    at: int


Judge = Callable[[Sequence[tuple[Planned, Draft]]], Sequence[Critique]]
Entails = Callable[[Sequence[tuple[str, str]]], Sequence[float]]


class _Stream:
    def __init__(self, writer: Writer, session: Session, review: Judge | None, entails: Entails | None) -> None:
        self._writer, self._session, self._review, self._entails = writer, session, review, entails
        self._blocked: deque[tuple[_Item, int, Call]] = deque()
        self._waiting: list[tuple[_Item, int, Review | Compare]] = []

    @property
    def is_blocked(self) -> bool:
        """Whether a call has found no room in the budget."""
        return bool(self._blocked)

    def begin(self, number: int, planned: Planned) -> _Item:
        item = _Item(number=number, planned=planned, steps=self._writer(planned))
        self._forward(item, None)
        return item

    def step(self) -> bool:
        """Wait for calls or ask the judge; False when there is nothing to wait for."""
        if self._waiting and (len(self._waiting) >= JUDGED or not self._session.pending):
            self._ask()
            return True
        if not self._session.pending:
            return self._unblock()
        for tag, result in self._session.take():
            if isinstance(tag, _Place):
                self._reply(tag.item, tag.at, result)
        self._unblock()
        return True

    def _forward(self, item: _Item, replies: tuple[Any, ...] | None) -> None:
        """Take an item on as far as it goes without waiting."""
        item.go_on(replies)
        for at, wish in enumerate(item.wanted):
            if isinstance(wish, Call):
                self._call(item, at, wish)
            else:
                self._waiting.append((item, at, wish))
        if not item.wanted and item.result is None:
            self._forward(item, ())

    def _call(self, item: _Item, at: int, wish: Call) -> None:
        if self._blocked or not self._session.begin(_Place(item, at), wish.prompt, wish.draw, role=wish.role):
            self._blocked.append((item, at, wish))

    def _unblock(self) -> bool:
        """Begin the calls for which there is room again; False when there is none for the first."""
        moved = False
        while self._blocked:
            item, at, wish = self._blocked[0]
            if not self._session.begin(_Place(item, at), wish.prompt, wish.draw, role=wish.role):
                break
            self._blocked.popleft()
            moved = True
        return moved

    def _reply(self, item: _Item, at: int, reply: object) -> None:
        item.replies[at] = reply
        replies = item.answered()
        if replies is not None:
            self._forward(item, replies)

    def _ask(self) -> None:
        """Have everything judged that waits for it, in the order of the plan."""
        waiting, self._waiting = sorted(self._waiting, key=lambda each: (each[0].number, each[1])), []
        reviews = [(item, at, wish) for item, at, wish in waiting if isinstance(wish, Review)]
        pairs = [(item, at, wish) for item, at, wish in waiting if isinstance(wish, Compare)]
        if reviews and self._review is None:
            raise ValueError("this strategy needs a judge: pass review")
        if pairs and self._entails is None:
            raise ValueError("this strategy compares texts: pass entails")
        words = self._review([(wish.planned, wish.draft) for _, _, wish in reviews]) if reviews and self._review else ()
        scores = (
            self._entails([(wish.premise, wish.hypothesis) for _, _, wish in pairs]) if pairs and self._entails else ()
        )
        for (item, at, _), critique in zip(reviews, words, strict=True):
            self._reply(item, at, critique)
        for (item, at, _), score in zip(pairs, scores, strict=True):
            self._reply(item, at, score)


def stream(
    items: Iterable[Planned],
    writer: Writer,
    session: Session,
    *,
    review: Judge | None = None,
    entails: Entails | None = None,
) -> Iterator[tuple[int, Attempt]]:
    """Yield (number, attempt) in the order of `items`, numbered from 0; items that the budget had no room for are left out."""
    work = _Stream(writer, session, review, entails)
    source, numbered = iter(items), 0
    open_items: deque[_Item] = deque()
    more = True
    while True:
        while more and not work.is_blocked and session.pending < session.ahead and len(open_items) < _room(session):
            planned = next(source, None)
            if planned is None:
                more = False
                break
            open_items.append(work.begin(numbered, planned))
            numbered += 1
        while open_items and open_items[0].result is not None:
            item = open_items.popleft()
            yield item.number, item.attempt()
        if not open_items and not more:
            return
        if (open_items or work.is_blocked) and not work.step():
            yield from ((item.number, item.attempt()) for item in open_items if item.result is not None)
            return


def _room(session: Session) -> int:
    return 4 * session.ahead + _SPARE

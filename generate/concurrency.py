"""How many calls an endpoint is given at once: `Limit` finds it out, `Dispatcher` keeps to it.

Outside all is synchronous: `submit` takes a job from any thread and returns a future. Inside one event loop, in one thread, holds any
number of calls. A call that waits for its next try holds no place, so that others go on.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Job = TypeVar("Job")

START, MOST = 16, 256
_SMALL = 8
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
REFUSALS = 12
"""Refusals for want of capacity that a call may suffer beside its tries; it is the endpoint that paces us then."""

_STEEP, _NEAR = 0.7, 0.95
_PROBE = 1 / 4
_TOLERANCE = 2.0
_DRIFT = 1.02
_NOISE = 0.1
_LATE_SHARE, _LEAST_LATE = 0.25, 3


class Limit:
    """How many calls may be under way, learnt from how they end.

    It begins with a slow start, doubling a round, and grows by additive increase once it was refused (429, 503): back to
    what was accepted, and if refusals go on, by multiplicative decrease (AIMD: Chiu and Jain 1989, "Analysis of the increase and decrease
    algorithms"; slow start and one decrease a round: Jacobson 1988). Near the number last refused it probes slowly and then faster
    (CUBIC, RFC 9438). A latency above twice the lowest lowers it by that gradient (TCP Vegas, Brakmo and Peterson 1995; as in Netflix's
    concurrency-limits), for servers that queue and never refuse. Not safe for threads: it belongs to one loop.
    """

    def __init__(self, *, start: int = START, most: int = MOST) -> None:
        self._most = max(1, most)
        self._limit = float(min(start, self._most))
        self._bound: float | None = None
        self._step = _PROBE
        self._round = 0
        self._passed = 0
        self._count = self._late = 0
        self._seconds = 0.0
        self._base: float | None = None
        self._window = max(_SMALL, self._limit)

    @property
    def allowed(self) -> int:
        """Calls that may be under way now, at least 1."""
        return max(1, int(self._limit))

    @property
    def round(self) -> int:
        """A number that changes with each decrease; a call notes it when it begins."""
        return self._round

    def succeeded(self, *, seconds: float, under_way: int) -> None:
        """Note a reply after `seconds`, one of `under_way` calls."""
        self._passed += 1
        if 2 * under_way >= self._limit:
            self._grow()
        self._count += 1
        self._seconds += seconds
        if self._count >= self._window:
            self._weigh()

    def refused(self, *, began: int, left: int, told: bool = False) -> None:
        """Note that the endpoint had no room for a call that began in round `began`; `left` others are under way.

        Where it was `told` when to come back, keeping to that is enough, unless nothing has passed since the last time.
        """
        if told and self._passed:
            self._passed = 0
            return
        accepted = min(self._limit, max(float(left), self._limit * _STEEP))
        if began < self._round:
            self._lower(accepted)
            return
        gentle = self._bound is None or self._passed >= self._limit
        self._fall(accepted if gentle else self._limit * _STEEP)

    def late(self) -> None:
        """Note a time-out; many among few replies are taken for overload."""
        self._count += 1
        self._late += 1
        if self._late >= _LEAST_LATE and self._late >= _LATE_SHARE * self._count:
            self._fall(self._limit / 2)

    def _grow(self) -> None:
        if self._bound is None:
            step = 1.0
        elif self._limit < max(_SMALL, self._bound * _NEAR):
            step = 1.0 / self._limit
        else:
            step = self._step / self._limit
            if self._limit >= self._bound + 1:
                self._bound, self._step = self._limit, min(1.0, 2 * self._step)
        self._limit = min(float(self._most), self._limit + step)

    def _weigh(self) -> None:
        """Compare the mean latency of a round with the lowest; the lowest is forgotten slowly."""
        mean = self._seconds / max(1, self._count - self._late)
        self._base = mean if self._base is None else min(mean, self._base * _DRIFT)
        self._begin_window()
        if mean > _TOLERANCE * self._base + _NOISE and self._limit > _SMALL / 2:
            self._fall(max(_SMALL / 2, self._limit * max(0.5, _TOLERANCE * self._base / mean)))

    def _fall(self, limit: float) -> None:
        self._round += 1
        self._passed = 0
        self._step = _PROBE
        self._lower(limit)
        self._begin_window()

    def _begin_window(self) -> None:
        self._count = self._late = 0
        self._seconds = 0.0
        self._window = max(_SMALL, self._limit)

    def _lower(self, limit: float) -> None:
        self._limit = max(1.0, min(self._limit, limit))
        self._bound = self._limit


class Setback(Exception):
    """One try failed, and another may succeed.

    `kind` is refused (no room), late (a time-out) or broken. `wait` is what the endpoint asks for, in seconds; None leaves it to us.
    """

    def __init__(self, kind: str, error: Exception, *, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.kind, self.error, self.wait = kind, error, wait


@dataclass(slots=True)
class _Ticket(Generic[Job, T]):
    job: Job
    future: Future[T]
    tries: int = 0
    refusals: int = 0


class Dispatcher(Generic[Job, T]):
    """Runs `attempt` for each job in an event loop of its own, as many at once as `limit` allows.

    A `Setback` is tried again up to `retries` times, after what the endpoint asks for or a random time that grows (full jitter: Brooker,
    "Exponential backoff and jitter", 2015). While an endpoint that refused asks to wait, nothing is sent. `last` turns the setback that
    ended the tries, and their number, into the error a user sees. A future can be cancelled until its job is first sent.
    """

    def __init__(
        self,
        attempt: Callable[[Job], Awaitable[T]],
        *,
        limit: Limit,
        retries: int,
        last: Callable[[Setback, int], Exception],
        stop: Callable[[], Awaitable[None]] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        seed: int = 0,
    ) -> None:
        self.limit = limit
        self._attempt, self._last, self._stop, self._sleep = attempt, last, stop, sleep
        self._retries = retries
        self._jitter = random.Random(seed)
        self._queue: deque[_Ticket[Job, T]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way = self._pauses = 0
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._woken = False

    @property
    def ahead(self) -> int:
        """How many jobs are best held in hand: enough to fill every place while results are looked at."""
        return 4 * self.limit.allowed

    def submit(self, job: Job) -> Future[T]:
        """Queue a job, behind those before it."""
        ticket: _Ticket[Job, T] = _Ticket(job=job, future=Future())
        with self._lock:
            loop = self._loop or self._start()
            self._queue.append(ticket)
            wake, self._woken = not self._woken, True
        if wake:
            loop.call_soon_threadsafe(self._pump)
        return ticket.future

    def close(self) -> None:
        """Give up what is under way and end the loop; again does nothing."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _start(self) -> asyncio.AbstractEventLoop:
        self._loop = loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="model calls", daemon=True)
        self._thread.start()
        return loop

    async def _end(self) -> None:
        with self._lock:
            waiting, self._queue = self._queue, deque()
        for ticket in waiting:
            ticket.future.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._stop is not None:
            await self._stop()

    def _pump(self) -> None:
        """Send what there is room for; in the loop's thread."""
        with self._lock:
            self._woken = False
        while self._queue and not self._pauses and self._under_way < self.limit.allowed:
            ticket = self._queue.popleft()
            if not ticket.tries + ticket.refusals and not ticket.future.set_running_or_notify_cancel():
                continue
            self._under_way += 1
            self._spawn(self._run(ticket))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, ticket: _Ticket[Job, T]) -> None:
        """Make one try, and settle the future unless there is to be another."""
        loop = asyncio.get_running_loop()
        began, started = self.limit.round, loop.time()
        try:
            result = await self._attempt(ticket.job)
        except Setback as setback:
            self._under_way -= 1
            if setback.kind == "refused":
                self.limit.refused(began=began, left=self._under_way, told=setback.wait is not None)
            elif setback.kind == "late":
                self.limit.late()
            self._again(ticket, setback)
        except asyncio.CancelledError:
            self._under_way -= 1
            ticket.future.set_exception(ConnectionAbortedError("the calls were given up"))
            raise
        except BaseException as error:  # noqa: BLE001 - whoever asked for the call is told
            self._under_way -= 1
            ticket.future.set_exception(error)
        else:
            self.limit.succeeded(seconds=loop.time() - started, under_way=self._under_way)
            self._under_way -= 1
            ticket.future.set_result(result)
        self._pump()

    def _again(self, ticket: _Ticket[Job, T], setback: Setback) -> None:
        """Put a job back in front after a while, or give it up."""
        refused = setback.kind == "refused" and ticket.refusals < min(REFUSALS, REFUSALS * self._retries)
        ticket.tries, ticket.refusals = ticket.tries + (not refused), ticket.refusals + refused
        number = ticket.tries + ticket.refusals
        if ticket.tries > self._retries:
            ticket.future.set_exception(self._last(setback, number))
            return
        grown = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (number - 1))
        told = setback.wait is not None and setback.kind == "refused"
        wait = self._jitter.uniform(0, grown) if setback.wait is None else min(setback.wait, LONGEST_WAIT)
        self._pauses += told
        self._spawn(self._wait(ticket, wait, told=told))

    async def _wait(self, ticket: _Ticket[Job, T], seconds: float, *, told: bool) -> None:
        try:
            await self._sleep(seconds)
        except asyncio.CancelledError:
            ticket.future.set_exception(ConnectionAbortedError("the calls were given up"))
            raise
        self._pauses -= told
        self._queue.appendleft(ticket)
        self._pump()

"""Politeness: requests to one host are spaced, and nothing waits beyond the end of the run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

STOPPED: Final = "stopped"
"""What Halted says when the user asked to stop."""
_SLICE: Final = 0.2
"""Seconds slept at a time, so that a request to stop is soon seen."""


class Halted(Exception):
    """The run is to end before the next request; the message says why, for a person."""


class Pace:
    """Waits before each request until its host may be asked again.

    `seconds` bounds the whole run. `stop` returns whether the user asked to stop. `clock` and `sleep` are arguments
    for tests. Raises Halted rather than wait for what cannot be had in time.
    """

    def __init__(
        self,
        *,
        delay: float = 1.0,
        seconds: float | None = None,
        stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._delay = delay
        self._seconds = seconds
        self._stop = stop
        self._clock = clock
        self._sleep = sleep
        self._until = None if seconds is None else clock() + seconds
        self._ready: dict[str, float] = {}

    def wait(self, host: str, *, delay: float = 0.0) -> None:
        """Return when `host` may be asked; the next time is the larger of `delay` and the run's own later."""
        self.rest(self._ready.get(host, 0.0) - self._clock())
        self._ready[host] = self._clock() + max(delay, self._delay)

    def rest(self, seconds: float) -> None:
        """Sleep for `seconds`; raises Halted when the run ends before that."""
        end = self._clock() + max(0.0, seconds)
        if self._until is not None and end > self._until:
            raise Halted(f"library.site_seconds = {self._seconds:g} are over")
        while True:
            if self._stop():
                raise Halted(STOPPED)
            left = end - self._clock()
            if left <= 0:
                return
            self._sleep(min(left, _SLICE))

"""A page from an address: allowed sites, robots.txt, spacing and limits kept at every redirect on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final

from knowledge.errors import DocumentError
from knowledge.fetch.client import NOT_MODIFIED, OK, Answer, Client
from knowledge.fetch.pace import Pace
from knowledge.fetch.robots import Robots
from knowledge.fetch.url import Sites, WebAddress, parse

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BUSY: Final = frozenset({429, 503})
_MOST_REDIRECTS: Final = 8
_TRIES: Final = 3
_FIRST_REST: Final = 5.0
_LONGEST_REST: Final = 120.0
GONE: Final = "gone"
"""The kind of a DocumentError for a page that the server says does not exist (404, 410)."""

Validators = Callable[[WebAddress], Mapping[str, str]]
"""Returns the headers that make a request conditional, empty when the page is to be sent whatever it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page as fetched. `redirects` are the addresses gone through before `answer.address`."""

    answer: Answer
    redirects: tuple[WebAddress, ...] = ()

    @property
    def address(self) -> WebAddress:
        """The address that answered."""
        return self.answer.address

    @property
    def is_unchanged(self) -> bool:
        """Whether the server says that the page is as it was."""
        return self.answer.status == NOT_MODIFIED


class Fetcher:
    """Fetches pages of allowed sites, one at a time; close it, or use it in a `with` block."""

    def __init__(self, client: Client, *, sites: Sites, pace: Pace | None = None) -> None:
        self.client = client
        self._sites = sites
        self._pace = pace or Pace()
        self.robots = Robots(agent=client.agent, get=self._get_rules)

    def fetch(self, address: WebAddress, *, validators: Validators = lambda address: {}) -> Page:
        """Return the page at `address`.

        Raises DocumentError when it cannot or may not be had, Halted when the run ends first.
        """
        return self._follow(address, ask=lambda hop: self._ask(hop, validators(hop)))

    def check(self, address: WebAddress) -> None:
        """Raise DocumentError unless `address` is of an allowed site."""
        self._sites.check(address)

    def _ask(self, address: WebAddress, headers: Mapping[str, str]) -> Answer:
        self._sites.check(address)
        delay = self.robots.check(address).delay
        answer = self._patiently(address, headers, delay=delay)
        if answer.status not in (OK, NOT_MODIFIED, *_REDIRECTS):
            kind = GONE if answer.status in (404, 410) else "unreachable"
            raise DocumentError(str(address), f"the server answers {answer.status}", kind=kind)
        if answer.status == NOT_MODIFIED and not headers:
            raise DocumentError(str(address), "the server answers 304 to a request without condition")
        return answer

    def _patiently(self, address: WebAddress, headers: Mapping[str, str], *, delay: float) -> Answer:
        """Return the answer, asking again where the server says that it is busy."""
        for number in range(_TRIES):
            self._pace.wait(address.host, delay=delay)
            answer = self.client.get(address, headers=headers)
            rest = _rest(answer.headers.get("retry-after", ""), default=_FIRST_REST * 2**number)
            if answer.status not in _BUSY or rest > _LONGEST_REST or number == _TRIES - 1:
                break
            self._pace.rest(rest)
        return answer

    def _follow(self, address: WebAddress, *, ask: Callable[[WebAddress], Answer]) -> Page:
        seen = [address]
        while True:
            answer = self._asked(seen, ask)
            if answer.status not in _REDIRECTS:
                return Page(answer=answer, redirects=tuple(seen[:-1]))
            target = _target(seen, answer)
            if target in seen:
                raise DocumentError(str(address), f"redirects in a circle, through {target}", kind="redirect")
            if len(seen) > _MOST_REDIRECTS:
                raise DocumentError(str(address), f"redirects more than {_MOST_REDIRECTS} times", kind="redirect")
            seen.append(target)

    def _asked(self, seen: list[WebAddress], ask: Callable[[WebAddress], Answer]) -> Answer:
        try:
            return ask(seen[-1])
        except DocumentError as error:
            if len(seen) == 1:
                raise
            raise DocumentError(str(seen[0]), f"redirects to {error}", kind=error.kind) from error

    def _get_rules(self, address: WebAddress) -> Answer:
        def ask(hop: WebAddress) -> Answer:
            self._sites.check(hop)
            self._pace.wait(hop.host)
            return self.client.get(hop)

        return self._follow(address, ask=ask).answer

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _target(seen: list[WebAddress], answer: Answer) -> WebAddress:
    """Return where an answer redirects to."""
    location = answer.headers.get("location", "").encode("latin-1", "replace").decode("utf-8", "replace")
    if not location:
        raise DocumentError(str(seen[0]), "redirects without saying where to", kind="redirect")
    try:
        return parse(location.replace(" ", "%20"), base=answer.address)
    except DocumentError as error:
        raise DocumentError(str(seen[0]), f"redirects to {error}", kind="refused") from error


def _rest(value: str, *, default: float) -> float:
    """Return the seconds of a Retry-After header, which holds seconds or a date."""
    if value.isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return default
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())

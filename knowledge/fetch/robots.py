"""robots.txt (RFC 9309): what a site lets us fetch, how slowly, and where its site maps are."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from knowledge.errors import DocumentError
from knowledge.fetch.client import OK, Answer
from knowledge.fetch.url import WebAddress

if TYPE_CHECKING:
    from protego import Protego

_LONGEST: Final = 512_000
_GONE: Final = range(400, 500)
_TOO_MANY: Final = 429


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The rules of one site for one agent; `problem` says why nothing may be fetched when they could not be had.

    `is_refused` says that it is the site itself which may not be fetched from.
    """

    agent: str
    parsed: Protego | None = None
    problem: str = ""
    is_refused: bool = False

    def allows(self, address: WebAddress) -> bool:
        """Return whether an address may be fetched."""
        return not self.problem and (self.parsed is None or self.parsed.can_fetch(str(address), self.agent))

    @property
    def delay(self) -> float:
        """Seconds the site wants between requests; 0 when it does not say."""
        wanted = self.parsed.crawl_delay(self.agent) if self.parsed else None
        return wanted if wanted and math.isfinite(wanted) and wanted > 0 else 0.0

    @property
    def site_maps(self) -> list[str]:
        """The site maps it names."""
        return list(self.parsed.sitemaps) if self.parsed else []


def product_of(agent: str) -> str:
    """Return the name that robots.txt addresses an agent by: of "rules/2 (mailto:a@b.gov)", rules."""
    return re.split(r"[/\s(]", agent.strip(), maxsplit=1)[0]


class Robots:
    """The rules of the sites met in a run, each asked for once. `get` fetches an address, redirects followed."""

    def __init__(self, *, agent: str, get: Callable[[WebAddress], Answer]) -> None:
        self._agent = product_of(agent)
        self._get = get
        self._rules: dict[str, Rules] = {}

    def rules(self, address: WebAddress) -> Rules:
        """Return the rules of the site of `address`."""
        if address.site not in self._rules:
            self._rules[address.site] = self._read(address)
        return self._rules[address.site]

    def check(self, address: WebAddress) -> Rules:
        """Return the site's rules; raises DocumentError when they do not allow `address`."""
        rules = self.rules(address)
        if rules.is_refused:
            raise DocumentError(str(address), rules.problem, kind="refused")
        if rules.problem:
            said = f"robots.txt of {address.site} could not be read, so nothing is fetched there ({rules.problem})"
            raise DocumentError(str(address), said, kind="unreachable")
        if not rules.allows(address):
            said = f"robots.txt of {address.site} does not allow it for {self._agent}; ask the site, or save the page"
            raise DocumentError(str(address), said, kind="robots")
        return rules

    def _read(self, address: WebAddress) -> Rules:
        place = WebAddress(host=address.host, port=address.port, target="/robots.txt")
        try:
            answer = self._get(place)
        except DocumentError as error:
            return Rules(agent=self._agent, problem=error.reason, is_refused=error.kind == "refused")
        if answer.status in _GONE and answer.status != _TOO_MANY:
            return Rules(agent=self._agent)
        if answer.status != OK:
            return Rules(agent=self._agent, problem=f"the server answers {answer.status}")
        from protego import Protego

        text = answer.body[:_LONGEST].decode("utf-8-sig", "replace")
        return Rules(agent=self._agent, parsed=Protego.parse(text))

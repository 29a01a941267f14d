"""The nouns of a run over web pages: `Visit`, why it is made, how documents are cut, and the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from knowledge.fetch.url import WebAddress
from knowledge.ingest import Split
from knowledge.outcome import IngestReport


class Role(StrEnum):
    """How an address came into a run; one that was only linked may turn out to be nothing without being an error."""

    SITE = "site"
    NAMED = "named"
    MAP = "map"
    LISTED = "listed"
    LINKED = "linked"


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """An address to fetch; links are followed `depth` steps from it."""

    address: WebAddress
    role: Role
    depth: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WebReport(IngestReport):
    """What an ingest from the web did; `stopped` says why it ended with `left` known addresses still to fetch."""

    stopped: str = ""
    left: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """How documents are split, as `ingest` takes it."""

    max_tokens: int = 160
    count_tokens: Callable[[str], int] | None = None
    split: Split | None = None

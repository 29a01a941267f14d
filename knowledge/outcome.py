"""What became of the files of an ingest: `Outcome` of one file, `IngestReport` of all, `IngestEvent` on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What an ingest did with one file."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    MOVED = "moved"
    DUPLICATE = "duplicate"
    REMOVED = "removed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one file.

    `source` is the library's name for it. `error` says why a file failed, or why it was left out and is no
    document; `warnings` are sentences that each begin with a short kind and a colon.
    """

    source: str
    status: Status
    document_id: str | None = None
    passages: int = 0
    warnings: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestEvent:
    """A step of an ingest: `stage` is "read" or "index"; `done` of `total` files or passages are through."""

    stage: str
    done: int
    total: int
    outcome: Outcome | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestReport:
    """What an ingest did.

    `missing` are sources whose file is gone though they are still in the library. `indexed` counts passages that
    entered the index, `dropped` those that left it.
    """

    outcomes: tuple[Outcome, ...] = ()
    missing: tuple[str, ...] = ()
    indexed: int = 0
    dropped: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Return how many files ended in each status, every status present."""
        counted = Counter(str(outcome.status) for outcome in self.outcomes)
        return {str(status): counted[str(status)] for status in Status}

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Return the outcomes of files that could not be read."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == Status.FAILED)

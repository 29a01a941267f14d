"""The index brought up to date with the library: by what changed, or by comparing the two as wholes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from knowledge.document import Passage
from knowledge.library import Library
from knowledge.outcome import IngestEvent

_AT_ONCE = 4096
"""Passages held in memory while the index follows the library."""

Progress = Callable[[IngestEvent], None]


class Index(Protocol):
    """The derived index, as far as an ingest uses it."""

    @property
    def name(self) -> str:
        """Return what tells it from indexes in another store or of another embedder."""
        ...

    def ids(self) -> set[str]:
        """Return the ids of the passages it holds."""
        ...

    def count(self) -> int:
        """Return how many passages it holds."""
        ...

    def update(
        self, passages: Sequence[Passage], gone: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> tuple[int, int]:
        """Add `passages` and remove the ids in `gone`, what it has or lacks already left alone; return how many."""
        ...

    def sync(self, passages: Iterable[Passage], *, progress: Callable[[int], None] | None = None) -> tuple[int, int]:
        """Make it hold exactly `passages`; return how many were added and removed."""
        ...


def sync(library: Library, index: Index, progress: Progress | None = None) -> tuple[int, int]:
    """Make the index hold exactly the library's passages; return how many were added and removed."""
    held, wanted = index.ids(), library.passage_ids()
    if held == wanted:
        return (0, 0)

    return index.sync(library.passages(), progress=_telling(progress, done=0, total=len(wanted - held)))


def follow(library: Library, index: Index, progress: Progress | None = None) -> tuple[int, int]:
    """Bring the index up to date with what the library noted as changed; return how many passages came and went.

    The cost is that of the changes, whatever the size of the library. An index that then holds another number of passages
    than the library, one made anew or damaged, is compared with it as a whole, and so is one that is not what followed last.
    """
    unindexed = library.records.unindexed
    noted, follower = unindexed.ids(), unindexed.follower()
    added, dropped = 0, 0
    for start in range(0, len(noted), _AT_ONCE):
        some = noted[start : start + _AT_ONCE]
        here = library.records.current(some)
        gone = [id_ for id_ in some if id_ not in here]
        tell = _telling(progress, done=start, total=len(noted))
        more, fewer = index.update(list(here.values()), gone, progress=tell)
        added, dropped = added + more, dropped + fewer
    if index.count() != library.passage_count() or (follower and follower != index.name):
        more, fewer = sync(library, index, progress)
        added, dropped = added + more, dropped + fewer
    unindexed.settle(noted, follower=index.name)
    return added, dropped


def _telling(progress: Progress | None, *, done: int, total: int) -> Callable[[int], None]:
    def report(more: int) -> None:
        if progress:
            progress(IngestEvent(stage="index", done=done + more, total=total))

    return report

"""What stands around a passage of evidence, and which documents outweigh others: what the settings say of both, for the verifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge.document import Passage
    from knowledge.library import Library
    from verify.evidence import Evidence


def authority(patterns: Sequence[str]) -> Callable[[Evidence], int]:
    """Return the rank of a passage's document by the first pattern that its source or title matches.

    `patterns` are shell patterns, case aside, the weightiest first; a document that matches none has rank 0.
    """
    wanted = [pattern.lower() for pattern in patterns]

    @lru_cache(maxsize=4_096)
    def rank(source: str, title: str) -> int:
        names = [source.lower(), title.lower()]
        matching = (i for i, pattern in enumerate(wanted) if any(fnmatchcase(name, pattern) for name in names))
        return len(wanted) - next(matching, len(wanted))

    return lambda evidence: rank(evidence.source, evidence.title)


def surroundings(library: Library) -> Callable[[Passage], str]:
    """Return a function that gives the text of the passage in front of one, of the same version; "" for the first."""

    @lru_cache(maxsize=64)
    def texts(document_id: str, version: int) -> dict[int, str]:
        return {each.ordinal: each.text for each in library.passages(document_id, version=version)}

    return lambda passage: texts(passage.document_id, passage.version).get(passage.ordinal - 1, "")

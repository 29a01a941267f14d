"""How alike two texts are in wording, from small sketches of each, so that near copies can be named."""

from __future__ import annotations

import heapq
import re
import zlib
from collections.abc import Collection, Iterator
from functools import lru_cache

SIZE = 64
_WORDS = 5
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=4)
def sketch(text: str) -> tuple[int, ...]:
    """Return the 64 smallest hashes of a text's five-word sequences, sorted; fewer for a short text.

    A bottom-k sketch (Broder, "On the resemblance and containment of documents", 1997). Letter case, white space
    and punctuation do not count.
    """
    return tuple(heapq.nsmallest(SIZE, set(_shingles(text.casefold()))))


def resemblance(first: Collection[int], second: Collection[int]) -> float:
    """Return the estimated share of five-word sequences that two sketched texts have in common, 0 to 1."""
    smallest = heapq.nsmallest(SIZE, set(first) | set(second))
    shared = set(first) & set(second)
    return sum(value in shared for value in smallest) / len(smallest) if smallest else 0.0


def _shingles(text: str) -> Iterator[int]:
    words = " ".join(_WORD.findall(text)).encode("utf-8", "replace").split()
    return map(zlib.crc32, map(b" ".join, zip(*(words[first:] for first in range(_WORDS)), strict=False)))

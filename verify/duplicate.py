"""Repeated questions: exact after folding, or near by cosine among questions that share evidence.

Comparing only within a passage's own questions keeps the work linear in the number of rows: two questions that rest
on different passages ask about different text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Return the words of `text` in lower case, one space between: what exact comparison looks at."""
    return " ".join(_WORD.findall(text.lower()))


class Questions:
    """The questions accepted so far.

    `embed` maps texts to L2-normalised vectors (n, d); without it only exact repeats are found. `similarity` is the
    cosine, 0 to 1, from which two questions on the same passage are one.
    """

    def __init__(
        self, *, embed: Callable[[Sequence[str]], NDArray[Any]] | None = None, similarity: float = 0.92
    ) -> None:
        self._embed = embed
        self._similarity = similarity
        self._exact: dict[str, str] = {}
        self._near: dict[str, list[tuple[str, NDArray[Any]]]] = {}

    def repeated(self, question: str, *, passages: Sequence[str]) -> str | None:
        """Return the id of the accepted question that this one repeats, or None."""
        same = self._exact.get(fold(question))
        if same is not None or self._embed is None:
            return same
        others = [other for passage in passages for other in self._near.get(passage, [])]
        if not others:
            return None
        vector = self._embed([question])[0]
        best = max(others, key=lambda other: float(other[1] @ vector))
        return best[0] if float(best[1] @ vector) >= self._similarity else None

    def accept(self, row_id: str, question: str, *, passages: Sequence[str]) -> None:
        """Remember an accepted question under its row's id."""
        self._exact.setdefault(fold(question), row_id)
        if self._embed is None:
            return
        vector = self._embed([question])[0]
        for passage in passages:
            self._near.setdefault(passage, []).append((row_id, vector))

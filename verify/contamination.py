"""Rows that give away what an evaluation set asks: by runs of 13 words (Brown et al. 2020, appendix C), or by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.duplicate import fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORDS = 13
"""Words of a run that two texts do not share by chance."""
SHORTEST = 3
"""Words from which a whole question that is shorter than a run counts; a short answer is no sign."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """Row number `row` gives away evaluation item number `of`; `score` is the share of its runs found there, or a cosine."""

    row: int
    of: int
    score: float


class Overlap:
    """The runs of words of evaluation items, each a tuple of texts (question, answer), that rows are looked up in."""

    def __init__(self, items: Sequence[tuple[str, ...]]) -> None:
        self._items: dict[int, int] = {}
        for number, texts in enumerate(items):
            for place, text in enumerate(texts):
                for run in runs(text, whole=place == 0):
                    self._items.setdefault(run, number)

    def leak(self, row: int, texts: Sequence[str]) -> Leak | None:
        """Return the item that shares most runs with the row's texts, or None; the earliest of equals."""
        best: Leak | None = None
        for place, text in enumerate(texts):
            own = runs(text, whole=place == 0)
            shared = [self._items[run] for run in own if run in self._items]
            if not shared:
                continue
            of = max(sorted(set(shared)), key=shared.count)
            score = shared.count(of) / len(own)
            if best is None or score > best.score:
                best = Leak(row=row, of=of, score=score)
        return best


def runs(text: str, *, whole: bool = True) -> list[int]:
    """Return the hashes of the runs of WORDS words of a text; with `whole`, of a shorter one's SHORTEST words or more together."""
    tokens = fold(text).split()
    if len(tokens) < WORDS:
        return [hash(" ".join(tokens))] if whole and len(tokens) >= SHORTEST else []
    return [hash(" ".join(tokens[at : at + WORDS])) for at in range(len(tokens) - WORDS + 1)]


def leaks_of_meaning(vectors: NDArray[Any], items: NDArray[Any], *, threshold: float) -> Iterator[Leak]:
    """Yield the rows whose unit vectors (n, d) have a cosine of `threshold` or more with one of `items` (m, d), with the nearest."""
    from verify.cells import Cells

    best: dict[int, tuple[float, int]] = {}
    for asking, found in Cells(items).pairs(vectors, threshold):
        scores = np.einsum("nd,nd->n", vectors[asking].astype(np.float32), items[found].astype(np.float32))
        for row, of, score in zip(asking.tolist(), found.tolist(), scores.tolist(), strict=True):
            best[row] = max(best.get(row, (0.0, 0)), (score, -of))
    for row in sorted(best):
        score, of = best[row]
        yield Leak(row=row, of=-of, score=min(score, 1.0))

"""Maximal marginal relevance: the next passage is one that is good and unlike those already chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy


def diversify(ids: Sequence[str], vectors: Mapping[str, numpy.ndarray], *, k: int, diversity: float) -> list[str]:
    """Return k of `ids`, which come best first, by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

    Relevance falls evenly from 1 for the first to 0 after the last, likeness is the cosine of the unit vectors, and
    `diversity`, 0 to 1, weighs one against the other. Ids without a vector are unlike everything. Ties: the better id.
    """
    import numpy

    if not ids:
        return []
    width = next((len(vector) for vector in vectors.values()), 1)
    rows = numpy.stack([numpy.asarray(vectors.get(id_, numpy.zeros(width)), dtype=numpy.float32) for id_ in ids])
    relevance = 1.0 - numpy.arange(len(ids)) / len(ids)
    nearest = numpy.zeros(len(ids))
    chosen: list[int] = []
    while len(chosen) < min(k, len(ids)):
        worth = (1 - diversity) * relevance - diversity * nearest
        worth[chosen] = -numpy.inf
        best = int(numpy.argmax(worth))
        chosen.append(best)
        nearest = numpy.maximum(nearest, rows @ rows[best])
    return [ids[number] for number in chosen]

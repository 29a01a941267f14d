"""Weights in place of yes and no: how much a row should count in training.

A weight is confidence x rarity x difference, brought to a mean of 1. The idea of weighting generated rows instead of choosing is that of
SunGen (Gao et al. 2023); the product is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST, HIGHEST = 0.1, 10.0
"""Bounds of a weight, before weights are brought to a mean of 1 again."""
UNJUDGED = 0.5
"""Confidence of a row that was not judged."""
_LIKE = 0.3
"""Cosine below which rows are not neighbours."""


def weights(
    *, confidence: Sequence[float | None], features: Sequence[frozenset[str]], vectors: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Return a weight for each row, mean 1.

    `confidence` is 0 to 1. `features` are what a row is about: concepts, or words; a row is as rare as they are on average.
    `vectors` (n, d) of length 1 tell how unlike its nearest neighbour a row is; without them that counts for nothing.
    """
    if not confidence:
        return np.zeros(0)
    sure = np.array([UNJUDGED if each is None else each for each in confidence])
    raw = sure * _scaled(rarity(features))
    if vectors is not None:
        raw = raw * _scaled(1.0 - nearest(vectors))
    return _bounded(raw)


def rarity(features: Sequence[frozenset[str]]) -> NDArray[Any]:
    """Return the mean of log((n + 1) / rows with it) over each row's features; 0 for a row without."""
    counts = Counter(name for each in features for name in each)
    total = len(features) + 1
    return np.array(
        [sum(log(total / counts[name]) for name in sorted(each)) / len(each) if each else 0.0 for each in features]
    )


def nearest(vectors: NDArray[Any]) -> NDArray[Any]:
    """Return the cosine, 0 to 1, of each row with its nearest other row; 0 where none is near."""
    from verify.cells import Cells

    best = np.zeros(len(vectors))
    for one, other in Cells(vectors).pairs(vectors, _LIKE, itself=True):
        found = np.einsum("nd,nd->n", vectors[one].astype(np.float32), vectors[other].astype(np.float32))
        np.maximum.at(best, one, np.minimum(found, 1.0))
        np.maximum.at(best, other, np.minimum(found, 1.0))
    return best


def _scaled(values: NDArray[Any]) -> NDArray[Any]:
    """Values of mean 1; ones where all are 0."""
    mean = float(values.mean())
    return values / mean if mean > 0 else np.ones_like(values)


def _bounded(values: NDArray[Any]) -> NDArray[Any]:
    """Values within the bounds, of mean 1."""
    return _scaled(np.clip(_scaled(values), LOWEST, HIGHEST))

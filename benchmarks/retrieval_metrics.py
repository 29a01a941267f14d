"""Recall, average precision and nDCG of a ranking, for relevance that is yes or no."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

NAMES = ("Recall@5", "Recall@10", "MAP@10", "nDCG@10")


def recall(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the share of the relevant that is among the first k."""
    return len(set(ranking[:k]) & set(relevant)) / len(relevant)


def average_precision(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the mean, over the relevant, of the precision where each is found; 0 for those not among the first k.

    The divisor is the number that could be found, min(k, relevant), as ranx and the RIRAG task have it.
    """
    found, total = 0, 0.0
    for place, id_ in enumerate(ranking[:k], start=1):
        if id_ in relevant:
            found += 1
            total += found / place
    return total / min(k, len(relevant))


def ndcg(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the discounted gain over the best one possible (Järvelin and Kekäläinen, TOIS 2002), logarithm to base 2."""
    gain = sum(1 / math.log2(place + 1) for place, id_ in enumerate(ranking[:k], start=1) if id_ in relevant)
    return gain / sum(1 / math.log2(place + 1) for place in range(1, min(k, len(relevant)) + 1))


def figures(ranking: Sequence[str], relevant: Collection[str]) -> tuple[float, float, float, float]:
    """Return Recall@5, Recall@10, MAP@10 and nDCG@10 of one question."""
    return (
        recall(ranking, relevant, 5),
        recall(ranking, relevant, 10),
        average_precision(ranking, relevant, 10),
        ndcg(ranking, relevant, 10),
    )

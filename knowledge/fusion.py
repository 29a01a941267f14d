"""Several rankings of the same passages made into one: by rank, or by score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

CONSTANT = 60.0
"""The usual constant of reciprocal-rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""

Ranking = list[tuple[str, float]]
"""Ids with their scores, best first; equal scores are ordered by id."""


def ordered(scored: Iterable[tuple[str, float]]) -> Ranking:
    """Return ids by score, highest first; equal scores are ordered by id."""
    return sorted(scored, key=lambda each: (-each[1], each[0]))


def fuse(*rankings: Ranking, weights: Sequence[float] = (), constant: float = CONSTANT) -> Ranking:
    """Return one ranking of several by reciprocal-rank fusion: each adds weight / (constant + rank).

    `weights` has a number, 0 or more, for each ranking; without them all count the same. A ranking of weight 0 adds
    nothing, not even its ids.
    """
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, (id_, _) in enumerate(ranking if weight > 0 else (), start=1):
            scores[id_] = scores.get(id_, 0.0) + weight / (constant + rank)
    return ordered(scores.items())


def blend(
    *rankings: Ranking,
    weights: Sequence[float] = (),
    floors: Sequence[float | None],
    tops: Sequence[float | None] = (),
) -> Ranking:
    """Return one ranking of several by the weighted mean of their scores brought to 0..1 (Bruch et al., TOIS 2023).

    A score at the ranking's top is 1 there and one at its floor 0. `floors` has the lowest score a passage can have, or
    None for that of the ranking's last; `tops` the highest, or None, as without them, for that of its best. An id that a
    ranking lacks counts as at its floor. `weights` as in `fuse`.
    """
    scores: dict[str, float] = {}
    shares, most = weights or [1.0] * len(rankings), tops or [None] * len(rankings)
    total = sum(shares) or 1.0
    for ranking, share, floor, top in zip(rankings, shares, floors, most, strict=True):
        for id_, level in _levels(ranking, floor, top) if share > 0 else ():
            scores[id_] = scores.get(id_, 0.0) + share / total * level
    return ordered(scores.items())


def completed(near: Ranking, other: Ranking) -> Ranking:
    """Return `near` with what only `other` has, at the score of the last of `near`: nearer it cannot be, and it is not far off.

    For a list that ranks every passage and was cut, as one by cosine; in one by words, what is absent shares none.
    """
    if not near:
        return near
    known = {id_ for id_, _ in near}
    return near + sorted((id_, near[-1][1]) for id_, _ in other if id_ not in known)


def _levels(ranking: Ranking, floor: float | None, top: float | None) -> Ranking:
    """Return ids with their scores brought to 0..1; all have 1 where they do not differ."""
    if not ranking:
        return []
    lowest = ranking[-1][1] if floor is None else floor
    span = (ranking[0][1] if top is None else top) - lowest
    return [(id_, min(1.0, max(0.0, (score - lowest) / span)) if span > 0 else 1.0) for id_, score in ranking]

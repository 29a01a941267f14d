"""Which rows a person should look at first: selection strategies over what a judge thought of each row.

Every strategy returns a whole order, so that a review can stop anywhere. Rows are told apart by id; equal inputs and seed give equal
orders. `mixed` puts rows drawn at random among the chosen ones: only those tell how often the judge is wrong on all rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from knowledge.identity import digest

if TYPE_CHECKING:
    import numpy as np

NEIGHBOURS = 10
"""Rows that a row votes for, in vote-k."""
DISCOUNT = 10.0
ROUNDS = 20
BLOCK = 512


class Strategy(StrEnum):
    """In which order rows are reviewed."""

    LEAST_CONFIDENCE = "least-confidence"
    ENTROPY = "entropy"
    K_MEANS = "k-means"
    VOTE_K = "vote-k"
    RANDOM = "random"
    DISAGREEMENT = "disagreement"

    @property
    def needs_vectors(self) -> bool:
        """Whether rows must be embedded for it."""
        return self in (Strategy.K_MEANS, Strategy.VOTE_K, Strategy.DISAGREEMENT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A row that could be reviewed.

    `distribution` is what the judge gives to supported, refuted and neither; it adds up to 1. `other` is another
    judge's probability that the row is right, where there is one.
    """

    id: str
    distribution: tuple[float, float, float]
    other: float | None = None

    @property
    def right(self) -> float:
        """The judge's probability that the row is right."""
        return self.distribution[0]


def distribution(entailment: float, contradiction: float) -> tuple[float, float, float]:
    """Return supported, refuted and neither as shares that add up to 1, from two scores of 0 to 1."""
    support, against = min(max(entailment, 0.0), 1.0), min(max(contradiction, 0.0), 1.0)
    neither = max(0.0, 1.0 - support - against)
    total = support + against + neither
    return support / total, against / total, neither / total


def confidence_left(candidate: Candidate) -> float:
    """Return 1 minus the largest probability: least confidence (Lewis and Gale 1994, for several classes Culotta and McCallum 2005)."""
    return 1.0 - max(candidate.distribution)


def entropy(candidate: Candidate) -> float:
    """Return the entropy of the judge's distribution in nats, 0 to log 3 (Shannon 1948; Settles 2009, section 3.1)."""
    return -sum(p * math.log(p) for p in candidate.distribution if p > 0)


def disagreement(candidate: Candidate) -> float:
    """Return how far the judge and the other are apart, 0 to 1; a row without another opinion has its own doubt, halved."""
    if candidate.other is None:
        return confidence_left(candidate) / 2
    return abs(candidate.right - candidate.other)


def ranked(
    candidates: Sequence[Candidate],
    strategy: Strategy,
    *,
    vectors: np.ndarray | None = None,
    wanted: int = 100,
    seed: int = 0,
) -> list[int]:
    """Return the places of all candidates, the one to review first at the front.

    `vectors` holds one L2-normalised row a candidate; k-means and vote-k need it (ValueError without). `wanted` is how many rows
    will be reviewed: the number of clusters of k-means, and of rows that vote-k chooses; what is left follows at random.
    """
    chance = shuffled(candidates, seed=seed)
    if strategy is Strategy.RANDOM:
        return chance
    if strategy in (Strategy.K_MEANS, Strategy.VOTE_K):
        if vectors is None or len(vectors) != len(candidates):
            raise ValueError(f"strategy {strategy.value} needs a vector for each candidate")
        choose = _central if strategy is Strategy.K_MEANS else _voted
        return _completed(choose(vectors, min(wanted, len(candidates)), seed), chance)
    measure = {
        Strategy.LEAST_CONFIDENCE: confidence_left,
        Strategy.ENTROPY: entropy,
        Strategy.DISAGREEMENT: disagreement,
    }[strategy]
    return sorted(chance, key=lambda place: -round(measure(candidates[place]), 9))


def shuffled(candidates: Sequence[Candidate], *, seed: int = 0) -> list[int]:
    """Return the places at random: ordered by a digest of seed and id, so that new rows do not change the order of the old."""
    keys = [digest([seed, each.id]) for each in candidates]
    return sorted(range(len(candidates)), key=keys.__getitem__)


def mixed(chosen: Sequence[str], drawn: Sequence[str], *, share: float) -> list[tuple[str, bool]]:
    """Return both orders of the same ids as one, with `share` of it taken from `drawn`; True marks what was drawn at random.

    At any place the number of drawn ones is the rounded share of what went before; each id comes once.
    """
    queues = {False: iter(chosen), True: iter(drawn)}
    taken: set[str] = set()
    order: list[tuple[str, bool]] = []
    owed = 0.0
    while len(order) < len(chosen):
        owed += share
        random = owed >= 1.0 - 1e-9
        owed -= random
        found = next((each for each in queues[random] if each not in taken), None)
        if found is None:
            break
        taken.add(found)
        order.append((found, random))
    return order


def _completed(first: Iterable[int], rest: Iterable[int]) -> list[int]:
    return list(dict.fromkeys([*first, *rest]))


def _central(vectors: np.ndarray, k: int, seed: int) -> list[int]:
    """Return the row nearest to each of k centres, of the largest cluster first (Lloyd 1982, started by k-means++)."""
    import numpy as np

    centres = _started(vectors, k, seed)
    members = np.full(len(vectors), -1)
    for _ in range(ROUNDS):
        before, members = members, _nearest(vectors, centres)
        if (before == members).all():
            break
        for number in range(k):
            own = vectors[members == number]
            centres[number] = own.mean(axis=0) if len(own) else centres[number]
    sizes = np.bincount(members, minlength=k)
    chosen = []
    for number in sorted(range(k), key=lambda each: (-int(sizes[each]), each)):
        own = np.flatnonzero(members == number)
        if len(own):
            gaps = ((vectors[own] - centres[number]) ** 2).sum(axis=1)
            chosen.append(int(own[int(gaps.argmin())]))
    return chosen


def _started(vectors: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Starting centres, each drawn with a chance that grows with its squared distance (Arthur and Vassilvitskii 2007)."""
    import numpy as np

    generator = np.random.default_rng(seed)
    chosen = [int(generator.integers(len(vectors)))]
    gaps = ((vectors - vectors[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < k:
        total = float(gaps.sum())
        place = (
            int(generator.choice(len(vectors), p=gaps / total)) if total > 0 else int(generator.integers(len(vectors)))
        )
        chosen.append(place)
        gaps = np.minimum(gaps, ((vectors - vectors[place]) ** 2).sum(axis=1))
    return vectors[chosen].astype(np.float64)


def _nearest(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    import numpy as np

    lengths = (centres**2).sum(axis=1) / 2
    found = [
        (vectors[start : start + BLOCK] @ centres.T - lengths).argmax(axis=1) for start in range(0, len(vectors), BLOCK)
    ]
    return np.concatenate(found)


def _voted(vectors: np.ndarray, k: int, seed: int) -> list[int]:
    """Return k rows by votes of those that have them among their nearest (Su et al., arXiv 2209.01975, section 2.1).

    A vote counts 10^-s, with s the voter's nearest that are chosen already. Votes are kept up to date: only the voters around a
    newly chosen row are counted anew.
    """
    import numpy as np

    friends = _friends(vectors)
    voters: list[list[int]] = [[] for _ in range(len(vectors))]
    for voter, named in enumerate(friends):
        for friend in named:
            voters[int(friend)].append(voter)
    weight = np.ones(len(vectors))
    votes = np.array([float(len(each)) for each in voters])
    chosen: list[int] = []
    while len(chosen) < k:
        best = int(votes.argmax())
        chosen.append(best)
        votes[best] = -np.inf
        for voter in voters[best]:
            lost = weight[voter] * (1 - 1 / DISCOUNT)
            weight[voter] -= lost
            votes[friends[voter]] -= lost
    return chosen


def _friends(vectors: np.ndarray) -> np.ndarray:
    """The places of each row's nearest others, a block of rows at a time; shape (n, at most NEIGHBOURS)."""
    import numpy as np

    near = min(NEIGHBOURS, len(vectors) - 1)
    found = []
    for start in range(0, len(vectors), BLOCK):
        likeness = vectors[start : start + BLOCK] @ vectors.T
        own = np.arange(len(likeness))
        likeness[own, start + own] = -np.inf
        found.append(np.argsort(-likeness, axis=1, kind="stable")[:, :near])
    return np.concatenate(found)

"""Which sentences of a corpus speak of the same things: each one's nearest few, never all pairs.

Sentences are known by features: stems of their words, and the concepts they mention where a graph knows them. A feature weighs the
logarithm of how rare it is. A sentence is compared with those that share one of its `RAREST` features, of which no
more than `MOST_POSTINGS` are looked at each, so the work grows with the corpus and not with its square.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

RAREST = 10
MOST_POSTINGS = 300
LOOKED_AT = 60
"""Candidates, the best by their rare features, whose nearness is worked out."""


class Nearness:
    """An index of sentences by features. `groups` names what each belongs to; sentences of one group are not compared.

    `texts` are compared in lower case with white space folded: equal sentences cannot differ. Of several equal ones in
    places of one name that are near another, the first is taken.
    """

    def __init__(
        self,
        features: Sequence[frozenset[str]],
        *,
        groups: Sequence[str],
        texts: Sequence[str],
        places: Sequence[str],
    ) -> None:
        self._features, self._groups, self._places = features, groups, places
        self._texts = [" ".join(text.lower().split()) for text in texts]
        self._postings: Mapping[str, list[int]] = self._index()
        total = max(2, len(features))
        self._weight = {name: math.log(total / len(found)) + 0.1 for name, found in self._postings.items()}
        self._mass = [sum(self._weight[name] for name in each) for each in features]

    def _index(self) -> dict[str, list[int]]:
        postings: dict[str, list[int]] = defaultdict(list)
        for number, names in enumerate(self._features):
            for name in names:
                postings[name].append(number)
        return postings

    def pairs(self, *, most: int, least: float) -> Iterator[tuple[int, int]]:
        """Yield pairs of numbers, the smaller first, each once: every sentence with its `most` nearest, `least` near or nearer.

        Nearness is 0 to 1: twice the weight of the shared features over the weight of all.
        """
        seen: set[tuple[int, int]] = set()
        for number in range(len(self._features)):
            for other in self._nearest(number, most=most, least=least):
                pair = (min(number, other), max(number, other))
                if pair not in seen:
                    seen.add(pair)
                    yield pair

    def _nearest(self, number: int, *, most: int, least: float) -> list[int]:
        scored = [(self._near(number, other), -other) for other in self._candidates(number)]
        chosen: dict[tuple[str, str], int] = {}
        for score, negative in sorted(scored, reverse=True):
            if score < least or len(chosen) >= most:
                break
            chosen.setdefault((self._texts[-negative], self._places[-negative]), -negative)
        return list(chosen.values())

    def _candidates(self, number: int) -> list[int]:
        """The sentences of other groups, other in wording, that share most of the rarest features."""
        ranked = sorted(self._features[number], key=lambda name: (-self._weight[name], name))
        shared = [name for name in ranked if len(self._postings[name]) > 1][:RAREST]
        weights: dict[int, float] = defaultdict(float)
        for name in shared:
            for other in self._some(name, number):
                weights[other] += self._weight[name]
        usable = (
            (weight, -other)
            for other, weight in weights.items()
            if self._groups[other] != self._groups[number] and self._texts[other] != self._texts[number]
        )
        return [-other for _, other in heapq.nlargest(LOOKED_AT, usable)]

    def _some(self, name: str, number: int) -> list[int]:
        """The sentences with a feature; of very many, a stretch that begins in a place of its own for each asker."""
        found = self._postings[name]
        if len(found) <= MOST_POSTINGS:
            return found
        start = number * MOST_POSTINGS % len(found)
        return (found[start:] + found[:start])[:MOST_POSTINGS]

    def _near(self, one: int, other: int) -> float:
        common = sum(self._weight[name] for name in self._features[one] & self._features[other])
        return 2 * common / max(1e-9, self._mass[one] + self._mass[other])

"""Samples shared out over topics: the widest communities of the concept tree take turns by their shares.

A plan has no end that is known, so the shares hold for every beginning of it: the next combination is one of the topic
that is furthest behind, among those that were drawn but not yet used (Sainte-Laguë's method, 1910).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, MutableSequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.combine import Combination
    from graph.network import ConceptGraph
    from groundsmith.sections import SamplingSection

ELSEWHERE = ""
"""The topic of concepts that are in no community."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicShare:
    """A topic with its share of the samples, 0 to 1, and how many of those counted it has."""

    topic: str
    share: float
    samples: int


class TopicQuotas:
    """Shares of the topics of a graph, and what was given to each so far.

    `evenness` 0 follows importance, 1 gives every topic the same.
    """

    def __init__(self, graph: ConceptGraph, *, evenness: float) -> None:
        tree = graph.tree
        self._topic = {concept: root for root in tree.roots for concept in tree.communities[root].concepts}
        self._weight = {concept.id: concept.weight for concept in graph.concepts.values()}
        self._label = {root: tree.communities[root].label for root in tree.roots} | {ELSEWHERE: "in no community"}
        importance = {root: tree.communities[root].weight for root in tree.roots}
        outside = [weight for concept, weight in self._weight.items() if concept not in self._topic]
        if outside:
            importance[ELSEWHERE] = sum(outside)
        shares = {topic: max(weight, 1e-9) ** (1 - evenness) for topic, weight in importance.items()}
        self._share = {topic: share / sum(shares.values()) for topic, share in shares.items()}
        self._given: Counter[str] = Counter()

    @classmethod
    def of(cls, graph: ConceptGraph, sampling: SamplingSection) -> TopicQuotas | None:
        """Return the quotas the settings want, None when they want none."""
        evenness = {"proportional": 0.0, "equal": 1.0}.get(sampling.quotas)
        return None if evenness is None else cls(graph, evenness=evenness)

    def topic(self, combination: Combination) -> str:
        """Return the topic that holds most of a combination's importance."""
        held: dict[str, float] = {}
        for concept in combination.concepts:
            topic = self._topic.get(concept, ELSEWHERE)
            held[topic] = held.get(topic, 0.0) + self._weight[concept]
        return max(held, key=lambda topic: (held[topic], topic), default=ELSEWHERE)

    def label(self, combination: Combination) -> str:
        """Return the name of a combination's topic."""
        return self._label[self.topic(combination)]

    def take(self, waiting: MutableSequence[Combination]) -> Combination:
        """Take out of those waiting the first of the topic that is furthest behind its share, and count it."""
        topics = [self.topic(combination) for combination in waiting]
        place = min(range(len(topics)), key=lambda at: ((self._given[topics[at]] + 0.5) / self._share[topics[at]], at))
        self._given[topics[place]] += 1
        combination = waiting[place]
        del waiting[place]
        return combination

    def shares(self, combinations: Iterable[Combination]) -> list[TopicShare]:
        """Return the topics, the largest share first, with how many of the combinations each has."""
        counted = Counter(self.topic(combination) for combination in combinations)
        ordered = sorted(self._share, key=lambda topic: (-self._share[topic], topic == ELSEWHERE, topic))
        return [
            TopicShare(topic=self._label[topic], share=self._share[topic], samples=counted[topic]) for topic in ordered
        ]

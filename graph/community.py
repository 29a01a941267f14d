"""Communities of concepts at several depths: a tree with names, to share samples out by and to walk through.

Leiden's algorithm (Traag and others 2019) finds groups of concepts that occur together more than by chance; groups
that are too large are divided again. Groups are named by the member that is important and stays inside.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from graph.associate import SIGNIFICANT
from graph.concept import Layer

if TYPE_CHECKING:
    from graph.network import ConceptGraph

LARGEST: Final = 60
SEED: Final = 7
TOPIC_BONUS: Final = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Community:
    """Concepts that belong together, the most important first.

    `id` is `g_` and a number, in order of importance within a level; `level` is 0 for the widest. `weight` is the
    importance of all its concepts. `children` are narrower communities that hold the same concepts between them.
    """

    id: str
    level: int
    label: str
    parent: str | None
    children: tuple[str, ...]
    concepts: tuple[str, ...]
    weight: float


class ConceptTree:
    """All communities of a graph. Concepts that are associated with nothing are in none."""

    def __init__(self, communities: Mapping[str, Community]) -> None:
        self.communities = dict(communities)
        self.roots = tuple(one.id for one in communities.values() if one.parent is None)
        self.leaves = tuple(one.id for one in communities.values() if not one.children)

    @cached_property
    def _leaf(self) -> dict[str, str]:
        return {concept: leaf for leaf in self.leaves for concept in self.communities[leaf].concepts}

    def path(self, concept_id: str) -> tuple[Community, ...]:
        """Return the communities that hold a concept, the widest first; none when it is in none."""
        found, at = [], self._leaf.get(concept_id)
        while at is not None:
            found.append(self.communities[at])
            at = self.communities[at].parent
        return tuple(reversed(found))

    def quotas(self, count: int, *, level: int = 0, evenness: float = 0.5) -> dict[str, int]:
        """Share `count` samples out over the communities of a level, in proportion to importance ** (1 - evenness).

        A community that is not divided so far stands for itself. `evenness` 0 follows importance, 1 is equal shares;
        what is left over by rounding goes to the largest remainders.
        """
        chosen = [
            one for one in self.communities.values() if one.level == level or (one.level < level and not one.children)
        ]
        shares = [max(one.weight, 1e-9) ** (1 - evenness) for one in chosen]
        exact = [count * share / sum(shares) for share in shares]
        whole = [int(each) for each in exact]
        order = sorted(range(len(chosen)), key=lambda place: (whole[place] - exact[place], chosen[place].id))
        for place in order[: count - sum(whole)]:
            whole[place] += 1
        return {one.id: quota for one, quota in zip(chosen, whole, strict=True)}

    def traverse(self) -> Iterator[str]:
        """Yield every concept once, going round the branches at every depth: any prefix is spread over the tree."""
        yield from _around([self._beneath(root) for root in self.roots])

    def _beneath(self, identifier: str) -> Iterator[str]:
        community = self.communities[identifier]
        if community.children:
            yield from _around([self._beneath(child) for child in community.children])
        else:
            yield from community.concepts


def _around(branches: list[Iterator[str]]) -> Iterator[str]:
    waiting = deque(branches)
    while waiting:
        branch = waiting.popleft()
        concept = next(branch, None)
        if concept is not None:
            waiting.append(branch)
            yield concept


def concept_tree(
    graph: ConceptGraph, *, largest: int = LARGEST, resolution: float = 1.0, seed: int = SEED
) -> ConceptTree:
    """Return the communities of a graph; those of more than `largest` concepts are divided again where they can be.

    Pairs count by how often and how much more than by chance they occur: count ** 0.5 · NPMI, where G² is above 10.83.
    """
    edges = _edges(graph)
    if not edges:
        return ConceptTree({})
    from graspologic_native import hierarchical_leiden

    found = hierarchical_leiden(edges, resolution=resolution, max_cluster_size=largest, seed=seed)
    return ConceptTree(_Naming(graph, edges).communities(found))


def _edges(graph: ConceptGraph) -> list[tuple[str, str, float]]:
    import numpy as np

    weighted = graph.weighted(Layer.CONCEPT_CONCEPT)
    pairs = weighted.pairs
    kept = (weighted.g_squared >= SIGNIFICANT) & (weighted.npmi > 0)
    if not kept.any():
        kept = np.ones(len(pairs), dtype=bool)
    strength = np.sqrt(pairs.count[kept]) * np.maximum(weighted.npmi[kept], 0.01)
    rows = zip(pairs.source[kept].tolist(), pairs.target[kept].tolist(), strength.tolist(), strict=True)
    return [(str(one), str(other), weight) for one, other, weight in rows]


class _Naming:
    """Turns clusters of node numbers into named communities."""

    def __init__(self, graph: ConceptGraph, edges: list[tuple[str, str, float]]) -> None:
        self._concepts = list(graph.concepts.values())
        self._edges: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for one, other, weight in edges:
            self._edges[int(one)].append((int(other), weight))
            self._edges[int(other)].append((int(one), weight))

    def communities(self, found: list[Any]) -> dict[str, Community]:
        """Return the communities by id, widest and most important first."""
        members: dict[int, list[int]] = defaultdict(list)
        place: dict[int, tuple[int, int | None]] = {}
        for each in found:
            members[each.cluster].append(int(each.node))
            place[each.cluster] = (each.level, each.parent_cluster)
        order = sorted(
            members, key=lambda cluster: (place[cluster][0], -self._weight(members[cluster]), min(members[cluster]))
        )
        identifier = {cluster: f"g_{number:04d}" for number, cluster in enumerate(order)}
        children: dict[int | None, list[str]] = defaultdict(list)
        for cluster in order:
            children[place[cluster][1]].append(identifier[cluster])
        labels: dict[int | None, tuple[str, ...]] = {None: ()}
        made = {}
        for cluster in order:
            level, parent = place[cluster]
            nodes = sorted(members[cluster], key=lambda node: (-self._concepts[node].weight, node))
            label = self._label(nodes, labels[parent])
            labels[cluster] = (*labels[parent], label)
            made[identifier[cluster]] = Community(
                id=identifier[cluster],
                level=level,
                label=label,
                parent=None if parent is None else identifier[parent],
                children=tuple(children[cluster]),
                concepts=tuple(self._concepts[node].id for node in nodes),
                weight=round(self._weight(nodes), 6),
            )
        return made

    def _weight(self, nodes: list[int]) -> float:
        return sum(self._concepts[node].weight for node in nodes)

    def _label(self, nodes: list[int], taken: tuple[str, ...]) -> str:
        """Return the label of the member with most importance · share of association inside, not one of those over it."""
        inside = set(nodes)

        def central(node: int) -> tuple[float, int]:
            whole = sum(weight for _, weight in self._edges[node])
            here = sum(weight for other, weight in self._edges[node] if other in inside)
            bonus = TOPIC_BONUS if self._concepts[node].kind == "topic" else 1.0
            return bonus * self._concepts[node].weight * here * (here / whole if whole else 0.0), -node

        free = [node for node in nodes if self._concepts[node].label not in taken]
        return self._concepts[max(free or nodes, key=central)].label

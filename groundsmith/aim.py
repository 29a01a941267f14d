"""The concepts that a run is drawn for, where some were chosen: `sampling.concepts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from knowledge.errors import UsageError

if TYPE_CHECKING:
    from graph.network import ConceptGraph


def chosen_concepts(graph: ConceptGraph, names: Sequence[str]) -> frozenset[str]:
    """Return the ids of concepts given by id, label or alias; raises UsageError for one that the graph does not have."""
    found = set[str]()
    for name in names:
        concept = graph.concepts.get(name) or graph.find(name)
        if concept is None:
            raise UsageError(
                f'sampling.concepts: "{name}" is not a concept of this graph; `groundsmith graph show` lists them'
            )
        found.add(concept.id)
    return frozenset(found)

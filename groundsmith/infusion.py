"""Further passages for a prompt, found by search for its concepts: retrieval beside what the graph drew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.concept import Concept
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage

Drawn = tuple[tuple["Concept", ...], tuple["Passage", ...], int]
"""Concepts, passages and level of a prompt."""


def infused(workspace: Workspace, drawn: Sequence[Drawn]) -> list[tuple[Passage, ...]]:
    """Return the passages of each prompt with `sampling.retrieved` more behind them, the best first.

    Prompts of level 3 keep theirs: what is asked must rest on the two documents that were drawn. Found passages that read like
    instructions to a model are left out.
    """
    from generate.intrusion import instructing

    number = workspace.settings.sampling.retrieved
    found = [passages for _, passages, _ in drawn]
    places = [place for place, (_, _, level) in enumerate(drawn) if level < 3]
    if not number or not places:
        return found
    queries = [" ".join(concept.label for concept in drawn[place][0]) for place in places]
    hits = workspace.retriever.search_many(queries, k=number + max(len(found[place]) for place in places))
    for place, listed in zip(places, hits, strict=True):
        own = {passage.id for passage in found[place]}
        new = [hit.passage for hit in listed if hit.passage.id not in own and not instructing([hit.passage])]
        found[place] = (*found[place], *new[:number])
    return found

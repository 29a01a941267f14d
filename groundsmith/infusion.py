"""Other passages for a prompt than the graph drew: found by search for its concepts, or holding facts of the same two documents."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.concept import Concept
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage

COMPANIONS, LOOKED_AT = 30, 200
"""Passages of a document that may stand in for the one drawn, and those nearest to it that are looked at."""
KEPT_DOCUMENTS = 64

Drawn = tuple[tuple["Concept", ...], tuple["Passage", ...], int]
"""Concepts, passages and level of a prompt."""


def infused(workspace: Workspace, drawn: Sequence[Drawn]) -> list[tuple[Passage, ...]]:
    """Return the passages of each prompt with `sampling.retrieved` more behind them, the best first.

    Prompts of level 3 keep their documents: what is asked must rest on the two that were drawn. Where rules choose the facts, other
    passages of the two stand in for those that hold none. Found passages that read like instructions to a model are left out.
    """
    from generate.intrusion import instructing
    from groundsmith.authorship import is_by_rule

    number = workspace.settings.sampling.retrieved
    found = [passages for _, passages, _ in drawn]
    if is_by_rule(workspace.settings):
        _pair(workspace, drawn, found)
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


def _pair(workspace: Workspace, drawn: Sequence[Drawn], found: list[tuple[Passage, ...]]) -> None:
    """Put two passages with facts that go together in place of those of a level-3 prompt, where its own have none."""
    from generate.intrusion import instructing
    from generate.strategy.decompose import pair

    @lru_cache(maxsize=KEPT_DOCUMENTS)
    def of_document(document: str) -> tuple[Passage, ...]:
        return tuple(workspace.library.passages(document))

    for place, (concepts, passages, level) in enumerate(drawn):
        if level != 3 or pair(concepts, passages) is not None:
            continue
        near = [each for own in passages for each in _companions(own, concepts, of_document(own.document_id))]
        chosen = pair(concepts, [each for each in near if not instructing([each])])
        found[place] = chosen or passages


def _companions(own: Passage, concepts: Sequence[Concept], listed: Sequence[Passage]) -> list[Passage]:
    """Return a passage and those of its document that name a concept of the prompt, the nearest first."""
    names = {name.lower() for each in concepts for name in (each.label, *each.aliases) if len(name) > 2}
    around = sorted(listed, key=lambda each: (abs(each.ordinal - own.ordinal), each.ordinal))[:LOOKED_AT]
    named = [each for each in around if each.id != own.id and any(name in each.text.lower() for name in names)]
    return [own, *named[:COMPANIONS]]

"""The concept graph for reading: a list by importance, a page a concept, and the communities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from knowledge.errors import UsageError

if TYPE_CHECKING:
    from graph.network import ConceptGraph
    from knowledge.library import Library


def index(graph: ConceptGraph, *, limit: int) -> list[dict[str, Any]]:
    """Return the most important concepts as plain data."""
    ranked = sorted(graph.concepts.values(), key=lambda concept: (-concept.weight, concept.label))
    return [
        {
            "id": concept.id,
            "label": concept.label,
            "kind": concept.kind,
            "documents": concept.documents,
            "passages": concept.frequency,
            "weight": round(concept.weight, 4),
            "definition": (concept.definition or "")[:120],
        }
        for concept in ranked[:limit]
    ]


def entry(graph: ConceptGraph, library: Library, name: str, *, limit: int) -> dict[str, Any]:
    """Return one concept's page; raises UsageError when there is no such concept."""
    concept = graph.concepts.get(name) or graph.find(name)
    if concept is None:
        raise UsageError(f'"{name}": not a concept of this graph; `groundsmith graph show` lists the most important')
    passages = library.passages_by_id(graph.passages_of(concept.id)[:limit]).values()
    return {
        "id": concept.id,
        "label": concept.label,
        "kind": concept.kind,
        "aliases": list(concept.aliases),
        "definition": concept.definition,
        "neighbours": [
            [graph.concepts[each.concept_id].label, each.count, f"{each.npmi:.2f}"]
            for each in graph.neighbours(concept.id, limit=limit)
        ],
        "passages": [
            [passage.source, " > ".join(passage.headings), " ".join(passage.text.split())[:160]] for passage in passages
        ],
    }


def community_listing(graph: ConceptGraph, *, limit: int, within: int = 4) -> list[dict[str, Any]]:
    """Return the widest communities, each followed by up to `within` of the communities it is divided into."""
    tree = graph.tree
    total = sum(concept.weight for concept in graph.concepts.values()) or 1.0
    shown = [one for root in tree.roots[:limit] for one in (root, *tree.communities[root].children[:within])]
    return [
        {
            "id": community.id,
            "label": community.label,
            "level": community.level,
            "parent": community.parent,
            "concepts": len(community.concepts),
            "share": round(community.weight / total, 6),
            "main": [graph.concepts[concept].label for concept in community.concepts[:5]],
        }
        for community in (tree.communities[each] for each in shown)
    ]

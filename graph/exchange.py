"""The graph in files for other tools: SKOS in Turtle or JSON-LD, GraphML, and CSV of nodes and edges."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from graph.concept import Layer
from graph.scheme import Match, Scheme, cited, scheme

if TYPE_CHECKING:
    from graph.network import ConceptGraph
    from knowledge.library import Library

NODE_COLUMNS: Final = ("id", "label", "kind", "key", "aliases", "definition", "passages", "documents", "weight")
EDGE_COLUMNS: Final = ("source", "target", "layer", "count", "npmi")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def described(graph: ConceptGraph, library: Library, *, matches: Iterable[Match] = ()) -> Scheme:
    """Return a graph's scheme with the titles, sources and places of what it was taken from."""
    titles = {each.id: each.title for each in library.documents()}
    return scheme(graph, titles=titles, passages=library.passages_by_id(cited(graph)), matches=matches)


def graphml(graph: ConceptGraph) -> str:
    """Return every association of the graph as GraphML, by networkx; characters that XML forbids are left out."""
    import networkx

    network = graph.networkx()
    for _, attributes in network.nodes(data=True):
        attributes["label"] = _NOT_XML.sub("", attributes["label"])
    return "\n".join(networkx.generate_graphml(network)) + "\n"


def nodes_csv(graph: ConceptGraph) -> str:
    """Return the concepts as CSV in order of id; aliases are joined by a vertical bar."""
    rows = [
        (
            concept.id,
            _cell(concept.label),
            concept.kind,
            _cell(concept.key),
            _cell("|".join(sorted(concept.aliases))),
            _cell(concept.definition or ""),
            concept.frequency,
            concept.documents,
            concept.weight,
        )
        for concept in sorted(graph.concepts.values(), key=lambda concept: concept.id)
    ]
    return _csv(NODE_COLUMNS, rows)


def edges_csv(graph: ConceptGraph) -> str:
    """Return every association as CSV by layer: counts as they are, NPMI to six places."""
    rows: list[Sequence[object]] = []
    for layer in Layer:
        weighted = graph.weighted(layer)
        for association, share in zip(graph.associations(layer), weighted.npmi.tolist(), strict=True):
            rows.append((association.source, association.target, str(layer), association.count, round(share, 6)))
    return _csv(EDGE_COLUMNS, rows)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text

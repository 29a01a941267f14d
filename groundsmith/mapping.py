"""The concept map: one HTML file to search, pan and zoom in, that asks nothing of any other host.

`MapData` is all the page shows. Names and passages are text: they travel as JSON in a block that no browser runs, are
put on the page as text nodes only, and the page's policy allows no script but its own, by digest.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from groundsmith.layout import place

if TYPE_CHECKING:
    from jinja2 import Template

    from graph.community import ConceptTree
    from graph.concept import Concept
    from graph.network import ConceptGraph
    from knowledge.document import Passage
    from knowledge.library import Library

MOST: Final = 5000
LINKS: Final = 6
PASSAGES: Final = 4
LISTED: Final = 60
COLOURED: Final = 12
_LONGEST: Final = 420
_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A concept on the map, by `id`: where, how large (radius in the map's units), of which group, and what to tell of it.

    `passages` and `links` are numbers in the map's lists; a link is (spot, NPMI, count).
    """

    id: str
    label: str
    kind: str
    x: float
    y: float
    size: float
    group: int
    aliases: tuple[str, ...]
    definition: str
    documents: int
    mentions: int
    passages: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """Two spots by number, the closer first in the list, with NPMI and the number of passages they share."""

    one: int
    other: int
    npmi: float
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MapData:
    """What the map shows; spots by importance, groups by name in order of importance, passages as (source, heading, text).

    `whole` counts all concepts of the graph, of which the spots are the most important.
    """

    title: str
    spots: tuple[Spot, ...]
    links: tuple[Link, ...]
    groups: tuple[str, ...]
    passages: tuple[tuple[str, str, str], ...]
    whole: int


def concept_map(graph: ConceptGraph, library: Library, *, title: str, most: int = MOST) -> MapData:
    """Return the map of the `most` important concepts of a graph, each with its closest links and first passages."""
    chosen = sorted(graph.concepts.values(), key=lambda concept: (-concept.weight, concept.id))[:most]
    links = _links(graph, chosen)
    names, groups = _groups(graph.tree, chosen)
    near = {concept.id: graph.passages_of(concept.id)[: 3 * PASSAGES] for concept in chosen}
    found = library.passages_by_id(sorted({passage for each in near.values() for passage in each}))
    quoted = {concept.id: _telling(concept, near[concept.id], found) for concept in chosen}
    used = {passage for each in quoted.values() for passage in each}
    known = {passage: found[passage] for passage in sorted(used)}
    number = {passage: at for at, passage in enumerate(known)}
    return MapData(
        title=title,
        spots=_spots(
            chosen, links, groups, {each: [number[p] for p in quoted[each] if p in number] for each in quoted}
        ),
        links=tuple(links),
        groups=names,
        passages=tuple(_told(passage) for passage in known.values()),
        whole=len(graph.concepts),
    )


def _links(graph: ConceptGraph, chosen: Sequence[Concept]) -> list[Link]:
    number = {concept.id: at for at, concept in enumerate(chosen)}
    found: dict[tuple[int, int], Link] = {}
    for at, concept in enumerate(chosen):
        near = [each for each in graph.neighbours(concept.id, limit=8 * LINKS) if each.concept_id in number]
        for each in sorted(near, key=lambda one: (one.count < 2, -one.npmi, one.concept_id))[:LINKS]:
            ends = sorted((at, number[each.concept_id]))
            if each.npmi > 0:
                found[ends[0], ends[1]] = Link(one=ends[0], other=ends[1], npmi=round(each.npmi, 3), count=each.count)
    return sorted(found.values(), key=lambda link: (-link.npmi, link.one, link.other))


def _groups(tree: ConceptTree, chosen: Sequence[Concept]) -> tuple[tuple[str, ...], list[int]]:
    """Return the names of the widest communities shown, and the number of each concept's; unconnected ones are last."""
    roots = [path[0].id if (path := tree.path(concept.id)) else "" for concept in chosen]
    weight: dict[str, float] = {}
    for root, concept in zip(roots, chosen, strict=True):
        weight[root] = weight.get(root, 0.0) + concept.weight
    order = sorted(weight, key=lambda root: (root == "", -weight[root], root))
    names = tuple(tree.communities[root].label if root else "not associated" for root in order)
    number = {root: at for at, root in enumerate(order)}
    return names, [number[root] for root in roots]


def _spots(
    chosen: Sequence[Concept], links: Sequence[Link], groups: Sequence[int], passages: Mapping[str, Sequence[int]]
) -> tuple[Spot, ...]:
    import numpy as np

    weights = np.sqrt(np.array([max(concept.weight, 0.0) for concept in chosen]))
    sizes = weights / max(float(weights.max(initial=0.0)), 1e-9)
    edges = np.array([(link.one, link.other) for link in links], dtype=np.int64).reshape(-1, 2)
    at = place(np.array(groups, dtype=np.int64), sizes, edges, np.array([link.npmi for link in links]))
    return tuple(
        Spot(
            id=concept.id,
            label=concept.label,
            kind=concept.kind,
            x=round(float(x), 2),
            y=round(float(y), 2),
            size=round(0.12 + 0.48 * float(size), 3),
            group=group,
            aliases=tuple(sorted(concept.aliases)),
            definition=_short(concept.definition or ""),
            documents=concept.documents,
            mentions=concept.frequency,
            passages=tuple(passages[concept.id]),
        )
        for concept, group, size, (x, y) in zip(chosen, groups, sizes.tolist(), at.tolist(), strict=True)
    )


def _telling(concept: Concept, passages: Sequence[str], found: Mapping[str, Passage]) -> list[str]:
    """Return the first passages, those before others whose part shown on the map names the concept."""
    names = [name.lower() for name in (concept.label, *concept.aliases)]

    def silent(passage: str) -> bool:
        shown = _short(found[passage].text).lower()
        return not any(name in shown for name in names)

    return sorted((each for each in passages if each in found), key=silent)[:PASSAGES]


def _told(passage: Passage) -> tuple[str, str, str]:
    title = passage.title or passage.source
    headings = passage.headings[1:] if passage.headings[:1] == (title,) else passage.headings
    return title, " › ".join(headings), _short(passage.text)


def _short(text: str) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= _LONGEST else folded[:_LONGEST].rsplit(" ", 1)[0] + " …"


def page(data: MapData) -> str:
    """Return the map as one HTML file."""
    template, style, own = _template(), _part("map.css"), script()
    policy = f"{_NOTHING}; style-src '{_sha256(style)}'; script-src '{_sha256(own)}'"
    listed = [
        {"spot": spot, "group": data.groups[spot.group]}
        for spot in sorted(data.spots, key=lambda spot: -spot.size)[:LISTED]
    ]
    return template.render(
        data=data, policy=policy, style=style, script=own, payload=_contained(payload(data)), listed=listed
    )


def payload(data: MapData) -> str:
    """Return the map as JSON, as the script reads it."""
    value: dict[str, Any] = {
        "spots": [
            [
                *(spot.label, spot.kind, spot.x, spot.y, spot.size, spot.group, list(spot.aliases)),
                *(spot.definition, spot.documents, spot.mentions, list(spot.passages), spot.id),
            ]
            for spot in data.spots
        ],
        "links": [[link.one, link.other, link.npmi, link.count] for link in data.links],
        "groups": list(data.groups),
        "passages": [list(passage) for passage in data.passages],
        "coloured": COLOURED,
    }
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _contained(text: str) -> str:
    """Return JSON that cannot end the block it stands in: <, > and & are written as escapes."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def script() -> str:
    """Return the script that draws a map, in a file of its own or in the studio."""
    return _part("map.js")


def _sha256(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _part(name: str) -> str:
    from importlib.resources import files

    return (files("groundsmith") / "templates" / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment

    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_part("map.html"))

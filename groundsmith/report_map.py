"""A small concept map for the report: the most important concepts, filled where rows cover them, rings where none does.

It is drawn once, as SVG, and needs no script. Places are those of the full map (`groundsmith graph show --html`) of as many concepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from groundsmith.mapping import concept_map
from groundsmith.panel import Drawing

if TYPE_CHECKING:
    from graph.network import ConceptGraph
    from groundsmith.mapping import MapData, Spot
    from knowledge.library import Library

MOST: Final = 90
"""Concepts on the map."""
WIDTH: Final = 900
_EDGE: Final = 40
_MAJOR, _MAJOR_SIZE, _MINOR_SIZE = 7, 30.0, 15.0
_LONGEST: Final = 26
_GLYPH: Final = 0.56
"""Mean width of a letter, as a share of the font's size."""

Box = tuple[float, float, float, float]


def coverage_map(graph: ConceptGraph, library: Library, *, counts: Mapping[str, int]) -> Drawing | None:
    """Return the map with the number of rows of each concept, by id, in `counts`; None of a graph without concepts."""
    data = concept_map(graph, library, title="", most=MOST)
    if not data.spots:
        return None
    at, scale, height = _fitted(data.spots)
    covered = sum(counts.get(spot.id, 0) > 0 for spot in data.spots)
    body = "".join(
        [*_links(data, at), *_circles(data.spots, at, scale, counts), *_labels(data.spots, at, scale, height)]
    )
    missing = [spot.label for spot in data.spots if not counts.get(spot.id)][:5]
    told = f"{covered} of the {len(data.spots)} most important concepts are covered."
    if missing:
        told += f" The most important without a row: {', '.join(missing)}."
    return Drawing(
        kind="map",
        title="Concept map",
        description=told,
        body=body,
        width=WIDTH,
        height=round(height),
        command="groundsmith coverage --json",
        note=f"{told} Filled: covered. Ring: no row. Size: importance. Lines join concepts that occur together.",
    )


def _fitted(spots: Sequence[Spot]) -> tuple[list[tuple[float, float]], float, float]:
    """Return places within the picture, pixels to a unit of the map, and the picture's height."""
    left, right = min(spot.x for spot in spots), max(spot.x for spot in spots)
    top, bottom = min(spot.y for spot in spots), max(spot.y for spot in spots)
    scale = min(90.0, (WIDTH - 2 * _EDGE) / max(right - left, 1e-6))
    scale = min(scale, (0.72 * WIDTH - 2 * _EDGE) / max(bottom - top, 1e-6))
    across = (WIDTH - scale * (right - left)) / 2
    height = scale * (bottom - top) + 2 * _EDGE
    return [(across + scale * (spot.x - left), _EDGE + scale * (spot.y - top)) for spot in spots], scale, height


def _links(data: MapData, at: Sequence[tuple[float, float]]) -> list[str]:
    lines = (
        f"M{at[link.one][0]:.0f} {at[link.one][1]:.0f}L{at[link.other][0]:.0f} {at[link.other][1]:.0f}"
        for link in data.links
    )
    return [f'<path class="link" d="{"".join(lines)}"/>']


def _circles(
    spots: Sequence[Spot], at: Sequence[tuple[float, float]], scale: float, counts: Mapping[str, int]
) -> list[str]:
    found = []
    for spot, (x, y) in zip(spots, at, strict=True):
        rows = counts.get(spot.id, 0)
        told = f"{spot.label}: {rows} row{'' if rows == 1 else 's'}"
        found.append(
            f'<circle class="{"covered" if rows else "open"}" cx="{x:.1f}" cy="{y:.1f}" r="{_radius(spot, scale):.1f}">'
            f"<title>{escape(told)}</title></circle>"
        )
    return found


def _radius(spot: Spot, scale: float) -> float:
    return max(4.0, 0.75 * spot.size * scale)


def _labels(spots: Sequence[Spot], at: Sequence[tuple[float, float]], scale: float, height: float) -> list[str]:
    """Name the most important concepts where there is room: a few large enough for a small screen, more for a large one."""
    order = sorted(range(len(spots)), key=lambda number: (-spots[number].size, spots[number].id))
    taken: list[Box] = []
    major: list[str] = []
    minor: list[str] = []
    for number in order:
        spot, (x, y) = spots[number], at[number]
        name = spot.label if len(spot.label) <= _LONGEST else spot.label[: _LONGEST - 1].rstrip() + "…"
        first = len(major) < _MAJOR
        for size, kind in ((_MAJOR_SIZE, "major"), (_MINOR_SIZE, "minor")) if first else ((_MINOR_SIZE, "minor"),):
            half, low = 0.5 * _GLYPH * size * len(name), y + _radius(spot, scale) + size
            middle = min(max(x, half + 4), WIDTH - half - 4)
            box = (middle - half, low - size, middle + half, low + 0.3 * size)
            if low + 0.3 * size > height or any(_meet(box, other) for other in taken):
                continue
            taken.append(box)
            text = f'<text class="{kind}" x="{middle:.0f}" y="{low:.0f}">{escape(name)}</text>'
            (major if kind == "major" else minor).append(text)
            break
    return [*major, *minor]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

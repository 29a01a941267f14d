"""A small concept map for the report: the most important concepts, filled where rows cover them, rings where none does.

It is drawn once, as SVG, and needs no script. Places are those of the full map (`groundsmith graph show --html`) of as many concepts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from groundsmith.mapping import concept_map
from groundsmith.panel import Drawing

if TYPE_CHECKING:
    from graph.network import ConceptGraph
    from groundsmith.mapping import MapData, Spot
    from knowledge.library import Library

MOST: Final = 60
"""Concepts on the map."""
LINKS: Final = 2
"""Lines to a concept, the closest."""
WIDTH: Final = 900
_EDGE: Final = 40
_MAJOR, _MAJOR_SIZE, _MINOR_SIZE = 7, 30.0, 15.0
_LONGEST: Final = 26
_GLYPH: Final = 0.56
"""Mean width of a letter, as a share of the font's size."""

Box = tuple[float, float, float, float]


def coverage_map(graph: ConceptGraph, library: Library, *, counts: Mapping[str, int], command: str) -> Drawing | None:
    """Return the map; None of a graph without concepts.

    `counts` is the number of rows of each concept, by id; `command` prints it.
    """
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
        command=command,
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
    """Join each concept with those closest to it; of all lines the picture would be grey."""
    drawn: Counter[int] = Counter()
    lines = []
    for link in data.links:
        if min(drawn[link.one], drawn[link.other]) < LINKS:
            drawn.update((link.one, link.other))
            (x, y), (right, low) = at[link.one], at[link.other]
            lines.append(f"M{x:.0f} {y:.0f}L{right:.0f} {low:.0f}")
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
    return max(4.0, 0.6 * spot.size * scale)


def _labels(spots: Sequence[Spot], at: Sequence[tuple[float, float]], scale: float, height: float) -> list[str]:
    """Name the most important concepts where there is room: a few large enough for a small screen, more for a large one."""
    order = sorted(range(len(spots)), key=lambda number: (-spots[number].size, spots[number].id))
    taken: list[Box] = []
    circles = [_around(at[number], 0.8 * _radius(spot, scale)) for number, spot in enumerate(spots)]
    major: list[str] = []
    minor: list[str] = []
    for number in order:
        name = _cut(spots[number].label)
        others = [*taken, *(box for at_, box in enumerate(circles) if at_ != number)]
        for size, kind, found in ((_MAJOR_SIZE, "major", major), (_MINOR_SIZE, "minor", minor)):
            if kind == "major" and len(major) >= _MAJOR:
                continue
            radius = _radius(spots[number], scale)
            found_room = _room(at[number], radius, name, size, others, height)
            if found_room is None and kind == "major":
                found_room = _room(at[number], radius, name, size, taken, height)
            if found_room is not None:
                box, side = found_room
                taken.append(box)
                found.append(f'<text class="{kind} {side}" {_anchor(box, side)}>{escape(name)}</text>')
                break
    return [*minor, *major]


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1].rstrip() + "…"


def _around(at: tuple[float, float], radius: float) -> Box:
    return at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius


def _room(
    at: tuple[float, float], radius: float, name: str, size: float, taken: Sequence[Box], height: float
) -> tuple[Box, str] | None:
    """Return where a name stands free, below its circle, above it, or beside it, and which of these; None where it does not."""
    wide, tall = _GLYPH * size * len(name), 1.3 * size
    (x, y), away = at, radius + 3
    places = {
        "below": (x - wide / 2, y + away),
        "above": (x - wide / 2, y - away - tall),
        "right": (x + away, y - tall / 2),
        "left": (x - away - wide, y - tall / 2),
    }
    for side, (left, top) in places.items():
        box = (left, top, left + wide, top + tall)
        inside = left >= 4 and box[2] <= WIDTH - 4 and top >= 0 and box[3] <= height
        if inside and not any(_meet(box, other) for other in taken):
            return box, side
    return None


def _anchor(box: Box, side: str) -> str:
    """Return the point of a name that touches its circle: it stays there when the font is smaller than its room."""
    middle, centre = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    points = {
        "below": (middle, box[1]),
        "above": (middle, box[3] - 3),
        "right": (box[0], centre),
        "left": (box[2], centre),
    }
    x, y = points[side]
    return f'x="{x:.0f}" y="{y:.0f}"'


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

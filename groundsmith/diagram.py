"""Two drawings of a calibration, as SVG that needs nothing else: the reliability diagram and the precision-recall curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from verify.calibration import Bin, Point

SIZE, LEFT, TOP, WIDTH, HEIGHT = 300, 60, 40, 400, 400
JOINED = 5
"""Rows from which a dot is joined to the next: a share of fewer jumps about."""
_STYLE = (
    "svg{background:#fff;color:#1b1f24;font:13px system-ui,sans-serif}.axis{stroke:#6b7280}.grid{stroke:#e5e7eb}"
    ".line{fill:none;stroke:#1d4ed8;stroke-width:2}.ideal{stroke:#6b7280;stroke-dasharray:4 4}.dot{fill:#1d4ed8}"
    ".mark{fill:none;stroke:#b45309;stroke-width:3}text{fill:currentColor}.small{font-size:11px}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagram:
    """A drawing: its `title`, a `description` for those who cannot see it, and the `body` as SVG elements."""

    title: str
    description: str
    body: str


def reliability_diagram(bins: Sequence[Bin]) -> Diagram:
    """Draw the share of right rows over the probability given; a dot's area grows with its rows."""
    most = max((each.rows for each in bins), default=1)
    dots = "".join(
        f'<circle class="dot" cx="{_x(each.mean)}" cy="{_y(each.right)}" r="{3 + 9 * (each.rows / most) ** 0.5:.1f}">'
        f"<title>{each.rows} rows given {each.mean:.2f}: {each.right:.2f} right</title></circle>"
        for each in bins
    )
    ideal = f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
    line = _polyline([(each.mean, each.right) for each in bins if each.rows >= JOINED])
    told = "; ".join(f"{each.rows} rows given {each.mean:.2f}, {each.right:.2f} right" for each in bins)
    body = _axes("probability given", "share that is right") + ideal + line + dots
    return Diagram(title="Reliability", description=told or "no rows", body=body)


def precision_recall_diagram(points: Sequence[Point], *, threshold: float | None) -> Diagram:
    """Draw precision over recall; the certified threshold, if there is one, is ringed."""
    line = _polyline([(each.recall, each.precision) for each in points])
    chosen = [each for each in points if threshold is not None and each.threshold >= threshold][-1:]
    mark = "".join(
        f'<circle class="mark" cx="{_x(each.recall)}" cy="{_y(each.precision)}" r="7">'
        f"<title>threshold {threshold:.3f}: precision {each.precision:.3f}, recall {each.recall:.3f}</title></circle>"
        for each in chosen
    )
    ringed = "".join(
        f" The ring is the certified threshold {threshold:.3f}: precision {each.precision:.3f}, recall {each.recall:.3f}."
        for each in chosen
    )
    told = f"{len(points)} thresholds.{ringed}"
    body = _axes("recall: right rows that pass", "precision: passed rows that are right") + line + mark
    return Diagram(title="Precision and recall", description=told, body=body)


def drawing(diagrams: Sequence[Diagram]) -> str:
    """Return the diagrams side by side as one SVG file."""
    width = WIDTH * len(diagrams)
    told = " ".join(f"{each.title}: {each.description}" for each in diagrams)
    inner = "".join(
        f'<g transform="translate({WIDTH * number} 0)"><text x="{LEFT}" y="24" font-weight="bold">{escape(each.title)}</text>'
        f"{each.body}</g>"
        for number, each in enumerate(diagrams)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}">'
        f"<title>{escape(', '.join(each.title for each in diagrams))}</title><desc>{escape(told)}</desc>"
        f"<style>{_STYLE}</style>{inner}</svg>\n"
    )


def page(diagrams: Sequence[Diagram], *, title: str, text: str, table: Sequence[Sequence[str]]) -> str:
    """Return one HTML page with the diagrams, a paragraph, and a table whose first row is its head."""
    head, *rows = [[escape(cell) for cell in row] for row in table]
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(title)}</title><style>body{{font:16px system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}}"
        "table{border-collapse:collapse}th,td{padding:.3rem .8rem;border-bottom:1px solid #d1d5db;text-align:left}"
        "svg{max-width:100%;height:auto}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p>{drawing(diagrams)}"
        f"<table><caption>By document class</caption><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>"
        "</main></body></html>\n"
    )


def _axes(across: str, up: str) -> str:
    return "".join(_grid()) + (
        f'<line class="axis" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(0)}"/>'
        f'<line class="axis" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(0)}" y2="{_y(1)}"/>'
        f'<text x="{_x(0.5)}" y="{_y(0) + 40}" text-anchor="middle">{across}</text>'
        f'<text transform="translate(16 {_y(0.5)}) rotate(-90)" text-anchor="middle">{up}</text>'
    )


def _grid() -> Iterator[str]:
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield f'<line class="grid" x1="{_x(0)}" y1="{_y(value)}" x2="{_x(1)}" y2="{_y(value)}"/>'
        yield f'<text class="small" x="{_x(0) - 6}" y="{_y(value) + 4}" text-anchor="end">{value:g}</text>'
        yield f'<text class="small" x="{_x(value)}" y="{_y(0) + 18}" text-anchor="middle">{value:g}</text>'


def _polyline(points: Sequence[tuple[float, float]]) -> str:
    places = " ".join(f"{_x(across)},{_y(up)}" for across, up in points)
    return f'<polyline class="line" points="{places}"/>' if places else ""


def _x(value: float) -> float:
    return round(LEFT + SIZE * value, 1)


def _y(value: float) -> float:
    return round(TOP + SIZE * (1 - value), 1)

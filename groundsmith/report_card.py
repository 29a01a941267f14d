"""The report as Markdown, for a dataset card, and as plain data.

The card begins as that of `groundsmith export --format hf` does, and goes on with what was measured. Texts of documents and models are
written so that Markdown shows them as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from groundsmith.export.hub import front, shown
from groundsmith.panel import cells
from groundsmith.report import common_command, tiles

if TYPE_CHECKING:
    from groundsmith.panel import Cell, Panel
    from groundsmith.report import ReportData
    from groundsmith.row import DatasetRow

SAMPLES = 5
GAPS = 15
DOCUMENTS = 50


def plain(data: ReportData) -> dict[str, Any]:
    """Return the report's figures as plain JSON data; rows are left to `groundsmith export`."""
    coverage = data.coverage
    return {
        "title": data.title,
        "run": data.subtitle.removeprefix("Run "),
        "created": data.created,
        "rows": max(len(data.kept), data.kept_total or 0),
        "asked": data.asked,
        "rejected": max(len(data.rejected), data.rejected_total or 0),
        "tiles": [{"label": label, "value": value, "note": note} for label, value, note in tiles(data)],
        "funnel": [asdict(step) for step in data.funnel],
        "reasons": dict(data.reasons),
        "two_documents": {"tried": data.two_tried, "proven": data.two_proven},
        "coverage": None
        if coverage is None
        else {
            "concepts": coverage.concepts,
            "covered": coverage.covered,
            "weighted": coverage.weight,
            "documents": [asdict(each) for each in coverage.documents],
            "gaps": [asdict(each) for each in coverage.gaps],
        },
        "panels": [panel.to_json() for panel in data.panels],
    }


def markdown(data: ReportData) -> str:
    """Return the report as a dataset card: front matter that the hub reads, then the figures and some samples."""
    rows = max(len(data.kept), data.kept_total or 0)
    settings = data.record.get("settings") or {}
    language = (settings.get("task") or {}).get("language")
    head = front(title=data.title, rows=rows, licence=(settings.get("export") or {}).get("licence"), language=language)
    return head + "\n".join(_body(data)) + "\n"


def _body(data: ReportData) -> Iterator[str]:
    yield f"# {shown(data.title)}\n"
    yield (
        "Questions and answers written from documents by a language model, each answer verified claim by claim against them. "
        f"The rows are synthetic. {shown(data.subtitle.rstrip('.'))}, {data.created[:10]}."
    )
    if data.why:
        yield f"\nFewer than asked: {shown(data.why)}"
    yield _table(("", "Figure", ""), [cells(label, value, note) for label, value, note in tiles(data)], right=(1,))
    yield from _from(data.commands.get("all", ""))
    yield from _funnel(data)
    yield from _coverage(data)
    for panel in data.panels:
        yield from _panel(panel)
    yield from _samples(data)
    yield (
        "\n## Limits\n\nA verdict is a model's and a rule's judgement, with errors; confidence is how sure it is. Answers hold for the "
        "versions of the documents named with each row and may be outdated by later ones."
    )


def _funnel(data: ReportData) -> Iterator[str]:
    if not (data.funnel or data.reasons):
        return
    yield "\n## From plan to dataset"
    if data.funnel:
        yield _table(
            ("Step", "Rows", ""), [cells(each.name, each.count, each.note) for each in data.funnel], right=(1,)
        )
    if data.reasons:
        yield _table(("Why rows did not pass", "Rows"), [cells(*each) for each in data.reasons], right=(1,))
    yield from _from(data.commands.get("funnel", ""))


def _coverage(data: ReportData) -> Iterator[str]:
    found = data.coverage
    if found is None:
        return
    weight = "" if found.weight is None else f", {found.weight:.0%} of their importance"
    yield f"\n## Coverage\n\n{found.covered:,} of {found.concepts:,} concepts occur in the rows that passed{weight}."
    if found.drawing is not None:
        yield f"\n{shown(found.drawing.description)}"
    listed = [
        cells(each.title or each.source, each.kept, f"{each.cited:,} of {each.passages:,}")
        for each in found.documents[:DOCUMENTS]
    ]
    yield _table(("Document", "Rows", "Passages cited"), listed, right=(1, 2))
    if len(found.documents) > DOCUMENTS:
        yield f"\nThe first {DOCUMENTS} of {len(found.documents):,} documents."
    yield from _from(data.commands.get("documents", ""))
    if found.gaps:
        missing = [cells(each.label, each.documents, f"{each.weight:.2f}") for each in found.gaps[:GAPS]]
        yield _table(("Most important concepts without a row", "Documents", "Weight"), missing, right=(1, 2))
        yield from _from(data.commands.get("coverage", ""))


def _panel(panel: Panel) -> Iterator[str]:
    yield f"\n## {shown(panel.title)}"
    for text in (panel.lead, panel.text):
        if text:
            yield f"\n{shown(text)}"
    common = common_command(panel)
    for table in panel.tables:
        yield f"\n### {shown(table.caption)}"
        yield _table(table.columns, table.rows, right=table.right)
        if table.note:
            yield f"\n{shown(table.note)}"
        yield from _from("" if common else table.command)
    for each in panel.drawings:
        yield f"\n{shown(each.title)}: {shown(each.description)}. {shown(each.note)}"
        yield from _from("" if common else each.command)
    yield from _from(common)


def _samples(data: ReportData) -> Iterator[str]:
    if not data.kept:
        return
    yield f"\n## Samples\n\nThe first {min(SAMPLES, len(data.kept))}; the stretch that decided is in bold."
    for row in data.kept[:SAMPLES]:
        yield from _sample(row)
    yield from _from(data.commands.get("kept", ""))


def _sample(row: DatasetRow) -> Iterator[str]:
    from groundsmith.highlight import segments

    sure = "" if row.confidence is None else f", confidence {row.confidence:.2f}"
    yield f"\n**{shown(row.question)}**\n\n{shown(row.answer)}\n\n{shown(row.verdict)}{sure}"
    for each in row.evidence:
        pieces = segments(each.text, each.id, row.claims)
        text = " ".join(_bold(piece.text) if piece.claims else shown(piece.text) for piece in pieces)
        page = "" if each.page is None else f", page {each.page}"
        yield f"\n> {' '.join(text.split())}\n>\n> {shown(each.title or each.source)}{page}"


def _bold(text: str) -> str:
    inner = shown(text)
    return f"**{inner}**" if inner else ""


def _from(command: str) -> Iterator[str]:
    """Yield the command as code; one with an accent grave, which no command here holds, would end it."""
    if command:
        yield f"\n`{command.replace('`', '')}`"


def _table(
    columns: tuple[str, ...], rows: list[tuple[Cell, ...]] | tuple[tuple[Cell, ...], ...], *, right: tuple[int, ...]
) -> str:
    lines = [
        "",
        _line([shown(column) for column in columns]),
        _line(["---:" if at in right else "---" for at in range(len(columns))]),
        *(_line([_cell(cell) for cell in row]) for row in rows),
    ]
    return "\n".join(lines)


def _cell(cell: Cell) -> str:
    text = shown(cell.text)
    text = f"**{text}** (not normal)" if cell.odd else text
    return f"{text}; {shown(cell.note)}" if cell.note else text


def _line(texts: list[str]) -> str:
    return "| " + " | ".join(texts) + " |"

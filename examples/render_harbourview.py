"""Render the sample corpus's PDF and DOCX files from their Markdown sources; run again, the files are the same."""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from reportlab.lib.styles import StyleSheet1
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import BaseDocTemplate, Flowable

HERE = Path(__file__).parent
SOURCES = HERE / "harbourview-sources"
TARGET = HERE / "harbourview"
PDF = ("HBA-11", "HBA-12", "HBA-13")
FIXED = datetime(2025, 1, 2)

log = logging.getLogger(__name__)


def blocks(text: str) -> Iterator[tuple[str, Any]]:
    """Yield (kind, content): headings ("h1" to "h3"), paragraphs ("p"), "list" (its items), "table" (rows of cells)."""
    for part in re.split(r"\n\s*\n", text.strip()):
        heading = re.match(r"(#{1,3}) (.+)", part)
        if heading:
            yield f"h{len(heading[1])}", heading[2]
        elif part.startswith("|"):
            lines = [line for line in part.splitlines() if not set(line) <= set("|- ")]
            yield "table", [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        elif part.startswith("- "):
            yield "list", [line.removeprefix("- ").strip() for line in part.splitlines()]
        else:
            yield "p", " ".join(part.split())


def write_pdf(source: Path, target: Path) -> None:
    """Write one source as a PDF with bold headings, lists, tables and numbered pages."""
    from reportlab.lib.pagesizes import letter
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import SimpleDocTemplate

    styles = getSampleStyleSheet()
    story: list[Flowable] = []
    for block in blocks(source.read_text(encoding="utf-8")):
        story += _flowables(block, styles)
    document = SimpleDocTemplate(str(target), pagesize=letter, invariant=1, title=source.stem.replace("-", " "))
    document.build(story, onFirstPage=_footer, onLaterPages=_footer)


def _flowables(block: tuple[str, Any], styles: StyleSheet1) -> list[Flowable]:
    from reportlab.lib import colors
    from reportlab.platypus import ListFlowable, Paragraph, Spacer, Table, TableStyle

    kind, content = block
    if kind == "table":
        bold = ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")
        grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey), bold])
        return [Table(content, style=grid, hAlign="LEFT"), Spacer(1, 8)]
    if kind == "list":
        items = [Paragraph(_bold(item), styles["BodyText"]) for item in content]
        return [ListFlowable(items, bulletType="bullet", start="-", leftIndent=14), Spacer(1, 6)]
    name = {"h1": "Heading1", "h2": "Heading2", "h3": "Heading3", "p": "BodyText"}[kind]
    return [Paragraph(_bold(content), styles[name])]


def _bold(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)


def _footer(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, 40, f"Housing and Benefits Authority - Page {document.page}")


def write_docx(source: Path, target: Path) -> None:
    """Write one source as a Word file with heading styles, list styles and real tables."""
    import docx

    document = docx.Document()
    document.core_properties.created = document.core_properties.modified = FIXED
    document.core_properties.author = "Housing and Benefits Authority"
    for kind, content in blocks(source.read_text(encoding="utf-8")):
        if kind == "table":
            _add_table(document, content)
        elif kind == "list":
            for item in content:
                _add_paragraph(document, item, style="List Bullet")
        elif kind == "p":
            _add_paragraph(document, content)
        else:
            document.add_heading(content, level=int(kind[1]))
    document.save(str(target))
    _fix_dates(target)


def _add_table(document: WordDocument, rows: list[list[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def _add_paragraph(document: WordDocument, text: str, style: str | None = None) -> None:
    paragraph = document.add_paragraph(style=style)
    for place, piece in enumerate(re.split(r"\*\*", text)):
        paragraph.add_run(piece).bold = place % 2 == 1


def _fix_dates(target: Path) -> None:
    """Write the archive again with one date on every part, so that a rerun gives the same bytes."""
    with zipfile.ZipFile(target) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts:
            part = zipfile.ZipInfo(name, FIXED.timetuple()[:6])
            archive.writestr(part, data, compress_type=zipfile.ZIP_DEFLATED)


def main() -> None:
    """Render every source."""
    TARGET.mkdir(exist_ok=True)
    sources = sorted(SOURCES.glob("*.md"))
    for source in sources:
        if source.name.startswith(PDF):
            write_pdf(source, TARGET / f"{source.stem}.pdf")
        else:
            write_docx(source, TARGET / f"{source.stem}.docx")
    log.info("rendered %d documents into %s", len(sources), TARGET)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()

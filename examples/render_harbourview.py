"""Render the sample corpus's PDF and DOCX files from their Markdown sources; run again, the text is the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCES = HERE / "harbourview-sources"
TARGET = HERE / "harbourview"
PDF = ("HBA-11", "HBA-12", "HBA-13")
FIXED = datetime(2025, 1, 2)


def blocks(text: str) -> Iterator[tuple[str, Any]]:
    """Yield (kind, content) for headings ("h1" to "h3"), paragraphs ("p") and tables ("table", rows of cells)."""
    for part in re.split(r"\n\s*\n", text.strip()):
        heading = re.match(r"(#{1,3}) (.+)", part)
        if heading:
            yield f"h{len(heading[1])}", heading[2]
        elif part.startswith("|"):
            lines = [line for line in part.splitlines() if not set(line) <= set("|- ")]
            yield "table", [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        else:
            yield "p", " ".join(part.split())


def write_pdf(source: Path, target: Path) -> None:
    """Write one source as a PDF with bold headings, tables and numbered pages."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import letter
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    styles = getSampleStyleSheet()
    names = {"h1": "Heading1", "h2": "Heading2", "h3": "Heading3", "p": "BodyText"}
    grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")])
    story: list[Any] = []
    for kind, content in blocks(source.read_text(encoding="utf-8")):
        if kind == "table":
            story += [Table(content, style=grid, hAlign="LEFT"), Spacer(1, 8)]
        else:
            story.append(Paragraph(re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", content), styles[names[kind]]))
    document = SimpleDocTemplate(str(target), pagesize=letter, invariant=1, title=source.stem.replace("-", " "))
    document.build(story, onFirstPage=_footer, onLaterPages=_footer)


def _footer(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, 40, f"Housing and Benefits Authority - Page {document.page}")


def write_docx(source: Path, target: Path) -> None:
    """Write one source as a Word file with heading styles and real tables."""
    import docx

    document = docx.Document()
    document.core_properties.created = document.core_properties.modified = FIXED
    document.core_properties.author = "Housing and Benefits Authority"
    for kind, content in blocks(source.read_text(encoding="utf-8")):
        if kind == "table":
            table = document.add_table(rows=0, cols=len(content[0]), style="Table Grid")
            for row in content:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        elif kind == "p":
            paragraph = document.add_paragraph()
            for place, piece in enumerate(re.split(r"\*\*", content)):
                paragraph.add_run(piece).bold = place % 2 == 1
        else:
            document.add_heading(content, level=int(kind[1]))
    document.save(str(target))


def main() -> None:
    """Render every source."""
    TARGET.mkdir(exist_ok=True)
    for source in sorted(SOURCES.glob("*.md")):
        if source.name.startswith(PDF):
            write_pdf(source, TARGET / f"{source.stem}.pdf")
        else:
            write_docx(source, TARGET / f"{source.stem}.docx")


if __name__ == "__main__":
    main()

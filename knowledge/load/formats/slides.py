"""PPTX by python-pptx: a slide is a page; its title a heading, its lists, tables and speaker's notes below it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from knowledge.document import BlockKind, Document
from knowledge.errors import DocumentError
from knowledge.load.draft import Writer
from knowledge.load.format import CERTAIN, Format, Sample
from knowledge.load.limits import Limits
from knowledge.load.table import Row, write_table

_MEDIA: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_RUNNING: Final = ("DATE", "FOOTER", "SLIDE_NUMBER", "HEADER")
_TITLES: Final = ("TITLE", "CENTER_TITLE", "VERTICAL_TITLE")
_DEEPEST: Final = 8
_SMALLEST: Final = 2.0
"""Type below this size, in points, is taken to be hidden."""


def _likelihood(sample: Sample) -> float:
    return CERTAIN if "ppt/presentation.xml" in sample.members else 0.0


def _load(data: bytes, *, source: str, limits: Limits) -> Document:
    from knowledge.load.office import note_properties
    from knowledge.load.packed import check_archive

    check_archive(data, source=source, limits=limits)
    slides = _open(data, source)
    writer = Writer()
    note_properties(writer, slides.core_properties)
    reader = _Reader(writer, slides.slide_width or 0, slides.slide_height or 0)
    for number, slide in enumerate(slides.slides, start=1):
        if number > limits.max_pages:
            raise DocumentError(source, f"more slides than library.max_pages = {limits.max_pages}", kind="too-large")
        reader.read(slide, number)
    reader.warn()
    title = (slides.core_properties.title or "").strip()
    return writer.document(source=source, media_type=_MEDIA, title=_proper(title) or writer.first_heading())


def _proper(title: str) -> str:
    return "" if title.lower() in ("powerpoint presentation", "slide 1", "presentation") else title


def _open(data: bytes, source: str) -> Any:  # noqa: ANN401 - untyped library
    from lxml import etree
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    damage = (AttributeError, EOFError, LookupError, NotImplementedError, OSError, TypeError, ValueError)
    try:
        slides = Presentation(io.BytesIO(data))
        _ = len(slides.slides), slides.core_properties.title
    except (*damage, zipfile.BadZipFile, etree.LxmlError, PythonPptxError) as error:
        raise DocumentError(source, f"the PowerPoint file is damaged ({error})", kind="damaged") from error
    return slides


class _Reader:
    """Writes slides; counts what an audience does not see, which is left out, and pictures of text it cannot read."""

    def __init__(self, writer: Writer, width: int, height: int) -> None:
        self._writer, self._width, self._height = writer, width, height
        self._hidden: dict[str, int] = {"slides": 0, "shapes": 0, "runs": 0}
        self._drawn = 0

    def warn(self) -> None:
        """Say what was left out."""
        for what, count in self._hidden.items():
            if count:
                self._writer.warn(f"hidden-text: {count} hidden {what} were left out")
        if self._drawn:
            self._writer.warn(f"left-out: {self._drawn} charts or diagrams were not read")

    def read(self, slide: Any, number: int) -> None:  # noqa: ANN401 - untyped library
        """Write one slide."""
        if slide.element.get("show", "1") in ("0", "false"):
            self._hidden["slides"] += 1
            return
        shapes = sorted(self._shapes(slide.shapes), key=_place)
        title = next((each for each in shapes if _placeholder(each) in _TITLES and _words(each)), None)
        if title is not None:
            self._writer.heading(_words(title), 2 if number > 1 else 1, page=number)
        else:
            self._writer.heading(f"Slide {number}", 2, page=number)
        for shape in shapes:
            if shape is not title:
                self._shape(shape, number)
        if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
            for paragraph in frame.paragraphs:
                if text := self._text(paragraph):
                    self._writer.block(f"Speaker's note: {text}", page=number)

    def _shapes(self, shapes: Any) -> Iterator[Any]:  # noqa: ANN401 - untyped library
        """Yield shapes that are seen, looking into groups."""
        for shape in shapes:
            if shape.shape_type is not None and shape.shape_type.name == "GROUP":
                yield from self._shapes(shape.shapes)
            elif _placeholder(shape) in _RUNNING:
                continue
            elif self._is_hidden(shape):
                self._hidden["shapes"] += 1
            else:
                yield shape

    def _is_hidden(self, shape: Any) -> bool:  # noqa: ANN401 - untyped library
        if not (shape.has_text_frame and shape.text_frame.text.strip()):
            return False
        if any(each.get("hidden") in ("1", "true") for each in shape.element.iter("{*}cNvPr")):
            return True
        if (
            shape.left is None
            or shape.width is None
            or not self._width
            or shape.element.getparent().tag.endswith("grpSp")
        ):
            return False
        across = shape.left + shape.width <= 0 or shape.left >= self._width
        return bool(across or shape.top + shape.height <= 0 or shape.top >= self._height)

    def _shape(self, shape: Any, page: int) -> None:  # noqa: ANN401 - untyped library
        if getattr(shape, "has_table", False) and shape.has_table:
            self._table(shape.table, page)
        elif shape.has_text_frame:
            body = _placeholder(shape) in ("BODY", "OBJECT", "VERTICAL_BODY")
            for paragraph in shape.text_frame.paragraphs:
                text = self._text(paragraph)
                if body or paragraph.level:
                    self._writer.block(text, BlockKind.ITEM, level=min(paragraph.level, _DEEPEST) + 1, page=page)
                else:
                    self._writer.block(text, page=page)
        elif getattr(shape, "has_chart", False) or shape.element.tag.endswith("graphicFrame"):
            self._drawn += 1

    def _text(self, paragraph: Any) -> str:  # noqa: ANN401 - untyped library
        """Return the words of a paragraph without runs of no size, lines joined."""
        parts: list[str] = []
        for piece in paragraph._p:  # the library's own text has no way to leave runs out
            kind = piece.tag.rsplit("}", 1)[-1]
            text = "".join(each.text or "" for each in piece.iter("{*}t"))
            size = next((each.get("sz", "") for each in piece.iter("{*}rPr")), "")
            if kind in ("r", "fld") and size.isdigit() and int(size) < _SMALLEST * 100:
                self._hidden["runs"] += bool(text.strip())
            elif kind in ("r", "fld"):
                parts.append(text)
            elif kind == "br":
                parts.append(" ")
        return "".join(parts).replace("\x0b", " ").strip()

    def _table(self, table: Any, page: int) -> None:  # noqa: ANN401 - untyped library
        rows: list[Row] = []
        above: list[str] = []
        for number, row in enumerate(table.rows):
            cells: list[str] = []
            for place, cell in enumerate(row.cells):
                text = " ".join(self._text(paragraph) for paragraph in cell.text_frame.paragraphs)
                if cell.is_spanned:
                    left = cells[-1] if cells and cell._tc.get("hMerge") else ""
                    text = left or (above[place] if place < len(above) else "")
                cells.append(text)
            above = cells
            rows.append(Row(cells=tuple(cells), is_head=(number == 0) if table.first_row else None))
        write_table(self._writer, rows, page=page)


def _placeholder(shape: Any) -> str:  # noqa: ANN401 - untyped library
    return shape.placeholder_format.type.name if shape.is_placeholder and shape.placeholder_format.type else ""


def _words(shape: Any) -> str:  # noqa: ANN401 - untyped library
    return " ".join(shape.text_frame.text.replace("\x0b", " ").split()) if shape.has_text_frame else ""


def _place(shape: Any) -> tuple[int, int]:  # noqa: ANN401 - untyped library
    """Return where a shape stands, for reading order: by row, a seventh of an inch to one row, then from the left."""
    top, left = shape.top or 0, shape.left or 0
    return (round(top / 130_000), left)


FORMAT = Format(name="pptx", suffixes=(".pptx", ".pptm", ".ppsx"), likelihood=_likelihood, load=_load)

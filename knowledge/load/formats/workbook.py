"""XLSX by openpyxl: a sheet is a section, each table on it rows that read "header: cell"; hidden cells are left out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from knowledge.document import Document
from knowledge.errors import DocumentError
from knowledge.load.draft import Writer
from knowledge.load.format import CERTAIN, Format, Sample
from knowledge.load.limits import Limits
from knowledge.load.table import Row, write_table

_MEDIA: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HIDING: Final = ";;;"
"""A number format that shows nothing."""
_WHITE: Final = ("FFFFFFFF", "00FFFFFF")
"""White type; on a cell without a ground of its own it cannot be seen."""
MOST_CELLS: Final = 5_000_000


def _likelihood(sample: Sample) -> float:
    return CERTAIN if "xl/workbook.xml" in sample.members else 0.0


def _load(data: bytes, *, source: str, limits: Limits) -> Document:
    from knowledge.load.office import note_properties
    from knowledge.load.packed import check_archive, check_markup

    check_archive(data, source=source, limits=limits)
    book = _open(data, source, check_markup)
    writer = Writer()
    note_properties(writer, book.properties)
    writer.note("author", book.properties.creator)
    seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if hidden := len(book.worksheets) - len(seen):
        writer.warn(f"hidden-text: {hidden} hidden sheets were left out")
    for sheet in seen:
        if sheet.max_row * sheet.max_column > MOST_CELLS:
            raise DocumentError(
                source, f"sheet {sheet.title!r} has over {MOST_CELLS} cells; save it as CSV", kind="too-large"
            )
        _sheet(sheet, writer)
    title = (book.properties.title or "").strip()
    return writer.document(source=source, media_type=_MEDIA, title=title or None)


def _open(data: bytes, source: str, check: Any) -> Any:  # noqa: ANN401 - untyped library
    import warnings
    from xml.etree.ElementTree import ParseError

    import openpyxl
    from lxml import etree
    from openpyxl.utils.exceptions import InvalidFileException

    damage = (AttributeError, EOFError, LookupError, NotImplementedError, OSError, TypeError, ValueError)
    try:
        check(data, source=source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # what of the file's looks it does not know
            return openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
    except (*damage, zipfile.BadZipFile, etree.LxmlError, ParseError, InvalidFileException) as error:
        raise DocumentError(source, f"the Excel file is damaged ({error})", kind="damaged") from error


def _sheet(sheet: Any, writer: Writer) -> None:  # noqa: ANN401 - untyped library
    """Write a sheet's tables, which empty rows part, under the sheet's name."""
    writer.heading(sheet.title, 2)
    spans = _spans(sheet)
    columns = [place for place in range(1, sheet.max_column + 1) if not _is_hidden_column(sheet, place)]
    hidden = unseen = 0
    table: list[tuple[str, ...]] = []
    for cells in sheet.iter_rows():
        number = cells[0].row
        shown = [cells[place - 1] for place in columns]
        values = tuple(_shown(cell, spans) for cell in shown)
        unseen += sum(1 for cell in shown if cell.value is not None and _is_unseen(cell))
        if sheet.row_dimensions[number].hidden:
            hidden += any(values)
        elif any(values):
            table.append(values)
        else:
            _table(table, writer)
            table = []
    _table(table, writer)
    if hidden:
        writer.warn(f"hidden-text: {hidden} hidden rows of sheet {sheet.title!r} were left out")
    if unseen:
        writer.warn(f"hidden-text: {unseen} invisible cells of sheet {sheet.title!r} were left out")
    if left := sheet.max_column - len(columns):
        writer.warn(f"hidden-text: {left} hidden columns of sheet {sheet.title!r} were left out")


def _is_hidden_column(sheet: Any, place: int) -> bool:  # noqa: ANN401 - untyped library
    """Return whether a column is hidden by itself or within a range of columns, which the file states once."""
    return any(
        dimension.hidden and (dimension.min or 0) <= place <= (dimension.max or 0)
        for dimension in sheet.column_dimensions.values()
    )


def _spans(sheet: Any) -> dict[tuple[int, int], Any]:  # noqa: ANN401 - untyped library
    """Return the first cell of the merged range that each further cell of it belongs to."""
    return {
        place: sheet.cell(merged.min_row, merged.min_col)
        for merged in sheet.merged_cells.ranges
        if merged.size["rows"] * merged.size["columns"] <= 10_000
        for place in merged.cells
        if place != (merged.min_row, merged.min_col)
    }


def _table(rows: list[tuple[str, ...]], writer: Writer) -> None:
    """Write one table: lines of a single cell above it as text, empty columns left out."""
    start = 0
    while start < len(rows) and len({cell for cell in rows[start] if cell}) == 1 and len(rows[0]) > 1:
        writer.block(next(cell for cell in rows[start] if cell))
        start += 1
    body = rows[start:]
    used = [place for place in range(len(body[0]) if body else 0) if any(row[place] for row in body)]
    write_table(writer, [Row(cells=tuple(row[place] for place in used)) for row in body])


def _shown(cell: Any, spans: dict[tuple[int, int], Any]) -> str:  # noqa: ANN401 - untyped library
    """Return what a reader sees in a cell; a cell within a merged range shows what the first one does."""
    origin = spans.get((cell.row, cell.column), cell)
    if origin.value is None or _is_unseen(origin):
        return ""
    return "".join(_written(origin.value, origin.number_format))


def _is_unseen(cell: Any) -> bool:  # noqa: ANN401 - untyped library
    """Return whether a cell's number format shows nothing, or its type is white on no ground of its own."""
    if cell.number_format == _HIDING:
        return True
    colour = cell.font.color.rgb if cell.has_style and cell.font and cell.font.color else None
    return colour in _WHITE and cell.fill.fill_type is None


def _written(value: object, form: str) -> Iterator[str]:
    if isinstance(value, bool):
        yield "yes" if value else "no"
    elif isinstance(value, datetime):
        yield value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    elif isinstance(value, date | time | timedelta):
        yield str(value)
    elif isinstance(value, int | float) and "%" in form:
        yield f"{round(value * 100, 4):g}%"
    elif isinstance(value, float):
        yield f"{value:.15g}"
    else:
        yield " ".join(str(value).split())


FORMAT = Format(name="xlsx", suffixes=(".xlsx", ".xlsm"), likelihood=_likelihood, load=_load)

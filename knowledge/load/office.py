"""DOCX to blocks, by python-docx: tracked changes as accepted, hidden runs and running heads left out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from knowledge.document import BlockKind, Document
from knowledge.errors import DocumentError
from knowledge.load.draft import Writer
from knowledge.load.limits import Limits
from knowledge.load.table import row_text

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MARKUP: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_LEVEL: Final = re.compile(r"heading (\d)", re.IGNORECASE)


def load(data: bytes, *, source: str, limits: Limits) -> Document:
    """Return the document in DOCX `data`; raises DocumentError when it is damaged or unpacks to too much."""
    check_archive(data, source=source, limits=limits)
    docx = _open(data, source)
    writer = Writer()
    styles = {style.style_id: style.name or "" for style in docx.styles}
    reader = _Reader(writer, styles)
    for element in _blocks(docx.element.body):
        reader.read(element)
    if reader.hidden:
        writer.warn(f"hidden-text: {reader.hidden} hidden runs were left out")
    title = (docx.core_properties.title or "").strip()
    media = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return writer.document(source=source, media_type=media, title=title or None)


def _blocks(body: Any) -> Iterator[Any]:  # noqa: ANN401 - untyped library
    """Yield paragraphs and tables in order, looking into content controls."""
    for element in body:
        if element.tag in (f"{W}p", f"{W}tbl"):
            yield element
        elif element.tag == f"{W}sdt":
            for content in element.iter(f"{W}sdtContent"):
                yield from _blocks(content)
                break


def check_archive(data: bytes, *, source: str, limits: Limits) -> None:
    """Raise DocumentError for a ZIP that is damaged or unpacks to more than the limits, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise DocumentError(source, f"the file is damaged, its ZIP cannot be read ({error})", kind="damaged") from error
    unpacked = sum(member.file_size for member in members)
    worst = max(
        (member.file_size / max(1, member.compress_size) for member in members if member.file_size > 1_000_000),
        default=0,
    )
    if unpacked > limits.max_unpacked_bytes or worst > limits.max_ratio:
        raise DocumentError(
            source, f"it would unpack to {unpacked} bytes, {worst:.0f} times its size; refused", kind="too-large"
        )


def _open(data: bytes, source: str) -> Any:  # noqa: ANN401 - untyped library
    import docx
    from lxml import etree

    try:
        return docx.Document(io.BytesIO(data))
    except (KeyError, ValueError, zipfile.BadZipFile, etree.LxmlError, AttributeError, OSError) as error:
        raise DocumentError(source, f"the Word file is damaged ({error})", kind="damaged") from error
    except docx.exceptions.PythonDocxError as error:
        raise DocumentError(source, f"the Word file is damaged ({error})", kind="damaged") from error


class _Reader:
    """Writes paragraphs and tables."""

    def __init__(self, writer: Writer, styles: dict[str, str]) -> None:
        self._writer = writer
        self._styles = styles
        self.hidden = 0

    def read(self, element: Any) -> None:  # noqa: ANN401 - untyped library
        """Write one paragraph or table."""
        if element.tag == f"{W}tbl":
            for row in self._rows(element):
                self._writer.block(row, BlockKind.ROW)
            return
        text = self._text(element)
        style = self._style(element)
        level = _LEVEL.search(style)
        if style.lower() == "title":
            self._writer.heading(text, 1)
        elif level:
            self._writer.heading(text, int(level[1]) or 1)
        elif "list" in style.lower() or element.find(f"{W}pPr/{W}numPr") is not None:
            self._writer.block(text, BlockKind.ITEM, level=1)
        else:
            self._writer.block(text)

    def _style(self, element: Any) -> str:  # noqa: ANN401 - untyped library
        found = element.find(f"{W}pPr/{W}pStyle")
        return self._styles.get(found.get(f"{W}val"), "") if found is not None else ""

    def _text(self, element: Any) -> str:  # noqa: ANN401 - untyped library
        parts: list[str] = []
        for run in element.iter(f"{W}r"):
            if any(above.tag in (f"{W}del", f"{W}moveFrom", f"{MARKUP}Fallback") for above in run.iterancestors()):
                continue
            hidden = run.find(f"{W}rPr/{W}vanish")
            if hidden is not None and hidden.get(f"{W}val") not in ("0", "false"):
                self.hidden += 1
                continue
            for piece in run:
                if piece.tag == f"{W}t":
                    parts.append(piece.text or "")
                elif piece.tag in (f"{W}tab", f"{W}br", f"{W}cr"):
                    parts.append(" ")
        return "".join(parts)

    def _rows(self, table: Any) -> Iterator[str]:  # noqa: ANN401 - untyped library
        head: list[str] = []
        above: dict[int, str] = {}
        for number, row in enumerate(table.findall(f"{W}tr")):
            cells = self._cells(row, above)
            if number == 0:
                head = cells
            else:
                yield row_text(head, cells)

    def _cells(self, row: Any, above: dict[int, str]) -> list[str]:  # noqa: ANN401 - untyped library
        """Return the cells of a row with merged ones filled in."""
        cells: list[str] = []
        for cell in row.findall(f"{W}tc"):
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            text = " ".join(self._text(paragraph).strip() for paragraph in cell.iter(f"{W}p")).strip()
            if merge is not None and merge.get(f"{W}val") != "restart":
                text = above.get(len(cells), text)
            for _ in range(int(span.get(f"{W}val")) if span is not None else 1):
                above[len(cells)] = text
                cells.append(text)
        return cells

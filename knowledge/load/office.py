"""DOCX to blocks, by python-docx: tracked changes as accepted, hidden runs and running heads left out."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from knowledge.document import BlockKind, Document
from knowledge.errors import DocumentError
from knowledge.load.draft import Writer
from knowledge.load.limits import Limits
from knowledge.load.office_style import Styles, W, is_on, value_of
from knowledge.load.packed import check_archive
from knowledge.load.table import Row, write_table

_MARKUP: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_WIDEST: Final = 50
_GONE: Final = frozenset({f"{W}del", f"{W}moveFrom", f"{_MARKUP}Fallback"})
_BOX: Final = f"{W}txbxContent"
_NOTES: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
_PLAIN: Final = {f"{W}tab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}ptab": " "}
_MEDIA: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LEAST_HEADING: Final = re.compile(r"[^\W\d_]{2}")


def load(data: bytes, *, source: str, limits: Limits) -> Document:
    """Return the document in DOCX `data`; raises DocumentError when it is damaged or unpacks to too much."""
    check_archive(data, source=source, limits=limits)
    word = _open(data, source)
    writer = Writer()
    note_properties(writer, word.properties)
    reader = _Reader(writer, word.styles, word.notes)
    reader.read(word.body)
    if reader.hidden:
        writer.warn(f"hidden-text: {reader.hidden} hidden runs were left out")
    return writer.document(
        source=source, media_type=_MEDIA, title=writer.first_heading() or (word.properties.title or "").strip() or None
    )


def note_properties(writer: Writer, properties: Any) -> None:  # noqa: ANN401 - untyped library
    """Note what the core properties of an Office file state."""
    for name in ("author", "created", "modified", "version", "language", "subject"):
        try:
            writer.note(name, getattr(properties, name, None))
        except ValueError:  # a date that is none
            writer.warn(f"metadata: the file's property {name} cannot be read")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Word:
    """What is read from a Word file."""

    body: Any
    styles: Styles
    notes: dict[str, str]
    properties: Any


def _open(data: bytes, source: str) -> _Word:
    import docx
    from docx.exceptions import PythonDocxError
    from lxml import etree

    damage = (ArithmeticError, AttributeError, EOFError, LookupError, OSError, TypeError, ValueError, zlib.error)
    try:
        document = docx.Document(io.BytesIO(data))
        return _Word(
            body=list(document.element.body),
            styles=Styles(document.styles),
            notes=_footnotes(document),
            properties=document.core_properties,
        )
    except (*damage, zipfile.BadZipFile, etree.LxmlError, PythonDocxError) as error:
        raise DocumentError(source, f"the Word file is damaged ({error})", kind="damaged") from error


def _footnotes(docx: Any) -> dict[str, str]:  # noqa: ANN401 - untyped library
    """Return the text of each footnote by its id."""
    from docx.oxml import parse_xml

    notes: dict[str, str] = {}
    for relation in docx.part.rels.values():
        if relation.reltype == _NOTES and not relation.is_external:
            for note in parse_xml(relation.target_part.blob).iter(f"{W}footnote"):
                words = " ".join("".join(text.text or "" for text in note.iter(f"{W}t")).split())
                if words and note.get(f"{W}type") is None:
                    notes[note.get(f"{W}id", "")] = words
    return notes


class _Reader:
    """Writes paragraphs and tables."""

    def __init__(self, writer: Writer, styles: Styles, notes: dict[str, str]) -> None:
        self._writer, self._styles, self._notes = writer, styles, notes
        self.hidden = 0

    def read(self, body: Any) -> None:  # noqa: ANN401 - untyped library
        """Write the paragraphs and tables in `body`, in order, looking into content controls."""
        for element in body:
            if element.tag == f"{W}p":
                self._paragraph(element)
                for box in element.iter(_BOX):
                    if not _is_gone(box):
                        self.read(box)
            elif element.tag == f"{W}tbl":
                self._table(element)
            elif element.tag == f"{W}sdt" and not _is_contents(element):
                for content in element.iterchildren(f"{W}sdtContent"):
                    self.read(content)
            elif element.tag in (f"{W}ins", f"{W}customXml", f"{W}smartTag", f"{W}moveTo"):
                self.read(element)

    def _paragraph(self, element: Any) -> None:  # noqa: ANN401 - untyped library
        text = self._text(element)
        style = value_of(element, f"{W}pPr/{W}pStyle")
        if not text.strip() or self._styles.is_contents(style):
            return
        level = self._styles.level(style, element)
        if level and len(text) <= 250:
            self._writer.heading(text, level)
        elif self._styles.is_list(style) or element.find(f"{W}pPr/{W}numPr") is not None:
            depth = value_of(element, f"{W}pPr/{W}numPr/{W}ilvl")
            self._writer.block(text, BlockKind.ITEM, level=min(int(depth), 8) + 1 if depth.isdigit() else 1)
        elif self._looks_like_heading(element, text):
            self._writer.heading(text, 5)
        else:
            self._writer.block(text)

    def _looks_like_heading(self, element: Any, text: str) -> bool:  # noqa: ANN401 - untyped library
        """Return whether a paragraph without a heading's style is set as one: bold, short, without a full stop."""
        short = len(text) <= 90 and not text.rstrip().endswith((".", ";", ",", "?", "!"))
        runs = [run for run in element.iter(f"{W}r") if any((text.text or "").strip() for text in run.iter(f"{W}t"))]
        bold = all(is_on(run.find(f"{W}rPr/{W}b")) for run in runs)
        alone = element.getparent().tag != f"{W}tc"
        return short and bool(runs) and bold and alone and bool(_LEAST_HEADING.search(text))

    def _text(self, element: Any) -> str:  # noqa: ANN401 - untyped library
        """Return the words of a paragraph as accepted, without hidden runs and text boxes; notes stand in brackets."""
        parts: list[str] = []
        hides = self._styles.hides(value_of(element, f"{W}pPr/{W}pStyle"))
        for run in element.iter(f"{W}r"):
            if _is_gone(run, within=element):
                continue
            if hides or self._styles.is_hidden(run):
                self.hidden += any((text.text or "").strip() for text in run.iter(f"{W}t"))
                continue
            for piece in run:
                if piece.tag == f"{W}t":
                    parts.append(piece.text or "")
                elif piece.tag == f"{W}sym":
                    parts.append(_symbol(piece))
                elif piece.tag == f"{W}footnoteReference":
                    note = self._notes.get(piece.get(f"{W}id", ""))
                    parts.append(f" ({note})" if note else "")
                else:
                    parts.append(_PLAIN.get(piece.tag, ""))
        return "".join(parts)

    def _table(self, table: Any) -> None:  # noqa: ANN401 - untyped library
        """Write a table; one of a single column is a box around text."""
        above: dict[int, str] = {}
        rows = list(table.iterchildren(f"{W}tr"))
        if all(len(list(row.iterchildren(f"{W}tc"))) <= 1 for row in rows):
            for row in rows:
                for cell in row.iterchildren(f"{W}tc"):
                    self.read(cell)
            return
        heads = [is_on(row.find(f"{W}trPr/{W}tblHeader")) for row in rows]
        marked = any(heads) and not all(heads)
        pairs = zip(rows, heads, strict=True)
        read = [Row(cells=tuple(self._cells(row, above)), is_head=head if marked else None) for row, head in pairs]
        write_table(self._writer, read)

    def _cells(self, row: Any, above: dict[int, str]) -> Iterator[str]:  # noqa: ANN401 - untyped library
        """Yield the cells of a row with merged ones filled in."""
        place = 0
        for cell in row.iterchildren(f"{W}tc"):
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            span = value_of(cell, f"{W}tcPr/{W}gridSpan")
            text = _lines([line for paragraph in cell.iter(f"{W}p") for line in self._text(paragraph).split("\n")])
            if merge is not None and merge.get(f"{W}val") != "restart":
                text = above.get(place, text)
            for _ in range(min(int(span), _WIDEST) if span.isdigit() and len(span) < 6 else 1):
                above[place] = text
                place += 1
                yield text


def _lines(paragraphs: Sequence[str]) -> str:
    """Return the lines of a cell as one; three or more are a list, its items parted by commas."""
    lines = [" ".join(each.split()) for each in paragraphs if each.strip()]
    if len(lines) < 3:
        return " ".join(lines)
    joined = [f"{line} " if line.endswith((".", ",", ";", ":", "?", "!")) else f"{line}, " for line in lines[:-1]]
    return "".join([*joined, lines[-1]])


def _symbol(element: Any) -> str:  # noqa: ANN401 - untyped library
    """Return a sign that stands in a symbol typeface, by its code."""
    code = element.get(f"{W}char", "")
    return chr(int(code, 16)) if re.fullmatch("[0-9A-Fa-f]{2,4}", code) and int(code, 16) > 31 else ""


def _is_gone(element: Any, *, within: Any = None) -> bool:  # noqa: ANN401 - untyped library
    """Return whether an element is deleted, moved away, a fallback, or in a text box `within` a paragraph."""
    for above in element.iterancestors():
        if above is within:
            return False
        if above.tag in _GONE or (within is not None and above.tag == _BOX):
            return True
    return False


def _is_contents(element: Any) -> bool:  # noqa: ANN401 - untyped library
    return "table of contents" in value_of(element, f"{W}sdtPr/{W}docPartObj/{W}docPartGallery").lower()

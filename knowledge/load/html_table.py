"""HTML tables to rows with column and row spans filled in; tables that only lay out a page are not tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from knowledge.load.html_hidden import Sight
from knowledge.load.table import MOST_LINKS, Row

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

WIDEST: Final = 50
"""A cell is taken to span at most this many columns or rows."""
_SPACED: Final = frozenset("p div br li ul ol td th tr dd dt h1 h2 h3 h4 h5 h6".split())


def rows_of(table: Element, sight: Sight) -> list[Row]:
    """Return the rows of a table; none for one that holds another table, or has one column, and so lays out a page."""
    if next(table.iterdescendants("table"), None) is not None:
        return []
    hanging: dict[int, tuple[int, str]] = {}
    rows = [_row(row, hanging, sight) for row in _table_rows(table)]
    widest = max((len(row.cells) for row in rows), default=0)
    return rows if widest > 1 else []


def _table_rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def _row(row: Element, hanging: dict[int, tuple[int, str]], sight: Sight) -> Row:
    """Return a row's cells; it is a head when all its own cells are, or when it stands in the table's head."""
    cells: list[str] = []
    own = list(row.iterchildren("td", "th"))
    for element in own:
        _fill(cells, hanging)
        text = "" if sight.skips(element) else " ".join("".join(text_of(element, sight)).split())
        rows = _span(element, "rowspan")
        for _ in range(_span(element, "colspan")):
            if rows > 1:
                hanging[len(cells)] = (rows - 1, text)
            cells.append(text)
    _fill(cells, hanging)
    heads = bool(own) and all(element.tag == "th" for element in own)
    in_head = row.getparent().tag == "thead"
    links = tuple(islice((each for element in own for each in _links(element, sight)), MOST_LINKS))
    ids = (each.get("id") or (each.get("name") if each.tag == "a" else None) for each in row.iter())
    names = tuple(islice((name for name in ids if name), MOST_LINKS))
    is_head = True if heads or in_head else _unsure(row, own)
    return Row(cells=tuple(cells), is_head=is_head, links=links, names=names)


def _links(cell: Element, sight: Sight) -> Iterator[tuple[str, str, str]]:
    """Yield the links of a cell that is seen: its text, their words, their targets."""
    links = [] if sight.skips(cell) else [link for link in cell.iterdescendants("a") if link.get("href")]
    text = "".join(text_of(cell, sight)) if links else ""
    for link in links:
        yield text, "".join(text_of(link, sight)), link.get("href")


def _unsure(row: Element, own: list[Element]) -> bool | None:
    """Return None where the page marks no heads at all: then the look of the first row decides."""
    if any(element.tag == "th" for element in own):
        return False
    table = row.getparent() if row.getparent().tag == "table" else row.getparent().getparent()
    return False if table is not None and table.find("thead") is not None else None


def _fill(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    while len(cells) in hanging:
        place = len(cells)
        left, text = hanging.pop(place)
        cells.append(text)
        if left > 1:
            hanging[place] = (left - 1, text)


def _span(element: Element, name: str) -> int:
    value = element.attrib.get(name, "1").strip()
    return min(int(value), WIDEST) if value.isdigit() and len(value) < 6 and int(value) > 0 else 1


def text_of(element: Element, sight: Sight) -> Iterator[str]:
    """Yield the seen text of an element in pieces, with a space where a block or a line ends."""
    stack: list[Any] = [element]
    while stack:
        each = stack.pop()
        if isinstance(each, str):
            yield each
            continue
        if each is not element and sight.skips(each):
            continue
        if each.tag in _SPACED:
            yield " "
        for child in reversed(each):
            if child.tail:
                stack.append(child.tail)
            stack.append(child)
        if each.text:
            stack.append(each.text)

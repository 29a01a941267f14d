"""Tables to rows that read "header: cell; header: cell", so that a figure stays tied to its row and column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from knowledge.document import BlockKind
from knowledge.load.draft import Writer
from knowledge.load.place import NONE, Marks, name_of, solid, target_of
from knowledge.sanitise import clean

_FIGURE: Final = re.compile(r"[$€£¥]?\s?[+-]?\d[\d.,:/ ]*\s?(?:%|[a-zA-Z]{0,3})\.?")
_HEAD_WORDS: Final = 12
MOST_LINKS: Final = 100
"""Links, and anchors, that are kept of one row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row with spans filled in: a cell that spans three columns stands in all three.

    `is_head` is None where the format does not say. `links` are the text of a cell, the words of a link in it, and its target;
    `names` are the anchors in the row.
    """

    cells: tuple[str, ...]
    is_head: bool | None = None
    links: tuple[tuple[str, str, str], ...] = ()
    names: tuple[str, ...] = ()


def write_table(writer: Writer, rows: Sequence[Row], *, page: int | None = None) -> None:
    """Write each body row as one block with its column heads; rows of bare figures without heads are left out."""
    width = max((len(row.cells) for row in rows), default=0)
    for row in rows:
        writer.inspect(*row.cells)
    folded = map(_folded, rows)
    body, head = _without_head([row for row in folded if any(row.cells)])
    group, bare = "", 0
    for row in body:
        distinct = {cell for cell in row.cells if cell}
        if width > 1 and len(distinct) == 1 and len(row.cells) == width and all(row.cells):
            text = distinct.pop()
            if _is_label(text):
                group = text
            else:
                writer.block(text, BlockKind.ROW, page=page, marks=_marks(text, row))
        elif not head and len(row.cells) > 2 and all(_FIGURE.fullmatch(cell) for cell in distinct):
            bare += 1
        else:
            text = row_text(head, row.cells) if head or width != 2 else _pair(row.cells)
            whole = f"{group}: {text}" if group else text
            writer.block(whole, BlockKind.ROW, page=page, marks=_marks(whole, row))
    if bare:
        writer.warn(f"table: {bare} rows of bare figures without column heads were left out")


def row_text(head: Sequence[str], cells: Sequence[str]) -> str:
    """Return a row as "header: cell; header: cell"; equal neighbours, from a span, are said once."""
    pairs: list[str] = []
    before = None
    for place, cell in enumerate(cells):
        words = " ".join(cell.split())
        name = " ".join(head[place].split()).rstrip(":") if place < len(head) else ""
        pair = f"{name}: {words}" if name and name != words else words
        if words and not (before == words and (not name or name == words)):
            pairs.append(pair)
        before = words
    return _ended("; ".join(pairs))


def _ended(text: str) -> str:
    return text + ("." if text and not text.endswith((".", "!", "?")) else "")


def _folded(row: Row) -> Row:
    return replace(row, cells=tuple(_plain(cell) for cell in row.cells))


def _plain(text: str) -> str:
    return " ".join(clean(text).split())


def _marks(text: str, row: Row) -> Marks:
    """Return where the links of a row stand in its text: each in its cell, after the one before it."""
    if not (row.links or row.names):
        return NONE
    found: list[tuple[str, int, int]] = []
    counted = passed = here = 0
    before = ""
    for cell, words, href in row.links[:MOST_LINKS]:
        if cell != before:
            said, before = _plain(cell), cell
            head = text.find(f": {said}", here)
            here = head + 2 if head >= 0 else max(here, text.find(said, here))
        sought = _plain(words)
        place, target = text.find(sought, here), target_of(href)
        if place < 0 or not sought or not target:
            continue
        here = place + len(sought)
        counted += solid(text[passed:place])
        size = solid(sought)
        found.append((target, counted, counted + size))
        counted, passed = counted + size, here
    names = tuple((name, 0) for each in row.names[:MOST_LINKS] if (name := name_of(each)))
    return Marks(solid=solid(text), links=tuple(found), names=names)


def _pair(cells: Sequence[str]) -> str:
    """Return a row of a two-column table without heads, the first cell as the name of the second."""
    first, *rest = [cell for cell in cells if cell] or [""]
    if rest and _is_label(first):
        return _ended(f"{first.rstrip(':')}: {'; '.join(rest)}")
    return row_text((), cells)


def _is_label(text: str) -> bool:
    return len(text.split()) <= _HEAD_WORDS and not text.endswith((".", ";", "!", "?")) and not _FIGURE.fullmatch(text)


def _without_head(rows: Sequence[Row]) -> tuple[Sequence[Row], list[str]]:
    """Return the body rows and the names of the columns."""
    count = 0
    while count < len(rows) and rows[count].is_head:
        count += 1
    if count == 0 and len(rows) > 1 and rows[0].is_head is None and _looks_like_head(rows):
        count = 2 if len(set(rows[0].cells)) < len(rows[0].cells) and len(rows) > 2 and _names(rows[1]) else 1
    if count == len(rows):
        return rows, []
    names: list[str] = []
    telling = [row.cells for row in rows[:count] if len(set(row.cells)) > 1 or len(row.cells) == 1]
    for place in range(max(map(len, telling), default=0)):
        above = [cells[place] for cells in telling if place < len(cells)]
        names.append(" ".join(dict.fromkeys(name for name in above if name)))
    return rows[count:], names


def _looks_like_head(rows: Sequence[Row]) -> bool:
    first = rows[0]
    wide = max(len(row.cells) for row in rows)
    return len(first.cells) == wide > 1 and len(set(first.cells)) > 1 and _names(first)


def _names(row: Row) -> bool:
    """Return whether a row's cells could name columns: short, no figures, at most the first one empty."""
    return all(row.cells[1:]) and all(_is_label(cell) for cell in row.cells if cell)

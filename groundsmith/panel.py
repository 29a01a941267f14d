"""A part of the report: figures in tables and drawings, each with the command that prints them.

A panel is plain data, so that it is shown the same as HTML, as Markdown and as JSON. Texts are not escaped yet; only the `body`
of a drawing is markup, made by this package from numbers and escaped names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A text in a table, with a smaller `note` under it; `odd` when the figure lies outside of what is normal."""

    text: str
    note: str = ""
    odd: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows under `columns`, of which the first names the row; `bars` are shares from 0 to 1 drawn beside the rows, one a row.

    `right` are the columns of figures. `command` prints the same, `note` says what else to know.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    command: str
    right: tuple[int, ...] = ()
    bars: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A picture: `body` holds SVG elements for a view box of `width` and `height`, `description` says what is to be seen."""

    kind: str
    title: str
    description: str
    body: str
    width: int
    height: int
    command: str
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A part of the report: `name` is its anchor, `lead` a sentence under the title, `text` what cannot be shown and why."""

    name: str
    title: str
    lead: str
    tables: tuple[Table, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data: each row of a table by its columns; drawings are left to their command."""
        return {
            "name": self.name,
            "title": self.title,
            "text": self.text,
            "tables": [
                {"caption": table.caption, "command": table.command, "note": table.note, "rows": list(_records(table))}
                for table in self.tables
            ],
            "drawings": [
                {"title": each.title, "description": each.description, "command": each.command}
                for each in self.drawings
            ],
        }


def _records(table: Table) -> Iterator[dict[str, str]]:
    for row in table.rows:
        named = {column: cell.text for column, cell in zip(table.columns, row, strict=True)}
        notes = " ".join(cell.note for cell in row if cell.note)
        yield named | ({"note": notes} if notes else {})


def cells(*texts: object) -> tuple[Cell, ...]:
    """Return a row of plain texts; None is a dash, counts get their thousands."""
    return tuple(Cell(text=_shown(each)) for each in texts)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)

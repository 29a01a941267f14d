"""Delimited text with a header, as records and written back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from groundsmith.encoding import open_text
from groundsmith.records import RAW, Additions, Record, cell, failed, harmless
from knowledge.errors import UsageError

LONGEST_CELL = 50_000_000


class Table:
    """Delimited text with a header."""

    def __init__(self, path: Path, *, delimiter: str) -> None:
        self._path = path
        self._delimiter = delimiter
        self._header: list[str] = []
        self.ending = ".tsv" if delimiter == "\t" else ".csv"

    def records(self) -> Iterator[Record]:
        """Yield the rows below the header; a row with too many cells is a record with its error."""
        csv.field_size_limit(LONGEST_CELL)
        with open_text(self._path) as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            self._header = next(reader, [])
            if len(set(self._header)) < len(self._header) or not any(self._header):
                shown = ", ".join(map(repr, self._header[:12]))
                raise UsageError(f"{self._path}: the header must name each column once, but is {shown or 'empty'}")
            number = 0
            while True:
                number += 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Record(number=number, data=None, raw=[], error=f"not a row ({error})")
                    continue
                if cells:
                    yield self._record(number, cells)

    def count(self) -> int:
        """Return how many rows there are below the header."""
        return sum(1 for _ in self.records())

    def _record(self, number: int, cells: list[str]) -> Record:
        if len(cells) > len(self._header):
            reason = (
                f"{len(cells)} cells under {len(self._header)} columns; put quotes around cells that hold the separator"
            )
            return Record(number=number, data=None, raw=cells, error=reason)
        return Record(number=number, data=dict(zip(self._header, cells + [""] * len(self._header), strict=False)))

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the rows with the added columns at the end; added texts cannot become formulas."""
        text = io.TextIOWrapper(target, encoding="utf-8", errors="replace", newline="", write_through=True)
        writer = csv.writer(text, delimiter=self._delimiter, lineterminator="\n")
        own = [name for name in columns if name not in self._header]
        begun = False
        for record, additions in rows:
            if not begun:
                own = [name for name in columns if name not in self._header]
                writer.writerow([*self._header, *own])
                begun = True
            cells = {
                name: harmless(cell(additions.get(name), kind)) for name, kind in columns.items() if name in additions
            }
            known: Sequence[object]
            if record.data is not None:
                known = [cells.get(name, record.data[name]) for name in self._header]
            elif additions:
                known = [*self._raw(record), *[""] * len(self._header)][: len(self._header)]
                cells |= {RAW: cell(failed(record, additions)[RAW], list)}
            else:
                known = [*self._raw(record)]
            writer.writerow([*known, *(cells.get(name, "") for name in own)])
        if not begun:
            writer.writerow([*self._header, *own])
        text.detach()

    @staticmethod
    def _raw(record: Record) -> list[str]:
        return list(record.raw) if isinstance(record.raw, list) else []

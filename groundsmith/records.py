"""`Record`, one row of a dataset file as it stands there, and the port of a file format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

BATCH = 500
RAW = "groundsmith_raw"
"""The added column that holds what stood in place of a record that cannot be read."""

Additions = Mapping[str, object]
"""Values of the added columns for one record; empty when the record was not judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record: `number` counts from 1 (lines of JSON Lines, rows of tables).

    `data` is the record, or None when it cannot be read; then `error` says why and `raw` is what stood there.
    `title`, `context` and `contexts` come from around the record, where the format has them (SQuAD, BEIR). `file` is the
    file of a folder that it stands in.
    """

    number: int
    data: dict[str, Any] | None
    raw: object = None
    error: str = ""
    title: str = ""
    context: str = ""
    contexts: tuple[str, ...] = ()
    file: str = ""


class Format(Protocol):
    """A dataset file: its records, and a copy with added columns."""

    ending: str

    def count(self) -> int:
        """Return how many records there are; never fewer."""
        ...

    def records(self) -> Iterator[Record]:
        """Yield the records in order."""

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write records in their order, with the added `columns` (name and type)."""


def failed(record: Record, additions: Additions) -> dict[str, Any]:
    """Return what stands in a copy for a record that cannot be read: what was added, and what stood there."""
    return {**additions, RAW: record.raw}


def cell(value: object, kind: type) -> object:
    """Return an added value as a table holds it: texts and numbers as they are, anything else as JSON."""
    if value is None or (kind in (str, int, float, bool) and not isinstance(value, list | dict)):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: such a text gets an apostrophe before it."""
    return (
        f"'{cell}"
        if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
        else cell
    )


def batches(items: Iterable[dict[str, object]], size: int) -> Iterator[list[dict[str, object]]]:
    """Yield the items in lists of `size`, the last one shorter."""
    batch: list[dict[str, object]] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch

"""Dataset files as records: JSON Lines, JSON, CSV, TSV and Parquet, read one at a time and written back alike.

A `Record` that cannot be read carries its error and what stood there, so that a copy loses nothing. Each format is
one class with `records()` and `write(...)`; the format is chosen by content first, by name where content is silent.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO, cast

from knowledge.errors import RowError, UsageError

HEAD = 65_536
LONGEST_CELL = 50_000_000
BATCH = 500

Additions = Mapping[str, object]
"""Values of the added columns for one record; empty when the record was not judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record: `number` counts from 1 (lines of JSON Lines, rows of tables).

    `data` is the record, or None when it cannot be read; then `error` says why and `raw` is what stood there.
    `title` and `context` come from around the record, where the format has them (SQuAD).
    """

    number: int
    data: dict[str, Any] | None
    raw: object = None
    error: str = ""
    title: str = ""
    context: str = ""


class Format(Protocol):
    """A dataset file: its records, and a copy with added columns."""

    ending: str

    def records(self) -> Iterator[Record]:
        """Yield the records in order."""

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write records in their order, with the added `columns` (name and type)."""


def detect(path: Path) -> Format:
    """Return the file at `path` as a format; raises UsageError when it is none of them."""
    try:
        with _open_bytes(path) as file:
            head = file.read(HEAD)
    except (OSError, EOFError) as error:
        raise UsageError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    endings = [ending.lower() for ending in path.suffixes if ending.lower() != ".gz"]
    ending = endings[-1] if endings else ""
    if head.startswith(b"PAR1"):
        return Parquet(path)
    if b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UsageError(f"{path}: is not a dataset; give JSON Lines, JSON, CSV, TSV or Parquet")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if ending in (".csv", ".tsv"):
        return Table(path, delimiter="\t" if ending == ".tsv" else _delimiter(head))
    if ending in (".jsonl", ".ndjson") or (start.startswith(b"{") and _is_lines(start)):
        return JsonLines(path)
    if ending == ".json" or start.startswith((b"[", b"{")):
        return JsonDocument(path)
    return Table(path, delimiter=_delimiter(head))


def _is_lines(start: bytes) -> bool:
    """Whether the first line is a whole JSON object and more follows it."""
    line, newline, rest = start.partition(b"\n")
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return bool(newline) and rest.lstrip().startswith(b"{")


def _delimiter(head: bytes) -> str:
    line = head.decode("utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8", "replace").split("\n")[0]
    return max(",\t;|", key=line.count)


def _open_bytes(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return cast("BinaryIO", gzip.open(path)) if zipped else path.open("rb")


def _open_text(path: Path) -> TextIO:
    """Open a text file in its encoding: UTF-8 or UTF-16 with a mark, else UTF-8, else the Western one of Windows."""
    with _open_bytes(path) as file:
        head = file.read(HEAD)
        encoding = "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        elif not _is_utf8(head, file):
            encoding = "cp1252"
    return io.TextIOWrapper(_open_bytes(path), encoding=encoding, errors="replace", newline="")


def _is_utf8(head: bytes, rest: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while head:
            decoder.decode(head)
            head = rest.read(HEAD)
    except UnicodeDecodeError:
        return False
    return True


def _line(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"


def _cell(value: object, kind: type) -> object:
    """Return an added value as a table holds it: texts and numbers as they are, anything else as JSON."""
    if value is None or (kind in (str, int, float, bool) and not isinstance(value, list | dict)):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


class JsonLines:
    """One JSON object a line."""

    ending = ".jsonl"

    def __init__(self, path: Path) -> None:
        self._path = path

    def records(self) -> Iterator[Record]:
        """Yield a record for each line that is not blank; a broken line is a record with its error."""
        with _open_text(self._path) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield self._record(number, line)

    def _record(self, number: int, line: str) -> Record:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            return Record(number=number, data=None, raw=line, error=f"not JSON ({reason})")
        if not isinstance(data, dict):
            return Record(number=number, data=None, raw=line, error="not a JSON object")
        return Record(number=number, data=data)

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the records with the added keys; broken lines as they stood."""
        for record, additions in rows:
            if record.data is None:
                target.write(str(record.raw).rstrip("\r\n").encode("utf-8", "replace") + b"\n")
            else:
                target.write(_line({**record.data, **additions}))


class JsonDocument:
    """One JSON document: a list of objects, an object that holds one, columns as lists, or SQuAD."""

    ending = ".json"

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with _open_text(path) as file:
                self._document = json.load(file)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}: is not JSON ({' '.join(str(error).split())})") from error
        self._holder: dict[str, Any] | None = None
        self._key = ""
        self._columns = False
        self._squad = _is_squad(self._document)
        self._items = [] if self._squad else self._find()

    def _find(self) -> list[Any]:
        document = self._document
        if isinstance(document, list):
            return document
        if isinstance(document, dict):
            lists = {key: value for key, value in document.items() if isinstance(value, list) and value}
            if (
                lists
                and len(lists) == len(document)
                and len({len(value) for value in lists.values()}) == 1
                and len(lists) > 1
            ):
                self._columns = True
                return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
            of_objects = [key for key, value in lists.items() if isinstance(value[0], dict)]
            if len(of_objects) == 1 and not isinstance(document.get("answer"), str):
                self._holder, self._key = document, of_objects[0]
                return lists[of_objects[0]]
            return [document]
        raise UsageError(f"{self._path}: holds {type(document).__name__}, but must hold a list of rows")

    def records(self) -> Iterator[Record]:
        """Yield the objects of the list, or the questions of SQuAD with their context."""
        if self._squad:
            yield from self._squad_records()
            return
        for number, item in enumerate(self._items, start=1):
            if isinstance(item, dict):
                yield Record(number=number, data=item)
            else:
                yield Record(number=number, data=None, raw=item, error="not a JSON object")

    def _squad_records(self) -> Iterator[Record]:
        number = 0
        for article in self._document["data"]:
            for paragraph in article.get("paragraphs", ()):
                for question in paragraph.get("qas", ()):
                    number += 1
                    context = str(paragraph.get("context", ""))
                    yield Record(number=number, data=question, title=str(article.get("title", "")), context=context)

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the document with the added keys in each of its rows."""
        items = []
        for record, additions in rows:
            if self._squad and record.data is not None:
                record.data.update(additions)
            items.append(record.raw if record.data is None else {**record.data, **additions})
        document = self._document if self._squad else self._rebuilt(items, list(columns))
        text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
        target.write(text.encode("utf-8", "replace") + b"\n")

    def _rebuilt(self, items: list[Any], added: list[str]) -> object:
        if self._columns:
            names = dict.fromkeys([*self._document, *added])
            return {name: [item.get(name) for item in items] for name in names}
        if self._holder is not None:
            return {**self._holder, self._key: items}
        return items if isinstance(self._document, list) else items[0]


def _is_squad(document: object) -> bool:
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, list) or not data:
        return False
    return all(isinstance(item, dict) and isinstance(item.get("paragraphs"), list) for item in data)


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
        with _open_text(self._path) as file:
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
                name: harmless(_cell(additions.get(name), kind)) for name, kind in columns.items() if name in additions
            }
            known = record.raw if isinstance(record.raw, list) else []
            if record.data is not None:
                known = [cells.get(name, record.data[name]) for name in self._header]
            writer.writerow([*known, *(cells.get(name, "") for name in own)])
        if not begun:
            writer.writerow([*self._header, *own])
        text.detach()


def harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: such a text gets an apostrophe before it."""
    return (
        f"'{cell}"
        if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
        else cell
    )


class Parquet:
    """An Apache Parquet file."""

    ending = ".parquet"

    def __init__(self, path: Path) -> None:
        from pyarrow import ArrowException
        from pyarrow import parquet as pq

        self._path = path
        try:
            self._file = pq.ParquetFile(path)
        except (ArrowException, OSError) as error:
            raise UsageError(f"{path}: is damaged or no Parquet file ({' '.join(str(error).split())[:200]})") from error

    def records(self) -> Iterator[Record]:
        """Yield the rows, read in batches."""
        from pyarrow import ArrowException

        number = 0
        try:
            for batch in self._file.iter_batches(batch_size=BATCH):
                for row in batch.to_pylist(maps_as_pydicts="lossy"):
                    number += 1
                    yield Record(number=number, data=row)
        except ArrowException as error:
            raise UsageError(f"{self._path}: is damaged after row {number} ({error})") from error

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the rows with the added columns, in batches; lists and objects are added as JSON text."""
        import pyarrow as pa
        from pyarrow import parquet as pq

        kinds = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_()}
        schema = self._file.schema_arrow
        for name, kind in columns.items():
            field = pa.field(name, kinds.get(kind, pa.string()))
            place = schema.get_field_index(name)
            schema = schema.append(field) if place < 0 else schema.set(place, field)
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in batches(self._extended(rows, columns), BATCH):
                writer.write_table(pa.Table.from_pylist(batch, schema=schema))

    def _extended(
        self, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]
    ) -> Iterator[dict[str, object]]:
        for record, additions in rows:
            if record.data is None:
                raise RowError(f"row {record.number}: {record.error}")
            added = {name: _cell(additions.get(name), kind) for name, kind in columns.items()}
            yield {**record.data, **added}


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

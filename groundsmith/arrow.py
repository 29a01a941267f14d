"""Apache Parquet and Arrow files, as records and written back, with what Hugging Face notes in them kept true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from groundsmith.records import BATCH, Additions, Record, batches, cell
from knowledge.errors import RowError, UsageError

if TYPE_CHECKING:
    import pyarrow

ARROW_STREAM = b"\xff\xff\xff\xff"
_ARROW_FILE = b"ARROW1"
_NOTES = b"huggingface"


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

    def count(self) -> int:
        """Return how many rows there are."""
        return int(self._file.metadata.num_rows)

    def records(self) -> Iterator[Record]:
        """Yield the rows, read in batches."""
        return _records(self._path, self._file.iter_batches(batch_size=BATCH))

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the rows with the added columns, in batches; lists and objects are added as JSON text."""
        from pyarrow import parquet as pq

        schema = _extended(self._file.schema_arrow, columns)
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for table in _tables(rows, columns, schema):
                writer.write_table(table)


class ArrowStream:
    """An Arrow file or stream, as `save_to_disk` of Hugging Face writes it; written back as a stream."""

    ending = ".arrow"

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._reader() as reader:
            self._schema = reader.schema

    def _reader(self) -> Any:  # noqa: ANN401 - one of two readers without types
        from pyarrow import ArrowException, ipc, memory_map

        try:
            file = memory_map(str(self._path))
            whole = file.read(len(_ARROW_FILE)) == _ARROW_FILE
            file.seek(0)
            return ipc.open_file(file) if whole else ipc.open_stream(file)
        except (ArrowException, OSError) as error:
            shown = " ".join(str(error).split())[:200]
            raise UsageError(f"{self._path}: is damaged or no Arrow file ({shown})") from error

    def _batches(self) -> Iterator[Any]:
        with self._reader() as reader:
            parts = (
                (reader.get_batch(number) for number in range(reader.num_record_batches))
                if hasattr(reader, "num_record_batches")
                else reader
            )
            for part in parts:
                for start in range(0, part.num_rows, BATCH):
                    yield part.slice(start, BATCH)

    def count(self) -> int:
        """Return how many rows there are."""
        return sum(batch.num_rows for batch in self._batches())

    def records(self) -> Iterator[Record]:
        """Yield the rows, read in batches."""
        return _records(self._path, self._batches())

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the rows with the added columns, in batches; lists and objects are added as JSON text."""
        from pyarrow import ipc

        schema = _extended(self._schema, columns)
        with ipc.new_stream(target, schema) as writer:
            for table in _tables(rows, columns, schema):
                writer.write_table(table)


def _records(path: Path, parts: Iterable[Any]) -> Iterator[Record]:
    from pyarrow import ArrowException

    number = 0
    try:
        for batch in parts:
            for row in batch.to_pylist(maps_as_pydicts="lossy"):
                number += 1
                yield Record(number=number, data=row)
    except ArrowException as error:
        raise UsageError(f"{path}: is damaged after row {number} ({error})") from error


def _tables(
    rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type], schema: pyarrow.Schema
) -> Iterator[Any]:
    import pyarrow as pa

    for batch in batches(_rows(rows, columns), BATCH):
        yield pa.Table.from_pylist(batch, schema=schema)


def _rows(rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> Iterator[dict[str, object]]:
    for record, additions in rows:
        if record.data is None:
            raise RowError(f"row {record.number}: {record.error}")
        yield {**record.data, **{name: cell(additions.get(name), kind) for name, kind in columns.items()}}


def _extended(schema: pyarrow.Schema, columns: Mapping[str, type]) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return the schema with the added columns, in the place of older ones of the same name."""
    import pyarrow as pa

    kinds = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_()}
    for name, kind in columns.items():
        field = pa.field(name, kinds.get(kind, pa.string()))
        place = schema.get_field_index(name)
        schema = schema.append(field) if place < 0 else schema.set(place, field)
    return schema.with_metadata(_noted(schema.metadata, columns))


def _noted(metadata: Mapping[bytes, bytes] | None, columns: Mapping[str, type]) -> dict[bytes, bytes]:
    """Return a schema's metadata with the added columns among the features that Hugging Face reads back."""
    kept = dict(metadata or {})
    try:
        notes = json.loads(kept.get(_NOTES, b"{}"))
    except ValueError:
        return kept
    known = notes.get("info") if isinstance(notes, dict) else None
    if isinstance(known, dict) and isinstance(known.get("features"), dict):
        known["features"] |= features(columns)
        kept[_NOTES] = json.dumps(notes).encode()
    return kept


def features(columns: Mapping[str, type]) -> dict[str, dict[str, str]]:
    """Return the added columns as Hugging Face describes features; lists and objects are JSON text."""
    kinds = {float: "float64", int: "int64", bool: "bool"}
    return {name: {"dtype": kinds.get(kind, "string"), "_type": "Value"} for name, kind in columns.items()}

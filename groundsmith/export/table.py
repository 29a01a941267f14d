"""Every column: JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, BinaryIO, Union, get_args, get_origin

from groundsmith.export.form import Form, Job, Options, objects
from groundsmith.record import shape
from groundsmith.records import BATCH, batches, harmless
from groundsmith.row import DatasetRow

if TYPE_CHECKING:
    import pyarrow


def chosen(row: DatasetRow, options: Options) -> DatasetRow:
    """Return the row without what was not wanted."""
    if options.reasoning is False and row.reasoning is not None:
        row = replace(row, reasoning=None)
    if options.evidence is False and row.evidence:
        row = replace(row, evidence=())
    return row


def _json(row: DatasetRow, options: Options) -> Mapping[str, Any]:
    return chosen(row, options).to_json()


def _csv(rows: Iterable[DatasetRow], file: BinaryIO, job: Job) -> int:
    """Write CSV: lists and objects as JSON text, and no text that a spreadsheet takes for a formula."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([item.name for item in fields(DatasetRow)])
    number = 0
    for row in rows:
        writer.writerow([_csv_cell(value) for value in chosen(row, job.options).to_json().values()])
        number += 1
    text.detach()
    return number


def _csv_cell(value: object) -> object:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else harmless(value)


def write_parquet(rows: Iterable[DatasetRow], file: BinaryIO, job: Job) -> int:
    """Write Parquet with the columns of a row; `conditions` and `parts` are JSON text, since their names differ from row to row."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    schema = pa.schema(list(arrow(DatasetRow)))
    number = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches(_flattened(rows, job.options), BATCH):
            number += len(batch)
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
    return number


def _flattened(rows: Iterable[DatasetRow], options: Options) -> Iterator[dict[str, object]]:
    for row in rows:
        texts = {name: json.dumps(dict(getattr(row, name)), ensure_ascii=False) for name in ("conditions", "parts")}
        data = {**chosen(row, options).to_json(), **texts}
        yield json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


def arrow(hint: Any) -> pyarrow.DataType:  # noqa: ANN401 - a type
    """Return the Arrow type of an annotation; that of a dataclass is a struct."""
    import pyarrow as pa

    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return arrow(next(option for option in get_args(hint) if option is not NoneType))
    if origin is tuple:
        return pa.list_(arrow(get_args(hint)[0]))
    if origin is Mapping:
        return pa.string()
    if isinstance(hint, type) and is_dataclass(hint):
        return pa.struct([pa.field(name, arrow(inner)) for name, inner, _ in shape(hint)])
    return {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}[hint]


FORMS = (
    Form(name="jsonl", family="every column", summary="JSON Lines, a row a line", file=objects(_json)),
    Form(name="csv", family="every column", summary="CSV; lists and objects as JSON text", file=_csv),
    Form(name="parquet", family="every column", summary="Apache Parquet", file=write_parquet),
)

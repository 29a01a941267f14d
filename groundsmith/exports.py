"""Our rows in the formats that trainers and evaluators read; every file is written whole or not at all.

`jsonl`, `csv` and `parquet` hold every column. `openai-chat`, `alpaca` and `sharegpt` hold what a trainer needs,
`ragas` and `squad` what an evaluator needs. Lists of objects are JSON Lines, or one JSON list when the file's name
ends in .json.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, BinaryIO, Union, get_args, get_origin

from groundsmith.atomic import atomic, write_text
from groundsmith.record import shape
from groundsmith.records import BATCH, batches, harmless
from groundsmith.row import DatasetRow
from groundsmith.turns import asked, spoken
from knowledge.errors import UsageError

if TYPE_CHECKING:
    import pyarrow

__all__ = ["FORMS", "export_rows", "write_text"]


def export_rows(rows: Iterable[DatasetRow], output: Path, *, form: str) -> int:
    """Write the rows to `output` (`-` is standard output) and return how many were written.

    Raises UsageError for an unknown form. Only `squad` leaves rows out: those without an evidence span that holds
    or supports the answer.
    """
    if form not in FORMS:
        close = difflib.get_close_matches(form, FORMS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(FORMS)}"
        raise UsageError(f"--format {form}: not a format; {hint}")
    with atomic(output) as file:
        return FORMS[form](rows, file, output.suffix == ".json")


def _objects(adapt: Callable[[DatasetRow], dict[str, Any]]) -> Callable[[Iterable[DatasetRow], BinaryIO, bool], int]:
    """Return a writer of one object a row."""

    def write(rows: Iterable[DatasetRow], file: BinaryIO, as_list: bool) -> int:
        number = 0
        for number, row in enumerate(rows, start=1):
            text = json.dumps(adapt(row), ensure_ascii=False)
            before = ("[\n" if number == 1 else ",\n") if as_list else ""
            file.write(f"{before}{text}{'' if as_list else chr(10)}".encode("utf-8", "replace"))
        if as_list:
            file.write(b"\n]\n" if number else b"[]\n")
        return number

    return write


def _chat(row: DatasetRow) -> dict[str, Any]:
    said = [
        message
        for question, answer in spoken(row)
        for message in ({"role": "user", "content": question}, {"role": "assistant", "content": answer})
    ]
    return {"messages": said}


def _alpaca(row: DatasetRow) -> dict[str, Any]:
    return {"instruction": asked(row), "input": "", "output": row.answer}


def _sharegpt(row: DatasetRow) -> dict[str, Any]:
    turns = [
        turn
        for question, answer in spoken(row)
        for turn in ({"from": "human", "value": question}, {"from": "gpt", "value": answer})
    ]
    return {"id": row.id, "conversations": turns}


def _ragas(row: DatasetRow) -> dict[str, Any]:
    return {
        "user_input": row.question,
        "reference": row.answer,
        "reference_contexts": [evidence.text for evidence in row.evidence],
        "synthesizer_name": f"groundsmith_level_{row.level}",
    }


def _squad(rows: Iterable[DatasetRow], file: BinaryIO, as_list: bool) -> int:
    """Write SQuAD 2.0: the context is the evidence that decided, the answer a stretch of it."""
    articles = [article for row in rows if (article := _article(row))]
    document = {"version": "v2.0", "data": articles}
    file.write(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    return len(articles)


def _article(row: DatasetRow) -> dict[str, Any] | None:
    """Return one question as an article: the answer where it stands word for word, else the span that supports it.

    The answer as it was written is kept beside, as `written_answer`.
    """
    texts = {evidence.id: evidence.text for evidence in row.evidence}
    literal = (
        (key, text.find(row.answer), len(row.answer))
        for key, text in texts.items()
        if row.answer and row.answer in text
    )
    spans = ((span.id, span.start, span.end - span.start) for claim in row.claims for span in claim.spans)
    place = next(literal, None) or next((span for span in spans if texts.get(span[0])), None)
    if place is None:
        return None
    key, start, length = place
    evidence = next(item for item in row.evidence if item.id == key)
    answer = {"text": evidence.text[start : start + length], "answer_start": start}
    question = {"id": row.id, "question": row.question, "answers": [answer], "is_impossible": False}
    question["written_answer"] = row.answer
    return {"title": evidence.title, "paragraphs": [{"context": evidence.text, "qas": [question]}]}


def _csv(rows: Iterable[DatasetRow], file: BinaryIO, as_list: bool) -> int:
    """Write CSV: lists and objects as JSON text, and no text that a spreadsheet takes for a formula."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([item.name for item in fields(DatasetRow)])
    number = 0
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row.to_json().values()])
        number += 1
    text.detach()
    return number


def _csv_cell(value: object) -> object:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else harmless(value)


def _parquet(rows: Iterable[DatasetRow], file: BinaryIO, as_list: bool) -> int:
    """Write Parquet with the columns of a row; `conditions` is JSON text, since its names differ from row to row."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    schema = _arrow(DatasetRow)
    number = 0
    with pq.ParquetWriter(file, pa.schema(list(schema)), compression="zstd") as writer:
        for batch in batches(_flattened(rows), BATCH):
            number += len(batch)
            writer.write_table(pa.Table.from_pylist(batch, schema=pa.schema(list(schema))))
    return number


def _flattened(rows: Iterable[DatasetRow]) -> Iterator[dict[str, object]]:
    for row in rows:
        texts = {name: json.dumps(dict(getattr(row, name)), ensure_ascii=False) for name in ("conditions", "parts")}
        data = {**row.to_json(), **texts}
        yield json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


def _arrow(hint: Any) -> pyarrow.DataType:  # noqa: ANN401 - a type
    import pyarrow as pa

    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _arrow(next(option for option in get_args(hint) if option is not NoneType))
    if origin is tuple:
        return pa.list_(_arrow(get_args(hint)[0]))
    if origin is Mapping:
        return pa.string()
    if isinstance(hint, type) and is_dataclass(hint):
        return pa.struct([pa.field(name, _arrow(inner)) for name, inner, _ in shape(hint)])
    return {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}[hint]


FORMS: dict[str, Callable[[Iterable[DatasetRow], BinaryIO, bool], int]] = {
    "jsonl": _objects(DatasetRow.to_json),
    "csv": _csv,
    "parquet": _parquet,
    "openai-chat": _objects(_chat),
    "alpaca": _objects(_alpaca),
    "sharegpt": _objects(_sharegpt),
    "squad": _squad,
    "ragas": _objects(_ragas),
}

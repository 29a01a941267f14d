"""Dataset files as records: which format a file or folder is in, and JSON Lines.

A `Record` that cannot be read carries its error and what stood there, so that a copy loses nothing. Each format is
one class with `records()` and `write(...)`; the format is chosen by content first, by name where content is silent.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from groundsmith.arrow import ARROW_STREAM, ArrowStream, Parquet
from groundsmith.encoding import HEAD, open_bytes, open_text
from groundsmith.folders import Beir, FileSet, folder
from groundsmith.json_document import JsonDocument
from groundsmith.records import Additions, Format, Record, failed
from groundsmith.table import Table
from knowledge.errors import UsageError


def detect(path: Path) -> Format | FileSet | Beir:
    """Return the file or folder at `path` as a format; raises UsageError when it is none of them."""
    if path.is_dir():
        return folder(path, detect_file)
    return detect_file(path)


def detect_file(path: Path) -> Format:
    """Return the file at `path` as a format; raises UsageError when it is none of them."""
    try:
        with open_bytes(path) as file:
            head = file.read(HEAD)
    except (OSError, EOFError) as error:
        raise UsageError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    return _format(path, head)


def _format(path: Path, head: bytes) -> Format:
    endings = [ending.lower() for ending in path.suffixes if ending.lower() != ".gz"]
    ending = endings[-1] if endings else ""
    if head.startswith(b"PAR1"):
        return Parquet(path)
    if ending == ".arrow" or head.startswith(ARROW_STREAM):
        return ArrowStream(path)
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


def _line(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"


class JsonLines:
    """One JSON object a line."""

    ending = ".jsonl"

    def __init__(self, path: Path) -> None:
        self._path = path

    def records(self) -> Iterator[Record]:
        """Yield a record for each line that is not blank; a broken line is a record with its error."""
        with open_text(self._path) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield self._record(number, line)

    def count(self) -> int:
        """Return how many lines there are, blank ones left out."""
        with open_text(self._path) as file:
            return sum(1 for line in file if not line.isspace())

    def _record(self, number: int, line: str) -> Record:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            return Record(number=number, data=None, raw=line.rstrip("\r\n"), error=f"not JSON ({reason})")
        if not isinstance(data, dict):
            return Record(number=number, data=None, raw=line.rstrip("\r\n"), error="not a JSON object")
        return Record(number=number, data=data)

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the records with the added keys; broken lines as they stood, or as objects where something is added."""
        for record, additions in rows:
            if record.data is None and additions:
                target.write(_line(failed(record, additions)))
            elif record.data is None:
                target.write(str(record.raw).encode("utf-8", "replace") + b"\n")
            else:
                target.write(_line({**(record.data or {}), **additions}))

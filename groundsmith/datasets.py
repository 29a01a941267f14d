"""Datasets that someone else made: read as questions and answers, and written back with what was found.

`Dataset` reads JSON Lines, JSON, CSV, TSV, Parquet, Arrow, and folders of them, in any common shape. A row that cannot be read is
yielded as a RowError with its number, and stays in the copy as it stood.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from groundsmith.atomic import STANDARD_OUTPUT, atomic
from groundsmith.folders import Beir, FileSet
from groundsmith.formats import detect
from groundsmith.recognise import Fields, NothingToCheck, recognise
from groundsmith.records import Additions, Record
from knowledge.errors import RowError, UsageError


class Unreadable(RowError):
    """A record that is no record at all: its format is broken there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignRow:
    """One question and answer of a record: `number` counts records from 1, `part` the replies of one from 0.

    `question` is None for a bare statement. `topic` is what the row says it is about, if it does.
    `raw` is the record as it stands in the file.
    """

    number: int
    question: str | None
    answer: str
    contexts: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)
    shape: str = "plain"
    part: int = 0
    topic: str = ""


class Dataset:
    """A dataset file; `-` is standard input. Use it in a `with` block.

    Raises UsageError when the file is not there or is no dataset.
    """

    def __init__(self, path: Path, *, fields: Fields | None = None) -> None:
        self.path = path
        self._fields = fields or Fields()
        self._spooled: Path | None = _spool() if str(path) == STANDARD_OUTPUT else None
        self._format = detect(self._spooled or path)

    @property
    def ending(self) -> str:
        """The usual ending of a file in this format, as in ".jsonl"."""
        return self._format.ending

    def count(self) -> int:
        """Return how many records there are."""
        return self._format.count()

    def __iter__(self) -> Iterator[ForeignRow | RowError]:
        """Yield the rows in order, read as they are asked for."""
        for record in self._records():
            yield from self._rows(record)

    def _records(self) -> Iterator[Record]:
        try:
            yield from self._format.records()
        except (EOFError, zlib.error, OSError) as error:
            raise UsageError(f"{self.path}: is damaged or cut short ({error})") from error

    def _rows(self, record: Record) -> Iterator[ForeignRow | RowError]:
        where = f"row {record.number}" + (f" (in {record.file})" if record.file else "")
        if record.data is None:
            yield Unreadable(f"{where}: {record.error}", number=record.number)
            return
        try:
            pairs = recognise(record.data, self._fields)
        except NothingToCheck as error:
            yield NothingToCheck(f"{where}: {error}", number=record.number)
            return
        except (RowError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else error
            yield RowError(f"{where}: {reason}", number=record.number)
            return
        around = (record.context,) if record.context else record.contexts
        for part, pair in enumerate(pairs):
            yield ForeignRow(
                number=record.number,
                question=pair.question,
                answer=pair.answer,
                contexts=pair.contexts or around,
                raw=record.data,
                shape="squad" if record.context else pair.shape,
                part=part,
                topic=pair.topic or record.title,
            )

    def select(self, output: Path, choose: Callable[[int], Additions | None], *, columns: Mapping[str, type]) -> int:
        """Write a copy of some records; return how many. `choose` gives a number's added columns, or None to leave it out."""
        chosen = ((record, choose(record.number)) for record in self._records())
        return self._write(output, ((record, added) for record, added in chosen if added is not None), columns)

    def rewrite(self, output: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
        """Write a copy with each record changed; return how many. Records that cannot be read are left out.

        Raises UsageError for folders and for files whose rows share text (SQuAD's paragraphs), which would stay as it is.
        """
        if isinstance(self._format, FileSet | Beir):
            raise UsageError(f"{self.path}: is a folder; give its files one by one")

        def changed() -> Iterator[tuple[Record, Additions]]:
            for record in self._records():
                if record.context or record.contexts or record.title:
                    raise UsageError(f"{self.path}: its rows share text; convert it to JSON Lines first")
                if record.data is not None:
                    yield replace(record, data=change(record.data)), {}

        return self._write(output, changed(), {})

    def annotate(
        self, output: Path, additions: Mapping[int, Additions | list[Additions]], *, columns: Mapping[str, type]
    ) -> int:
        """Write a copy in the same format with added columns; return the number of records.

        `additions` maps a record's number to the values of its added columns, or to a list of them, one for each
        part. `columns` gives every added column's name and type (str, float, int, bool; anything else is JSON). A
        record with several parts gets lists. The copy is written whole or not at all.
        """
        if any(isinstance(values, list) for values in additions.values()):
            columns = dict.fromkeys(columns, list)
        rows = ((record, _together(additions.get(record.number, {}))) for record in self._records())
        return self._write(output, rows, columns)

    def _write(self, output: Path, rows: Iterator[tuple[Record, Additions]], columns: Mapping[str, type]) -> int:
        written = 0

        def counted() -> Iterator[tuple[Record, Additions]]:
            nonlocal written
            for row in rows:
                written += 1
                yield row

        if isinstance(self._format, FileSet | Beir):
            self._format.copy(output, counted(), columns)
            return written
        with atomic(output) as file:
            self._format.write(file, counted(), columns)
        return written

    def close(self) -> None:
        """Remove what was kept of standard input."""
        if self._spooled is not None:
            self._spooled.unlink(missing_ok=True)

    def __enter__(self) -> Dataset:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(path: Path, *, fields: Fields | None = None) -> Iterator[ForeignRow | RowError]:
    """Yield the rows of the dataset at `path`."""
    with Dataset(path, fields=fields) as dataset:
        yield from dataset


def _together(additions: Additions | list[Additions]) -> Additions:
    if isinstance(additions, Mapping):
        return additions
    names = dict.fromkeys(name for part in additions for name in part)
    return {name: [part.get(name) for part in additions] for name in names}


def _spool() -> Path:
    """Copy standard input to a private file, since a dataset is read twice."""
    with tempfile.NamedTemporaryFile(prefix="groundsmith-", delete=False) as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return Path(file.name)

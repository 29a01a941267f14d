"""`Form`, one way to write rows; `Options`, what a person chooses of it; `Origin`, what is known of the rows besides themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow
    from knowledge.document import Passage


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What is written of a row; None is what fits the form.

    `reasoning` is whether the model's reasoning goes with the answer, `evidence` whether the passages do.
    """

    reasoning: bool | None = None
    evidence: bool | None = None


def _nothing() -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where the rows come from, for the forms that tell: `run` is its id, `record` what is recorded of it.

    `corpus` gives all passages of the library, `rejected` the rows that did not pass, `history` the records of a refresh.
    """

    title: str = "Groundsmith dataset"
    run: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    licence: str | None = None
    corpus: Callable[[], Iterator[Passage]] = _nothing
    rejected: Callable[[], Iterator[DatasetRow]] = _nothing
    history: Callable[[], Iterator[Mapping[str, Any]]] = _nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One export: what was chosen, where the rows come from, and the ending of the file, as in ".json"."""

    options: Options = Options()
    origin: Origin = Origin()
    ending: str = ""


Write = Callable[["Iterable[DatasetRow]", BinaryIO, Job], int]
WriteFolder = Callable[[Mapping[str, "list[DatasetRow]"], Path, Job], int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A form of export: what it is for, and what writes it, into a file or a folder; both return how many rows were written.

    A folder's writer is given the rows by the name of their part: one part, "train" or as the form calls it, unless they were split.
    """

    name: str
    family: str
    summary: str
    file: Write | None = None
    folder: WriteFolder | None = None
    part: str = "train"

    @property
    def example(self) -> str:
        """A command that writes it."""
        target = f"{self.name}-set" if self.folder else f"set{_ENDINGS.get(self.name, '.jsonl')}"
        return f"groundsmith export --format {self.name} --output {target}"


_ENDINGS = {"csv": ".csv", "parquet": ".parquet", "squad": ".json", "llama-index": ".json", "prov": ".ttl"}


def line(data: object) -> bytes:
    """Return data as a line of JSON; what UTF-8 cannot hold is replaced."""
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def objects(adapt: Callable[[DatasetRow, Options], Mapping[str, Any] | None]) -> Write:
    """Return a writer of one object a row, as JSON Lines, or as one list for a name in .json; rows that come to None are left out."""

    def write(rows: Iterable[DatasetRow], file: BinaryIO, job: Job) -> int:
        adapted = (adapt(row, job.options) for row in rows)
        return write_objects((each for each in adapted if each is not None), file, job)

    return write


def write_objects(found: Iterable[Mapping[str, Any]], file: BinaryIO, job: Job) -> int:
    """Write objects as JSON Lines, or as one list for a name in .json; return how many."""
    as_list, number = job.ending == ".json", 0
    for number, each in enumerate(found, start=1):
        if as_list:
            file.write((b"[\n" if number == 1 else b",\n") + line(each).rstrip(b"\n"))
        else:
            file.write(line(each))
    if as_list:
        file.write(b"\n]\n" if number else b"[]\n")
    return number

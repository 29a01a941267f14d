"""The set that is refreshed: the rows of a run, or of a file with rows of our form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from groundsmith.row import DatasetRow
from knowledge.errors import RowError, UsageError

if TYPE_CHECKING:
    from groundsmith.runs import Run
    from groundsmith.workspace import Workspace

KIND = "refresh"


class Source(Protocol):
    """Rows to be refreshed, as often as they are asked for, in one order."""

    @property
    def name(self) -> str:
        """What the set is called."""
        ...

    @property
    def asked(self) -> int:
        """How many rows there should be."""
        ...

    @property
    def settings(self) -> Mapping[str, Any] | None:
        """The settings the rows were made with, None where they are not known."""
        ...

    def rows(self) -> Iterator[DatasetRow]:
        """Yield the rows."""

    def tried(self) -> set[str]:
        """Return the keys of what was asked of the author so far."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSource:
    """The kept rows of a run; `settings` are those it was made with."""

    workspace: Workspace
    run: Run

    @property
    def name(self) -> str:
        """The run's id."""
        return self.run.id

    @property
    def asked(self) -> int:
        """How many rows there should be: as many as the run has; of a refresh, as many as it was to keep up."""
        if self.run.kind == KIND:
            return self.run.asked
        return min(self.run.asked, self.workspace.runs.funnel(self.run.id).kept)

    def tried(self) -> set[str]:
        """Return the keys of what was asked of the author so far, by this run and those it goes back to."""
        known = {run.id: run for run in self.workspace.runs.all()}
        keys, run = set[str](), known.get(self.run.id)
        while run is not None:
            keys |= self.workspace.runs.keys(run.id)
            run = known.get(str(run.record.get("from")))
        return keys

    @property
    def settings(self) -> Mapping[str, Any] | None:
        """The settings on record."""
        found = self.run.record.get("settings")
        return found if isinstance(found, Mapping) else None

    def rows(self) -> Iterator[DatasetRow]:
        """Yield the kept rows in plan order."""
        return self.workspace.runs.kept(self.run.id, limit=self.run.asked)


class FileSource:
    """The rows of a file (JSON Lines, JSON, CSV, Parquet) with the columns of ours; records that are none are left out and told of.

    `problems` names them once `rows` was gone through. Raises UsageError when no record is a row of ours.
    """

    settings: Mapping[str, Any] | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.asked = sum(1 for _ in self.rows())
        if not self.asked:
            told = f" ({self.problems[0]})" if self.problems else ""
            remedy = "give a file that `groundsmith export --format jsonl` wrote"
            raise UsageError(f"{path}: holds no rows with evidence of this library's kind{told}; {remedy}")

    @property
    def name(self) -> str:
        """The file's name and a digest of its bytes."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()[:16]
        return f"{self.path.name} {digest}"

    def tried(self) -> set[str]:
        """Return nothing: a file does not tell."""
        return set()

    def rows(self) -> Iterator[DatasetRow]:
        """Yield the rows in the order of the file."""
        from groundsmith.formats import detect_file

        self.problems = []
        for record in detect_file(self.path).records():
            try:
                if record.data is None:
                    raise RowError(record.error)
                yield DatasetRow.from_json(plain(record.data))
            except RowError as error:
                self.problems.append(f"{self.path}, row {record.number}: {error}; it is left out")


def plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the columns that tables hold as JSON text as what they say."""
    read = dict(data)
    for item in fields(DatasetRow):
        value = read.get(item.name)
        if value == "" and "None" in str(item.type):
            read[item.name] = value = None
        if isinstance(value, str) and str(item.type) != "str" and not str(item.type).startswith("str "):
            try:
                read[item.name] = json.loads({"True": "true", "False": "false"}.get(value, value)) if value else None
            except ValueError:
                continue
        if read.get(item.name) is None and item.name in read and "None" not in str(item.type):
            del read[item.name]
    return read


def source_of(workspace: Workspace, run_id: str | None) -> RunSource:
    """Return the run to be refreshed: the one named, or the latest.

    Of a refresh that was not finished, it is the run that it began with; as well of one that ended short while the library is still
    the same, so that it goes on.
    """
    run = workspace.latest_run(run_id)
    known = {each.id: each for each in workspace.runs.all()}
    stamp = workspace.library.stamp()
    while run_id is None and run.kind == KIND:
        same = run.record.get("decides", {}).get("library") == stamp
        before = known.get(str(run.record.get("from")))
        if before is None or not (run.status in ("started", "stopped") or (run.status == "short" and same)):
            break
        run = before
    return RunSource(workspace=workspace, run=run)

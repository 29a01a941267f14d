"""What was found of each row of a file, kept in a temporary file until the copy and the reports are written."""

from __future__ import annotations

import json
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groundsmith.tally import topic_of

if TYPE_CHECKING:
    from groundsmith.datasets import ForeignRow
    from knowledge.errors import RowError


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One judged part of a row: `columns` are what is added to the copy."""

    row: int
    part: int
    topic: str
    question: str
    answer: str
    columns: Mapping[str, Any]


class VerdictSpool(Mapping[int, Any]):
    """The added columns of each record by its number: a list of them where a record has several parts.

    Three numbers a row are in memory, the rest on disk.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._first: dict[int, int] = {}
        self._later: dict[int, array[int]] = {}
        self._counts: Counter[str] = Counter()

    def add(self, row: ForeignRow | RowError, columns: dict[str, Any]) -> None:
        """Keep what was found of one part of a record."""
        place = self._file.seek(0, 2)
        if row.number in self._first:
            self._later.setdefault(row.number, array("q")).append(place)
        else:
            self._first[row.number] = place
        question, answer = getattr(row, "question", None), getattr(row, "answer", "")
        topic = topic_of(getattr(row, "topic", ""), columns)
        kept = [row.number, getattr(row, "part", 0), topic, question or "", answer, columns]
        self._file.write(json.dumps(kept).encode() + b"\n")
        self._counts[str(columns["groundsmith_verdict"])] += 1

    def counts(self) -> Counter[str]:
        """Return how many parts have each verdict."""
        return self._counts

    def entries(self) -> Iterator[Entry]:
        """Yield what was found, in the order of the file."""
        for number in sorted(self._first):
            yield from self._of(number)

    def _of(self, number: int) -> list[Entry]:
        places = (self._first[number], *self._later.get(number, ()))
        return sorted((self._at(place) for place in places), key=lambda entry: entry.part)

    def _at(self, place: int) -> Entry:
        self._file.seek(place)
        row, part, topic, question, answer, columns = json.loads(self._file.readline())
        return Entry(row=row, part=part, topic=topic, question=question, answer=answer, columns=columns)

    def __getitem__(self, number: int) -> Any:  # noqa: ANN401 - an object, or a list of them
        found = [entry.columns for entry in self._of(number)]
        return found[0] if len(found) == 1 else found

    def __iter__(self) -> Iterator[int]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def __enter__(self) -> VerdictSpool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

"""Which passages a search may return: by document, version, heading, date and stated metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from knowledge.errors import UsageError

if TYPE_CHECKING:
    from knowledge.entry import Entry
    from knowledge.library import Library

DATES = ("valid", "issued", "modified", "date")
"""The names under which a document may state its date: that from which it is in force before others."""
_NOTHING = "\0"
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchFilter:
    """What a passage must meet to be found; the empty filter lets every current passage through.

    `documents` are ids, or patterns (`*`, `?`) of source or title, of which one must fit. `heading` is a part of one of the
    passage's headings, in any case. `after` and `before` bound the date the document states, both inclusive, as 2024,
    2024-05 or 2024-05-31; a document that states none is left out. `metadata` are pairs of a name and a pattern. `version`
    searches the version of that number, in place of the newest, of each document that has one.
    Raises UsageError for a date or a version that is not one.
    """

    documents: tuple[str, ...] | None = None
    heading: str = ""
    after: str = ""
    before: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    version: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("after", self.after), ("before", self.before)):
            if value and not _DATE.fullmatch(value):
                raise UsageError(f"{name} {value}: is no date; write it as 2024, 2024-05 or 2024-05-31")
        if self.version is not None and self.version < 1:
            raise UsageError(f"version {self.version}: versions count from 1")

    def __bool__(self) -> bool:
        return self != SearchFilter()

    def described(self) -> dict[str, object]:
        """Return the parts that are set, for people and JSON."""
        return {name: value for name, value in asdict(self).items() if value not in ((), "", None)}

    def chosen(self, library: Library) -> list[Entry]:
        """Return the documents that may be searched, by id."""
        found = [entry for entry in library.documents() if self._is_named(entry)]
        if self.version is not None:
            kept = library.records.metadata(self.version)
            found = [entry for entry in found if entry.id in kept]
        if self.after or self.before or self.metadata:
            stated = library.records.metadata(self.version)
            found = [entry for entry in found if self._is_stated(stated.get(entry.id, ()))]
        return found

    def has_heading(self, headings: Sequence[str]) -> bool:
        """Return whether one of a passage's headings contains the heading asked for."""
        wanted = self.heading.casefold()
        return not wanted or any(wanted in heading.casefold() for heading in headings)

    def _is_named(self, entry: Entry) -> bool:
        if self.documents is None or entry.id in self.documents:
            return self.documents is None or entry.id in self.documents
        names = (entry.source.casefold(), entry.title.casefold())
        return any(fnmatchcase(name, wanted.casefold()) for wanted in self.documents for name in names)

    def _is_stated(self, metadata: Sequence[tuple[str, str]]) -> bool:
        stated = {name.casefold(): value.casefold() for name, value in metadata}
        fits = (fnmatchcase(stated.get(name.casefold(), _NOTHING), wanted.casefold()) for name, wanted in self.metadata)
        return all(fits) and _is_within(stated_date(stated), self.after, self.before)


def stated_date(metadata: Mapping[str, str]) -> str:
    """Return the date a document states, as ISO 8601 begins (2024, 2024-05, 2024-05-31), or nothing."""
    stated = (match[0] for name in DATES if (match := _DATE.match(metadata.get(name, ""))))
    return next(stated, "")


def _is_within(date: str, after: str, before: str) -> bool:
    """Return whether a date lies between two, compared to the precision that both have."""
    if not after and not before:
        return True
    late_enough = not after or date[: len(after)] >= after[: len(date)]
    early_enough = not before or date[: len(before)] <= before[: len(date)]
    return bool(date) and late_enough and early_enough

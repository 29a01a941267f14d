"""Versions of a document: which one a person means, and what changed between two."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from knowledge.change import ChangeKind, PassageChange, changes
from knowledge.errors import UsageError

if TYPE_CHECKING:
    from knowledge.document import Passage
    from knowledge.entry import Entry
    from knowledge.library import Library

_NAMED = 5
_LONGEST = 240
_EDGE = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """What changed in a document from version `first` to version `last`."""

    entry: Entry
    first: int
    last: int
    changes: tuple[PassageChange, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many passages were added, removed, altered and moved."""
        counted = Counter(change.kind for change in self.changes)
        return {str(kind): counted[kind] for kind in ChangeKind}

    def as_record(self) -> dict[str, object]:
        """Return the revision as plain data."""
        return {
            "document": self.entry.id,
            "source": self.entry.source,
            "title": self.entry.title,
            "from": self.first,
            "to": self.last,
            "counts": self.counts,
            "changes": [asdict(change) for change in self.changes],
        }


def chosen(library: Library, word: str) -> Entry:
    """Return the document of this id or source, or the only one whose source or title fits a pattern or ends so.

    Raises UsageError when there is none, or more than one.
    """
    known = library.entry(word)
    if known is not None:
        return known
    entries = library.documents(duplicates=True)
    exact = [entry for entry in entries if word == entry.source]
    low = word.casefold()
    loose = [
        entry
        for entry in entries
        if entry.source.casefold().endswith(f"/{low}")
        or any(fnmatchcase(name.casefold(), low) for name in (entry.source, entry.title))
    ]
    found = exact or loose
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"{word}: no such document in the library; name it by its id or its source")
    names = ", ".join(entry.source for entry in found[:_NAMED])
    raise UsageError(f"{word}: fits {len(found)} documents ({names}{', …' if len(found) > _NAMED else ''}); name one")


def revision(library: Library, word: str, *, first: int | None = None, last: int | None = None) -> Revision:
    """Return what changed in a document: by default from the last version with another text to the newest.

    Raises UsageError when the document or a version is not there, or there is only one.
    """
    entry = chosen(library, word)
    kept = library.versions(entry.id)
    last = entry.version if last is None else last
    first = _before(library, entry.id, last, kept) if first is None else first
    if first is None:
        raise UsageError(f"{entry.source}: there is no version of it before version {last}")
    for number in (first, last):
        if number not in kept:
            raise UsageError(f"{entry.source}: no version {number}; kept are {', '.join(map(str, kept))}")
    was, now = (list(library.passages(entry.id, version=number)) for number in (first, last))
    return Revision(entry=entry, first=first, last=last, changes=tuple(changes(was, now)))


def _before(library: Library, document_id: str, last: int, kept: list[int]) -> int | None:
    """Return the newest version before `last` with another text, else the one before; None when there is none."""
    older = [number for number in kept if number < last]
    if not older or last not in kept:
        return older[-1] if older else None
    text = library.document(document_id, last).digest
    other = (number for number in reversed(older) if library.document(document_id, number).digest != text)
    return next(other, older[-1])


def as_text(change: PassageChange) -> str:
    """Return a change as lines for a person: what is gone in [-…-], what has come in {+…+}."""
    passage = change.after or change.before
    if passage is None:
        return ""
    lines = [f"{change.kind:8} {_place(passage)}"]
    if change.kind == ChangeKind.ALTERED:
        shown = {"-": "[-{}-]", "+": "{{+{}+}}", "=": "{}"}
        words = (
            shown[each.mark].format(_shortened(each.text) if each.mark == "=" else each.text) for each in change.words
        )
        lines.append(" ".join("".join(words).split()))
    elif change.kind == ChangeKind.MOVED and change.before and change.after:
        lines.append(f"from {_place(change.before)}")
    else:
        lines.append(" ".join(passage.text.split())[:_LONGEST])
    return "\n         ".join(lines) + "\n"


def _place(passage: Passage) -> str:
    page = f", page {passage.page}" if passage.page else ""
    return " > ".join(dict.fromkeys((passage.title, *passage.headings))) + page


def _shortened(text: str) -> str:
    """Return a run that did not change with its middle left out."""
    return text if len(text) <= 2 * _EDGE + 10 else f"{text[:_EDGE]} … {text[-_EDGE:]}"

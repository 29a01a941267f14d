"""`Outline`: under which numbers the passages of one document are found, and at which marks of its lists their lines stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.document import Block, BlockKind, Passage
from knowledge.lead import mark_paths
from knowledge.reference import line_keys, own_keys

Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of a passage: where it starts in the passage's text, its section's key, and its marks, ("c", "1")."""

    start: int
    key: str
    path: Path


class Outline:
    """The numbers and marks of a document's passages, which are given in order."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.first = passages[0].id if passages else ""
        self.headed: dict[str, str] = {}
        self._numbered: dict[str, str] = {}
        self._marked: dict[tuple[str, Path], str] = {}
        self._lines: dict[str, list[Line]] = {}
        self._read(passages)

    @property
    def keys(self) -> set[str]:
        """The keys that something in the document goes by."""
        return self.headed.keys() | self._numbered.keys()

    def find(self, key: str, below: Path = ()) -> tuple[str, bool] | None:
        """Return the id of the passage at a key and its marks, and whether the marks were found too; None for no such key."""
        section = self.headed.get(key) or self._numbered.get(key)
        if section is None:
            return None
        for length in range(len(below), 0, -1):
            if found := self._marked.get((key, below[:length])):
                return found, length == len(below)
        return section, not below

    def near(self, passage_id: str, position: int, below: Path, *, depth: int) -> tuple[str, bool] | None:
        """Return the passage at marks of the section that a place in a passage belongs to; the first mark is at `depth`."""
        lines = self._lines.get(passage_id)
        if not lines:
            return None
        line = lines[max(0, bisect_right([each.start for each in lines], position) - 1)]
        path = (*line.path[: depth - 1], *below)
        if len(path) < depth - 1 + len(below):
            return None
        found = self._marked.get((line.key, path))
        return (found, True) if found else None

    def _read(self, passages: Sequence[Passage]) -> None:
        key, under = "", tuple[str, ...]()
        section: list[tuple[Passage, list[int]]] = []
        for passage in passages:
            if passage.headings != under or not section:
                self._mark(section, key)
                section, under = [], passage.headings
                key = self._enter(passage)
            section.append((passage, _starts(passage.text)))
        self._mark(section, key)

    def _enter(self, passage: Passage) -> str:
        """Note the keys of a passage's headings; return that of the innermost, or of the title."""
        inner = ""
        for name in (passage.title, *passage.headings):
            for key in own_keys(name):
                self.headed.setdefault(key, passage.id)
                inner = key
        return inner

    def _mark(self, section: Sequence[tuple[Passage, list[int]]], key: str) -> None:
        """Note the lines of one section: which number each stands under, and at which marks."""
        text = "\n".join(passage.text for passage, _ in section)
        blocks: list[Block] = []
        owners: list[tuple[Passage, int]] = []
        offset = 0
        for passage, starts in section:
            for start, end in zip(starts, [*starts[1:], len(passage.text) + 1], strict=True):
                blocks.append(Block(kind=BlockKind.PARAGRAPH, start=offset + start, end=offset + end - 1))
                owners.append((passage, start))
            offset += len(passage.text) + 1
        paths = mark_paths(text, blocks)
        for block, (passage, start), path in zip(blocks, owners, paths, strict=True):
            line = text[block.start : block.end]
            for own in line_keys(line):
                self._numbered.setdefault(own, passage.id)
                key = own if not own.startswith(("table", "figure", "paragraph")) else key
            self._lines.setdefault(passage.id, []).append(Line(start=start, key=key, path=path))
            for length in range(1, len(path) + 1):
                self._marked.setdefault((key, path[:length]), passage.id)


def _starts(text: str) -> list[int]:
    """Return where the lines of a text that are not empty start."""
    starts, place = [], 0
    for line in text.split("\n"):
        if line.strip():
            starts.append(place)
        place += len(line) + 1
    return starts or [0]

"""`Writer`: loaders append blocks to it, and it makes the `Document` with exact positions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from knowledge.document import Anchor, Block, BlockKind, Document, Link
from knowledge.load.place import NONE, Marks, offsets
from knowledge.sanitise import clean, concealed, injection_flags, sensitive_kinds
from knowledge.speech import foreign_share, language_of
from knowledge.stated import stated

_FOREIGN: Final = 0.15
"""Share of sentences in another language from which a person is warned."""
MOST_LINKS: Final = 20_000
"""Links, and anchors, that are kept of one document."""


class Writer:
    """Collects blocks in reading order; the heading path of each is kept by the writer."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._warnings: dict[str, None] = {}
        self._concealed: Counter[str] = Counter()
        self._fields: list[tuple[str, object]] = []
        self._links: list[Link] = []
        self._anchors: dict[str, tuple[int, int]] = {}
        self._waiting: list[str] = []
        self.address = ""

    def warn(self, warning: str) -> None:
        """Note something a person should know, once."""
        self._warnings[warning] = None

    def note(self, name: str, content: object) -> None:
        """Note a field by which the file describes itself, "DC.date" say; see `knowledge.stated` for those that are kept."""
        self._fields.append((name, clean(content) if isinstance(content, str) else content))

    def heading(self, text: str, level: int, *, page: int | None = None, marks: Marks = NONE) -> None:
        """Add a heading of level 1 to 6; it ends deeper headings."""
        words = " ".join(self._clean(text).split())
        if not words:
            self._wait(marks)
            return
        level = min(max(level, 1), 6)
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._add(words, BlockKind.HEADING, level, page, marks)
        self._path.append((level, words))

    def block(
        self,
        text: str,
        kind: BlockKind = BlockKind.PARAGRAPH,
        *,
        level: int = 0,
        page: int | None = None,
        marks: Marks = NONE,
    ) -> None:
        """Add a block of text; empty ones are left out, their anchors name the next. Line breaks are kept in code only."""
        cleaned = self._clean(text)
        words = cleaned.strip("\n") if kind == BlockKind.CODE else " ".join(cleaned.split())
        if words.strip():
            self._add(words, kind, level, page, marks)
        else:
            self._wait(marks)

    def inspect(self, *texts: str) -> None:
        """Count what texts conceal that are cleaned before they are written."""
        for text in texts:
            if not text.isascii():
                self._concealed.update(concealed(text))

    def _clean(self, text: str) -> str:
        self.inspect(text)
        return clean(text)

    def _wait(self, marks: Marks) -> None:
        """Keep the anchors of what has no words for the next block."""
        self._waiting += [name for name, _ in marks.names][: MOST_LINKS - len(self._waiting)]

    def _add(self, text: str, kind: BlockKind, level: int, page: int | None, marks: Marks) -> None:
        together = self._blocks and kind == self._blocks[-1].kind and kind in (BlockKind.ITEM, BlockKind.ROW)
        gap = "" if not self._parts else "\n" if together else "\n\n"
        start = self._length + len(gap)
        self._parts.append(gap + text)
        self._length = start + len(text)
        headings = tuple(heading for _, heading in self._path)
        self._blocks.append(Block(kind=kind, start=start, end=self._length, level=level, page=page, headings=headings))
        if marks.links or marks.names or self._waiting:
            self._mark(text, start, marks)

    def _mark(self, text: str, start: int, marks: Marks) -> None:
        """Note where the links and anchors of the last block stand: in all of it, where cleaning blurs that."""
        total = len("".join(text.split()))
        counts = [count for _, first, last in marks.links for count in (first, last - 1)]
        places = offsets(text, counts) if marks.solid == total else {}
        for target, first, last in marks.links:
            begin, end = places.get(first, 0), places.get(last - 1, len(text) - 1) + 1
            self._links.append(Link(start=start + begin, end=start + end, target=target))
        number = len(self._blocks) - 1
        here = [name for name, count in marks.names if count < total]
        for name in (*self._waiting, *here):
            self._anchors.setdefault(name, (number, start))
        self._waiting = [name for name, count in marks.names if count >= total]
        self._bound()

    def _bound(self) -> None:
        if len(self._links) > MOST_LINKS or len(self._anchors) > MOST_LINKS:
            self.warn(f"links: there are more than {MOST_LINKS:,} links or anchors; the rest are not followed")
            del self._links[MOST_LINKS:]
            while len(self._anchors) > MOST_LINKS:
                self._anchors.popitem()

    def _named(self) -> tuple[Anchor, ...]:
        """Return the anchors, each with the stretch it names."""
        ends = _reaches(self._blocks, self._length)
        return tuple(
            Anchor(name=name, start=start, end=ends[number]) for name, (number, start) in self._anchors.items()
        )

    @property
    def has_body(self) -> bool:
        """Return whether there is any block but headings."""
        return any(block.kind != BlockKind.HEADING for block in self._blocks)

    def first_heading(self, among: int | None = None) -> str | None:
        """Return the text of the first heading among so many blocks, or of all, if any."""
        blocks = zip(self._blocks[:among], self._parts[:among], strict=True)
        return next((part.strip() for block, part in blocks if block.kind == BlockKind.HEADING), None)

    def document(self, *, source: str, media_type: str, title: str | None = None) -> Document:
        """Return the document; text without a body, in a foreign language, or instruction-like is warned of."""
        text = "".join(self._parts)
        language = language_of(text)
        if not self.has_body:
            self.warn("empty: there are headings but no text" if self._blocks else "empty: there is no text")
        self._warn_of_language(text, language)
        self._warn_of_concealed()
        if kinds := sensitive_kinds(text):
            self.warn(f"sensitive: there seems to be {', '.join(kinds)} in the text; check before use")
        for flag in injection_flags(text):
            self.warn(f"injection: text that instructs a model, kept as data: {flag}")
        stem = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        return Document(
            source=source,
            title=" ".join((title or self.first_heading() or stem).split())[:200],
            text=text,
            media_type=media_type,
            blocks=tuple(self._blocks),
            language=language,
            warnings=tuple(self._warnings),
            metadata=stated(self._fields, text),
            links=tuple(self._links),
            anchors=self._named() if self._anchors else (),
            address=self.address,
        )

    def _warn_of_language(self, text: str, language: str) -> None:
        if language != "en":
            if len(text) > 15:
                self.warn(f"language: the text looks like {language}; the built-in models read English")
            return
        share, other = foreign_share(text)
        if share >= _FOREIGN:
            self.warn(f"language: {share:.0%} of the text looks like {other}; the built-in models read English")

    def _warn_of_concealed(self) -> None:
        if count := self._concealed["invisible"]:
            self.warn(f"hidden-text: {count} invisible characters were left out")
        if count := self._concealed["mixed"]:
            self.warn(f"homoglyph: {count} words mix alphabets; letters that look Latin were read as Latin")


def _reaches(blocks: Sequence[Block], length: int) -> list[int]:
    """Return where each block ends; a heading ends before the next of its level or above."""
    ends = [block.end for block in blocks]
    opened: list[int] = []
    for number, block in enumerate(blocks):
        if block.kind == BlockKind.HEADING:
            while opened and blocks[opened[-1]].level >= block.level:
                ends[opened.pop()] = block.start
            opened.append(number)
    for number in opened:
        ends[number] = length
    return ends

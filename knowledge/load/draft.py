"""`Writer`: loaders append blocks to it, and it makes the `Document` with exact positions."""

from __future__ import annotations

from knowledge.document import Block, BlockKind, Document
from knowledge.sanitise import clean, injection_flags
from knowledge.speech import language_of


class Writer:
    """Collects blocks in reading order; the heading path of each is kept by the writer."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._warnings: dict[str, None] = {}

    def warn(self, warning: str) -> None:
        """Note something a person should know, once."""
        self._warnings[warning] = None

    def heading(self, text: str, level: int, *, page: int | None = None) -> None:
        """Add a heading of level 1 to 6; it ends deeper headings."""
        words = " ".join(clean(text).split())
        if not words:
            return
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._add(words, BlockKind.HEADING, level, page)
        self._path.append((level, words))

    def block(
        self, text: str, kind: BlockKind = BlockKind.PARAGRAPH, *, level: int = 0, page: int | None = None
    ) -> None:
        """Add a block of text; empty ones are left out. Line breaks are kept in code only."""
        cleaned = clean(text)
        words = cleaned.strip("\n") if kind == BlockKind.CODE else " ".join(cleaned.split())
        if words.strip():
            self._add(words, kind, level, page)

    def _add(self, text: str, kind: BlockKind, level: int, page: int | None) -> None:
        together = self._blocks and kind == self._blocks[-1].kind and kind in (BlockKind.ITEM, BlockKind.ROW)
        gap = "" if not self._parts else "\n" if together else "\n\n"
        start = self._length + len(gap)
        self._parts.append(gap + text)
        self._length = start + len(text)
        headings = tuple(heading for _, heading in self._path)
        self._blocks.append(Block(kind=kind, start=start, end=self._length, level=level, page=page, headings=headings))

    @property
    def has_body(self) -> bool:
        """Return whether there is any block but headings."""
        return any(block.kind != BlockKind.HEADING for block in self._blocks)

    def first_heading(self) -> str | None:
        """Return the text of the first heading, if any."""
        for block, part in zip(self._blocks, self._parts, strict=True):
            if block.kind == BlockKind.HEADING:
                return part.strip()
        return None

    def document(self, *, source: str, media_type: str, title: str | None = None) -> Document:
        """Return the document; text without a body, in a foreign language, or instruction-like is warned of."""
        text = "".join(self._parts)
        language = language_of(text)
        if not self.has_body:
            self.warn("empty: there are headings but no text" if self._blocks else "empty: there is no text")
        if language != "en" and len(text) > 40:
            self.warn(f"language: the text looks like {language}; the built-in models read English")
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
        )

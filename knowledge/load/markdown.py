"""Markdown to blocks, by markdown-it; front matter, Jekyll and Kramdown markup are taken out first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from knowledge.document import BlockKind, Document
from knowledge.load.draft import Writer
from knowledge.load.table import row_text

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT: Final = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_MARKUP: Final = re.compile(r"<!--.*?(?:-->|\Z)|\{%.*?%\}|\{\{.*?\}\}|\{:[^}\n]*\}", re.DOTALL)
_FOOTNOTE: Final = re.compile(r"^\[\^([^\]]+)\]:[ \t]+(.+(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_REFERENCE: Final = re.compile(r"\[\^([^\]]+)\]")
_TAG: Final = re.compile(r"<[^>]*>")
_BREAK: Final = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)


def load(text: str, *, source: str) -> Document:
    """Return the document in Markdown `text`."""
    writer = Writer()
    title = None
    front = _FRONT.match(text)
    if front:
        title = _title(front[1], writer)
        text = text[front.end() :]
    elif text.lstrip("\ufeff").startswith("---\n"):
        writer.warn("front-matter: it is never closed; read as text")
        text = text.lstrip("\ufeff")[4:]
    if "<!--" in text and _hides_instructions(text):
        writer.warn("injection: a comment that instructs a model was left out")
    body = _with_footnotes(_MARKUP.sub("", text))
    _Reader(writer).read(_parse(body))
    return writer.document(source=source, media_type="text/markdown", title=title)


def _hides_instructions(text: str) -> bool:
    from knowledge.sanitise import injection_flags

    return any(injection_flags(found[0]) for found in _MARKUP.finditer(text))


def _title(front: str, writer: Writer) -> str | None:
    import yaml

    try:
        data = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError) as error:
        writer.warn(f"front-matter: it is not valid YAML ({type(error).__name__}); left out")
        return None
    title = data.get("title") if isinstance(data, dict) else None
    return str(title) if title else None


def _with_footnotes(text: str) -> str:
    """Put each footnote's text where it is referred to, in brackets."""
    notes = {name: " ".join(note.split()) for name, note in _FOOTNOTE.findall(text)}
    if not notes:
        return text
    without = _FOOTNOTE.sub("", text)
    return _REFERENCE.sub(lambda found: f" ({notes[found[1]]})" if found[1] in notes else found[0], without)


def _parse(text: str) -> Sequence[Token]:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": 40}).enable("table").parse(text)


class _Reader:
    """Walks the tokens and writes blocks."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._depth = 0
        self._head: list[str] = []
        self._row: list[str] | None = None
        self._in_head = False
        self._quote = 0

    def read(self, tokens: Iterable[Token]) -> None:
        """Write the blocks of all tokens."""
        for token in tokens:
            handler = getattr(self, f"_on_{token.type}", None)
            if handler:
                handler(token)

    def _on_heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1])

    def _on_heading_close(self, token: Token) -> None:
        self._heading = 0

    _heading = 0

    def _on_inline(self, token: Token) -> None:
        text = plain(token)
        if self._heading:
            self._writer.heading(text, self._heading)
        elif self._row is not None:
            self._row.append(text)
        elif self._depth:
            self._writer.block(text, BlockKind.ITEM, level=self._depth)
        else:
            self._writer.block(text, BlockKind.QUOTE if self._quote else BlockKind.PARAGRAPH)

    def _on_bullet_list_open(self, token: Token) -> None:
        self._depth += 1

    def _on_bullet_list_close(self, token: Token) -> None:
        self._depth -= 1

    _on_ordered_list_open = _on_bullet_list_open
    _on_ordered_list_close = _on_bullet_list_close

    def _on_blockquote_open(self, token: Token) -> None:
        self._quote += 1

    def _on_blockquote_close(self, token: Token) -> None:
        self._quote -= 1

    def _on_fence(self, token: Token) -> None:
        self._writer.block(token.content, BlockKind.CODE)

    _on_code_block = _on_fence

    def _on_html_block(self, token: Token) -> None:
        from knowledge.load.html import visible_text

        for line in visible_text(token.content):
            self._writer.block(line)

    def _on_thead_open(self, token: Token) -> None:
        self._in_head = True

    def _on_thead_close(self, token: Token) -> None:
        self._in_head = False

    def _on_tr_open(self, token: Token) -> None:
        self._row = []

    def _on_tr_close(self, token: Token) -> None:
        row, self._row = self._row or [], None
        if self._in_head:
            self._head = row
        else:
            self._writer.block(row_text(self._head, row), BlockKind.ROW)


def plain(token: Token) -> str:
    """Return the words of an inline token, markup resolved."""
    parts = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(child.content)
        elif child.type == "html_inline" and _BREAK.match(child.content):
            parts.append(" ")
    return _TAG.sub("", "".join(parts)) if "<" in "".join(parts) and "</" in "".join(parts) else "".join(parts)

"""Markdown to blocks, by markdown-it; front matter, Jekyll, Kramdown and Pandoc markup are taken out first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from knowledge.document import BlockKind, Document
from knowledge.load.draft import Writer
from knowledge.load.html_hidden import SKIP, hides
from knowledge.load.markdown_source import names_in, prepared
from knowledge.load.place import Marks, Places, offsets
from knowledge.load.table import Row, write_table
from knowledge.sanitise import clean, injection_flags

if TYPE_CHECKING:
    from markdown_it.token import Token

_HEADING: Final = re.compile(r"^#{1,6} \S[^\n]{0,150}\r?\n[ \t]*\r?$", re.M)
_FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_OPEN_FRONT: Final = re.compile(r"\A---[ \t]*\n(?:(?:[\w-]+:|[ \t]+|- |\#).*\n)+")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAK: Final = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)
_OPENING: Final = re.compile(r"<([a-z][a-z0-9]*)\b([^>]*)>", re.IGNORECASE)
_STYLE: Final = re.compile(r"style\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"(?:^|\s)hidden(?:\s|=|$)|aria-hidden\s*=\s*[\"']?true", re.IGNORECASE)
_BOX: Final = re.compile(r"^\s*\[[ xX]\]\s+")
_CONTENTS: Final = re.compile(r"^\s*\[?(?:TOC|toc)\]?\s*$")
_BROKEN_LINK: Final = re.compile(
    r"\[?\[([^\[\]]{1,200})\]\]?\((?:https?:|#|\.{0,2}/|[\w.-]{1,80}\.(?:html?|md))[^()\n]{0,300}\)"
)
_ANCHOR: Final = re.compile(
    r"<\w+\s[^<>]{0,200}?\b(?:id|name)\s*=\s*(?:\"([^\"]{1,300})\"|'([^']{1,300})')", re.IGNORECASE
)
_VOID: Final = frozenset("area base br col hr img input link meta wbr".split())
DEEPEST: Final = 40


def load(text: str, *, source: str) -> Document:
    """Return the document in Markdown `text`."""
    writer = Writer()
    title = write_markdown(text, writer)
    return writer.document(source=source, media_type="text/markdown", title=title)


def write_markdown(text: str, writer: Writer) -> str | None:
    """Write the blocks of Markdown to a document that has begun; return the title its front matter gives."""
    body, title = _without_front(text.lstrip("\ufeff"), writer)
    _Reader(writer).read(_parse(prepared(_without_comments(body, writer))))
    return title


def looks_like_markdown(text: str) -> bool:
    """Return whether text has headings as Markdown writes them, two at least, each with an empty line after it."""
    return len(_HEADING.findall(text[:20_000])) >= 2


def _without_front(text: str, writer: Writer) -> tuple[str, str | None]:
    """Return the text after the front matter, and the title given there."""
    front = _FRONT.match(text)
    if front and _is_front(front[1]):
        return text[front.end() :], _title(front[1], writer)
    begun = _OPEN_FRONT.match(text)
    if begun and not front:
        writer.warn("front-matter: it is never closed; its lines were left out, the rest was read")
        return text[begun.end() :], None
    return text, None


def _is_front(front: str) -> bool:
    """Return whether the text between two rules is front matter: its first line is a key, or there is nothing."""
    return not front.strip() or bool(re.match(r"\s*(?:#.*\n\s*)*[\w.\"'-]+\s*:", front))


def _title(front: str, writer: Writer) -> str | None:
    import yaml

    try:
        data = yaml.safe_load(front) if "&" not in front or len(front) < 10_000 else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        writer.warn(f"front-matter: it is not valid YAML ({type(error).__name__}); left out")
        found = re.search(r"^title\s*:\s*[\"']?(.+?)[\"']?\s*$", front, re.MULTILINE)
        return found[1] if found else None
    for name, content in data.items() if isinstance(data, dict) else ():
        writer.note(str(name), content)
    title = data.get("title") if isinstance(data, dict) else None
    return str(title) if isinstance(title, str | int | float) and str(title).strip() else None


def _without_comments(text: str, writer: Writer) -> str:
    if "<!--" not in text:
        return text
    if any(injection_flags(found[0]) for found in _COMMENT.finditer(text)):
        writer.warn("injection: a comment that instructs a model was left out")
    if text.rfind("<!--") > text.rfind("-->"):
        writer.warn("hidden-text: a comment is never closed; all after it was left out")
    return _COMMENT.sub("", text)


def _parse(text: str) -> Sequence[Token]:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable("table").parse(text)


class _Reader:
    """Walks the tokens and writes blocks."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._depth = 0
        self._quote = 0
        self._heading = 0
        self._cells: list[str] | None = None
        self._cell_links: list[tuple[str, str, str]] = []
        self._cell_names: list[str] = []
        self._rows: list[Row] = []
        self._in_head = False
        self._hidden_in = ""
        self._hidden = 0

    def read(self, tokens: Iterable[Token]) -> None:
        """Write the blocks of all tokens."""
        for token in tokens:
            handler = getattr(self, f"_on_{token.type}", None)
            if handler:
                handler(token)
        if self._hidden:
            self._writer.warn(f"hidden-text: {self._hidden} hidden passages were left out")

    def _on_heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1])

    def _on_heading_close(self, token: Token) -> None:
        self._heading = 0

    def _on_inline(self, token: Token) -> None:
        text, hidden, places = plain(token)
        self._hidden += hidden
        if self._hidden_in:
            self._hidden += bool(text.strip())
        elif self._heading:
            named = [*_named(token), (slug_of(text), 0)]
            self._writer.heading(text, self._heading, marks=replace(places, names=tuple(named)))
        elif self._cells is not None:
            self._cells.append(text)
            self._cell_links += _worded(text, places)
            self._cell_names += (name for name, _ in _named(token))
        elif not _CONTENTS.match(text):
            usual = BlockKind.QUOTE if self._quote else BlockKind.PARAGRAPH
            kind, words = (BlockKind.ITEM, _BOX.sub("", text)) if self._depth else (usual, text)
            marks = replace(places, names=tuple(_named(token)))
            self._writer.block(words, kind, level=self._depth, marks=marks)

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
        if not self._hidden_in:
            self._writer.block(token.content, BlockKind.CODE)

    _on_code_block = _on_fence

    def _on_html_block(self, token: Token) -> None:
        """Read HTML as HTML; an element that hides and is not closed here hides what follows up to its end."""
        from knowledge.load.html import read_fragment

        if self._hidden_in:
            if re.search(rf"</{self._hidden_in}\s*>", token.content, re.IGNORECASE):
                self._hidden_in = ""
            return
        opened = _open_hidden(token.content)
        if opened:
            self._hidden_in = opened
            self._hidden += 1
        else:
            self._hidden += read_fragment(token.content, self._writer)

    def _on_table_open(self, token: Token) -> None:
        self._rows = []

    def _on_table_close(self, token: Token) -> None:
        if not self._hidden_in:
            write_table(self._writer, self._rows)

    def _on_thead_open(self, token: Token) -> None:
        self._in_head = True

    def _on_thead_close(self, token: Token) -> None:
        self._in_head = False

    def _on_tr_open(self, token: Token) -> None:
        self._cells = []

    def _on_tr_close(self, token: Token) -> None:
        cells, self._cells = tuple(self._cells or ()), None
        named = not self._in_head and bool(self._rows) and any(cell.strip() for cell in self._rows[0].cells)
        is_head = True if self._in_head else False if named else None
        links, self._cell_links = tuple(self._cell_links), []
        names, self._cell_names = tuple(self._cell_names), []
        self._rows.append(Row(cells=cells, is_head=is_head, links=links, names=names))


def _open_hidden(fragment: str) -> str:
    """Return the tag of a hiding element that a fragment opens and does not close, "" for none."""
    for found in _OPENING.finditer(fragment):
        tag = found[1].lower()
        if _is_hiding(tag, found[2]) and not re.search(rf"</{tag}\s*>", fragment[found.end() :], re.IGNORECASE):
            return tag
    return ""


def _is_hiding(tag: str, attributes: str) -> bool:
    style = _STYLE.search(attributes)
    return tag in SKIP or bool(_HIDDEN.search(attributes)) or bool(style and hides(style[1] or style[2] or ""))


def slug_of(heading: str) -> str:
    """Return the anchor by which a heading goes that has none of its own: small letters, hyphens for spaces, no other signs."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def _named(token: Token) -> Iterator[tuple[str, int]]:
    """Yield the anchors of an inline token; each names the block from its beginning."""
    for name in names_in(token.content):
        yield name, 0
    for child in token.children or []:
        if child.type == "html_inline" and (found := _ANCHOR.search(child.content)):
            yield found[1] or found[2], 0


def _worded(text: str, places: Marks) -> Iterator[tuple[str, str, str]]:
    """Yield the text of a cell, the words of each link in it, and its target."""
    words = clean(text)
    found = offsets(words, (count for _, first, last in places.links for count in (first, last - 1)))
    for target, first, last in places.links:
        if first in found and last - 1 in found:
            yield text, words[found[first] : found[last - 1] + 1], target


def plain(token: Token) -> tuple[str, int, Marks]:
    """Return the words of an inline token, markup resolved, how many hidden stretches were left out, and where links stand."""
    parts: list[str] = []
    places = Places()
    hidden_in, depth, hidden = "", 0, 0
    for child in token.children or []:
        if child.type == "html_inline":
            tag = _OPENING.match(child.content)
            name = tag[1].lower() if tag else child.content.strip("</> ").lower()
            if hidden_in:
                depth += (1 if tag else -1) if name == hidden_in else 0
                hidden_in = hidden_in if depth else ""
            elif tag and name not in _VOID and _is_hiding(name, tag[2]):
                hidden_in, depth, hidden = name, 1, hidden + 1
            elif _BREAK.match(child.content):
                parts.append(" ")
        elif hidden_in:
            continue
        elif child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
        elif child.type == "link_open":
            places.begin_link(str(child.attrs.get("href") or ""), parts)
        elif child.type == "link_close":
            places.end_link(parts)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    words = "".join(parts)
    if "](" in words or "**" in words:
        words = _BROKEN_LINK.sub(r"\1", words).replace("**", "")
    return words, hidden, places.take(parts)

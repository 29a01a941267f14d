"""HTML to blocks: what a reader sees of the main part of a page; menus, scripts and hidden elements are left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from knowledge.document import BlockKind, Document
from knowledge.load.draft import Writer
from knowledge.load.html_hidden import SKIP, Sight
from knowledge.load.html_table import rows_of
from knowledge.load.place import NONE, Marks, Places, solid, target_of
from knowledge.load.table import write_table

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_BLOCKS: Final = frozenset(
    "address article blockquote body caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hgroup hr html legend li main ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_SUBSET: Final = re.compile(r"<!doctype[^>\[]{0,500}\[(.{0,100000}?)\]\s*>", re.IGNORECASE | re.DOTALL)
_ENTITY: Final = re.compile(r"<!ENTITY\s+(\w+)", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_NOTE_MARK: Final = re.compile(r"^\s*\[?[\d*†‡]{1,3}\]?\s*$")
_LEAST_WORDS: Final = 5
_LINKS: Final = 6


def load(text: str, *, source: str) -> Document:
    """Return the document in HTML `text`."""
    writer = Writer()
    root, is_deep = _parse(_without_entities(text, writer))
    title = None
    if root is not None:
        _note_meta(root, writer)
        heads = root.xpath("//head/title/text()") or root.xpath("//h1//text()")
        title = " ".join(" ".join(heads[:3]).split()) or None
        if is_deep:
            writer.warn("structure: nested too deeply to be a page; read as plain text, one block a stretch of text")
            _read_flat(text, writer)
        else:
            _read(root, writer)
    return writer.document(source=source, media_type="text/html", title=writer.first_heading() or title)


def _note_meta(root: Element, writer: Writer) -> None:
    """Note what the page's head states of it."""
    for meta in root.xpath("//head//meta[@content]"):
        writer.note(meta.get("name") or meta.get("property") or meta.get("itemprop") or "", meta.get("content"))
    for link in root.xpath("//link[@rel='license' and @href] | //a[@rel='license' and @href]"):
        writer.note("licence", link.get("href"))
    for stated in root.xpath("//head//link[@rel='canonical']/@href | //head//meta[@property='og:url']/@content")[:4]:
        writer.address = writer.address or target_of(str(stated)) or ""
    writer.note("language", root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "")


def read_page(text: str, writer: Writer) -> None:
    """Write the main part of a page, a chapter of a book say, to a document that has begun."""
    root, is_deep = _parse(_without_entities(text, writer))
    if is_deep:
        _read_flat(text, writer)
    elif root is not None:
        _read(root, writer)


def read_fragment(fragment: str, writer: Writer) -> int:
    """Write the visible blocks of a piece of HTML; return how many hidden elements were left out."""
    root, _ = _parse(f"<div>{fragment}</div>")
    if root is None:
        return 0
    sight = Sight(root)
    _Reader(writer, sight).read(root)
    return sight.hidden


def _read(root: Element, writer: Writer) -> None:
    sight = Sight(root)
    reader = _Reader(writer, sight)
    for part in _main_parts(root):
        reader.read(part)
    if sight.hidden:
        writer.warn(f"hidden-text: {sight.hidden} hidden elements were left out")
    if sight.struck:
        writer.warn(f"struck-out: {sight.struck} passages that are struck out were left out")


def _without_entities(text: str, writer: Writer) -> str:
    """Leave out a document type's own declarations, and what refers to them: entities are never expanded."""
    subset = _SUBSET.search(text[:200_000])
    if not subset:
        return text
    body = text[: subset.start()] + text[subset.end() :]
    names = sorted(set(_ENTITY.findall(subset[1])))
    if names:
        writer.warn(f"entity: declared entities are not expanded: {', '.join(names[:5])}")
        body = re.sub(rf"&(?:{'|'.join(names)});", " ", body)
    return body


def _read_flat(text: str, writer: Writer) -> None:
    """Read a page nested deeper than the parser goes, one block a stretch of text."""
    from bs4 import BeautifulSoup

    for string in BeautifulSoup(text, "html.parser").find_all(string=True):
        parent = string.parent.name if string.parent else ""
        if type(string).__name__ == "NavigableString" and parent not in SKIP and parent != "title":
            writer.block(str(string))


def _parse(text: str) -> tuple[Element | None, bool]:
    """Return the page's root, None for nothing to read, and whether it is nested deeper than the parser goes."""
    from lxml import etree

    encoded = _DECLARATION.sub("", text).replace("\x00", "").encode("utf-8", "replace")
    if not encoded.strip():
        return None, False
    parser = etree.HTMLParser(
        no_network=True, recover=True, huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        root: Element | None = etree.fromstring(encoded, parser)
    except etree.XMLSyntaxError:
        root = None
    return root, any("depth" in error.message.lower() for error in parser.error_log)


def _main_parts(root: Element) -> list[Element]:
    """Return the elements that hold the page's own text: main, else articles, else all, as text may follow the body."""
    for query in ("//main | //*[@role='main']", "//article"):
        found = _outermost(root.xpath(query))
        if sum(_words(each) for each in found) >= _LEAST_WORDS:
            articles = [article for each in found for article in each.iter("article") if article is not each]
            return articles if len(articles) == 1 and _words(articles[0]) >= 4 * _LEAST_WORDS else found
    return [root]


def _outermost(elements: list[Element]) -> list[Element]:
    known = set(elements)
    return [each for each in elements if not any(above in known for above in each.iterancestors())]


def _words(element: Element) -> int:
    return len(" ".join(element.itertext()).split())


class _Reader:
    """Walks the tree without recursion and writes blocks as it meets the ends of block elements."""

    def __init__(self, writer: Writer, sight: Sight) -> None:
        self._writer, self._sight = writer, sight
        self._words: list[str] = []
        self._places = Places()
        self._term_marks = NONE
        self._depth = 0
        self._items = 0
        self._quotes = 0
        self._term = ""

    def read(self, root: Element) -> None:
        """Write the blocks under `root`."""
        stack: list[tuple[str, Any]] = [("open", root)]
        while stack:
            action, element = stack.pop()
            if action == "close":
                self._close(element)
            elif action == "text":
                self._words.append(element)
            else:
                self._open(element, stack, root)
        self._flush()

    def _open(self, element: Element, stack: list[tuple[str, Any]], root: Element) -> None:
        if element is not root:
            if element.tail:
                stack.append(("text", element.tail))
            if self._sight.skips(element) or _is_note_mark(element) or (element.tag == "ul" and _is_link_list(element)):
                self._words.append("" if element.tag == "sup" else " ")
                return
        tag = element.tag
        if tag == "br":
            self._break()
        elif tag == "table" and (rows := rows_of(element, self._sight)):
            self._flush()
            self._note(element)
            self._flush()
            for caption in element.iterchildren("caption"):
                self._writer.block("".join(caption.itertext()))
            write_table(self._writer, rows)
        else:
            self._begin(tag)
            self._note(element)
            stack.append(("close", element))
            stack.extend(("open", child) for child in reversed(element))
            if element.text:
                stack.append(("text", element.text))

    def _note(self, element: Element) -> None:
        """Note an element's id, and a link that begins."""
        if (name := element.get("id")) or (element.tag == "a" and (name := element.get("name"))):
            self._places.name(name, self._words)
        if element.tag == "a" and (href := element.get("href")):
            self._places.begin_link(href, self._words)

    def _break(self) -> None:
        """Take a line break as a space within a sentence, as a new block after one."""
        words = "".join(self._words).rstrip()
        if words.endswith((".", ":", ";", "?", "!", "\n")):
            self._flush()
        else:
            joined = [words, " \n"] if words else []
            self._places.replaced(self._words, joined)
            self._words = joined

    def _begin(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._flush()
        self._depth += tag in ("ul", "ol", "dl")
        self._items += tag in ("li", "dd")
        self._quotes += tag == "blockquote"

    def _close(self, element: Element) -> None:
        tag = element.tag
        if tag in _HEADINGS:
            marks = self._places.take(self._words)
            words, self._words = "".join(self._words), []
            self._writer.heading(words, int(tag[1]), marks=marks)
        elif tag == "a":
            self._places.end_link(self._words)
        elif tag == "dt":
            self._term_marks = self._places.take(self._words)
            self._term, self._words = " ".join("".join(self._words).split()).rstrip(":"), []
        elif tag == "pre":
            self._flush(BlockKind.CODE)
        elif tag in _BLOCKS:
            self._flush()
        self._depth -= tag in ("ul", "ol", "dl")
        self._items -= tag in ("li", "dd")
        self._quotes -= tag == "blockquote"

    def _flush(self, kind: BlockKind | None = None) -> None:
        marks = self._places.take(self._words)
        words, self._words = "".join(self._words), []
        if not words.strip():
            self._writer.block("", marks=marks)
            return
        if self._term:
            marks = _together(self._term, self._term_marks, words, marks)
            words, self._term = f"{self._term}: {words.strip()}", ""
            self._term_marks = NONE
        listed = self._items and self._depth
        usual = BlockKind.ITEM if listed else BlockKind.QUOTE if self._quotes else BlockKind.PARAGRAPH
        chosen = kind or usual
        level = min(self._depth, 9) if chosen == BlockKind.ITEM else 0
        self._writer.block(words, chosen, level=level, marks=marks)


def _together(term: str, above: Marks, words: str, below: Marks) -> Marks:
    """Return the marks of "term: words"."""
    if not (above.solid or below.solid):
        return NONE
    first = Marks(solid=solid(term), links=above.links, names=above.names)
    return Marks(solid=solid(words), links=below.links, names=below.names).after(first)


def _is_note_mark(element: Element) -> bool:
    """Return whether an element is only the raised figure of a footnote."""
    if element.tag != "sup" or not _NOTE_MARK.match("".join(element.itertext())):
        return False
    linked = element.find(".//a") is not None or element.getparent().tag == "a"
    return linked or "note" in element.attrib.get("class", "").lower()


def _is_link_list(element: Element) -> bool:
    """Return whether a list is a menu: six links at least, and no words but theirs."""
    links = list(element.iter("a"))
    if len(links) < _LINKS:
        return False
    linked = sum(len("".join(link.itertext()).strip()) for link in links)
    return linked >= 0.95 * sum(len(text.strip()) for text in element.itertext())

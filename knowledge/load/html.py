"""HTML to blocks: what a reader sees of the main part of a page; menus, scripts and hidden elements are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from knowledge.document import BlockKind, Document
from knowledge.load.draft import Writer
from knowledge.load.markdown import row_text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

DEEPEST: Final = 400
_SKIP: Final = frozenset(
    "script style template noscript head nav header footer aside form button select option iframe "
    "object embed svg math canvas audio video map dialog menu input textarea label".split()
)
_BLOCKS: Final = frozenset(
    "address article blockquote body caption center dd details dialog div dl dt fieldset figcaption "
    "figure h1 h2 h3 h4 h5 h6 hr html li main ol p pre section summary table tbody td tfoot th thead "
    "tr ul br".split()
)
_HIDDEN_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_MENU: Final = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|breadcrumbs?|footer|header|sidebar|cookie\w*|banner|share|social|skip|pagination|toc|advert\w*|annotations|newsletter|search)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_MAIN_ROLES: Final = ("main", "article")


def load(text: str, *, source: str) -> Document:
    """Return the document in HTML `text`."""
    root = _parse(text)
    writer = Writer()
    title = None
    if root is not None:
        heads = root.xpath("//head/title/text()") or root.xpath("//h1//text()")
        title = " ".join(" ".join(heads[:3]).split()) or None
        reader = _Reader(writer)
        for part in _main_parts(root):
            reader.read(part)
        if not writer.has_body:
            _read_flat(text, writer)
        if reader.hidden:
            writer.warn(f"hidden-text: {reader.hidden} hidden elements were left out")
    return writer.document(source=source, media_type="text/html", title=writer.first_heading() or title)


def _read_flat(text: str, writer: Writer) -> None:
    """Read a page nested deeper than the parser goes, one block a stretch of text."""
    from bs4 import BeautifulSoup

    for string in BeautifulSoup(text, "html.parser").find_all(string=True):
        parent = string.parent.name if string.parent else ""
        if type(string).__name__ == "NavigableString" and parent not in _SKIP:
            writer.block(str(string))


def visible_text(fragment: str) -> list[str]:
    """Return the visible lines of an HTML fragment."""
    root = _parse(f"<div>{fragment}</div>")
    if root is None:
        return []
    writer = Writer()
    _Reader(writer).read(root)
    return [line for line in writer.document(source="fragment", media_type="text/html").text.split("\n") if line]


def _parse(text: str) -> Element | None:
    from lxml import etree

    encoded = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).replace("\x00", "").encode("utf-8", "replace")
    parser = etree.HTMLParser(
        no_network=True, recover=True, huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        root: Element | None = etree.fromstring(encoded, parser) if encoded.strip() else None
    except etree.XMLSyntaxError:
        return None
    return root


def _main_parts(root: Element) -> list[Element]:
    """Return the elements that hold the page's own text: main, else articles, else the body."""
    for query in ("//main | //*[@role='main']", "//article"):
        found = [each for each in root.xpath(query) if not any(_in(each, other) for other in root.xpath(query))]
        if found and sum(len("".join(each.itertext()).split()) for each in found) >= 5:
            articles = [article for each in found for article in each.xpath(".//article")]
            return articles if len(articles) == 1 and len("".join(articles[0].itertext()).split()) >= 20 else found
    return list(root.xpath("//body")) or [root]


def _in(element: Element, other: Element) -> bool:
    return element is not other and any(ancestor is other for ancestor in element.iterancestors())


class _Reader:
    """Walks the tree without recursion and writes blocks as it meets the ends of block elements."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._words: list[str] = []
        self._kind = BlockKind.PARAGRAPH
        self._depth = 0
        self.hidden = 0

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
        if element is not root and element.tail:
            stack.append(("text", element.tail))
        tag = element.tag if isinstance(element.tag, str) else "script"
        if element is not root and self._skipped(element, tag):
            self._words.append(" ")
            return
        if tag == "table" and not element.xpath("ancestor::table"):
            self._flush()
            for row in table_rows(element):
                self._writer.block(row, BlockKind.ROW)
            return
        self._begin(tag)
        stack.append(("close", element))
        for child in reversed(element):
            stack.append(("open", child))
        if element.text:
            stack.append(("text", element.text))

    def _skipped(self, element: Element, tag: str) -> bool:
        if tag in _SKIP:
            return True
        attributes = element.attrib
        style = attributes.get("style", "")
        if "hidden" in attributes or attributes.get("aria-hidden") == "true" or (style and _HIDDEN_STYLE.search(style)):
            self.hidden += bool("".join(element.itertext()).strip())
            return True
        names = f"{attributes.get('class', '')} {attributes.get('id', '')}"
        return bool(names.strip() and tag in ("div", "ul", "ol", "section", "p", "span") and _MENU.search(names))

    def _begin(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._flush()
        if tag in ("ul", "ol", "dl"):
            self._depth += 1
        if tag in ("li", "dd", "dt"):
            self._kind = BlockKind.ITEM

    def _close(self, element: Element) -> None:
        tag = element.tag
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            words, self._words = "".join(self._words), []
            self._writer.heading(words, int(tag[1]))
        elif tag == "pre":
            self._flush(BlockKind.CODE)
        elif tag == "blockquote":
            self._flush(BlockKind.QUOTE)
        elif tag in _BLOCKS:
            self._flush()
        if tag in ("ul", "ol", "dl"):
            self._depth -= 1
        if tag in ("li", "dd", "dt"):
            self._kind = BlockKind.ITEM if self._depth > 1 else BlockKind.PARAGRAPH

    def _flush(self, kind: BlockKind | None = None) -> None:
        words, self._words = "".join(self._words), []
        chosen = kind or (self._kind if self._depth else BlockKind.PARAGRAPH)
        self._writer.block(words, chosen, level=self._depth if chosen == BlockKind.ITEM else 0)


def table_rows(table: Element) -> Iterator[str]:
    """Yield each body row as text with its column heads; spans are filled in, tables of bare figures are kept short."""
    head: list[str] = []
    group = ""
    hanging: dict[int, tuple[int, str]] = {}
    rows = table.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr")
    wide = max((len(row.xpath("./td | ./th")) for row in rows), default=0) > 1
    for row in rows:
        cells, all_heads = _cells(row, hanging)
        if all_heads and len(set(cells)) > 1:
            head = [f"{above} {cell}".strip() if above != cell else cell for above, cell in _over(head, cells)]
        elif wide and len({cell for cell in cells if cell}) == 1 and len(row) == 1:
            group = next(cell for cell in cells if cell)
        else:
            text = row_text(head, cells)
            yield f"{group}: {text}" if group and text else text


def _over(head: list[str], cells: list[str]) -> Iterator[tuple[str, str]]:
    for place, cell in enumerate(cells):
        yield (head[place] if place < len(head) else ""), cell


def _cells(row: Element, hanging: dict[int, tuple[int, str]]) -> tuple[list[str], bool]:
    """Return the row's cells with column and row spans filled in, and whether all of its own are heads."""
    cells: list[str] = []
    own = row.xpath("./td | ./th")
    for element in own:
        _fill(cells, hanging)
        text = " ".join(" ".join(element.itertext()).split())
        for _ in range(_span(element, "colspan")):
            if (rows := _span(element, "rowspan")) > 1:
                hanging[len(cells)] = (rows - 1, text)
            cells.append(text)
    _fill(cells, hanging)
    return cells, bool(own) and all(element.tag == "th" for element in own)


def _fill(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    while len(cells) in hanging:
        place = len(cells)
        left, text = hanging.pop(place)
        cells.append(text)
        if left > 1:
            hanging[place] = (left - 1, text)


def _span(element: Element, name: str) -> int:
    value = element.attrib.get(name, "1")
    return min(int(value), 50) if value.isdigit() and int(value) > 0 else 1

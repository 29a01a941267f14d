"""What of a web page a reader does not see: hidden elements, menus, and what a page's own style sheet hides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

SKIP: Final = frozenset(
    "script style template noscript head nav aside button select option datalist iframe frame "
    "object embed applet svg math canvas audio video map dialog menu input textarea label progress meter".split()
)
_STRUCK: Final = frozenset({"del", "s", "strike"})
_ROLES: Final = frozenset("navigation banner contentinfo search complementary menu menubar dialog alertdialog".split())
_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d]*[1-9])"
    r"|opacity\s*:\s*0(?![.\d]*[1-9])|(?:left|right|top|text-indent|margin-left)\s*:\s*-\d{3,}"
    r"|clip(?:-path)?\s*:\s*(?:rect\(\s*[01](?:px)?[\s,]+[01](?:px)?|inset\(\s*(?:50|100)%)",
    re.IGNORECASE,
)
_COLOUR: Final = re.compile(r"(?<![-\w])color\s*:\s*([^;}!]+)", re.IGNORECASE)
_BEHIND: Final = re.compile(r"background(?:-color)?\s*:\s*([^;}!]+)", re.IGNORECASE)
_RULE: Final = re.compile(r"([^{}]{1,500})\{([^{}]{0,5000})\}")
_SELECTOR: Final = re.compile(r"^(?:\w+)?([.#][\w-]+)$")
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_MENU: Final = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|footer|header|sidebar|cookies?|cookie-\w+|consent|banner|share"
    r"|sharing|social|skip|pagination|pager|toc|advert\w*|ads|annotations|newsletter|search|related|sr-only|visually-hidden"
    r"|screen-reader-text)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BOXES: Final = frozenset("div ul ol section p span table form header footer".split())
_PAGE_SHARE: Final = 0.4


class Sight:
    """Tells what of one page is seen. Counts hidden and struck-out elements that held text."""

    def __init__(self, root: Element) -> None:
        sheets = ["".join(style.itertext()) for style in root.iter("style")]
        self._hiding = hiding_names("\n".join(sheets)) if sheets else frozenset()
        self._length = sum(len(text) for text in root.itertext())
        self.hidden = 0
        self.struck = 0

    def skips(self, element: Element) -> bool:
        """Return whether an element is to be left out, with all it holds."""
        tag = element.tag
        if not isinstance(tag, str) or tag in SKIP:
            return True
        if tag in _STRUCK:
            self.struck += has_text(element)
            return True
        attributes = element.attrib
        if tag in ("header", "footer") and not has_heading(element):
            return True
        if not attributes:
            return False
        if self._is_hidden(attributes):
            self.hidden += has_text(element)
            return True
        return attributes.get("role", "") in _ROLES or self._is_menu(element, tag)

    def _is_hidden(self, attributes: dict[str, str]) -> bool:
        if "hidden" in attributes or attributes.get("aria-hidden", "").lower() == "true":
            return True
        if (style := attributes.get("style")) and hides(style):
            return True
        if not self._hiding:
            return False
        names = {f".{name}" for name in attributes.get("class", "").split()} | {f"#{attributes.get('id', '')}"}
        return bool(names & self._hiding)

    def _is_menu(self, element: Element, tag: str) -> bool:
        """Return whether an element is named as a menu or the like, and is not the page itself."""
        names = f"{element.attrib.get('class', '')} {element.attrib.get('id', '')}"
        if tag not in _BOXES or not names.strip() or not _MENU.search(names):
            return False
        return not has_heading(element) and sum(len(t) for t in element.itertext()) < _PAGE_SHARE * self._length + 20


def hides(declarations: str) -> bool:
    """Return whether CSS declarations make text invisible: gone, of no size, off the page, or the colour of its ground."""
    if _HIDING.search(declarations):
        return True
    colour, behind = _COLOUR.search(declarations), _BEHIND.search(declarations)
    return bool(colour and behind and colour[1].strip().lower() == behind[1].strip().lower())


def hiding_names(sheet: str) -> frozenset[str]:
    """Return the classes and ids, as `.name` and `#name`, that a style sheet hides on screen."""
    names: set[str] = set()
    plain = _COMMENT.sub("", sheet)
    for found in _RULE.finditer(_without_at_rules(plain)):
        if hides(found[2]):
            selectors = (_SELECTOR.match(part.strip()) for part in found[1].split(","))
            names |= {selector[1] for selector in selectors if selector}
    return frozenset(names)


def _without_at_rules(sheet: str) -> str:
    """Leave out @media and the like with their blocks: they hold for print or small screens only."""
    kept: list[str] = []
    depth, skipping, start = 0, False, 0
    for mark in re.finditer(r"@[\w-]+|[{};]", sheet):
        sign = mark[0]
        if sign[0] == "@" and depth == 0 and not skipping:
            kept.append(sheet[start : mark.start()])
            skipping = True
        elif sign == "{":
            depth += 1
        elif sign == "}":
            depth = max(0, depth - 1)
        if skipping and depth == 0 and sign in "};":
            skipping, start = False, mark.end()
    if not skipping:
        kept.append(sheet[start:])
    return "".join(kept)


def has_text(element: Element) -> bool:
    """Return whether there is anything to read in an element."""
    return any(text.strip() for text in element.itertext())


def has_heading(element: Element) -> bool:
    """Return whether an element holds a heading or the page's main part."""
    return next(element.iter("h1", "h2", "h3", "main", "article"), None) is not None

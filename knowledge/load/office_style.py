"""What a Word file's styles say of its text: which are headings and lists, and which hide."""

from __future__ import annotations

import re
from typing import Any, Final

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING: Final = re.compile(r"^heading (\d)", re.IGNORECASE)
_CONTENTS: Final = re.compile(r"^(?:toc \d|toc heading|table of (?:figures|authorities)|index \d)", re.IGNORECASE)
_SMALLEST: Final = 3
"""Type of this many half points or fewer is hidden."""
_DEEPEST: Final = 20


class Styles:
    """The styles of one file, by id."""

    def __init__(self, styles: Any) -> None:  # noqa: ANN401 - untyped library
        self._elements = {style.style_id: style.element for style in styles}
        self._names = {style.style_id: (style.name or "") for style in styles}

    def level(self, style: str, paragraph: Any) -> int:  # noqa: ANN401 - untyped library
        """Return the heading level of a paragraph, 0 for text."""
        own = value_of(paragraph, f"{W}pPr/{W}outlineLvl")
        if own.isdigit():
            return min(int(own) + 1, 6) if int(own) < 9 else 0
        for each in self._chain(style):
            name = self._names.get(each, "")
            if name.lower() in ("title", "subtitle"):
                return 1 if name.lower() == "title" else 2
            if found := _HEADING.match(name):
                return min(max(int(found[1]), 1), 6)
            outline = value_of(self._elements.get(each), f"{W}pPr/{W}outlineLvl")
            if outline.isdigit() and int(outline) < 9:
                return min(int(outline) + 1, 6)
        return 0

    def is_list(self, style: str) -> bool:
        """Return whether a paragraph style makes list items."""
        for each in self._chain(style):
            if self._names.get(each, "").lower().startswith("list ") and each != "ListParagraph":
                return True
            element = self._elements.get(each)
            if element is not None and element.find(f"{W}pPr/{W}numPr") is not None:
                return True
        return False

    def is_contents(self, style: str) -> bool:
        """Return whether a paragraph style belongs to a table of contents or an index."""
        return bool(_CONTENTS.match(self._names.get(style, "")))

    def hides(self, style: str) -> bool:
        """Return whether a style makes text invisible."""
        return any(
            is_on(element.find(f"{W}rPr/{W}vanish"))
            for each in self._chain(style)
            if (element := self._elements.get(each)) is not None
        )

    def is_hidden(self, run: Any) -> bool:  # noqa: ANN401 - untyped library
        """Return whether a run is hidden, all but without size, or white on white."""
        properties = run.find(f"{W}rPr")
        if properties is None:
            return False
        vanish = properties.find(f"{W}vanish")
        if vanish is not None:
            return is_on(vanish)
        size = value_of(properties, f"{W}sz")
        if size.isdigit() and int(size) <= _SMALLEST:
            return True
        if value_of(properties, f"{W}color").upper() in ("FFFFFF", "FEFEFE"):
            return not _is_shaded(run)
        return self.hides(value_of(properties, f"{W}rStyle"))

    def _chain(self, style: str) -> list[str]:
        """Return a style and those it is based on."""
        chain: list[str] = []
        while style and style not in chain and len(chain) < _DEEPEST:
            chain.append(style)
            style = value_of(self._elements.get(style), f"{W}basedOn")
        return chain


def _is_shaded(run: Any) -> bool:  # noqa: ANN401 - untyped library
    """Return whether a run, its paragraph, its cell or its table's style may have a ground that is not white."""
    if is_coloured(run.find(f"{W}rPr/{W}shd")) or run.find(f"{W}rPr/{W}highlight") is not None:
        return True
    for above in run.iterancestors():
        if is_coloured(above.find(f"{W}pPr/{W}shd")) or is_coloured(above.find(f"{W}tcPr/{W}shd")):
            return True
        if above.tag == f"{W}tbl":
            return value_of(above, f"{W}tblPr/{W}tblStyle") not in ("", "TableGrid", "TableNormal")
        if above.tag.endswith("}txbxContent"):
            return True
    return False


def is_coloured(shading: Any) -> bool:  # noqa: ANN401 - untyped library
    """Return whether a shading is there and is neither none nor white."""
    return shading is not None and shading.get(f"{W}fill", "auto").upper() not in ("AUTO", "FFFFFF", "FEFEFE")


def is_on(element: Any) -> bool:  # noqa: ANN401 - untyped library
    """Return whether a property is there and not switched off."""
    return element is not None and element.get(f"{W}val", "true").lower() not in ("0", "false", "off", "none")


def value_of(element: Any, path: str) -> str:  # noqa: ANN401 - untyped library
    """Return the value of the property at `path`, "" when it is not there."""
    found = element.find(path) if element is not None else None
    return found.get(f"{W}val", "") if found is not None else ""

"""Words on a PDF page, by PDFium: where they stand, how large they are, and whether a reader would see them."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

SMALLEST: Final = 2.0
"""Type below this size, in points, is taken to be hidden."""
_INVISIBLE_MODES: Final = frozenset({3, 7})
_WHITE: Final = 250
_THIN: Final = 3.0
MOST_SHAPES: Final = 5_000
_SCAN_SHARE: Final = 0.5
"""An image over this share of the page is a scan, and invisible type on it its text layer."""
_SYMBOLS: Final = (b"symbol", b"wingding", b"webding", b"dingbat")
_DRAWN: Final = frozenset("x o v q n l u p r w y § Ø ü à · ¾ ¨".split())
_UNMAPPED: Final = frozenset("\x00\ufffd\ufffe\uffff")
_BULLETS: Final = {"\uf0b7": "•", "\uf0a7": "•", "\uf076": "•", "\uf0d8": "•", "\uf0fc": "•"}

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A word as printed; `left`, `right` and `base` (the line it stands on) are points from the page's top left."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A drawn line, level or upright, in points from the page's top left."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def is_level(self) -> bool:
        """Return whether it runs from left to right."""
        return self.right - self.left >= self.bottom - self.top

    def touches(self, other: Rule, slack: float) -> bool:
        """Return whether the two come within `slack` points of one another."""
        across = self.left - slack <= other.right and other.left <= self.right + slack
        return across and self.top - slack <= other.bottom and other.top <= self.bottom + slack


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """What one page holds: words a reader sees, and counts of characters that were left out and why.

    `number` counts from 1, `width` and `height` are points. `scanned` says that the words are a scan's invisible text
    layer. `struck` counts words with a line through them. `rules` are drawn lines, which may frame a table.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    hidden: int = 0
    turned: int = 0
    unmapped: int = 0
    scanned: bool = False
    struck: int = 0
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Style:
    size: float
    bold: bool
    white: bool
    unseen: bool
    turned: bool
    invisible: bool
    symbol: bool


@dataclass(kw_only=True, slots=True)
class _Open:
    """A word that is being read; `marks` are raised figures, which refer to notes."""

    letters: list[str]
    left: float
    right: float
    base: float
    style: _Style


def read_sheet(page: Any, number: int) -> Sheet:  # noqa: ANN401 - untyped library
    """Return the words of a PDFium page."""
    reader = _Reader(page)
    drawings = _Drawings(page, reader.frame)
    shown, layer, hidden, turned = [], [], 0, 0
    for word, style in reader.words():
        count = len(word.text)
        inside = -2 <= word.left <= reader.width + 2 and -2 <= word.base <= reader.height + 2
        if style.turned:
            turned += count
        elif style.invisible and inside:
            layer.append(word)
        elif not inside or style.unseen or (style.white and not drawings.behind(word)):
            hidden += count
        else:
            shown.append(word)
    scanned = bool(layer) and len(layer) > len(shown) and drawings.is_scan(reader.width, reader.height)
    if not scanned:
        hidden += sum(len(word.text) for word in layer)
    return Sheet(
        number=number,
        width=reader.width,
        height=reader.height,
        words=tuple(shown + layer if scanned else shown),
        hidden=hidden,
        turned=turned,
        unmapped=reader.unmapped,
        scanned=scanned,
        rules=tuple(drawings.rules),
    )


class _Frame:
    """Turns PDF coordinates into points from the top left of the page as shown."""

    def __init__(self, page: Any) -> None:  # noqa: ANN401 - untyped library
        self.left, self.bottom, self.right, self.top = page.get_bbox()
        self.turn = int(page.get_rotation()) % 360

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return the shown place of a point."""
        if self.turn == 90:
            return y - self.bottom, x - self.left
        if self.turn == 180:
            return self.right - x, y - self.bottom
        if self.turn == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y


class _Reader:
    """Reads one page's characters in the order of the file and gathers them into words."""

    def __init__(self, page: Any) -> None:  # noqa: ANN401 - untyped library
        self.frame = _Frame(page)
        self.width, self.height = (float(side) for side in page.get_size())
        self.unmapped = 0
        self._page = page
        self._styles: dict[int, _Style] = {}

    def words(self) -> Iterator[tuple[Word, _Style]]:
        """Yield each word with its style."""
        from pypdfium2 import raw

        self._raw = raw
        self._text = self._page.get_textpage()
        try:
            yield from self._gather()
        finally:
            self._text.close()

    def _gather(self) -> Iterator[tuple[Word, _Style]]:
        raw, text = self._raw, self._text
        box = [ctypes.c_double() for _ in range(4)]
        before: int = -1
        word: _Open | None = None
        for place in range(text.count_chars()):
            letter = _letter(raw.FPDFText_GetUnicode(text, place))
            if letter in _UNMAPPED:
                self.unmapped += 1
                continue
            if letter.isspace():
                yield from _closed(word)
                word = None
                continue
            raw.FPDFText_GetCharBox(text, place, *box)
            key = ctypes.cast(raw.FPDFText_GetTextObject(text, place), ctypes.c_void_p).value or 0
            left, top, right, _ = self._shown(*(each.value for each in box))
            if word and (key != before or left < word.right - 1.5 * word.style.size or abs(top - word.base) > 40):
                ended, dropped = self._joins(word, letter, place, key)
                if dropped:
                    continue
                if ended:
                    yield from _closed(word)
                    word = None
            before = key
            if word is None:
                word = _Open(letters=[], left=left, right=right, base=self._base(place), style=self._style(place, key))
            word.letters.append("-" if letter == "\x02" else letter)
            word.right = max(word.right, right)
            if letter == "\x02":
                yield from _closed(word)
                word = None
        yield from _closed(word)

    def _joins(self, word: _Open, letter: str, place: int, key: int) -> tuple[bool, bool]:
        """Return whether the word ends before this letter, and whether the letter is a note's mark to be dropped."""
        style, rise = self._style(place, key), word.base - self._base(place)
        size = word.style.size
        if style.size < 0.8 * size and 0.12 * size < rise < size:
            return False, letter.isdigit() and not word.letters[-1].isdigit()
        apart = abs(rise) > 0.5 * size or style.size > 1.25 * size
        return apart or (style.invisible, style.unseen, style.white) != _sight(word.style), False

    def _shown(self, left: float, right: float, bottom: float, top: float) -> Box:
        x0, y0 = self.frame.place(left, top)
        x1, y1 = self.frame.place(right, bottom)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def _base(self, place: int) -> float:
        x, y = ctypes.c_double(), ctypes.c_double()
        self._raw.FPDFText_GetCharOrigin(self._text, place, x, y)
        return self.frame.place(x.value, y.value)[1]

    def _style(self, place: int, key: int) -> _Style:
        """Return the style of the text object that the character belongs to."""
        if key and key in self._styles:
            return self._styles[key]
        raw, text = self._raw, self._text
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(text, place, matrix)
        size = raw.FPDFText_GetFontSize(text, place) * (math.hypot(matrix.c, matrix.d) or 1.0)
        colour = [ctypes.c_uint() for _ in range(4)]
        coloured = raw.FPDFText_GetFillColor(text, place, *colour)
        red, green, blue, alpha = (each.value for each in colour)
        angle = math.radians(self.frame.turn) - raw.FPDFText_GetCharAngle(text, place)
        object_ = raw.FPDFText_GetTextObject(text, place)
        name = self._font(place)
        style = _Style(
            size=round(size, 1),
            bold=any(each in name for each in (b"bold", b"black", b"heavy", b"semibold", b"demi")),
            white=bool(coloured) and min(red, green, blue) >= _WHITE,
            unseen=size < SMALLEST or (bool(coloured) and alpha < 8),
            turned=abs(math.sin(angle)) > 0.1,
            symbol=any(each in name for each in _SYMBOLS),
            invisible=bool(object_) and raw.FPDFTextObj_GetTextRenderMode(object_) in _INVISIBLE_MODES,
        )
        if key:
            self._styles[key] = style
        return style

    def _font(self, place: int) -> bytes:
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        self._raw.FPDFText_GetFontInfo(self._text, place, name, 128, flags)
        return name.value.lower()


def _sight(style: _Style) -> tuple[bool, bool, bool]:
    return style.invisible, style.unseen, style.white


def _letter(code: int) -> str:
    letter = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return _BULLETS.get(letter, letter)


def _closed(word: _Open | None) -> Iterator[tuple[Word, _Style]]:
    if word and word.letters:
        style = word.style
        yield (
            Word(
                text=_told("".join(word.letters), style),
                left=word.left,
                right=word.right,
                base=word.base,
                size=style.size,
                bold=style.bold,
            ),
            style,
        )


def _told(text: str, style: _Style) -> str:
    """Return what a word says: a letter that stands alone in a symbol typeface is the bullet drawn in its place."""
    return "•" if style.symbol and text in _DRAWN else text


class _Drawings:
    """The shapes and images of a page: what white type may stand on, and the lines that are drawn."""

    def __init__(self, page: Any, frame: _Frame) -> None:  # noqa: ANN401 - untyped library
        from pypdfium2 import raw

        self._raw, self._frame = raw, frame
        self._dark: list[Box] = []
        self._images: list[Box] = []
        self._form: Box | None = None
        self.rules: list[Rule] = []
        kinds = (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING, raw.FPDF_PAGEOBJ_FORM)
        for each in islice(page.get_objects(filter=kinds, max_depth=3), MOST_SHAPES):
            self._note(each)

    def _note(self, each: Any) -> None:  # noqa: ANN401 - untyped library
        raw = self._raw
        nested = each.level > 0
        box = self._box(*each.get_bounds())
        if each.type == raw.FPDF_PAGEOBJ_FORM:
            self._form = self._form if nested else box
            return
        if nested and self._form:
            box = self._form
        if each.type == raw.FPDF_PAGEOBJ_IMAGE:
            self._images.append(box)
        if each.type != raw.FPDF_PAGEOBJ_PATH:
            self._dark.append(box)
            return
        filled, stroked = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(each, filled, stroked)
        if filled.value and self._is_dark(each):
            self._dark.append(box)
        if not nested and (filled.value or stroked.value):
            self._rule(each, box, stroked=bool(stroked.value))

    def _box(self, left: float, bottom: float, right: float, top: float) -> Box:
        x0, y0 = self._frame.place(left, top)
        x1, y1 = self._frame.place(right, bottom)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def _is_dark(self, each: Any) -> bool:  # noqa: ANN401 - untyped library
        colour = [ctypes.c_uint() for _ in range(4)]
        if not self._raw.FPDFPageObj_GetFillColor(each, *colour):
            return False
        red, green, blue, alpha = (part.value for part in colour)
        return min(red, green, blue) < _WHITE - 15 and alpha > 30

    def _rule(self, each: Any, box: Box, *, stroked: bool) -> None:  # noqa: ANN401 - untyped library
        """Note the lines of a path: itself when thin, the sides of a rectangle, each level or upright segment."""
        left, top, right, bottom = box
        if min(right - left, bottom - top) < _THIN:
            if max(right - left, bottom - top) > 4:
                self.rules.append(Rule(left=left, top=top, right=right, bottom=bottom))
            return
        count = self._raw.FPDFPath_CountSegments(each)
        if count <= 5 or not stroked:
            sides = ((left, top, right, top), (left, bottom, right, bottom))
            for x0, y0, x1, y1 in (*sides, (left, top, left, bottom), (right, top, right, bottom)):
                self.rules.append(Rule(left=x0, top=y0, right=x1, bottom=y1))
        elif count <= MOST_SHAPES:
            self._segments(each, count)

    def _segments(self, each: Any, count: int) -> None:  # noqa: ANN401 - untyped library
        raw, matrix = self._raw, each.get_matrix()
        x, y = ctypes.c_float(), ctypes.c_float()
        before: tuple[float, float] | None = None
        for place in range(count):
            segment = raw.FPDFPath_GetPathSegment(each, place)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            point = self._frame.place(*matrix.on_point(x.value, y.value))
            if before and raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_LINETO:
                left, right = sorted((before[0], point[0]))
                top, bottom = sorted((before[1], point[1]))
                if min(right - left, bottom - top) < 1 and max(right - left, bottom - top) > 4:
                    self.rules.append(Rule(left=left, top=top, right=right, bottom=bottom))
            before = point

    def behind(self, word: Word) -> bool:
        """Return whether the word stands on something that is not white."""
        x, y = (word.left + word.right) / 2, word.base - word.size / 3
        return any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in self._dark)

    def is_scan(self, width: float, height: float) -> bool:
        """Return whether an image covers most of the page."""
        area = max(1.0, width * height)
        return any((box[2] - box[0]) * (box[3] - box[1]) > _SCAN_SHARE * area for box in self._images)

"""Words to lines in reading order: columns one after the other, running heads, page numbers and dot leaders left out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Final

from knowledge.load.pdf_words import Sheet, Word

_BINS: Final = 500
_GUTTER: Final = 1.8
"""A gap this many times the type size parts two stretches of a row."""
_LEADERS: Final = re.compile(r"(?:\.{4,}|(?:\. ){4,}|…{2,})\s*(?:\d+|[ivxlc]+)?\s*$|_{5,}\s*(?:\d+|[ivxlc]+)\s*$")
_DRAWN: Final = re.compile(r"^[\s_=–—-]{3,}$")
"""A line that only draws a rule."""
_FOLIO: Final = re.compile(
    r"^(?:page\s*)?[-–—|]*\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-–—|]*(?:\s*(?:of|/)\s*\d{1,4})?$", re.IGNORECASE
)
_ROMAN: Final = re.compile(r"\b[ivxlc]{1,6}$")
_NUMBER: Final = re.compile(r"\d+")
_LARGER: Final = 1.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of type. `base`, `left` and `right` are points from the page's top left; `edge` is where its column ends.

    `note` says that it begins with a small raised figure, as a footnote does.
    """

    text: str
    size: float
    bold: bool
    page: int
    base: float
    left: float
    right: float
    edge: float = 0.0
    note: bool = False


def lines_of(sheet: Sheet) -> list[Line]:
    """Return the lines of a page in reading order."""
    rows = list(_rows(sheet.words))
    chunks = [[_line(part, sheet.number) for part in _parts(row)] for row in rows if not _is_loose_mark(row, sheet)]
    lines = _in_columns(chunks)
    return [line for line in lines if not _LEADERS.search(line.text) and not _DRAWN.match(line.text)]


def _is_loose_mark(row: Sequence[Word], sheet: Sheet) -> bool:
    """Return whether a row is only the raised figure of a note, set so high that it stands on no line."""
    if len(row) > 1 or not row[0].text.isdigit() or len(row[0].text) > 2:
        return False
    mark = row[0]
    return any(
        0 < word.base - mark.base < word.size
        and mark.size < 0.8 * word.size
        and -2 * word.size < mark.left - word.left < 600
        for word in sheet.words
    )


def _rows(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Gather words that stand on one line, whatever order they were drawn in."""
    row: list[Word] = []
    for word in sorted(words, key=lambda each: (each.base, each.left)):
        if row and word.base - row[0].base > 0.45 * max(row[0].size, word.size):
            yield sorted(row, key=lambda each: each.left)
            row = []
        row.append(word)
    if row:
        yield sorted(row, key=lambda each: each.left)


def _parts(row: Sequence[Word]) -> Iterator[list[Word]]:
    part = [row[0]]
    for before, word in pairwise(row):
        if word.left - before.right > _GUTTER * max(before.size, word.size, 6):
            yield part
            part = []
        part.append(word)
    yield part


def _line(found: Sequence[Word], page: int) -> Line:
    words = [found[0], *(word for before, word in pairwise(found) if not _is_mark(word, before))]
    sizes: Counter[float] = Counter()
    for word in words:
        sizes[word.size] += len(word.text)
    return Line(
        text="".join(_spaced(words)),
        size=sizes.most_common(1)[0][0],
        bold=all(word.bold for word in words),
        page=page,
        base=max(word.base for word in words),
        left=words[0].left,
        right=max(word.right for word in words),
        note=len(words) > 1 and words[0].text.isdigit() and words[0].size < 0.8 * words[1].size,
    )


def _spaced(words: Sequence[Word]) -> Iterator[str]:
    """Yield words with the spaces between them; a raised ending, as in "4th", joins its figure."""
    yield words[0].text
    for before, word in pairwise(words):
        ending = word.text.rstrip(".,;") in ("st", "nd", "rd", "th") and before.text[-1:].isdigit()
        yield word.text if ending and word.size < 0.8 * before.size else f" {word.text}"


def _is_mark(word: Word, before: Word) -> bool:
    """Return whether a word is a raised figure that refers to a note."""
    raised = before.base - word.base > 0.12 * before.size
    return word.text.isdigit() and word.size < 0.8 * before.size and raised


def _in_columns(rows: Sequence[Sequence[Line]]) -> list[Line]:
    """Order a page's rows; where stretches of rows stand in two columns, the left one comes first."""
    gutter = _gutter([line for row in rows for line in row])
    if gutter is None:
        lines = [_joined(row) for row in rows]
        edge = max((line.right for line in lines), default=0.0)
        return [replace(line, edge=edge) for line in lines]
    ordered: list[Line] = []
    stretch: list[Sequence[Line]] = []
    for row in rows:
        if any(line.left < gutter - 2 and line.right > gutter + 2 for line in row):
            ordered += _stretch(stretch, gutter)
            stretch = []
            ordered.append(_joined(row))
        else:
            stretch.append(row)
    return [replace(line, edge=line.edge or line.right) for line in ordered + _stretch(stretch, gutter)]


def _stretch(rows: Sequence[Sequence[Line]], gutter: float) -> list[Line]:
    """Return the rows of a stretch, left column first; a stretch with one side only stays as it is."""
    sides = []
    for is_left in (True, False):
        side = [[line for line in row if (line.left < gutter) == is_left] for row in rows]
        joined = [_joined(row) for row in side if row]
        edge = max((line.right for line in joined), default=0.0)
        sides += [replace(line, edge=edge) for line in joined]
    return sides


def _joined(row: Sequence[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    size = max(row, key=lambda line: len(line.text)).size
    text, bold = " ".join(line.text for line in row), all(line.bold for line in row)
    return replace(row[0], text=text, right=max(line.right for line in row), size=size, bold=bold)


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return where the gap between two columns of running text is, None for a page of one column.

    It is the widest stretch near the middle that at most one line in five crosses, with lines of text on both sides.
    """
    if len(lines) < 6:
        return None
    start, end = min(line.left for line in lines), max(line.right for line in lines)
    step = max((end - start) / _BINS, 0.01)
    crossings = _crossings(lines, start, step)
    low, high = int(0.3 * _BINS), int(0.7 * _BINS)
    best = min(crossings[low:high])
    if best > 0.2 * len(lines):
        return None
    middle = start + step * _widest([place for place in range(low, high) if crossings[place] == best])
    left = [line for line in lines if line.right <= middle]
    right = [line for line in lines if line.left >= middle]
    return middle if _is_column(left, middle - start) and _is_column(right, end - middle) else None


def _crossings(lines: Sequence[Line], start: float, step: float) -> list[int]:
    """Return how many lines cross each of the steps from left to right."""
    changes = [0] * (_BINS + 2)
    for line in lines:
        changes[int((line.left - start) / step)] += 1
        changes[min(int((line.right - start) / step) + 1, _BINS + 1)] -= 1
    return list(accumulate(changes))


def _widest(places: Sequence[int]) -> float:
    """Return the middle of the longest run of neighbours."""
    best, since = (places[0], places[0]), places[0]
    for before, place in pairwise(places):
        since = since if place == before + 1 else place
        best = max(best, (since, place), key=lambda run: run[1] - run[0])
    return (best[0] + best[1]) / 2 + 0.5


def _is_column(lines: Sequence[Line], width: float) -> bool:
    """Return whether the lines are running text: several, and most of them about as wide as the column."""
    full = [line for line in lines if line.right - line.left > 0.55 * width and len(line.text) > 15]
    return len(lines) >= 3 and len(full) >= 0.5 * len(lines)


def without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Leave out page numbers and what stands at the same place on top or bottom of many pages.

    Only lines in the margins count: those parted from the text by a gap, so that a repeated rule is never lost.
    """
    margins = [_margin(lines) for lines in pages]
    seen: Counter[tuple[str, int]] = Counter()
    for lines, margin in zip(pages, margins, strict=True):
        if len(margin) == len(lines):
            continue
        seen.update({key for line in margin for key in _keys(line)})
    usual = max(2, min(4, 0.3 * sum(1 for lines in pages if lines)))
    running = {key for key, count in seen.items() if count >= (2 if "<" in key[0] else usual)}
    body = _usual([line for lines in pages for line in lines]) if any(pages) else 0.0
    kept = []
    for lines, margin in zip(pages, margins, strict=True):
        outer = {
            line.base for line in (min(lines, key=_base, default=None), max(lines, key=_base, default=None)) if line
        }
        numbers = {id(line) for line in margin if _FOLIO.match(line.text)}
        repeats = {
            id(line)
            for line in lines
            if (line in margin or line.base in outer) and _runs(line, running, is_large=line.size > body + _LARGER)
        }
        kept.append([line for line in lines if id(line) not in numbers | repeats])
    return kept


def _runs(line: Line, running: Set[tuple[str, int]], *, is_large: bool) -> bool:
    """Return whether a line is a running head; "Part 2" in large type after "Part 1" on the page before is a heading."""
    return any(key in running for key in _keys(line) if not (is_large and "<" in key[0]))


def _base(line: Line) -> float:
    return line.base


def _keys(line: Line) -> Iterator[tuple[str, int]]:
    """Yield the line's text and place, as it is and with each number that may be the page's put relative to the page."""
    height = round(line.base / 6)
    text = " ".join(line.text.split()).lower()
    for place in (height, height + 1):
        yield text, place
        yield _ROMAN.sub("<roman>", text), place
        for found in _NUMBER.finditer(text):
            yield f"{text[: found.start()]}<{int(found[0][:9]) - line.page}>{text[found.end() :]}", place


def _margin(lines: Sequence[Line]) -> list[Line]:
    """Return the lines at the top and bottom of a page that a gap parts from its text, at most three rows each."""
    rows: dict[float, list[Line]] = defaultdict(list)
    for line in lines:
        rows[round(line.base)].append(line)
    places = sorted(rows)
    if len(places) < 2:
        return list(lines)
    gaps = sorted(below - above for above, below in pairwise(places))
    wide = 1.4 * gaps[len(gaps) // 2]
    margin: list[Line] = []
    for order in (places, places[::-1]):
        for depth in range(1, min(4, len(order))):
            smaller = all(line.size < _usual(lines) - 0.8 for place in order[:depth] for line in rows[place])
            if abs(order[depth] - order[depth - 1]) > wide or (smaller and depth == 1):
                margin += [line for place in order[:depth] for line in rows[place]]
    return margin


def _usual(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0]

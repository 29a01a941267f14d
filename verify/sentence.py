"""The parts a passage is read in: its sentences, and each row of a table by itself; and a row in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from knowledge.document import Span
from knowledge.split import sentences

_CELL = re.compile(r"(?P<header>[^:;\n]{1,60}):\s+(?P<cell>[^;\n]+?)\s*(?:;|$)")


@lru_cache(maxsize=8_192)
def parts(text: str) -> tuple[Span, ...]:
    """Return the sentences of `text` in order; lines that are rows of "header: cell" pairs are parts of their own."""
    return tuple(part for span in sentences(text) for part in _rows(text, span))


def is_row(line: str) -> bool:
    """Return whether a line reads as a table row: "header: cell; header: cell"."""
    return "\n" not in line.strip() and ";" in line and len(_CELL.findall(line)) >= 2


def spoken(line: str) -> str:
    """Return a table row as a sentence: "For replacement passport, the fee is $95; the processing time is 10 days."."""
    cells = [(found["header"].strip(), found["cell"].strip()) for found in _CELL.finditer(line.strip())]
    if len(cells) < 2:
        return line
    rest = "; ".join(f"the {_lowered(header)} is {cell}" for header, cell in cells[1:])
    return f"For {_lowered(cells[0][1])}, {rest}."


def _rows(text: str, span: Span) -> Iterator[Span]:
    """Yield a sentence, or its lines where one of them is a row."""
    lines = text[span.start : span.end].split("\n")
    if len(lines) < 2 or not any(is_row(line) for line in lines):
        yield span
        return
    start = span.start
    for line in lines:
        if line.strip():
            left = len(line) - len(line.lstrip())
            yield Span(start=start + left, end=start + len(line.rstrip()))
        start += len(line) + 1


def _lowered(text: str) -> str:
    first = text.split()[0]
    return text if first.isupper() and len(first) > 1 else text[0].lower() + text[1:]

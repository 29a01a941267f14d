"""Recognition of scanned pages and pictures: the `Recogniser` port, and RapidOCR behind it, an optional extra.

RapidOCR (Apache-2.0) carries its PaddleOCR models in its package, so that nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any, Final, Protocol

from knowledge.errors import MissingDependency
from knowledge.load.pdf_words import Word

RESOLUTION: Final = 200
"""Dots an inch at which pages are drawn for recognition."""
LEAST_SURE: Final = 0.5
"""Lines of which the recogniser is less sure than this, 0 to 1, are left out."""
_TYPE_SHARE: Final = 0.72
"""Type size as a share of the height of a line's box."""
_BASE_SHARE: Final = 0.22
_ALIKE: Final = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A line recognised in a picture: its words, its box in dots from the top left, and how sure it is, 0 to 1."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    sureness: float = 1.0


class Recogniser(Protocol):
    """Finds the lines of type in a picture."""

    def read(self, picture: Any) -> Sequence[Seen]:  # noqa: ANN401 - an array of height x width x 3 bytes
        """Return the lines seen, in any order."""
        ...


@cache
def recogniser() -> Recogniser:
    """Return the built-in recogniser; raises MissingDependency when the ocr extra is not installed."""
    return RapidOcr()


class RapidOcr:
    """RapidOCR on ONNX Runtime."""

    def __init__(self) -> None:
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise MissingDependency(
                f"library.ocr needs an extra ({error}): pip install 'groundsmith[ocr]', or set library.ocr: false"
            ) from error
        self._engine = RapidOCR(params={"Global.log_level": "critical"})

    def read(self, picture: Any) -> Sequence[Seen]:  # noqa: ANN401 - an array
        """Return the lines seen."""
        found = self._engine(picture)
        if found.txts is None:
            return []
        return [_seen(*line) for line in zip(found.boxes, found.txts, found.scores, strict=True)]


def _seen(box: Any, text: str, sureness: float) -> Seen:  # noqa: ANN401 - an array
    across, down = [float(point[0]) for point in box], [float(point[1]) for point in box]
    return Seen(
        text=text,
        left=min(across),
        top=(down[0] + down[1]) / 2,
        right=max(across),
        bottom=(down[2] + down[3]) / 2,
        sureness=float(sureness),
    )


def words_of(lines: Iterable[Seen], *, scale: float) -> tuple[Word, ...]:
    """Return recognised lines as the words of a page; `scale` is dots a point.

    Boxes are uneven, so type whose size is within a fifth of the usual one is taken to be of that size.
    """
    sure = [line for line in lines if line.sureness >= LEAST_SURE and line.text.strip()]
    heights = [(line.bottom - line.top) / scale for line in sure]
    usual = median(heights) if heights else 0.0
    words = []
    for line, height in zip(sure, heights, strict=True):
        size = usual if abs(height - usual) <= _ALIKE * usual else height
        words.append(
            Word(
                text=" ".join(line.text.split()),
                left=line.left / scale,
                right=line.right / scale,
                base=(line.bottom - _BASE_SHARE * (line.bottom - line.top)) / scale,
                size=round(size * _TYPE_SHARE, 1),
                bold=False,
            )
        )
    return tuple(words)

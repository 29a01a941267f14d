"""Pictures of pages (PNG, JPEG, TIFF), which recognition reads when `library.ocr` is on."""

from __future__ import annotations

import io
from typing import Any, Final

from knowledge.document import Document
from knowledge.errors import DocumentError
from knowledge.load.format import CERTAIN, Format, Sample
from knowledge.load.limits import Limits

_KINDS: Final = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
MOST_DOTS: Final = 100_000_000
_USUAL: Final = 200
"""Dots an inch of a picture that does not say."""


def _kind(data: bytes) -> str:
    return next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), "")


def _likelihood(sample: Sample) -> float:
    return CERTAIN if _kind(sample.data) else 0.0


def _load(data: bytes, *, source: str, limits: Limits) -> Document:
    from knowledge.load.pdf import write_sheets
    from knowledge.load.pdf_words import Sheet
    from knowledge.load.recognise import recogniser, words_of

    if not limits.ocr:
        reason = f"unsupported: a {_kind(data)} picture; it needs OCR: set library.ocr: true to have it read"
        raise DocumentError(source, reason, kind="unsupported")
    sheets = []
    for number, (picture, scale) in enumerate(_pictures(data, source, limits), start=1):
        words = words_of(recogniser().read(picture), scale=scale)
        height, width = picture.shape[:2]
        sheets.append(
            Sheet(number=number, width=width / scale, height=height / scale, words=words, scanned=bool(words))
        )
    writer = write_sheets(sheets)
    return writer.document(source=source, media_type=f"image/{_kind(data).lower()}")


def _pictures(data: bytes, source: str, limits: Limits) -> list[tuple[Any, float]]:
    """Return the pages of a picture as arrays, each with its dots a point."""
    import numpy as np
    from PIL import Image, ImageSequence, UnidentifiedImageError

    pages = []
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as image:
            if getattr(image, "n_frames", 1) > limits.max_pages or image.width * image.height > MOST_DOTS:
                raise DocumentError(source, f"over {MOST_DOTS} dots or {limits.max_pages} pages", kind="too-large")
            resolution = float(image.info.get("dpi", (_USUAL,))[0])
            scale = (resolution if 50 <= resolution <= 1200 else _USUAL) / 72
            for page in ImageSequence.Iterator(image):
                pages.append((np.asarray(page.convert("RGB")), scale))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DocumentError(source, f"the picture is damaged ({error})", kind="damaged") from error
    return pages


FORMAT = Format(name="picture", suffixes=(".png", ".jpg", ".jpeg", ".tif", ".tiff"), likelihood=_likelihood, load=_load)

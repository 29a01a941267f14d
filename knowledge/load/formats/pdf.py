"""PDF, told by its first bytes; PDFium allows some before them."""

from __future__ import annotations

from knowledge.document import Document
from knowledge.load.format import CERTAIN, Format, Sample
from knowledge.load.limits import Limits


def _likelihood(sample: Sample) -> float:
    head = sample.data[:1024]
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(b"%PDF-")
    return CERTAIN if begins or (sample.suffix == ".pdf" and b"%PDF-" in head) else 0.0


def _load(data: bytes, *, source: str, limits: Limits) -> Document:
    from knowledge.load import pdf

    return pdf.load(data, source=source, limits=limits)


FORMAT = Format(name="pdf", suffixes=(".pdf",), likelihood=_likelihood, load=_load)

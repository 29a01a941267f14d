"""DOCX, told by the parts of its ZIP."""

from __future__ import annotations

import re

from knowledge.document import Document
from knowledge.load.format import CERTAIN, Format, Sample
from knowledge.load.limits import Limits


def _likelihood(sample: Sample) -> float:
    return CERTAIN if any(re.fullmatch(r"word/document\d*\.xml", name) for name in sample.members) else 0.0


def _load(data: bytes, *, source: str, limits: Limits) -> Document:
    from knowledge.load import office

    return office.load(data, source=source, limits=limits)


FORMAT = Format(name="docx", suffixes=(".docx", ".docm", ".dotx"), likelihood=_likelihood, load=_load)

"""Plain text in any encoding: what nothing else knows better."""

from __future__ import annotations

from knowledge.document import Document
from knowledge.load.format import REST, Format, Sample, textual


def _likelihood(sample: Sample) -> float:
    return REST


def _load(text: str, *, source: str) -> Document:
    from knowledge.load import text as reader

    return reader.load_text(text, source=source)


FORMAT = Format(name="text", suffixes=(".txt", ".text"), likelihood=_likelihood, load=textual(_load))

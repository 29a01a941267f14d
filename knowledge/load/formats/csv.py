"""Tables as text, told by their name."""

from __future__ import annotations

from knowledge.document import Document
from knowledge.load.format import NAMED, Format, Sample, textual


def _likelihood(sample: Sample) -> float:
    return NAMED if sample.suffix in FORMAT.suffixes else 0.0


def _load(text: str, *, source: str) -> Document:
    from knowledge.load import text as reader

    return reader.load_csv(text, source=source)


FORMAT = Format(name="csv", suffixes=(".csv", ".tsv"), likelihood=_likelihood, load=textual(_load))

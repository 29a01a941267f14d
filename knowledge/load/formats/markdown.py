"""Markdown, told by its name, or by two headings with an empty line after each."""

from __future__ import annotations

from typing import Final

from knowledge.document import Document
from knowledge.load.format import LIKELY, NAMED, Format, Sample, textual

_SUFFIXES: Final = (".md", ".markdown", ".mkd", ".mdown")


def _likelihood(sample: Sample) -> float:
    if sample.suffix in _SUFFIXES:
        return NAMED
    from knowledge.load.markdown import looks_like_markdown

    return LIKELY / 2 if sample.opening.count("#") > 1 and looks_like_markdown(sample.opening) else 0.0


def _load(text: str, *, source: str) -> Document:
    from knowledge.load import markdown

    return markdown.load(text, source=source)


FORMAT = Format(name="markdown", suffixes=_SUFFIXES, likelihood=_likelihood, load=textual(_load))

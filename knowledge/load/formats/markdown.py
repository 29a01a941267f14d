"""Markdown, told by its name, or by two headings with an empty line after each."""

from __future__ import annotations

import re
from typing import Final

from knowledge.document import Document
from knowledge.load.format import LIKELY, NAMED, Format, Sample, textual

_HEADING: Final = re.compile(r"^#{1,6} \S[^\n]{0,150}\r?\n[ \t]*\r?$", re.M)
_SUFFIXES: Final = (".md", ".markdown", ".mkd", ".mdown")


def _likelihood(sample: Sample) -> float:
    if sample.suffix in _SUFFIXES:
        return NAMED
    return LIKELY / 2 if len(_HEADING.findall(sample.opening[:20_000])) >= 2 else 0.0


def _load(text: str, *, source: str) -> Document:
    from knowledge.load import markdown

    return markdown.load(text, source=source)


FORMAT = Format(name="markdown", suffixes=_SUFFIXES, likelihood=_likelihood, load=textual(_load))

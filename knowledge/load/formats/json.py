"""JSON and JSON Lines, told by their name, or by being nothing else."""

from __future__ import annotations

import json
from typing import Final

from knowledge.document import Document
from knowledge.load.format import LIKELY, NAMED, Format, Sample, textual

_WHOLE: Final = 1_000_000


def _likelihood(sample: Sample) -> float:
    if sample.suffix in FORMAT.suffixes:
        return NAMED
    named = sample.suffix in ("", ".txt") or "json" in sample.suffix
    return LIKELY if named and _is_json(sample) else 0.0


def _is_json(sample: Sample) -> bool:
    """Return whether the whole of a short file, or the first line of a long one, is a JSON object or list."""
    text = sample.opening.strip()
    if not text.startswith(("{", "[")):
        return False
    whole = sample.data if len(sample.data) < _WHOLE else text.split("\n", 1)[0]
    try:
        return isinstance(json.loads(whole), dict | list)
    except (ValueError, RecursionError):
        return False


def _load(text: str, *, source: str) -> Document:
    from knowledge.load import text as reader

    return reader.load_json(text, source=source)


FORMAT = Format(name="json", suffixes=(".json", ".jsonl", ".ndjson"), likelihood=_likelihood, load=textual(_load))

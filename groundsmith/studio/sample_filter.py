"""Which rows are wanted, and the conditions in SQL that say so: built from constants, values bound."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

UNCERTAIN: Final = 0.8
"""Confidence below which a kept row is uncertain."""
BANDS: Final = {"0-0.5": (0.0, 0.5), "0.5-0.8": (0.5, 0.8), "0.8-0.95": (0.8, 0.95), "0.95-1": (0.95, 1.01)}
"""Confidence from, and below."""
_WORD: Final = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleFilter:
    """Which rows are wanted; an empty field wants all.

    `condition` is name=value, `confidence` one of BANDS, `topic` the number of a topic of the concepts, `words` are looked for in
    question and answer, `state` is stale (it rests on text that is not current) or uncertain.
    """

    outcome: str = ""
    verdict: str = ""
    run: str = ""
    kind: str = ""
    reason: str = ""
    concept: str = ""
    topic: str = ""
    document: str = ""
    passage: str = ""
    condition: str = ""
    confidence: str = ""
    state: str = ""
    words: str = ""

    @property
    def given(self) -> dict[str, str]:
        """Return the fields that want something, by name."""
        return {item.name: value for item in fields(self) if (value := getattr(self, item.name))}


def source_of(wanted: SampleFilter) -> str:
    """Return what rows are drawn from: where words are looked for, their index first, in its own order."""
    return (
        "sample_words CROSS JOIN samples s ON s.number = sample_words.rowid"
        if _WORD.search(wanted.words)
        else "samples s"
    )


def newest_of(wanted: SampleFilter) -> str:
    """Return what the order of arrival is read from."""
    return "sample_words.rowid" if _WORD.search(wanted.words) else "s.number"


def condition_of(wanted: SampleFilter) -> tuple[str, tuple[Any, ...]]:
    """Return the condition on `samples s` that a filter makes, and its values."""
    parts: list[str] = []
    bound: list[Any] = []
    for name, value in wanted.given.items():
        part, values = _CONDITIONS[name](value)
        parts.append(part)
        bound.extend(values)
    return " AND ".join(parts) or "1", tuple(bound)


def _plain(column: str) -> Any:  # noqa: ANN401 - a function of a value
    return lambda value: (f"s.{column} = ?", (value,))


def _beside(table: str, column: str) -> Any:  # noqa: ANN401 - a function of a value
    query = f"s.number IN (SELECT sample FROM {table} WHERE {column} = ?)"
    return lambda value: (query, (value,))


def _condition(value: str) -> tuple[str, Sequence[Any]]:
    """Return the condition for name=value; either may hold an equals sign, so each is tried as the one between them."""
    pairs = [(value[: found.start()], value[found.end() :]) for found in re.finditer("=", value)][:8]
    query = "SELECT sample FROM sample_conditions WHERE name = ? AND value = ?"
    if not pairs:
        return "0", ()
    return f"s.number IN ({' UNION '.join([query] * len(pairs))})", [part for pair in pairs for part in pair]


def _confidence(value: str) -> tuple[str, Sequence[Any]]:
    if value not in BANDS:
        return "0", ()
    return "s.confidence >= ? AND s.confidence < ?", BANDS[value]


def _words(value: str) -> tuple[str, Sequence[Any]]:
    """Look for all words of a text; the last may go on. Words are quoted, so nothing of the text is a query."""
    found = _WORD.findall(value)[:20]
    if not found:
        return "0", ()
    asked = " ".join([*(f'"{word}"' for word in found[:-1]), f'"{found[-1]}"*'])
    return "sample_words MATCH ?", (asked,)


def _state(value: str) -> tuple[str, Sequence[Any]]:
    if value == "uncertain":
        return "s.confidence < ?", (UNCERTAIN,)
    if value == "stale":
        return "s.number IN (SELECT sample FROM atlas.stale)", ()
    return "0", ()


_CONDITIONS: Final = {
    **{name: _plain(name) for name in ("outcome", "verdict", "run", "kind", "reason")},
    "concept": _beside("sample_concepts", "concept"),
    "document": _beside("sample_documents", "document"),
    "passage": _beside("sample_passages", "passage"),
    "topic": lambda value: (
        "s.number IN (SELECT c.sample FROM sample_concepts c JOIN atlas.concepts k ON k.id = c.concept WHERE k.topic = ?)",
        (value,),
    ),
    "condition": _condition,
    "confidence": _confidence,
    "state": _state,
    "words": _words,
}

"""The nouns of the concept graph: `Concept`, `Mention`, `Association`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """Which two kinds of node an association joins (SynthLLM, arXiv 2503.19551, section 3)."""

    TOPIC_TOPIC = "topic-topic"
    TOPIC_CONCEPT = "topic-concept"
    CONCEPT_CONCEPT = "concept-concept"


@dataclass(frozen=True, kw_only=True, slots=True)
class Concept:
    """One idea of the corpus under its canonical form.

    `id` is `c_` and a digest of `key` (lower-cased lemmas). `kind` is "topic" or "concept". `frequency` counts
    passages, `documents` counts documents that mention it. `weight` is its importance, at least 0.
    """

    id: str
    key: str
    label: str
    kind: str
    aliases: tuple[str, ...] = ()
    definition: str | None = None
    frequency: int = 0
    documents: int = 0
    weight: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A concept found in a passage; `start` and `end` are offsets into the passage text."""

    concept_id: str
    passage_id: str
    document_id: str
    start: int
    end: int
    surface: str
    salience: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Association:
    """How often two concepts occur together in one layer: a raw count of documents or passages."""

    layer: Layer
    source: str
    target: str
    count: int

"""How much a phrase matters in its passage, from that document alone, and with a corpus when there is one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graph.wording import GENERIC

LONGEST: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What is known of a phrase in its document.

    `here` counts its occurrences in the passage, `spread` the passages of the document that have it, `place` is
    where it first stands in the passage, 0 (start) to 1.
    """

    here: int
    spread: int = 1
    place: float = 1.0
    defined: bool = False
    heading: bool = False
    acronym: bool = False


def salience(key: str, evidence: Evidence) -> float:
    """Return how much a phrase matters in its passage, at least 0; nothing outside its document counts.

    The termhood of the concept-graph notes without its corpus term: frequency, length, and whether the
    document defines it or names a section after it.
    """
    frequency = (1 + math.log(evidence.here)) * (1 + 0.5 * math.log(evidence.spread))
    bonus = 1 + evidence.defined + 0.7 * evidence.heading + 0.3 * (evidence.place <= 0.1) + 0.3 * evidence.acronym
    return round(frequency * length_factor(key) * bonus * specificity(key), 6)


def length_factor(key: str) -> float:
    """Return log2(1 + words), words counted up to four."""
    return math.log2(1 + min(LONGEST, len(key.split())))


def specificity(key: str) -> float:
    """Return the share that generic words leave to a phrase, 0.3 to 1."""
    parts = key.split()
    generic = sum(part in GENERIC for part in parts)
    return max(0.3, 1 - 0.6 * generic / len(parts))


def ranked(
    frequency: Mapping[str, int], *, documents: int, document_frequency: Mapping[str, int], place: Mapping[str, float]
) -> list[str]:
    """Return a document's keys by tf^¾ · idf · length · place, best first, for use with a corpus at hand.

    `place` is where each key first stands in its document, 0 to 1; the first gain half as much again as the last.
    """

    def score(key: str) -> float:
        rarity = math.log((documents + 1) / (1 + min(document_frequency.get(key, 0), documents)))
        damped = math.pow(frequency[key], 0.75)
        return damped * max(rarity, 0.01) * length_factor(key) * (1.5 - 0.5 * place[key])

    return sorted(frequency, key=lambda key: (-score(key), key))

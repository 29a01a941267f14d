"""From stored extractions to the vocabulary of the graph and who mentions what.

Everything here is derived: labels, merges, the vocabulary filter and importance depend on all documents together, so they are
computed when the graph is read and are the same whatever order documents came and went in.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.canonical import Merge, abbreviation_merges, canonical_key, concept_id, spelling_merges
from graph.concept import Concept
from graph.define import is_short_form
from graph.extraction import Definition, Extraction
from graph.phrase import admissible
from graph.salience import Evidence, length_factor, salience, specificity

MIN_PASSAGES: Final = 2
RESCUED: Final = 2
MAX_ALIASES: Final = 12


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A mention before it gets its concept: passage number, key, offsets, surface, salience."""

    passage: int
    key: str
    start: int
    end: int
    surface: str
    salience: float


@dataclass(slots=True)
class Assembly:
    """The vocabulary and its places. Passages and documents are numbered in order of document id and ordinal.

    `concepts` are in order of key; `mentioned` maps (passage number, key) to salience; `topics` maps a topic's key to the
    passages under it by document number.
    """

    documents: list[str] = field(default_factory=list)
    passages: list[str] = field(default_factory=list)
    document_of: list[int] = field(default_factory=list)
    concepts: list[Concept] = field(default_factory=list)
    mentions: list[MentionRow] = field(default_factory=list)
    mentioned: dict[tuple[int, str], float] = field(default_factory=dict)
    topics: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    merges: tuple[Merge, ...] = ()


@dataclass(frozen=True, slots=True)
class _Names:
    """The merges in force, ready for look-up."""

    spelling: dict[str, str]
    everywhere: dict[str, str]
    within: dict[tuple[str, str], str]

    def spelled(self, key: str) -> str:
        return self.spelling.get(key, key)

    def resolve(self, document_id: str, key: str, surface: str) -> str:
        """Return the key a surface stands for in a document; only what looks like a short form is expanded."""
        key = self.spelled(key)
        if is_short_form(surface):
            return self.everywhere.get(key) or self.within.get((document_id, key)) or key
        return key


def assemble(stored: Iterable[tuple[Extraction, tuple[str, ...]]]) -> Assembly:
    """Return the vocabulary of all stored documents and its places."""
    extractions = sorted(stored, key=lambda pair: pair[0].document_id)
    assembly = Assembly()
    assembly.merges, names = _merges([extraction for extraction, _ in extractions])
    special: set[str] = set()
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    others: dict[str, Counter[str]] = defaultdict(Counter)
    for extraction, passages in extractions:
        numbers = _number(assembly, extraction.document_id, passages)
        _add_topics(assembly, extraction, numbers, names, special, labels)
        _add_definitions(assembly, extraction, numbers, names, special, labels)
        special |= {names.resolve(extraction.document_id, key, key) for key in extraction.headings}
        for abbreviation in extraction.abbreviations:
            special.add(names.resolve(extraction.document_id, canonical_key(abbreviation.short), abbreviation.short))
        _add_mentions(assembly, extraction, numbers, names, labels, others)
    kept = _vocabulary(assembly, special)
    assembly.mentions = [row for row in assembly.mentions if row.key in kept]
    assembly.mentioned = {pair: value for pair, value in assembly.mentioned.items() if pair[1] in kept}
    assembly.topics = {key: places for key, places in assembly.topics.items() if key in kept}
    assembly.concepts = _concepts(assembly, sorted(kept), special, labels, others)
    return assembly


def _merges(extractions: Sequence[Extraction]) -> tuple[tuple[Merge, ...], _Names]:
    frequency: Counter[str] = Counter()
    for extraction in extractions:
        frequency.update(key for key, _ in {(one.key, one.passage_id) for one in extraction.occurrences})
        frequency.update({one.key: 0 for one in (*extraction.definitions, *extraction.topics)})
    spelling = spelling_merges(frequency)
    by_spelling = {merge.merged: merge.kept for merge in spelling}
    expansions = [
        (extraction.document_id, *(by_spelling.get(key, key) for key in map(canonical_key, (one.short, one.long))))
        for extraction in extractions
        for one in extraction.abbreviations
    ]
    short = abbreviation_merges((document, brief, full) for document, brief, full in expansions)
    names = _Names(
        by_spelling,
        {merge.merged: merge.kept for merge in short if merge.document_id is None},
        {(merge.document_id, merge.merged): merge.kept for merge in short if merge.document_id is not None},
    )
    return (*spelling, *short), names


def _number(assembly: Assembly, document_id: str, passages: tuple[str, ...]) -> dict[str, int]:
    first = len(assembly.passages)
    assembly.document_of += [len(assembly.documents)] * len(passages)
    assembly.documents.append(document_id)
    assembly.passages += passages
    return {passage: first + place for place, passage in enumerate(passages)}


def _add_topics(
    assembly: Assembly,
    extraction: Extraction,
    numbers: dict[str, int],
    names: _Names,
    special: set[str],
    labels: dict[str, Counter[str]],
) -> None:
    document = len(assembly.documents) - 1
    for topic in extraction.topics:
        key = names.resolve(extraction.document_id, topic.key, topic.label)
        special.add(key)
        labels[key][topic.label] += 0
        places = assembly.topics.setdefault(key, {}).setdefault(document, [])
        places += [numbers[passage] for passage in topic.passages if numbers[passage] not in places]


def _add_definitions(
    assembly: Assembly,
    extraction: Extraction,
    numbers: dict[str, int],
    names: _Names,
    special: set[str],
    labels: dict[str, Counter[str]],
) -> None:
    for definition in extraction.definitions:
        key = names.resolve(extraction.document_id, definition.key, definition.label)
        if admissible(key):
            special.add(key)
            labels[key][definition.label] += 0
            assembly.definitions.setdefault(key, []).append(definition)
            value = salience(key, Evidence(here=1, defined=True, heading=True))
            place = (numbers[definition.passage_id], key)
            assembly.mentioned[place] = max(value, assembly.mentioned.get(place, 0.0))


def _add_mentions(
    assembly: Assembly,
    extraction: Extraction,
    numbers: dict[str, int],
    names: _Names,
    labels: dict[str, Counter[str]],
    others: dict[str, Counter[str]],
) -> None:
    for one in extraction.occurrences:
        key = names.resolve(extraction.document_id, one.key, one.surface)
        place = (numbers[one.passage_id], key)
        assembly.mentions.append(MentionRow(place[0], key, one.start, one.end, one.surface, one.salience))
        assembly.mentioned[place] = max(one.salience, assembly.mentioned.get(place, 0.0))
        (labels if names.spelled(one.key) == key else others)[key][one.surface] += 1


def _vocabulary(assembly: Assembly, special: set[str]) -> set[str]:
    """Return the keys kept: in two passages, defined, abbreviated, a heading or topic; and two for a passage left bare."""
    passages = Counter(key for _, key in assembly.mentioned)
    kept = {key for key, count in passages.items() if count >= MIN_PASSAGES or key in special} | set(assembly.topics)
    by_passage: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for (passage, key), value in assembly.mentioned.items():
        by_passage[passage].append((-value, key))
    for found in by_passage.values():
        if not any(key in kept for _, key in found):
            kept |= {key for _, key in sorted(found)[:RESCUED]}
    return kept


def _concepts(
    assembly: Assembly,
    keys: Sequence[str],
    special: set[str],
    labels: dict[str, Counter[str]],
    others: dict[str, Counter[str]],
) -> list[Concept]:
    passages = Counter(key for _, key in assembly.mentioned)
    documents: dict[str, set[int]] = defaultdict(set)
    for passage, key in assembly.mentioned:
        documents[key].add(assembly.document_of[passage])
    for key, places in assembly.topics.items():
        documents[key] |= set(places)
    total = len(assembly.passages)
    return [
        Concept(
            id=concept_id(key),
            key=key,
            label=(label := _most_frequent(labels[key]) or _most_frequent(others[key]) or key),
            kind="topic" if key in assembly.topics else "concept",
            aliases=_aliases(label, labels[key] + others[key]),
            definition=_definition(assembly.definitions.get(key, [])),
            frequency=passages[key],
            documents=len(documents[key]),
            weight=_weight(key, passages[key], total, special=key in special, defined=key in assembly.definitions),
        )
        for key in keys
    ]


def _most_frequent(surfaces: Counter[str]) -> str:
    return min(surfaces, key=lambda surface: (-surfaces[surface], surface)) if surfaces else ""


def _aliases(label: str, surfaces: Counter[str]) -> tuple[str, ...]:
    seen, aliases = {label.casefold()}, []
    for surface in sorted(surfaces, key=lambda surface: (-surfaces[surface], surface)):
        if surface.casefold() not in seen:
            seen.add(surface.casefold())
            aliases.append(surface)
    return tuple(aliases[:MAX_ALIASES])


def _definition(found: Sequence[Definition]) -> str | None:
    """Return the first definition without a scope, else the first; documents in order of id."""
    unlimited = [definition for definition in found if not definition.scope]
    return (unlimited or list(found))[0].text if found else None


def _weight(key: str, frequency: int, passages: int, *, special: bool, defined: bool) -> float:
    """Return a concept's importance: damped frequency · inverse passage frequency · length · bonus."""
    rarity = math.log(1 + passages / max(1, frequency))
    bonus = 1 + 0.7 * special + defined
    return round(math.log(1 + frequency) * rarity * length_factor(key) * specificity(key) * bonus, 6)

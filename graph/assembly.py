"""From stored extractions to the vocabulary of the graph and who mentions what.

Everything here is derived: labels, merges, the vocabulary filter and importance depend on all documents together, so
they are computed when the graph is read and are the same whatever order documents came and went in.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from graph.canonical import Merge, Names, abbreviation_merges, canonical_key, concept_id, plain_form, spelling_merges
from graph.concept import Concept
from graph.extraction import Definition, Extraction
from graph.phrase import admissible
from graph.salience import Evidence, length_factor, salience, specificity
from graph.sense import Sense, senses

MIN_PASSAGES: Final = 2
RESCUED: Final = 2
MAX_ALIASES: Final = 12
HOMONYM_WORDS: Final = 5


class MentionRow(NamedTuple):
    """A mention by numbers: the passage, the concept's key, offsets, surface, salience."""

    passage: int
    key: str
    start: int
    end: int
    surface: str
    salience: float


@dataclass(slots=True)
class Assembly:
    """The vocabulary and its places. Passages and documents are numbered in order of document id and ordinal.

    `concepts` are in order of key; `mentioned` maps (passage number, key) to salience; `topics` maps a topic's key
    to the passages under it by document number.
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


def assemble(
    stored: Iterable[tuple[Extraction, tuple[str, ...]]], *, apart: Collection[tuple[str, str]] = ()
) -> Assembly:
    """Return the vocabulary of all stored documents, given with their passage ids, and its places.

    `apart` are merges that were undone, as (key kept, form that stays apart).
    """
    pairs = sorted(stored, key=lambda pair: pair[0].document_id)
    extractions = [extraction for extraction, _ in pairs]
    merges = _merges(extractions, apart)
    assembler = _Assembler(merges, forms={form: kept for kept, form in apart}, homonyms=_homonyms(extractions, merges))
    for extraction, passages in pairs:
        assembler.add(extraction, passages)
    return assembler.finish()


def _homonyms(extractions: Sequence[Extraction], merges: tuple[Merge, ...]) -> Mapping[tuple[str, str], str]:
    names = Names.of(merges)
    return senses(
        Sense(
            key=names.resolve(extraction.document_id, one.key, one.label),
            document_id=extraction.document_id,
            text=one.text,
        )
        for extraction in extractions
        for one in extraction.definitions
    )


def _merges(extractions: Sequence[Extraction], apart: Collection[tuple[str, str]]) -> tuple[Merge, ...]:
    frequency: Counter[str] = Counter()
    expansions: list[tuple[str, str, str]] = []
    for extraction in extractions:
        frequency.update(key for key, _ in {(one.key, one.passage_id) for one in extraction.occurrences})
        for key in (*(one.key for one in extraction.definitions), *(one.key for one in extraction.topics)):
            frequency[key] += 0
        for one in extraction.abbreviations:
            expansions.append((extraction.document_id, canonical_key(one.short), canonical_key(one.long)))
    spelling = spelling_merges(frequency, apart)
    names = Names.of(spelling)
    spelled = ((document, names.spelled(short), names.spelled(long)) for document, short, long in expansions)
    return (*spelling, *abbreviation_merges(spelled, apart))


class _Assembler:
    """Gathers documents one by one and derives the vocabulary at the end."""

    def __init__(
        self, merges: tuple[Merge, ...], *, forms: Mapping[str, str], homonyms: Mapping[tuple[str, str], str]
    ) -> None:
        self._result = Assembly(merges=merges)
        self._names = Names.of(merges)
        self._forms = forms
        self._homonyms = homonyms
        self._special: set[str] = set()
        self._own: dict[str, Counter[str]] = defaultdict(Counter)
        self._short: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, extraction: Extraction, passages: tuple[str, ...]) -> None:
        """Take in one document."""
        result = self._result
        numbers = {passage: len(result.passages) + place for place, passage in enumerate(passages)}
        result.document_of += [len(result.documents)] * len(passages)
        result.documents.append(extraction.document_id)
        result.passages += passages
        self._add_topics(extraction, numbers)
        self._add_definitions(extraction, numbers)
        self._add_mentions(extraction, numbers)
        document = extraction.document_id
        self._special |= {self._names.resolve(document, key, key) for key in extraction.headings}
        for one in extraction.abbreviations:
            self._special.add(self._names.resolve(document, canonical_key(one.short), one.short))

    def _resolve(self, document: str, key: str, surface: str) -> str:
        """Return the key a surface stands for in a document, forms kept apart and homonyms under keys of their own."""
        form = plain_form(surface) if self._forms else ""
        resolved = self._names.resolve(document, key, surface)
        if form and form != resolved and self._forms.get(form) == resolved:
            return form
        return self._homonyms.get((document, resolved), resolved)

    def _add_topics(self, extraction: Extraction, numbers: dict[str, int]) -> None:
        document = len(self._result.documents) - 1
        for topic in extraction.topics:
            key = self._resolve(extraction.document_id, topic.key, topic.label)
            self._special.add(key)
            self._own[key][topic.label] += 0
            places = self._result.topics.setdefault(key, {}).setdefault(document, [])
            places += sorted({numbers[passage] for passage in topic.passages} - set(places))

    def _add_definitions(self, extraction: Extraction, numbers: dict[str, int]) -> None:
        for definition in extraction.definitions:
            key = self._resolve(extraction.document_id, definition.key, definition.label)
            if admissible(key.partition(" @")[0]):
                self._special.add(key)
                self._own[key][definition.label] += 0
                self._result.definitions.setdefault(key, []).append(definition)
                value = salience(key, Evidence(here=1, defined=True, heading=True))
                self._mentioned(numbers[definition.passage_id], key, value)

    def _add_mentions(self, extraction: Extraction, numbers: dict[str, int]) -> None:
        document = extraction.document_id
        for one in extraction.occurrences:
            key = self._resolve(document, one.key, one.surface)
            passage = numbers[one.passage_id]
            self._result.mentions.append(MentionRow(passage, key, one.start, one.end, one.surface, one.salience))
            self._mentioned(passage, key, one.salience)
            own = self._names.spelled(one.key) == key.partition(" @")[0] or key == plain_form(one.surface)
            surfaces = self._own if own else self._short
            surfaces[key][one.surface] += 1

    def _mentioned(self, passage: int, key: str, value: float) -> None:
        place = (passage, key)
        self._result.mentioned[place] = max(value, self._result.mentioned.get(place, 0.0))

    def finish(self) -> Assembly:
        """Return what was gathered, cut down to the vocabulary."""
        result = self._result
        kept = self._vocabulary()
        result.mentions = [row for row in result.mentions if row.key in kept]
        result.mentioned = {place: value for place, value in result.mentioned.items() if place[1] in kept}
        passages = Counter(key for _, key in result.mentioned)
        documents: dict[str, set[int]] = defaultdict(set)
        for passage, key in result.mentioned:
            documents[key].add(result.document_of[passage])
        for key, places in result.topics.items():
            documents[key] |= set(places)
        result.concepts = [self._concept(key, passages[key], len(documents[key])) for key in sorted(kept)]
        return result

    def _vocabulary(self) -> set[str]:
        """Return the keys kept: in two passages, defined, abbreviated, a heading or topic; two for a bare passage."""
        passages = Counter(key for _, key in self._result.mentioned)
        kept = {key for key, count in passages.items() if count >= MIN_PASSAGES or key in self._special}
        kept |= set(self._result.topics)
        by_passage: dict[int, list[tuple[float, str]]] = defaultdict(list)
        for (passage, key), value in self._result.mentioned.items():
            by_passage[passage].append((-value, key))
        bare = [found for found in by_passage.values() if not any(key in kept for _, key in found)]
        return kept | {key for found in bare for _, key in sorted(found)[:RESCUED]}

    def _concept(self, key: str, passages: int, documents: int) -> Concept:
        definitions = self._result.definitions.get(key, [])
        label = _most_frequent(self._own[key]) or _most_frequent(self._short[key]) or key
        if " @" in key and definitions:
            label = f"{label} ({' '.join(definitions[0].text.split()[:HOMONYM_WORDS])} …)"
        return Concept(
            id=concept_id(key),
            key=key,
            label=label,
            kind="topic" if key in self._result.topics else "concept",
            aliases=() if " @" in key else _aliases(label, self._own[key] + self._short[key]),
            definition=_chosen(definitions),
            frequency=passages,
            documents=documents,
            weight=self._weight(key, passages, defined=bool(definitions)),
        )

    def _weight(self, key: str, frequency: int, *, defined: bool) -> float:
        """Return a concept's importance: damped frequency · inverse passage frequency · length · bonus."""
        rarity = math.log(1 + len(self._result.passages) / max(1, frequency))
        bonus = 1 + 0.7 * (key in self._special) + defined
        return round(math.log(1 + frequency) * rarity * length_factor(key) * specificity(key) * bonus, 6)


def _most_frequent(surfaces: Counter[str]) -> str:
    return min(surfaces, key=lambda surface: (-surfaces[surface], surface)) if surfaces else ""


def _aliases(label: str, surfaces: Counter[str]) -> tuple[str, ...]:
    seen, aliases = {label.casefold()}, []
    for surface in sorted(surfaces, key=lambda surface: (-surfaces[surface], surface)):
        if surface.casefold() not in seen:
            seen.add(surface.casefold())
            aliases.append(surface)
    return tuple(aliases[:MAX_ALIASES])


def _chosen(found: Sequence[Definition]) -> str | None:
    """Return the fullest definition without a scope, else the fullest; the first of equals by document id."""
    unlimited = [definition for definition in found if not definition.scope]
    return max(unlimited or found, key=lambda definition: len(definition.text)).text if found else None

"""The concepts of one document: which of its phrases are kept for each passage, and the document's topics.

Only the document decides. A phrase inside a longer one, or one tied by "of", is kept when the document defines it,
names a section after it, or uses it often enough on its own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.canonical import canonical_key
from graph.cue import Cue
from graph.define import abbreviations, definitions, named_in_brackets
from graph.extraction import Abbreviation, Definition, Extraction, Occurrence, Topic
from graph.frame import Frame, Manner, frames
from graph.phrase import Phrase, admissible, inner
from graph.salience import Evidence, salience
from graph.wording import GENERIC_HEADINGS
from knowledge.document import Passage

PER_PASSAGE: Final = 12
MIN_SPREAD_INSIDE: Final = 3
MIN_SPREAD_TIED: Final = 2
TOPICS: Final = 5
PASSAGES_PER_EXTRA_TOPIC: Final = 20
_NUMBERING: Final = re.compile(
    r"^\s*(?:(?:section|chapter|part|article|appendix|annex|schedule|title|subchapter|§+)\s+)?"
    r"(?:[A-Z]?\.?\d+(?:[.–-][\dA-Za-z]+)*|[IVXLC]+|[A-Z])?(?:[.):]|\s*[–—-])*\s+(?=\S)",
    re.IGNORECASE,
)


Weigh = Callable[[str, Sequence[str]], Sequence[float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tagged:
    """A text, the noun phrases in it, the cues of policy frames, and the places of its wide list of candidates.

    Cues and wide places are empty unless they were asked for.
    """

    text: str
    phrases: tuple[Phrase, ...]
    cues: tuple[Cue, ...] = ()
    wide: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _Found:
    surface: str
    start: int
    end: int


@dataclass(slots=True)
class _Document:
    """What is gathered of a document before anything is chosen."""

    alone: list[dict[str, list[_Found]]] = field(default_factory=list)
    tied: list[dict[str, list[_Found]]] = field(default_factory=list)
    inside: list[dict[str, list[_Found]]] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)
    acronyms: set[str] = field(default_factory=set)
    headings: set[str] = field(default_factory=set)


def without_number(heading: str) -> str:
    """Return a heading without "4.1.2", "Section 5" or "Appendix A -" in front."""
    if not re.match(
        r"(?i)\s*(?:[A-Z]?\.?\d|§|(?:section|chapter|part|article|appendix|annex|schedule|title|subchapter)\b)", heading
    ):
        return heading.strip()
    return _NUMBERING.sub("", heading).strip()


def choose(
    document_id: str,
    passages: Sequence[Passage],
    tagged: Sequence[Tagged],
    headings: Mapping[str, Tagged],
    *,
    limit: int = PER_PASSAGE,
    weigh: Weigh | None = None,
) -> Extraction:
    """Return what is kept of a document from its tagged passages and headings (and title), by their raw text.

    `limit` is the most concepts kept for a passage; `weigh` returns what to multiply the salience of its phrases by.
    """
    found_definitions = _first_definitions(passages)
    found_abbreviations = _first_abbreviations(passages)
    gathered = _Document()
    gathered.defined = {definition.key for definition in found_definitions}
    gathered.defined |= {canonical_key(term) for passage in passages for term, _ in named_in_brackets(passage.text)}
    for abbreviation in found_abbreviations:
        gathered.acronyms |= {canonical_key(abbreviation.short), canonical_key(abbreviation.long)}
    gathered.headings = {key for text in headings.values() for key, _ in _heading_keys(text)}
    for one in tagged:
        _gather(gathered, one)
    for definition in found_definitions:
        _add_label(gathered, passages, definition.passage_id, definition.key, definition.label)
    occurrences = tuple(_select(gathered, passages, limit, weigh))
    return Extraction(
        document_id=document_id,
        occurrences=occurrences,
        definitions=found_definitions,
        abbreviations=found_abbreviations,
        topics=_topics(passages, headings, occurrences),
        headings=tuple(sorted(gathered.headings)),
        frames=tuple(_frames(passages, tagged)),
    )


def _frames(passages: Sequence[Passage], tagged: Sequence[Tagged]) -> Iterator[Frame]:
    manner = Manner.of([passage.text for passage in passages])
    for passage, one in zip(passages, tagged, strict=True):
        if one.cues:
            yield from frames(passage.id, passage.text, one.cues, one.phrases, manner=manner)


def _first_definitions(passages: Sequence[Passage]) -> tuple[Definition, ...]:
    """Return the document's first definition of each term in each scope."""
    first: dict[tuple[str, str], Definition] = {}
    for passage in passages:
        for definition in definitions(passage):
            first.setdefault((definition.key, definition.scope), definition)
    return tuple(first.values())


def _first_abbreviations(passages: Sequence[Passage]) -> tuple[Abbreviation, ...]:
    """Return the document's first expansion of each short form into each long one."""
    first: dict[tuple[str, str], Abbreviation] = {}
    for passage in passages:
        for abbreviation in abbreviations(passage):
            first.setdefault((abbreviation.short, abbreviation.long), abbreviation)
    return tuple(first.values())


def _gather(gathered: _Document, tagged: Tagged) -> None:
    layers: tuple[dict[str, list[_Found]], ...] = (defaultdict(list), defaultdict(list), defaultdict(list))
    alone, tied, inside = layers
    for phrase in tagged.phrases:
        surface = tagged.text[phrase.start : phrase.end]
        key = canonical_key(surface)
        if admissible(key):
            (tied if phrase.tied else alone)[key].append(_Found(surface, phrase.start, phrase.end))
        if not phrase.tied:
            for part, start, end in inner(phrase, tagged.text):
                inside[part].append(_Found(tagged.text[start:end], start, end))
    gathered.alone.append(alone)
    gathered.tied.append(tied)
    gathered.inside.append(inside)


def _substantial(surface: str) -> bool:
    """Return whether what stands before "of" says something: "address of record", not "number of records"."""
    before, of, _ = surface.partition(" of ")
    return bool(of) and admissible(canonical_key(before))


def _add_label(gathered: _Document, passages: Sequence[Passage], passage_id: str, key: str, label: str) -> None:
    for number, passage in enumerate(passages):
        if passage.id == passage_id and key not in gathered.alone[number] and key not in gathered.inside[number]:
            at = passage.text.find(label)
            if at >= 0:
                gathered.alone[number][key] = [_Found(label, at, at + len(label))]


def _select(gathered: _Document, passages: Sequence[Passage], limit: int, weigh: Weigh | None) -> Iterator[Occurrence]:
    spread = _spread(gathered)
    on_its_own = {key for alone in gathered.alone for key in alone}
    for number, passage in enumerate(passages):
        kept = _kept(gathered, number, spread, on_its_own)
        scores = {key: _score(gathered, key, found, spread[key], len(passage.text)) for key, found in kept.items()}
        if weigh is not None:
            factors = weigh(passage.text, [kept[key][0].surface for key in sorted(kept)])
            scores = {key: round(scores[key] * by, 6) for key, by in zip(sorted(kept), factors, strict=True)}
        best = sorted(scores, key=lambda key: (-scores[key], key))[:limit]
        for key in sorted(best):
            for found in kept[key]:
                yield Occurrence(
                    key=key,
                    surface=found.surface,
                    passage_id=passage.id,
                    start=found.start,
                    end=found.end,
                    salience=scores[key],
                )


def _spread(gathered: _Document) -> Counter[str]:
    """Count the passages of the document in which each key occurs in any way."""
    count: Counter[str] = Counter()
    for layers in zip(gathered.alone, gathered.tied, gathered.inside, strict=True):
        count.update(set().union(*layers))
    return count


def _kept(gathered: _Document, number: int, spread: Mapping[str, int], on_its_own: set[str]) -> dict[str, list[_Found]]:
    special = gathered.defined | gathered.acronyms | gathered.headings
    kept = {key: list(found) for key, found in gathered.alone[number].items()}
    for key, found in gathered.tied[number].items():
        if key in special or (spread[key] >= MIN_SPREAD_TIED and _substantial(found[0].surface)):
            kept.setdefault(key, []).extend(found)
    for key, found in gathered.inside[number].items():
        if key in special or (key in on_its_own and spread[key] >= MIN_SPREAD_INSIDE):
            kept.setdefault(key, []).extend(found)
    return {key: sorted(found, key=lambda one: (one.start, one.end)) for key, found in kept.items()}


def _score(gathered: _Document, key: str, found: Sequence[_Found], spread: int, length: int) -> float:
    evidence = Evidence(
        here=len(found),
        spread=spread,
        place=found[0].start / max(1, length),
        defined=key in gathered.defined,
        heading=key in gathered.headings,
        acronym=key in gathered.acronyms,
    )
    return salience(key, evidence)


def _heading_keys(heading: Tagged) -> Iterator[tuple[str, str]]:
    """Yield (key, surface) of the phrases a heading names, the whole heading first when it is short."""
    for phrase in sorted(heading.phrases, key=lambda phrase: (phrase.tied, phrase.start)):
        surface = heading.text[phrase.start : phrase.end]
        key = canonical_key(surface)
        if admissible(key) and not set(key.split()) <= GENERIC_HEADINGS:
            yield key, surface


def _topic_of(heading: Tagged) -> tuple[str, str] | None:
    """Return the (key, label) of the longest phrase in a heading, the first of equals."""
    named = list(_heading_keys(heading))
    return max(named, key=lambda pair: len(pair[0].split())) if named else None


def _topics(
    passages: Sequence[Passage], headings: Mapping[str, Tagged], occurrences: Iterable[Occurrence]
) -> tuple[Topic, ...]:
    under: dict[str, list[str]] = defaultdict(list)
    label: dict[str, str] = {}
    for passage in passages:
        for text in dict.fromkeys((passage.title, *passage.headings[:2])):
            named = _topic_of(headings[text]) if text in headings else None
            if named is not None and passage.id not in under[named[0]]:
                label.setdefault(*named)
                under[named[0]].append(passage.id)
    if not under:
        return _fallback_topic(passages, occurrences)
    limit = TOPICS + len(passages) // PASSAGES_PER_EXTRA_TOPIC
    best = sorted(under, key=lambda key: (-len(under[key]), key))[:limit]
    return tuple(Topic(key=key, label=label[key], passages=tuple(under[key])) for key in sorted(best))


def _fallback_topic(passages: Sequence[Passage], occurrences: Iterable[Occurrence]) -> tuple[Topic, ...]:
    """Return the document's most salient concept as its topic, for a document whose headings name none."""
    total: Counter[str] = Counter()
    surface: dict[str, str] = {}
    for occurrence in occurrences:
        if not set(occurrence.key.split()) <= GENERIC_HEADINGS:
            total[occurrence.key] += round(occurrence.salience * 1_000_000)
            surface.setdefault(occurrence.key, occurrence.surface)
    if not total:
        return ()
    key = min(total, key=lambda key: (-total[key], key))
    return (Topic(key=key, label=surface[key], passages=tuple(dict.fromkeys(passage.id for passage in passages))),)

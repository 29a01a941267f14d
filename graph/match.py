"""Finding the graph's concepts in a text that no extractor has seen, by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from graph.canonical import canonical_key, is_short_form, normalise
from graph.concept import Concept
from graph.plural import singular

_WORD: Final = re.compile(r"[^\W_]+(?:['’.&+#][^\W_]+)*[+#]*|&")


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A concept named in a text, with the characters that name it."""

    concept_id: str
    start: int
    end: int


class Matcher:
    """Finds concepts by label and alias: longest name first, plural, case and hyphens making no difference.

    Names that are short forms are matched with their capitals, so that "AS" does not find "as".
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._names: dict[tuple[str, ...], str] = {}
        self._short: dict[str, str] = {}
        self._longest: dict[str, int] = defaultdict(int)
        for concept in sorted(concepts, key=lambda concept: concept.id):
            for name in (concept.key, concept.label, *concept.aliases):
                self._add(name, concept)

    def _add(self, name: str, concept: Concept) -> None:
        if is_short_form(name):
            self._short.setdefault(singular(name), concept.id)
            return
        words = tuple(canonical_key(name).split())
        if words and not (words == (concept.key,) and any(map(is_short_form, (concept.label, *concept.aliases)))):
            self._names.setdefault(words, concept.id)
            self._longest[words[0]] = max(self._longest[words[0]], len(words))

    def find(self, text: str) -> list[Match]:
        """Return the concepts named in a text in reading order, without overlaps."""
        plain = normalise(text)
        places = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(plain)]
        words = [singular(word[:-2] if word.endswith(("'s", "'S")) else word) for _, _, word in places]
        found, at = [], 0
        while at < len(places):
            size, concept = self._at(words, places, at)
            if concept is not None:
                found.append(Match(concept_id=concept, start=places[at][0], end=places[at + size - 1][1]))
            at += size
        return found

    def _at(self, words: list[str], places: list[tuple[int, int, str]], at: int) -> tuple[int, str | None]:
        for size in range(min(self._longest.get(words[at], 0), len(words) - at), 0, -1):
            concept = self._names.get(tuple(words[at : at + size]))
            if concept is not None:
                return size, concept
        return 1, self._short.get(words[at]) if is_short_form(places[at][2]) else None

    def concepts(self, text: str) -> frozenset[str]:
        """Return the ids of the concepts named in a text."""
        return frozenset(match.concept_id for match in self.find(text))

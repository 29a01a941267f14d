"""Homonyms: one term that documents define as different things stays different concepts.

Definitions of a term are brought together by their words, each compared with the first of its group, never chained.
The group that most documents share keeps the plain key; in the documents of each other group the term has a key of its
own. A document that does not define the term uses the plain key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.canonical import words
from graph.plural import singular
from graph.wording import DETERMINERS, words_of

ALIKE: Final = 0.2
_SMALL: Final = DETERMINERS | words_of(
    "of for and or to in on by with at as from that which who is are was were be been has have had it its not under"
)
_POINTING: Final = (
    "has the same meaning",
    "have the same meaning",
    "has the meaning",
    "have the meaning",
    "includes",
    "does not",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sense:
    """What one document defines a key as."""

    key: str
    document_id: str
    text: str


def senses(found: Iterable[Sense]) -> Mapping[tuple[str, str], str]:
    """Return the key a term has in a document, by (document id, key), where it is not the plain one.

    Definitions that only point elsewhere ("has the meaning given in ...") or add to a meaning ("includes") are left
    out. The result does not depend on the order of `found`.
    """
    by_key: dict[str, dict[str, str]] = defaultdict(dict)
    for sense in sorted(found, key=lambda sense: (sense.key, sense.document_id, sense.text)):
        if not sense.text.lower().startswith(_POINTING):
            by_key[sense.key].setdefault(sense.document_id, sense.text)
    apart: dict[tuple[str, str], str] = {}
    for key, texts in by_key.items():
        _, *others = _groups(list(texts.items()))
        for group in others:
            apart.update({(document, key): f"{key} @{group[0]}" for document in group})
    return apart


def _groups(texts: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the documents of each meaning, the most shared first, those of equal size by their first document."""
    groups: list[tuple[frozenset[str], list[str]]] = []
    for document, text in texts:
        content = content_words(text)
        for first, members in groups:
            if alike(first, content):
                members.append(document)
                break
        else:
            groups.append((content, [document]))
    return sorted((members for _, members in groups), key=lambda members: (-len(members), members[0]))


def content_words(text: str) -> frozenset[str]:
    """Return the singular words of a definition without its small words."""
    return frozenset(singular(word) for word in words(text)) - _SMALL


def alike(left: frozenset[str], right: frozenset[str]) -> bool:
    """Return whether two definitions may be one: they share a fifth of the shorter one's words, or one is empty."""
    return not left or not right or len(left & right) >= ALIKE * min(len(left), len(right))

"""One form for the many ways a concept is written, and the merges that bring forms together.

`canonical_key` is a pure function of the surface, so the same text gives the same key in a document, in a dataset
written by someone else, and in an imported vocabulary. Keys that differ only in spacing or spelling are merged when
the graph is read, never in what is stored; each merge is kept with its rule, so that it can be shown and undone.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graph.plural import singular
from graph.wording import ANTONYMS, DETERMINERS, NEGATIONS
from knowledge.identity import identify

_TRANSLATION: Final = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "\u00ad": None}
)
_WORD: Final = re.compile(r"[^\W_]+(?:['.&+#][^\W_]+)*[+#]*|&")

_BRITISH: Final = (("isation", "ization"), ("ising", "izing"), ("colour", "color"), ("behaviour", "behavior"))
PROMOTION_SHARE: Final = 0.9
_SHORT_FORM: Final = re.compile(r"[A-Za-z0-9][\w&/.-]{1,9}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """Two forms that were taken for one concept: `merged` went into `kept`.

    `rule` is "spelling", "abbreviation" or "form" (plural, hyphen, possessive, case: `merged` is the surface in lower
    case); `document_id` is the only document where it holds, None for everywhere.
    """

    kept: str
    merged: str
    rule: str
    document_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """Merges ready for look-up: by spelling, and of short forms everywhere or within one document."""

    spelling: Mapping[str, str]
    everywhere: Mapping[str, str]
    within: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, merges: Iterable[Merge]) -> Names:
        """Return the look-up of these merges."""
        found = list(merges)
        short = [merge for merge in found if merge.rule == "abbreviation"]
        return cls(
            spelling={merge.merged: merge.kept for merge in found if merge.rule == "spelling"},
            everywhere={merge.merged: merge.kept for merge in short if merge.document_id is None},
            within={(merge.document_id, merge.merged): merge.kept for merge in short if merge.document_id is not None},
        )

    def spelled(self, key: str) -> str:
        """Return the key that is kept for a spelling."""
        return self.spelling.get(key, key)

    def resolve(self, document_id: str, key: str, surface: str) -> str:
        """Return the key a surface stands for in a document; only what looks like a short form is expanded."""
        spelled = self.spelling.get(key, key)
        expanded = self.everywhere.get(spelled) or self.within.get((document_id, spelled))
        return expanded if expanded is not None and is_short_form(surface) else spelled


def is_short_form(text: str) -> bool:
    """Return whether `text` may be an abbreviation: 2 to 10 characters, with two capitals or one and a digit."""
    if not _SHORT_FORM.fullmatch(text):
        return False
    capitals = sum(letter.isupper() for letter in text)
    return capitals >= 2 or (capitals == 1 and any(letter.isdigit() for letter in text))


def concept_id(key: str) -> str:
    """Return the id of the concept with canonical form `key`."""
    return identify("c", key)


def normalise(text: str) -> str:
    """Return `text` in NFKC with plain quotes and dashes."""
    return unicodedata.normalize("NFKC", text).translate(_TRANSLATION)


def words(text: str) -> list[str]:
    """Return the words of `text` as written, hyphens taken for spaces and possessive endings dropped."""
    found = _WORD.findall(normalise(text))
    return [word[:-2] if word.endswith(("'s", "'S")) else word for word in found]


@lru_cache(maxsize=200_000)
def canonical_key(surface: str) -> str:
    """Return the form by which surfaces are told apart: lower-case singular words without leading determiners.

    Empty when nothing is left. Plural, case, hyphens, quotes and possessives make no difference.
    """
    tokens = [singular(word) for word in words(surface)]
    while len(tokens) > 1 and tokens[0] in DETERMINERS:
        tokens = tokens[1:]
    return " ".join(token for token in tokens if token)


def plain_form(surface: str) -> str:
    """Return a surface in lower case with its spaces folded: the form under which it can be kept apart."""
    return " ".join(normalise(surface).lower().split())


def squeezed(key: str) -> str:
    """Return a key without spaces and in American spelling: the blocking key for spelling variants."""
    tight = key.replace(" ", "")
    for british, american in _BRITISH:
        tight = tight.replace(british, american)
    return tight


def blocked(left: str, right: str) -> str | None:
    """Return why two keys must stay apart, or None: different numbers, opposite polarity, or antonyms."""
    if re.findall(r"\d+", left) != re.findall(r"\d+", right):
        return "numbers"
    here, there = set(left.split()), set(right.split())
    if any(_opposed(one, other) for one in here - there for other in there - here):
        return "polarity"
    if any((a in here and b in there) or (b in here and a in there) for a, b in ANTONYMS if {a, b} & (here ^ there)):
        return "antonyms"
    return None


def _opposed(one: str, other: str) -> bool:
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return len(shorter) > 3 and any(longer == prefix + shorter for prefix in NEGATIONS)


def spelling_merges(frequency: Mapping[str, int], apart: Collection[tuple[str, str]] = ()) -> list[Merge]:
    """Return merges of keys that are equal but for spaces and spelling, into the most frequent of each group.

    Star-shaped, never chained: every member is compared with the one that is kept. Pairs in `apart` are not merged.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for key in frequency:
        groups[squeezed(key)].append(key)
    merges = []
    for members in groups.values():
        if len(members) > 1:
            kept, *others = sorted(members, key=lambda key: (-frequency[key], key))
            allowed = [key for key in others if (kept, key) not in apart and blocked(kept, key) is None]
            merges += [Merge(kept=kept, merged=key, rule="spelling") for key in allowed]
    return sorted(merges, key=lambda merge: (merge.kept, merge.merged))


def abbreviation_merges(
    expansions: Iterable[tuple[str, str, str]], apart: Collection[tuple[str, str]] = ()
) -> list[Merge]:
    """Return merges of short forms into long ones from (document id, short key, long key).

    One expansion that holds in at least 90 % of the documents that expand a short form holds everywhere; otherwise
    each document keeps its own, and a document with two expansions keeps neither. Pairs in `apart`, long form first,
    are left out.
    """
    by_short: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for document_id, short, long in expansions:
        if short != long and (long, short) not in apart:
            by_short[short][document_id].add(long)
    merges = [merge for short in sorted(by_short) for merge in _expand(short, by_short[short])]
    targets = {merge.merged for merge in merges}
    return [merge for merge in merges if merge.kept not in targets]


def _expand(short: str, by_document: Mapping[str, set[str]]) -> list[Merge]:
    clear = {document_id: next(iter(longs)) for document_id, longs in by_document.items() if len(longs) == 1}
    if not clear:
        return []
    count = Counter(clear.values())
    best = min(count, key=lambda long: (-count[long], long))
    if count[best] >= PROMOTION_SHARE * len(by_document):
        return [Merge(kept=best, merged=short, rule="abbreviation")]
    return [
        Merge(kept=long, merged=short, rule="abbreviation", document_id=document_id)
        for document_id, long in sorted(clear.items())
    ]

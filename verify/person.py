"""Names of people in a text, by what they are made of and what stands around them.

A run of capitalised words is a name when an honorific stands before it, when it is a known given name and a word that is no ordinary
one, or when spaCy's recogniser says so of words that are no ordinary ones. Lists: the United States Census of 1990 (public domain),
and the vocabulary of the entailment model for what is ordinary. The recogniser reads only texts in which the rest did not settle it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_LETTERS = r"[A-ZÀ-ÖØ-ÞŁŚŻĆ][\w'’-]*"
_PARTICLE = r"(?:de la|de los|van der|van den|von der|de|da|di|del|della|dos|du|van|von|bin|ibn|al|el|le|la|ter|ten)"
_RUN = re.compile(rf"(?<![\w@.§/-]){_LETTERS}(?:\.? (?:{_PARTICLE} )?{_LETTERS}){{1,4}}")
_LISTED = re.compile(rf"(?<![\w@.])(?<![A-Z]\. ){_LETTERS}, {_LETTERS}(?: [A-Z]\.)?(?![\w])")
_TITLED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Rev)\.? (?:(?:[A-Z]\. )?{_LETTERS}(?: (?:{_PARTICLE} )?{_LETTERS}){{0,2}})"
)
_INITIAL = re.compile(r"[A-Z]\.?")
_INSTITUTION = re.compile(
    r"(?:,? (?:Jr|Sr)\.?)?,? (?:Avenue|Ave|Street|St|Road|Boulevard|Drive|Act|Hospital|School|Park|Library|Center|Centre|Building|Plaza"
    r"|University|College|Foundation|Award|Fund|Program|Amendment|House|Memorial|Bridge|Institute|Medal|Day|County|City|Commission|v\.)\b"
)
_PLAIN = re.compile(r"[^\W\d_]['’]?[^\W\d_]*[a-zß-ÿ](?:-[^\W\d_]+)?")
_BUILT = re.compile(
    r"(?:ing|ions?|ous|ity|ies|ors?|ed|ics?|iers?|als?|ments?|able|ible|ist|ative|graph\w*|hood|ness|ware|ship|ful|ized?|ates?)$"
)
"""How words are built that are no names."""
_DAYS = frozenset(
    "january february march april may june july august september october november december monday tuesday wednesday thursday friday"
    " saturday sunday".split()
)
_LEADS = frozenset(
    "the a an in on at of by for to from if when where who and or but as with this that each any no".split()
)

Recognise = Callable[[str], "list[tuple[int, int, bool]]"]
"""Where a text names something, as spans of characters, and whether it is a person."""


@dataclass(frozen=True, slots=True)
class _Lists:
    """Given and family names, those that are words too, and ordinary words."""

    given: frozenset[str]
    family: frozenset[str]
    words: frozenset[str]
    ordinary: frozenset[str]


@cache
def _lists() -> _Lists:
    names = json.loads((_HERE / "lists" / "names.json").read_text(encoding="utf-8"))
    given, family, both = (frozenset(names[key].split()) for key in ("given", "family", "words"))
    vocabulary = json.loads((_HERE / "weights" / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return _Lists(given, family, both, frozenset(vocabulary) - (given | family) | both)


def people(text: str, *, recognise: Recognise | None = None) -> Iterator[tuple[int, int]]:
    """Yield the spans of names, which may overlap; `recognise` is asked where lists do not decide."""
    open_runs: list[tuple[int, int]] = []
    yield from (found.span() for found in _TITLED.finditer(text) if not _INSTITUTION.match(text, found.end()))
    for found in _RUN.finditer(text):
        for start, end in _pieces(text, found.start(), found.end()):
            sure = _sure(text[start:end])
            if _INSTITUTION.match(text, end) or sure is False:
                continue
            if sure:
                yield start, end
            else:
                open_runs.append((start, end))
    yield from (found.span() for found in _LISTED.finditer(text) if _in_list(found.group()))
    if open_runs and recognise is not None:
        seen = recognise(text)
        for start, end in open_runs:
            said = [person for first, last, person in seen if start < last and first < end]
            if any(said) or (not said and _foreign(text[start:end])):
                yield start, end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches of a run between its ordinary words, which belong to no name; a single word is none."""
    lists = _lists()
    held: list[re.Match[str]] = []
    words = [*re.finditer(r"[^\s]+", text[start:end])]
    for word, after in zip([*words, None], [*words[1:], None, None], strict=True):
        if word is not None and (
            not _common(word.group(), lists)
            or (held and _after_given(held[-1], word, lists))
            or (not held and after is not None and _before_family(word, after, lists))
        ):
            held.append(word)
            continue
        while held and held[0].group().lower() in _PARTICLES:
            held.pop(0)
        if len(held) > 1:
            yield start + held[0].start(), start + held[-1].end() - (text[start + held[-1].end() - 1] in ".’'")
        held = []


_PARTICLES = frozenset(_PARTICLE.strip("(?:)").replace(" ", "|").split("|"))


def _common(word: str, lists: _Lists) -> bool:
    low = word.lower().removesuffix("'s").removesuffix("’s").rstrip(".")
    if _INITIAL.fullmatch(word) or low in _PARTICLES:
        return False
    return low in lists.ordinary or low in _LEADS or low in _DAYS or any(mark.isdigit() for mark in low)


def _after_given(before: re.Match[str], word: re.Match[str], lists: _Lists) -> bool:
    """Whether a word that is an ordinary one too is a family name here, a given name being before it, as in "Douglas Brown"."""
    known = before.group().lower()
    return word.group().lower() in lists.family & lists.words and known in lists.given - lists.words - _PLACES


def _before_family(word: re.Match[str], after: re.Match[str], lists: _Lists) -> bool:
    """Whether a word that is an ordinary one too is a given name here, before what is a family name alone, as in "Guy Weber"."""
    return (
        word.group().lower() in lists.given & lists.words - _DAYS
        and after.group().lower() in lists.family - lists.words
    )


_PLACES = frozenset(
    "canada"
    " virginia georgia carolina columbia florida dakota washington jackson houston austin dallas madison lincoln chelsea brooklyn savannah"
    " paris london sydney israel jordan china india america asia africa denver cleveland indiana montana tennessee nevada arizona"
    " orlando"
    " cheyenne phoenix kenya ireland france holland vermont".split()
)


def _sure(name: str) -> bool | None:
    """Whether a run of words, none ordinary, is a name (True), is none (False), or may be (None)."""
    lists = _lists()
    words = [
        word
        for part in name.lower().replace("’", "'").split()
        for word in part.strip(".").split("-")
        if len(word) > 1 and word not in _PARTICLES
    ]
    if len(words) < 2:
        return None if len(name.split()) > 1 and words and words[0] in lists.given | lists.family else False
    if name.isupper():
        return words[0] in lists.given and words[-1] in lists.family
    if words[0] in lists.given - _PLACES and (words[-1] in lists.family or words[-1] not in lists.ordinary):
        return True
    acronym = any(part.isupper() and len(part) > 1 for part in name.replace(".", "").split())
    return False if acronym else None


def _foreign(name: str) -> bool:
    """Whether a run is two or three words in small letters but the first, none known: so are names from elsewhere written."""
    words = name.split()
    return 2 <= len(words) <= 3 and all(_PLAIN.fullmatch(word) and not _BUILT.search(word) for word in words)


def _in_list(text: str) -> bool:
    """Whether "Family, Given" is a name: both must be known, neither an ordinary word."""
    lists = _lists()
    last, _, first = text.lower().partition(", ")
    first = first.partition(" ")[0]
    known = last in lists.family or last not in lists.ordinary
    sure = last.isalpha() and last not in lists.given | lists.words | _DAYS | _PLACES and not _BUILT.search(last)
    return known and sure and first in lists.given - lists.words - _DAYS


@cache
def spacy_people(model: str | None = None) -> Recognise:
    """Return a recogniser by a spaCy pipeline: the named one, or the small English one of the package."""
    import spacy

    from graph.extract import spacy_package

    pipeline = spacy.load(spacy_package(model), exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"])

    def recognise(text: str) -> list[tuple[int, int, bool]]:
        return [(each.start_char, each.end_char, each.label_ == "PERSON") for each in pipeline(text).ents]

    return recognise

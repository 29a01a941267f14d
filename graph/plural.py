"""English nouns to their singular, by lists for the irregular ones and by ending for the rest."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from unicodedata import combining

from graph.wording import words_of

_PLURAL_ACRONYM: Final = re.compile(r"[A-Z]{2,}s")
_IRREGULAR: Final = dict(
    pair.split(":")
    for pair in words_of(
        """analyses:analysis bases:basis crises:crisis hypotheses:hypothesis theses:thesis diagnoses:diagnosis
        syntheses:synthesis parentheses:parenthesis axes:axis criteria:criterion phenomena:phenomenon indices:index
        matrices:matrix vertices:vertex appendices:appendix children:child women:woman men:man feet:foot teeth:tooth
        mice:mouse geese:goose halves:half leaves:leaf lives:life knives:knife shelves:shelf wolves:wolf wives:wife
        thieves:thief calves:calf selves:self statuses:status viruses:virus bonuses:bonus campuses:campus buses:bus
        censuses:census surpluses:surplus focuses:focus cookies:cookie movies:movie ties:tie caches:cache niches:niche
        quizzes:quiz gases:gas biases:bias aliases:alias atlases:atlas canvases:canvas lenses:lens shoes:shoe toes:toe
        heroes:hero potatoes:potato vetoes:veto echoes:echo"""
    )
)
_UNCHANGED: Final = words_of(
    """series species news means lens gas bias alias atlas canvas https always perhaps besides towards does was has
    this thus yes plus mathematics physics economics statistics ethics politics analytics logistics biometrics robotics
    electronics mechanics dynamics graphics premises proceeds sans corps chaos kudos cosmos christmas texas kansas
    arkansas whereas headquarters fips dtls"""
)


@lru_cache(maxsize=200_000)
def singular(word: str) -> str:
    """Return an English noun's singular in lower case; other words come back in lower case.

    It needs no part of speech, so that a word has one form wherever it stands.
    """
    if _PLURAL_ACRONYM.fullmatch(word):
        return word[:-1].lower()
    lower = word.lower()
    if not lower.isascii():
        lower = "".join(letter for letter in lower if not combining(letter))
    while (shorter := _without_plural(lower)) != lower:
        lower = shorter
    return lower


def _without_plural(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or word in _UNCHANGED or not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1]

"""Which language a text is in, by its commonest words: enough to warn that the built-in models will not do."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

SAMPLES: Final = 10
SAMPLE: Final = 2_000
"""Characters of each of the samples, which are taken all over the text."""
LEAST_WORDS: Final = 5
LEAST_SHARE: Final = 0.15
"""Share of a language's commonest words below which a sentence is not taken to be in it."""
MOST_ENGLISH: Final = 0.75
"""Share of other sentences above which a text is not English."""
_COMMON: Final = {
    "de": "der das und ist nicht zu mit für auf eine im werden sind oder nach dem des aus bei als wird ein den von",
    "fr": "le les des et est une dans que pas sont du aux ou être doivent avec qui ce peuvent au sur par pour il",
    "es": "el los las es una para en que por se del al su debe lo como más y deben con no un",
    "it": "il di che non sono della gli nel dei deve è alla da delle una essere con i per",
    "pt": "os que para uma não da em são dos é na deve ser das ao com por um as",
    "nl": "het een niet voor met zijn aan door worden en dat moet van de op te is",
    "pl": "się jest że przez dla lub oraz być może nie do na od po",
    "sv": "och att det som är för med av inte ett ska eller om den till på",
}
"""Words that English has too count only beside others that it has not."""
_WORDS: Final = {code: frozenset(words.split()) for code, words in _COMMON.items()}
_ALSO_ENGLISH: Final = frozenset(
    "a as do in is no on me an per pour par den van met con des den ska om av i com by de".split()
)
_SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]"), 0.1),
    ("zh", re.compile(r"[\u4e00-\u9fff]"), 0.3),
    ("ko", re.compile(r"[\uac00-\ud7af]"), 0.3),
    ("ar", re.compile(r"[\u0600-\u06ff]"), 0.3),
    ("he", re.compile(r"[\u0590-\u05ff]"), 0.3),
    ("ru", re.compile(r"[\u0400-\u04ff]"), 0.3),
    ("el", re.compile(r"[\u0370-\u03ff]"), 0.3),
    ("hi", re.compile(r"[\u0900-\u097f]"), 0.3),
    ("th", re.compile(r"[\u0e00-\u0e7f]"), 0.3),
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_PART: Final = re.compile(r"(?<=[.!?:])\s+|\n+")


def language_of(text: str) -> str:
    """Return a two-letter code: the language of most of the text, "en" when there is too little to tell."""
    share, other = foreign_share(text)
    return other if share > MOST_ENGLISH else "en"


def foreign_share(text: str) -> tuple[float, str]:
    """Return the share of a text's words in sentences of other languages than English, and the commonest of those."""
    sample = _sampled(text)
    if script := _script(sample):
        return 1.0, script
    counts: Counter[str] = Counter()
    for part in _PART.split(sample):
        words = _WORD.findall(part.lower())
        counts[_language(words)] += len(words)
    total = counts.total()
    del counts["en"]
    return counts.total() / max(1, total), counts.most_common(1)[0][0] if counts else "en"


def _sampled(text: str) -> str:
    if len(text) <= SAMPLES * SAMPLE:
        return text
    step = len(text) // SAMPLES
    return "\n".join(text[start : start + SAMPLE] for start in range(0, step * SAMPLES, step))


def _script(text: str) -> str | None:
    """Return the language whose script most letters are in, None for Latin letters."""
    letters = sum(1 for character in text if character.isalpha())
    for code, script, least in _SCRIPTS:
        if letters and not text.isascii() and len(script.findall(text)) > least * letters:
            return code
    return None


def _language(words: list[str]) -> str:
    """Return the language of a sentence: another than English when two of its commonest words at least are its own."""
    best, most = "en", 0
    if len(words) < LEAST_WORDS:
        return best
    for code, common in _WORDS.items():
        hits = sum(1 for word in words if word in common)
        own = {word for word in words if word in common and word not in _ALSO_ENGLISH}
        if len(own) >= 2 and hits > most and hits >= LEAST_SHARE * len(words):
            best, most = code, hits
    return best

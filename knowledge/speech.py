"""Which language a text is in, by its commonest words: enough to warn that the built-in models will not do."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

SAMPLE: Final = 20_000
LEAST: Final = 0.08
"""Share of a language's commonest words below which a text is not taken to be in it."""
_WORDS: Final = {
    "en": [
        "the",
        "of",
        "and",
        "to",
        "in",
        "is",
        "that",
        "for",
        "must",
        "be",
        "not",
        "may",
        "a",
        "with",
        "on",
        "by",
        "are",
        "or",
        "any",
    ],
    "de": [
        "der",
        "die",
        "das",
        "und",
        "ist",
        "nicht",
        "zu",
        "den",
        "von",
        "mit",
        "für",
        "auf",
        "ein",
        "eine",
        "im",
        "werden",
        "sind",
        "oder",
    ],
    "fr": [
        "le",
        "la",
        "les",
        "de",
        "des",
        "et",
        "est",
        "une",
        "un",
        "pour",
        "dans",
        "que",
        "par",
        "ne",
        "pas",
        "sur",
        "sont",
        "du",
        "aux",
    ],
    "es": [
        "el",
        "la",
        "los",
        "las",
        "de",
        "y",
        "es",
        "una",
        "un",
        "para",
        "en",
        "que",
        "por",
        "no",
        "se",
        "con",
        "del",
        "son",
        "al",
    ],
    "it": [
        "il",
        "la",
        "di",
        "che",
        "per",
        "un",
        "una",
        "non",
        "sono",
        "con",
        "del",
        "della",
        "le",
        "gli",
        "nel",
        "dei",
    ],
    "pt": "os as de que para um uma não com do da em por são dos".split(),
    "nl": "de het een van is niet voor met op te zijn aan door worden".split(),
}
_SCRIPTS: Final = (
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)


def language_of(text: str) -> str:
    """Return a two-letter code; "en" when there is too little to tell."""
    sample = text[:SAMPLE]
    letters = sum(1 for character in sample if character.isalpha())
    for code, script in _SCRIPTS:
        if letters and len(script.findall(sample)) > 0.3 * letters:
            return code
    words = Counter(re.findall(r"[^\W\d_]+", sample.lower()))
    total = max(1, words.total())
    shares = {code: sum(words[word] for word in common) / total for code, common in _WORDS.items()}
    best = max(shares, key=lambda code: shares[code])
    return best if shares[best] > max(LEAST, shares["en"] + 0.05) else "en"

"""`Topic`: what a text was asked for by name alone ("Marie Curie"), and its name in the place of the pronouns that open sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from verify.grammar import AUX, STRONG, WEAK
from verify.words import content

_LONGEST = 8
"""Words of a topic at most."""
_ASKS = frozenset(
    "please tell give write list name say summarise summarize compare discuss state if in on at for under by to".split()
)
_HEAD = re.compile(
    r"(?P<lead>(?:(?:in|on|at|after|before|during|since|from|by|for|until|as|while|with|throughout|following)\b[^,.;]{1,60},\s+)?"
    r"(?:(?:some|many|most|all|several|one|both|none)\s+of\s+)?)"
    r"(?P<word>he|she|it|they|his|her|its|their)\s+(?P<next>[\w’'-]+)",
    re.IGNORECASE,
)
_FAMILIES = (
    frozenset({"he", "his"}),
    frozenset({"she", "her"}),
    frozenset({"it", "its"}),
    frozenset({"they", "their"}),
)
_OWNERS = frozenset({"his", "her", "its", "their"})
_IMPERSONAL = re.compile(
    r"it\s+(?:seems|appears|follows|turns|(?:is|was)\s+(?:\w+\s+){1,3}(?:that|to|who))\b", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A name and the pronouns, in lower case, that stand for it at the head of the text's sentences."""

    name: str
    pronouns: frozenset[str]

    @classmethod
    def of(cls, asked: str | None, sentences: Sequence[str]) -> Topic | None:
        """Return the topic that was asked for; None where a question was asked, or the text does not speak of it.

        Its pronouns are the first "he" or "she" that opens a sentence, else the first "it" or "they": another person of the
        text may have the others.
        """
        name = " ".join((asked or "").split()).strip(" .:")
        words = name.lower().split()
        if not 0 < len(words) <= _LONGEST or "?" in name or not name[0].isalnum():
            return None
        asks = words[0] in _ASKS | AUX | STRONG | WEAK or any(word in AUX for word in words)
        if asks or not any(content(name) & content(each) for each in sentences):
            return None
        heads = [found["word"].lower() for each in sentences if (found := _head(each))]
        first = next((word for word in heads if word in {"he", "she", "his", "her"}), heads[0] if heads else "")
        return cls(name=name, pronouns=next((family for family in _FAMILIES if first in family), frozenset()))

    def named(self, sentence: str) -> str:
        """Return a sentence with the topic's name for the pronoun that opens it: "Her work" as "Marie Curie's work"."""
        found = _head(sentence)
        if found is None or found["word"].lower() not in self.pronouns:
            return sentence
        owner = ("’" if self.name.endswith("s") else "’s") if found["word"].lower() in _OWNERS else ""
        return f"{found['lead']}{self.name}{owner}{sentence[found.end('word') :]}"


def _head(sentence: str) -> re.Match[str] | None:
    """The pronoun that opens a sentence, past a phrase of time or place; none in "it is said that"."""
    found = _HEAD.match(sentence)
    return None if found is None or _IMPERSONAL.match(sentence, found.start("word")) else found

"""Whether the documents answer a question in more than one way, so that a single answer tells half of it.

No model is asked: facts are taken from passages by rule, and one whose question has the same words of substance, in whatever
order, but whose sentence says something else is a rival. What is asked under a named document has rivals in that document alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from generate.strategy.focus import focuses
from generate.strategy.place import asked_under, name_of
from generate.strategy.wording import substance
from verify.question import question_word

SAME = 0.8
"""Share of words of substance, of both and beyond the question, from which two sentences say the same."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


class Source(Protocol):
    """A text of the documents and where it stands; as `Passage` and `Evidence`."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def title(self) -> str:
        """Its document's title."""

    @property
    def headings(self) -> Sequence[str]:
        """The headings above it."""


def rival(question: str, answer: str, sources: Iterable[Source]) -> str:
    """Return a sentence of `sources` that answers the question, or its part for that document, otherwise; "" when there is none."""
    folded = " ".join(answer.split())
    for source in sources:
        part = asked_under(question, name_of(source.title, source.headings))
        asked, kind = substance(part), question_word(part)
        said = [substance(sentence) - asked for sentence in _SENTENCE.split(folded)]
        for focus in focuses(source.text):
            if focus.sentence in folded or question_word(focus.question) != kind or substance(focus.question) != asked:
                continue
            told = substance(focus.sentence) - asked
            if not any(_alike(told, each) for each in said):
                return focus.sentence
    return ""


def _alike(one: set[str], two: set[str]) -> bool:
    return len(one & two) >= SAME * len(one | two)

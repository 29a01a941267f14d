"""Whether the documents answer a question in more than one way, so that a single answer tells half of it.

No model is asked: facts are taken from passages by rule, and one whose question has the same words of substance, in whatever
order, but whose sentence says something else is a rival.
"""

from __future__ import annotations

from collections.abc import Iterable

from generate.strategy.decompose import substance
from generate.strategy.focus import focuses
from verify.question import question_word

SAME = 0.8
"""Share of words of substance, of both and beyond the question, from which two sentences say the same."""


def rival(question: str, answer: str, texts: Iterable[str]) -> str:
    """Return a sentence of `texts` that answers the same question otherwise; "" when there is none."""
    asked, kind = substance(question), question_word(question)
    said = substance(answer) - asked
    folded = " ".join(answer.split())
    for text in texts:
        for focus in focuses(text):
            if focus.sentence in folded or question_word(focus.question) != kind:
                continue
            if substance(focus.question) == asked and not _alike(substance(focus.sentence) - asked, said):
                return focus.sentence
    return ""


def _alike(one: set[str], two: set[str]) -> bool:
    return len(one & two) >= SAME * len(one | two)

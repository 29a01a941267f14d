"""`Variant`: a statement made from a sentence, with the question it answers if it is an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

MODAL = re.compile(r"\b(?P<modal>shall|must|may|should|will|can|SHALL|MUST|MAY|SHOULD)\b(?P<no> (?:not|NOT)\b)?")
"""A modal verb, the month May left out."""

NO_ONE = re.compile(r"\b(?:no|neither|nor|none|nothing|only)\b", re.IGNORECASE)
"""Before a modal verb it turns "may" and "shall" into the same ban."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """`text` is a sentence, or the answer to `question`."""

    text: str
    question: str | None = None


def tidy(text: str) -> str:
    """Return a sentence with one space between words, a capital and a stop."""
    text = re.sub(r"\s+([,.])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,")
    text = re.sub(r",+\.?$", "", text)
    return text[:1].upper() + text[1:].rstrip(".") + "."


def put(text: str, found: re.Match[str], instead: str) -> str:
    """Return the text with a match replaced, the capital of a sentence's first word kept."""
    made = text[: found.start()] + instead + text[found.end() :]
    return made[:1].upper() + made[1:]


def like(word: str, instead: str) -> str:
    """Return `instead` in capitals when `word` is in capitals."""
    return instead.upper() if word.isupper() and len(word) > 1 else instead


def plural(before: str) -> bool:
    """Whether the words before a verb end in what looks like a plural subject."""
    subject = re.split(r"[,;:]|\b(?:if|when|that|which|who|and that)\b", before)[-1].strip()
    core = re.split(r"\b(?:of|in|for|to|with|at|from|by|within|under|on)\b", subject)[0].split()
    last = core[-1].lower() if core else ""
    return "and" in core or (last.endswith("s") and not last.endswith(("ss", "us", "is")))

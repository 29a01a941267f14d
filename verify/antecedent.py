"""Whom the pronoun that opens an answer stands for, as its question tells: "it must reply" to "When must the Office reply?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from verify.grammar import AUX, BE, DETERMINERS, DO, MODAL, PREPOSITIONS, PRONOUNS, RELATIVES, uninvert
from verify.words import stem

_ACT = re.compile(r"(?:(?:must|shall|may|can|will|should|does|do|did)\s+(?:also\s+|then\s+)?)?([a-z]+)\b")
"""The verb an answer opens with, its modal aside."""
_OWNERS = frozenset({"its", "their", "his", "her"})
"""What leans on another noun itself."""


def restored(words: Sequence[str], answer: str) -> str:
    """Return the answer with an opening "It" or "They" replaced by the subject of the question, where that is plain."""
    found = re.match(r"(?:(It|They|He|She)|Its|Their|His|Her)\s+(?=\w+)", answer)
    start = next((i for i in range(min(len(words), 6)) if words[i].lower() in AUX), None)
    if found is None or start is None:
        return answer
    subject = _doer(words[start:], answer[found.end() :]) or _subject(words, start)
    first = subject.split()[0].lower() if subject else ""
    if not subject or first in PRONOUNS | _OWNERS or len(subject.split()) > 12:
        return answer
    owner = "" if found[1] else "’" if subject.endswith("s") else "’s"
    return f"{subject[:1].upper()}{subject[1:]}{owner} {answer[found.end() :]}"


def _subject(words: Sequence[str], start: int) -> str:
    """The subject of the question whose auxiliary stands at `start`; empty where it is not plain."""
    clause = uninvert(words[start:])
    if clause:
        return clause[0]
    rest = list(words[start + 1 :])
    if words[start].lower() in BE:
        return " ".join(rest) if words[0].lower() in {"what", "when", "where", "how"} else ""
    last = rest[-1].lower() if rest else ""
    ends = len(rest) > 1 and last.isalpha() and last not in PREPOSITIONS | DETERMINERS | PRONOUNS
    adverbial = words[0].lower() in {"when", "where", "how", "why"}
    return " ".join(rest[:-1]) if ends and adverbial and words[start].lower() in MODAL | DO else ""


def _doer(question: Sequence[str], said: str) -> str:
    """Who does in the question what the answer says is done: "the Office" of "the deadline for the Office to answer"."""
    verb = _ACT.match(said)
    low = [stem(word.strip(",")) for word in question]
    at = next((i for i in range(2, len(low)) if verb and low[i] == stem(verb[1])), None)
    if at is None:
        return ""
    if question[at - 1].lower() == "to" and "for" in question[: at - 1]:
        first = len(question[: at - 1]) - 1 - question[: at - 1][::-1].index("for")
        return " ".join(question[first + 1 : at - 1])
    fits = question[0].lower() in MODAL | DO and not any(word.endswith(",") for word in question[1:at])
    return (
        " ".join(question[1:at])
        if fits and question[at - 1].lower() not in DETERMINERS | PREPOSITIONS | RELATIVES
        else ""
    )

"""Who does it: the answer to a "who" question against those whom the evidence names as doing it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verify.sentence import parts
from verify.verdict import Finding
from verify.words import content, stem

_ASKED = re.compile(
    r"^(?:[^?]*,\s*)?who\s+(?:else\s+)?(?:(?:must|shall|may|can|should|will)\s+(?:\w+ly\s+)?(?P<base>[a-z]{3,})"
    r"|(?:\w+ly\s+)?(?P<present>(?!is\b|was\b|does\b|has\b)[a-z]{2,}s))\s+(?P<what>[^?]+)",
    re.IGNORECASE,
)
"""Only duties, powers and habits: in what happened once, much text names the doer elsewhere."""
_BY = re.compile(r"\bby\s+(?P<doer>(?:the\s+|an?\s+|its\s+)?[A-Za-z][^,.;:]*)")
_PRONOUNS = re.compile(r"\b(?:it|they|he|she|we|you|who|which|that)\s*$", re.IGNORECASE)
_NOUN = re.compile(r"(?:al|ment|ion|er|or|ance|ence|als|ments|ions|ers|ors)$")
_SUBJECT = re.compile(
    r"(?:^|[.;:,]\s*|(?:and|but|if|when|where|that)\s+)(?:(?:the|an?|any|each|every|no)\s+)?[\w'’ -]{3,40}?$",
    re.IGNORECASE,
)
_BEFORE = 6
"""Words before a verb among which its doer is looked for."""


def doers(question: str, answer: str, ground: str) -> Iterator[Finding]:
    """Yield a conflict when the evidence says who does what is asked, and none of them is in the answer.

    Sentences count that share the question's verb and, beside it, more than half of its object's words.
    """
    asked = _ASKED.search(question.strip())
    said = content(answer)
    if asked is None or not said:
        return
    verb, thing = stem(asked["base"] or asked["present"]), content(asked["what"])
    found = [doer for place in _places(ground) for doer in _named(place, verb, thing)]
    if found and not any(said & content(doer) for doer in found):
        detail = f"the evidence names another: “{' '.join(found[0].split())[:60]}”"
        yield Finding(rule="actor", conflict=True, detail=detail, claim_text=answer[:60], evidence_text=found[0][:60])


def _places(ground: str) -> list[str]:
    return list(dict.fromkeys(ground[span.start : span.end] for span in parts(ground)))


def _named(place: str, verb: str, thing: frozenset[str]) -> Iterator[str]:
    """The doers of a verb in a sentence that speaks of the thing: what stands before it, or after "by"."""
    if not thing or 2 * len(thing & content(place)) <= len(thing):
        return
    for found in re.finditer(r"[A-Za-z]+", place):
        if stem(found[0]) != verb or _NOUN.search(found[0]):
            continue
        before, after = place[: found.start()], place[found.end() :]
        by = _BY.search(after)
        passive = re.search(r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?$", before)
        if by and passive:
            yield by["doer"]
        elif passive or _PRONOUNS.search(before) or not _SUBJECT.search(before):
            yield place
        else:
            yield " ".join(before.split()[-_BEFORE:])

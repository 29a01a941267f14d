"""Claims that go further than their evidence: "all" without the exception, "only" that is not said, "always"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verify.verdict import Finding
from verify.words import content, stem

_ALL = re.compile(r"\b(?:all|every|any|always|each)\b", re.IGNORECASE)
_EXCEPTION = re.compile(
    r"\b(?:except(?:\s+(?:for|that|when|where|in))?|unless|other\s+than|excluding|with\s+the\s+exception\s+of)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:only|solely|exclusively)\b", re.IGNORECASE)
_ONLY_THERE = re.compile(
    r"\b(?:only|solely|exclusively|unless|no\s+\w+\s+(?:other|may|shall|must|can)|except|limited\s+to|restricted\s+to|must|shall|required)\b",
    re.IGNORECASE,
)


def overreach(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for "all" without the exception the evidence makes, and for an "only" it does not say."""
    everyone, exception = _ALL.search(claim), _EXCEPTION.search(evidence)
    if everyone and exception and not _EXCEPTION.search(claim) and not _ALL.search(evidence[exception.start() :]):
        yield Finding(
            rule="exception",
            conflict=True,
            detail=f"the claim says “{everyone[0]}”, the evidence makes an exception (“{exception[0]}”)",
            claim_text=everyone[0],
            evidence_text=exception[0],
        )
    ever = _EVER.search(claim)
    limit = re.search(r"\bonly\s+(?:where|if|when|with|after|for)\b", evidence, re.IGNORECASE)
    if ever and limit and not _EVER.search(evidence):
        yield _goes_too_far(ever[0], f"the evidence limits it (“{limit[0]}”)", limit[0])
    yield from _everyone(claim, evidence)
    only = _ONLY.search(claim)
    if only and not _ONLY_THERE.search(evidence):
        yield Finding(
            rule="exclusive",
            conflict=True,
            detail=f"the claim says “{only[0]}”, the evidence does not",
            claim_text=only[0],
        )


_EVER = re.compile(
    r"\b(?:at\s+any\s+time|always|in\s+all\s+cases|for\s+any\s+reason|whenever|under\s+any|in\s+any\s+case|without\s+exception)\b",
    re.IGNORECASE,
)
_EVERYONE = re.compile(r"\b(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?(?P<noun>[a-z][\w-]*)", re.IGNORECASE)


_RESTRICTED = re.compile(
    r"\b(?P<noun>[a-z][\w-]*)\s+(?:who|that|which|whose|with|aged|under|over|whom)\s+(?P<limit>[^.;,]{3,60}?)"
    r"(?=\s+(?:must|shall|may|can|cannot|need|needs|is|are|has|have|will|should)\b)",
    re.IGNORECASE,
)


def _everyone(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for "all applicants" in the claim where the evidence's own clause says "at least one applicant"."""
    found = _EVERYONE.search(claim)
    if found is None:
        return
    noun = stem(found["noun"])
    wanted = content(claim)
    limited = _RESTRICTED.search(evidence)
    while limited and stem(limited["noun"]) != noun:
        limited = _RESTRICTED.search(evidence, limited.end())
    if limited and content(limited["limit"]) and not content(limited["limit"]) & wanted:
        yield _goes_too_far(found[0], f"the evidence speaks of “{limited[0]}”", limited[0])
    clauses = sorted(re.split(r"[;,]\s+", evidence), key=lambda part: -len(wanted & content(part)))
    some = re.search(
        r"\b(?:at\s+least\s+one|one\s+of\s+the|either|any\s+one|some|one)\s+(?P<noun>[a-z][\w-]*)",
        clauses[0],
        re.IGNORECASE,
    )
    if some and stem(some["noun"]) == noun and not _EVERYONE.search(clauses[0]):
        yield _goes_too_far(found[0], f"the evidence says “{some[0]}”", some[0])


def _goes_too_far(claim_text: str, evidence: str, evidence_text: str) -> Finding:
    detail = f"the claim says “{claim_text}”, {evidence}"
    return Finding(rule="overreach", conflict=True, detail=detail, claim_text=claim_text, evidence_text=evidence_text)

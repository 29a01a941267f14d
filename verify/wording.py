"""A claim in the wording of its evidence: a small model takes "limited to" for the contrary of "not exceed"."""

from __future__ import annotations

import re

_LIMITED = re.compile(
    r"(?<!not\s)\b(?:(?:must|shall|may|can|should|will)\s+(?:only\s+)?be|is|are)\s+(?:limited|restricted|capped)\s+(?:to|at)\b",
    re.IGNORECASE,
)
_NOT_EXCEED = re.compile(
    r"\b(?:(?:must|shall|may|can|should|will|do|does)\s+not|cannot)\s+(?:exceed|be\s+(?:more|greater|higher)\s+than)\b",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    r"(?P<noun>[\w’'-]+),?\s+(?:that|which|who)\s+(?:is|are|was|were)\s+not\s+(?P<done>\w+(?:ed|en|nt|wn)\s+(?:by|in|under|to|within|from|for)\b)",
    re.IGNORECASE,
)
_OTHER_THAN = re.compile(r"\b(?:other\s+than|except(?:\s+for)?|excluding|apart\s+from|save\s+for)\b", re.IGNORECASE)


def reworded(claim: str, evidence: str) -> str | None:
    """Return the claim in the evidence's way of putting a limit or an exception, or None where it already has it or neither puts one.

    "Is limited to $5" and "must not exceed $5" are one limit; "a loan that is not covered by a policy" and "a loan, other than one
    covered by a policy" are one exception.
    """
    if _LIMITED.search(claim) and _NOT_EXCEED.search(evidence):
        return _LIMITED.sub("must not exceed", claim, count=1)
    if _NOT_EXCEED.search(claim) and _LIMITED.search(evidence):
        return _NOT_EXCEED.sub("must be limited to", claim, count=1)
    if _OTHER_THAN.search(evidence) and not _OTHER_THAN.search(claim) and _NOT_DONE.search(claim):
        return _NOT_DONE.sub(r"\g<noun>, other than one \g<done>", claim, count=1)
    return None

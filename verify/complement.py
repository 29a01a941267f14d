"""What completes a verb or narrows a noun: "appeal to the Committee", "after delivery", "a simple majority"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verify.figure import quantities
from verify.quantity import Kind, same
from verify.verdict import Finding
from verify.words import content, stem

_TO = re.compile(
    r"\b(?P<verb>[a-z]{3,})\s+(?:[a-z]+\s+){0,2}?to\s+(?:the\s+|an?\s+|his\s+|her\s+|its\s+|their\s+)(?P<whom>[A-Za-z][\w'’-]*(?:\s+[A-Za-z][\w'’-]*){0,2})"
)
_ANCHOR = re.compile(
    r"^\s*(?P<side>after|before|of|from|following|prior\s+to)\s+(?:the\s+|an?\s+|his\s+|her\s+|its\s+|their\s+)?(?P<event>[a-z][\w'’-]*(?:\s+[a-z][\w'’-]*){0,3})",
    re.IGNORECASE,
)
_STOPPERS = re.compile(
    r"\s+(?:and|or|if|when|where|unless|within|by|in|on|at|for|with|as|is|are|must|may|shall|who|that|which)\b.*"
)


def anchors(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for a period that runs from another event: "24 months after delivery" for "after purchase"."""
    for quantity in quantities(claim):
        event = _event(claim, quantity.end) if quantity.kind is Kind.DURATION else None
        if event is None or content(event) & content(evidence) or not content(event):
            continue
        there = [_event(evidence, each.end) for each in quantities(evidence) if same(quantity, each)]
        named = [each for each in there if each]
        if named and len(named) == len(there):
            yield _found(
                "anchor", f"{quantity.text} run from “{named[0]}” in the evidence, not from “{event}”", event, named[0]
            )


def _event(text: str, end: int) -> str | None:
    found = _ANCHOR.match(text[end : end + 80])
    return _STOPPERS.sub("", found["event"]) if found else None


def recipients(claim: str, passage: str) -> Iterator[Finding]:
    """Yield a conflict for "appeal to the Committee" where the passage has the same verb with "to" another."""
    there = [(stem(found["verb"]), _STOPPERS.sub("", found["whom"])) for found in _TO.finditer(passage)]
    for found in _TO.finditer(claim):
        whom = _STOPPERS.sub("", found["whom"])
        others = [other for verb, other in there if verb == stem(found["verb"])]
        known = content(whom)
        if not known or not others or any(known & content(other) or not content(other) for other in others):
            continue
        if known <= content(passage):
            yield _found("recipient", f"the evidence says “{found['verb']} to {others[0]}”", whom, others[0])


def _found(rule: str, detail: str, claim_text: str, evidence_text: str) -> Finding:
    return Finding(rule=rule, conflict=True, detail=detail, claim_text=claim_text, evidence_text=evidence_text)

"""What is denied: a word that one side negates, in whatever way, and the other affirms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verify.modality import excepted, plain, surface
from verify.verdict import Finding
from verify.words import content, stem

_NEGATION = re.compile(
    r"\b(?:not|never|cannot|neither|nor|without|nobody|none)\b|n['’]t\b|\bno\b(?!\s*\.?\s*\d)|\b(?:ineligible|unlawful|illegal|invalid|unable|unauthori[sz]ed|prohibited|forbidden|exempt)\b",
    re.IGNORECASE,
)
_PREFIXED = {"ineligible": "eligible", "unlawful": "lawful", "illegal": "legal", "invalid": "valid", "unable": "able"}
_PREFIXED |= {"unauthorised": "authorised", "unauthorized": "authorized"}
_FAILING = re.compile(
    r"\b(?:fail(?:s|ed|ing|ures?)?|ceas(?:es?|ed|ing)|unable|refus(?:es?|ed|al|als|ing)|neglect(?:s|ed|ing)?|omit(?:s|ted|ting)?)\s+to\s+(?P<verb>[a-z]+)"
    r"|\bnon[-–‑\s](?P<noun>[a-z]+)|\bno\s+longer\s+(?:be\s+)?(?P<lost>[a-z]+)",
    re.IGNORECASE,
)
"""What is not done, said without "not": "fails to pay", "non-payment"."""
_SKIP = frozenset("be been have has had to the a an any of yet always being also so".split())


def _negated(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Stems of the words a negation stands right before, and of all other content words."""
    text = plain(text)
    heads: set[str] = set()
    spans: list[tuple[int, int]] = []
    for found in _FAILING.finditer(text):
        heads.add(stem(found["verb"] or found["noun"] or found["lost"]))
        spans.append(found.span())
    for found in _NEGATION.finditer(text):
        low = found[0].lower()
        if low in _PREFIXED:
            heads.add(stem(_PREFIXED[low]))
            spans.append(found.span())
            continue
        if low in {"prohibited", "forbidden", "exempt", "without", "none", "nobody"}:
            continue
        for word in re.finditer(r"[^\W\d_][\w'’-]*", text[found.end() :]):
            if word[0].lower() not in _SKIP:
                heads.add(stem(word[0]))
                spans.append((found.end() + word.start(), found.end() + word.end()))
                break
    rest = text
    for start, end in sorted(spans, reverse=True):
        rest = rest[:start] + " " + rest[end:]
    return frozenset(heads), content(rest)


_COMPARED = re.compile(
    r"\b(?:exceed\w*|(?:more|less|fewer|greater|longer|older|younger|higher|lower)\s+than|over|above|below|under)\s+(?:the\s+age\s+of\s+)?[$€£\d]",
    re.IGNORECASE,
)
"""A comparison not negated; where only one side has one, "not" may be that side's way to turn it."""


def negations(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for a word that one side negates and the other only affirms."""
    if bool(_COMPARED.search(plain(claim))) != bool(_COMPARED.search(plain(evidence))):
        return
    claim_no, claim_yes = _negated(claim)
    there_no, there_yes = _negated(evidence)
    apart = _set_apart(claim) if there_no else frozenset[str]()
    for word in sorted(claim_no & there_yes - there_no - _set_apart(evidence)):
        yield _negation(word, "the claim negates what the evidence affirms", claim, evidence)
    for word in sorted(claim_yes & there_no - there_yes - claim_no - apart):
        if not (_ban_words(claim) or excepted(claim, evidence)):
            yield _negation(word, "the evidence negates what the claim affirms", claim, evidence)


_APART = re.compile(
    r"\b(?:other\s+than|except(?:\s+for)?|excluding|exclud(?:es?|ed)|exempt(?:ion|ions|ed)?|outside|save\s+for|apart\s+from)\b[^.;,]*",
    re.IGNORECASE,
)


def _set_apart(text: str) -> frozenset[str]:
    """The words of what an exception sets apart: "other than those covered by an agreement" are those not covered."""
    return frozenset().union(*(content(found[0]) for found in _APART.finditer(text)))


def _ban_words(text: str) -> bool:
    return bool(_NEGATION.search(plain(text)))


def _negation(word: str, what: str, claim: str, evidence: str) -> Finding:
    return Finding(
        rule="negation",
        conflict=True,
        detail=f"{what} (“{surface(word, claim) or surface(word, evidence) or word}”)",
        claim_text=surface(word, claim),
        evidence_text=surface(word, evidence),
    )

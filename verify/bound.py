"""Which side a figure bounds: at least or at most, maximum or minimum, compared between claim and evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verify.figure import quantities
from verify.quantity import Kind, Quantity, same
from verify.verdict import Finding

_MOST = (
    r"at\s+most|up\s+to|no\s+more\s+than|not\s+more\s+than|not\s+(?:to\s+)?exceed(?:ing)?|no\s+(?:later"
    r"|longer|greater)\s+than|not\s+(?:be\s+)?(?:later|longer|greater|more)\s+than|cannot\s+exceed|within"
    r"|maximum(?:\s+of)?|(?:is\s+)?limited\s+to|capped\s+at|ceiling\s+of|a\s+cap\s+of|not\s+above"
)
_LEAST = (
    r"at\s+least|no\s+(?:less|fewer|earlier)\s+than|not\s+(?:be\s+)?(?:less|fewer|earlier)\s+than"
    r"|minimum(?:\s+of)?|not\s+below|a\s+floor\s+of"
)
_OVER = (
    r"(?:heavier|larger|higher|taller|bigger|wider|later)\s+than|more\s+than|greater\s+than|longer\s+than"
    r"|over|above|exceed(?:s|ing|ed)?|in\s+excess\s+of|older\s+than"
)
_UNDER = r"(?:lighter|smaller|lower|earlier)\s+than|less\s+than|fewer\s+than|under|below|younger\s+than|shorter\s+than"
_LEAD = re.compile(
    rf"\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST})|(?P<over>{_OVER})|(?P<under>{_UNDER}))\b(?:\s+(?:the|a|an|age|of|is|are|be|must|about|total|sum|period)){{0,4}}\s*$",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"^(?:\s*\(\w+\))?(?:\s+(?:of\s+age|years?|months?|days?|old|in\s+total|each|per\s+\w+))*\s*,?\s*(?:(?P<least>or\s+(?:more|older|above|over|longer|greater|higher)|and\s+(?:above|over|older|up)|(?:as\s+(?:a|the)\s+)?minimum)"
    r"|(?P<most>or\s+(?:less|fewer|younger|below|under|shorter|lower)|and\s+(?:below|under|younger)|(?:as\s+(?:a|the)\s+)?maximum))\b",
    re.IGNORECASE,
)
_SIDE = {"most": ("most", False), "least": ("least", False), "over": ("least", True), "under": ("most", True)}
_NOT = re.compile(
    r"\b(?:not|no|cannot|never|ineligible|prohibited|disqualified|exempt|refused|rejected)\b|n['’]t\b", re.IGNORECASE
)
_MAXIMUM = re.compile(
    rf"\b(?:maximum|max|ceiling|cap|capped|upper|highest|largest|longest|latest|limit|limited|limits|most|{_MOST}|{_OVER}|or\s+(?:less|fewer|below|under))\b",
    re.IGNORECASE,
)
_MINIMUM = re.compile(
    rf"\b(?:minimum|min|floor|lower|lowest|least|smallest|shortest|earliest|{_LEAST}|{_UNDER}|or\s+(?:more|older|above|over|longer))\b|\band\s+(?:above|over|older)\b",
    re.IGNORECASE,
)
_CLAIMED_MAXIMUM = re.compile(
    r"\b(?:maximum|max\.?|ceiling|highest|upper\s+limit|most\s+(?:that|a|an|the))\b", re.IGNORECASE
)
_CLAIMED_MINIMUM = re.compile(r"\b(?:minimum|min\.?|lowest|lower\s+limit|least\s+(?:that|a|an|the))\b", re.IGNORECASE)
_MAXIMUM_WORD = re.compile(r"\bmaximum\s+(?!of\b)", re.IGNORECASE)
_MINIMUM_WORD = re.compile(r"\bminimum\s+(?!of\b)", re.IGNORECASE)


def bounds(claim: str, evidence: str, window: str) -> Iterator[Finding]:
    """Yield a conflict where a figure is the least in the claim and the most in the evidence, or "maximum" is not said there.

    `evidence` is the sentence that speaks most of the claim, `window` all that is read with it.
    """
    claimed = [each for each in quantities(claim) if not each.loose and each.kind not in {Kind.REFERENCE, Kind.ORDINAL}]
    for quantity in claimed:
        side = _side(claim, quantity)
        there = [_side(evidence, found) for found in quantities(evidence) if same(quantity, found)]
        said = [each for each in there if each is not None]
        if side is None or not said or any(_agree(side, each, claim, evidence) for each in said):
            continue
        yield Finding(
            rule="comparative",
            conflict=True,
            detail=f"the claim says “{side[2]} {quantity.text}”, the evidence “{said[0][2]} {quantity.text}”",
            claim_text=side[2],
            evidence_text=said[0][2],
        )
    figures = any(same(each, found) for each in claimed for found in quantities(evidence))
    yield from _extremes(claim, evidence if figures else window)


def settled(claim: str, evidence: str) -> str | None:
    """Return the claim without "maximum" or "minimum" if its figure is bounded on that side in the evidence, else None."""
    for word, side in ((_MAXIMUM_WORD, "most"), (_MINIMUM_WORD, "least")):
        if not word.search(claim):
            continue
        figures = [each for each in quantities(claim) if not each.loose]
        there = [_side(evidence, found) for each in figures for found in quantities(evidence) if same(each, found)]
        if any(each is not None and each[0] == side and not each[1] for each in there):
            return word.sub("", claim, count=1)
    return None


def _side(text: str, quantity: Quantity) -> tuple[str, bool, str] | None:
    """Which side a figure bounds ("least" or "most"), whether strictly, and by which words."""
    before, after = text[max(0, quantity.start - 60) : quantity.start], text[quantity.end : quantity.end + 50]
    found = _LEAD.search(before) or _TAIL.match(after)
    if found is None:
        return None
    name = next(key for key, value in found.groupdict().items() if value)
    return (*_SIDE[name], " ".join(found[name].split()))


def _agree(claimed: tuple[str, bool, str], found: tuple[str, bool, str], claim: str, evidence: str) -> bool:
    """Whether two bounds say the same; a negated sentence turns "over X" into "at most X"."""
    turned = _negated(claim, claimed[2]) != _negated(evidence, found[2])
    if turned:
        return claimed[0] != found[0]
    return claimed[0] == found[0] and (claimed[1] == found[1] or _loosely(claimed, found))


def _loosely(claimed: tuple[str, bool, str], found: tuple[str, bool, str]) -> bool:
    """Whether "over 18" may stand for "18 or older": only a claim that is not strict is held to the letter."""
    return "within" in {claimed[2].lower(), found[2].lower()}


def _negated(text: str, bound: str) -> bool:
    return bool(_NOT.search(text.replace(bound, " ")))


def _extremes(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for "maximum" or "minimum" in the claim with no such bound, or only the other, in the evidence."""
    pairs = ((_CLAIMED_MAXIMUM, _MAXIMUM, _MINIMUM), (_CLAIMED_MINIMUM, _MINIMUM, _MAXIMUM))
    for claimed, wanted, other in pairs:
        said = claimed.search(claim)
        if said is None or wanted.search(evidence):
            continue
        rival = other.search(evidence)
        yield Finding(
            rule="comparative",
            conflict=True,
            detail=f"the claim says “{said[0]}”"
            + (f", the evidence “{rival[0]}”" if rival else ", the evidence does not"),
            claim_text=said[0],
            evidence_text=rival[0] if rival else "",
        )

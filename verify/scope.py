"""How far a figure or a statement reaches: least or most, which case a figure belongs to, exceptions left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from verify.figure import quantities
from verify.quantity import Kind, Quantity, same
from verify.sentence import is_row
from verify.verdict import Finding
from verify.words import content, stem

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
_CUT = re.compile(
    r";\s*|\n+|(?<=[.!?])\s+(?=[A-Z(])|,?\s+(?:while|whereas|but)\s+|,\s+(?:and|or)\s+"
    r"|\s+and\s+(?=(?:up\s+to|at\s+least|at\s+most|not\s+(?:more|less)\s+than|no\s+(?:more|less)\s+than)\s|[$€£]"
    r"|the\s+[\w-]+(?:\s+[\w-]+){0,3}?\s+(?:is|are|costs?|pays?|receives?|must|may|shall|can|has|have|will|lasts?)\b)",
    re.IGNORECASE,
)


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


def attachment(claim: str, evidence: str) -> list[Finding]:
    """Return a conflict when a figure of the claim belongs, in the evidence, to another case than the claim's.

    The evidence is cut into cases (rows, clauses). The claim's figure stands in one case; if another case, with another
    figure of the same kind, shares words with the claim that the first lacks, and the first shares none that
    this one lacks, the claim mixed the two up.
    """
    cases = [part for part in _cases(evidence) if quantities(part)]
    if len(cases) < 2:
        return []
    said = [part for part in _cases(claim) if quantities(part)]
    return [found for part in (said if len(said) > 1 else [claim]) for found in _mixed_up(part, cases)]


def _mixed_up(claim: str, cases: Sequence[str]) -> list[Finding]:
    """The figures of one clause that belong to another case."""
    wanted, subject = content(claim), _subject(claim)
    claimed = [each for each in quantities(claim) if not each.loose and each.kind is not Kind.REFERENCE]
    found = []
    for quantity in claimed:
        home = [case for case in cases if any(same(quantity, each) for each in quantities(case))]
        others = [
            case for case in cases if case not in home and any(each.kind is quantity.kind for each in quantities(case))
        ]
        wrong = next((other for other in others if _closer(wanted, subject, quantity, other, home)), None)
        if home and wrong is not None:
            found.append(
                Finding(
                    rule="attachment",
                    conflict=True,
                    detail=f"“{quantity.text}” belongs to another case: “{' '.join(home[0].split())[:120]}”",
                    claim_text=quantity.text,
                    evidence_text=" ".join(wrong.split())[:120],
                )
            )
    return found


_THEM = re.compile(r"\b(?:it|its|they|them|their|these|those|this|such|same)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"\b(?:for|if|where|when|in)\s+(?:an?\s+|the\s+|any\s+|each\s+|every\s+|those\s+|all\s+)?(?P<what>[a-z][\w -]*?)"
    r"(?=[,.;:]|\s+(?:the|an?|is|are|must|may|can|shall|who|that|it|of|with|not|will)\b|$)",
    re.IGNORECASE,
)
_ANAPHOR = re.compile(
    r"\s*(?:it|they|this|these|that|those|such|he|she|the\s+(?:same|total|amount|period|limit|fee|fine))\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had|must|shall|may|can|cannot|will|should|would|do|does|did|pays?|receives?|gets?|costs?|takes?)\b"
)


def _subject(claim: str) -> frozenset[str]:
    """The content words before the claim's first plain verb; none where that is not clear."""
    found = _VERB.search(claim)
    before = claim[: found.start()] if found else ""
    words = content(before) if not any(not each.loose for each in quantities(before)) else frozenset()
    return words if 0 < len(words) <= 3 else frozenset()


def _closer(wanted: frozenset[str], subject: frozenset[str], figure: Quantity, other: str, home: Sequence[str]) -> bool:
    """Whether the claim speaks of `other` rather than of every case its figure stands in: by all its words, or by its subject."""
    there = content(other)
    own = all(_VERB.search(case) and not _ANAPHOR.match(case) for case in home)
    if subject and subject <= there and own and not any(subject & content(case) for case in home):
        return bool(home)
    if any(_conditions_met(other, wanted, case) for case in home):
        return all(_conditions_met(other, wanted, case) for case in home)
    return bool(home) and all(
        (wanted & (there - content(case)) - content(figure.text))
        and not (wanted & (content(case) - there) - content(figure.text))
        for case in home
    )


def _conditions_met(other: str, wanted: frozenset[str], case: str) -> bool:
    """Whether the claim meets a condition of `other` ("for an extended family") that `case` says nothing of, and none of `case`."""
    if _THEM.search(case):
        return False
    own = [content(found["what"]) for found in _CONDITION.finditer(case)]
    if any(each and each <= wanted for each in own):
        return False
    there = [content(found["what"]) for found in _CONDITION.finditer(other)]
    return any(each and each <= wanted and not each & content(case) for each in there)


def _cases(text: str) -> list[str]:
    """The rows, sentences and clauses of a text; a row of "header: cell" pairs stays whole."""
    parts: list[str] = []
    for line in text.split("\n"):
        parts += [line] if is_row(line) else _CUT.split(line)
    return [part for part in parts if part.strip()]


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


def _everyone(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for "all applicants" in the claim where the evidence's own clause says "at least one applicant"."""
    found = _EVERYONE.search(claim)
    if found is None:
        return
    noun = stem(found["noun"])
    wanted = content(claim)
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

"""Which case a figure or a party belongs to: rows, clauses and sentences that say the like of different things."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from verify.figure import quantities
from verify.quantity import Kind, Quantity, same
from verify.sentence import is_row
from verify.verdict import Finding
from verify.words import content, share, stem

_CUT = re.compile(r";\s*|\n+|(?<=[.!?])\s+(?=[A-Z(])|,?\s+(?:while|whereas|but)\s+|,\s+(?:and|or)\s+", re.IGNORECASE)
_TWIN_WORDS, _NEAR, _TWIN = 3, 0.6, 0.5
_CLEARLY = 3
_AND = re.compile(r",?\s+and\s+", re.IGNORECASE)
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


_DONE = re.compile(r"\b(?:is|are|was|were|be|been|must|shall|may|can|will)\s+(?:be\s+)?([a-z]+)")


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
    return bool(home) and all(_speaks_of_other(wanted, figure, other, case) for case in home)


def _speaks_of_other(wanted: frozenset[str], figure: Quantity, other: str, case: str) -> bool:
    """Whether a claim has words that only `other` has and none, or far fewer, that only `case` has, the figure's left out."""
    there, here, own = content(other), content(case), content(figure.text)
    for_other = len(wanted & (there - here) - own)
    for_case = len(wanted & (here - there) - own - _inherited(other, case))
    return for_other >= 1 and (for_case == 0 or for_other >= max(_CLEARLY, _CLEARLY * for_case))


def _inherited(other: str, case: str) -> frozenset[str]:
    """The words of a case's verb when the other case has none and means the same one ("and a vehicle licence for one year")."""
    if _VERB.search(other):
        return frozenset()
    return frozenset(stem(found[1]) for found in _DONE.finditer(case))


def _conditions_met(other: str, wanted: frozenset[str], case: str) -> bool:
    """Whether the claim meets a condition of `other` ("for an extended family") that `case` says nothing of, and none of `case`."""
    if _THEM.search(case):
        return False
    own = [content(found["what"]) for found in _CONDITION.finditer(case)]
    if any(each and each <= wanted for each in own):
        return False
    there = [content(found["what"]) for found in _CONDITION.finditer(other)]
    return any(each and each <= wanted and not each & content(case) for each in there)


def attachment(claim: str, evidence: str) -> list[Finding]:
    """Return a conflict when a figure of the claim belongs, in the evidence, to another case than the claim's.

    The evidence is cut into cases (rows, clauses). The claim's figure stands in one case; if another case, with another
    figure of the same kind, shares words with the claim that the first lacks, and the first shares none that
    this one lacks, the claim mixed the two up.
    """
    known = [part for part in cases(evidence) if quantities(part)]
    if len(known) < 2:
        return []
    said = [part for part in cases(claim) if quantities(part)]
    return [found for part in (said if len(said) > 1 else [claim]) for found in _mixed_up(part, known)]


def _mixed_up(claim: str, known: Sequence[str]) -> list[Finding]:
    """The figures of one clause that belong to another case."""
    wanted, subject = content(claim), _subject(claim)
    claimed = [each for each in quantities(claim) if not each.loose and each.kind is not Kind.REFERENCE]
    found = []
    for quantity in claimed:
        home = [case for case in known if any(same(quantity, each) for each in quantities(case))]
        others = [
            case for case in known if case not in home and any(each.kind is quantity.kind for each in quantities(case))
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


def cases(text: str) -> list[str]:
    """Return the rows, sentences and clauses of a text; a row of "header: cell" pairs stays whole.

    A clause with two figures of a kind is cut at the "and" between them, if words stand between it and one of the two.
    """
    parts: list[str] = []
    for line in text.split("\n"):
        parts += [line] if is_row(line) else [half for part in _CUT.split(line) for half in _halves(part)]
    return [part for part in parts if part.strip()]


def _halves(part: str) -> Iterator[str]:
    figures = [each for each in quantities(part) if not each.loose and each.kind is not Kind.REFERENCE]
    for joint in _AND.finditer(part):
        before = {each.kind: each.end for each in figures if each.end <= joint.start()}
        after = [each for each in figures if each.start >= joint.end() and each.kind in before]
        if any(
            content(part[joint.end() : each.start]) or content(part[before[each.kind] : joint.start()])
            for each in after
        ):
            yield part[: joint.start()]
            yield from _halves(part[joint.end() :])
            return
    yield part


def crossed(claim: str, passage: str) -> Iterator[Finding]:
    """Yield a conflict when a claim takes one word from a clause and the rest from its twin.

    "The buyer returns unwanted goods; the seller collects faulty goods": that the buyer returns faulty goods is said by
    neither. Twins share at least half of their words; the clause nearest to the claim must have a word of its own in the place
    of the borrowed one.
    """
    wanted = content(claim)
    clauses = [each for each in map(content, cases(passage)) if len(each) >= _TWIN_WORDS]
    if len(wanted) < _TWIN_WORDS or any(wanted <= each for each in clauses):
        return
    pairs = (
        (near, other)
        for near in clauses
        for other in clauses
        if other != near and share(wanted, near) >= _NEAR and share(near, other) >= _TWIN
    )
    mixed = next((pair for pair in pairs if _is_mixed(wanted, *pair)), None)
    if mixed is not None:
        words = ", ".join(_surface(each, claim) for each in sorted(wanted - mixed[0]))
        detail = f"“{words}” belongs to another clause than the rest of the claim"
        yield Finding(rule="attachment", conflict=True, detail=detail, claim_text=words)


def _is_mixed(wanted: frozenset[str], near: frozenset[str], other: frozenset[str]) -> bool:
    """Whether a claim is one clause but for words of its twin, in whose place the clause has words of its own."""
    borrowed = wanted - near
    own = near - other
    return (
        bool(borrowed)
        and borrowed <= other
        and bool(own - wanted)
        and bool(own & wanted)
        and len(near & other & wanted) >= 2
    )


def _surface(wanted: str, text: str) -> str:
    return next((word for word in re.findall(r"[^\W_][\w'’-]*", text) if stem(word) == wanted), wanted)

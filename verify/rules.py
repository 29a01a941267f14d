"""Rules that read what entailment models overlook: figures, their direction, duty or permission, negation, names, actors.

`check` compares a claim with one window of evidence. A finding with `conflict` blocks support from that window. Rules
look at the sentence of the window that speaks most of the claim, and stay silent where they cannot align the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from verify.bound import bounds, settled
from verify.case import attachment, crossed
from verify.complement import anchors, recipients
from verify.coordination import divided
from verify.difference import differences, restated
from verify.figure import quantities
from verify.listing import items, lengths
from verify.modality import actors, modalities
from verify.name import names_missing
from verify.negation import negations
from verify.opposite import opposites
from verify.quantity import Kind, Quantity, same
from verify.reach import overreach
from verify.sentence import parts
from verify.verdict import Finding
from verify.wording import reworded
from verify.words import content, share, stem

RESTATEMENT = "restatement"
_SPEAKS = 0.5
"""Share of a claim's content words from which a window with another figure speaks of the same thing."""


def check(
    claim: str, evidence: str, *, question: str | None = None, passage: str = "", place: str = ""
) -> tuple[Finding, ...]:
    """Return what differs, and which figures agree, between a claim and a window of evidence.

    `passage` is the passage the window was cut from, in which other parties and cases are looked up; `place` its title
    and headings. Names and references may stand in either. `question` is what the claim replies to: a count it
    supposes in words ("the three conditions") need not be written in the evidence.
    """
    passage = passage or evidence
    aligned = align(claim, evidence)
    supposed = frozenset(each.text.lower() for each in quantities(question or "") if _is_count(each))
    supposed |= _counted(claim, passage)
    found = [
        each for each in _figures(claim, evidence, f"{place}\n{passage}") if each.claim_text.lower() not in supposed
    ]
    found += _frequencies(claim, aligned)
    found += bounds(claim, aligned, f"{place}\n{evidence}")
    found += modalities(claim, aligned)
    found += negations(claim, aligned)
    found += actors(claim, aligned, passage)
    found += _actors_of_parts(claim, evidence, passage)
    found += overreach(claim, aligned)
    found += opposites(claim, aligned)
    found += anchors(claim, aligned)
    found += recipients(claim, passage)
    found += attachment(claim, passage)
    found += crossed(claim, passage)
    found += differences(claim, passage, partial=question is not None)
    found += names_missing(claim, f"{place}\n{passage}")
    found += _restatement(claim, evidence)
    return tuple(dict.fromkeys(found))


def without_settled(claim: str, evidence: str) -> str | None:
    """Return what is left for a model to judge once the rules have settled the rest, or None where they settle nothing.

    A claim that differs harmlessly from a sentence of the evidence (another word for the same duty, an equal figure, a bracket left
    out) is judged as that sentence. Else the claim loses its "maximum" or "minimum" where the evidence bounds the same
    figure on that side: a model often fails to see that "up to $50" makes $50 the maximum. Or it is put in the evidence's wording.
    """
    said = restated(claim, evidence)
    if said is not None and said != claim:
        return said
    aligned = align(claim, evidence)
    return settled(claim, aligned) or reworded(claim, aligned)


def _actors_of_parts(claim: str, evidence: str, passage: str) -> Iterator[Finding]:
    """Yield the acts that a claim of several verbs gives to another than the sentences that speak of each do.

    What a sentence says in nearly the same words is not taken apart.
    """
    if restated(claim, passage) is not None:
        return
    for part in divided(claim):
        yield from actors(part.text, align(part.text, evidence), passage)


def _restatement(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a match where a sentence of the evidence says the claim but for harmless differences."""
    said = restated(claim, evidence)
    if said is not None:
        detail = "the passage says it in nearly the same words"
        yield Finding(rule=RESTATEMENT, conflict=False, detail=detail, claim_text=claim, evidence_text=said)


@lru_cache(maxsize=8_192)
def _parts(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The sentences of a text, an item of a list under its lead-in, each with the words it has of its own."""
    led = {item.start: f"{item.lead} {item.said}" for item in items(text)}
    own = ((span.start, text[span.start : span.end]) for span in parts(text))
    return tuple((led.get(start, part), content(part)) for start, part in own)


def align(claim: str, evidence: str) -> str:
    """Return the sentence of the evidence that shares most content words and figures with the claim."""
    candidates = _parts(evidence)
    if len(candidates) < 2:
        return evidence
    wanted = content(claim)
    figures = [each for each in quantities(claim) if not each.loose]

    def common(part: tuple[str, frozenset[str]]) -> tuple[float, int]:
        met = sum(any(same(figure, each) for each in quantities(part[0])) for figure in figures)
        return share(wanted, part[1]) + 0.5 * met / max(1, len(figures)), -len(part[1])

    return max(candidates, key=common)[0]


def _frequencies(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for "monthly" where the evidence knows other intervals only."""
    there = quantities(evidence)
    rivals = [each for each in there if each.kind is Kind.FREQUENCY]
    for quantity in quantities(claim):
        if (
            quantity.kind is Kind.FREQUENCY
            and quantity.loose
            and rivals
            and not any(same(quantity, each) for each in there)
        ):
            yield Finding(
                rule="frequency",
                conflict=True,
                detail=f"the claim says “{quantity.text}”, the evidence “{rivals[0].text}”",
                claim_text=quantity.text,
                evidence_text=rivals[0].text,
            )


def _figures(claim: str, evidence: str, context: str) -> Iterator[Finding]:
    there = quantities(evidence)
    near = share(content(claim), content(evidence)) >= _SPEAKS
    around: tuple[Quantity, ...] | None = None
    for quantity in quantities(claim):
        if quantity.loose:
            continue
        matches = [found for found in there if same(quantity, found)]
        match = matches[0] if matches and not _other_count(quantity, matches, there) else None
        if match is not None:
            yield Finding(
                rule=quantity.kind.value,
                conflict=False,
                detail=f"“{quantity.text}” stands in the evidence",
                claim_text=quantity.text,
                evidence_text=match.text,
            )
            continue
        if quantity.kind in {Kind.REFERENCE, Kind.ORDINAL} or _dated(quantity):
            around = quantities(context) if around is None else around
            if any(same(quantity, found) for found in around):
                continue
        yield from _absent(quantity, there, near=near)


def _other_count(quantity: Quantity, matches: Sequence[Quantity], there: Sequence[Quantity]) -> bool:
    """Whether a number counts other things in the evidence, which has another number of the claim's things."""
    noun = stem(quantity.noun)
    if (
        quantity.kind is not Kind.NUMBER
        or not noun
        or any(not each.noun or stem(each.noun) == noun for each in matches)
    ):
        return False
    return any(each.kind is Kind.NUMBER and stem(each.noun) == noun for each in there)


def _counted(claim: str, passage: str) -> frozenset[str]:
    """The counts in words that a list of the claim or of the passage bears out: "two things" of one with the items (a) and (b)."""
    counts = [each for each in quantities(claim) if _is_count(each) and each.noun]
    known = lengths(claim) | lengths(passage) if counts else frozenset[int]()
    return frozenset(each.text.lower() for each in counts if each.value in known)


def _is_count(quantity: Quantity) -> bool:
    """Whether a quantity is a bare number in words."""
    return quantity.kind is Kind.NUMBER and not quantity.unit and quantity.text.isalpha()


def _dated(quantity: Quantity) -> bool:
    """Whether a quantity is a year alone, which a title may give for all of a text."""
    return quantity.day is not None and quantity.day[1] is None


def _absent(quantity: Quantity, there: tuple[Quantity, ...], *, near: bool) -> Iterator[Finding]:
    rivals = [found for found in there if found.kind is quantity.kind and not found.loose]
    if quantity.kind is Kind.ORDINAL and not rivals:
        return
    rival = rivals[0].text if rivals else ""
    detail = f"“{quantity.text}” is not in the evidence"
    detail += f", which says “{rival}”" if len(rivals) == 1 else ""
    yield Finding(
        rule=quantity.kind.value,
        conflict=True,
        detail=detail,
        claim_text=quantity.text,
        evidence_text=rival if near and len(rivals) == 1 else "",
    )

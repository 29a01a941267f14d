"""Rules that read what entailment models overlook: figures, their direction, duty or permission, negation, names, actors.

`check` compares a claim with one window of evidence. A finding with `conflict` blocks support from that window. Rules
look at the sentence of the window that speaks most of the claim, and stay silent where they cannot align the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from knowledge.split import sentences
from verify.modality import actors, modalities, negations
from verify.name import names_missing
from verify.quantity import Kind, Quantity, quantities, same
from verify.scope import attachment, bounds, overreach
from verify.verdict import Finding
from verify.words import content, share

RULES_VERSION = 1


def check(claim: str, evidence: str, *, context: str = "") -> tuple[Finding, ...]:
    """Return what differs, and which figures agree, between a claim and a window of evidence.

    `context` is text around the window in which names and references may also stand: title, headings, the passage.
    """
    aligned = align(claim, evidence)
    found = [*_figures(claim, evidence, context)]
    for rule in (bounds, modalities, negations, actors, overreach):
        found += rule(claim, aligned)
    found += attachment(claim, evidence)
    found += names_missing(claim, f"{evidence}\n{context}")
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=8_192)
def _parts(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((text[span.start : span.end], content(text[span.start : span.end])) for span in sentences(text))


@lru_cache(maxsize=32_768)
def _read(text: str) -> tuple[Quantity, ...]:
    return tuple(quantities(text))


def align(claim: str, evidence: str) -> str:
    """Return the sentence of the evidence that shares most content words with the claim, or all of a single one."""
    parts = _parts(evidence)
    if len(parts) < 2:
        return evidence
    wanted = content(claim)
    return max(parts, key=lambda part: (share(wanted, part[1]), -len(part[1])))[0]


def _figures(claim: str, evidence: str, context: str) -> Iterator[Finding]:
    there = _read(evidence)
    around: tuple[Quantity, ...] | None = None
    for quantity in _read(claim):
        if quantity.loose:
            continue
        match = next((found for found in there if same(quantity, found)), None)
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
            around = _read(context) if around is None else around
            if any(same(quantity, found) for found in around):
                continue
        yield from _absent(quantity, there)


def _dated(quantity: Quantity) -> bool:
    """Whether a quantity is a year alone, which a title may give for all of a text."""
    return quantity.day is not None and quantity.day[1] is None


def _absent(quantity: Quantity, there: tuple[Quantity, ...]) -> Iterator[Finding]:
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
        evidence_text=rival if len(rivals) == 1 else "",
    )

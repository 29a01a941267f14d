"""Who acts: the noun phrase before a verb, when its head is a person, an office or a body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from graph.phrase import Phrase
from graph.plural import singular
from graph.wording import words_of

_ACTORS: Final = words_of(
    """person individual applicant resident tenant landlord agency department board commission council court committee
    authority government district city state county bureau office division corporation company partnership
    association organization organisation institution entity business bank firm clerk judge attorney counsel agent
    assistant chief secretary president chair chairperson chairman chairwoman member official staff personnel guardian
    spouse child parent witness party household family participant representative respondent claimant defendant
    plaintiff debtor licensee trustee lessee grantee appointee nominee candidate physician nurse student patient
    csp csps rp rps idp idps verifier subscriber provider administrator mayor governor treasurer general director
    superintendent auditor police sheriff marshal operator manager owner employer employee contractor vendor supplier
    manufacturer dealer broker lender borrower insurer insured carrier hospital school university college utility
    federation fund trust union panel task force working group public citizen voter registrant user customer client
    federal agencies seller buyer purchaser consumer creditor lessor executor personal cpa sponsor team recipient
    beneficiary issuer system"""
)
_SUFFIXES: Final = ("er", "or", "ee", "ant", "ist", "ian")
_NOT_ACTORS: Final = words_of(
    """number order matter letter paper factor computer server parameter power water register chapter subchapter character center
    offer answer charter transfer error indicator vector sensor authenticator identifier fee grant warrant covenant
    quarter header footer folder trigger barrier browser router container meter voucher
    ledger buffer layer river cover attacker adversary impostor processor color labor floor door
    majority remainder disaster shelter cancer tenor laser tier pointer figure either other another whether after under over
    rather refer later earlier tree degree guarantee relevant significant constant instant plant list
    waiver disclaimer newsletter encounter amplifier motor tractor interior exterior"""
)
_SYSTEMS: Final = frozenset({"system", "force", "group", "general", "federal", "personal", "task", "working"})
_GAP: Final = re.compile(
    r"\s*(?:\([^()]{1,40}\)|,? ?(?:also|then|further|either|each|both|only|thereafter)|,)?\s*", re.IGNORECASE
)
_JOINT: Final = re.compile(r" (?:and|or) (?:the |a |an |any |each |its )?")
_POSTMODIFIER: Final = re.compile(r"\s+(?:of|for|in|within|to)\s+(?:the |a |an |any |each |such |this |its )?$")


def acts(text: str) -> bool:
    """Return whether the head of a noun phrase is someone who can act."""
    head = singular(re.split(r"[\s-]+", text.partition(" of ")[0].strip())[-1])
    if head in _NOT_ACTORS:
        return False
    if head in _ACTORS:
        return head not in _SYSTEMS or head in {"group", "force", "general"}
    return len(head) > 4 and head.isalpha() and head.endswith(_SUFFIXES)


def party_before(text: str, at: int, phrases: Sequence[Phrase], *, start: int) -> tuple[int, int] | None:
    """Return the span of the actor that ends right before `at`, at or after `start`, or None.

    "The Director of the Office shall": the span is that of the whole "Director of the Office".
    """
    ending = [
        phrase
        for phrase in phrases
        if start <= phrase.start and phrase.end <= at and _GAP.fullmatch(text, phrase.end, at)
    ]
    found = _ending(text, ending, phrases, start)
    if found is None:
        return None
    other = next(
        (one for one in phrases if not one.tied and start <= one.start and _JOINT.fullmatch(text, one.end, found[0])),
        None,
    )
    return (other.start, found[1]) if other and acts(text[other.start : other.end]) else found


def _ending(text: str, ending: Sequence[Phrase], phrases: Sequence[Phrase], start: int) -> tuple[int, int] | None:
    for phrase in sorted(ending, key=lambda phrase: phrase.start):
        if phrase.tied and acts(text[phrase.start : phrase.end]):
            return phrase.start, phrase.end
    plain = next((phrase for phrase in ending if not phrase.tied), None)
    if plain is None:
        return None
    owner = _governor(text, plain, phrases, start)
    if owner is not None:
        return (owner.start, plain.end) if acts(text[owner.start : owner.end]) else None
    return (plain.start, plain.end) if acts(text[plain.start : plain.end]) else None


def _governor(text: str, phrase: Phrase, phrases: Sequence[Phrase], start: int) -> Phrase | None:
    """Return the phrase that "of the" and the like tie this one to."""
    for other in phrases:
        if not other.tied and start <= other.start and other.end < phrase.start:
            between = text[other.end : phrase.start]
            if _POSTMODIFIER.fullmatch(between):
                return other
    return None


def party_within(text: str, after: int, phrases: Sequence[Phrase]) -> tuple[int, int] | None:
    """Return the span of the actor that begins right after `after`, or None."""
    for phrase in phrases:
        if not phrase.tied and after < phrase.start <= after + 2 and acts(text[phrase.start : phrase.end]):
            return phrase.start, phrase.end
    return None

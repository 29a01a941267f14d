"""Whether a noun phrase names somebody who acts: a person, an office, a body. By its head noun and word lists."""

from __future__ import annotations

import re

_PERSON = re.compile(
    r"\b(?:tenants?|applicants?|landlords?|owners?|residents?|famil(?:y|ies)|households?|members?|persons?|people|staff|guests?"
    r"|employ(?:ee|er)s?|agenc(?:y|ies)|authorit(?:y|ies)|office|department|board|court|council|committee|commission|mayor|secretary"
    r"|director|officials?|contractors?|vendors?|parents?|students?|party|parties|company|bureau|panel|team|candidates?|attorney|clerk"
    r"|subscribers?|entit(?:y|ies)|desk|corporation|tribunal|spouse|partner|couple|adults?|child|children|appellants?|claimants?"
    r"|senior management|firms?|banks?|clients?|agents?"
    r"|[a-z]*persons?|chair(?:man|men|woman)?|registrants?|defendants?|plaintiffs?|consultants?|physicians?"
    r"|guardians?|judges?|nurses?|individuals?|representatives?|organi[sz]ations?|divisions?|bod(?:y|ies)|government|assistants?|accountants?"
    r"|participants?|occupants?|therapists?|[a-z]{2,}(?:ers?|ors?|ees?))$",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"\b(?:[A-Z]{2,5}s?|Id[A-Z]s?)$")
_THING = re.compile(
    r"\b(?:letters?|orders?|numbers?|papers?|register|matters?|offers?|computers?|floors?|doors?|errors?|authenticators?|identifiers?"
    r"|factors?|fees?|water|power|servers?|browsers?|elevators?|detectors?|generators?|vouchers?|answers?|covenants?|quarters?"
    r"|chapters?|others?|trees?|meters?|containers?|career|degrees?|guarantees?|transfers?|corridors?|shelters?|referrals?|weather"
    r"|password managers?"
    r"|parameters?|characters?|layers?|filters?|pointers?|headers?|routers?|buffers?|registers?|calendars?|disclaimers?|indicators?"
    r"|showers?|summer|winter|dinner|cover|corners?|colors?|boilers?|heaters?|radiators?|sensors?|mirrors?|monitors?|printers?|folders?|borders?)$",
    re.IGNORECASE,
)
_AFTER_HEAD = re.compile(
    r"\s(?:of|who|that|which|whose|for|in|with|without|responsible|under|on|from|at|against|about|to|between|among|having|being|called|named"
    r"|(?:[a-z]{2,}ed|made|given|held|sent|kept|chosen)\s(?:by|to|in|under|from|on|for|at|with))\s"
)
_PLURAL = re.compile(r"(?:[^s]s|people|staff|children|persons)$")


def head(phrase: str) -> str:
    """Return a noun phrase up to and with its head noun: without what follows "of", "who", "for" and their like."""
    return _AFTER_HEAD.split(phrase, maxsplit=1)[0]


def is_person(phrase: str) -> bool:
    """Return whether the head noun names somebody who acts."""
    noun = head(phrase)
    return bool(_ACRONYM.search(noun) or (_PERSON.search(noun) and not _THING.search(noun)))


def is_acronym(phrase: str) -> bool:
    """Return whether the head noun is an acronym, which may name a body or a thing."""
    return bool(_ACRONYM.search(head(phrase)))


def is_plural(phrase: str) -> bool:
    """Return whether the head noun looks like a plural."""
    return bool(_PLURAL.search(head(phrase)))

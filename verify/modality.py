"""Duty, permission, prohibition, and who acts: compared between a claim and one sentence of evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from verify.verdict import Finding
from verify.words import content, share, stem


class Modality(StrEnum):
    """What a sentence does to its subject."""

    DUTY = "must"
    PERMISSION = "may"
    ABILITY = "can"
    BAN = "must not"
    ADVICE = "should"
    EXEMPTION = "need not"


_NOT = r"(?:\s+not\b|n['’]t\b)"
_PATTERNS: tuple[tuple[Modality, str], ...] = (
    (Modality.EXEMPTION,
        r"need(?:s)?(?:\s+not|n['’]t)(?:\s+to)?|(?:is|are|was|were|be)\s+not\s+(?:required|obliged"
        r"|obligated)\s+to|do(?:es)?(?:\s+not|n['’]t)\s+(?:have|need)\s+to"),
    (Modality.BAN,
        rf"(?:must|shall|may|can|could|should){_NOT}|cannot|can['’]t|(?:is|are|was|were|be)\s+(?:prohibited"
        rf"|forbidden|barred|banned)\s+from|(?:is|are|be)\s+not\s+(?:allowed|permitted|entitled"
        rf"|authori[sz]ed)\s+to|(?:must|shall|may)\s+never"),
    (Modality.DUTY,
        r"must|shall|(?:is|are|was|were|be|been)\s+(?:also\s+)?(?:required|obliged|obligated|bound"
        r"|mandated)\s+to|(?:has|have|had|having)\s+to|needs?\s+to|(?:is|are)\s+(?:responsible"
        r"|accountable)\s+for"),
    (Modality.ADVICE, r"should|ought\s+to|(?:is|are)\s+(?:recommended|encouraged|advised|urged)\s+to"),
    (Modality.PERMISSION,
        r"may|might|(?:is|are|be)\s+(?:also\s+)?(?:allowed|permitted|entitled|authori[sz]ed|free)\s+to"
        r"|has\s+the\s+right\s+to|have\s+the\s+right\s+to|(?:has|have)\s+discretion\s+to"),
    (Modality.ABILITY, r"can|could|(?:is|are)\s+able\s+to"),
)  # fmt: skip
_MODAL = re.compile(
    "|".join(rf"(?P<m{i}>\b(?:{pattern})\b)" for i, (_, pattern) in enumerate(_PATTERNS)), re.IGNORECASE
)
_BOUND = re.compile(
    r"\b(?:must|shall|may|can|does|do|should)?\s*(?:not|never)\s+(?:to\s+)?(?:exceed\w*|be\s+(?:more|less|later|fewer|earlier|greater|longer)\s+than|(?:more|less|later|fewer|earlier|greater|longer)\s+than)"
    r"|\bcannot\s+(?:exceed|be\s+(?:more|less|later|fewer|earlier|greater|longer)\s+than)|\bno\s+(?:more|less|later|fewer|earlier|greater|longer)\s+than\b|\bnot\s+(?:only|limited\s+to|necessarily|to\s+exceed)\b|\bwhether\s+or\s+not\b|\bno\.\s*\d",
    re.IGNORECASE,
)
_ADVERB = re.compile(
    r"(?:also|only|then|first|either|always|normally|generally|immediately|promptly|further|be|been|have|\w+ly)\s+",
    re.IGNORECASE,
)
_OPPOSED = {
    frozenset(pair)
    for pair in (
        (Modality.DUTY, Modality.PERMISSION), (Modality.DUTY, Modality.BAN), (Modality.DUTY, Modality.EXEMPTION),
        (Modality.PERMISSION, Modality.BAN), (Modality.ABILITY, Modality.BAN), (Modality.ADVICE, Modality.BAN),
        (Modality.EXEMPTION, Modality.BAN),
    )
}  # fmt: skip
_STRONGER = {(Modality.DUTY, Modality.ADVICE), (Modality.DUTY, Modality.ABILITY), (Modality.BAN, Modality.EXEMPTION)}
"""Claimed, found: the claim goes further than the evidence."""
_SUBJECT_STOP = frozenset(
    "it they he she we you i this that these those which who there one the a an such each every any all no other both if when where and or"
    " but that".split()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Act:
    """A modal with the verb after it and the head of the subject before it; stems, empty where not plain."""

    modality: Modality
    verb: str
    passive: bool
    subject: str
    agent: str
    text: str
    subject_text: str


def modals(text: str) -> Iterator[tuple[Modality, re.Match[str]]]:
    """Yield each modal verb or phrase of a text with what it does."""
    for found in _MODAL.finditer(text):
        yield _PATTERNS[next(i for i in range(len(_PATTERNS)) if found[f"m{i}"])][0], found


_FAR_BOUND = re.compile(
    r"\b(?P<no>not|never)\b(?P<between>[^.;:\n]{1,60}?)\b(?:more|less|later|fewer|earlier|longer)\s+than\b",
    re.IGNORECASE,
)


_NO_ONE = re.compile(
    r"(?:^|(?<=[.;:)]\s))no\s+(?!(?:more|less|later|earlier|fewer|longer|greater|matter)\b)(?P<who>[^.;:,\n]{1,60}?)\s+(?P<verb>may|shall|must|can|will|is|are)\b",
    re.IGNORECASE,
)


def without_none(text: str) -> str:
    """Return a text with "No visitor may enter" as "visitor may not enter"."""
    return _NO_ONE.sub(r"\g<who> \g<verb> not", text)


def plain(text: str) -> str:
    """Return the text with "No visitor may" as "visitor may not", and negations that only make a bound ("not ... more than") blank."""
    text = without_none(text)
    text = _BOUND.sub(lambda found: " " * len(found[0]), text)
    return _FAR_BOUND.sub(lambda found: " " * len(found["no"]) + found[0][len(found["no"]) :], text)


def _acts(text: str) -> list[_Act]:
    text = plain(text)
    return [_act(text, modality, found) for modality, found in modals(text)]


def _act(text: str, modality: Modality, found: re.Match[str]) -> _Act:
    rest = text[found.end() :].lstrip()
    passive = False
    while adverb := _ADVERB.match(rest):
        passive = passive or adverb[0].strip().lower() in {"be", "been"}
        rest = rest[adverb.end() :]
    word = re.match(r"[a-z][\w-]*", rest)
    verb = stem(word[0]) if word else ""
    by = re.match(r"[^.;,]{0,60}?\bby\s+(?:the\s+|an?\s+)?((?:[\w'’-]+\s*){1,3})", rest) if passive else None
    subject = _subject(text[: found.start()])
    return _Act(
        modality=modality,
        verb=verb,
        passive=passive,
        subject=_head(subject),
        agent=_head(by[1]) if by else "",
        text=f"{found[0]} {word[0]}" if word else found[0],
        subject_text=subject,
    )


def _subject(before: str) -> str:
    """The noun phrase right before a modal: the words since the clause began."""
    clause = re.split(r"[.;:,()\n]|\b(?:and|but|if|when|where|unless|whereas|while|because)\b", before)[-1]
    inner = re.split(r"\bthat\b", clause)
    return (inner[-1] if len(inner) > 1 and _MODAL.search(inner[0]) else clause).strip()


def _head(subject: str) -> str:
    """The stem of a phrase's head noun: the last word before its first preposition."""
    core = re.split(
        r"\b(?:of|in|on|at|for|with|under|to|from|by|within|before|after|during|who|that|which|whose)\b",
        subject.strip(),
        maxsplit=1,
    )[0]
    found = [word for word in re.findall(r"[A-Za-z][\w'’-]*", core) if word.lower() not in _SUBJECT_STOP]
    return stem(found[-1]) if found else ""


def modalities(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for each modal whose verb the evidence governs by an opposed one: "may" for "must"."""
    there = _acts(evidence)
    for act in _acts(claim):
        rivals = [other for other in there if act.verb and other.verb == act.verb]
        if (
            not rivals
            and len({other.modality for other in there}) == 1
            and len(_acts(claim)) == 1
            and not _joined(claim)
            and share(content(claim), content(evidence)) >= _NEAR
        ):
            rivals = there
        if act.modality is Modality.DUTY and _PURPOSE.match(claim) and not _PURPOSE.match(evidence):
            rivals = [other for other in rivals if other.modality is not Modality.PERMISSION]
        if not rivals or any(not opposed(act.modality, other.modality) for other in rivals):
            continue
        lifted = act.modality in {Modality.PERMISSION, Modality.ABILITY, Modality.DUTY}
        if lifted and all(other.modality is Modality.BAN for other in rivals) and excepted(claim, evidence):
            continue
        yield Finding(
            rule="modality",
            conflict=True,
            detail=f"the claim says “{act.text}”, the evidence “{rivals[0].text}”",
            claim_text=act.text,
            evidence_text=rivals[0].text,
        )


_NEAR = 0.5
"""Share of a claim's words from which a sentence with another verb is taken to speak of the same duty."""
_PURPOSE = re.compile(r"(?:in order to|so as to|to)\s+(?!be\s+clear)[a-z][^,.;]*,\s", re.IGNORECASE)
"""What must be done to make use of a permission: "to do so, they must agree it in writing"."""


def _joined(claim: str) -> bool:
    """Whether a claim is a question and its answer side by side, in which the modal does not stand before its verb."""
    return (
        re.match(r"(?:\w+\s+)?(?:what|which|who|whom|whose|when|where|why|how)\b[^:]*:\s", claim, re.IGNORECASE)
        is not None
    )


def opposed(claimed: Modality, found: Modality) -> bool:
    """Return whether a claim's modal says other, or more, than the one found."""
    return frozenset((claimed, found)) in _OPPOSED or (claimed, found) in _STRONGER


def excepted(claim: str, evidence: str) -> bool:
    """Return whether the evidence makes an exception to its "not" that the claim may be about."""
    found = re.search(r"\b(?:unless|except|until|only|other\s+than)\b", evidence, re.IGNORECASE)
    if found is None:
        return False
    condition = re.search(
        r"\b(?:if|when|where|unless|only|except|with|who|after|until|provided)\b", claim, re.IGNORECASE
    )
    return condition is not None or bool(content(claim) & content(evidence[found.end() :]))


def surface(wanted: str, text: str) -> str:
    """Return the first word of a text with this stem, as it is written; empty without one."""
    return next((word for word in re.findall(r"[^\W\d_][\w'’-]*", text) if stem(word) == wanted), "")


def actors(claim: str, evidence: str, passage: str) -> Iterator[Finding]:
    """Yield a conflict when the evidence gives an act to another than the claim does, and the passage knows both."""
    if led := _LED.match(evidence):
        yield from _swapped_leader(claim, led["who"].strip(), passage)
    else:
        yield from _swapped_doer(claim, evidence, passage)
    yield from _swapped_subject(claim, evidence, passage)


_LED = re.compile(
    r"(?:(?:if|when|where|before|after|unless|subject|for|in|on|upon|once|to|pursuant|provided|notwithstanding|at|under|during)\b[^,:]*,\s+)?"
    r"(?P<who>[^:]{3,240}?)\s+(?:must|shall|may|should|will|can|is\s+to|are\s+to)\b[^:]{0,80}[:—–]",
    re.IGNORECASE | re.DOTALL,
)
"""The words that lead in to a list, the list behind them: "A firm must: keep its records"."""


def _swapped_leader(claim: str, leader: str, passage: str) -> Iterator[Finding]:
    """The same for an item under its lead-in, whatever the verb: who leads in to a list does all its items."""
    own = next((act for act in _acts(claim) if act.subject and not act.passive), None)
    if own is None or own.subject in _EITHER or own.subject not in content(passage):
        return
    if not content(own.subject_text) & content(leader):
        detail = f"in the evidence another acts: “{leader}”"
        yield Finding(
            rule="actor", conflict=True, detail=detail, claim_text=surface(own.subject, claim), evidence_text=leader
        )


_EITHER = frozenset(map(stem, "party parties person individual entity body both".split()))
"""Heads that may stand for whoever was named."""


def _swapped_doer(claim: str, evidence: str, passage: str) -> Iterator[Finding]:
    there = _acts(evidence)
    for act in _acts(claim):
        if act.verb in _NO_ACT:
            continue
        doer = act.agent if act.passive else act.subject
        rivals = [other for other in there if other.verb == act.verb and act.verb and _doer(other)]
        doers = {_doer(other) for other in rivals}
        if not doer or not doers or doer in doers or not _swapped(doer, doers, claim, passage, rivals):
            continue
        yield Finding(
            rule="actor",
            conflict=True,
            detail=f"in the evidence another acts: “{surface(sorted(doers)[0], evidence)} … {rivals[0].text}”",
            claim_text=surface(doer, claim),
            evidence_text=surface(sorted(doers)[0], evidence),
        )


_NO_ACT = frozenset(map(stem, "include contain be mean consist apply have comprise cover relate refer depend".split()))
"""Verbs whose subject does nothing."""


def _doer(act: _Act) -> str:
    return act.agent if act.passive else act.subject


def _swapped(doer: str, doers: set[str], claim: str, passage: str, rivals: Sequence[_Act]) -> bool:
    """Whether the claim's doer is another party of the passage, and not part of how the evidence names its own."""
    there = content(passage)
    named = frozenset().union(*(content(other.subject_text) for other in rivals))
    return doer in there and doer not in named and not any(each in content(_subject_of(claim, doer)) for each in doers)


def _subject_of(claim: str, doer: str) -> str:
    return next((act.subject_text for act in _acts(claim) if doer in {act.subject, act.agent}), "")


_FINITE = re.compile(
    r"\b(?P<head>[A-Za-z][\w'’-]*)\s+(?:(?:also|usually|normally|\w+ly)\s+)?(?P<verb>[a-z]{3,}s|[a-z]{2,}ed)\s+"
    r"(?:(?:the|a|an|all|any|each|every|its|their)\s+)?(?!(?:before|after|by|in|on|at|to|for|from|with|of)\b)(?P<object>[a-z][\w'’-]*)"
)


def _swapped_subject(claim: str, evidence: str, passage: str) -> Iterator[Finding]:
    """The same for verbs without a modal, "the Board approves awards": verb and object are equal, the word before is another."""
    there = [
        (stem(found["verb"]), stem(found["object"]), found["head"])
        for found in _FINITE.finditer(evidence)
        if found["head"].lower() not in _SUBJECT_STOP
    ]
    for found in _FINITE.finditer(claim):
        key = (stem(found["verb"]), stem(found["object"]))
        heads = {stem(head): head for verb, thing, head in there if (verb, thing) == key}
        doer = stem(found["head"])
        known = content(claim)
        if (
            found["head"].lower() in _SUBJECT_STOP
            or not content(found["object"])
            or not heads
            or doer in heads
            or doer not in content(passage)
            or set(heads) & known
        ):
            continue
        other = heads[min(heads)]
        detail = f"in the evidence another acts: “{other} {found['verb']} {found['object']}”"
        yield Finding(rule="actor", conflict=True, detail=detail, claim_text=found["head"], evidence_text=other)

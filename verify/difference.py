"""Where a claim that copies a sentence departs from it, and whether that changes what is said.

A claim that takes nearly all its words from one sentence is laid beside it sign by sign (Ratcliff and Obershelp's matching, as in
`difflib`). What was put in, left out or moved is then judged: another figure, duty, bound or party, a condition dropped or
put in are conflicts; another word for the same duty, an equal figure, a bracket left out or a condition moved to the other end are
not. Paraphrase is no business of this module: it says nothing of claims that copy less than `_COPIED` of their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

from verify.change import Change, conflict, departures, heavy, key_of, of_kind, text_of, without_moves
from verify.opposite import contrary
from verify.sentence import parts
from verify.sign import Sign, read_as, signs
from verify.verdict import Finding
from verify.words import content, share

_COPIED, _COPIED_LONG, _MANY, _RUN = 0.7, 0.6, 8, 2
"""Least share of a claim's signs in matched runs of at least `_RUN` signs for it to be a copy; the lower where `_MANY` match."""
_SHORTEST, _LONGEST = 6, 160
_SPEAKS, _CANDIDATES = 0.55, 3
_FEW = 4
"""Most words of a run that stands in the place of another for the two to be compared as names of a party."""
_OPPOSED = {
    frozenset(pair.split("/"))
    for pair in ("must/may", "must/must not", "must/need not", "may/must not", "may/need not", "should/must not", "must not/need not")
} | {frozenset(("should", "need not"))}  # fmt: skip
_SAME_BOUND = {frozenset(("most", "by")), frozenset(("least", "from"))}
_TURNS = frozenset({"over", "under", "unless", "until"})
"""Signs that after a "not" mean what their contrary means without it."""
_ANYONE = frozenset(
    "person people someone anyone individual one entity party user they he she it you we who that i".split()
)
_STEM = 4
"""Words that share this many letters may be forms of one another."""
_BOILERPLATE = re.compile(
    r"\b(?:as\s+)?(?:otherwise\s+)?(?:provided|specified|noted|stated|required|permitted|authorized|described|set\s+forth|agreed|directed|applicable"
    r"|appropriate|possible|practicable|necessary|needed|feasible|available)\b",
    re.IGNORECASE,
)
_FIRM = re.compile(
    r"if|in\s+the\s+event|provided|so\s+long|as\s+long|unless|except|excluding|other|with\s+the\s+exception|apart|until",
    re.IGNORECASE,
)
_MARKER = re.compile(r"[\s(\[]*[\w.-]{1,5}[.)\]]\s*$|.*(?:[:—]|\.\s*—?)\s*$", re.DOTALL)
_PASSIVE = re.compile(
    r"\b(?:be|is|are|was|were|been)\s+(?:\w+ly\s+)?\w+(?:ed|en|nt|de|ld|ne)\b.*?\bby\b", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A claim beside one sentence: the share of it that is copied, what conflicts, and whether the rest is harmless."""

    sentence: str
    copied: float
    findings: tuple[Finding, ...]
    harmless: bool


def differences(claim: str, passage: str, *, partial: bool = False) -> tuple[Finding, ...]:
    """Return the conflicts between a claim and the sentence of a passage that it copies; none where it copies none.

    `partial` tells that the claim is an answer in words of its question: it need not say all of its sentence, and a condition may be
    the question's, so neither one left out nor one put in is a conflict.
    """
    found = _nearest(claim, passage)
    if found is None or found.harmless:
        return ()
    left = tuple(each for each in found.findings if not (partial and _of_question(each)))
    return _of_other_case(claim, left) or left


def _of_other_case(claim: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings on a sentence that says the like of another case, else nothing.

    "At level 1 ... every 30 days" does not contradict "at level 2 ... every 12 hours": where a reference, or a date and something
    else differ, the sentence neither supports the claim nor speaks against it. So all of the claim differs, and no text of
    the evidence stands against it.
    """
    scope = next((each for each in findings if each.rule == "reference"), None)
    if scope is None and len({each.rule for each in findings}) > 1:
        scope = next((each for each in findings if each.rule == "date"), None)
    if scope is None:
        return ()
    detail = f"the passage speaks of “{scope.evidence_text}”, the claim of “{scope.claim_text}”"
    other = Finding(rule="case", conflict=True, detail=detail, claim_text=claim)
    return (other, *(replace(each, evidence_text="") for each in findings))


def _of_question(finding: Finding) -> bool:
    """Whether a finding is about a condition that the question may have set or not asked about."""
    turned = bool(finding.claim_text and finding.evidence_text)
    return finding.rule == "condition" or (finding.rule == "exception" and not turned)


def restated(claim: str, evidence: str) -> str | None:
    """Return the sentence of the evidence that says what the claim says but for harmless differences, or None."""
    found = _nearest(claim, evidence)
    return found.sentence if found is not None and found.harmless else None


def copies(claim: str, passage: str) -> bool:
    """Return whether a claim takes most of its words, in their order, from one sentence of a passage."""
    return _nearest(claim, passage) is not None


@lru_cache(maxsize=4_096)
def _nearest(claim: str, passage: str) -> Comparison | None:
    """The comparison with the sentence copied: a harmless one if there is one, else the closest."""
    wanted = content(claim)
    places = [passage[span.start : span.end] for span in parts(passage)]
    near = sorted(
        (each for each in places if share(wanted, content(each)) >= _SPEAKS),
        key=lambda each: -share(wanted, content(each)),
    )
    found = [made for each in near[:_CANDIDATES] if (made := compared(claim, each)) is not None]
    return max(found, key=lambda each: (each.harmless, each.copied), default=None)


@lru_cache(maxsize=4_096)
def compared(claim: str, sentence: str) -> Comparison | None:
    """Lay a claim beside one sentence; None where it copies too little of it, or either is too short or too long to say."""
    there, said = signs(sentence), signs(claim)
    if not (_SHORTEST <= len(said) <= _LONGEST and len(there) <= _LONGEST):
        return None
    matcher = SequenceMatcher(None, [key_of(each) for each in there], [key_of(each) for each in said], autojunk=False)
    matched = sum(block.size for block in matcher.get_matching_blocks() if block.size >= _RUN)
    copied = matched / len(said)
    if copied < (_COPIED_LONG if matched >= _MANY else _COPIED):
        return None
    changes = list(departures(matcher, there, said))
    left, moved = without_moves(changes)
    plain = read_as(sentence)
    turned = bool(_PASSIVE.search(plain)) != bool(_PASSIVE.search(read_as(claim)))
    findings = [finding for each in left for finding in _findings(each, there)]
    if not turned:
        findings += _exchanged(changes)
    if _dual(there, said) or _dual(said, there):
        findings = [each for each in findings if each.rule in {"actor", "unit", "opposite"}]
    harmless = not findings and all(_harmless(each, plain, there) for each in left)
    harmless = harmless and (turned or all(any(sign.kind == "condition" for sign in run) for run in moved))
    return Comparison(sentence=sentence, copied=copied, findings=tuple(dict.fromkeys(findings)), harmless=harmless)


def _dual(one: Sequence[Sign], other: Sequence[Sign]) -> bool:
    """Whether one text denies what the other grants, by a turn that the other does not take: "may not ... unless", "not ... more than"."""
    if not _denies(one) or _denies(other):
        return False
    turns = [sum(each.key in _TURNS for each in text) for text in (one, other)]
    return turns[0] > turns[1]


def _denies(text: Sequence[Sign]) -> bool:
    return any(each.kind == "not" or each.key == "must not" for each in text)


def _findings(change: Change, there: Sequence[Sign]) -> Iterator[Finding]:
    yield from _figures(change)
    yield from _modals(change)
    yield from _negation(change)
    yield from _bounds(change)
    yield from _opposites(change)
    yield from _limits(change)
    yield from _conditions(change, there)
    yield from _parties(change, there)


def _figures(change: Change) -> Iterator[Finding]:
    """Yield another figure, or another unit after the same figure."""
    gone, come = of_kind(change.gone, "figure"), of_kind(change.come, "figure")
    for each in come:
        rivals = [other for other in gone if not _same_figure(each, other)]
        if rivals and len(rivals) == len(gone):
            yield conflict(_rule_of(each), [each], rivals[:1])
    if change.before is not None and change.before.kind == "figure" and not gone and not come:
        one, other = of_kind(change.gone, "word"), of_kind(change.come, "word")
        if len(one) == len(other) == 1:
            yield conflict("unit", other, one)


def _same_figure(one: Sign, other: Sign) -> bool:
    """Whether two figures are equal, a bare number with any of its value."""
    if one.key == other.key:
        return True
    (kind, value, *_), (other_kind, other_value, *_) = one.key.split(), other.key.split()
    return value == other_value and "number" in {kind, other_kind} and "reference" not in {kind, other_kind}


def _rule_of(figure: Sign) -> str:
    return figure.key.split()[0]


def _modals(change: Change) -> Iterator[Finding]:
    """Yield a duty made a choice, a choice or advice a duty, a ban lifted."""
    for one, other in zip(of_kind(change.gone, "modal"), of_kind(change.come, "modal"), strict=False):
        if frozenset((one.key, other.key)) in _OPPOSED or (one.key, other.key) == ("should", "must"):
            yield conflict("modality", [other], [one])


def _negation(change: Change) -> Iterator[Finding]:
    """Yield a "not" put in or left out by itself."""
    gone, come = of_kind(change.gone, "not"), of_kind(change.come, "not")
    alone = len(heavy(change.gone)) == len(gone) and len(heavy(change.come)) == len(come)
    if bool(gone) != bool(come) and alone:
        yield conflict("negation", change.come, change.gone)


def _bounds(change: Change) -> Iterator[Finding]:
    """Yield a bound turned round, or put before a figure that has none."""
    gone, come = of_kind(change.gone, "bound"), of_kind(change.come, "bound")
    for each in come:
        rivals = [
            other for other in gone if other.key != each.key and frozenset((other.key, each.key)) not in _SAME_BOUND
        ]
        if rivals and not any(other.key == each.key for other in gone):
            yield conflict("comparative", [each], rivals[:1])
        elif not gone and change.after is not None and change.after.kind == "figure" and not heavy(change.gone):
            yield conflict("comparative", [each], [])


def _opposites(change: Change) -> Iterator[Finding]:
    for each in heavy(change.come):
        rival = next((other for other in heavy(change.gone) if contrary(each.text.lower(), other.text.lower())), None)
        if rival is not None:
            yield conflict("opposite", [each], [rival])


def _limits(change: Change) -> Iterator[Finding]:
    """Yield an "only" put in, or turned into its contrary."""
    gone, come = {each.key for each in of_kind(change.gone, "limit")}, of_kind(change.come, "limit")
    for each in come:
        if (each.key == "only" and "only" not in gone) or (each.key == "other" and "only" in gone):
            yield conflict("exclusive", [each], of_kind(change.gone, "limit"))


def _conditions(change: Change, there: Sequence[Sign]) -> Iterator[Finding]:
    """Yield a condition or exception turned round, put in, or left out."""
    gone, come = of_kind(change.gone, "condition"), of_kind(change.come, "condition")
    if gone and (come or of_kind(change.come, "aside")):
        instead = (come or of_kind(change.come, "aside"))[0]
        if instead.key != gone[0].key:
            yield conflict("exception", [instead], gone[:1])
            return
    if come and not gone and not _denied(come, change.gone):
        known = {each.key for each in there}
        fresh = [each for each in heavy(change.come) if each.kind in {"word", "figure"} and each.key not in known]
        if len(fresh) >= 1:
            yield conflict(_named(come[0]), change.come, ())
    if gone and come and gone[0].key == come[0].key and not _alike(change.gone, change.come):
        yield conflict(_named(come[0]), change.come, change.gone)
    if gone and not come and not _denied(gone, change.come):
        yield from _left_out(change, gone[0])
    inside = _within(change, there)
    if (
        inside
        and not gone
        and not come
        and min(len(heavy(change.gone)), len(heavy(change.come))) >= 2
        and not _alike(change.gone, change.come)
    ):
        yield conflict(_named(inside), change.come, change.gone)


def _denied(conditions: Sequence[Sign], instead: Sequence[Sign]) -> bool:
    """Whether a "not" stands where the other side makes an exception: "which is not covered", "other than one covered"."""
    return len(conditions) == 1 and conditions[0].key == "unless" and len(of_kind(instead, "not")) == 1


def _within(change: Change, there: Sequence[Sign]) -> Sign | None:
    """The condition sign that a run of the sentence directly follows."""
    first = there.index(change.gone[0]) if change.gone else 0
    lead = heavy(there[max(0, first - 3) : first])[-1:]
    return lead[0] if lead and lead[0].kind == "condition" else None


def _left_out(change: Change, sign: Sign) -> Iterator[Finding]:
    clause = change.gone[change.gone.index(sign) :]
    told = [each for each in clause[1:] if each.kind in {"word", "figure"}]
    firm = _FIRM.match(sign.text) or (change.opens and clause[0] is heavy(change.gone)[0])
    usual = _BOILERPLATE.match(text_of(heavy(clause[1:])[:2])) and (sign.key == "unless" or len(told) <= _FEW)
    if firm and told and not usual:
        yield conflict(_named(sign), (), clause)


def _named(sign: Sign) -> str:
    return "exception" if sign.key == "unless" else "condition"


def _alike(one: Sequence[Sign], other: Sequence[Sign]) -> bool:
    """Whether two runs share half of their words."""
    first, second = ({each.key for each in heavy(run) if each.kind in {"word", "figure"}} for run in (one, other))
    return 2 * len(first & second) >= min(len(first), len(second))


def _parties(change: Change, there: Sequence[Sign]) -> Iterator[Finding]:
    """Yield another party as subject, after "by" or after "to"."""
    gone, come = of_kind(change.gone, "word"), of_kind(change.come, "word")
    if (
        not (0 < len(gone) <= _FEW and 0 < len(come) <= _FEW)
        or len(heavy(change.gone)) > len(gone)
        or len(heavy(change.come)) > len(come)
    ):
        return
    known = {each.key for each in there}
    if any(each.key in known or each.key in _ANYONE for each in come) or _initials(gone, come) or _initials(come, gone):
        return
    if any(one.key[:_STEM] == other.key[:_STEM] for one in come for other in gone):
        return
    if (change.opens and change.acts) or _led(change, there):
        yield conflict("actor", come, gone)


def _led(change: Change, there: Sequence[Sign]) -> bool:
    """Whether the run gone follows "by", "to" or "from" in the sentence."""
    first = there.index(of_kind(change.gone, "word")[0])
    lead = [each.text.lower() for each in there[max(0, first - 2) : first]]
    return any(word in {"by", "to", "from"} for word in lead)


def _initials(one: Sequence[Sign], other: Sequence[Sign]) -> bool:
    """Whether one run abbreviates the other."""
    return len(one) == 1 and "".join(each.text[0] for each in other).lower() == one[0].text.lower().rstrip("s")


def _exchanged(changes: Sequence[Change]) -> Iterator[Finding]:
    """Yield two words that changed places: who does it, and to whom."""
    swaps = {
        (tuple(map(key_of, of_kind(each.gone, "word"))), tuple(map(key_of, of_kind(each.come, "word")))): each
        for each in changes
    }
    for (gone, come), each in swaps.items():
        if gone and come and gone < come and (come, gone) in swaps:
            yield conflict("actor", each.come, each.gone, "; the two changed places")


def _harmless(change: Change, plain: str, there: Sequence[Sign]) -> bool:
    """Whether a change without a finding leaves the meaning as it is: nothing new came, and what went is an aside."""
    if any(each.kind not in {"modal", "bound"} for each in heavy(change.come)):
        return False
    gone = heavy(change.gone)
    kinds = {each.kind for each in gone}
    if not gone or kinds <= {"modal", "bound"}:
        return [each.key for each in gone] == [each.key for each in heavy(change.come)] or _equal_bounds(
            gone, heavy(change.come)
        )
    return not heavy(change.come) and _is_aside(change, gone, plain)


def _equal_bounds(gone: Sequence[Sign], come: Sequence[Sign]) -> bool:
    return len(gone) == len(come) and all(
        one.kind == other.kind and (one.key == other.key or frozenset((one.key, other.key)) in _SAME_BOUND)
        for one, other in zip(gone, come, strict=True)
    )


def _is_aside(change: Change, gone: Sequence[Sign], plain: str) -> bool:
    """Whether what was left out is a bracket, a reference to the rule's source, examples, or a heading or list mark in front."""
    start, end = gone[0].start, gone[-1].end
    bracketed = plain.rfind("(", 0, start) > plain.rfind(")", 0, start) and plain.find(")", end) >= 0
    inside = ")" not in plain[start:end] or plain[start:end].count("(") >= plain[start:end].count(")")
    if bracketed and inside:
        return True
    if change.opens and _MARKER.match(plain[: gone[-1].end + 2][-3:] if len(gone) > 1 else plain[: gone[-1].end + 2]):
        return True
    return gone[0].kind == "aside"

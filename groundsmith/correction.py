"""What could stand in place of a claim that did not pass, with the sentence of the evidence that says so.

A differing figure, date or verb is put right in the claim itself, when the rules have named both sides and the judge then
finds the new claim borne out by that sentence. Otherwise the sentence alone is offered. Nothing is invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.evidence import Evidence
    from verify.nli import EntailmentModel
    from verify.verdict import Finding, Judgement, Verdict
    from verify.verifier import Result, Verifier

NEAR = 0.5
"""The share of a claim's content words that a sentence must hold to be worth showing beside an unsupported claim."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A suggestion for one claim; `start` and `end` are the claim's characters in the answer.

    `quote` is a sentence of the evidence at `quote_start` to `quote_end` of the passage. `kind` is "replace" when
    `suggestion` is the claim put right, "quote" when it is what the evidence says against the claim, "near" when the
    sentence is only the nearest there is; `suggestion` is then empty.
    """

    claim: str
    start: int
    end: int
    kind: str
    suggestion: str
    quote: str
    passage: str
    quote_start: int
    quote_end: int
    title: str = ""
    source: str = ""
    page: int | None = None
    headings: tuple[str, ...] = ()


def corrections(result: Result, judge: Verifier, known: Sequence[Evidence]) -> tuple[Correction, ...]:
    """Return a suggestion for each claim of a result that did not pass and has a sentence near it.

    `known` are passages that may be quoted, beside those of the result.
    """
    passages = {each.passage_id: each for each in (*known, *result.evidence)}
    found = (
        _correction(verdict, passages, judge)
        for verdict in result.verdicts
        if str(verdict.label) in ("refuted", "conflicting", "not enough evidence")
    )
    return tuple(each for each in found if each is not None)


def _correction(verdict: Verdict, passages: dict[str, Evidence], judge: Verifier) -> Correction | None:
    judgement = _nearest(verdict, passages)
    if judgement is None:
        return None
    evidence = passages[judgement.passage_id]
    start, end, shared = _sentence(verdict.statement, evidence.text, judgement)
    against = judgement.passage_id in verdict.contradicting
    if not against and shared < NEAR:
        return None
    quote = evidence.text[start:end]
    mended = _mended(verdict.claim, judgement.conflicts, quote)
    fits = mended is not None and _borne_out(mended, quote, judge.model, judge.thresholds.support)
    spoken = " ".join(quote.split())
    return Correction(
        claim=verdict.claim,
        start=verdict.start,
        end=verdict.end,
        kind="replace" if fits else "quote" if against else "near",
        suggestion=(mended or "") if fits else spoken if against else "",
        quote=quote,
        passage=evidence.passage_id,
        quote_start=start,
        quote_end=end,
        title=evidence.title,
        source=evidence.source,
        page=evidence.page,
        headings=evidence.headings,
    )


def _nearest(verdict: Verdict, passages: dict[str, Evidence]) -> Judgement | None:
    """Return the judgement to quote from: one that contradicts if there is one, then by shared words and by scores."""
    usable = [each for each in verdict.judgements if each.passage_id in passages and each.end > each.start]
    return max(
        usable,
        key=lambda each: (
            each.passage_id in verdict.contradicting,
            bool(each.conflicts) if verdict.contradicting else False,
            round(each.overlap, 2),
            max(each.entailment.entailment, each.entailment.contradiction),
            -(each.end - each.start),
        ),
        default=None,
    )


def _sentence(statement: str, text: str, judgement: Judgement) -> tuple[int, int, float]:
    """Return the sentence of the judgement's window nearest to a statement, and the share of its words there."""
    from verify.sentence import parts
    from verify.words import content, share

    wanted = content(statement)
    inside = [span for span in parts(text) if span.start >= judgement.start and span.end <= judgement.end]
    places = [(span.start, span.end) for span in inside] or [(judgement.start, judgement.end)]
    named = [finding.evidence_text for finding in judgement.conflicts if finding.evidence_text]

    def rank(place: tuple[int, int]) -> tuple[int, float, int]:
        part = text[place[0] : place[1]]
        return sum(name in part for name in named), share(wanted, content(part)), place[0] - place[1]

    start, end = max(places, key=rank)
    return start, end, share(wanted, content(text[start:end]))


def _mended(claim: str, conflicts: Sequence[Finding], quote: str) -> str | None:
    """Return the claim with what differs put as the quoted sentence has it; None when it is not clear how."""
    mended = claim
    for finding in conflicts:
        old, new = finding.claim_text, finding.evidence_text
        if not old or not new or old == new or new not in quote:
            continue
        if mended.count(old) == 1:
            mended = mended.replace(old, new)
    return None if mended == claim else mended


def _borne_out(claim: str, quote: str, model: EntailmentModel, least: float) -> bool:
    """Return whether a sentence entails a claim, and no rule speaks against it."""
    from verify import rules

    if any(finding.conflict for finding in rules.check(claim, quote, question=None, passage=quote, place="")):
        return False
    (entailment,) = model.entail([(quote, claim)])
    return entailment.entailment >= least

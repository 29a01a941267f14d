"""What a row keeps of a verdict: the passages, and for each claim the label, the scores and the stretch that decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundsmith.row import RowClaim, RowEvidence, RowFinding, RowSpan

if TYPE_CHECKING:
    from verify.evidence import Evidence
    from verify.verdict import Verdict


def evidence_row(evidence: Evidence) -> RowEvidence:
    """Return a passage of evidence as a row keeps it."""
    return RowEvidence(
        id=evidence.passage_id,
        document=evidence.document_id,
        version=evidence.version,
        title=evidence.title,
        source=evidence.source,
        start=evidence.start,
        end=evidence.end,
        text=evidence.text,
        page=evidence.page,
        headings=evidence.headings,
    )


def claim_row(verdict: Verdict) -> RowClaim:
    """Return a verdict as a row keeps it: the label, the scores, the passages and the stretch that decided."""
    deciding = (*verdict.supporting, *verdict.contradicting)
    best = sorted(
        (each for each in verdict.judgements if set(each.passages) & set(deciding) and each.end > each.start),
        key=lambda each: (-max(each.entailment.entailment, each.entailment.contradiction), each.end - each.start),
    )
    spans = {each.passage_id: RowSpan(id=each.passage_id, start=each.start, end=each.end) for each in reversed(best)}
    findings = {
        (finding.rule, finding.detail): RowFinding(rule=finding.rule, conflict=finding.conflict, detail=finding.detail)
        for each in best[:1]
        for finding in each.findings
    }
    return RowClaim(
        text=verdict.claim,
        start=verdict.start,
        end=verdict.end,
        verdict=str(verdict.label),
        entailment=_rounded(verdict.entailment),
        contradiction=_rounded(best[0].entailment.contradiction if best else verdict.contradiction),
        evidence=deciding,
        spans=tuple(spans[name] for name in deciding if name in spans),
        rules=tuple(findings.values()),
        reason=verdict.reason,
        abstention=None if verdict.abstention is None else str(verdict.abstention),
        needed=verdict.needed,
    )


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)

"""Verdicts, and the one pure function that turns scores and findings into them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """What the documents say of a claim."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    CONFLICTING = "conflicting"
    NOT_ENOUGH = "not enough evidence"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entailment:
    """Probabilities that a premise entails, leaves open, or contradicts a hypothesis; they sum to 1."""

    entailment: float
    neutral: float
    contradiction: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a rule noticed between a claim and one passage.

    `rule` names it (number, date, amount, modality, negation, comparative, entity...). `conflict` is True when the two differ
    in a way that makes the claim wrong or unsupported, False for a match worth showing. `detail` is a sentence for a person.
    """

    rule: str
    conflict: bool
    detail: str
    claim_text: str = ""
    evidence_text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """One claim against one passage: the model's scores and the rules' findings.

    `start` and `end` are the window of the passage (offsets into the passage text) that decided.
    """

    passage_id: str
    entailment: Entailment
    findings: tuple[Finding, ...] = ()
    start: int = 0
    end: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was decided of one claim, why, and on which passages.

    `claim` is the text judged, `start` and `end` its place in the answer it was taken from. `confidence` is the probability
    given to the label, 0 to 1. `reason` says in a few words why a claim was not supported. All judgements are
    kept, so a threshold can be moved without another model call.
    """

    claim: str
    statement: str
    start: int
    end: int
    label: Label
    confidence: float
    supporting: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    reason: str = ""

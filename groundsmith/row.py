"""`DatasetRow`: one question and answer with its evidence, its claims and their verdicts; the row of every dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundsmith.record import decode, encode, schema
from knowledge.identity import identify


@dataclass(frozen=True, kw_only=True, slots=True)
class RowConcept:
    """A concept the row was drawn for."""

    id: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RowEvidence:
    """A passage the row rests on; `start` and `end` are its characters in the document's text."""

    id: str
    document: str
    version: int
    title: str
    source: str
    start: int
    end: int
    text: str
    page: int | None = None
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RowSpan:
    """The stretch of an evidence text that decided a claim: `id` is the evidence, `start` and `end` its characters."""

    id: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RowFinding:
    """What a rule noticed; `conflict` is true when it speaks against the claim."""

    rule: str
    conflict: bool
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RowClaim:
    """One claim of the answer and its verdict.

    `start` and `end` are characters of the answer; `entailment` and `contradiction` are probabilities, null when
    nothing was judged. `evidence` lists the ids of the passages that decided, `spans` where in them.
    `abstention` is the kind of reason when the claim was neither supported nor refuted, `needed` the least
    passages that support.
    """

    text: str
    start: int
    end: int
    verdict: str
    entailment: float | None = None
    contradiction: float | None = None
    evidence: tuple[str, ...] = ()
    spans: tuple[RowSpan, ...] = ()
    rules: tuple[RowFinding, ...] = ()
    reason: str = ""
    abstention: str | None = None
    needed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MultiHop:
    """Whether a question needs both documents: the answer's entailment from both `together` and from each `alone`.

    `alone` is in the order of `documents`; `proven` is true when together suffices and neither alone does.
    """

    proven: bool
    documents: tuple[str, ...] = ()
    together: float | None = None
    alone: tuple[float, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Former:
    """What a row was before a person edited it, with the verdict it had then."""

    id: str
    question: str
    answer: str
    verdict: str
    confidence: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetRow:
    """One row of a dataset, kept or rejected.

    `verdict` is of the whole answer: supported, refuted, conflicting or not enough evidence. `confidence` is the
    probability given to it, null when it was not judged. `answers` is the probability that the answer replies to its question,
    null where that cannot be told. `rejected` is the reason a row did not pass, else null.
    `reviewed` is what a person decided (accepted, edited, rejected), else null; `former` is what an edited row was before.
    `created` is UTC, ISO 8601. `expected` is what a good assistant does: answer, abstain (no document answers), or correct what
    the question takes for granted. `parts` are the fields of the kind beside question and answer, such as options; what is no
    text is JSON text. `round` is the round of its run that the row was made in, from 1; null where a run has none (`sampling.round`).
    `mean_logprob` is the mean log-probability of the tokens of the reply that held question and answer, null where the model was not
    asked for it (`model.logprobs`) or gives none.
    """

    id: str
    question: str
    answer: str
    reasoning: str | None = None
    kind: str = "question-answer"
    level: int = 1
    concepts: tuple[RowConcept, ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[RowEvidence, ...] = ()
    claims: tuple[RowClaim, ...] = ()
    verdict: str = "not enough evidence"
    confidence: float | None = None
    weight: float = 1.0
    reviewed: str | None = None
    synthetic: bool = True
    model: str = ""
    prompt: str = ""
    run: str = ""
    created: str = ""
    rejected: str | None = None
    multi_hop: MultiHop | None = None
    expected: str = "answer"
    parts: Mapping[str, str] = field(default_factory=dict)
    former: Former | None = None
    answers: float | None = None
    round: int | None = None
    mean_logprob: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain JSON data."""
        data: dict[str, Any] = encode(self)
        return data

    @classmethod
    def from_json(cls, data: object, *, where: str = "row") -> DatasetRow:
        """Return the row in `data`; raises RowError naming the field. Unknown keys are passed over."""
        return decode(cls, data, where=where)


def row_id(*, question: str, answer: str, evidence: Iterable[str]) -> str:
    """Return `s_` and a digest of what makes a row itself: question, answer, and the passages it was written from."""
    return identify("s", [question, answer, sorted(evidence)])


def row_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a row."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Groundsmith dataset row"}
    return {**head, **schema(DatasetRow)}

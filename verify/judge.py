"""A panel of language models as judge: a rubric, several models or draws, votes counted, agreement shown.

A juror is whatever replies to cases with JSON text. A reply that is not exactly of the rubric's form is an abstention,
never a vote. The panel may judge alone, or give a second opinion where the entailment model is unsure; what a rule
objects to or a passage contradicts it cannot overturn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from verify.verdict import Label
from verify.verifier import Result

MOST_REASON = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """One question of the rubric, answered with yes or no; yes speaks for the answer."""

    name: str
    question: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rubric:
    """What jurors are asked, in order; a juror votes for an answer that meets every criterion."""

    criteria: tuple[Criterion, ...]

    @classmethod
    def of(cls, lines: Iterable[str]) -> Rubric:
        """Read "name: question" lines; raises ValueError naming the line that is not of this form."""
        made = []
        for line in lines:
            name, colon, question = line.partition(":")
            if not colon or not name.strip().isidentifier() or not question.strip() or name.strip() == "reason":
                raise ValueError(f"the criterion {line!r} is not written as name: question")
            made.append(Criterion(name=name.strip(), question=question.strip()))
        return cls(criteria=tuple(made))

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of a reply: a reason, then "yes" or "no" for each criterion."""
        votes = {each.name: {"type": "string", "enum": ["yes", "no"]} for each in self.criteria}
        reason = {"type": "string", "maxLength": MOST_REASON}
        return {
            "type": "object",
            "properties": {"reason": reason, **votes},
            "required": ["reason", *votes],
            "additionalProperties": False,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedCase:
    """What a juror sees: question, answer and the evidence, each as data."""

    question: str
    answer: str
    evidence: tuple[str, ...]


class Juror(Protocol):
    """A model and draw that replies to cases; `name` tells it from the others. None is a call that failed."""

    name: str

    def replies(self, cases: Sequence[JudgedCase]) -> list[str | None]:
        """Return one reply a case, in order."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """One juror on one case: its votes by criterion, or why it counts as an abstention."""

    juror: str
    votes: tuple[tuple[str, bool], ...] = ()
    reason: str = ""
    abstained: str = ""

    @property
    def passes(self) -> bool | None:
        """Whether every criterion is met; None for an abstention."""
        return None if self.abstained else all(vote for _, vote in self.votes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Consensus:
    """What a panel came to: `passed` is the majority, None on a tie or when most abstained."""

    opinions: tuple[Opinion, ...]

    @property
    def votes(self) -> tuple[bool, ...]:
        """The votes cast, abstentions left out."""
        return tuple(each.passes for each in self.opinions if each.passes is not None)

    @property
    def passed(self) -> bool | None:
        """The majority of the votes, where at least half of the jurors voted."""
        yes, cast = sum(self.votes), len(self.votes)
        return None if 2 * cast < len(self.opinions) or not cast or 2 * yes == cast else 2 * yes > cast

    @property
    def agreement(self) -> float | None:
        """The share, 0 to 1, of the votes cast that are with the majority; None when nobody voted."""
        yes, cast = sum(self.votes), len(self.votes)
        return max(yes, cast - yes) / cast if cast else None

    @property
    def summary(self) -> str:
        """The count as a sentence: "2 of 3 for, 1 abstained"."""
        abstained = len(self.opinions) - len(self.votes)
        return f"{sum(self.votes)} of {len(self.votes)} for" + (f", {abstained} abstained" if abstained else "")


def read_opinion(reply: str | None, rubric: Rubric, *, juror: str) -> Opinion:
    """Return the opinion a reply holds; one not exactly of the rubric's form is an abstention that says why."""
    if reply is None:
        return Opinion(juror=juror, abstained="the call failed")
    try:
        found = json.loads(reply)
    except (json.JSONDecodeError, RecursionError):
        return Opinion(juror=juror, abstained="the reply is not JSON")
    names = [each.name for each in rubric.criteria]
    if not isinstance(found, dict) or set(found) != {"reason", *names}:
        return Opinion(juror=juror, abstained="the reply has other fields than the rubric")
    if not isinstance(found["reason"], str) or any(found[name] not in ("yes", "no") for name in names):
        return Opinion(juror=juror, abstained="a vote is neither yes nor no")
    votes = tuple((name, found[name] == "yes") for name in names)
    return Opinion(juror=juror, votes=votes, reason=" ".join(found["reason"].split())[:MOST_REASON])


class Panel:
    """Jurors with one rubric."""

    def __init__(self, jurors: Sequence[Juror], rubric: Rubric) -> None:
        self.jurors, self.rubric = tuple(jurors), rubric

    def judge(self, cases: Sequence[JudgedCase]) -> list[Consensus]:
        """Return what the panel comes to on each case, in order."""
        by_juror = [
            [read_opinion(reply, self.rubric, juror=juror.name) for reply in juror.replies(cases)]
            for juror in self.jurors
        ]
        return [Consensus(opinions=opinions) for opinions in zip(*by_juror, strict=True)] if cases else []


def uncertain(result: Result, *, low: float, high: float) -> bool:
    """Return whether the probability that a result is supported lies between `low` and `high`.

    Refuted and conflicting results, and those in which nothing was judged, are not uncertain.
    """
    if result.confidence is None or result.label not in {Label.SUPPORTED, Label.NOT_ENOUGH}:
        return False
    support = result.confidence if result.label is Label.SUPPORTED else 1.0 - result.confidence
    return low <= support <= high


def with_opinion(result: Result, consensus: Consensus) -> Result:
    """Return a result as the panel decides it; unchanged when the panel comes to nothing.

    The confidence is the panel's agreement; verdicts and scores of the claims stay as they were.
    """
    if consensus.passed is None or consensus.agreement is None:
        return result
    if consensus.passed:
        return replace(result, label=Label.SUPPORTED, confidence=consensus.agreement, reason="")
    against = next((each.reason for each in consensus.opinions if each.passes is False and each.reason), "")
    reason = f"the language models judge it unsupported ({consensus.summary})" + (f": {against}" if against else "")
    return replace(result, label=Label.NOT_ENOUGH, confidence=consensus.agreement, reason=reason)

"""`Item`, what is to be judged, and `Result`, what was decided of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from verify.evidence import Evidence
from verify.verdict import Abstention, Finding, Label, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Something to be judged: an answer, its question if there is one, and the passages it names as its source."""

    id: str
    answer: str
    question: str | None = None
    cited: tuple[Evidence, ...] = ()


OTHER_QUESTION = "other-question"
"""The rule that refuses an answer which is no reply to its question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What was decided of an item.

    `label` is the worst of its claims, `confidence` the least among the claims that carry it, None when nothing was judged. `evidence`
    holds the passages that decided, the most certain first, then the cited ones. `relevance` says what is wrong
    with the pair of question and answer; `reason` why the label is not "supported". `answers` is the probability that the
    answer replies to its question, None where that cannot be told.
    """

    id: str
    label: Label
    confidence: float | None
    verdicts: tuple[Verdict, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    relevance: tuple[Finding, ...] = ()
    reason: str = ""
    answers: float | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """The passages that the claims need together: of each the smallest set that supports it."""
        return tuple(dict.fromkeys(name for verdict in self.verdicts for name in verdict.needed))

    @property
    def abstention(self) -> Abstention | None:
        """Why the item was neither supported nor refuted: the reason of the first claim of its label that gives one."""
        return next((each.abstention for each in self.verdicts if each.label is self.label and each.abstention), None)

    @property
    def passed(self) -> bool:
        """Whether every claim is supported and question and answer fit one another."""
        return self.label is Label.SUPPORTED and not any(finding.conflict for finding in self.relevance)

    @property
    def as_reply(self) -> Result:
        """The result with an answer that is borne out, but is no reply to its question, counted as not enough evidence."""
        told = next((each for each in self.relevance if each.rule == OTHER_QUESTION and each.conflict), None)
        if self.label is not Label.SUPPORTED or told is None or self.answers is None:
            return self
        reason = f"{OTHER_QUESTION}: {told.detail}"
        return replace(self, label=Label.NOT_ENOUGH, confidence=1.0 - self.answers, reason=reason)

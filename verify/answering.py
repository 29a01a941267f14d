"""How probable it is that an answer replies to its question, by how the question's words lie about the answer in its passage.

What a passage says and whether it is said in reply to this question are two things: "30 days" may stand in it and answer another
question of the passage, and a question that turns one word of a sentence round ("who may not appeal?") has no answer in it. The
entailment model reads question and answer as one statement and often misses both. Here a logistic model weighs what can be
counted: `weights/answering.json` holds its numbers, `verify.training.answering` fits them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from verify.asked import Reading, read
from verify.evidence import Evidence
from verify.item import OTHER_QUESTION, Item
from verify.probability import sigmoid
from verify.question import AUX, WH, is_polar, unplaced
from verify.verdict import Finding

SHIPPED = Path(__file__).parent / "weights" / "answering.json"
_YES_NO = ("yes", "no", "true", "false", "correct", "incorrect")
_SHOWN = 100
"""Characters of a sentence that are shown in a finding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answering:
    """Weights, in log odds for each unit of a signal: the probability is that among as many right as wrong answers of a passage."""

    intercept: float
    weights: Mapping[str, float]

    def __call__(self, reading: Reading) -> float:
        """Return the probability, 0 to 1, that the answer replies to the question."""
        return sigmoid(self.intercept + sum(self.explain(reading).values()))

    def explain(self, reading: Reading) -> dict[str, float]:
        """Return what each signal adds to the log odds, beside the intercept."""
        found = reading.signals
        return {name: weight * found[name] for name, weight in self.weights.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The probability that an answer replies to its question, 0 to 1, and what speaks most against it, with the rival sentence."""

    answers: float
    detail: str
    rival: str = ""

    def finding(self, least: float) -> Finding | None:
        """Return the conflict that refuses the answer; None where its probability is `least` or more."""
        if self.answers >= least:
            return None
        detail = f"{self.detail} ({self.answers:.2f} that this answers)"
        return Finding(rule=OTHER_QUESTION, conflict=True, detail=detail, evidence_text=self.rival)


def refusals(replied: Reply | None, least: float) -> tuple[Finding, ...]:
    """Return the finding of an answer that replies with less than the least probability; none where that is not known."""
    found = None if replied is None else replied.finding(least)
    return (found,) if found else ()


@cache
def shipped() -> Answering:
    """Return the weights that come with the package."""
    found = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return Answering(intercept=found["intercept"], weights=found["weights"])


def reply(question: str, answer: str, passages: Sequence[str], *, context: str = "") -> Reply | None:
    """Return how probably an answer that `passages` hold replies to the question.

    `context` is known beside them (titles, headings): words of the question that stand there alone are not asked of the passages.
    None where this cannot be told: no question, no passage, or a yes or no, which the passage need not say.
    """
    asked, said = unplaced(question), answer.strip()
    if not (WH.search(asked) or AUX.match(asked)) or not said or _is_yes_or_no(asked, said):
        return None
    reading = read(asked, said, passages, context=context)
    if reading is None:
        return None
    model = shipped()
    detail = _worst(reading, model.explain(reading))
    return Reply(answers=round(model(reading), 4), detail=detail, rival=reading.rival[:_SHOWN])


def reply_of(item: Item, evidence: Sequence[Evidence]) -> Reply | None:
    """Return the reply that an item's answer is to its question, by the passages that decided or were cited."""
    if item.question is None:
        return None
    context = "\n".join(f"{each.place}\n{each.before}" for each in evidence)
    return reply(item.question, item.answer, [each.text for each in evidence], context=context)


def _is_yes_or_no(question: str, answer: str) -> bool:
    first = answer.split()[0].lower().strip(".,;:!–—-")
    return first in _YES_NO and (is_polar(question) or len(answer.split()) == 1)


def _worst(reading: Reading, parts: Mapping[str, float]) -> str:
    """Return in words what takes most from the odds."""
    return reading.told(min(parts, key=lambda name: (parts[name], name)), shown=_SHOWN)

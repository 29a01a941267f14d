"""`Combination`: one probability of support from the model's scores, word overlap and the rules' findings, weights readable.

A logistic model: log odds of support = intercept + sum of weight × signal. `weights/probability.json` holds the numbers;
`verify.training.combination` fits them, `verify.refit` departs from them where labels teach otherwise.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from verify.verdict import Judgement

SHIPPED = Path(__file__).parent / "weights" / "probability.json"
EDGE = 1e-3
"""Scores nearer to 0 or 1 than this count as this: beyond it the model's certainty means nothing."""


SIGNALS = (
    "entailment",
    "contradiction",
    "overlap",
    "overlap with the passage",
    "pairs of words",
    "length",
    "conflicts with a counterpart",
    "conflicts without one",
    "agreeing figures",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """Weights, in log odds for each unit of a signal; a signal without a weight does not count.

    `spread` is the standard deviation of each signal where the weights were fitted.
    """

    intercept: float
    weights: Mapping[str, float]
    spread: Mapping[str, float] = field(default_factory=dict)

    def __call__(self, judgement: Judgement) -> float:
        """Return the probability, 0 to 1, that the window supports the claim."""
        return sigmoid(self.intercept + sum(self.explain(judgement).values()))

    def explain(self, judgement: Judgement) -> dict[str, float]:
        """Return what each signal adds to the log odds of support, beside the intercept."""
        found = signals(judgement)
        return {name: weight * found[name] for name, weight in self.weights.items()}


def signals(judgement: Judgement) -> dict[str, float]:
    """Return what is known of a window by name of SIGNALS.

    The log odds of the model's two verdicts, overlaps 0 to 1, log of 1 + the claim's words, counts of findings up to 2.
    """
    conflicts = judgement.conflicts
    named = sum(bool(each.evidence_text) for each in conflicts)
    return {
        "entailment": log_odds(judgement.entailment.entailment),
        "contradiction": log_odds(judgement.entailment.contradiction),
        "overlap": judgement.overlap,
        "overlap with the passage": judgement.passage_overlap,
        "pairs of words": judgement.pairs,
        "length": math.log1p(judgement.words),
        "conflicts with a counterpart": float(min(2, named)),
        "conflicts without one": float(min(2, len(conflicts) - named)),
        "agreeing figures": float(min(2, len(judgement.findings) - len(conflicts))),
    }


def log_odds(probability: float) -> float:
    """Return the log odds of a probability, which is first kept EDGE away from 0 and 1."""
    kept = min(max(probability, EDGE), 1.0 - EDGE)
    return math.log(kept / (1.0 - kept))


def sigmoid(odds: float) -> float:
    """Return the probability whose log odds these are."""
    return 1.0 / (1.0 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1.0 + math.exp(odds))


@cache
def shipped(model: str | None = None) -> Combination | None:
    """Return the combination that comes with the package; with the name of a `model` it was not fitted on, None."""
    found = json.loads(SHIPPED.read_text(encoding="utf-8"))
    if model not in {None, found["model"]}:
        return None
    return read(found)


def read(found: Mapping[str, Any]) -> Combination:
    """Return the weights that a file of `verify.training` holds."""
    return Combination(intercept=found["intercept"], weights=found["weights"], spread=found.get("spread", {}))

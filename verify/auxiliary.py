"""A light second judge: logistic regression over embeddings and plain signals, taught by the judge's verdicts and by people.

The idea is FreeAL's (Xiao et al., "FreeAL: Towards Human-Free Active Learning in the Era of Large Language Models", EMNLP 2023,
arXiv 2311.15614, section 3): a small model learns from the labels of a large one, trusts those it learns easily, and where the two
differ somebody should look. Three things keep it honest here: it never sees the judge's score of a row as a feature while it learns
from that judge; every opinion is given by a model that was not fitted on the row; and what a person said outweighs what the judge said.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log1p
from typing import TYPE_CHECKING

from verify.probability import log_odds
from verify.words import content, share

if TYPE_CHECKING:
    import numpy as np

FOLDS = 5
RIDGE = 8.0
"""Strength of the penalty on standardised weights."""
TRUSTED = 0.8
"""Share of the judge's labels, the most easily learned, that the second fit learns from."""
PERSON = 5.0
"""Weight of a person's label, in labels of the judge."""
ENOUGH, OF_EACH = 20, 5
"""People's labels, and of either kind, from which both judges are weighed against one another."""
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_NOT = re.compile(r"\b(?:not|no|never|none|nor|neither|without|cannot|except|unless|only)\b|n['’]t\b", re.I)


@dataclass(frozen=True, kw_only=True, slots=True)
class Logistic:
    """Logistic regression: `weights` on standardised features (`mean`, `scale`), and an intercept; arrays of one length."""

    weights: np.ndarray
    intercept: float
    mean: np.ndarray
    scale: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Return the probability of each row of features; shape (n,)."""
        import numpy as np

        scores = ((features - self.mean) / self.scale) @ self.weights + self.intercept
        found: np.ndarray = 1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))
        return found


def fit(features: np.ndarray, targets: np.ndarray, weights: np.ndarray, *, ridge: float = RIDGE) -> Logistic:
    """Return ridge logistic regression by Newton's method; targets are probabilities, weights not negative.

    Raises ValueError without a row of positive weight.
    """
    import numpy as np

    total = float(weights.sum())
    if not len(features) or total <= 0:
        raise ValueError("no labelled rows to fit an auxiliary model on")
    mean = (weights[:, None] * features).sum(axis=0) / total
    spread = np.sqrt((weights[:, None] * (features - mean) ** 2).sum(axis=0) / total)
    scale = np.where(spread > 1e-9, spread, 1.0)
    design = np.hstack([(features - mean) / scale, np.ones((len(features), 1))])
    penalty = np.full(design.shape[1], ridge)
    penalty[-1] = 1e-6
    found = np.zeros(design.shape[1])
    for _ in range(25):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (weights * (targets - p)) - penalty * found
        curvature = (design * (weights * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ design
        step = np.linalg.solve(curvature + np.diag(penalty), gradient)
        longest = float(np.abs(step).max())
        found = found + step * min(1.0, 5.0 / max(longest, 1e-12))
        if longest < 1e-6:
            break
    return Logistic(weights=found[:-1], intercept=float(found[-1]), mean=mean, scale=scale)


def held_out(
    features: np.ndarray, targets: np.ndarray, weights: np.ndarray, *, folds: int = FOLDS, seed: int = 7
) -> np.ndarray:
    """Return each row's probability under a model fitted on the other folds; shape (n,)."""
    import numpy as np

    order = list(range(len(features)))
    random.Random(seed).shuffle(order)
    found = np.full(len(features), 0.5)
    for part in (order[number::folds] for number in range(min(folds, len(order)))):
        others = np.setdiff1d(np.arange(len(features)), part)
        if len(others) and float(weights[others].sum()) > 0:
            found[part] = fit(features[others], targets[others], weights[others])(features[part])
    return found


def opinions(
    features: np.ndarray, judge: Sequence[float], people: Mapping[int, bool], *, folds: int = FOLDS, seed: int = 7
) -> list[float]:
    """Return the auxiliary model's probability that each row is right.

    `features` has a row for each, `judge` the first judge's probability, `people` what persons said, by place. First it learns all of the
    judge's labels; then, once more, those it found easiest, and people's. With ENOUGH of people's labels, a third fit weighs both judges
    and the plain signals by them.
    """
    import numpy as np

    said = np.asarray(judge, dtype=float)
    targets, weights = said.copy(), np.ones(len(said))
    for place, right in people.items():
        targets[place], weights[place] = float(right), PERSON
    first = held_out(features, targets, weights, folds=folds, seed=seed)
    loss = np.abs(targets - first)
    limit = float(np.quantile(loss, TRUSTED)) if len(loss) else 1.0
    trusted = np.where((loss <= limit) | (weights > 1), weights, 0.0)
    second = held_out(features, targets, trusted, folds=folds, seed=seed)
    weighed = _weighed(features, said, second, people, seed=seed)
    return [float(each) for each in (second if weighed is None else weighed)]


def _weighed(
    features: np.ndarray, judge: np.ndarray, own: np.ndarray, people: Mapping[int, bool], *, seed: int
) -> np.ndarray | None:
    """Weigh both judges and the plain signals by what people said; None while they said too little."""
    import numpy as np

    right = sum(people.values())
    if len(people) < ENOUGH or min(right, len(people) - right) < OF_EACH:
        return None
    odds = np.array([[log_odds(float(a)), log_odds(float(b))] for a, b in zip(judge, own, strict=True)])
    few = np.hstack([odds, features[:, :SIGNALS]])
    places = np.array(sorted(people))
    targets = np.array([float(people[int(place)]) for place in places])
    weights = np.ones(len(places))
    found = fit(few[places], targets, weights, ridge=2.0)(few)
    found[places] = held_out(few[places], targets, weights, seed=seed)
    return found


SIGNALS = 9


def features(
    question: np.ndarray, answer: np.ndarray, evidence: np.ndarray, texts: Sequence[tuple[str, str, str]]
) -> np.ndarray:
    """Return what the model sees of rows: plain signals first, then how answer and evidence agree, by dimension.

    `question`, `answer` and `evidence` are L2-normalised rows; `texts` the same three as text.
    """
    import numpy as np

    likeness = np.stack(
        [(answer * evidence).sum(axis=1), (question * evidence).sum(axis=1), (question * answer).sum(axis=1)], axis=1
    )
    plain = np.array([signals(*each) for each in texts]).reshape(len(texts), SIGNALS - 3)
    return np.hstack([likeness, plain, answer * evidence])


def signals(question: str, answer: str, evidence: str) -> tuple[float, ...]:
    """Return plain signs of support: shares of the answer's words and figures in the evidence, negation, and lengths in log words."""
    words, source = content(answer), content(evidence)
    figures = set(_FIGURE.findall(answer))
    there = set(_FIGURE.findall(evidence))
    return (
        share(words, source),
        len(figures & there) / len(figures) if figures else 1.0,
        float(bool(_NOT.search(answer))) - float(bool(_NOT.search(evidence))),
        log1p(len(answer.split())),
        log1p(len(evidence.split())),
        share(words, content(question)),
    )

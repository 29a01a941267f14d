"""How probable it is that a passage answers a question, where no answer is given that could be judged.

The entailment model is asked whether the passage entails "This passage answers the question: ..."; a logistic model weighs its
verdict with what question and passage share in words. `weights/answerable.json` holds the numbers, fitted by
`verify.training.answerable` to questions with their own and with near passages of the same documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from verify.evidence import Evidence, windows
from verify.likeness import likened
from verify.nli import EntailmentModel
from verify.probability import Combination, read
from verify.verdict import Judgement

SHIPPED = Path(__file__).parent / "weights" / "answerable.json"
CLAIM = "This passage answers the question: {}"
WINDOWS = 3
"""Stretches of a passage that are read; the one that answers best counts."""


def answerable(
    model: EntailmentModel, asked: Sequence[tuple[str, Evidence]], *, by: Combination | None = None
) -> list[float]:
    """Return for each question and passage the probability, 0 to 1, that the passage answers the question."""
    combination = by or shipped()
    return [max(map(combination, read), default=0.0) for read in judgements(model, asked)]


def judgements(model: EntailmentModel, asked: Iterable[tuple[str, Evidence]]) -> list[tuple[Judgement, ...]]:
    """Return for each question and passage what the model says of the stretches that share most words with the question."""
    places = [
        [(question, passage, each) for each in windows(question, passage, limit=WINDOWS)] for question, passage in asked
    ]
    flat = [one for some in places for one in some]
    scores = iter(model.entail([(window.premise, CLAIM.format(question)) for question, _, window in flat]))
    return [
        tuple(
            likened(
                Judgement(passage_id=passage.passage_id, entailment=next(scores)),
                question,
                premise=window.premise,
                around=f"{passage.place}\n{passage.text}",
            )
            for question, passage, window in some
        )
        for some in places
    ]


@cache
def shipped() -> Combination:
    """Return the weights that come with the package."""
    return read(json.loads(SHIPPED.read_text(encoding="utf-8")))

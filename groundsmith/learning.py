"""The judge's weights learned from half of a workspace's labelled rows, the other half scored anew for what is promised."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundsmith.labelling import LabelledRows
from verify.calibration import Labelled, support_score
from verify.probability import Combination
from verify.refit import Judged, helps, refit
from verify.verdict import Thresholds, Verdict

ENOUGH = 200
"""Labelled rows below which the weights stay as they are."""
OF_EACH = 40
"""Rows of either label that are needed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """Weights learned from `learned_from` rows, and the other rows with the scores they then have."""

    combination: Combination
    learned_from: int
    rows: list[Labelled]


def learn(found: LabelledRows, known: Combination | None, *, thresholds: Thresholds, seed: int = 7) -> Learned | None:
    """Return weights learned from a random half of the rows; None when there are too few, or the known ones rank as well.

    `thresholds` are the judge's; their support does not count.
    """
    right = sum(row.right for row in found.rows)
    if known is None or not known.spread or not found.verdicts or len(found.rows) < ENOUGH:
        return None
    if min(right, len(found.rows) - right) < OF_EACH:
        return None
    order = list(range(len(found.rows)))
    random.Random(seed).shuffle(order)
    half = sorted(order[: len(order) // 2])
    usable = [judged for judged in (_judged(found.verdicts[n], right=found.rows[n].right) for n in half) if judged[0]]
    if len({label for _, label in usable}) < 2 or not helps(usable, known=known):
        return None
    made = refit(usable, known=known)
    rest = sorted(order[len(order) // 2 :])
    rows = [replace(found.rows[n], score=_score(found.verdicts[n], made, thresholds)) for n in rest]
    return Learned(combination=made, learned_from=len(half), rows=rows)


def _judged(verdicts: Sequence[Verdict], *, right: bool) -> Judged:
    return [verdict.judgements for verdict in verdicts if verdict.judgements], right


def _score(verdicts: Sequence[Verdict], by: Combination, thresholds: Thresholds) -> float:
    """The score of a row whose windows are judged by other weights."""
    changed = [
        replace(verdict, judgements=tuple(replace(each, probability=by(each)) for each in verdict.judgements))
        for verdict in verdicts
    ]
    return support_score(changed, thresholds=thresholds)

"""Rows that answer the same question otherwise: whoever contradicts its neighbours is found by entailment, without any document.

Neighbours are rows whose questions are the same or nearly so, whatever else differs (draw, condition, document).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.duplicate import fold
from verify.sameness import may_be_same
from verify.statement import statement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from verify.nli import EntailmentModel

ALIKE = 0.9
"""Cosine from which two questions are neighbours."""
MOST = 12
"""Neighbours of a row that are compared with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispute:
    """A row that contradicts neighbours: `of` is the one it contradicts most, `score` how strongly, 0 to 1.

    `agreement` is the share of its neighbours that it does not contradict.
    """

    row: int
    of: int
    score: float
    agreement: float


def neighbours(
    questions: Sequence[str], *, vectors: NDArray[Any] | None, alike: float = ALIKE
) -> list[tuple[int, int]]:
    """Return pairs of rows, the earlier first, whose questions are equal but for case and punctuation, or near by their unit vectors."""
    found: dict[tuple[int, int], None] = {}
    same: dict[str, list[int]] = {}
    for row, question in enumerate(questions):
        folded = fold(question)
        if folded:
            before = same.setdefault(folded, [])
            found.update(dict.fromkeys((other, row) for other in before[-MOST:]))
            before.append(row)
    if vectors is not None:
        found.update(dict.fromkeys(_near(questions, vectors, alike)))
    return sorted(found)


def _near(questions: Sequence[str], vectors: NDArray[Any], alike: float) -> list[tuple[int, int]]:
    from verify.cells import Cells

    pairs: set[tuple[int, int]] = set()
    for one, other in Cells(vectors).pairs(vectors, alike, itself=True):
        pairs.update((min(a, b), max(a, b)) for a, b in zip(one.tolist(), other.tolist(), strict=True))
    return [(a, b) for a, b in pairs if questions[a].strip() and may_be_same(questions[a], questions[b])]


def disputes(
    pairs: Sequence[tuple[int, int]],
    *,
    questions: Sequence[str],
    answers: Sequence[str],
    confidence: Sequence[float | None],
    model: EntailmentModel,
    threshold: float,
) -> list[Dispute]:
    """Return the rows to give up, so that no two neighbours contradict each other with `threshold` or more.

    Of two that do, the one that fewer neighbours agree with goes, then the less confident; where nothing tells them apart, both.
    """
    against = contradictions(pairs, questions=questions, answers=answers, model=model)
    agreement = _agreement(pairs, against, threshold)
    found: dict[int, Dispute] = {}
    for (one, other), score in sorted(against.items(), key=lambda each: (-each[1], each[0])):
        if score < threshold or one in found or other in found:
            continue
        ranks = [(agreement[row], confidence[row] if confidence[row] is not None else 0.0) for row in (one, other)]
        losers = (
            [(one, other)]
            if ranks[0] < ranks[1]
            else [(other, one)]
            if ranks[1] < ranks[0]
            else [(one, other), (other, one)]
        )
        for row, of in losers:
            found[row] = Dispute(row=row, of=of, score=score, agreement=agreement[row])
    return [found[row] for row in sorted(found)]


def contradictions(
    pairs: Sequence[tuple[int, int]], *, questions: Sequence[str], answers: Sequence[str], model: EntailmentModel
) -> dict[tuple[int, int], float]:
    """Return how strongly the answers of each pair contradict each other, 0 to 1: the weaker of both ways of reading them.

    Figures, negation or names that differ make it no less than the stronger way.
    """
    differing = [pair for pair in pairs if fold(answers[pair[0]]) != fold(answers[pair[1]])]
    said = {row: statement(questions[row], answers[row]) for pair in differing for row in pair}
    asked = [(said[one], said[other]) for one, other in differing]
    ways = model.entail([*asked, *((other, one) for one, other in asked)])
    found = dict.fromkeys(pairs, 0.0)
    for pair, there, back in zip(differing, ways[: len(asked)], ways[len(asked) :], strict=True):
        both = (there.contradiction, back.contradiction)
        same = may_be_same(answers[pair[0]], answers[pair[1]])
        found[pair] = min(both) if same else max(both)
    return found


def _agreement(
    pairs: Sequence[tuple[int, int]], against: Mapping[tuple[int, int], float], threshold: float
) -> dict[int, float]:
    counts: dict[int, list[bool]] = {}
    for pair in pairs:
        for row in pair:
            counts.setdefault(row, []).append(against[pair] < threshold)
    return {row: float(np.mean(each)) for row, each in counts.items()}

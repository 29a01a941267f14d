"""A second, larger entailment model reads again where the first is unsure; what both say is averaged.

Of a claim's windows only those that decide are read twice: the one that entails most, then the next if that has taken its place,
and the one that contradicts most. So a model of several times the cost adds less than the cost of the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verify.judgement import likeliest
from verify.nli import EntailmentModel, Pair
from verify.verdict import Entailment, Judgement

Again = Callable[[Judgement, Entailment], Judgement]
"""Returns a judgement with other scores of the model."""


@dataclass(frozen=True, kw_only=True)
class SecondReader:
    """Reads windows again whose entailment by the first model lies between `low` and `high`, at most `reads` a claim.

    The window that contradicts most is read again from a contradiction of `against`.
    """

    model: EntailmentModel
    low: float = 0.05
    high: float = 0.9
    reads: int = 2
    against: float = 0.5

    def reread(
        self, judged: Sequence[list[Judgement]], pairs: Sequence[Sequence[Sequence[Pair]]], again: Again
    ) -> None:
        """Put second judgements in the place of unsure ones: `pairs` are those of each claim's windows, none for a quotation."""
        done: list[set[int]] = [set() for _ in judged]
        for _ in range(self.reads):
            wanted = [
                (number, at)
                for number, windows in enumerate(judged)
                for at in self._unsure(windows)
                if at not in done[number] and pairs[number][at]
            ]
            if not wanted:
                return
            scores = iter(self.model.entail([pair for number, at in wanted for pair in pairs[number][at]]))
            for number, at in wanted:
                first = judged[number][at]
                second = likeliest([next(scores) for _ in pairs[number][at]])
                judged[number][at] = again(first, merged(first.entailment, second))
                done[number].add(at)

    def read_open(self, pairs: Sequence[Pair], scores: Sequence[Entailment]) -> list[Entailment]:
        """Return the scores of pairs, those that the first model leaves open averaged with the second's."""
        left = [pair for pair, first in zip(pairs, scores, strict=True) if self.is_unsure(first)]
        second = iter(self.model.entail(left) if left else [])
        return [merged(first, next(second)) if self.is_unsure(first) else first for first in scores]

    def is_unsure(self, entailment: Entailment) -> bool:
        """Whether the first model's scores of a window leave support open."""
        return self.low < entailment.entailment < self.high

    def _unsure(self, windows: Sequence[Judgement]) -> set[int]:
        """The places of the windows that decide a claim and are open."""
        free = [at for at, each in enumerate(windows) if not each.conflicts]
        best = max(free, key=lambda at: windows[at].entailment.entailment, default=None)
        worst = max(range(len(windows)), key=lambda at: windows[at].entailment.contradiction, default=None)
        found = {best} if best is not None and self.is_unsure(windows[best].entailment) else set()
        if worst is not None and windows[worst].entailment.contradiction >= self.against:
            found.add(worst)
        return found


def merged(first: Entailment, second: Entailment) -> Entailment:
    """Return the geometric mean of two models' scores, which sums to 1."""
    entailment, neutral, contradiction = (
        math.sqrt(max(one, 1e-9) * max(other, 1e-9))
        for one, other in (
            (first.entailment, second.entailment),
            (first.neutral, second.neutral),
            (first.contradiction, second.contradiction),
        )
    )
    whole = entailment + neutral + contradiction
    return Entailment(entailment=entailment / whole, neutral=neutral / whole, contradiction=contradiction / whole)

"""Whether rows serve their task: questions fit to ask, answers on the question, both of their evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from groundsmith.evaluation.measure import Findings, Measure, Named, Reservoir, mean, share
from verify.answering import refusals, reply
from verify.diversity import Score
from verify.relevance import check
from verify.verdict import Finding, Thresholds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from groundsmith.datasets import ForeignRow
    from knowledge.embed import Embedder

ROWS = 1_000
"""Rows that are looked at; of more a sample is drawn."""
OFF = 0.1
"""Share of unfit rows from which the set is flagged."""
_TELLS = {
    "form": "no question, or several in one",
    "self-contained": "the question leans on a text that its reader does not have",
    "gives-answer": "the question gives the answer away",
    "no-answer": "there is no answer",
    "unfinished": "the answer breaks off",
    "repeats": "the answer repeats the question or itself",
    "answer-type": "the answer is not of the kind that is asked for",
    "condition": "the question supposes a figure that the evidence lacks",
    "qualifier": "the question narrows what the evidence does not narrow",
    "off-question": "the evidence speaks of something else",
    "actor": "the answer names another doer than the evidence",
    "other-question": "the evidence says it, but in reply to another question",
}


def _wrong(question: str, answer: str, evidence: str) -> list[Finding]:
    """Return what is wrong with a question and its answer as a pair, each a conflict."""
    replied = refusals(reply(question, answer, [evidence]), Thresholds().answers)
    return [each for each in (*check(question, answer, evidence), *replied) if each.conflict]


class Relevance:
    """The rules of `verify.relevance` and `verify.answering` on each row of a sample, and how near an answer is to its question."""

    def __init__(self, embedder: Embedder, *, seed: int = 7) -> None:
        self._embedder = embedder
        self._sample = Reservoir(ROWS, seed=seed)

    def add(self, row: ForeignRow) -> None:
        """Offer a row to the sample; statements without a question are passed over."""
        if row.question and row.question.strip():
            self._sample.add((row.number, row.question, row.answer, "\n".join(row.contexts)))

    def findings(self) -> Findings:
        """Return the share of unfit rows by reason, and the alignment of questions, answers and evidence."""
        rows = self._sample.items
        if not rows:
            return Findings()
        named, counts, unfit = Named("relevance"), Counter[str](), 0
        for number, question, answer, evidence in rows:
            wrong = {each.rule: each.detail for each in _wrong(question, answer, evidence)}
            unfit += bool(wrong)
            counts.update(wrong.keys())
            for rule, detail in wrong.items():
                named.add(number, rule, detail)
        off = share(unfit, len(rows))
        measures = [
            _measure(
                "unfit rows",
                off,
                "share of rows with a question or answer not worth keeping",
                "0.00 to 0.10",
                odd=off.value > OFF,
            )
        ]
        for rule, count in counts.most_common():
            measures.append(_measure(rule, share(count, len(rows)), f"share of rows: {_TELLS.get(rule, rule)}", ""))
        grounded = [row for row in rows if row[3].strip()]
        told = "share of rows that say what they rest on; without it only question and answer are compared"
        measures.append(_measure("rows with evidence", share(len(grounded), len(rows)), told, "1.00"))
        measures += self._alignment(rows, grounded)
        flags = {"relevance": f"{off.value:.0%} of rows are unfit"} if off.low is not None and off.low > OFF else {}
        return Findings(measures=tuple(measures), remarks=tuple(named.kept), flags=flags)

    def _alignment(self, rows: Sequence[Any], grounded: Sequence[Any]) -> list[Measure]:
        """Cosines of what belongs together, and how often it is nearer than what does not."""
        asked = self._embedder.embed([row[1] for row in rows])
        answered = self._embedder.embed([row[2] for row in rows])
        found = [
            _measure(
                "answer and question",
                mean(_cosines(asked, answered)),
                "mean cosine of an answer with its question; short answers lie lower",
                "0.30 to 0.85",
            ),
            _nearer("answer nearer to its own question", asked, answered),
        ]
        if len(grounded) > 1:
            both = self._embedder.embed([f"{row[1]} {row[2]}" for row in grounded])
            evidence = self._embedder.embed([row[3] for row in grounded])
            told = "mean cosine of question and answer with the evidence"
            found.append(_measure("row and evidence", mean(_cosines(both, evidence)), told, "0.50 to 0.85"))
            found.append(_nearer("row nearer to its own evidence", both, evidence))
        return found


def _cosines(one: NDArray[Any], other: NDArray[Any]) -> list[float]:
    return [float(each) for each in np.einsum("nd,nd->n", one, other)]


def _nearer(name: str, one: NDArray[Any], other: NDArray[Any]) -> Measure:
    """How often a row's own pair is nearer than that with the row half the set away: 0.5 is chance."""
    shifted = np.roll(other, max(1, len(other) // 2), axis=0)
    won = sum(mine > theirs for mine, theirs in zip(_cosines(one, other), _cosines(one, shifted), strict=True))
    told = "share of rows nearer to their own than to another row's; 0.50 is chance"
    return _measure(name, share(won, len(one)), told, "0.85 to 1.00", odd=won < 0.75 * len(one))


def _measure(name: str, score: Score, meaning: str, normal: str, *, odd: bool = False) -> Measure:
    return Measure(area="relevance", of="rows", name=name, score=score, meaning=meaning, normal=normal, odd=odd)

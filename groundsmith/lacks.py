"""`Lacks`: what the rows of a run so far lack, and what the next round is therefore asked for.

S3 (Wang et al., arXiv 2310.13671) feeds errors back into synthesis, Explore-Instruct (Wan et al., arXiv 2310.09168) goes on where a domain
was not explored: equation 6 of the survey of Long et al. (2024), data made part by part, each conditioned on those before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from groundsmith.runs import CALL_FAILED, FAILED, KEPT

if TYPE_CHECKING:
    from generate.condition import Condition
    from graph.network import ConceptGraph
    from groundsmith.planning import Planned
    from groundsmith.row import DatasetRow
    from groundsmith.runs import Unit

DUPLICATE: Final = "duplicate"
OFTEN: Final = 0.1
"""Share of a round's prompts from which a reason to refuse is answered with advice."""
MOST_ADVICE: Final = 2
MOST_ASKED: Final = 3
"""Questions of a passage that the next prompt over it is told of."""
FARTHEST: Final = 4.0
"""How many times its share a value is asked for at most, to make up for what it lacks; and its share by this at least."""

ADVICE: Final = {
    "not enough evidence": "Say only what the source says in so many words, and leave out everything else.",
    "refuted": "Take over figures, dates, names and words such as must, may, not, only and unless exactly as the source has them.",
    "conflicting": "Ask about something that the source says without contradicting itself.",
    DUPLICATE: "Ask about a detail of the source that is seldom asked about.",
    "one document is enough": "Ask so that the answer takes a fact from each of the two sources; neither alone may be enough.",
    "off-question": "Answer exactly what the question asks, no more and no less.",
    "other-question": "The answer must be to the very question that is asked; use the question's words as the source uses them.",
    "self-contained": "The question must be clear to someone who does not have the source: name what it is about.",
    "needs-source": "Speak of the matter itself, never of the text, the source or the passage.",
    "gives-away": "The question must not hold its answer.",
    "ambiguous": "The other options must clearly be wrong by the source.",
    "answerable": "Ask for something on the same matter that the source truly leaves open.",
    "not refuted": "The premise must say the opposite of a sentence of the source.",
    "placeholder": "Fill in every field with text of your own.",
    "cut": "Keep the reply short.",
    "not-json": "Reply with the JSON object and nothing else.",
    "wrong-form": "Keep to the form of the reply exactly.",
    "words": "Keep to the length that is asked for.",
    "sentences": "Keep to the length that is asked for.",
    "mentions": "Use every one of the words that are asked for.",
    "copies-demonstration": "Take no word of the examples into question or answer.",
}
"""What a prompt is told when many were refused for a reason."""


class Lacks:
    """What prompts so far gave, prompt by prompt."""

    def __init__(self, graph: ConceptGraph) -> None:
        from graph.match import Matcher

        self._matcher = Matcher(graph.concepts.values())
        self.covered: Counter[str] = Counter()
        self.vain: Counter[tuple[str, str]] = Counter()
        self.worn: Counter[str] = Counter()
        self.drawn: Counter[str] = Counter()
        self.made: Counter[tuple[str, str]] = Counter()
        self.kept: Counter[tuple[str, str]] = Counter()
        self.reasons: Counter[str] = Counter()
        """Why prompts of the latest round were refused."""
        self.prompts = self.rows = 0
        """Prompts of the latest round; rows of all."""
        self._asked: dict[str, list[str]] = defaultdict(list)

    def begin(self) -> None:
        """Begin a round: the reasons of the one before no longer count."""
        self.reasons.clear()
        self.prompts = 0

    def take(self, item: Planned, unit: Unit | None) -> None:
        """Take in what came of a planned item; None and a failed call say nothing of it."""
        self.drawn[item.combination.id] = max(self.drawn[item.combination.id], item.draw + 1)
        if unit is None or (unit.outcome == FAILED and unit.reason == CALL_FAILED):
            return
        kept, passed = unit.outcome == KEPT, set[str]()
        self.prompts, self.rows = self.prompts + 1, self.rows + kept
        self.made.update(item.conditions.items())
        if kept:
            self.kept.update(item.conditions.items())
            passed = self.named(unit.row)
            self.covered.update(passed)
            for passage in item.combination.references:
                self._asked[passage].append(unit.row.question)
        else:
            self.reasons[unit.reason] += 1
            self.worn.update(item.combination.references)
        missed = [concept for concept in item.combination.concepts if concept not in passed]
        self.vain.update((passage, concept) for passage in item.combination.references for concept in missed)

    def named(self, row: DatasetRow) -> set[str]:
        """Return the concepts that a row covers: those its text names and, if it states some, states."""
        found = self._matcher.concepts(f"{row.question} {row.answer}")
        stated = {concept.id for concept in row.concepts}
        return set(found & stated if stated else found)

    def expect(self, item: Planned) -> None:
        """Take in a planned item as if its row had passed and named all that was planned: to foresee what a run would plan."""
        self.drawn[item.combination.id] = max(self.drawn[item.combination.id], item.draw + 1)
        self.covered.update(item.combination.concepts)

    def advice(self) -> str:
        """Return what prompts are to be told: what many of the latest round were refused for."""
        often = [
            ADVICE[reason]
            for reason, count in self.reasons.most_common()
            if reason in ADVICE and count >= OFTEN * self.prompts
        ]
        return " ".join(list(dict.fromkeys(often))[:MOST_ADVICE])

    def asked(self, passages: Iterable[str]) -> tuple[str, ...]:
        """Return the latest questions that rows over these passages ask."""
        return tuple(dict.fromkeys(question for passage in passages for question in self._asked[passage][-MOST_ASKED:]))

    def share(self, name: str, value: str) -> float:
        """Return the share of prompts with a value of a condition that gave a row, as known so far (with one of each as prior)."""
        return (self.kept[name, value] + 1) / (self.made[name, value] + 2)

    def scarcest(self, conditions: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
        """Return the condition and value whose prompts give rows least often, None while none gives half as often as another value does."""
        best: dict[str, float] = {}
        for name, value in self.made:
            best[name] = max(best.get(name, 0.0), self.share(name, value))
        tried = [each for each in conditions if self.made[each] and self.share(*each) < best[each[0]] / 2]
        return min(tried, key=lambda each: (self.share(*each), each), default=None)

    def reweighted(self, conditions: Sequence[Condition], prompts: int) -> list[Condition]:
        """Return the conditions with weights that bring the rows' values to their shares within the next prompts.

        A value is asked for as often as it lacks rows, and the more often the fewer of its prompts pass, within FARTHEST of its share.
        """
        if not self.rows:
            return list(conditions)
        return [replace(each, weights=tuple(self._weights(each, prompts))) for each in conditions]

    def _weights(self, condition: Condition, prompts: int) -> list[float]:
        shares = condition.shares
        have = {value: self.kept[condition.name, value] for value in shares}
        passing = {value: self.share(condition.name, value) for value in shares}
        total = sum(have.values()) + prompts * sum(shares[value] * passing[value] for value in shares)
        wanted = {value: max(0.0, shares[value] * total - have[value]) / passing[value] for value in shares}
        whole = sum(wanted.values()) or 1.0
        return [min(FARTHEST * shares[value], max(shares[value] / FARTHEST, wanted[value] / whole)) for value in shares]

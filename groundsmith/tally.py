"""What a fact-check amounts to: counts by verdict and topic, and the rows to put right first."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundsmith.datasets import ForeignRow

WORST = 10
TOPICS = 20
MOST_TOPICS = 10_000
PROBLEMS = 100
FAILED = "failed"
NOT_CHECKED = "not checked"
LABELS = ("supported", "not enough evidence", "conflicting", "refuted")
_ORDER = {label: place for place, label in enumerate(reversed(LABELS))}


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """The rows of one topic: how many, how many of each verdict in the order of LABELS, and the share supported."""

    name: str
    rows: int
    verdicts: tuple[int, ...]
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class WorstRow:
    """A row to put right: its number in the file, what was decided, and what could stand there instead."""

    row: int
    verdict: str
    confidence: float
    question: str
    reason: str
    suggestion: str = ""
    quote: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What came of a fact-check.

    `rows` were judged; `verdicts` counts them by label; `share` is the share supported. `topics` are those with the least share
    supported first, at most 20. `worst` are the rows to put right first. `failed` rows could not be read, `not_checked`
    hold nothing to check; `problems` names the first hundred of either.
    """

    rows: int
    verdicts: tuple[tuple[str, int], ...]
    share: float
    topics: tuple[Topic, ...]
    worst: tuple[WorstRow, ...]
    failed: int
    not_checked: int
    problems: tuple[str, ...]
    output: str
    stopped: bool = False


@dataclass(kw_only=True, slots=True)
class Totals:
    """What was found so far; the worst rows are kept, the others counted."""

    labels: Counter[str] = field(default_factory=Counter)
    topics: dict[str, Counter[str]] = field(default_factory=dict)
    worst: list[tuple[tuple[int, float, int], int, WorstRow]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    failed: int = 0
    not_checked: int = 0
    unreadable: int = 0

    def problem(self, message: str, *, failed: bool) -> None:
        """Take in a row that could not be judged."""
        self.failed += failed
        self.not_checked += not failed
        if failed and len(self.problems) < PROBLEMS:
            self.problems.append(message)

    def judged(self, row: ForeignRow, columns: dict[str, Any]) -> None:
        """Take in one judged row."""
        label = str(columns["groundsmith_verdict"])
        self.labels[label] += 1
        self._topic(row, columns)[label] += 1
        if label != "supported":
            confidence = float(columns["groundsmith_confidence"] or 0.0)
            rank = (-_ORDER[label], confidence, -row.number)
            entry = (rank, -row.part, _worst(row, columns))
            (heapq.heappush if len(self.worst) < WORST else heapq.heappushpop)(self.worst, entry)

    def _topic(self, row: ForeignRow, columns: dict[str, Any]) -> Counter[str]:
        name = topic_of(row.topic, columns)
        if name not in self.topics and len(self.topics) >= MOST_TOPICS:
            name = "(other topics)"
        return self.topics.setdefault(name, Counter())

    def tally(self, output: Path, *, stopped: bool) -> Tally:
        """Return the sum."""
        rows = self.labels.total()
        topics = sorted((_summed(name, counts) for name, counts in self.topics.items()), key=_rank)
        return Tally(
            rows=rows,
            verdicts=tuple((label, self.labels[label]) for label in LABELS),
            share=self.labels["supported"] / rows if rows else 0.0,
            topics=tuple(topics[:TOPICS]),
            worst=tuple(entry[2] for entry in sorted(self.worst, reverse=True)),
            failed=self.failed,
            not_checked=self.not_checked,
            problems=tuple(self.problems),
            output=str(output),
            stopped=stopped,
        )


def topic_of(named: str, columns: dict[str, Any]) -> str:
    """Return a row's topic: what the row says, else the title of the document that decided."""
    if named:
        return named
    evidence = columns.get("groundsmith_evidence") or columns.get("groundsmith_corrections") or ()
    return next((each["title"] for each in evidence if each.get("title")), "(no topic)")


def _summed(name: str, counts: Counter[str]) -> Topic:
    rows = counts.total()
    verdicts = tuple(counts[label] for label in LABELS)
    return Topic(name=name, rows=rows, verdicts=verdicts, share=counts["supported"] / rows)


def _rank(topic: Topic) -> tuple[int, float, str]:
    """Put topics with the most rows to put right first, then by share."""
    return topic.verdicts[0] - topic.rows, topic.share, topic.name


def _worst(row: ForeignRow, columns: dict[str, Any]) -> WorstRow:
    mended = sorted(
        columns.get("groundsmith_corrections") or (), key=lambda each: ("replace", "quote", "near").index(each["kind"])
    )
    first = mended[0] if mended else {}
    return WorstRow(
        row=row.number,
        verdict=str(columns["groundsmith_verdict"]),
        confidence=round(float(columns["groundsmith_confidence"] or 0.0), 2),
        question=" ".join((row.question or row.answer).split())[:100],
        reason=str(columns["groundsmith_reason"])[:160],
        suggestion=str(first.get("suggestion", ""))[:300],
        quote=" ".join(str(first.get("quote", "")).split())[:300],
        source=str(first.get("source", "")),
    )

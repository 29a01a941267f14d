"""`ReviewQueue`: the rows that a person should look at, in order, and what becomes of what they decide.

A decision is one transaction that only adds an event; an undo is an event too. Whoever decides says which version of the row was
seen: if another decided meanwhile, nothing is written and ConflictError says so. In a blind review each reviewer has a lane of
their own and sees nobody's decisions; whoever shows the rows shows no verdict either.
"""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from groundsmith.review_labels import drawn_rows
from groundsmith.review_order import Orders
from groundsmith.review_progress import LONGEST, Progress, pace
from groundsmith.review_rows import FileRows, Judge, RunRows, edited_row, judge_of
from groundsmith.review_store import ACCEPT, CHOICES, EDIT, REJECT, SKIP, UNDO, Decision, Pile, ReviewItem, ReviewStore
from groundsmith.runs import now
from groundsmith.standing import REASONS, Standing, decisions, reviewed_run, standing, standings
from knowledge.errors import ConflictError, UsageError
from knowledge.identity import digest
from verify.agreement import Agreement, agreement
from verify.calibration import Labelled
from verify.review import Strategy
from verify.risk import Guarantee, certify

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace
    from verify.verifier import Verifier

__all__ = [
    "CHOICES",
    "REASONS",
    "ConflictError",
    "Decision",
    "Offer",
    "Progress",
    "ReviewQueue",
    "Standing",
    "Strategy",
    "TELLING",
    "reviewed_run",
]

ERROR, CONFIDENCE = 0.05, 0.95
AT_WORK = 600.0
"""Seconds after an open decision in which its reviewer is taken to be at work."""
TELLING = 20
"""Decided rows drawn at random below which nobody says how many more it takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A row to decide on: `id` names it in the review, `version` is to be given back with the decision.

    `row` is the row as it now is; after an edit its own id is another. `why` is the strategy that chose it. `decision` is what
    stands for the row, None when there is nothing or the review is blind.
    """

    id: str
    row: DatasetRow
    version: int
    why: str
    decision: Decision | None = None


class ReviewQueue:
    """The review of a run's rows, or a file's, by one reviewer; open it anew whenever wanted, all state is in the workspace.

    `run` None is the latest. `strategy`, `reviewer` and `rows` (how many are wanted in all) None are those of the settings.
    `judge` and `verifier` replace those of the settings. Raises UsageError without rows to review, and when an order would embed more
    than `most_embedded` rows.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        run: str | None = None,
        file: Path | None = None,
        strategy: Strategy | str | None = None,
        reviewer: str | None = None,
        blind: bool = False,
        rows: int | None = None,
        judge: Judge | None = None,
        verifier: Verifier | None = None,
        most_embedded: int | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        wanted = workspace.settings.review
        self._workspace, self.store = workspace, ReviewStore(workspace.database)
        self.strategy = _strategy(strategy or wanted.strategy)
        self.reviewer = _reviewer(reviewer or wanted.reviewer)
        self.blind, self.wanted = blind, rows or wanted.rows
        self._judge = judge or judge_of(workspace, verifier=verifier)
        self._rows: RunRows | FileRows = (
            RunRows(workspace, workspace.latest_run(run).id)
            if file is None
            else FileRows(workspace, file, verifier=verifier, stop=stop)
        )
        self._rows.enrol(self.store)
        if not self.store.count(self.pile.id):
            raise UsageError(f"{self.pile.name}: no judged rows to review; generate or verify some")
        self.orders = Orders(workspace, self.store, self.pile.id, self.row, most=most_embedded)
        self.orders.prepare(self.strategy, wanted=self.wanted)

    @property
    def pile(self) -> Pile:
        """What is reviewed."""
        return self._rows.pile

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read of a file."""
        return tuple(getattr(self._rows, "problems", ()))

    @property
    def _lane(self) -> str:
        return self.reviewer if self.blind else ""

    # what to look at

    def next(self) -> Offer | None:
        """Return the row to look at next; None when as many are decided as are wanted, or none is left.

        Rows the reviewer skipped come again when no other is left. Several who are at work at the same time get different rows.
        """
        if not self._left():
            return None
        later: list[tuple[str, bool]] = []
        skipped: list[tuple[str, bool]] = []
        mine = self._share()
        for row, drawn, passed_over in self.store.undecided(
            self.pile.id, self.strategy, lane=self._lane, reviewer=self.reviewer
        ):
            if passed_over:
                skipped.append((row, drawn))
            elif not mine(row):
                later.append((row, drawn))
            elif (found := self._offer(row, drawn=drawn)) is not None:
                return found
        offers = (self._offer(row, drawn=drawn) for row, drawn in (*later, *skipped))
        return next((found for found in offers if found is not None), None)

    def _share(self) -> Callable[[str], bool]:
        """Return which rows are this reviewer's first: those who decided openly of late share them out, not to meet at one row."""
        since = (datetime.now(UTC) - timedelta(seconds=AT_WORK)).strftime("%Y-%m-%dT%H:%M:%SZ")
        at_work = (
            set() if self.blind else {each.reviewer for each in self._events() if not each.lane and each.at >= since}
        )
        people = sorted({*at_work, self.reviewer})
        place = people.index(self.reviewer)
        return lambda row: int(digest(row), 16) % len(people) == place

    def upcoming(self, number: int) -> list[str]:
        """Return the ids of the rows that come next, at most `number`."""
        waiting = self.store.undecided(self.pile.id, self.strategy, lane=self._lane, reviewer=self.reviewer)
        fresh = (row for row, _, skipped in waiting if not skipped)
        return [row for row, _ in zip(fresh, range(min(number, self._left())), strict=False)]

    def at(self, row: str) -> Offer:
        """Return one row as it now is; raises UsageError when it is not in this review."""
        found = self._offer(row, drawn=False)
        if found is None:
            raise UsageError(
                f"row {row}: not in the review of {self.pile.name}; `groundsmith review --status` lists rows"
            )
        return found

    def _offer(self, row: str, *, drawn: bool) -> Offer | None:
        item = self.store.item(self.pile.id, row)
        content = None if item is None else self._rows.row(self.store, item)
        if content is None:
            return None
        decision = None if self.blind else self._standing_of(row)
        shown = content if decision is None or decision.edited is None else decision.edited
        return Offer(
            id=row,
            row=shown,
            version=self.store.version(self.pile.id, row, lane=self._lane),
            why=Strategy.RANDOM.value if drawn else self.strategy.value,
            decision=decision,
        )

    def _standing_of(self, row: str) -> Decision | None:
        events = [each for each in self.store.history(self.pile.id, row) if each.kind in CHOICES and not each.undone]
        found = standing(events)
        return None if found is None else found.decision

    # what is decided

    def decide(
        self,
        row: str,
        choice: str,
        *,
        reason: str = "",
        question: str | None = None,
        answer: str | None = None,
        seconds: float | None = None,
        seen_version: int | None = None,
        why: str = "",
    ) -> Decision:
        """Record one decision and return it: accept, edit (with the new words, which are judged), or reject (with a reason).

        `seen_version` is the version of the offer; None takes whatever is there. `seconds` is how long it took. Raises ConflictError
        when the row was decided meanwhile, UsageError for an unknown choice, a rejection without a reason, or an empty edit.
        """
        offer = self.at(row)
        _check_choice(choice, reason, question=question, answer=answer)
        self._check_version(row, offer.version, seen_version)
        edited = offer.decision.edited if choice == ACCEPT and offer.decision else None
        if choice == EDIT:
            edited = edited_row(
                offer.row,
                question=_kept(question, offer.row.question),
                answer=_kept(answer, offer.row.answer),
                judge=self._judge,
            )
        event = self._event(row, choice, reason=reason, edited=edited, seconds=seconds, why=why)
        return self.store.add(event, seen_version=seen_version)

    def skip(self, row: str, *, seconds: float | None = None) -> Decision:
        """Pass over a row, for this reviewer; it comes again when no other is left."""
        self.at(row)
        return self.store.add(self._event(row, SKIP, seconds=seconds), seen_version=None)

    def undo(self) -> Decision | None:
        """Take back the reviewer's latest decision or skip that stands, and return it as it was; None when there is none."""
        last = self.store.last(self.pile.id, self.reviewer)
        if last is None:
            return None
        event = replace(self._event(last.row, UNDO), lane=last.lane, undoes=last.id)
        self.store.add(event, seen_version=None)
        return last

    def _check_version(self, row: str, version: int, seen: int | None) -> None:
        """Refuse at once, before an edit is judged; the store checks again in the transaction."""
        if seen is not None and seen != version:
            raise ConflictError(
                f"row {row}: it was decided meanwhile (version {version}, you saw {seen}); look at it again"
            )

    def _event(
        self,
        row: str,
        kind: str,
        *,
        reason: str = "",
        edited: DatasetRow | None = None,
        seconds: float | None = None,
        why: str = "",
    ) -> Decision:
        return Decision(
            id=0,
            pile=self.pile.id,
            row=row,
            lane=self._lane,
            version=None,
            reviewer=self.reviewer,
            kind=kind,
            reason=" ".join(reason.split())[:500],
            edited=edited,
            seconds=None if seconds is None else round(max(0.0, seconds), 1),
            strategy=why or self.strategy.value,
            at=now(),
        )

    # what came of it

    def history(self, row: str) -> list[Decision]:
        """Return all events of a row, the first first; in a blind review only the reviewer's own."""
        events = self.store.history(self.pile.id, row)
        return [each for each in events if not self.blind or each.reviewer == self.reviewer]

    def standings(self) -> dict[str, Standing]:
        """Return what people made of each row that was decided, by row."""
        return standings(decisions(self._events()))

    def _events(self) -> list[Decision]:
        return list(self.store.events(self.pile.id))

    def agreement(self) -> Agreement:
        """Return how far the reviewers agree, on rows that two or more decided, each in a blind review."""
        labels: dict[str, dict[str, str]] = {}
        for each in decisions(self._events()):
            if each.lane:
                labels.setdefault(each.reviewer, {})[each.row] = each.kind
        return agreement(labels)

    def labelled(self) -> list[tuple[ReviewItem, Standing, bool]]:
        """Return the rows that people said are right or wrong, and whether each was drawn at random from all rows."""
        return self._labelled(self._events())

    def _labelled(self, events: list[Decision]) -> list[tuple[ReviewItem, Standing, bool]]:
        known = standings(decisions(events))
        drawn = drawn_rows(self.store, self.pile.id, known, events)
        told = [(row, found) for row, found in known.items() if found.right is not None]
        return [
            (item, found, row in drawn)
            for row, found in told
            if (item := self.store.item(self.pile.id, row)) is not None
        ]

    def guarantee(self, *, error: float = ERROR, confidence: float = CONFIDENCE) -> Guarantee | None:
        """Return what the decisions so far certify with the recorded scores; only rows drawn at random count."""
        return _guarantee(self.labelled(), error=error, confidence=confidence)

    def progress(self) -> Progress:
        """Return how far the review is and what it will still take."""
        events = self._events()
        outcomes = Counter(each.outcome for each in standings(decisions(events)).values())
        seconds, pace_from = pace(events, self.reviewer)
        labelled = self._labelled(events)
        rows, done = self.store.count(self.pile.id), self._done(events)
        wanted = min(self.wanted, rows)
        mine = [each for each in events if each.reviewer == self.reviewer]
        return Progress(
            pile=self.pile.id,
            name=self.pile.name,
            reviewer=self.reviewer,
            strategy=self.strategy.value,
            blind=self.blind,
            rows=rows,
            wanted=wanted,
            done=done,
            left=max(0, wanted - done),
            accepted=outcomes["accepted"],
            edited=outcomes["edited"],
            rejected=outcomes["rejected"],
            disputed=outcomes["disputed"],
            skipped=len({each.row for each in mine if each.kind == SKIP and not each.undone}),
            minutes_spent=round(sum(min(each.seconds or 0.0, LONGEST) for each in mine) / 60, 1),
            minutes_left=round(max(0, wanted - done) * seconds / 60, 1),
            seconds_a_row=round(seconds, 1),
            pace_from=pace_from,
            labels=len(labelled),
            drawn=sum(drawn for _, _, drawn in labelled),
            guarantee=_guarantee(labelled, error=ERROR, confidence=CONFIDENCE),
        )

    def _done(self, events: list[Decision]) -> int:
        return len({each.row for each in decisions(events) if each.lane == self._lane})

    def _left(self) -> int:
        return max(0, min(self.wanted, self.store.count(self.pile.id)) - self._done(self._events()))

    def row(self, row: str) -> DatasetRow | None:
        """Return a row as it was before anybody decided on it; None when it is not there."""
        item = self.store.item(self.pile.id, row)
        return None if item is None else self._rows.row(self.store, item)


def _guarantee(
    labelled: list[tuple[ReviewItem, Standing, bool]], *, error: float, confidence: float
) -> Guarantee | None:
    rows = [Labelled(score=item.score, right=bool(found.right)) for item, found, drawn in labelled if drawn]
    return certify(rows, error=error, confidence=confidence) if rows else None


def _strategy(word: str) -> Strategy:
    try:
        return Strategy(word)
    except ValueError as error:
        raise UsageError(f"--strategy {word}: known are {', '.join(Strategy)}") from error


def _reviewer(name: str | None) -> str:
    found = " ".join((name or _user()).split())[:80]
    return found or "reviewer"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "reviewer"


def _check_choice(choice: str, reason: str, *, question: str | None, answer: str | None) -> None:
    if choice not in CHOICES:
        raise UsageError(f"choice {choice!r}: known are {', '.join(CHOICES)}")
    if choice == REJECT and not reason.strip():
        raise UsageError(f"a rejection needs a reason: {', '.join(REASONS)}, or words of your own")
    if choice == EDIT and not any((text or "").strip() for text in (question, answer)):
        raise UsageError("an edit needs a question or an answer that is not empty")


def _kept(new: str | None, old: str) -> str:
    return new.strip() if new and new.strip() else old

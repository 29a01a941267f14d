"""What stands of people's decisions: the outcome of each row, and a run's rows as people left them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from groundsmith.review_store import ACCEPT, CHOICES, EDIT, REJECT, Decision, ReviewStore

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

REASONS = {
    "wrong": "the documents say otherwise",
    "unsupported": "the documents do not say it",
    "incomplete": "a condition or exception that matters is missing",
    "off-topic": "it does not answer the question",
    "unclear": "the question cannot be understood alone",
    "trivial": "nobody would ask it",
    "repeat": "another row says the same",
    "style": "badly worded",
    "private": "it tells of a person",
}
"""Why a row is rejected or edited; a longer reason may follow after a colon."""
FORM = frozenset(("unclear", "trivial", "repeat", "style", "private"))
"""Reasons that do not speak of what the documents say: such rows tell nothing about the judge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What people made of a row: `outcome` is accepted, edited, rejected or disputed; `decision` the one that decided it."""

    row: str
    outcome: str
    reason: str
    decision: Decision

    @property
    def right(self) -> bool | None:
        """Whether the row was right as it stood; None when the reviewers differ or the reason is one of form."""
        if self.outcome == "disputed":
            return None
        if self.outcome == "accepted":
            return True
        return None if self.reason.partition(":")[0].strip().lower() in FORM else False


def standing(events: Sequence[Decision]) -> Standing | None:
    """Return what stands for one row: the latest open decision, or else what most blind reviewers decided."""
    if not events:
        return None
    opened = [each for each in events if not each.lane]
    if opened:
        return _standing(opened[-1])
    latest = {each.reviewer: each for each in events}
    counts = Counter(each.kind for each in latest.values()).most_common()
    kind = counts[0][0]
    found = [each for each in latest.values() if each.kind == kind][-1]
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        return Standing(row=found.row, outcome="disputed", reason="", decision=found)
    return _standing(found)


def _standing(decision: Decision) -> Standing:
    outcome = {ACCEPT: "accepted", EDIT: "edited", REJECT: "rejected"}[decision.kind]
    if decision.edited is not None:
        outcome = "edited"
    return Standing(row=decision.row, outcome=outcome, reason=decision.reason, decision=decision)


def standings(events: Iterable[Decision]) -> dict[str, Standing]:
    """Return what stands for each row of one pile, from the decisions that were not taken back, in order."""
    of: dict[str, list[Decision]] = {}
    for each in events:
        of.setdefault(each.row, []).append(each)
    return {row: found for row, decisions in of.items() if (found := standing(decisions)) is not None}


def decisions(events: Iterable[Decision]) -> list[Decision]:
    """Return the decisions among events that were not taken back."""
    return [each for each in events if each.kind in CHOICES and not each.undone]


def reviewed(row: DatasetRow, found: Standing | None) -> DatasetRow:
    """Return a row as people left it: as edited, or as it was with what they decided."""
    if found is None or found.outcome == "disputed":
        return row
    if found.decision.edited is not None:
        return found.decision.edited
    reason = f"reviewed: {found.reason or 'rejected'}" if found.outcome == "rejected" else None
    return replace(row, reviewed=found.outcome, rejected=reason)


def reviewed_run(
    workspace: Workspace, run: str, *, kept: bool = True, failed: bool = False, before: int | None = None
) -> Iterator[DatasetRow]:
    """Yield a run's rows in plan order as people left them: those kept, or those rejected, by the judge or by a person.

    `failed` adds to the rejected those that came to no question, with the reason; what the model said stands as the answer.
    `before` leaves out the rows from that ordinal on.
    """
    from groundsmith.runs import FAILED

    known = standings(ReviewStore(workspace.database).standing(run))
    for unit in workspace.runs.units(run):
        if (unit.outcome == FAILED and not failed) or (before is not None and unit.ordinal >= before):
            continue
        row = reviewed(unit.row, known.get(unit.row.id))
        if (row.rejected is None) == kept:
            yield row

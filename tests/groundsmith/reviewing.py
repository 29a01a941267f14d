"""What tests of reviews share: a judge that looks for figures, a queue with it, and the row at its front."""

from __future__ import annotations

from dataclasses import replace

from groundsmith.reviews import ReviewQueue
from groundsmith.row import DatasetRow
from groundsmith.workspace import Workspace


def judged(row: DatasetRow) -> DatasetRow:
    """Take whatever names a figure."""
    verdict = "supported" if any(letter.isdigit() for letter in row.answer) else "not enough evidence"
    return replace(row, verdict=verdict, confidence=0.9)


def queue(workspace: Workspace, reviewer: str = "ann", **options: object) -> ReviewQueue:
    """The review of the latest run."""
    return ReviewQueue(workspace, reviewer=reviewer, judge=judged, **options)  # type: ignore[arg-type]


def shown(review: ReviewQueue) -> str:
    """The row at the front."""
    offer = review.next()
    assert offer is not None
    return offer.id

"""The rows that people decided on, as labelled rows: what `groundsmith calibrate` reads when no file is named."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.atomic import write_text
from groundsmith.labelling import DRAWN
from groundsmith.record import encode
from groundsmith.review_rows import row_of
from groundsmith.review_store import SKIP, Decision, Pile, ReviewStore
from groundsmith.standing import Standing, decisions, standings
from verify.review import Strategy

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

FILE = "reviewed.jsonl"


def labelled_reviews(workspace: Workspace) -> Path:
    """Write what people decided in this workspace to one file of labelled rows, and return its path.

    Rows on which reviewers differ, or that were refused for their form, are left out.
    """
    store = ReviewStore(workspace.database)
    path = workspace.state / FILE
    rows = (row for pile in store.piles() for row in _labelled(workspace, store, pile))
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


def _labelled(workspace: Workspace, store: ReviewStore, pile: Pile) -> Iterator[dict[str, Any]]:
    events = list(store.events(pile.id))
    known = standings(decisions(events))
    drawn = drawn_rows(store, pile.id, known, events)
    for row, found in known.items():
        content = row_of(workspace, store, pile, row) if found.right is not None else None
        if content is not None:
            yield _line(content, right=bool(found.right), drawn=row in drawn)


def _line(content: DatasetRow, *, right: bool, drawn: bool) -> dict[str, Any]:
    return {
        "id": content.id,
        "question": content.question,
        "answer": content.answer,
        "contexts": [each.id if each.id.startswith("p_") else each.text for each in content.evidence],
        "topic": content.evidence[0].title if content.evidence else "",
        "label": right,
        "claims": [encode(claim) for claim in content.claims],
        DRAWN: drawn,
    }


def drawn_rows(store: ReviewStore, pile: str, known: dict[str, Standing], events: Iterable[Decision]) -> set[str]:
    """Return the decided rows at the front of the random order: up to the first that nobody decided or passed over.

    They are a random sample of the pile, whatever strategy showed them, less the rows that were passed over. `events` are all of
    the pile's.
    """
    passed_over = {each.row for each in events if each.kind == SKIP and not each.undone}
    drawn: set[str] = set()
    for row in store.order(pile, Strategy.RANDOM, limit=len(known) + len(passed_over)):
        if row in known:
            drawn.add(row)
        elif row not in passed_over:
            break
    return drawn

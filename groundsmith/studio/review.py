"""People's review: one row a page with its evidence, decided by a key or a button, whoever else decides at the same time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from groundsmith.highlight import segments
from groundsmith.reviews import CHOICES, REASONS, TELLING, ConflictError, Offer, Progress, ReviewQueue, Strategy
from groundsmith.row import DatasetRow
from groundsmith.studio import address
from groundsmith.studio.desk import desk_of
from groundsmith.studio.listing import FieldError
from groundsmith.studio.page import Nav, action, page, see
from groundsmith.studio.sample import Shown, ShownClaim, other_evidence, shown_claims
from groundsmith.studio.words import said, say
from knowledge.errors import UsageError
from verify.agreement import Agreement

if TYPE_CHECKING:
    from groundsmith.review_store import Decision, Pile
    from groundsmith.studio.desk import Desk

LONGEST = 20_000
MOST_NAME = 80
MOST_EMBEDDED = 300
"""Rows embedded while a reader waits; for more the command is run first."""
SETTINGS = ("pile", "strategy", "reviewer", "blind", "rows")
"""The names in the address that say whose review of what it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """What was typed into the form that is shown again."""

    choice: str = ""
    reason: str = ""
    more: str = ""
    question: str = ""
    answer: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewPage:
    """The Context of the review: the row to decide on, how far the review is, and what was done just now.

    `offer` is None when nothing is left; in a blind review its row tells no verdict. `shown_at` is when the page was made, in seconds
    since 1970. `query` is what forms carry on. `conflict` is what somebody else decided while this page was open.
    """

    title: str
    offer: Offer | None = None
    progress: Progress | None = None
    agreement: Agreement | None = None
    claims: tuple[ShownClaim, ...] = ()
    evidence: tuple[Shown, ...] = ()
    history: tuple[Decision, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    piles: tuple[tuple[str, str], ...] = ()
    pile: str = ""
    strategies: tuple[str, ...] = tuple(Strategy)
    reasons: tuple[tuple[str, str], ...] = tuple(REASONS.items())
    telling: int = TELLING
    shown_at: float = 0.0
    next: str = ""
    done: str = ""
    typed: Typed = Typed()
    conflict: Decision | None = None
    errors: tuple[FieldError, ...] = ()
    status: int | None = None


def review(request: Request) -> ReviewPage:
    """Return the row that an address names, or the next one."""
    desk, asked = desk_of(request), request.query_params
    piles = _piles(desk)
    if not piles:
        return ReviewPage(title=say("review.title"))
    queue = _queue(desk, asked)
    named = asked.get("row", "")
    offer = queue.at(named) if named else queue.next()
    return _page(desk, queue, offer, asked, done=_done(queue, asked.get("did", "")))


def _page(desk: Desk, queue: ReviewQueue, offer: Offer | None, asked: Mapping[str, Any], **more: Any) -> ReviewPage:  # noqa: ANN401 - fields
    """Return the Context for an offer; `more` replaces its other fields."""
    progress = queue.progress()
    row = offer.row if offer else None
    current = desk.documents.current([each.id for each in row.evidence]) if row else set()
    blind = queue.blind
    made = ReviewPage(
        title=_title(offer, progress),
        offer=_unseen(offer) if offer and blind else offer,
        progress=progress,
        agreement=None if blind else queue.agreement(),
        claims=() if blind or not row else shown_claims(row, current),
        evidence=() if not row else _marked(row, current) if blind else other_evidence(row, current),
        history=tuple(queue.history(offer.id)) if offer else (),
        query=tuple((name, str(asked[name])) for name in SETTINGS if asked.get(name)),
        piles=_piles(desk),
        pile=queue.pile.id,
        shown_at=round(time.time(), 1),
        next=_next(queue, offer, asked),
        typed=Typed(question=row.question, answer=row.answer) if row else Typed(),
    )
    return replace(made, **more)


def _title(offer: Offer | None, progress: Progress) -> str:
    if offer is None:
        return say("review.title")
    return say("review.row_title", n=progress.done + 1, of=progress.wanted)


def _unseen(offer: Offer) -> Offer:
    """Return an offer whose row tells nothing that the judge or others said."""
    plain = replace(offer.row, verdict="", confidence=None, claims=(), rejected=None, reviewed=None, former=None)
    return replace(offer, row=plain, decision=None)


def _marked(row: DatasetRow, current: set[str]) -> tuple[Shown, ...]:
    """Return the evidence with the deciding words marked, without saying what they decided."""
    return tuple(
        Shown(evidence=each, segments=segments(each.text, each.id, row.claims), current=each.id in current)
        for each in row.evidence
    )


def _queue(desk: Desk, asked: Mapping[str, Any]) -> ReviewQueue:
    """Return the review that an address or a form speaks of; raises UsageError for a pile that is not known."""
    name = str(asked.get("pile") or "") or _piles(desk)[0][0]
    if name not in {each for each, _ in _piles(desk)}:
        raise UsageError(say("review.unknown", name=name[:MOST_NAME]))
    files = {each.id: each.name for each in _store_piles(desk) if each.kind == "file"}
    rows = str(asked.get("rows") or "")
    return ReviewQueue(
        desk.workspace,
        run=None if name in files else name,
        file=Path(files[name]) if name in files else None,
        strategy=str(asked.get("strategy") or "") or None,
        reviewer=str(asked.get("reviewer") or "")[:MOST_NAME] or None,
        blind=bool(asked.get("blind")),
        rows=int(rows) if rows.isdecimal() and 0 < int(rows) < 10**7 else None,
        judge=desk.examiner.rejudge,
        most_embedded=MOST_EMBEDDED,
    )


def _piles(desk: Desk) -> tuple[tuple[str, str], ...]:
    """Return what can be reviewed, by name and label: the runs, the latest first, and the files whose review was begun."""
    runs = [(run.id, say("review.run", name=run.id, when=run.updated[:10])) for run in desk.workspace.runs.all()]
    files = [(each.id, Path(each.name).name) for each in _store_piles(desk) if each.kind == "file"]
    return tuple(runs + [(name, label) for name, label in files if Path(_path(desk, name)).is_file()])


def _path(desk: Desk, pile: str) -> str:
    return next(each.name for each in _store_piles(desk) if each.id == pile)


def _store_piles(desk: Desk) -> list[Pile]:
    from groundsmith.review_store import ReviewStore

    return ReviewStore(desk.workspace.database).piles()


def _next(queue: ReviewQueue, offer: Offer | None, asked: Mapping[str, Any]) -> str:
    """Return the address of the row after this one."""
    after = [row for row in queue.upcoming(2) if offer is None or row != offer.id]
    return _address(asked, row=after[0]) if after else ""


def _address(asked: Mapping[str, Any], **more: str) -> str:
    kept = {name: asked[name] for name in SETTINGS if asked.get(name)}
    return address.review(**kept, **more)


def _done(queue: ReviewQueue, event: str) -> str:
    """Return in words what was done just now, by the id of the event."""
    if not event.isdecimal() or int(event) > 2**62:
        return ""
    try:
        found = queue.store.event(int(event))
    except KeyError:
        return ""
    if found.reviewer != queue.reviewer or found.pile != queue.pile.id:
        return ""
    told = say(f"review.did.{found.kind}")
    if found.edited is not None and not queue.blind:
        told += " " + say("review.judged", verdict=said(f"verdict.{found.edited.verdict}", found.edited.verdict))
    return told


def decide(request: Request, form: FormData) -> Response | ReviewPage:
    """Keep one decision and lead on to the next row; show the row again where somebody else was quicker or something is missing."""
    desk, asked = desk_of(request), _texts(form)
    queue = _queue(desk, asked)
    if asked["choice"] == "undo":
        return _undo(queue, asked)
    row, choice = asked["row"], asked["choice"]
    offer = queue.at(row)
    wrong = _wrong(asked)
    if wrong:
        return _page(desk, queue, offer, asked, errors=wrong, typed=_typed(asked))
    try:
        event = _decided(queue, row, choice, asked)
    except ConflictError:
        now = queue.at(row)
        other = now.decision or next((each for each in reversed(queue.history(row)) if each.kind != "skip"), None)
        return _page(desk, queue, now, asked, conflict=other, typed=_typed(asked), status=409)
    return see(_address(asked, did=str(event.id)))


def _decided(queue: ReviewQueue, row: str, choice: str, asked: Mapping[str, str]) -> Decision:
    seconds = _seconds(asked)
    if choice == "skip":
        return queue.skip(row, seconds=seconds)
    reason = ": ".join(each for each in (asked["reason"], asked["more"]) if each)
    return queue.decide(
        row,
        choice,
        reason=reason if choice != "accept" else "",
        question=asked["question"] or None,
        answer=asked["answer"] or None,
        seconds=seconds,
        seen_version=int(asked["version"]),
        why=asked["why"] if asked["why"] in tuple(Strategy) else "",
    )


def _undo(queue: ReviewQueue, asked: Mapping[str, str]) -> Response:
    found = queue.undo()
    if found is None:
        return see(_address(asked))
    events = queue.store.history(queue.pile.id, found.row)
    return see(_address(asked, row=found.row, did=str(events[-1].id)))


def _wrong(asked: Mapping[str, str]) -> tuple[FieldError, ...]:
    """Return what is wrong with a form, by field."""
    choice = asked["choice"]
    if choice not in (*CHOICES, "skip"):
        raise UsageError(say("review.choice", choice=choice[:MOST_NAME]))
    if not asked["version"].isdecimal() or len(asked["version"]) > 9:
        raise UsageError(say("review.stale"))
    if choice == "reject" and not (asked["reason"] or asked["more"]):
        return (FieldError(field="reason", message=say("review.no_reason")),)
    if choice == "edit" and not asked["answer"]:
        return (FieldError(field="answer", message=say("review.no_answer")),)
    if any(len(asked[name]) > LONGEST for name in ("question", "answer", "more")):
        return (FieldError(field="answer", message=say("check.long", most=f"{LONGEST:,}")),)
    return ()


def _texts(form: FormData) -> dict[str, str]:
    names = (*SETTINGS, "row", "version", "why", "shown_at", "choice", "reason", "more", "question", "answer")
    found = {name: form.get(name, "") for name in names}
    return {
        name: value.replace("\r\n", "\n").strip() if isinstance(value, str) else "" for name, value in found.items()
    }


def _typed(asked: Mapping[str, str]) -> Typed:
    return Typed(**{name: asked[name][: LONGEST * 2] for name in ("choice", "reason", "more", "question", "answer")})


def _seconds(asked: Mapping[str, str]) -> float | None:
    """Return how long the page was open; None when its clock cannot be read."""
    try:
        passed = time.time() - float(asked["shown_at"])
    except ValueError:
        return None
    return passed if 0 <= passed < 86_400 else None


nav = Nav(name="review", href="/review", order=60)
routes = [
    *page("/review", review, template="review.html.jinja", name="review"),
    *action("/review", decide, template="review.html.jinja", name="review"),
]

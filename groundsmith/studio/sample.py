"""One row of the dataset: its claims beside the words that decide them, and where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from groundsmith.highlight import Segment, segments
from groundsmith.row import DatasetRow, RowClaim, RowEvidence, RowSpan
from groundsmith.studio.desk import desk_of
from groundsmith.studio.lineage_store import Asked, Call, asked, calls
from groundsmith.studio.page import missing, page
from groundsmith.studio.sample_filter import SampleFilter
from groundsmith.studio.sample_store import Listed
from groundsmith.studio.words import say

if TYPE_CHECKING:
    from groundsmith.review_store import Decision
    from groundsmith.runs import Run
    from groundsmith.studio.desk import Desk

ANSWER = "(answer)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A passage beside a claim: its text in stretches, those that decided the claim marked; `current` is false when it changed since."""

    evidence: RowEvidence
    segments: tuple[Segment, ...]
    current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownClaim:
    """A claim of the answer with the passages that decided it."""

    claim: RowClaim
    evidence: tuple[Shown, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened to a row: when, what, who and why."""

    at: str
    what: str
    by: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplePage:
    """The Context of one row: `elsewhere` are other units that hold it, `drawn` what else came of its prompt."""

    title: str
    row: DatasetRow
    unit: Listed
    run: Run | None
    answer: tuple[Segment, ...]
    claims: tuple[ShownClaim, ...]
    others: tuple[Shown, ...]
    prompt: Asked | None
    calls: tuple[Call, ...]
    drawn: tuple[Listed, ...]
    elsewhere: tuple[Listed, ...]
    history: tuple[Event, ...]
    newer: str
    older: str


def sample(request: Request) -> SamplePage:
    """Return one row."""
    desk, name = desk_of(request), request.path_params["id"]
    found = desk.samples.find(name)
    wanted = request.query_params.get("run", "")
    unit = next((each for each in found if wanted in ("", each.run)), None)
    if unit is None:
        raise missing(say("samples.unknown", name=name[:80]))
    row = desk.samples.row(unit.number)
    current = desk.documents.current([each.id for each in row.evidence])
    newer, older = desk.samples.beside(unit.number, SampleFilter(run=unit.run, outcome=unit.outcome))
    return SamplePage(
        title=row.question or say("row.no_question"),
        row=row,
        unit=unit,
        run=_run(desk, unit.run),
        answer=answer_segments(row),
        claims=shown_claims(row, current),
        others=other_evidence(row, current),
        prompt=asked(desk.workspace.database, row.prompt),
        calls=_priced(desk, calls(desk.workspace.database, row.prompt)) if row.prompt else (),
        drawn=tuple(desk.samples.drawn(row.prompt, besides=unit.number)),
        elsewhere=tuple(each for each in found if each is not unit),
        history=_history(desk, row, unit),
        newer=newer,
        older=older,
    )


def answer_segments(row: DatasetRow) -> tuple[Segment, ...]:
    """Return the answer in stretches, each with the numbers of the claims it makes."""
    claims = [replace(each, spans=(RowSpan(id=ANSWER, start=each.start, end=each.end),)) for each in row.claims]
    return segments(row.answer, ANSWER, claims)


def shown_claims(row: DatasetRow, current: set[str]) -> tuple[ShownClaim, ...]:
    """Return each claim with the passages that decided it, its own words marked in them."""
    known = {each.id: each for each in row.evidence}
    return tuple(
        ShownClaim(
            claim=claim,
            evidence=tuple(
                Shown(evidence=known[name], segments=segments(known[name].text, name, [claim]), current=name in current)
                for name in dict.fromkeys((*claim.evidence, *(span.id for span in claim.spans)))
                if name in known
            ),
        )
        for claim in row.claims
    )


def other_evidence(row: DatasetRow, current: set[str]) -> tuple[Shown, ...]:
    """Return the passages that no claim names."""
    named = {name for claim in row.claims for name in (*claim.evidence, *(span.id for span in claim.spans))}
    return tuple(
        Shown(evidence=each, segments=(Segment(text=each.text),), current=each.id in current)
        for each in row.evidence
        if each.id not in named
    )


def _run(desk: Desk, run_id: str) -> Run | None:
    try:
        return desk.workspace.runs.run(run_id)
    except KeyError:
        return None


def _priced(desk: Desk, found: Sequence[Call]) -> tuple[Call, ...]:
    """Return the calls with what each cost, where the settings tell the price."""
    from groundsmith.spending import pricing
    from knowledge.errors import GroundsmithError

    try:
        price_of = pricing(desk.first.settings)
        prices = {each.model: price_of(each.model) for each in found}
    except GroundsmithError:
        return tuple(found)
    return tuple(replace(each, money=_money(prices[each.model], each)) for each in found)


def _money(price: Any, call: Call) -> float | None:  # noqa: ANN401 - a Price
    if price is None:
        return None
    return float(price.input * call.input_tokens + price.output * call.output_tokens) / 1_000_000


def _history(desk: Desk, row: DatasetRow, unit: Listed) -> tuple[Event, ...]:
    """Return what happened to a row, the first first."""
    from groundsmith.review_store import ReviewStore

    made = Event(at=row.created, what=say("row.made"), by=row.model, note=row.rejected or "")
    decisions = ReviewStore(desk.workspace.database).history(unit.run, row.id)
    return (made, *(_event(each) for each in decisions))


def _event(decision: Decision) -> Event:
    what = say(f"row.decisions.{decision.kind}") + (say("row.taken_back") if decision.undone else "")
    return Event(at=decision.at, what=what, by=decision.reviewer, note=decision.reason)


nav = None
routes = page("/samples/{id}", sample, template="sample.html.jinja", name="samples")

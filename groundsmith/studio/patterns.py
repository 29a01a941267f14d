"""Every partial of the templates in every state, on one page: to look at, and to test."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from groundsmith.highlight import Segment
from groundsmith.row import RowClaim, RowEvidence, RowFinding
from groundsmith.studio.job_store import Job
from groundsmith.studio.jobs import Progress
from groundsmith.studio.listing import Facet, FieldError, Option, Pager
from groundsmith.studio.overview import Tile
from groundsmith.studio.page import VERDICT_KINDS, page
from groundsmith.studio.sample import Shown, ShownClaim
from groundsmith.studio.sample_store import Listed
from groundsmith.studio.words import say

TONES = ("good", "warn", "bad", "dim")


@dataclass(frozen=True, kw_only=True, slots=True)
class Patterns:
    """The Context of the page of patterns."""

    title: str
    verdicts: tuple[str, ...]
    tones: tuple[str, ...]
    tiles: tuple[Tile, ...]
    facets: tuple[Facet, ...]
    chosen: tuple[Option, ...]
    pagers: tuple[Pager, ...]
    errors: tuple[FieldError, ...]
    answer: tuple[Segment, ...]
    claims: tuple[ShownClaim, ...]
    rows: tuple[Listed, ...]
    job: Job
    progress: Progress


def patterns(request: Request) -> Patterns:
    """Return an example of each state."""
    word = say("patterns.word")
    here = "/patterns"
    options = tuple(Option(label=word, href=here, count=count, on=count == 1) for count in (1, 1234, None))
    return Patterns(
        title=say("patterns.title"),
        verdicts=(*VERDICT_KINDS, word),
        tones=TONES,
        tiles=(Tile(label=word, figure="1,234"), Tile(label=word, figure="0", note=word, href=here)),
        facets=(
            Facet(name="one", label=word, chosen=word, options=options),
            Facet(name="two", label=word, chosen="", options=options[1:]),
        ),
        chosen=options[:1],
        pagers=(Pager(next=here), Pager(next=here, first=here), Pager(first=here), Pager()),
        errors=(FieldError(field="field", message=word),),
        answer=(Segment(text=f"{word} "), Segment(text=word, claims=(1,)), Segment(text=word, claims=(1, 2))),
        claims=tuple(_claim(verdict, word) for verdict in VERDICT_KINDS),
        rows=tuple(_row(outcome, word) for outcome in ("kept", "rejected", "failed")),
        job=Job(id="j_0", kind="generate", title=word, command=("generate",), started="2026-11-21T02:00:00Z"),
        progress=Progress(state="done", messages=word),
    )


def _claim(verdict: str, word: str) -> ShownClaim:
    conflict = verdict != "supported"
    claim = RowClaim(
        text=word,
        start=0,
        end=len(word),
        verdict=verdict,
        entailment=None if verdict == "not enough evidence" else 0.5,
        contradiction=0.5,
        rules=(RowFinding(rule=word, conflict=conflict, detail=word),),
        reason=word if conflict else "",
    )
    evidence = RowEvidence(
        id="p_0", document="d_0", version=1, title=word, source=word, start=0, end=1, text=word, page=4, headings=(word, word)
    )  # fmt: skip
    shown = Shown(
        evidence=evidence, segments=(Segment(text=word), Segment(text=word, claims=(1,))), current=not conflict
    )
    return ShownClaim(claim=claim, evidence=() if verdict == "not enough evidence" else (shown,))


def _row(outcome: str, word: str) -> Listed:
    return Listed(
        number=1,
        id="s_0",
        run="r_0",
        ordinal=0,
        outcome=outcome,
        reason="" if outcome == "kept" else word,
        verdict="supported" if outcome == "kept" else "refuted",
        confidence=0.5 if outcome == "kept" else None,
        kind=word,
        question=word if outcome != "failed" else "",
        answer=word,
    )


nav = None
routes = page("/patterns", patterns, template="patterns.html.jinja")

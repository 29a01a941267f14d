"""The report: one HTML file that shows what was kept, what was not, and why; it needs no network and no script.

`ReportData` is all the template sees. Everything from documents and models is text: escaping is on, and the page's
own policy forbids every script, style and request but the ones written here, by their digests.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from groundsmith.highlight import Segment, segments
from groundsmith.panel import Drawing, Panel
from groundsmith.row import DatasetRow, RowClaim, RowEvidence

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_KEPT = 300
MOST_REJECTED = 30
MOST_GAPS = 25
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BADGES = {
    "supported": ("✓", "good"),
    "refuted": ("✕", "bad"),
    "conflicting": ("≠", "warn"),
    "not enough evidence": ("?", "dim"),
}
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"
LEVELS = {1: "one passage", 2: "one document", 3: "across two documents"}


@dataclass(frozen=True, kw_only=True, slots=True)
class FunnelStep:
    """How many were left after a step; `note` says in a few words what the step is."""

    name: str
    count: int
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentShare:
    """How a dataset uses one document: `cited` counts its passages that kept rows rest on, `kept` those rows."""

    title: str
    source: str
    passages: int
    cited: int
    kept: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ConceptGap:
    """An important concept that no kept row is about."""

    label: str
    documents: int
    weight: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportCoverage:
    """What of the corpus the kept rows cover; `weight` is the covered share of the concepts' importance, 0 to 1; `drawing` a map."""

    documents: tuple[DocumentShare, ...] = ()
    concepts: int = 0
    covered: int = 0
    weight: float | None = None
    gaps: tuple[ConceptGap, ...] = ()
    drawing: Drawing | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportData:
    """Everything the report says.

    `kept` and `rejected` may be all rows or the first; `kept_total` and `rejected_total` count all of them when more
    than those given. `two_documents` are the level-3 rows tried, kept and rejected, all or the first of
    `two_tried`, of which `two_proven` were proven. `reasons` counts rejections by
    reason, the most frequent first. `record` is the run's record, free of secrets. `why` says why there are fewer
    rows than asked. `panels` hold what was measured; `commands` say what prints the other parts, by the part's name.
    """

    title: str
    created: str
    kept: Sequence[DatasetRow]
    rejected: Sequence[DatasetRow] = ()
    asked: int | None = None
    kept_total: int | None = None
    rejected_total: int | None = None
    subtitle: str = ""
    why: str = ""
    funnel: Sequence[FunnelStep] = ()
    reasons: Sequence[tuple[str, int]] = ()
    two_documents: Sequence[DatasetRow] = ()
    two_tried: int | None = None
    two_proven: int | None = None
    coverage: ReportCoverage | None = None
    tiles: Sequence[tuple[str, str, str]] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    panels: Sequence[Panel] = ()
    commands: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceView:
    """One passage under a row: its number, its place in words, its text in marked stretches."""

    number: int
    evidence: RowEvidence
    place: tuple[str, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimView:
    """One claim and the numbers of the passages that decided it."""

    number: int
    claim: RowClaim
    evidence: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleView:
    """One row as the report shows it."""

    number: int
    row: DatasetRow
    claims: tuple[ClaimView, ...]
    evidence: tuple[EvidenceView, ...]


def render(data: ReportData) -> str:
    """Return the report as one self-contained HTML page."""
    environment = _environment()
    style, script = _part("report.css"), _part("report.js")
    kept = [sample(row, number) for number, row in enumerate(data.kept[:MOST_KEPT], start=1)]
    page = environment.get_template("report.html.jinja").render(
        data=data,
        kept=kept,
        kept_total=max(len(data.kept), data.kept_total or 0),
        rejected=[sample(row, number) for number, row in enumerate(data.rejected[:MOST_REJECTED], start=1)],
        rejected_total=max(len(data.rejected), data.rejected_total or 0),
        tiles=tiles(data),
        hops=hops(data.two_documents),
        most=max((step.count for step in data.funnel), default=0),
        gaps=(data.coverage.gaps[:MOST_GAPS] if data.coverage else ()),
        record=flat(data.record),
        style=style,
        script=script,
        policy=f"{_NOTHING}; style-src {_source(style)}; script-src {_source(script)}",
    )
    return _CONTROL.sub("\ufffd", page)


def sample(row: DatasetRow, number: int) -> SampleView:
    """Return a row as the report shows it: claims and passages numbered, deciding spans marked."""
    numbers = {evidence.id: place for place, evidence in enumerate(row.evidence, start=1)}
    passages = tuple(
        EvidenceView(
            number=numbers[evidence.id],
            evidence=evidence,
            place=place(evidence),
            segments=segments(evidence.text, evidence.id, row.claims),
        )
        for evidence in row.evidence
    )
    claims = tuple(
        ClaimView(
            number=at, claim=claim, evidence=tuple(sorted({numbers[key] for key in claim.evidence if key in numbers}))
        )
        for at, claim in enumerate(row.claims, start=1)
    )
    return SampleView(number=number, row=row, claims=claims, evidence=passages)


def place(evidence: RowEvidence) -> tuple[str, ...]:
    """Return where a passage stands: document, headings, page."""
    page = (f"page {evidence.page}",) if evidence.page is not None else ()
    headings = tuple(heading for heading in evidence.headings if heading != evidence.title)
    return (evidence.title or evidence.source or evidence.document, *headings, *page)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hop:
    """How one attempt to ask across two documents was judged: a word, a tone for its colour, and why."""

    row: DatasetRow
    documents: tuple[str, ...]
    word: str
    tone: str
    reason: str


def hops(rows: Sequence[DatasetRow]) -> list[Hop]:
    """Return the attempts across two documents, proven first, then kept, then rejected."""
    order = {"proven": 0, "kept": 1, "rejected": 2}
    return sorted(map(_hop, rows), key=lambda hop: order[hop.word])


def _hop(row: DatasetRow) -> Hop:
    titles = tuple(dict.fromkeys(evidence.title or evidence.source for evidence in row.evidence))
    proof = row.multi_hop
    reason = row.rejected or (proof.reason if proof else "")
    if row.rejected:
        word, tone = "rejected", "bad"
    elif proof is not None and proof.proven:
        word, tone = "proven", "good"
        reason = reason or "the two documents together entail the answer, neither alone does"
    else:
        word, tone = "kept", "dim"
        reason = reason or "supported, but one of the documents may be enough"
    return Hop(row=row, documents=titles, word=word, tone=tone, reason=reason)


def flat(record: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return a nested record as dotted names and short texts, in its order."""
    pairs: list[tuple[str, str]] = []
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            pairs += flat(value, f"{name}.")
        else:
            pairs.append((name, ", ".join(map(str, value)) if isinstance(value, list | tuple) else _short(value)))
    return pairs


def _short(value: object) -> str:
    if value is None or value == "":
        return "–"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def tiles(data: ReportData) -> list[tuple[str, str, str]]:
    """Return the figures on top: label, value, note."""
    kept, rejected = max(len(data.kept), data.kept_total or 0), max(len(data.rejected), data.rejected_total or 0)
    made = kept + rejected
    shown = [("rows passed", f"{kept:,}", f"of {data.asked:,} asked" if data.asked else "")]
    if made:
        shown.append(("passed the checks", f"{kept / made:.0%}", f"{rejected:,} of {made:,} did not"))
    if data.coverage is not None:
        used = sum(1 for document in data.coverage.documents if document.kept)
        shown.append(("documents cited", f"{used:,}", f"of {len(data.coverage.documents):,} in the library"))
        weight = data.coverage.weight
        share = f"{data.coverage.covered / max(1, data.coverage.concepts):.0%}" if weight is None else f"{weight:.0%}"
        noted = f"{data.coverage.covered:,} of {data.coverage.concepts:,} concepts" + (
            "" if weight is None else ", by weight"
        )
        shown.append(("of the concepts covered", share, noted))
    if data.two_documents:
        own = sum(1 for row in data.two_documents if not row.rejected and row.multi_hop and row.multi_hop.proven)
        proven = own if data.two_proven is None else data.two_proven
        tried = len(data.two_documents) if data.two_tried is None else data.two_tried
        shown.append(("proven across two documents", f"{proven:,}", f"of {tried:,} tried"))
    return [*shown, *data.tiles]


def common_command(panel: Panel) -> str:
    """Return the command that prints all of a panel, empty when its parts have several."""
    commands = {each.command for each in panel.tables} | {each.command for each in panel.drawings}
    return commands.pop() if len(commands) == 1 else ""


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("groundsmith", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(badges=_BADGES, levels=LEVELS)
    environment.filters["share"] = lambda part, whole: f"{part / whole:.1%}" if whole else "–"
    environment.filters["common"] = common_command
    environment.filters["score"] = lambda value: "–" if value is None else f"{value:.2f}"
    environment.filters["count"] = lambda number, one, many=None: (
        f"{number:,} {one if number == 1 else many or one + 's'}"
    )
    return environment


@cache
def _part(name: str) -> str:
    """Return one of the page's own parts, which are trusted and hold nothing from outside."""
    from importlib.resources import files

    return (files("groundsmith") / "templates" / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """Return the source expression that allows exactly `text`, for the page's content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

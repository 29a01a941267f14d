"""Evidence cut at the borders of the spans that decided, so that each stretch can be marked and numbered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from groundsmith.row import RowClaim


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A stretch of a text and the numbers of the claims it decided, from 1; none when it is not marked."""

    text: str
    claims: tuple[int, ...] = ()


def segments(text: str, evidence_id: str, claims: Sequence[RowClaim]) -> tuple[Segment, ...]:
    """Return `text` in stretches; joined they are `text` again. Spans that lie outside are cut to fit."""
    spans = [
        (max(0, span.start), min(len(text), span.end), number)
        for number, claim in enumerate(claims, start=1)
        for span in claim.spans
        if span.id == evidence_id
    ]
    spans = [span for span in spans if span[0] < span[1]]
    borders = sorted({0, len(text), *(border for start, end, _ in spans for border in (start, end))})
    return tuple(_joined(_cut(text, spans, borders)))


def _cut(text: str, spans: Sequence[tuple[int, int, int]], borders: Sequence[int]) -> Iterable[Segment]:
    for start, end in pairwise(borders):
        numbers = sorted({number for first, last, number in spans if first <= start and end <= last})
        yield Segment(text=text[start:end], claims=tuple(numbers))


def _joined(pieces: Iterable[Segment]) -> Iterable[Segment]:
    """Join neighbours that decided the same claims."""
    held: Segment | None = None
    for piece in pieces:
        if held is not None and held.claims == piece.claims:
            held = Segment(text=held.text + piece.text, claims=held.claims)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held

"""The auxiliary model of a pile: taught by the judge's scores and by what people decided there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from groundsmith.review_store import ReviewStore
from knowledge.errors import UsageError
from verify.auxiliary import features
from verify.auxiliary import opinions as given

if TYPE_CHECKING:
    import numpy as np

    from groundsmith.row import DatasetRow
    from knowledge.embed import Embedder

LEAST = 10
"""Rows below which nothing is learned."""
MOST_CHARACTERS = 4_000
BATCH = 256
VERSION = 1
"""Raised when what the model sees of a row changes."""


def opinions(
    store: ReviewStore,
    pile: str,
    judge: Mapping[str, float],
    people: Mapping[str, bool],
    *,
    content: Callable[[str], DatasetRow | None],
    embedder: Embedder,
    most: int | None = None,
) -> dict[str, float]:
    """Return the auxiliary model's probability that each row is right; nothing when there are fewer than LEAST rows.

    `judge` has the first judge's probability of each row, `people` what persons said of some. What the model sees of a row is
    kept in the store. Raises UsageError when more than `most` rows would have to be embedded.
    """
    names = sorted(judge)
    if len(names) < LEAST:
        return {}
    seen = _seen(store, pile, names, content=content, embedder=embedder, most=most)
    said = {place: people[name] for place, name in enumerate(names) if name in people}
    found = given(seen, [judge[name] for name in names], said)
    return {name: round(each, 4) for name, each in zip(names, found, strict=True)}


def _seen(
    store: ReviewStore,
    pile: str,
    names: Sequence[str],
    *,
    content: Callable[[str], DatasetRow | None],
    embedder: Embedder,
    most: int | None = None,
) -> np.ndarray:
    """What the model sees of rows; shape (rows, features)."""
    import numpy as np

    key = f"features.v{VERSION} {embedder.name}"
    known = store.vectors(pile, key)
    missing = [name for name in names if name not in known]
    check_embedded(len(missing), most)
    for start in range(0, len(missing), BATCH):
        some = missing[start : start + BATCH]
        found = _features([content(name) for name in some], embedder).astype(np.float32)
        fresh = [(name, row.tobytes()) for name, row in zip(some, found, strict=True)]
        store.put_vectors(pile, key, fresh)
        known.update(fresh)
    return np.stack([np.frombuffer(known[name], dtype=np.float32) for name in names]).astype(np.float64)


def check_embedded(rows: int, most: int | None) -> None:
    """Raise UsageError when more rows than allowed would have to be embedded: what takes minutes is done by the command."""
    if most is not None and rows > most:
        raise UsageError(
            f"{rows:,} rows must be embedded once for this order; run `groundsmith review --strategy NAME --status`, then open it again"
        )


def _features(rows: Sequence[DatasetRow | None], embedder: Embedder) -> np.ndarray:
    texts = [(row.question, row.answer, _evidence(row)) if row else ("", "", "") for row in rows]
    parts = [embedder.embed([each[part] for each in texts]) for part in range(3)]
    return features(parts[0], parts[1], parts[2], texts)


def _evidence(row: DatasetRow) -> str:
    """The stretches that decided, or else the passages, the first ones."""
    of = {each.id: each.text for each in row.evidence}
    spans = dict.fromkeys(
        of[span.id][span.start : span.end] for claim in row.claims for span in claim.spans if span.id in of
    )
    return " ".join(spans or of.values())[:MOST_CHARACTERS]

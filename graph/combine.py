"""`Combination`: concepts drawn together, and the passages that speak of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """Concepts sampled together for one prompt.

    `level` is 1 (one passage), 2 (recombined concepts of one document) or 3 (concepts across two documents).
    `references` are passage ids, best first; at level 3 they come from two documents. `support` is the share of
    the concepts found in the references, 0 to 1.
    """

    id: str
    level: int
    concepts: tuple[str, ...]
    topics: tuple[str, ...]
    references: tuple[str, ...]
    support: float
    epoch: int = 0

"""`Demonstration`: a worked example in the prompt, and the ways to choose which ones to show."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from knowledge.identity import identify

if TYPE_CHECKING:
    import numpy as np

Embed = Callable[[Sequence[str]], "np.ndarray"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Demonstration:
    """A question and answer as they should be written, with the source text they were written from (may be empty)."""

    question: str
    answer: str
    passage: str = ""

    @property
    def id(self) -> str:
        """`dm_` and a digest of its texts."""
        return identify("dm", [self.question, self.answer, self.passage])


class Selection(StrEnum):
    """How demonstrations are chosen: none, at random, most similar to the passages, or spread out."""

    NONE = "none"
    RANDOM = "random"
    SIMILAR = "similar"
    DIVERSE = "diverse"


def select(
    demonstrations: Sequence[Demonstration],
    k: int,
    *,
    selection: Selection,
    query: str = "",
    embed: Embed | None = None,
    seed: int = 0,
) -> list[Demonstration]:
    """Return at most `k` demonstrations for a prompt about `query`, the best last, next to the question.

    `embed` maps texts to L2-normalised rows; SIMILAR and DIVERSE need it (ValueError without). DIVERSE takes the nearest
    first and then, each time, the one farthest from those taken (k-centre, Gonzalez 1985).
    """
    ordered = sorted(demonstrations, key=lambda demonstration: demonstration.id)
    if selection is Selection.NONE or k <= 0 or not ordered:
        return []
    if selection is Selection.RANDOM:
        key = int(identify("", [seed, query])[1:], 16)
        return random.Random(key).sample(ordered, min(k, len(ordered)))
    if embed is None:
        raise ValueError(f"selection {selection.value} needs an embed function")
    vectors = embed([*(f"{each.question} {each.passage}".strip() for each in ordered), query])
    near = vectors[:-1] @ vectors[-1]
    if selection is Selection.SIMILAR:
        best = sorted(range(len(ordered)), key=lambda i: (-float(near[i]), i))[:k]
    else:
        best = _spread(vectors[:-1], near, k)
    return [ordered[i] for i in reversed(best)]


def _spread(vectors: np.ndarray, near: np.ndarray, k: int) -> list[int]:
    chosen = [int(near.argmax())]
    closest = vectors @ vectors[chosen[0]]
    while len(chosen) < min(k, len(vectors)):
        closest[chosen] = float("inf")
        nearest = int(closest.argmin())
        chosen.append(nearest)
        closest = closest.clip(min=vectors @ vectors[nearest])
    return chosen

"""The embedding re-ranker: how well a phrase stands for the text it is in, by the embedder that retrieval uses.

A phrase near its text and far from what all the text's phrases have in common says most: similarity to the text counts
for it, mean similarity to the other candidates (centrality) against it. Both enter a log-linear score beside
frequency, rarity, length and place. Weights were found by coordinate search on Inspec's train and dev parts only, see
docs/benchmarks/keyphrases.md. Re-ordering for variety (MMR) was tried there too and gained nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graph.salience import length_factor
from graph.wording import GENERIC
from knowledge.embed import Embedder

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

RERANK_VERSION: Final = 1
NEARNESS: Final = 3.0
CENTRALITY: Final = -4.0
FREQUENCY: Final = 0.5
RARITY: Final = 0.75
GENERALITY: Final = -0.5
PLAIN: Final = 3.5
TIED: Final = -1.5
INSIDE: Final = 0.5
WIDE: Final = 0.0
REMEMBERED: Final = 50_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A phrase of a text: how often it stands there, where first (0 to 1), and the bonus of its form.

    `form` is PLAIN (a noun phrase), TIED ("X of Y"), INSIDE (part of a noun phrase) or WIDE (anything else).
    """

    key: str
    surface: str
    count: int
    place: float
    form: float


class Reranker:
    """Scores phrases by an embedder; the vectors of recent phrases are remembered.

    A phrase's score depends on its own text and the other candidates of that text alone.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._remembered: dict[str, NDArray[numpy.float32]] = {}

    @property
    def name(self) -> str:
        """The re-ranker, its version, and the model."""
        return f"rerank-{RERANK_VERSION}:{self._embedder.name}"

    def factors(self, text: str, surfaces: Sequence[str]) -> list[float]:
        """Return what to multiply each phrase's salience by, above 0 and 1 for a phrase like the average one."""
        import numpy

        if not surfaces:
            return []
        logarithms = self._logarithms(text, surfaces)
        return [float(value) for value in numpy.exp(logarithms - logarithms.mean())]

    def ranked(
        self, text: str, candidates: Sequence[Candidate], *, documents: int, document_frequency: Mapping[str, int]
    ) -> list[Candidate]:
        """Return the candidates of a text, best first, as many as are plain; rarity is that in a corpus at hand."""
        if not candidates:
            return []
        near = self._logarithms(text, [candidate.surface for candidate in candidates])
        score = {
            candidate.key: extra + _evidence(candidate, documents, document_frequency.get(candidate.key, 0))
            for candidate, extra in zip(candidates, near.tolist(), strict=True)
        }
        best = sorted(candidates, key=lambda candidate: (-score[candidate.key], candidate.key))
        return best[: max(1, sum(candidate.form == PLAIN for candidate in candidates))]

    def _logarithms(self, text: str, surfaces: Sequence[str]) -> NDArray[numpy.float64]:
        import numpy

        vectors = numpy.stack(self._vectors(surfaces)).astype(numpy.float64)
        [whole] = self._embedder.embed([text])
        central = vectors @ vectors.mean(axis=0)
        near: NDArray[numpy.float64] = NEARNESS * (vectors @ whole.astype(numpy.float64)) + CENTRALITY * central
        return near

    def _vectors(self, surfaces: Iterable[str]) -> list[NDArray[numpy.float32]]:
        wanted = list(surfaces)
        unknown = [surface for surface in dict.fromkeys(wanted) if surface not in self._remembered]
        if len(self._remembered) + len(unknown) > REMEMBERED:
            self._remembered.clear()
            unknown = list(dict.fromkeys(wanted))
        if unknown:
            self._remembered.update(zip(unknown, self._embedder.embed(unknown), strict=True))
        return [self._remembered[surface] for surface in wanted]


def _evidence(candidate: Candidate, documents: int, frequency: int) -> float:
    """Return the part of a score that needs no embedding."""
    rarity = max(math.log((documents + 1) / (1 + min(frequency, documents))), 0.01)
    parts = candidate.key.split()
    generic = sum(part in GENERIC for part in parts) / len(parts)
    return (
        FREQUENCY * math.log(max(1, candidate.count))
        + RARITY * math.log(rarity)
        + math.log(length_factor(candidate.key))
        + math.log(1.5 - 0.5 * candidate.place)
        + GENERALITY * generic
        + candidate.form
    )

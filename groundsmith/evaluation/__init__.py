"""What can be said of a dataset as a whole: diversity, relevance, privacy, bias, content, and drift from round to round.

The rows are read once; each area looks at every row or at a sample drawn with a seed, in memory that does not grow with the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from groundsmith.evaluation.measure import AREAS, Area, Evaluation, Findings, Measure, Remark
from groundsmith.evaluation.variety import COLLAPSED_AT, judged
from knowledge.errors import RowError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from groundsmith.datasets import ForeignRow
    from groundsmith.evaluation.fairness import Support
    from groundsmith.evaluation.privacy import Against
    from knowledge.embed import Embedder
    from verify.offence import ContentFilter
    from verify.personal import Detector

__all__ = ["AREAS", "COLLAPSED_AT", "Evaluation", "Measure", "Remark", "Tools", "evaluate", "evaluate_file"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What the areas work with; `reference` are passages of the source documents, drawn with a seed.

    Without a detector personal data is looked for by the package's own recognisers; without `support` no group is swapped and judged.
    """

    embedder: Embedder
    reference: Sequence[str] = ()
    detector: Detector | None = None
    against: Against | None = None
    support: Support | None = None
    content: ContentFilter | None = None
    run: int = 12
    seed: int = 7
    only: Sequence[str] = field(default=AREAS)


class _Remembering:
    """An embedder that gives the vectors of texts seen before from memory: areas ask for the same ones."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        """The embedder's name."""
        return self._embedder.name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of texts (n, d)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if len(self._vectors) + len(new) > _REMEMBERED:
            self._vectors.clear()
            new = list(dict.fromkeys(texts))
        if new:
            self._vectors.update(zip(new, self._embedder.embed(new), strict=True))
        return np.asarray([self._vectors[text] for text in texts], dtype=np.float32).reshape(-1, self.dimensions)


_REMEMBERED = 20_000
"""Vectors that are remembered: 30 MB of 384 numbers each."""


def evaluate(
    rows: Iterable[ForeignRow | RowError],
    *,
    tools: Tools,
    tick: Callable[..., None] = lambda *_, **__: None,
) -> Evaluation:
    """Return what is found of a dataset in the areas asked for.

    Raises UsageError when there are fewer than three rows to measure.
    """
    areas = _areas(replace(tools, embedder=_Remembering(tools.embedder)))
    problems: list[str] = []
    read = 0
    for row in rows:
        tick(1)
        if isinstance(row, RowError):
            problems.append(str(row))
            continue
        read += 1
        for area in areas.values():
            area.add(row)
    if read < 3:
        raise UsageError(f"{read} rows that can be read; give at least three")
    found: dict[str, Findings] = {}
    for name, area in areas.items():
        tick(0, note=name)
        found[name] = area.findings()
    return _gathered(found, rows=read, problems=problems)


def _areas(tools: Tools) -> Mapping[str, Area]:
    """The areas asked for, in the order in which they are shown."""
    from groundsmith.evaluation.content import Content
    from groundsmith.evaluation.drift import Drift
    from groundsmith.evaluation.fairness import Bias
    from groundsmith.evaluation.privacy import Privacy
    from groundsmith.evaluation.relevance import Relevance
    from groundsmith.evaluation.variety import Diversity
    from verify.personal import Recognisers

    made: dict[str, Callable[[], Area]] = {
        "diversity": lambda: Diversity(tools.embedder, reference=tools.reference, seed=tools.seed),
        "relevance": lambda: Relevance(tools.embedder, seed=tools.seed),
        "privacy": lambda: Privacy(
            tools.detector or Recognisers(),
            against=tools.against,
            embedder=tools.embedder,
            run=tools.run,
            seed=tools.seed,
        ),
        "bias": lambda: Bias(support=tools.support, reference=tools.reference, seed=tools.seed),
        "content": lambda: Content(tools.content),
        "drift": lambda: Drift(tools.embedder, seed=tools.seed),
    }
    return {name: make() for name, make in made.items() if name in tools.only}


def _gathered(found: Mapping[str, Findings], *, rows: int, problems: Sequence[str]) -> Evaluation:
    measures = tuple(measure for each in found.values() for measure in each.measures)
    verdict, reasons = "", tuple[str, ...]()
    if "diversity" in found:
        verdict, reasons = judged(found["diversity"].measures, rows=rows)
    return Evaluation(
        rows=rows,
        problems=tuple(problems),
        measures=measures,
        remarks=tuple(remark for each in found.values() for remark in each.remarks),
        flags={name: why for each in found.values() for name, why in each.flags.items()},
        verdict=verdict,
        reasons=reasons,
    )


def evaluate_file(path: Path, *, tools: Tools, tick: Callable[..., None]) -> Evaluation:
    """Return what is found of a dataset file, in any shape that `verify` reads."""
    from groundsmith.datasets import Dataset

    with Dataset(path) as dataset:
        tick(0, total=dataset.count())
        return evaluate(dataset, tools=tools, tick=tick)

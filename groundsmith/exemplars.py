"""Demonstrations for a run: read from a file, or taken from the rows that this run verified before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from groundsmith.kinds import KIND

if TYPE_CHECKING:
    import numpy as np

    from generate.demonstrate import Demonstration, Embed
    from groundsmith.planning import Planned
    from groundsmith.row import DatasetRow
    from groundsmith.settings import Settings

POOL = 200
"""Rows of the run among which demonstrations are chosen: the latest."""

Verified = Callable[[int], "Iterable[DatasetRow]"]
"""Gives the verified rows of a run that were planned before an ordinal."""


class Exemplars:
    """Chooses the demonstrations of planned items, as the settings say.

    The rows of a run are looked at once a batch, so that a run that was stopped chooses the same when it goes on.
    """

    def __init__(self, settings: Settings, *, embed: Embed | None = None) -> None:
        self._settings = settings
        self._embed = embed
        self._vectors: dict[str, np.ndarray] = {}
        self.verified: Verified = lambda ordinal: ()
        self._pool: list[Demonstration] = []
        self._read: list[Demonstration] | None = None
        self._values: dict[str, set[tuple[str, str]]] = {}

    def prepare(self, batch: Sequence[Planned]) -> None:
        """Take in what a batch can be shown: the file, or the rows verified before it."""
        from generate.demonstrate import read_demonstrations

        wanted = self._settings.demonstrations
        if wanted.selection == "none":
            return
        if wanted.file is not None:
            self._read = self._read if self._read is not None else read_demonstrations(wanted.file)
            self._pool = self._read
        elif batch:
            rows = [row for row in self.verified(batch[0].ordinal) if row.expected == "answer"]
            rows = _preferred(rows, wanted.number)[-POOL:]
            self._pool = [demonstration(row) for row in rows]
            self._values = {
                shown.id: {*row.conditions.items(), (KIND, row.kind)}
                for shown, row in zip(self._pool, rows, strict=True)
            }
        if not wanted.explanations:
            self._pool = [replace(each, explanation="") for each in self._pool]

    def of(self, planned: Planned) -> tuple[Demonstration, ...]:
        """Return the demonstrations that a planned item is to be shown; none of its own passages.

        Where its prompts seldom give rows for a value of a condition, rows that passed with this value come before others.
        """
        from generate.demonstrate import Selection, select

        wanted = self._settings.demonstrations
        if wanted.selection == "none" or not self._pool:
            return ()
        own = {passage.text for passage in planned.passages}
        pool = [each for each in self._pool if not each.passage or each.passage not in own]
        if planned.scarce is not None:
            pool = [each for each in pool if planned.scarce in self._values.get(each.id, ())] or pool
        chosen = select(
            pool,
            wanted.number,
            selection=Selection(wanted.selection),
            query=" ".join(passage.text for passage in planned.passages),
            embed=self._vectors_of,
            existing=[each.question for each in self._pool],
            seed=self._settings.sampling.seed,
        )
        return tuple(chosen)

    def _vectors_of(self, texts: Sequence[str]) -> np.ndarray:
        """Return the texts' vectors; each text is embedded once."""
        import numpy as np

        if self._embed is None:
            raise ValueError("choosing demonstrations by likeness needs an embedding")
        fresh = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if fresh:
            self._vectors.update(zip(fresh, np.asarray(self._embed(fresh)), strict=True))
        return np.stack([self._vectors[text] for text in texts])


def _preferred(rows: list[DatasetRow], number: int) -> list[DatasetRow]:
    """Return the rows that people accepted or edited, if there are enough of them to show; else all."""
    accepted = [row for row in rows if row.reviewed in ("accepted", "edited")]
    return accepted if len(accepted) >= number else rows


def demonstration(row: DatasetRow) -> Demonstration:
    """Return a verified row as a demonstration: with its first passage, and its reasoning or deciding claim as explanation."""
    from generate.demonstrate import Demonstration

    evidence = row.evidence[0].text if row.evidence else ""
    because = next((claim.text for claim in row.claims if claim.verdict == "supported"), "")
    told = row.reasoning or (f'The source says: "{because}"' if because else "")
    return Demonstration(
        question=row.question, answer=row.answer, passage=evidence, explanation=told, confidence=row.confidence
    )

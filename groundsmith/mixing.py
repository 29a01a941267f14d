"""Real rows among synthetic ones, in a given proportion: what keeps a model trained on its own kind's output from collapsing.

Models trained on synthetic data alone lose the tails of what they were to learn; with real data kept in the mix they do not (Shumailov et
al., Nature 631, 2024; Gerstgrasser et al., arXiv 2404.01413). Every row says which it is by `synthetic`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from groundsmith.row import DatasetRow, RowEvidence, row_id
from knowledge.errors import RowError, SettingsError
from knowledge.identity import identify

if TYPE_CHECKING:
    from groundsmith.datasets import ForeignRow
    from groundsmith.settings import Settings

NOT_CHECKED: Final = "not checked"
"""The verdict of real rows: they are taken as they are; `groundsmith verify` judges them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """Rows of both kinds in the order they are written; `real` and `synthetic` count them, `wanted` is the share of real ones asked for."""

    rows: tuple[DatasetRow, ...]
    real: int
    synthetic: int
    wanted: float

    @property
    def share(self) -> float:
        """The share of real rows, 0 to 1."""
        return self.real / len(self.rows) if self.rows else 0.0

    @property
    def told(self) -> str:
        """What is to be said of it: how many are real, and that there were too few, if so."""
        short = "" if abs(self.share - self.wanted) <= 0.5 / max(1, len(self.rows)) else "; the file has no more"
        return f"{self.real} of {len(self.rows)} rows are real ({self.share:.0%}, {self.wanted:.0%} asked for{short})"


def real_rows(settings: Settings) -> Iterator[DatasetRow]:
    """Yield the rows of the real set that the settings name, none where they name none; rows without a question are left out.

    Raises SettingsError when the file has no row that can be used, UsageError when it cannot be read.
    """
    from groundsmith.datasets import read

    file = settings.mixing.file
    if file is None:
        return
    found = 0
    for row in read(file):
        if not isinstance(row, RowError) and row.question and row.answer.strip():
            found += 1
            yield _real(row, file)
    if not found:
        raise SettingsError(f"mixing.file: {file} holds no question with an answer; name a dataset that does")


def real_set(settings: Settings) -> dict[str, str]:
    """Return what of the real set decides a run: its content, since its questions are not asked again; nothing without one."""
    from knowledge.files import bytes_digest

    file = settings.mixing.file
    if file is None:
        return {}
    try:
        return {"real": bytes_digest(file)}
    except OSError as error:
        raise SettingsError(f"mixing.file: {file} cannot be read ({error.strerror}); name a dataset file") from error


def mixed(rows: Iterable[DatasetRow], settings: Settings) -> Mix:
    """Return synthetic rows with as many real ones among them as the settings ask for, in an order that the seed decides.

    Where the real set is too small all of it is taken, and no synthetic row is left out.
    """
    made = list(rows)
    known = {row.id for row in made}
    real = {row.id: row for row in real_rows(settings) if row.id not in known}
    return mix(made, list(real.values()), share=settings.mixing.share, seed=settings.sampling.seed)


def mix(synthetic: Sequence[DatasetRow], real: Sequence[DatasetRow], *, share: float, seed: int) -> Mix:
    """Return the rows together: `share` (0 to below 1) of them real, as far as there are enough; without any, in their order.

    Raises ValueError for a share that is none.
    """
    if not 0 <= share < 1:
        raise ValueError(f"a share of {share} real rows; it must be 0 or more and below 1")
    chance = random.Random(seed)
    wanted = round(len(synthetic) * share / (1 - share))
    ordered = sorted(real, key=lambda row: row.id)
    chosen = chance.sample(ordered, min(wanted, len(ordered)))
    together = [*synthetic, *chosen]
    if chosen:
        chance.shuffle(together)
    return Mix(rows=tuple(together), real=len(chosen), synthetic=len(synthetic), wanted=share)


def _real(row: ForeignRow, file: Path) -> DatasetRow:
    evidence = tuple(
        RowEvidence(
            id=identify("x", text),
            document="",
            version=0,
            title=file.name,
            source=file.name,
            start=0,
            end=len(text),
            text=text,
        )
        for text in row.contexts
    )
    question = row.question or ""
    return DatasetRow(
        id=row_id(question=question, answer=row.answer, evidence=[each.id for each in evidence]),
        question=question,
        answer=row.answer,
        evidence=evidence,
        verdict=NOT_CHECKED,
        synthetic=False,
        parts={"from": file.name},
    )

"""Rows that a dataset of policies should not hold: insults, hate, threats, sexual content, self-harm, instructions to do harm."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from groundsmith.evaluation.measure import Findings, Measure, Named, share
from verify.offence import ContentFilter

if TYPE_CHECKING:
    from groundsmith.datasets import ForeignRow


class Content:
    """Every row goes through the filter."""

    def __init__(self, content: ContentFilter | None = None) -> None:
        self._filter = content or ContentFilter()
        self._rows, self._counts, self._named = 0, Counter[str](), Named("content")

    def add(self, row: ForeignRow) -> None:
        """Look at a row."""
        self._rows += 1
        reasons = self._filter.offends(f"{row.question or ''}\n{row.answer}")
        if reasons:
            self._counts.update(["rows", *reasons.split(", ")])
            self._named.add(row.number, reasons, "by the content filter")

    def findings(self) -> Findings:
        """Return the share of offensive rows, by reason."""
        count = self._counts.pop("rows", 0)
        told = f"share of rows with a score of {self._filter.threshold} or more"
        measures = [_measure("offensive rows", count, self._rows, told)]
        measures += [
            _measure(reason, found, self._rows, "share of rows") for reason, found in self._counts.most_common()
        ]
        flags = {"content": f"{count} rows"} if count else {}
        return Findings(measures=tuple(measures), remarks=tuple(self._named.kept), flags=flags)


def _measure(name: str, count: int, rows: int, meaning: str) -> Measure:
    score = share(count, rows)
    return Measure(area="content", of="rows", name=name, score=score, meaning=meaning, normal="0.00", odd=count > 0)

"""What a dataset gives away: personal data, text word for word from documents and sensitive files, planted strings, nearness to sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from groundsmith.evaluation.measure import Findings, Measure, Named, Reservoir, mean, share
from verify.verbatim import RUN, Known, Overlap, holds, longest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from groundsmith.datasets import ForeignRow
    from knowledge.embed import Embedder
    from verify.diversity import Score
    from verify.personal import Detector

ROWS = 500
"""Rows whose distance to the sources is measured."""
PASSAGES = 1_000
"""Passages that they are compared with; of more a sample is drawn."""
LONG = 50
"""Words from which a run out of its own evidence is named: more than a citation needs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """What a dataset is compared with, each part empty where there is none.

    `documents` yields the texts of the source documents, again each time; `sensitive` the names and texts of files that must not come out;
    `canaries` are strings planted in documents. `passages` are passages of the sources with what document each is of; `withheld` are
    passages of documents that nothing was made from.
    """

    documents: Callable[[], Iterable[str]] = lambda: ()
    sensitive: Sequence[tuple[str, str]] = ()
    canaries: Sequence[str] = ()
    passages: Sequence[tuple[str, str]] = ()
    withheld: Sequence[str] = ()


class Privacy:
    """Every row is searched; documents stream past the rows' runs of words at the end."""

    def __init__(
        self,
        detector: Detector,
        *,
        against: Against | None = None,
        embedder: Embedder | None = None,
        run: int = RUN,
        seed: int = 7,
    ) -> None:
        self._detector, self._against, self._embedder, self._run = detector, against or Against(), embedder, run
        self._overlap = Overlap(run=run)
        self._own: list[NDArray[np.bool_]] = []
        self._numbers: list[int] = []
        self._named = Named("privacy")
        self._kinds: Counter[str] = Counter()
        self._personal = self._cited = self._spoken = 0
        self._sensitive = [(name, Known([text], run=run)) for name, text in self._against.sensitive]
        self._leaks: Counter[str] = Counter()
        self._sample = Reservoir(ROWS, seed=seed)
        self._known = lru_cache(maxsize=8_192)(lambda text: Known([text], run=run))

    def add(self, row: ForeignRow) -> None:
        """Search a row."""
        text = f"{row.question or ''}\n{row.answer}".strip()
        self._sample.add(text)
        self._numbers.append(row.number)
        runs = self._overlap.text(text)
        self._own.append(self._cites(runs, row.contexts))
        self._people(row, text)
        for name, known in self._sensitive:
            for found in known.runs(text)[:1] if known.among(runs).any() else ():
                self._leaks["sensitive"] += 1
                self._named.add(
                    row.number, "sensitive", f"{found.words} words of {name}: “{text[found.start : found.end][:60]}…”"
                )
        for canary in self._against.canaries:
            if holds(text, canary):
                self._leaks["canary"] += 1
                self._named.add(row.number, "canary", f"holds the planted string {canary[:4]}…")

    def _cites(self, runs: NDArray[Any], contexts: Sequence[str]) -> NDArray[np.bool_]:
        found = [self._known(context).among(runs) for context in contexts] or [np.zeros(len(runs), dtype=bool)]
        return np.asarray(np.logical_or.reduce(found), dtype=bool)

    def _people(self, row: ForeignRow, text: str) -> None:
        """Count personal data; what the row's own evidence says as well is told apart."""
        found = self._detector.find(text)
        if not found:
            return
        self._personal += 1
        evidence = "\n".join(row.contexts)
        new = [each for each in found if each.text not in evidence]
        self._cited += not new
        self._spoken += bool(new)
        self._kinds.update(str(each.kind) for each in found)
        for each in new:
            self._named.add(row.number, str(each.kind), f"{each.masked} (not in the row's evidence)")

    def findings(self) -> Findings:
        """Return the shares of rows that give something away, and flags for what should stop a release."""
        rows = len(self._numbers)
        measures = [
            _measure(
                "rows with personal data",
                share(self._personal, rows),
                "share of rows in which any kind is found",
                "0.00 to 0.02",
            ),
            _measure(
                "personal data of the row's own",
                share(self._spoken, rows),
                "share of rows with personal data that their evidence does not hold: made up, or remembered by the model",
                "0.00",
                odd=self._spoken > 0,
            ),
        ]
        for kind, count in self._kinds.most_common():
            measures.append(_measure(kind, _count(count), "how many were found", "0"))
        measures += self._verbatim()
        measures += self._planted(rows)
        measures += self._distance()
        flags = {name: f"{self._leaks[name]} rows" for name in ("sensitive", "canary") if self._leaks[name]}
        if self._spoken:
            flags["personal"] = f"{self._spoken} rows hold personal data that is not in their evidence"
        return Findings(measures=tuple(measures), remarks=tuple(self._named.kept), flags=flags)

    def _verbatim(self) -> list[Measure]:
        """Runs of words shared with the row's own evidence, and with other documents alone."""
        for text in self._against.documents():
            self._overlap.document(text)
        own = other = long = 0
        for place, number in enumerate(self._numbers):
            cited, found = self._own[place], self._overlap.found(place)
            own += bool(cited.any())
            words = longest(cited, run=self._run)
            long += words >= LONG
            if words >= LONG:
                self._named.add(number, "long quotation", f"{words} words of its own evidence in one piece")
            elsewhere = found & ~cited
            if words := longest(elsewhere, run=self._run):
                other += 1
                self._named.add(number, "other document", f"{words} words of a document that it does not cite")
        rows = len(self._numbers)
        run = f"{self._run} words or more"
        cites = f"share of rows with {run} of what they cite: legitimate"
        owner = "share of rows: long pieces may touch the rights of the text's owner"
        alien = f"share of rows with {run} of a source document that they do not cite"
        return [
            _measure("quotes its evidence", share(own, rows), cites, "a matter of style"),
            _measure(f"quotes {LONG} words or more of it", share(long, rows), owner, "0.00 to 0.05"),
            _measure("quotes other documents", share(other, rows), alien, "0.00 to 0.05"),
        ]

    def _planted(self, rows: int) -> list[Measure]:
        found = []
        if self._sensitive:
            told = f"share of rows with {self._run} words or more of the {len(self._sensitive)} sensitive files"
            found.append(
                _measure(
                    "sensitive files",
                    share(self._leaks["sensitive"], rows),
                    told,
                    "0.00",
                    odd=self._leaks["sensitive"] > 0,
                )
            )
        if self._against.canaries:
            told = f"share of rows that hold one of {len(self._against.canaries)} planted strings, or half of one"
            found.append(
                _measure(
                    "planted strings", share(self._leaks["canary"], rows), told, "0.00", odd=self._leaks["canary"] > 0
                )
            )
        return found

    def _distance(self) -> list[Measure]:
        """How near rows lie to the nearest source, beside how near sources of different documents lie to one another."""
        passages = self._against.passages
        if self._embedder is None or len(passages) < 3 or not self._sample.items:
            return []
        rows = self._embedder.embed(self._sample.items)
        sources = self._embedder.embed([text for text, _ in passages])
        nearest = _nearest(rows, sources)
        of = np.asarray([hash(document) for _, document in passages])
        between = _nearest(sources[:ROWS], sources, apart=(of[:ROWS], of))
        between = between[between > -1]
        reference = float(between.mean()) if len(between) else None
        told = "mean cosine of a row with the nearest source passage; beside it, that of passages with other documents' nearest"
        measures = [_measure("nearest source", mean(nearest.tolist()), told, "0.60 to 0.90", reference=reference)]
        if len(between) >= 20:
            limit = float(np.quantile(between, 0.99))
            told = (
                f"share of rows nearer to a source than 99 of 100 passages are to another document (cosine {limit:.2f})"
            )
            measures.append(
                _measure(
                    "rows that nearly copy", share(int((nearest > limit).sum()), len(nearest)), told, "0.00 to 0.30"
                )
            )
        if len(self._against.withheld) >= 3:
            measures.append(self._membership(rows, sources))
        return measures

    def _membership(self, rows: NDArray[Any], sources: NDArray[Any]) -> Measure:
        """How well nearness to a row tells used passages from withheld ones: an attacker's AUC."""
        used = _nearest(sources, rows)
        withheld = _nearest(self._embedder.embed(list(self._against.withheld)), rows) if self._embedder else used
        told = (
            "chance that a passage used lies nearer to the rows than one withheld (AUC); 0.50 tells an attacker nothing"
        )
        return _measure("membership", _auc(used, withheld), told, "0.50 to 0.60 for secret sources")


def _nearest(
    rows: NDArray[Any], others: NDArray[Any], *, apart: tuple[NDArray[Any], NDArray[Any]] | None = None
) -> NDArray[Any]:
    """Each row's highest cosine with the others, those of its own group left out; -2 where none is left."""
    found = np.full(len(rows), -2.0)
    for start in range(0, len(rows), 256):
        near = rows[start : start + 256] @ others.T
        if apart is not None:
            near = np.where(apart[0][start : start + 256, None] == apart[1][None, :], -2.0, near)
        found[start : start + 256] = near.max(axis=1)
    return found


def _auc(used: NDArray[Any], withheld: NDArray[Any], *, draws: int = 200, seed: int = 7) -> Score:
    """The area under the curve of a comparison, with the middle 95 % of resamples (Hanley and McNeil 1982)."""
    from verify.diversity import Score

    def area(one: NDArray[Any], other: NDArray[Any]) -> float:
        ordered = np.sort(other)
        below, upto = np.searchsorted(ordered, one, side="left"), np.searchsorted(ordered, one, side="right")
        return float((below + upto).mean() / (2 * len(ordered)))

    draw = np.random.default_rng(seed)
    found = sorted(area(draw.choice(used, len(used)), draw.choice(withheld, len(withheld))) for _ in range(draws))
    return Score(value=area(used, withheld), low=found[int(0.025 * draws)], high=found[int(0.975 * draws) - 1])


def _count(number: int) -> Score:
    from verify.diversity import Score

    return Score(value=float(number))


def _measure(
    name: str, score: Score, meaning: str, normal: str, *, reference: float | None = None, odd: bool = False
) -> Measure:
    return Measure(
        area="privacy", of="rows", name=name, score=score, meaning=meaning, normal=normal, reference=reference, odd=odd
    )

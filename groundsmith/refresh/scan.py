"""Which rows of a set are stale, and why: found without a model, by passage id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from groundsmith.refresh.change import EvidenceChange, EvidenceChanges

if TYPE_CHECKING:
    from groundsmith.refresh.fitness import Fitness
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace
    from knowledge.library import Library

CHUNK = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A row at its place in the set, and why it must be looked at again: passages that changed, came, or settings it does not fit.

    `arrived` are the ids of passages that came after the row was made and that its question finds. `unfit` says which setting rules
    it out, `rejudge` that the judge is another than the one it passed.
    """

    place: int
    row: DatasetRow
    changes: tuple[EvidenceChange, ...] = ()
    arrived: tuple[str, ...] = ()
    unfit: str = ""
    rejudge: bool = False

    @property
    def is_stale(self) -> bool:
        """Whether anything speaks for looking at the row again."""
        return bool(self.changes or self.arrived or self.unfit or self.rejudge)

    @property
    def why(self) -> str:
        """Why the row is stale, in a few words."""
        if self.changes:
            places = dict.fromkeys(f"{each.evidence.source} {each.fate}" for each in self.changes)
            return f"evidence changed: {', '.join(places)}"
        if self.unfit:
            return f"settings: {self.unfit}"
        if self.arrived:
            return f"new text: {len(self.arrived)} passages came that its question finds"
        return "judge: another than the one it passed" if self.rejudge else ""

    def as_record(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {
            "row": self.row.id,
            "question": self.row.question,
            "answer": self.row.answer,
            "why": self.why,
            "arrived": list(self.arrived),
            "changes": [each.as_record() for each in self.changes],
        }


@dataclass(kw_only=True)
class Scan:
    """Finds stale rows.

    `fitness` and `rejudge` hold them to the present settings; `arrivals` says whether passages that came since a row was made count:
    "none", "unanswerable" (for rows that say that nothing answers), or "all".
    """

    workspace: Workspace
    fitness: Fitness | None = None
    rejudge: bool = False
    arrivals: str = "none"
    unbound: int = field(default=0, init=False)
    """Rows that name no evidence, of which nothing can be told."""

    def findings(self, rows: Iterator[DatasetRow]) -> Iterator[Finding]:
        """Yield a finding for each row, in order."""
        library = self.workspace.library
        known = EvidenceChanges(library)
        arrivals = None if self.arrivals == "none" else Arrivals(library)
        self.unbound = 0
        waiting: list[Finding] = []
        for place, row in enumerate(rows):
            self.unbound += not row.evidence
            unfit = self.fitness.problem(row) if self.fitness else ""
            waiting.append(Finding(place=place, row=row, changes=known.of(row), unfit=unfit, rejudge=self.rejudge))
            if len(waiting) == CHUNK:
                yield from self._with_arrivals(waiting, arrivals)
                waiting = []
        yield from self._with_arrivals(waiting, arrivals)

    def _with_arrivals(self, findings: Sequence[Finding], arrivals: Arrivals | None) -> Iterator[Finding]:
        """Yield the findings, those not stale yet with the passages that came and that their questions find."""
        from dataclasses import replace

        wanted = [
            each
            for each in findings
            if arrivals is not None
            and not each.is_stale
            and (self.arrivals == "all" or each.row.expected == "abstain")
            and arrivals.any_after(each.row.created)
        ]
        texts = [f"{each.row.question} {each.row.answer if self.arrivals == 'all' else ''}".strip() for each in wanted]
        k = self.workspace.settings.verification.passages
        hits = self.workspace.retriever.search_many(texts, k=k) if texts else []
        came: dict[int, tuple[str, ...]] = {}
        for each, found in zip(wanted, hits, strict=True):
            names = (hit.passage.id for hit in found)
            came[each.place] = tuple(
                name for name in names if arrivals is not None and arrivals.is_after(name, each.row.created)
            )
        yield from (replace(each, arrived=came.get(each.place, ())) for each in findings)


class Arrivals:
    """The passages by when the library first had them; read when first asked for. Moments are UTC, ISO 8601."""

    def __init__(self, library: Library) -> None:
        self._library = library

    @cached_property
    def _first(self) -> dict[str, str]:
        return self._library.first_seen()

    @cached_property
    def _latest(self) -> str:
        return max(self._first.values(), default="")

    def any_after(self, moment: str) -> bool:
        """Return whether any current passage came after a moment; "" is before all of them."""
        return self._latest > moment

    def is_after(self, passage_id: str, moment: str) -> bool:
        """Return whether a current passage came after a moment."""
        return self._first.get(passage_id, "") > moment

"""The judge at hand for texts that are pasted in: opened when first asked for, used by one request at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from groundsmith.row import DatasetRow
from groundsmith.runs import now
from knowledge.errors import UsageError

if TYPE_CHECKING:
    from groundsmith.workspace import Workspace
    from verify.verifier import Verifier


class Examiner:
    """Checks texts against the library; `verifier` replaces the one the settings name."""

    def __init__(self, first: Workspace, *, verifier: Verifier | None = None) -> None:
        self._first = first
        self._given = verifier
        self._verifier = verifier
        self._workspace: Workspace | None = None
        self._stamp = ""
        self._lock = threading.Lock()

    def check(self, answer: str, question: str) -> DatasetRow:
        """Return the report on an answer: its claims, their verdicts and the evidence.

        Raises UsageError when the library holds nothing to check against, MissingModel without an entailment model.
        """
        import secrets

        from groundsmith.verdict_row import claim_row, evidence_row
        from verify.verifier import Item

        with self._lock:
            verifier = self._ready()
            result = next(iter(verifier.verify([Item(id="text", question=question or None, answer=answer)]))).as_reply
        return DatasetRow(
            id=f"t_{secrets.token_hex(10)}",
            question=question,
            answer=answer,
            kind="checked text",
            synthetic=False,
            evidence=tuple(evidence_row(each) for each in result.evidence),
            claims=tuple(claim_row(verdict) for verdict in result.verdicts),
            verdict=str(result.label),
            confidence=None if result.confidence is None else round(result.confidence, 4),
            answers=result.answers,
            rejected=result.reason or None,
            model=verifier.read_by,
            created=now(),
        )

    def rejudge(self, row: DatasetRow) -> DatasetRow:
        """Return a row that a person edited, judged again with the passages it rests on beside those that are found."""
        from groundsmith.review_rows import judge_of

        with self._lock:
            verifier = self._ready()
            return judge_of(self._workspace or self._first, verifier=verifier)(row)

    def _ready(self) -> Verifier:
        """Return the judge, opened anew when the library has changed."""
        from groundsmith.assay import verifier_of
        from groundsmith.workspace import Workspace

        if self._given is not None:
            return self._given
        if self._workspace is None:
            self._workspace = Workspace(self._first.root, self._first.settings)
        if not self._workspace.library.passage_count():
            raise UsageError("the library is empty; add documents with `groundsmith ingest PATH`")
        stamp = self._workspace.library.stamp()
        if self._verifier is None or stamp != self._stamp:
            self._workspace.close()
            self._verifier = verifier_of(self._workspace, strict=False)
            self._stamp = stamp
        return self._verifier

    def close(self) -> None:
        """Close the workspace that the judge reads."""
        with self._lock:
            if self._workspace is not None:
                self._workspace.close()
                self._workspace = None
                self._verifier = self._given

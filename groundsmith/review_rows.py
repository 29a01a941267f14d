"""The rows of a pile: of a run, or of a dataset file, which is judged first unless it carries verdicts; and a row judged again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.labelling import recorded_score
from groundsmith.record import decode
from groundsmith.review_store import Pile, ReviewItem, ReviewStore
from groundsmith.row import DatasetRow, Former, RowClaim, RowEvidence, row_id
from groundsmith.runs import now
from knowledge.errors import RowError
from knowledge.identity import identify

if TYPE_CHECKING:
    from groundsmith.datasets import Dataset, ForeignRow
    from groundsmith.workspace import Workspace
    from verify.verifier import Verifier

FILE_STAMP, RUN_STAMP = "(file)", "(run)"
"""Under these names it is kept among the orders of a pile what its rows were read from."""
AGAINST = ("refuted", "conflicting")
BATCH = 500

Judge = Callable[[DatasetRow], DatasetRow]
"""Gives a row with new claims, verdict, evidence and confidence."""


def run_pile(run: str) -> Pile:
    """Return the pile of a run's rows."""
    return Pile(id=run, kind="run", name=run)


def file_pile(path: Path) -> Pile:
    """Return the pile of a file's rows, known by where the file lies."""
    return Pile(id=identify("f", str(path.resolve())), kind="file", name=str(path.resolve()))


def item_of(row: Mapping[str, Any], ordinal: int) -> ReviewItem | None:
    """Return a row, as JSON data, as a pile holds it; None when there is nothing that a judge and a person could differ about."""
    score = recorded_score(row) if row.get("claims") else None
    if score is None:
        return None
    entailment, contradiction = weakest(row["claims"])
    return ReviewItem(
        row=row["id"], ordinal=ordinal, score=round(score, 4), entailment=entailment, contradiction=contradiction
    )


def weakest(claims: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return entailment and contradiction of the claim that speaks most against the row: both 0 when no passage was found."""
    pairs = [
        (claim.get("entailment") or 0.0, claim.get("contradiction") or 0.0, claim.get("verdict") in AGAINST)
        for claim in claims
    ]
    entailment, contradiction, _ = max(pairs, key=lambda pair: (pair[2], pair[1] - pair[0]), default=(0.0, 0.0, False))
    return entailment, contradiction


def worth_asking(row: Mapping[str, Any]) -> bool:
    """Whether a person's word could matter: the row passed, or the judge, not a rule of curation, kept it out."""
    return row.get("rejected") is None or row.get("verdict") != "supported"


class RunRows:
    """The judged rows of a run."""

    def __init__(self, workspace: Workspace, run: str) -> None:
        self.pile = run_pile(run)
        self._runs = workspace.runs

    def enrol(self, store: ReviewStore) -> None:
        """Put the run's rows that are not there yet into the pile."""
        stamp = f"{store.judged_units(self.pile.id)} judged"
        if store.stamp(self.pile.id, RUN_STAMP) == stamp:
            return
        store.open_pile(self.pile, at=now())
        missing = iter(store.missing_units(self.pile.id, self.pile.id))
        while some := list(islice(missing, BATCH)):
            found = ((item_of(row, ordinal), row) for ordinal, row in some)
            store.add_items(self.pile.id, ((item, None) for item, row in found if item and worth_asking(row)))
        store.put_order(self.pile.id, RUN_STAMP, order=[], stamp=stamp)

    def row(self, store: ReviewStore, item: ReviewItem) -> DatasetRow | None:
        """Return an item's row; None when the run now has another in its place."""
        row = self._runs.unit(self.pile.id, item.ordinal).row
        return row if row.id == item.row else None


class FileRows:
    """The rows of a dataset file: as their verdicts stand there, or judged against the workspace."""

    def __init__(
        self,
        workspace: Workspace,
        path: Path,
        *,
        verifier: Verifier | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self.pile = file_pile(path)
        self.problems: list[str] = []
        self._workspace, self._path, self._verifier = workspace, path, verifier
        self._stop = stop or (lambda: False)

    def enrol(self, store: ReviewStore) -> None:
        """Put the file's rows into the pile, when the file is not as it was."""
        from groundsmith.calibrating import digest_of

        store.open_pile(self.pile, at=now())
        stamp = digest_of(self._path)
        if store.stamp(self.pile.id, FILE_STAMP) == stamp:
            return
        seen: set[str] = set()
        for number, row in enumerate(
            file_rows(self._workspace, self._path, self.problems, verifier=self._verifier, stop=self._stop)
        ):
            item = item_of(row.to_json(), number)
            if item is not None and row.id not in seen:
                seen.add(row.id)
                store.put_item(self.pile.id, item, row)
        if self._stop():
            return
        for gone in [item.row for item in store.items(self.pile.id) if item.row not in seen]:
            store.drop_item(self.pile.id, gone)
        store.put_order(self.pile.id, FILE_STAMP, order=[], stamp=stamp)

    def row(self, store: ReviewStore, item: ReviewItem) -> DatasetRow | None:
        """Return an item's row as it was when the file was read."""
        return store.kept_row(self.pile.id, item.row)


def row_of(workspace: Workspace, store: ReviewStore, pile: Pile, row: str) -> DatasetRow | None:
    """Return a row of a pile as it was before anybody decided on it; None when the run now has another in its place."""
    item = store.item(pile.id, row)
    if item is None:
        return None
    return RunRows(workspace, pile.id).row(store, item) if pile.kind == "run" else store.kept_row(pile.id, row)


def file_rows(
    workspace: Workspace,
    path: Path,
    problems: list[str],
    *,
    verifier: Verifier | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[DatasetRow]:
    """Yield the rows of a dataset with verdicts; what cannot be read is told in `problems`.

    A file of our own rows, or an annotated copy of `verify`, is taken as it stands; any other is judged, which is kept. Raises
    UsageError when the file is no dataset.
    """
    from groundsmith.datasets import Dataset
    from groundsmith.factcheck import checked

    with Dataset(path) as dataset:
        rows = iter(dataset)
        first = next((row for row in rows if not isinstance(row, RowError)), None)
        if first is None or _has_verdict(first.raw):
            yield from _recorded(dataset, problems)
            return
        for row, columns in checked(workspace, dataset, stop=stop, verifier=verifier):
            if isinstance(row, RowError):
                problems.append(str(row))
            else:
                yield _annotated(row, columns)


def _has_verdict(raw: Mapping[str, Any]) -> bool:
    return "groundsmith_claims" in raw or {"id", "claims", "verdict", "evidence"} <= set(raw)


def _recorded(dataset: Dataset, problems: list[str]) -> Iterator[DatasetRow]:
    for row in dataset:
        if isinstance(row, RowError):
            problems.append(str(row))
            continue
        try:
            yield _annotated(row, row.raw) if "groundsmith_claims" in row.raw else _own(row)
        except RowError as error:
            problems.append(f"row {row.number}: {error}")


def _own(row: ForeignRow) -> DatasetRow:
    """Return a row of ours; lists that a table holds as JSON text are read."""
    data = {name: _parsed(value) if name in _NESTED else value for name, value in row.raw.items()}
    known = {name: value for name, value in data.items() if value not in ("", None)}
    return DatasetRow.from_json(known, where=f"row {row.number}")


_NESTED = ("concepts", "conditions", "evidence", "claims", "multi_hop", "parts", "former")


def _annotated(row: ForeignRow, columns: Mapping[str, Any]) -> DatasetRow:
    """Return a row of someone else's with the verdict that was added to it."""
    found = {name: _part(_parsed(columns.get(f"groundsmith_{name}")), row.part) for name in ("claims", "evidence")}
    verdict, confidence, answers = (
        _part(columns.get(f"groundsmith_{name}"), row.part) for name in ("verdict", "confidence", "answers")
    )
    where = f"row {row.number}"
    claims = tuple(decode(RowClaim, each, where=f"{where}.claims") for each in found["claims"] or ())
    evidence = tuple(decode(RowEvidence, each, where=f"{where}.evidence") for each in found["evidence"] or ())
    question = row.question or ""
    return DatasetRow(
        id=row_id(question=question, answer=row.answer, evidence=row.contexts),
        question=question,
        answer=row.answer,
        evidence=evidence,
        claims=claims,
        verdict=str(verdict or "not enough evidence"),
        confidence=None if confidence in (None, "") else float(str(confidence)),
        answers=None if answers in (None, "") else float(str(answers)),
        synthetic=False,
    )


def _parsed(value: object) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value.lstrip("'")) if value.strip() else None
    except ValueError as error:
        raise RowError(f"a column that should be JSON is not ({error}); verify the file again") from error


def _part(value: Any, part: int) -> Any:  # noqa: ANN401 - JSON
    """One reply's value where a conversation's replies have a list each."""
    if isinstance(value, list) and value and not isinstance(value[0], Mapping):
        return value[part] if part < len(value) else None
    return value


def edited_row(row: DatasetRow, *, question: str, answer: str, judge: Judge) -> DatasetRow:
    """Return a row with the words a person gave it, judged again; what it was before stands in `former`."""
    former = row.former or Former(
        id=row.id, question=row.question, answer=row.answer, verdict=row.verdict, confidence=row.confidence
    )
    passages = [each.id for each in row.evidence]
    changed = replace(
        row,
        id=row_id(question=question, answer=answer, evidence=passages),
        question=question,
        answer=answer,
        former=former,
        rejected=None,
        reviewed="edited",
    )
    return judge(changed)


def judge_of(workspace: Workspace, *, verifier: Verifier | None = None) -> Judge:
    """Return what judges an edited row: the workspace's verifier, with the passages the row rests on beside those it finds."""

    def judged(row: DatasetRow) -> DatasetRow:
        from groundsmith.assay import verifier_of
        from groundsmith.verdict_row import claim_row, evidence_row
        from verify.verifier import Item

        passages = workspace.library.passages_by_id([each.id for each in row.evidence])
        cited = tuple(chain.from_iterable(_evidence(each, passages) for each in row.evidence))
        judge = verifier or verifier_of(workspace, strict=False)
        result = next(
            iter(judge.verify([Item(id=row.id, question=row.question or None, answer=row.answer, cited=cited)]))
        )
        used = {name for verdict in result.verdicts for name in (*verdict.supporting, *verdict.contradicting)}
        found = tuple(evidence_row(each) for each in result.evidence if each.passage_id in used)
        return replace(
            row,
            claims=tuple(claim_row(verdict) for verdict in result.verdicts),
            evidence=found or row.evidence,
            verdict=str(result.label),
            confidence=None if result.confidence is None else round(result.confidence, 4),
            answers=result.answers,
        )

    return judged


def _evidence(each: RowEvidence, passages: Mapping[str, Any]) -> Iterator[Any]:
    """The passage as the library has it now, or else as the row kept it."""
    from verify.evidence import Evidence

    if each.id in passages:
        yield Evidence.of(passages[each.id])
    elif each.text.strip():
        yield Evidence(passage_id=each.id, document_id=each.document or "the row itself", text=each.text)

"""Fact-check a dataset that exists already: a verdict and the evidence for every claim, an annotated copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.errors import RowError

if TYPE_CHECKING:
    from groundsmith.datasets import Dataset, ForeignRow
    from groundsmith.render import Ticker
    from groundsmith.workspace import Workspace
    from verify.verifier import Item, Result, Verifier

WORST = 10
COLUMNS = {
    "groundsmith_verdict": str,
    "groundsmith_confidence": float,
    "groundsmith_reason": str,
    "groundsmith_claims": list,
    "groundsmith_evidence": list,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What came of a fact-check.

    `verdicts` counts rows by label; `share` is the share supported; `worst` are the rows to look at first, as (row, verdict,
    confidence, question, reason); `problems` are rows that could not be read.
    """

    rows: int
    verdicts: tuple[tuple[str, int], ...]
    share: float
    worst: tuple[tuple[int, str, float, str, str], ...]
    problems: tuple[str, ...]
    output: str
    stopped: bool = False


def check_file(
    workspace: Workspace,
    path: Path,
    *,
    output: Path | None,
    contexts: bool,
    question_field: str | None,
    answer_field: str | None,
    stop: Callable[[], bool],
    tick: Ticker,
    verifier: Verifier | None = None,
) -> Tally:
    """Judge every row of a dataset against the library, and its own contexts; write the annotated copy.

    Judged pairs are cached, so a check that was stopped goes on fast when it is started again. Raises UsageError when
    the file is no dataset.
    """
    from groundsmith.assay import verifier_of
    from groundsmith.datasets import Dataset, additions_by_row
    from groundsmith.recognise import Fields

    judge = verifier or verifier_of(workspace, strict=False)
    fields = Fields(question=question_field, answer=answer_field)
    with Dataset(path, fields=fields) as dataset:
        problems: list[str] = []
        judged: list[tuple[ForeignRow, Result]] = []
        for pair in _judged(dataset, judge, contexts=contexts, problems=problems, stop=stop):
            judged.append(pair)
            tick(1, note=f"{pair[1].label}")
        target = output or _beside(path, dataset.ending)
        additions = additions_by_row((row, _columns(result)) for row, result in judged)
        dataset.annotate(target, additions, columns=COLUMNS)
    return _tally(judged, problems, target, stopped=stop())


def _judged(
    dataset: Dataset, judge: Verifier, *, contexts: bool, problems: list[str], stop: Callable[[], bool]
) -> Iterator[tuple[ForeignRow, Result]]:
    """Yield each readable row with its result; rows are read and judged a batch at a time."""
    waiting: dict[str, ForeignRow] = {}

    def items() -> Iterable[Item]:
        for row in dataset:
            if stop():
                return
            if isinstance(row, RowError):
                problems.append(str(row))
                continue
            item = _item(row, contexts=contexts)
            waiting[item.id] = row
            yield item

    for result in judge.verify(items()):
        yield waiting.pop(result.id), result


def _item(row: ForeignRow, *, contexts: bool) -> Item:
    from verify.evidence import Evidence
    from verify.verifier import Item

    cited = [
        Evidence(passage_id=f"row {row.number}, context {place}", document_id=f"row {row.number}", text=text)
        for place, text in enumerate(row.contexts if contexts else (), 1)
        if text.strip()
    ]
    return Item(id=f"{row.number}.{row.part}", question=row.question, answer=row.answer, cited=tuple(cited))


def _columns(result: Result) -> dict[str, Any]:
    from groundsmith.assay import claim_row, evidence_row
    from groundsmith.record import encode

    used = {name for verdict in result.verdicts for name in (*verdict.supporting, *verdict.contradicting)}
    return {
        "groundsmith_verdict": str(result.label),
        "groundsmith_confidence": round(result.confidence, 4) if result.confidence is not None else None,
        "groundsmith_reason": result.reason,
        "groundsmith_claims": [encode(claim_row(verdict)) for verdict in result.verdicts],
        "groundsmith_evidence": [encode(evidence_row(each)) for each in result.evidence if each.passage_id in used],
    }


def _beside(path: Path, ending: str) -> Path:
    if str(path) == "-":
        return Path(f"verified{ending}")
    name = path.name.removesuffix(".gz")
    stem = name[: -len(ending)] if name.endswith(ending) else Path(name).stem
    return Path(f"{stem}.verified{ending}")


_ORDER = ("refuted", "conflicting", "not enough evidence", "supported")


def _tally(judged: list[tuple[ForeignRow, Result]], problems: list[str], output: Path, *, stopped: bool) -> Tally:
    counts = Counter(str(result.label) for _, result in judged)
    ranked = sorted(
        (pair for pair in judged if pair[1].label != "supported"),
        key=lambda pair: (_ORDER.index(str(pair[1].label)), -(pair[1].confidence or 0), pair[0].number),
    )
    return Tally(
        rows=len(judged),
        verdicts=tuple((label, counts[label]) for label in reversed(_ORDER)),
        share=counts["supported"] / len(judged) if judged else 0.0,
        worst=tuple(_worst(row, result) for row, result in ranked[:WORST]),
        problems=tuple(problems),
        output=str(output),
        stopped=stopped,
    )


def _worst(row: ForeignRow, result: Result) -> tuple[int, str, float, str, str]:
    question = " ".join((row.question or row.answer).split())[:100]
    return row.number, str(result.label), round(result.confidence or 0.0, 2), question, result.reason[:160]

"""Diversity, privacy, bias and content in the report, as `groundsmith evaluate` measures them; and what each round added.

All areas are measured on at most `most` rows, drawn evenly over the run, so that a report of a million rows takes no longer than one
of a few thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from groundsmith.panel import Cell, Panel, Table, cells

if TYPE_CHECKING:
    from groundsmith.datasets import ForeignRow
    from groundsmith.evaluation import Evaluation, Measure
    from groundsmith.round_measure import RoundMeasure
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace

MOST: Final = 5_000
"""Rows that are measured, unless another number is asked for."""
LEAST: Final = 3
AREAS: Final = ("diversity", "relevance", "privacy", "bias", "content")
_LEADS: Final = {
    "diversity": "Whether questions and answers differ in words, form and meaning, beside the documents they came from.",
    "relevance": "Whether answers are to their questions.",
    "privacy": "What rows give away: personal data, long passages word for word, marked files and planted strings.",
    "bias": "Whom rows speak of, how evenly conditions are filled, and whether groups are treated alike.",
    "content": "Insults, hate, threats, sexual content, self-harm, instructions to do harm.",
}
EXAMPLES: Final = 5
"""Rows that are named of each area."""


def measured(
    workspace: Workspace, rows: Iterable[DatasetRow], *, total: int, most: int = MOST, tick: Callable[..., None]
) -> Evaluation | None:
    """Return what is found of rows, at most `most` of the `total`; None when there are too few to measure."""
    from groundsmith.evaluation import evaluate
    from groundsmith.evaluation.sources import of_workspace
    from groundsmith.evaluation.tools import tools_of

    if min(total, most) < LEAST:
        return None
    tools = tools_of(workspace.settings, workspace.embedder, of_workspace(workspace), areas=AREAS)
    return evaluate(foreign(spaced(rows, total=total, most=most)), tools=tools, tick=tick)


def spaced(rows: Iterable[DatasetRow], *, total: int, most: int) -> Iterator[DatasetRow]:
    """Yield all rows, or `most` of `total` at even distances."""
    for at, row in enumerate(rows):
        if total <= most or (at + 1) * most // total > at * most // total:
            yield row


def foreign(rows: Iterable[DatasetRow]) -> Iterator[ForeignRow]:
    """Yield rows as evaluation reads them from an exported file, numbered from 1."""
    from groundsmith.datasets import ForeignRow
    from groundsmith.recognise import Fields, recognise

    for number, row in enumerate(rows, start=1):
        raw = row.to_json()
        for part, pair in enumerate(recognise(raw, Fields())):
            yield ForeignRow(
                number=number,
                question=pair.question,
                answer=pair.answer,
                contexts=pair.contexts,
                raw=raw,
                shape=pair.shape,
                part=part,
                topic=pair.topic,
            )


def area_panels(found: Evaluation, *, total: int, most: int, run: str) -> list[Panel]:
    """Return a panel for each area in which something was measured."""
    bound = f" Measured on {most:,} of {total:,} rows, at even distances." if total > most else ""
    panels = [_panel(found, area, run=run, bound=bound) for area in AREAS]
    return [panel for panel in panels if panel.tables]


def _panel(found: Evaluation, area: str, *, run: str, bound: str) -> Panel:
    command = f"groundsmith export --run {run} --output rows.jsonl && groundsmith evaluate rows.jsonl --only {area}"
    mine = [each for each in found.measures if each.area == area]
    tables = [
        _measures(f"{area.capitalize()}: {of}", [each for each in mine if each.of == of], command)
        for of in dict.fromkeys(each.of for each in mine)
    ]
    remarks = [each for each in found.remarks if each.area == area]
    if remarks:
        note = f"The first {EXAMPLES} of {len(remarks):,}." if len(remarks) > EXAMPLES else ""
        rows = tuple(cells(each.row, each.kind, each.detail) for each in remarks[:EXAMPLES])
        columns = ("Row", "Finding", "Detail")
        tables.append(
            Table(
                caption=f"{area.capitalize()}: rows that stand out",
                columns=columns,
                rows=rows,
                command=command,
                note=note,
            )
        )
    said = [f"The questions are {found.verdict}: {'; '.join(found.reasons)}."] if area == "diversity" else []
    flags = [f"{name}: {why}." for name, why in found.flags.items() if name in _FLAGS.get(area, ())]
    return Panel(
        name=area,
        title=area.capitalize(),
        lead=_LEADS[area] + bound,
        tables=tuple(tables),
        text=" ".join([*said, *flags]),
    )


_FLAGS: Final = {
    "relevance": ("relevance",),
    "privacy": ("personal", "sensitive", "canary"),
    "bias": ("bias",),
    "content": ("content",),
}


def _measures(caption: str, measures: list[Measure], command: str) -> Table:
    beside = any(each.reference is not None for each in measures)
    normal = any(each.normal for each in measures)
    columns = ["Measure", "Value", *(["Normal"] if normal else []), *(["Documents"] if beside else [])]
    rows = []
    for each in measures:
        row = [Cell(text=each.name, note=each.meaning), _value(each)]
        row += [Cell(text=each.normal or "–")] if normal else []
        row += [Cell(text="–" if each.reference is None else _number(each.reference))] if beside else []
        rows.append(tuple(row))
    return Table(
        caption=caption,
        columns=tuple(columns),
        rows=tuple(rows),
        right=tuple(range(1, len(columns))),
        command=command,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _value(each: Measure) -> Cell:
    score = each.score
    around = "" if score.low is None or score.high is None else f"{_number(score.low)} to {_number(score.high)}"
    return Cell(text=_number(score.value), note=around, odd=each.odd or each.sign)


ROUNDS: Final = 24
"""Rounds that are shown."""
_ROUND_COLUMNS: Final = (
    "Novelty: rows with a new concept or pair of them. Spread: how far questions are apart. "
    "Nearest: likeness to earlier rounds."
)


def rounds_table(workspace: Workspace, run: str, *, most: int = MOST) -> Table | None:
    """Return what each round of a run added, or each part of a run without rounds; None of a run with more prompts than `most`.

    Of more than ROUNDS the first and the last are shown.
    """
    from groundsmith.round_measure import grown_alike, round_measures

    if workspace.runs.funnel(run).made > most:
        return None
    measures = round_measures(workspace, run)
    if not measures:
        return None
    alike = [f"{number + 1}" for number in grown_alike(measures)]
    note = f"Rows grew alike in round {', '.join(alike)}." if alike else ""
    shown = [_round(number, each) for number, each in enumerate(measures, start=1)]
    if len(shown) > ROUNDS:
        note += f" The first and last {ROUNDS // 2} of {len(shown)}."
    return Table(
        caption="Round by round",
        columns=("Round", "Rows", "Repeats", "New concepts", "Coverage", "Novelty", "Spread", "Nearest"),
        rows=tuple(shown if len(shown) <= ROUNDS else (*shown[: ROUNDS // 2], *shown[-ROUNDS // 2 :])),
        right=tuple(range(1, 8)),
        command=f"groundsmith runs show {run}",
        note=f"{_ROUND_COLUMNS} {note}".strip(),
    )


def _round(number: int, each: RoundMeasure) -> tuple[Cell, ...]:
    def score(value: float | None) -> str | None:
        return None if value is None else f"{value:.2f}"

    return cells(
        number,
        each.rows,
        each.duplicates,
        each.concepts,
        f"{each.coverage:.1%}",
        f"{each.novelty:.0%}",
        score(each.spread),
        score(each.nearest),
    )

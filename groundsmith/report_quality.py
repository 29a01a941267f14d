"""Quality and calibration in the report: verdicts, how sure the judge is, how often it is right, and what people decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from groundsmith.panel import Cell, Drawing, Panel, Table, cells

if TYPE_CHECKING:
    from groundsmith.calibrating import Fitted
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace
    from verify.agreement import Agreement

BINS = 10
FEW = 100
"""Labelled rows below which a calibration is called a first look."""


class Quality:
    """Counts verdicts, claims and confidence of rows that stream past."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._claims: Counter[str] = Counter()
        self._confidence = [0] * BINS
        self._unsure = 0

    def add(self, row: DatasetRow) -> None:
        """Count a row."""
        self._rows[row.verdict] += 1
        self._claims.update(claim.verdict for claim in row.claims)
        if row.confidence is None:
            self._unsure += 1
        else:
            self._confidence[min(BINS - 1, max(0, int(row.confidence * BINS)))] += 1

    def tables(self, command: str) -> list[Table]:
        """Return verdicts of rows and claims, and how confidence is spread."""
        return [
            _counted("Verdicts of the rows that passed", self._rows, command),
            _counted("Verdicts of their claims", self._claims, command),
            self._spread(command),
        ]

    def _spread(self, command: str) -> Table:
        total = sum(self._confidence)
        first = next((at for at, count in enumerate(self._confidence) if count), BINS)
        shown = list(range(first, BINS))
        note = f"{self._unsure:,} rows have no confidence." if self._unsure else ""
        return Table(
            caption="How sure the judge is of the rows that passed",
            columns=("Confidence", "Rows", "Share"),
            rows=tuple(
                cells(
                    f"{at / BINS:.1f} to {(at + 1) / BINS:.1f}",
                    self._confidence[at],
                    _share(self._confidence[at], total),
                )
                for at in shown
            ),
            right=(1, 2),
            bars=tuple(self._confidence[at] / max(1, max(self._confidence)) for at in shown),
            command=command,
            note=note,
        )


def _counted(caption: str, counts: Counter[str], command: str) -> Table:
    total = counts.total()
    return Table(
        caption=caption,
        columns=("Verdict", "Count", "Share"),
        rows=tuple(cells(name, count, _share(count, total)) for name, count in counts.most_common()),
        right=(1, 2),
        bars=tuple(count / max(1, total) for _, count in counts.most_common()),
        command=command,
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def quality_panel(workspace: Workspace, run: str, quality: Quality, command: str) -> Panel:
    """Return the panel of a run's quality; `command` prints the counts of its rows."""
    fitted, problem = _fitted(workspace)
    tables, drawings = quality.tables(command), []
    if fitted is not None:
        tables.append(_calibration(fitted))
        drawings.append(_reliability(fitted))
    reviews = _reviews(workspace, run)
    tables += reviews
    text = " ".join([*_missing(fitted, problem), *(() if reviews else (_NO_REVIEWS,))])
    return Panel(
        name="quality",
        title="Quality and calibration",
        lead="What the judge said, how sure it was, and how often people found it right.",
        tables=tuple(tables),
        drawings=tuple(drawings),
        text=text,
    )


_NO_REVIEWS = (
    "Nobody has reviewed rows of this run, so nothing here is a person's judgement; groundsmith review asks for it."
)


def _missing(fitted: Fitted | None, problem: str) -> tuple[str, ...]:
    if fitted is not None:
        return ()
    why = (
        f"The calibration cannot be read ({problem})." if problem else "The judge was not calibrated in this workspace."
    )
    return (
        f"{why} Confidence is as the model gives it, not a measured chance of being right; see groundsmith calibrate.",
    )


def _fitted(workspace: Workspace) -> tuple[Fitted | None, str]:
    from groundsmith.calibrating import Store
    from knowledge.errors import RowError

    try:
        return Store(workspace.state).read(), ""
    except RowError as error:
        return None, str(error)


def _calibration(fitted: Fitted) -> Table:
    promised, data = fitted.guarantee, fitted.data
    threshold = "none" if promised.threshold is None else f"{promised.threshold:.2f}"
    rows = (
        cells("labelled rows", data.rows),
        cells("of these right", f"{data.right:,} ({_share(data.right, data.rows)})"),
        (
            Cell(text="expected calibration error", note="rows held out; 0 is best"),
            Cell(text=f"{fitted.calibration_error:.3f}"),
        ),
        (
            Cell(
                text="certified threshold", note=f"at most {promised.error:.0%} wrong, {promised.confidence:.0%} sure"
            ),
            Cell(text=threshold),
        ),
        cells("passed there", promised.passed),
        cells("wrong among these", promised.wrong),
        cells(f"upper bound of their share at {promised.confidence:.0%}", f"{promised.bound:.3f}"),
    )
    return Table(
        caption=f"Calibration on {_named(fitted)}, {fitted.created[:10]}",
        columns=("Measure", "Value"),
        rows=rows,
        right=(1,),
        command=_again(fitted),
        note=f"Fitted for the judge {fitted.judge.model}.{_few(data.rows)}",
    )


def _named(fitted: Fitted) -> str:
    """Return what a calibration was fitted on, in words."""
    from groundsmith.review_labels import FILE

    return "what people decided" if fitted.data.name == FILE else fitted.data.name


def _again(fitted: Fitted) -> str:
    """Return the command that makes a calibration again."""
    from groundsmith.review_labels import FILE

    promised = fitted.guarantee
    file = "" if fitted.data.name == FILE else f" {fitted.data.name}"
    return f"groundsmith calibrate{file} --error {promised.error:g} --confidence {promised.confidence:g}"


def _few(rows: int) -> str:
    """Say so where a calibration rests on few rows."""
    return f" {rows:,} rows are few: take its figures as a first look." if rows < FEW else ""


def _reliability(fitted: Fitted) -> Drawing:
    from groundsmith.diagram import HEIGHT, WIDTH, reliability_diagram

    drawn = reliability_diagram(fitted.bins)
    return Drawing(
        kind="plot",
        title=drawn.title,
        description=drawn.description,
        body=drawn.body,
        width=WIDTH,
        height=HEIGHT,
        command=f"{_again(fitted)} --plot reliability.svg",
        note="Dots on the dashed line: of rows given 0.9, nine in ten are right. A dot is as large as it has rows; small ones say little.",
    )


def _reviews(workspace: Workspace, run: str) -> list[Table]:
    """What people decided of the run's rows, and how far they agree."""
    from groundsmith.review_store import ReviewStore
    from groundsmith.standing import decisions, standings

    events = decisions(ReviewStore(workspace.database).standing(run))
    if not events:
        return []
    command = f"groundsmith review --run {run} --status"
    outcomes = Counter(each.outcome for each in standings(events).values())
    people = {each.reviewer for each in events}
    found = Table(
        caption=f"What {len(people)} reviewer{'s' if len(people) > 1 else ''} decided",
        columns=("Decision", "Count", "Share"),
        rows=tuple(cells(name, count, _share(count, outcomes.total())) for name, count in outcomes.most_common()),
        right=(1, 2),
        bars=tuple(count / outcomes.total() for _, count in outcomes.most_common()),
        command=command,
    )
    agreed = _agreement((each.reviewer, each.row, each.kind) for each in events if each.lane)
    return [found, *([_agreement_table(agreed, command)] if agreed.units else [])]


def _agreement(labels: Iterable[tuple[str, str, str]]) -> Agreement:
    from verify.agreement import agreement

    found: dict[str, dict[str, str]] = {}
    for reviewer, row, kind in labels:
        found.setdefault(reviewer, {})[row] = kind
    return agreement(found)


def _agreement_table(agreed: Agreement, command: str) -> Table:
    def score(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    rows: Sequence[tuple[Cell, ...]] = [
        cells(f"{each.first} and {each.second}", each.units, f"{each.agreed:.1%}", score(each.kappa))
        for each in agreed.pairs
    ]
    return Table(
        caption="How far blind reviewers agree",
        columns=("Reviewers", "Rows", "Agreed", "Cohen's kappa"),
        rows=tuple(rows),
        right=(1, 2, 3),
        command=command,
        note=f"Krippendorff's alpha over {agreed.units:,} rows: {score(agreed.alpha)}; 1 is full agreement, 0 chance.",
    )

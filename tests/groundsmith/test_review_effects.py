"""What decisions change: the calibration and its threshold, the examples shown to a model, and the exported rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scripted
from reviewing import queue, shown
from typer.testing import CliRunner

from groundsmith.calibrating import Store, calibrate_reviews, fitted_on
from groundsmith.cli import app
from groundsmith.exemplars import Exemplars
from groundsmith.labelling import Columns
from groundsmith.review_labels import labelled_reviews
from groundsmith.reviews import ReviewQueue
from groundsmith.row import DatasetRow
from groundsmith.standing import reviewed_run
from groundsmith.workspace import Workspace
from knowledge.errors import UsageError
from verify.calibration import Labelled
from verify.nli import LexicalEntailment
from verify.verifier import Verifier


def decided(review: ReviewQueue, number: int) -> None:
    """Decide on the next rows by the scripted model's own secret: its wrong answers are of elephants."""
    for _ in range(number):
        offer = review.next()
        assert offer is not None
        choice = "reject" if "elephants" in offer.row.answer else "accept"
        review.decide(offer.id, choice, reason="wrong", seconds=10, seen_version=offer.version)


@pytest.fixture
def many_rows(reviewed_place: Workspace) -> Workspace:
    """The workspace with more rows than are reviewed, whatever the judge makes of them."""
    scripted.run(reviewed_place, 45)
    return reviewed_place


def test_a_calibration_is_fitted_on_what_people_decided(many_rows: Workspace) -> None:
    review = queue(many_rows, rows=60)
    with pytest.raises(UsageError, match="0 reviewed rows tell about the judge, 20 are needed"):
        calibrated(many_rows)
    decided(review, 60)
    done = calibrated(many_rows)
    drawn = review.progress().drawn
    assert done.fitted is not None
    assert done.fitted.data.rows == review.progress().labels == 60
    assert done.fitted.guarantee.labels == drawn < 60
    assert Store(many_rows.state).read() == done.fitted


def calibrated(workspace: Workspace):
    return calibrate_reviews(
        workspace,
        error=0.1,
        confidence=0.9,
        columns=Columns(),
        stop=lambda: False,
        tick=scripted.silent,
        verifier=Verifier(LexicalEntailment(), relevance=False, cited_only=True),
    )


def test_more_decisions_change_the_threshold(many_rows: Workspace) -> None:
    review = queue(many_rows, rows=70, strategy="random")
    decided(review, 20)
    few = review.guarantee(error=0.2, confidence=0.9)
    decided(review, 50)
    more = review.guarantee(error=0.2, confidence=0.9)
    assert few is not None
    assert more is not None
    assert (few.labels, more.labels) == (20, 70)
    assert few.threshold is None
    assert more.threshold is not None


def test_chosen_rows_fit_but_do_not_promise() -> None:
    drawn = [Labelled(score=0.9, right=True) for _ in range(30)]
    chosen = [Labelled(score=0.9, right=False, drawn=False) for _ in range(30)]
    made = fitted_on(drawn + chosen, error=0.1, confidence=0.9, name="x", digest="", judge=None)  # type: ignore[arg-type]
    assert (made.data.rows, made.guarantee.labels, made.guarantee.wrong) == (60, 30, 0)


def test_what_says_nothing_of_the_judge_is_left_out(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place, rows=60)
    review.decide(shown(review), "reject", reason="style")
    review.decide(shown(review), "accept")
    lines = labelled_reviews(reviewed_place).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["label"] for line in lines] == [True]


def test_accepted_rows_are_the_examples_and_rejected_ones_never(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place, rows=1000)
    run = review.pile.id
    kept = list(reviewed_place.runs.kept(run))
    assert shown_questions(reviewed_place, run) == {row.question for row in kept}
    review.decide(kept[3].id, "reject", reason="wrong")
    assert kept[3].question not in shown_questions(reviewed_place, run)
    review.decide(kept[0].id, "accept")
    review.decide(kept[1].id, "edit", answer="Within 30 days.", reason="style")
    assert shown_questions(reviewed_place, run) == {kept[0].question, kept[1].question}


def shown_questions(workspace: Workspace, run: str) -> set[str]:
    """The questions of the examples that later prompts of the run may be shown."""
    with scripted.opened(workspace.root, demonstrations__selection="random", demonstrations__number="2") as place:
        exemplars = Exemplars(place.settings)
        exemplars.verified = lambda ordinal: reviewed_run(place, run, before=ordinal)
        exemplars.prepare([_Later()])  # type: ignore[list-item]
        return {each.question for each in exemplars._pool}


class _Later:
    """A planned item after all others."""

    ordinal = 10**6


def exported(place: Path, *options: str) -> list[DatasetRow]:
    output = place / "rows.jsonl"
    found = CliRunner().invoke(app, ["export", "-w", str(place), "--format", "jsonl", "-o", str(output), *options])
    assert found.exit_code == 0, found.output
    return [DatasetRow.from_json(json.loads(line)) for line in output.read_text(encoding="utf-8").splitlines()]


def test_export_writes_rows_as_people_left_them(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place, rows=1000)
    kept = list(reviewed_place.runs.kept(review.pile.id))
    review.decide(kept[0].id, "accept")
    review.decide(kept[1].id, "reject", reason="wrong")
    review.decide(kept[2].id, "edit", answer="Within 30 days.", reason="style")
    rows = exported(reviewed_place.root)
    assert rows[0].reviewed == "accepted"
    assert kept[1].id not in {row.id for row in rows}
    assert [row.answer for row in rows if row.reviewed == "edited"] == ["Within 30 days."]
    refused = {row.id: row for row in exported(reviewed_place.root, "--rejected")}
    assert refused[kept[1].id].rejected == "reviewed: wrong"
    assert refused[kept[1].id].reviewed == "rejected"


def test_the_command_reviews_by_lines_and_says_how_far_it_is(reviewed_place: Workspace) -> None:
    runner = CliRunner()
    words = ["review", "-w", str(reviewed_place.root), "--reviewer", "ann", "--rows", "8"]
    found = runner.invoke(app, words, input="a\nr wrong\ns\nu\na\nx\nq\n")
    assert found.exit_code == 0, found.output
    assert "Judge     " in found.output
    assert "taken back: skip" in found.output
    status = json.loads(runner.invoke(app, [*words, "--status", "--json"]).stdout)
    assert (status["accepted"], status["rejected"], status["left"], status["reviewer"]) == (2, 1, 5, "ann")
    blind = runner.invoke(app, [*words, "--blind"], input="q\n")
    assert "Judge     " not in blind.output
    assert runner.invoke(app, [*words, "--strategy", "gut"]).exit_code != 0


def test_no_document_steers_the_terminal(reviewed_place: Workspace) -> None:
    from groundsmith.review_terminal import printable

    assert printable("a\x1b[2J\x07b\nc\u202ed") == "a[2Jb\ncd"


def passed_of(report: str) -> str:
    """Return the section of a report that shows the rows that passed."""
    return report.split('<section id="kept"')[1].split("<section")[0]


def test_report_and_coverage_leave_out_what_people_rejected(reviewed_place: Workspace) -> None:
    from groundsmith.covered import dataset_coverage
    from groundsmith.findings import run_report

    review = queue(reviewed_place, rows=1000)
    kept = list(reviewed_place.runs.kept(review.pile.id))
    told = next(row.question for row in kept if row.level < 3)
    assert dataset_coverage(reviewed_place, None).coverage.samples == 30
    assert told in passed_of(run_report(reviewed_place, review.pile.id))
    for row in kept[:-2]:
        review.decide(row.id, "reject", reason="wrong")
    assert dataset_coverage(reviewed_place, None).coverage.samples == 2
    report = run_report(reviewed_place, review.pile.id)
    assert told not in passed_of(report)
    assert "reviewed: wrong" in report

"""The judge of a workspace, calibrated on labelled rows: labels read, scores taken, fitted, stored, used and refused."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from groundsmith.assay import judge_name, verifier_of
from groundsmith.calibrating import (
    FILE,
    CalibratedVerifier,
    Fitted,
    Judge,
    Store,
    calibrate_file,
    fitted_on,
    in_force,
)
from groundsmith.cli import app
from groundsmith.commands.calibration import promise
from groundsmith.diagram import drawing, page, precision_recall_diagram, reliability_diagram
from groundsmith.labelling import Columns, recorded_score
from groundsmith.labels import label_of
from groundsmith.workspace import Workspace
from knowledge.errors import RowError, UsageError
from verify.calibration import Calibration, Labelled
from verify.evidence import Evidence
from verify.nli import LexicalEntailment
from verify.verdict import STRICT, Label
from verify.verifier import Item, Verifier

PASSAGE = "A tenant may use the laundry room of the building between 07:00 and 21:00."
WRONG = "Bicycles are kept in the cellar of the northern tower under a blue tarpaulin."


def silent(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    """Take no notice of progress."""


@pytest.fixture
def workspace(tmp_path: Path):
    with Workspace.create(tmp_path / "place", environment={}) as opened:
        yield opened


def rows(count: int = 200) -> list[dict[str, object]]:
    draw = random.Random(1)
    right = [draw.random() < 0.7 for _ in range(count)]
    return [
        {
            "question": None,
            "answer": PASSAGE if each else WRONG,
            "evidence": [PASSAGE],
            "supported": each,
            "class": "hours" if number % 2 else "cellar",
        }
        for number, each in enumerate(right)
    ]


def written(folder: Path, found: list[dict[str, object]], *torn: str) -> Path:
    path = folder / "labelled.jsonl"
    path.write_text("".join([*(json.dumps(row) + "\n" for row in found), *(line + "\n" for line in torn)]))
    return path


def calibrated(workspace: Workspace, path: Path, **changes):
    options = {
        "error": 0.05, "confidence": 0.95, "columns": Columns(), "stop": lambda: False, "tick": silent,
        "verifier": Verifier(LexicalEntailment(), relevance=False), **changes,
    }  # fmt: skip
    return calibrate_file(workspace, path, **options)


def stored(workspace: Workspace, name: str, *, threshold_rows: int = 200, **changes: object) -> Fitted:
    """Keep a calibration as if it were made with the workspace's own judge."""
    found = [Labelled(score=0.8, right=True)] * threshold_rows + [Labelled(score=0.2, right=False)] * 50
    fitted = fitted_on(
        found, error=0.05, confidence=0.95, name="x", digest="0", judge=replace(Judge.of(workspace, name), **changes)
    )
    Store(workspace.state).write(fitted)
    return fitted


@pytest.mark.parametrize("word", [True, 1, 1.0, "true", " TRUE ", "Supported", "yes", "entailed", "1.0"[:1], "keep"])
def test_words_for_right(word: object) -> None:
    assert label_of({"label": word}) is True


@pytest.mark.parametrize(
    "word", [False, 0, "no", "not_supported", "Not Supported", "NOT ENOUGH INFO", "refuted", "hallucinated"]
)
def test_words_for_wrong(word: object) -> None:
    assert label_of({"Is Supported": word}) is False


def test_labels_that_are_not_there_or_not_known() -> None:
    assert label_of({"label": None}) is None
    assert label_of({"label": " "}) is None
    assert label_of({"label": [True, "no"]}, part=1) is False
    assert label_of({"label": [True]}, part=1) is None
    with pytest.raises(RowError, match="'perhaps' in 'label' is not known; write true or false"):
        label_of({"label": "perhaps"})
    with pytest.raises(RowError, match="--label-column"):
        label_of({"question": "q"})
    with pytest.raises(RowError, match="no column 'mark'"):
        label_of({"label": True}, "mark")


def test_recorded_scores_are_those_of_the_claims() -> None:
    claims = [{"verdict": "supported", "entailment": 0.9}, {"verdict": "not enough evidence", "entailment": 0.4}]
    assert recorded_score({"claims": claims, "confidence": 0.1}) == 0.4
    assert recorded_score({"groundsmith_claims": json.dumps(claims[:1])}) == 0.9
    assert recorded_score({"claims": [{"verdict": "refuted", "entailment": 0.9}]}) == 0.0
    assert recorded_score({"claims": []}) is None
    assert recorded_score({"groundsmith_claims": [claims, claims[:1]]}, part=1) == 0.9
    assert recorded_score({"verdict": "not enough evidence", "confidence": 0.75}) == 0.25
    assert recorded_score({"confidence": "0.8"}) == 0.8
    with pytest.raises(RowError, match="leave out --recorded"):
        recorded_score({"answer": "a"})
    with pytest.raises(RowError, match="not a number from 0 to 1"):
        recorded_score({"confidence": "high"})
    with pytest.raises(RowError, match="no JSON"):
        recorded_score({"claims": "[torn"})


def test_labelled_rows_are_judged_fitted_and_kept(workspace: Workspace, tmp_path: Path) -> None:
    extra = [
        {"answer": PASSAGE, "supported": None, "class": "hours"},
        {"answer": "Hello!", "supported": True, "class": "hours"},
        {"answer": PASSAGE, "supported": True},
    ]
    path = written(tmp_path, [*rows(), *extra])
    done = calibrated(workspace, path, columns=Columns(by="class"))
    fitted = done.fitted
    assert fitted is not None
    assert (done.unlabelled, done.unjudged) == (1, 1)
    (problem,) = done.problems
    assert problem.startswith("row 203: there is no column 'class' for --by")
    assert fitted.data.rows == 200
    assert fitted.guarantee.holds
    assert fitted.guarantee.wrong == 0
    assert fitted.calibration_error < 0.05
    assert [(each.name, each.rows) for each in fitted.classes] == [("cellar", 100), ("hours", 100)]
    assert sum(each.passed for each in fitted.classes) == fitted.guarantee.passed
    assert Store(workspace.state).read() == fitted
    assert (fitted.judge.model, fitted.created[:2]) == ("lexical", "20")


def test_a_table_of_columns_is_read(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "labelled.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["claim text", "evidence", "verdict of Ann"])
        table.writerows([row["answer"], PASSAGE, "yes" if row["supported"] else "no"] for row in rows(60))
    done = calibrated(workspace, path, columns=Columns(label="verdict of Ann", answer="claim text"))
    assert done.fitted is not None
    assert done.fitted.data.rows == 60
    assert not done.fitted.guarantee.holds
    assert done.fitted.guarantee.missing
    assert "more labels are needed" in promise(done.fitted.guarantee)


def test_too_few_labels_are_refused_with_the_first_problem(workspace: Workspace, tmp_path: Path) -> None:
    path = written(tmp_path, [{"answer": PASSAGE, "supported": "perhaps"}, *rows(5)])
    with pytest.raises(UsageError, match=r"5 labelled rows .* 20 are needed.*row 1: the label 'perhaps'"):
        calibrated(workspace, path)
    assert Store(workspace.state).read() is None


def test_stopping_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    before = stored(workspace, "lexical")
    assert calibrated(workspace, written(tmp_path, rows()), stop=lambda: True).fitted is None
    assert Store(workspace.state).read() == before


def test_a_citation_that_is_not_in_the_library_is_a_problem(workspace: Workspace, tmp_path: Path) -> None:
    path = written(tmp_path, [*rows(30), {"answer": PASSAGE, "evidence": ["p_0123456789abcdef"], "supported": True}])
    (problem,) = calibrated(workspace, path).problems
    assert problem == "row 31: it cites passage p_0123456789abcdef, which is not in the library; ingest its document"


def test_recorded_scores_need_no_judge(workspace: Workspace, tmp_path: Path) -> None:
    found = [
        {"answer": "a", "label": number % 4 > 0, "confidence": 0.9 if number % 4 else 0.1} for number in range(400)
    ]
    done = calibrated(workspace, written(tmp_path, found), recorded=True)
    assert done.fitted is not None
    assert done.fitted.guarantee.passed == 300


def test_the_verifier_reports_with_what_is_stored(workspace: Workspace) -> None:
    plain = verifier_of(workspace, strict=True)
    assert plain.thresholds == STRICT
    fitted = stored(workspace, plain.model.name)
    judge = verifier_of(workspace, strict=True)
    assert judge.thresholds.support == fitted.guarantee.threshold == pytest.approx(0.21)
    assert judge_name(judge) != judge_name(plain)
    assert fitted.id in judge_name(judge)
    assert verifier_of(workspace, strict=False, calibrated=False).thresholds.support == 0.5


def test_confidence_is_the_calibrated_probability() -> None:
    items = [
        Item(id="1", answer=answer, cited=(Evidence(passage_id="p", document_id="d", text=PASSAGE),))
        for answer in (PASSAGE, WRONG, "Hello!")
    ]
    judge = CalibratedVerifier(LexicalEntailment(), relevance=False)
    before = list(judge.verify(items))
    judge.fitted = fitted_on(
        [Labelled(score=0.5, right=True)], error=0.1, confidence=0.9, name="x", digest="0",
        judge=Judge(model="lexical", verifier=1, rules=True, passages=4, contradiction=0.7),
    )  # fmt: skip
    judge.fitted = replace(judge.fitted, calibration=Calibration(method="isotonic", knots=((0.0, 0.1), (1.0, 0.8))))
    right, wrong, nothing = judge.verify(items)
    assert right.label is Label.SUPPORTED
    assert right.confidence == pytest.approx(0.8, abs=0.02)
    assert wrong.confidence == pytest.approx(0.9, abs=0.05)
    assert nothing.confidence is None
    assert [each.label for each in before] == [right.label, wrong.label, nothing.label]
    assert before[0].verdicts == right.verdicts


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "another"}, "entailment model another"),
        ({"verifier": 0}, "verifier version 0"),
        ({"passages": 9}, "verification.passages 9"),
        ({"rules": False}, "verification.rules False"),
        ({"evidence": "cited"}, "evidence from cited"),
    ],
)
def test_a_calibration_of_another_judge_is_refused(workspace: Workspace, capsys, changes, told: str) -> None:
    stored(workspace, "lexical", **changes)
    assert in_force(workspace, "lexical") is None
    said = capsys.readouterr().err
    assert told in said
    assert "is not used" in said
    assert "groundsmith calibrate FILE" in said


@pytest.mark.parametrize("content", ["{torn", "[]", '{"format": 99}', '{"format": 1}'])
def test_a_damaged_calibration_is_refused(workspace: Workspace, capsys, content: str) -> None:
    (workspace.state / FILE).write_text(content)
    assert in_force(workspace, "lexical") is None
    assert "warning: the calibration is not used" in capsys.readouterr().err


def test_it_can_be_switched_off_and_an_explicit_threshold_wins(workspace: Workspace, capsys) -> None:
    model = verifier_of(workspace, strict=False).model.name
    stored(workspace, model)
    for override, support in (("verification.calibration=off", 0.5), ("verification.threshold=0.9", 0.9)):
        name, _, value = override.partition("=")
        with Workspace.open(workspace.root, environment={}, overrides={name: value}) as place:
            assert verifier_of(place, strict=False).thresholds.support == support
    assert capsys.readouterr().err == ""


def test_an_uncertified_calibration_leaves_the_threshold(workspace: Workspace) -> None:
    model = verifier_of(workspace, strict=False).model.name
    assert not stored(workspace, model, threshold_rows=30).guarantee.holds
    judge = verifier_of(workspace, strict=False)
    assert judge.thresholds.support == 0.5
    assert isinstance(judge, CalibratedVerifier)
    assert judge.fitted is not None


def test_drawings_stand_alone_and_hold_text_as_text(workspace: Workspace) -> None:
    fitted = stored(workspace, "lexical")
    diagrams = [reliability_diagram(fitted.bins), precision_recall_diagram(fitted.curve, threshold=0.5)]
    root = ElementTree.fromstring(drawing(diagrams))
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text == "Reliability, Precision and recall"
    assert "0.500" in root.find(f"{space}desc").text
    assert len(root.findall(f".//{space}polyline")) == 2
    html = page(diagrams, title="T", text="<b>x</b>", table=[("class",), ("<script>",)])
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "http-equiv" in html
    assert ElementTree.fromstring(drawing([reliability_diagram(()), precision_recall_diagram((), threshold=None)]))


def test_the_command_with_the_shipped_model(tmp_path: Path) -> None:
    with Workspace.create(tmp_path, environment={}):
        path = written(tmp_path, rows(40), '{"torn')
    words = [
        "calibrate",
        str(path),
        "--workspace",
        str(tmp_path),
        "--error",
        "0.3",
        "--confidence",
        "0.8",
        "--by",
        "class",
    ]
    runner = CliRunner()
    done = runner.invoke(app, [*words, "--plot", str(tmp_path / "plot.svg"), "--json"])
    data = json.loads(done.stdout)
    assert data["fitted"]["guarantee"]["threshold"] is not None
    assert data["fitted"]["judge"]["model"].startswith("onnx:")
    assert (data["problems"][0].partition(":")[0], done.exit_code) == ("row 41", 1)
    ElementTree.parse(tmp_path / "plot.svg")
    shown = runner.invoke(app, [*words, "--plot", str(tmp_path / "plot.html")])
    assert "By document class" in shown.output
    assert "certified at threshold" in shown.output
    assert "<svg" in (tmp_path / "plot.html").read_text()
    with Workspace.open(tmp_path, environment={}) as place:
        judge = verifier_of(place, strict=False)
        assert judge.thresholds.support == data["fitted"]["guarantee"]["threshold"]


def test_a_plot_needs_a_known_ending(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["calibrate", "x.jsonl", "--plot", str(tmp_path / "plot.png")])
    assert isinstance(done.exception, UsageError)
    assert ".html or .svg" in str(done.exception)

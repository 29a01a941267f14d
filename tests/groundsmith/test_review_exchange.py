"""A review sent out and brought back, in each format; the formats as the tools themselves read them."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from reviewing import judged, queue, shown

from groundsmith.review_exchange import entries, export_review, labelling_interface
from groundsmith.review_import import import_review
from groundsmith.reviews import ReviewQueue
from groundsmith.workspace import Workspace
from knowledge.errors import UsageError


def taken(workspace: Workspace, path: Path, *, reviewer: str = "ann", blind: bool = False):
    def queue_for(name: str, unseen: bool) -> ReviewQueue:
        return ReviewQueue(workspace, reviewer=name, blind=unseen, rows=6, judge=judged)

    return import_review(path, queue_for, reviewer=reviewer, blind=blind)


def filled(path: Path, *rows: dict[str, str]) -> None:
    """Fill in cells of the first rows of an exported CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    for cells, new in zip(read, rows, strict=False):
        cells.update(new)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(read[0]))
        writer.writeheader()
        writer.writerows(read)


def test_a_spreadsheet_goes_out_and_comes_back(reviewed_place: Workspace, tmp_path: Path) -> None:
    review, path = queue(reviewed_place, rows=6), tmp_path / "review.csv"
    assert export_review(review, path) == 6
    first = next(entry.id for entry in entries(review))
    filled(
        path,
        {"choice": "accepted", "seconds": "12"},
        {"choice": "reject", "reason": "wrong"},
        {"choice": "edit", "new_answer": "Within 30 days."},
        {"choice": "reject"},
    )
    found = taken(reviewed_place, path)
    assert (found.decided, found.same, found.empty) == (3, 0, 2)
    assert len(found.problems) == 1
    assert "line 5: a rejection needs a reason" in found.problems[0]
    assert review.standings()[first].outcome == "accepted"
    done = review.progress()
    assert (done.accepted, done.rejected, done.edited) == (1, 1, 1)
    again = taken(reviewed_place, path)
    assert (again.decided, again.same) == (0, 3)


def test_a_row_decided_meanwhile_is_a_conflict(reviewed_place: Workspace, tmp_path: Path) -> None:
    review, path = queue(reviewed_place, rows=6), tmp_path / "review.csv"
    export_review(review, path)
    filled(path, {"choice": "accept", "reviewer": "bob"})
    row = shown(review)
    review.decide(row, "reject", reason="wrong")
    found = taken(reviewed_place, path)
    assert found.decided == 0
    assert "line 2: conflict: row" in found.problems[0]
    assert review.standings()[row].outcome == "rejected"


def test_people_who_share_a_file_out_among_them_share_one_queue(reviewed_place: Workspace, tmp_path: Path) -> None:
    review, path = queue(reviewed_place, rows=6), tmp_path / "review.csv"
    review.decide(shown(review), "accept")
    export_review(review, path)
    filled(path, {}, {"choice": "accept", "reviewer": "bob"}, {"choice": "accept"})
    found = taken(reviewed_place, path, reviewer="cy")
    assert (found.decided, found.same) == (2, 1)
    assert review.progress().done == 3


def test_no_cell_is_a_formula(reviewed_place: Workspace, tmp_path: Path) -> None:
    review, path = queue(reviewed_place, rows=6), tmp_path / "review.csv"
    row = shown(review)
    review.decide(row, "edit", answer="=1+1 is two", reason="wrong")
    export_review(review, path)
    assert "'=1+1 is two" in path.read_text(encoding="utf-8")
    assert taken(reviewed_place, path).same == 1


def test_label_studio_gets_tasks_and_gives_annotations(reviewed_place: Workspace, tmp_path: Path) -> None:
    review, path = queue(reviewed_place, rows=6), tmp_path / "tasks.json"
    assert export_review(review, path) == 6
    tasks = json.loads(path.read_text(encoding="utf-8"))
    interface = ET.fromstring(path.with_suffix(".xml").read_text(encoding="utf-8"))
    wanted = {each.get("value", "").removeprefix("$") for each in interface.iter("Text")}
    assert wanted <= set(tasks[0]["data"])
    for number, task in enumerate(tasks[:4]):
        task["annotations"] = [_annotated("ann", "accept"), _annotated("bob", "reject" if number == 0 else "accept")]
    tasks[4]["annotations"] = [{**_annotated("ann", "reject"), "was_cancelled": True}]
    path.write_text(json.dumps(tasks), encoding="utf-8")
    found = taken(reviewed_place, path)
    assert (found.decided, found.empty, found.problems) == (8, 2, ())
    agreed = review.agreement()
    assert agreed.people == ("ann@example.org", "bob@example.org")
    assert agreed.pairs[0].agreed == 0.75
    assert taken(reviewed_place, path).same == 8


def _annotated(person: str, choice: str) -> dict[str, object]:
    said = [("choice", "choices", choice), ("reason", "choices", "wrong")]
    result = [{"from_name": n, "to_name": "answer", "type": t, "value": {"choices": [v]}} for n, t, v in said]
    return {"completed_by": {"id": 1, "email": f"{person}@example.org"}, "lead_time": 21.5, "result": result}


def test_argilla_gets_a_folder_and_gives_responses(reviewed_place: Workspace, tmp_path: Path) -> None:
    review, folder = queue(reviewed_place, rows=6), tmp_path / "argilla"
    assert export_review(review, folder) == 6
    settings = json.loads((folder / ".argilla" / "settings.json").read_text(encoding="utf-8"))
    records = json.loads((folder / "records.json").read_text(encoding="utf-8"))
    assert {each["name"] for each in settings["fields"]} == set(records[0]["fields"])
    assert {"choice", "new_answer"} <= {each["name"] for each in settings["questions"]}
    records[0]["responses"] = {
        "choice": [{"value": "edit", "user_id": "u1"}],
        "new_answer": [{"value": "Within 30 days.", "user_id": "u1"}],
    }
    records[1]["responses"] = {"choice": [{"value": "accept", "user_id": "u1", "status": "draft"}]}
    (folder / "records.json").write_text(json.dumps(records), encoding="utf-8")
    found = taken(reviewed_place, folder)
    assert (found.decided, found.empty) == (1, 5)
    edited = review.standings()[records[0]["id"]].decision
    assert edited.reviewer == "u1"
    assert edited.edited is not None
    assert edited.edited.answer == "Within 30 days."


def test_blind_files_tell_no_verdict(reviewed_place: Workspace, tmp_path: Path) -> None:
    review = queue(reviewed_place, rows=6, blind=True)
    export_review(review, tmp_path / "blind.json")
    export_review(review, tmp_path / "blind")
    tasks = json.loads((tmp_path / "blind.json").read_text(encoding="utf-8"))
    records = json.loads((tmp_path / "blind" / "records.json").read_text(encoding="utf-8"))
    assert not any("predictions" in task for task in tasks)
    assert not any(record["suggestions"] or "verdict" in record["metadata"] for record in records)


def test_rows_are_written_as_people_left_them(reviewed_place: Workspace, tmp_path: Path) -> None:
    review, path = queue(reviewed_place, rows=6), tmp_path / "rows.jsonl"
    gone = shown(review)
    review.decide(gone, "reject", reason="wrong")
    review.decide(shown(review), "edit", answer="Within 30 days.")
    export_review(review, path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert gone not in {row["id"] for row in rows}
    assert [row["answer"] for row in rows if row["reviewed"]] == ["Within 30 days."]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "id,answer\n", "has no column choice"),
        ("a.json", "{", "is neither CSV nor JSON"),
        ("a.json", '{"a": 1}', "must be a list of records"),
        ("none.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_review_is_named(
    reviewed_place: Workspace, tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message) as caught:
        taken(reviewed_place, path)
    assert str(path) in str(caught.value)


def test_an_unknown_ending_asks_for_the_format(reviewed_place: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name the format, --format csv or jsonl"):
        export_review(queue(reviewed_place), tmp_path / "review.xlsx")


def test_argillas_own_loader_reads_the_records(reviewed_place: Workspace, tmp_path: Path) -> None:
    argilla = pytest.importorskip("argilla", reason="argilla is not installed")
    models = pytest.importorskip("argilla._models")
    folder = tmp_path / "argilla"
    export_review(queue(reviewed_place, rows=6), folder)
    records = [argilla.Record.from_dict(each) for each in json.loads((folder / "records.json").read_text())]
    assert records[0].fields["question"]
    assert models.DatasetModel(**json.loads((folder / ".argilla" / "dataset.json").read_text())).name


def test_label_studios_own_check_passes_the_tasks(reviewed_place: Workspace, tmp_path: Path) -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface", reason="label-studio-sdk is not installed")
    export_review(queue(reviewed_place, rows=6), tmp_path / "tasks.json")
    made = interface.LabelInterface(labelling_interface())
    made.validate()
    for task in json.loads((tmp_path / "tasks.json").read_text()):
        assert made.validate_task({"data": task["data"]})
        assert made.validate_prediction(task["predictions"][0])

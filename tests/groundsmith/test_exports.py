import csv
import json
import sys
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from groundsmith.datasets import ForeignRow, read
from groundsmith.exports import FORMS, export_rows, write_text
from groundsmith.row import DatasetRow, MultiHop, RowClaim, RowConcept, RowEvidence, RowFinding, RowSpan
from groundsmith.sections import ExportSection
from knowledge.errors import UsageError

TEXT = "Applicants must reply within 30 days. The fee is $14,000."
EVIDENCE = RowEvidence(
    id="p_1", document="d_1", version=1, title="Rules", source="rules.md", start=5, end=62, text=TEXT
)
CLAIM = RowClaim(
    text="The fee is $14,000.",
    start=0,
    end=19,
    verdict="supported",
    entailment=0.97,
    evidence=("p_1",),
    spans=(RowSpan(id="p_1", start=38, end=57),),
    rules=(RowFinding(rule="amount", conflict=False, detail="both say $14,000"),),
)
ROW = DatasetRow(
    id="s_1",
    question="=How much is the fee?",
    answer="The fee is $14,000.",
    level=3,
    concepts=(RowConcept(id="c_1", label="fee"),),
    conditions={"audience": "resident"},
    evidence=(EVIDENCE,),
    claims=(CLAIM,),
    verdict="supported",
    confidence=0.97,
    multi_hop=MultiHop(proven=False, documents=("d_1",), together=0.9, alone=(0.9,)),
)
OTHER = replace(ROW, id="s_2", question="When?", answer="Within a month.", claims=(), conditions={}, multi_hop=None)


def written(tmp_path: Path, form: str, name: str = "out") -> Any:
    path = tmp_path / name
    assert export_rows(iter([ROW, OTHER]), path, form=form) == (1 if form == "squad" else 2)
    return path


def objects(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_forms_are_the_choices_of_the_setting() -> None:
    assert set(FORMS) == set(get_args(get_type_hints(ExportSection)["format"]))


@pytest.mark.parametrize("form", [form for form in FORMS if form != "squad"])
def test_every_form_is_read_back(tmp_path: Path, form: str) -> None:
    endings = {"parquet": ".parquet", "csv": ".csv"}
    path = written(tmp_path, form, f"out{endings.get(form, '.jsonl')}")
    rows = [row for row in read(path) if isinstance(row, ForeignRow)]
    assert [row.answer for row in rows] == [ROW.answer, OTHER.answer]
    assert rows[1].question == OTHER.question
    if form in ("jsonl", "csv", "parquet", "ragas"):
        assert rows[0].contexts == (TEXT,)


def test_jsonl_holds_the_rows(tmp_path: Path) -> None:
    assert [DatasetRow.from_json(item) for item in objects(written(tmp_path, "jsonl"))] == [ROW, OTHER]


def test_parquet_has_the_same_columns(tmp_path: Path) -> None:
    from pyarrow import parquet as pq

    table = pq.read_table(written(tmp_path, "parquet"))
    assert table.column_names == list(ROW.to_json())
    first = table.to_pylist()[0]
    assert DatasetRow.from_json({**first, "conditions": json.loads(first["conditions"]), "parts": {}}) == ROW


def test_csv_holds_no_formula(tmp_path: Path) -> None:
    with written(tmp_path, "csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    assert first["question"] == "'=How much is the fee?"
    assert json.loads(first["evidence"])[0]["text"] == TEXT


def test_trainers_forms(tmp_path: Path) -> None:
    chat = objects(written(tmp_path, "openai-chat"))[1]
    assert chat == {
        "messages": [{"role": "user", "content": "When?"}, {"role": "assistant", "content": "Within a month."}]
    }
    alpaca = objects(written(tmp_path, "alpaca"))[1]
    assert alpaca == {"instruction": "When?", "input": "", "output": "Within a month."}


def test_a_list_when_the_name_ends_in_json(tmp_path: Path) -> None:
    assert len(json.loads(written(tmp_path, "alpaca", "out.json").read_text())) == 2
    assert export_rows([], tmp_path / "none.json", form="alpaca") == 0
    assert json.loads((tmp_path / "none.json").read_text()) == []


def test_squad_answers_stand_in_the_context(tmp_path: Path) -> None:
    worded = replace(ROW, answer="It costs $14,000.")
    for row in (ROW, worded):
        export_rows([row], tmp_path / "squad.json", form="squad")
        paragraph = json.loads((tmp_path / "squad.json").read_text())["data"][0]["paragraphs"][0]
        answer = paragraph["qas"][0]["answers"][0]
        assert answer["text"] == "The fee is $14,000."
        assert paragraph["context"][answer["answer_start"] :].startswith(answer["text"])
        assert paragraph["qas"][0]["written_answer"] == row.answer
    assert len(list(read(tmp_path / "squad.json"))) == 1
    assert written(tmp_path, "squad").exists()


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'parquet'"):
        export_rows([], tmp_path / "x", form="parquett")
    with pytest.raises(UsageError, match="known are jsonl"):
        export_rows([], tmp_path / "x", form="zzz")


def test_a_failing_source_leaves_nothing(tmp_path: Path) -> None:
    def rows() -> Any:
        yield ROW
        raise ZeroDivisionError

    for form in FORMS:
        with pytest.raises(ZeroDivisionError):
            export_rows(rows(), tmp_path / "x", form=form)
    assert list(tmp_path.iterdir()) == []


def test_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    for form in FORMS:
        held = BytesIO()
        monkeypatch.setattr(sys, "stdout", TextIOWrapper(held))
        export_rows([ROW], Path("-"), form=form)
        assert held.getvalue()


def test_lone_surrogates_do_not_stop_an_export(tmp_path: Path) -> None:
    for form in FORMS:
        assert export_rows([replace(ROW, question="\ud800?")], tmp_path / form, form=form) == 1


def test_text_is_written_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "a.html", "é\n")
    assert (tmp_path / "a.html").read_bytes() == b"\xc3\xa9\n"
    with pytest.raises(UsageError, match="cannot be written"):
        write_text(tmp_path / "no" / "a.html", "x")

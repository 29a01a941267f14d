import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundsmith.datasets import Dataset, ForeignRow, read
from groundsmith.recognise import Fields, recognise
from knowledge.errors import RowError, UsageError

CORPUS = Path(__file__).parents[2].parent / "shared" / "data"
COLUMNS = {"verdict": str, "confidence": float, "claims": list}


def lines(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def rows(path: Path, **fields: str) -> list[ForeignRow | RowError]:
    return list(read(path, fields=Fields(**fields)))


ASK, REPLY = {"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A."}
PARTS = {"role": "user", "content": [{"type": "text", "text": "Q?"}]}
SHAPES: list[tuple[str, dict[str, Any], str | None, str, tuple[str, ...]]] = [
    ("plain", {"question": "Q?", "answer": "A."}, "Q?", "A.", ()),
    ("plain", {"Query": "Q?", "Response": "A.", "contexts": ["c1", "c2"]}, "Q?", "A.", ("c1", "c2")),
    ("plain", {"prompt": "Q?", "completion": "A."}, "Q?", "A.", ()),
    ("plain", {"prompt": [ASK], "completion": [REPLY]}, "Q?", "A.", ()),
    ("plain", {"question": "Q?", "answer": "A.", "evidence": [{"text": "c"}, {"text": "d"}]}, "Q?", "A.", ("c", "d")),
    ("plain", {"question": "Q?", "contexts": "['c1', 'c2']", "ground_truth": "A."}, "Q?", "A.", ("c1", "c2")),
    ("plain", {"question": "Q?", "answer": 5}, "Q?", "5", ()),
    ("plain", {"question": "Q?", "claim": "A.", "evidence": "c"}, "Q?", "A.", ("c",)),
    ("plain", {"question": "", "answer": "A."}, None, "A.", ()),
    ("statement", {"claim": "A.", "evidence": "c"}, None, "A.", ("c",)),
    ("alpaca", {"instruction": "Q?", "input": "", "output": "A."}, "Q?", "A.", ()),
    ("alpaca", {"instruction": "Q", "input": "more?", "output": "A."}, "Q\n\nmore?", "A.", ()),
    ("alpaca", {"instruction": "Q?", "input": "w " * 50, "output": "A."}, "Q?", "A.", ("w " * 50,)),
    ("ragas", {"user_input": "Q?", "reference": "A.", "reference_contexts": ["c"]}, "Q?", "A.", ("c",)),
    ("ragas", {"user_input": "Q?", "response": "A.", "retrieved_contexts": ["c"]}, "Q?", "A.", ("c",)),
    ("deepeval", {"input": "Q?", "expected_output": "A.", "actual_output": None, "context": ["c"]}, "Q?", "A.", ("c",)),
    ("squad", {"question": "Q?", "context": "c", "answers": {"text": ["A."], "answer_start": [0]}}, "Q?", "A.", ("c",)),
    ("messages", {"messages": [{"role": "system", "content": "s"}, ASK, REPLY]}, "Q?", "A.", ()),
    ("messages", {"messages": [PARTS, REPLY]}, "Q?", "A.", ()),
    ("sharegpt", {"conversations": [{"from": "human", "value": "Q?"}, {"from": "gpt", "value": "A."}]}, "Q?", "A.", ()),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "record", "question", "answer", "contexts"), SHAPES)
def test_shapes(
    tmp_path: Path, shape: str, record: dict[str, Any], question: str | None, answer: str, contexts: tuple[str, ...]
) -> None:
    found = rows(lines(tmp_path / "data.jsonl", record))
    expected = ForeignRow(number=1, question=question, answer=answer, contexts=contexts, raw=record, shape=shape)
    assert found == [expected]


def test_each_reply_of_a_conversation_is_a_row(tmp_path: Path) -> None:
    talk = [
        {"from": "human", "value": "One?"},
        {"from": "gpt", "value": "1."},
        {"from": "human", "value": "Two?"},
        {"from": "gpt", "value": "2."},
    ]
    path = lines(tmp_path / "talk.jsonl", {"conversations": talk})
    found = [(row.question, row.answer, row.part) for row in rows(path) if isinstance(row, ForeignRow)]
    assert found == [("One?", "1.", 0), ("Two?", "2.", 1)]
    with Dataset(path) as dataset:
        judged = {1: [{"verdict": "v0"}, {"verdict": "v1"}]}
        dataset.annotate(tmp_path / "out.jsonl", judged, columns=COLUMNS)
    assert json.loads((tmp_path / "out.jsonl").read_text())["verdict"] == ["v0", "v1"]


def test_columns_named_by_the_user(tmp_path: Path) -> None:
    path = lines(tmp_path / "data.jsonl", {"question": "no", "frage": "Q?", "antwort": "A.", "quelle": ["c"]})
    named = rows(path, question="frage", answer="antwort", context="quelle")[0]
    assert isinstance(named, ForeignRow)
    assert (named.question, named.answer, named.contexts) == ("Q?", "A.", ("c",))
    wrong = rows(path, answer="anwser")[0]
    assert "no column 'anwser' for --answer-column" in str(wrong)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"a b": 1, "c": 2}, "no question and answer among the columns 'a b', 'c'; name them with --answer-column"),
        ({"question": "Q?", "answer": " "}, "the answer is empty (column 'answer')"),
        ({"question": "Q?", "answer": None}, "the answer is empty"),
        ({"question": "Q?", "answers": {"text": []}, "is_impossible": True}, "marked unanswerable"),
        ({"messages": [{"role": "user", "content": "Q?"}]}, "no reply"),
        ({"messages": ["x"]}, "not an object"),
    ],
)
def test_rows_without_an_answer_say_why(tmp_path: Path, record: dict[str, Any], reason: str) -> None:
    found = rows(lines(tmp_path / "data.jsonl", {"question": "Q?", "answer": "A."}, record))
    assert isinstance(found[1], RowError)
    assert found[1].number == 2
    assert str(found[1]).startswith("row 2: ")
    assert reason in str(found[1])


def test_broken_lines_are_reported_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"question": "Q?", "answer": "A."}\n\n{"question": \n[1, 2]\n{"question": "R?", "answer": "B."}')
    with Dataset(path) as dataset:
        found = list(dataset)
        assert [row.number for row in found] == [1, 3, 4, 5]
        assert [isinstance(row, RowError) for row in found] == [False, True, True, False]
        written = dataset.annotate(tmp_path / "out.jsonl", {1: {"verdict": "supported"}}, columns=COLUMNS)
    assert written == 4
    assert (tmp_path / "out.jsonl").read_text().splitlines() == [
        '{"question": "Q?", "answer": "A.", "verdict": "supported"}',
        '{"question": ',
        "[1, 2]",
        '{"question": "R?", "answer": "B."}',
    ]


@pytest.mark.parametrize(
    "document",
    [
        [{"question": "Q?", "answer": "A."}, {"question": "R?", "answer": "B."}],
        {"version": 1, "rows": [{"question": "Q?", "answer": "A."}, {"question": "R?", "answer": "B."}]},
        {"question": ["Q?", "R?"], "answer": ["A.", "B."]},
    ],
)
def test_json_documents_keep_their_form(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(document))
    with Dataset(path) as dataset:
        assert [row.answer for row in dataset if isinstance(row, ForeignRow)] == ["A.", "B."]
        dataset.annotate(tmp_path / "out.json", {2: {"verdict": "refuted"}}, columns={"verdict": str})
    again = json.loads((tmp_path / "out.json").read_text())
    assert type(again) is type(document)
    if isinstance(document, list):
        assert again == [document[0], {**document[1], "verdict": "refuted"}]
    elif "rows" in document:
        assert again == {"version": 1, "rows": [document["rows"][0], {**document["rows"][1], "verdict": "refuted"}]}
    else:
        assert again == {**document, "verdict": [None, "refuted"]}


def test_squad_documents(tmp_path: Path) -> None:
    questions = [
        {"id": "1", "question": "Q?", "answers": [{"text": "A", "answer_start": 0}], "is_impossible": False},
        {"id": "2", "question": "R?", "answers": [], "is_impossible": True},
    ]
    document = {"version": "v2.0", "data": [{"title": "T", "paragraphs": [{"context": "A c", "qas": questions}]}]}
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(document))
    with Dataset(path) as dataset:
        first, second = list(dataset)
        assert isinstance(first, ForeignRow)
        assert (first.shape, first.contexts, first.answer) == ("squad", ("A c",), "A")
        assert isinstance(second, RowError)
        dataset.annotate(tmp_path / "out.json", {1: {"verdict": "supported"}}, columns={"verdict": str})
    again = json.loads((tmp_path / "out.json").read_text())
    assert again["data"][0]["paragraphs"][0]["qas"][0]["verdict"] == "supported"
    assert again["data"][0]["paragraphs"][0]["qas"][1] == questions[1]


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("noname", ",")])
def test_tables(tmp_path: Path, name: str, separator: str) -> None:
    path = tmp_path / name
    body = f'question{separator}answer\nQ?{separator}"A{separator} B\nC"\nR?{separator}B{separator}too many\nS?\n'
    path.write_text("\ufeff" + body, encoding="utf-8")
    with Dataset(path) as dataset:
        first, second, third = list(dataset)
        assert isinstance(first, ForeignRow)
        assert first.answer == f"A{separator} B\nC"
        assert "3 cells under 2 columns" in str(second)
        assert "the answer is empty" in str(third)
        added = {1: {"verdict": "=supported", "confidence": 0.5, "claims": [{"a": 1}]}}
        dataset.annotate(tmp_path / "out", added, columns=COLUMNS)
    with (tmp_path / "out").open(newline="") as file:
        written = list(csv.reader(file, delimiter=separator))
    assert written[0] == ["question", "answer", "verdict", "confidence", "claims"]
    assert written[1] == ["Q?", f"A{separator} B\nC", "'=supported", "0.5", '[{"a": 1}]']
    assert written[2][:3] == ["R?", "B", "too many"]


def test_annotating_twice_replaces(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("question,answer,verdict\nQ?,A.,old\nR?,B.,old\n")
    with Dataset(tmp_path / "a.csv") as dataset:
        dataset.annotate(tmp_path / "a.csv", {1: {"verdict": "new"}}, columns={"verdict": str})
    assert (tmp_path / "a.csv").read_text() == "question,answer,verdict\nQ?,A.,new\nR?,B.,old\n"


def test_encodings(tmp_path: Path) -> None:
    text = "question,answer\nWhat is the fee?,£5 – that’s all\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        (tmp_path / "a.csv").write_bytes(text.encode(encoding))
        first = rows(tmp_path / "a.csv")[0]
        assert isinstance(first, ForeignRow)
        assert first.answer == "£5 – that’s all"


def test_compressed_and_misnamed(tmp_path: Path) -> None:
    record = {"question": "Q?", "answer": "A."}
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(json.dumps(record).encode()))
    lines(tmp_path / "lines.json", record, record)
    (tmp_path / "list").write_text(json.dumps([record]))
    assert [len(rows(tmp_path / name)) for name in ("a.jsonl.gz", "lines.json", "list")] == [1, 2, 1]
    cut = gzip.compress(b'{"question": "Q?", "answer": "A."}\n' * 100_000)[:-20]
    (tmp_path / "cut.jsonl.gz").write_bytes(cut)
    with pytest.raises(UsageError, match="damaged or cut short"):
        rows(tmp_path / "cut.jsonl.gz")


def test_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet as pq

    table = pa.table({"question": ["Q?", "R?"], "answer": ["A.", None], "contexts": [["c1"], []], "n": [1, 2]})
    pq.write_table(table, tmp_path / "a.parquet")
    with Dataset(tmp_path / "a.parquet") as dataset:
        first, second = list(dataset)
        assert isinstance(first, ForeignRow)
        assert first.contexts == ("c1",)
        assert isinstance(second, RowError)
        dataset.annotate(
            tmp_path / "out.parquet", {1: {"verdict": "ok", "confidence": 0.5, "claims": [1]}}, columns=COLUMNS
        )
    written = pq.read_table(tmp_path / "out.parquet")
    assert written.select(table.column_names).equals(table)
    assert written.column("claims").to_pylist() == ["[1]", None]
    assert written.column("confidence").to_pylist() == [0.5, None]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b'{"a": ', "is not JSON"),
        ("a.json", b"5", "must hold a list of rows"),
        ("a.parquet", b"PAR1 and nothing", "no Parquet file"),
        ("a.bin", b"\x7fELF\x00\x00", "is not a dataset"),
        ("a.csv", b"a,a\n1,2\n", "must name each column once"),
        ("a.csv", b"", "empty"),
    ],
)
def test_what_is_no_dataset_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        rows(tmp_path / name)
    assert name in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        rows(tmp_path / "none.jsonl")


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = io.BytesIO(b'{"question": "Q?", "answer": "A."}\n{"question": "R?", "answer": "B."}\n')
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    with Dataset(Path("-")) as dataset:
        assert len(list(dataset)) == 2
        dataset.annotate(tmp_path / "out.jsonl", {}, columns={})
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"question": "Q?", "answer": "A."})
    (tmp_path / "out.jsonl").write_text("before")

    class Failing(dict[int, Any]):
        def get(self, key: int, default: Any = None) -> Any:
            raise KeyboardInterrupt

    with Dataset(path) as dataset, pytest.raises(KeyboardInterrupt):
        dataset.annotate(tmp_path / "out.jsonl", Failing(), columns={})
    assert (tmp_path / "out.jsonl").read_text() == "before"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.jsonl", "out.jsonl"]
    with Dataset(path) as dataset, pytest.raises(UsageError, match="choose another --output"):
        dataset.annotate(tmp_path / "none" / "out.jsonl", {}, columns={})


@given(
    st.dictionaries(
        st.sampled_from(["question", "answer", "contexts", "messages", "conversations", "input", "output", "evidence"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["text", "role", "from", "value", "content"]), inner, max_size=3)
            ),
            max_leaves=8,
        ),
    )
)
def test_any_record_is_recognised_or_refused(record: dict[str, Any]) -> None:
    try:
        pairs = recognise(record)
    except RowError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
        return
    assert all(pair.answer.strip() and (pair.question is None or pair.question.strip()) for pair in pairs)


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=5))
def test_json_lines_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("back")
    records = [{"question": question, "answer": answer} for question, answer in pairs]
    with Dataset(lines(folder / "a.jsonl", *records)) as dataset:
        dataset.annotate(folder / "b.jsonl", {}, columns={})
    assert [json.loads(line) for line in (folder / "b.jsonl").read_text().split("\n")[:-1]] == records


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpora are not beside this checkout")
def test_real_datasets() -> None:
    files = ["corpora/obliqa-adgm/qa/generated_answers.jsonl", "corpora/obliqa-adgm/qa/qa.jsonl"]
    files += ["verification/dev/policyqa_dev.jsonl.gz", "verification/dev/ragtruth_dev.jsonl.gz"]
    for name in files:
        found = rows(CORPUS / name)
        good = [row for row in found if isinstance(row, ForeignRow)]
        assert len(good) == len(found) > 100
        if "generated" not in name:
            assert all(row.contexts for row in good)

"""Every shape and format of dataset, checked against documents without a workspace, and written back in its own form."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundsmith.against import bare_workspace, contents, workspace_of
from groundsmith.datasets import Dataset, ForeignRow
from groundsmith.factcheck import Outputs, Sources, check_file
from groundsmith.recognise import Fields
from groundsmith.tally import Tally
from groundsmith.workspace import Workspace
from knowledge.errors import UsageError
from verify.evidence import Evidence
from verify.nli import CachedEntailment, LexicalEntailment
from verify.store import EntailmentCache
from verify.verifier import Verifier

SHAPES = Path(__file__).with_name("shapes")
POLICY = """# Laundry rooms

## Hours

A tenant may use the laundry room of the building between 07:00 and 21:00.

## Repairs

The building manager may close a laundry room for repair after three days of written notice.
"""
BOTH = ["supported", "refuted"]


def silent(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    pass


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "laundry.md").write_text(POLICY)
    return folder


@pytest.fixture(scope="module")
def workspace(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace_of(documents, tick=silent, cache=tmp_path_factory.mktemp("cache")) as opened:
        yield opened


def checked(workspace: Workspace, path: Path, output: Path, **changes: Any) -> Tally:
    def retrieve(statements: list[str]) -> list[list[Evidence]]:
        found = workspace.retriever.search_many(statements, k=4)
        return [[Evidence.of(hit.passage, score=hit.score) for hit in hits] for hits in found]

    model = CachedEntailment(LexicalEntailment(), EntailmentCache(workspace.database))
    return check_file(
        workspace, path, outputs=Outputs(copy=output), stop=never, tick=silent, verifier=Verifier(model, retrieve), **changes
    )  # fmt: skip


def verdicts(rows: Any) -> list[object]:
    return [row["groundsmith_verdict"] for row in rows]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def table(path: Path, delimiter: str) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("alpaca.json", "alpaca"), ("sharegpt.json", "sharegpt"), ("messages.jsonl", "messages"),
        ("ragas.jsonl", "ragas"), ("deepeval.json", "deepeval"), ("factscore.jsonl", "factscore"),
        ("statement.jsonl", "statement"), ("groundsmith.jsonl", "groundsmith"), ("plain.csv", "plain"),
        ("plain.tsv", "plain"),
    ],
)  # fmt: skip
def test_a_shape_is_recognised_checked_and_kept(workspace: Workspace, tmp_path: Path, name: str, shape: str) -> None:
    with Dataset(SHAPES / name) as dataset:
        rows = list(dataset)
    assert [row.shape for row in rows if isinstance(row, ForeignRow)] == [shape] * 2
    with Dataset(SHAPES / name, fields=Fields(shape=shape)) as dataset:
        assert [row.answer for row in dataset if isinstance(row, ForeignRow)] == [row.answer for row in rows]
    copy = tmp_path / name
    tally = checked(workspace, SHAPES / name, copy)
    assert dict(tally.verdicts) == {"supported": 1, "refuted": 1, "conflicting": 0, "not enough evidence": 0}
    if name.endswith((".csv", ".tsv")):
        written: Any = table(copy, "\t" if name.endswith("tsv") else ",")
        before: Any = table(SHAPES / name, "\t" if name.endswith("tsv") else ",")
        assert tally.topics[0].name == "repairs"
    elif name.endswith(".jsonl"):
        written, before = lines(copy), lines(SHAPES / name)
    else:
        written, before = json.loads(copy.read_text()), json.loads((SHAPES / name).read_text())
    assert verdicts(written) == BOTH
    assert [{key: row[key] for key in old} for row, old in zip(written, before, strict=True)] == before


def test_squad_keeps_its_nesting_and_leaves_unanswerable_questions(workspace: Workspace, tmp_path: Path) -> None:
    tally = checked(workspace, SHAPES / "squad.json", tmp_path / "squad.json")
    assert (tally.rows, tally.failed, tally.not_checked) == (2, 0, 1)
    written = json.loads((tmp_path / "squad.json").read_text())
    assert (written["version"], list(written)) == ("v2.0", ["version", "data"])
    questions = written["data"][0]["paragraphs"][0]["qas"]
    assert verdicts(questions) == [*BOTH, "not checked"]
    assert tally.topics[0].name == "Laundry rooms"


def test_beir_claims_are_checked_and_questions_without_answers_left(workspace: Workspace, tmp_path: Path) -> None:
    tally = checked(workspace, SHAPES / "beir", tmp_path / "copy")
    assert (tally.rows, tally.failed, tally.not_checked) == (2, 0, 1)
    assert verdicts(lines(tmp_path / "copy" / "queries.jsonl")) == [*BOTH, "not checked"]
    for name in ("corpus.jsonl", "qrels/test.tsv"):
        assert (tmp_path / "copy" / name).read_bytes() == (SHAPES / "beir" / name).read_bytes()
    with Dataset(SHAPES / "beir") as dataset:
        first, second, _ = dataset
    assert isinstance(first, ForeignRow)
    assert isinstance(second, ForeignRow)
    assert (first.shape, first.question) == ("beir", None)
    assert first.contexts[0].startswith("Repairs\n\nThe building manager may close")
    assert len(second.contexts) == 1


def test_a_hugging_face_folder_stays_one(workspace: Workspace, tmp_path: Path) -> None:
    tally = checked(workspace, SHAPES / "hub", tmp_path / "copy")
    assert tally.rows == 2
    files = sorted((tmp_path / "copy" / "data").iterdir())
    assert [verdicts(lines(file)) for file in files] == [["supported"], ["refuted"]]
    card = (tmp_path / "copy" / "README.md").read_text()
    assert "- name: groundsmith_confidence\n    dtype: float64" in card
    assert card.endswith("Invented for a test.\n")
    again = checked(workspace, SHAPES / "hub", tmp_path / "copy")
    assert again.verdicts == tally.verdicts
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    with pytest.raises(UsageError, match="is there already"):
        checked(workspace, SHAPES / "hub", tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep me"


def _columns() -> dict[str, list[str]]:
    rows = lines(SHAPES / "ragas.jsonl")
    return {"question": [row["user_input"] for row in rows], "answer": [row["reference"] for row in rows]}


def test_parquet_in_a_hugging_face_folder_stays_loadable(workspace: Workspace, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet as pq

    features = {name: {"dtype": "string", "_type": "Value"} for name in ("question", "answer")}
    noted = pa.table(_columns()).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    (tmp_path / "set" / "data").mkdir(parents=True)
    pq.write_table(noted, tmp_path / "set" / "data" / "train-00000-of-00001.parquet")
    (tmp_path / "set" / "dataset_infos.json").write_text(json.dumps({"default": {"features": features}}))
    assert checked(workspace, tmp_path / "set", tmp_path / "copy").rows == 2
    written = pq.read_table(tmp_path / "copy" / "data" / "train-00000-of-00001.parquet")
    assert written.column("groundsmith_verdict").to_pylist() == BOTH
    told = json.loads(written.schema.metadata[b"huggingface"])["info"]["features"]
    assert set(told) == set(written.column_names)
    infos = json.loads((tmp_path / "copy" / "dataset_infos.json").read_text())
    assert set(infos["default"]["features"]) == set(written.column_names)


@pytest.mark.parametrize("stream", [True, False])
def test_a_dataset_saved_as_arrow(workspace: Workspace, tmp_path: Path, stream: bool) -> None:
    import pyarrow as pa
    from pyarrow import ipc

    data = pa.table(_columns())
    (tmp_path / "saved").mkdir()
    path = tmp_path / "saved" / "data-00000-of-00001.arrow"
    with (ipc.new_stream if stream else ipc.new_file)(str(path), data.schema) as writer:
        writer.write_table(data)
    (tmp_path / "saved" / "state.json").write_text("{}")
    (tmp_path / "saved" / "dataset_info.json").write_text(json.dumps({"features": {}}))
    assert checked(workspace, tmp_path / "saved", tmp_path / "copy").rows == 2
    with ipc.open_stream(str(tmp_path / "copy" / path.name)) as reader:
        assert reader.read_all().column("groundsmith_verdict").to_pylist() == BOTH
    assert "groundsmith_verdict" in json.loads((tmp_path / "copy" / "dataset_info.json").read_text())["features"]
    damaged = path.read_bytes()[:40]
    path.write_bytes(damaged)
    with pytest.raises(UsageError, match="damaged"):
        checked(workspace, path, tmp_path / "copy.arrow")


def test_a_folder_without_a_dataset_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match="holds no dataset"):
        Dataset(tmp_path)
    with pytest.raises(UsageError, match="did you mean 'alpaca'"):
        Fields(shape="alpacca")


def test_a_named_shape_that_does_not_fit_says_so(tmp_path: Path) -> None:
    with Dataset(SHAPES / "plain.csv", fields=Fields(shape="messages")) as dataset:
        assert "--shape messages asks for one" in str(next(iter(dataset)))
    with Dataset(SHAPES / "plain.csv", fields=Fields(shape="deepeval")) as dataset:
        assert "no question and answer of the shape deepeval" in str(next(iter(dataset)))


def test_rows_can_be_judged_by_their_own_passages_without_any_documents(tmp_path: Path) -> None:
    path = shutil.copy(SHAPES / "ragas.jsonl", tmp_path)
    with bare_workspace(cache=tmp_path / "cache") as workspace:
        judge = Verifier(LexicalEntailment(), cited_only=True)
        tally = check_file(
            workspace, Path(path), sources=Sources(library=False), outputs=Outputs(copy=tmp_path / "copy.jsonl"),
            stop=never, tick=silent, verifier=judge,
        )  # fmt: skip
    assert dict(tally.verdicts)["supported"] == 1
    assert verdicts(lines(tmp_path / "copy.jsonl")) == BOTH


def test_documents_are_read_once_and_again_when_they_change(documents: Path, tmp_path: Path) -> None:
    read: list[int] = []

    def tick(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
        read.append(advance)

    folder = shutil.copytree(documents, tmp_path / "documents")
    for _ in range(2):
        with workspace_of(folder, tick=tick, cache=tmp_path / "cache") as workspace:
            assert [entry.source for entry in workspace.library.documents()] == ["laundry.md"]
        assert sum(read) == 1
    before = contents(folder)
    (folder / "hours.md").write_text("# Hours\n\nThe office opens at 09:00.\n")
    assert contents(folder) != before
    with workspace_of(folder, tick=tick, cache=tmp_path / "cache") as workspace:
        assert len(workspace.library.documents()) == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no document"):
        workspace_of(tmp_path / "empty", tick=tick, cache=tmp_path / "cache")
    with pytest.raises(UsageError, match="is not there"):
        workspace_of(tmp_path / "nowhere", tick=tick, cache=tmp_path / "cache")

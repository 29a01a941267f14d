"""Datasets of others, judged against the library: right, wrong and malformed rows, in every format."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import scripted
from terminal import Done, cli

from groundsmith.factcheck import Outputs, Sources, check_file
from groundsmith.ingestion import ingest_into
from groundsmith.recognise import Fields
from groundsmith.tally import Tally
from groundsmith.workspace import Workspace
from knowledge.errors import UsageError
from verify.evidence import Evidence
from verify.nli import CachedEntailment, LexicalEntailment
from verify.nli_onnx import MODEL, WEIGHTS
from verify.store import EntailmentCache
from verify.verdict import Thresholds
from verify.verifier import Verifier

POLICY = """# Laundry rooms

## Hours

A tenant may use the laundry room of the building between 07:00 and 21:00.

## Repairs

The building manager may close a laundry room for repair after three days of written notice.

## Fees

The fee for one wash is $2, and the fee for one dry is $1. No fee is due from a tenant older than 65 years.
"""
RIGHT = "The building manager may close a laundry room for repair after three days of written notice."
WRONG = "The building manager may not close a laundry room for repair after three days of written notice."
UNKNOWN = "Bicycles are kept in the cellar of the northern tower under a blue tarpaulin."
QUESTION = "When may the building manager close a laundry room?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("laundry")
    (root / "laundry.md").write_text(POLICY)
    with Workspace.create(root, environment={}) as workspace:
        ingest_into(workspace, [root / "laundry.md"], prune=False, tick=scripted.silent)
    return root


@pytest.fixture
def workspace(library: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(library, tmp_path / "place")
    with Workspace.open(tmp_path / "place", environment={}) as opened:
        yield opened


def judge(workspace: Workspace, model: LexicalEntailment | None = None) -> Verifier:
    def retrieve(statements: list[str]) -> list[list[Evidence]]:
        found = workspace.retriever.search_many(statements, k=4)
        return [[Evidence.of(hit.passage, score=hit.score) for hit in hits] for hits in found]

    cached = CachedEntailment(model or LexicalEntailment(), EntailmentCache(workspace.database))
    return Verifier(cached, retrieve, batch=2)


def checked(workspace: Workspace, path: Path, **changes) -> Tally:
    options = {
        "outputs": Outputs(copy=path.with_name(f"checked{path.suffix}")),
        "stop": lambda: False, "tick": scripted.silent, "verifier": judge(workspace), **changes,
    }  # fmt: skip
    return check_file(workspace, path, **options)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def written(folder: Path, *rows: object) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def row(answer: str, **more: object) -> dict[str, object]:
    return {"question": QUESTION, "answer": answer, **more}


def test_each_row_has_its_verdict_and_the_copy_keeps_what_was_there(workspace: Workspace, tmp_path: Path) -> None:
    path = written(tmp_path, row(RIGHT, id=7), row(WRONG, tags=["x"]), row(UNKNOWN))
    tally = checked(workspace, path)
    assert dict(tally.verdicts) == {"supported": 1, "not enough evidence": 1, "conflicting": 0, "refuted": 1}
    assert (tally.rows, tally.problems, tally.stopped) == (3, (), False)
    assert tally.share == pytest.approx(1 / 3)
    assert [(worst.row, worst.verdict) for worst in tally.worst] == [(2, "refuted"), (3, "not enough evidence")]
    right, wrong, unknown = lines(Path(tally.output))
    assert (right["id"], wrong["tags"]) == (7, ["x"])
    assert [each["answer"] for each in (right, wrong, unknown)] == [RIGHT, WRONG, UNKNOWN]
    assert [each["groundsmith_verdict"] for each in (right, wrong, unknown)] == [
        "supported", "refuted", "not enough evidence",
    ]  # fmt: skip
    (evidence,) = right["groundsmith_evidence"]
    assert evidence["source"] == "laundry.md"
    assert RIGHT in evidence["text"]
    (claim,) = wrong["groundsmith_claims"]
    assert claim["text"] == WRONG
    assert claim["contradiction"] > 0.5
    assert claim["evidence"] == [each["id"] for each in wrong["groundsmith_evidence"]]
    assert wrong["groundsmith_reason"]


def test_a_malformed_row_is_named_by_its_number_and_kept(workspace: Workspace, tmp_path: Path) -> None:
    path = written(tmp_path, row(RIGHT), '{"question": "torn', {"weather": "fine"}, row(RIGHT), "[1, 2]")
    tally = checked(workspace, path)
    assert tally.rows == 2
    assert [problem.partition(":")[0] for problem in tally.problems] == ["row 2", "row 3", "row 5"]
    copied = Path(tally.output).read_text().splitlines()
    assert len(copied) == 5
    torn, odd = json.loads(copied[1]), json.loads(copied[2])
    assert torn["groundsmith_raw"] == '{"question": "torn'
    assert torn["groundsmith_verdict"] == odd["groundsmith_verdict"] == "failed"
    assert "not JSON" in torn["groundsmith_reason"]
    assert odd["weather"] == "fine"
    assert json.loads(copied[3])["groundsmith_verdict"] == "supported"
    assert json.loads(copied[4])["groundsmith_raw"] == "[1, 2]"


def test_a_check_begun_before_asks_the_model_nothing_again(workspace: Workspace, tmp_path: Path) -> None:
    path = written(tmp_path, *(row(f"{WRONG[:-1]} in hall {number}.") for number in range(10)), row(RIGHT))
    model, asked = scripted.CountingEntailment(), 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    stopped = checked(workspace, path, stop=stop, verifier=judge(workspace, model))
    assert stopped.stopped
    assert 0 < stopped.rows < 11
    assert len(lines(Path(stopped.output))) == 11
    before = list(model.pairs)
    whole = checked(workspace, path, verifier=judge(workspace, model))
    assert whole.rows == 11
    assert before
    assert len(model.pairs) == len(set(model.pairs)) > len(before)
    count = len(model.pairs)
    again = checked(workspace, path, verifier=judge(workspace, model))
    assert len(model.pairs) == count
    assert again == whole


def test_a_row_may_bring_its_own_context(workspace: Workspace, tmp_path: Path) -> None:
    path = written(tmp_path, row(UNKNOWN, contexts=[f"Of cellars. {UNKNOWN}"]))
    assert checked(workspace, path).share == 1.0
    (copied,) = lines(tmp_path / "checked.jsonl")
    assert copied["groundsmith_evidence"][0]["document"] == "the row itself"
    assert checked(workspace, path, sources=Sources(rows=False)).share == 0.0


def test_csv_stays_csv_and_a_list_stays_a_list(workspace: Workspace, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["number", "question", "answer"])
        writer.writeheader()
        writer.writerows({"number": n, "question": QUESTION, "answer": a} for n, a in enumerate((RIGHT, WRONG)))
    tally = checked(workspace, table)
    with Path(tally.output).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [each["groundsmith_verdict"] for each in rows] == ["supported", "refuted"]
    assert [each["number"] for each in rows] == ["0", "1"]
    assert json.loads(rows[0]["groundsmith_claims"])[0]["verdict"] == "supported"
    listed = tmp_path / "rows.json"
    listed.write_text(json.dumps([row(RIGHT), row(WRONG)]))
    copied = json.loads(Path(checked(workspace, listed).output).read_text())
    assert [each["groundsmith_verdict"] for each in copied] == ["supported", "refuted"]


def test_the_turns_of_a_conversation_are_judged_one_by_one(workspace: Workspace, tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": QUESTION}, {"role": "assistant", "content": RIGHT},
        {"role": "user", "content": QUESTION}, {"role": "assistant", "content": WRONG},
    ]  # fmt: skip
    tally = checked(workspace, written(tmp_path, {"messages": turns}))
    assert tally.rows == 2
    (copied,) = lines(Path(tally.output))
    assert copied["groundsmith_verdict"] == ["supported", "refuted"]


def test_columns_can_be_named(workspace: Workspace, tmp_path: Path) -> None:
    path = written(tmp_path, {"frage": QUESTION, "antwort": RIGHT})
    assert checked(workspace, path).problems
    assert checked(workspace, path, fields=Fields(question="frage", answer="antwort")).share == 1.0


def test_only_the_worst_are_shown_the_refuted_first(workspace: Workspace, tmp_path: Path) -> None:
    many = [row(f"{UNKNOWN[:-1]} {number}.") for number in range(15)]
    tally = checked(workspace, written(tmp_path, *many, row(WRONG)))
    assert len(tally.worst) == 10
    assert (tally.worst[0].row, tally.worst[0].verdict) == (16, "refuted")


def test_what_is_no_dataset_is_wrong_usage(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.jsonl"):
        checked(workspace, tmp_path / "nowhere.jsonl")
    picture = tmp_path / "picture.jsonl"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(UsageError, match=r"picture\.jsonl: is not a dataset; give JSON Lines"):
        checked(workspace, picture)
    assert not (tmp_path / "checked.jsonl").exists()


@pytest.mark.model
def test_the_command_exits_by_the_share_and_by_what_could_not_be_read(workspace: Workspace, tmp_path: Path) -> None:
    def verify(*words: object, code: int) -> Done:
        return cli("verify", *words, "-w", workspace.root, here=tmp_path, code=code)

    path = written(tmp_path, row(RIGHT), row(WRONG))
    passed = verify(path, "--fail-under", "0.5", "--json", code=0)
    assert json.loads(passed.stdout)["share"] == 0.5
    assert "wrote rows.verified.jsonl" in passed.stderr
    assert len(lines(tmp_path / "rows.verified.jsonl")) == 2
    failed = verify(path, "--fail-under", "0.6", "-o", "copy.jsonl", code=1)
    assert "supported share 0.500 is below 0.6" in failed.stderr
    assert "Verdicts of 2 rows" in failed.stdout
    torn = verify(written(tmp_path, row(RIGHT), "{torn"), code=1)
    assert "error: row 2" in torn.stderr


@pytest.mark.model
def test_a_second_model_is_named_in_the_settings_and_answers_to_the_doctor(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "larger"
    folder.mkdir()
    for file in (MODEL, "tokenizer.json"):
        (folder / file).symlink_to(WEIGHTS / file)
    labels = {"0": "entailment", "1": "neutral", "2": "contradiction"}
    (folder / "config.json").write_text(json.dumps({"id2label": labels}))
    second = ("--set", f"verification.second={folder}", "-w", workspace.root)
    path = written(tmp_path, row("A laundry room is closed for repair after a written notice of three days."))
    alone = cli("verify", path, "--json", "-w", workspace.root, here=tmp_path)
    both = cli("verify", path, "--json", *second, here=tmp_path)
    assert json.loads(both.stdout)["share"] == json.loads(alone.stdout)["share"]
    told = json.loads(cli("doctor", "--json", *second, here=tmp_path).stdout)
    assert sum("entailment model" in json.dumps(each) for each in told) == 2
    (folder / "config.json").unlink()
    none = cli("verify", path, *second, here=tmp_path, code=1)
    assert "id2label" in none.stderr


def test_a_verdict_is_found_again_until_the_library_or_the_settings_change(
    workspace: Workspace, tmp_path: Path
) -> None:
    path, asked = written(tmp_path, row(RIGHT), row(WRONG), row(RIGHT)), []

    class Watched(LexicalEntailment):
        def entail(self, pairs):
            asked.extend(pairs)
            return super().entail(pairs)

    def retrieve(statements: list[str]) -> list[list[Evidence]]:
        asked.extend(statements)
        found = workspace.retriever.search_many(statements, k=4)
        return [[Evidence.of(hit.passage) for hit in hits] for hits in found]

    first = checked(workspace, path, verifier=Verifier(Watched(), retrieve))
    assert asked
    asked.clear()
    assert checked(workspace, path, verifier=Verifier(Watched(), retrieve)) == first
    assert not asked
    checked(workspace, path, verifier=Verifier(Watched(), retrieve, thresholds=Thresholds(support=0.9)))
    assert asked
    (workspace.root / "more.md").write_text("# Dogs\n\nA dog must be on a lead in the yard.\n")
    ingest_into(workspace, [workspace.root / "more.md"], prune=False, tick=scripted.silent)
    asked.clear()
    checked(workspace, path, verifier=Verifier(Watched(), retrieve))
    assert asked


def test_a_check_that_was_killed_goes_on_where_it_was(workspace: Workspace, tmp_path: Path) -> None:
    path, judged = written(tmp_path, *(row(f"{WRONG[:-1]} in hall {number}.") for number in range(150))), []

    class Dying(LexicalEntailment):
        def entail(self, pairs):
            if len(judged) > 300:
                raise KeyboardInterrupt
            judged.extend(pairs)
            return super().entail(pairs)

    def retrieve(statements: list[str]) -> list[list[Evidence]]:
        return [[Evidence(passage_id="p", document_id="d", text=POLICY)] for _ in statements]

    with pytest.raises(KeyboardInterrupt):
        checked(workspace, path, verifier=Verifier(Dying(), retrieve))
    assert not (tmp_path / "checked.jsonl").exists()
    before = len(judged)
    counting = scripted.CountingEntailment()
    assert checked(workspace, path, verifier=Verifier(counting, retrieve)).rows == 150
    undisturbed = scripted.CountingEntailment()
    assert before
    copied = (tmp_path / "checked.jsonl").read_text()
    with Workspace.create(tmp_path / "other", environment={}) as other:
        checked(other, path, verifier=Verifier(undisturbed, retrieve))
    assert len(counting.pairs) < len(undisturbed.pairs)
    assert (tmp_path / "checked.jsonl").read_text() == copied


def test_verdicts_are_counted_by_topic(workspace: Workspace, tmp_path: Path) -> None:
    path = written(tmp_path, row(RIGHT, category="a"), row(WRONG, category="b"), row(RIGHT, category="b"), row(RIGHT))
    topics = {each.name: (each.rows, each.share) for each in checked(workspace, path).topics}
    assert topics == {"a": (1, 1.0), "b": (2, 0.5), "Laundry rooms": (1, 1.0)}
    named = checked(workspace, path, fields=Fields(topic="question"))
    assert [each.name for each in named.topics] == [QUESTION]


@pytest.mark.model
def test_the_command_needs_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "laundry.md").write_text(POLICY)
    path = written(tmp_path, row("The fee for one wash is $3."), row(RIGHT))
    words = ["verify", path, "--against", "documents", "--json", "--sarif", "o.sarif", "--junit", "o.xml"]
    done = cli(*words, here=tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    worst = json.loads(done.stdout)["worst"]
    assert [(each["row"], each["verdict"], each["suggestion"]) for each in worst] == [
        (1, "refuted", "The fee for one wash is $2.")
    ]
    assert (worst[0]["source"], worst[0]["quote"][:27]) == ("laundry.md", "The fee for one wash is $2,")
    assert len(json.loads((tmp_path / "o.sarif").read_text())["runs"][0]["results"]) == 1
    assert "<failure" in (tmp_path / "o.xml").read_text()
    assert not (tmp_path / ".groundsmith").exists()

"""A dataset kept true: what rests on changed text is found exactly, verified, repaired or replaced; nothing else is touched."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import scripted
from hypothesis import given
from hypothesis import strategies as st
from refresher import refreshed

from groundsmith.exports import export_rows
from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.refresh.change import EvidenceChanges, Fate
from groundsmith.refresh.changelog import markdown, write_changelog
from groundsmith.refresh.fitness import differences
from groundsmith.refresh.repair import edits, nearest, proposals
from groundsmith.refresh.scan import Scan
from groundsmith.refresh.source import FileSource, plain, source_of
from groundsmith.refresh.store import RefreshLog
from groundsmith.refresh.work import survey
from groundsmith.row import DatasetRow
from groundsmith.runs import REJECTED
from groundsmith.workspace import Workspace
from knowledge.change import WordEdit
from knowledge.errors import UsageError

ARREARS, APPEALS = "HBA-06-arrears-and-repayment.md", "HBA-07-appeals-and-review.md"
NUMBER = re.compile(r"\b(\d+)(?= (?:days?|months?|percent))")


@pytest.fixture
def workspace(produced: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with a run of thirty rows."""
    shutil.copytree(produced, tmp_path / "place")
    with scripted.opened(tmp_path / "place") as opened:
        yield opened


def longer(text: str) -> str:
    """Return a text with every deadline and share one greater."""
    return NUMBER.sub(lambda found: str(int(found[1]) + 1), text)


def changed(workspace: Workspace, name: str = ARREARS) -> None:
    path = workspace.root / "policies" / name
    path.write_text(longer(path.read_text()))
    taken_in(workspace)


def taken_in(workspace: Workspace) -> None:
    ingest_into(workspace, [workspace.root / "policies"], prune=True, tick=scripted.silent)


def rows_of(workspace: Workspace) -> list[DatasetRow]:
    return list(source_of(workspace, None).rows())


def resting(rows: list[DatasetRow], current: set[str]) -> set[str]:
    """The rows with a passage that is not current: worked out apart from the scan."""
    return {row.id for row in rows if any(each.id not in current for each in row.evidence)}


def records(workspace: Workspace, run: str) -> list[dict]:
    return list(RefreshLog(workspace.database).records(run))


def timeless(workspace: Workspace, run: str) -> list[object]:
    found = scripted.units(workspace, run)
    return [(ordinal, level, outcome, reason, row) for ordinal, _, level, outcome, reason, row in found]


def test_nothing_to_do(workspace: Workspace) -> None:
    runs = [run.id for run in workspace.runs.all()]
    done = refreshed(workspace)
    assert (done.status, done.rows, done.carried, done.stale) == ("current", 30, 30, 0)
    assert [run.id for run in workspace.runs.all()] == runs


def test_changed_figures_are_put_right_and_nothing_else_is_touched(workspace: Workspace) -> None:
    before = {row.id: row for row in rows_of(workspace)}
    changed(workspace)
    expected = resting(list(before.values()), workspace.library.passage_ids())
    outdated = {
        name
        for name in expected
        if any(
            longer(said) != said and said in " ".join(each.text.split())
            for said in re.split(r"(?<=[.!?])\s+", before[name].answer)
            for each in before[name].evidence
            if each.source.endswith(ARREARS)
        )
    }
    model = scripted.CountingModel()
    done = refreshed(workspace, model=model)
    log = {each["row"]: each for each in records(workspace, done.run)}
    assert 0 < len(expected) < 30
    assert (set(log), done.verified, done.carried) == (expected, len(expected), 30 - len(expected))
    after = {row.id: row for row in rows_of(workspace)}
    assert len(after) == done.asked == 30
    assert all(after[name] == row for name, row in before.items() if name not in expected)
    assert outdated
    assert all(log[name]["outcome"] != "kept" for name in outdated)
    mended = [each for each in log.values() if each["outcome"] == "corrected"]
    assert mended
    for each in mended:
        row = after[each["new_row"]]
        assert (row.answer, row.reviewed) == (longer(each["answer"]), None)
        assert row.former is not None
        assert (row.former.id, row.former.answer) == (each["row"], each["answer"])
        assert any(edit["mark"] == "+" for change in each["changes"] for edit in change["words"])
    assert len(model.calls) <= 4 * (done.replaced + done.lost)
    assert resting(list(after.values()), workspace.library.passage_ids()) == set()
    stale = [unit.row for unit in workspace.runs.units(done.run, outcome=REJECTED) if unit.reason == "stale"]
    assert {row.id for row in stale} == {each["row"] for each in log.values() if each["outcome"] != "kept"}
    assert all(str(row.rejected).startswith("stale: evidence changed") for row in stale)
    assert refreshed(workspace).status == "current"


def test_rows_of_a_removed_document_are_replaced(workspace: Workspace) -> None:
    before = rows_of(workspace)
    (workspace.root / "policies" / APPEALS).unlink()
    taken_in(workspace)
    lost = resting(before, workspace.library.passage_ids())
    model = scripted.CountingModel()
    done = refreshed(workspace, model=model)
    log = records(workspace, done.run)
    assert {each["row"] for each in log} == lost
    assert {change["fate"] for each in log for change in each["changes"]} == {"vanished"}
    assert (done.status, done.replaced) == ("complete", sum(each["outcome"] == "replaced" for each in log))
    assert done.replaced > 0
    assert done.spent.calls == len(model.calls)
    after = {row.id: row for row in rows_of(workspace)}
    for each in log:
        if each["outcome"] == "replaced":
            assert after[each["new_row"]].run == done.run
    assert {row.id for row in before} - lost <= set(after)
    assert len(after) == 30
    assert all(APPEALS not in each.source for row in after.values() for each in row.evidence)


def test_without_replacement_no_model_is_asked_and_the_set_is_short(workspace: Workspace) -> None:
    (workspace.root / "policies" / APPEALS).unlink()
    taken_in(workspace)
    model = scripted.CountingModel()
    done = refreshed(workspace, model=model, replacing=False)
    assert (done.status, model.calls, done.replaced) == ("short", [], 0)
    assert len(rows_of(workspace)) == 30, "the short refresh goes on with what it began with"
    assert refreshed(workspace, model=model).status == "complete"


class Interrupted(scripted.CountingModel):
    """A model that ends the process's work after some calls."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after = after

    def complete(self, prompt, *, draw):
        if len(self.calls) >= self._after:
            raise KeyboardInterrupt
        return super().complete(prompt, draw=draw)


def test_a_refresh_goes_on_where_it_was_stopped(workspace: Workspace, tmp_path: Path) -> None:
    changed(workspace)
    (workspace.root / "policies" / APPEALS).unlink()
    taken_in(workspace)
    shutil.copytree(workspace.root, tmp_path / "undisturbed")
    with scripted.opened(tmp_path / "undisturbed") as other:
        whole_model = scripted.CountingModel()
        whole = refreshed(other, model=whole_model)
        expected = timeless(other, whole.run)
    first = refreshed(workspace, stop=iter([False, True, True, True]).__next__)
    assert (first.status, first.verified) == ("stopped", 16)
    interrupted = Interrupted(3)
    with pytest.raises(KeyboardInterrupt):
        refreshed(workspace, model=interrupted)
    last = scripted.CountingModel()
    done = refreshed(workspace, model=last)
    assert done.run == first.run == whole.run
    assert timeless(workspace, done.run) == expected
    assert len(interrupted.calls) + len(last.calls) <= len(whole_model.calls) + 4, "only calls under way are made again"


def test_a_killed_refresh_goes_on(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.root / "policies" / APPEALS).unlink()
    taken_in(workspace)
    root = workspace.root
    workspace.close()
    shutil.copytree(root, tmp_path / "undisturbed")
    log = tmp_path / "calls"
    log.touch()
    driver = Path(__file__).parent / "refresher.py"
    process = subprocess.Popen([sys.executable, str(driver), str(root), str(log)])
    for _ in count():
        if len(log.read_text().splitlines()) > 2 or process.poll() is not None:
            break
        time.sleep(0.01)
    process.kill()
    process.wait()
    with scripted.opened(root) as again, scripted.opened(tmp_path / "undisturbed") as other:
        done, whole = refreshed(again), refreshed(other)
        assert done.status == "complete"
        assert timeless(again, done.run) == timeless(other, whole.run)


def test_every_row_wanted_has_its_turn(workspace: Workspace) -> None:
    root = workspace.root
    workspace.close()
    with scripted.opened(root, generation__oversample="2") as other:
        model = scripted.CountingModel(lambda prompt, draw: "no JSON at all")
        done = refreshed(other, model=model, count=100)
        assert (done.status, len(model.calls)) == ("short", 2 * 70)
        assert "generation.oversample" in done.why


def common(prompt, draw):
    """Say something true, and always in answer to the same question."""
    return json.dumps(json.loads(scripted.truth(prompt, draw)) | {"question": "What do the rules say on this matter?"})


def test_it_ends_when_nothing_new_is_left_to_ask(workspace: Workspace) -> None:
    model = scripted.CountingModel(common)
    done = refreshed(workspace, model=model, count=90)
    assert done.status == "short"
    assert "nothing new is left to ask" in done.why
    assert len(model.calls) < 3 * 60, "not the twenty tries a row that are allowed"


def test_the_budget_is_a_ceiling(workspace: Workspace) -> None:
    (workspace.root / "policies" / APPEALS).unlink()
    taken_in(workspace)
    root = workspace.root
    workspace.close()
    with scripted.opened(root, budget__calls="2") as poor:
        model = scripted.CountingModel()
        done = refreshed(poor, model=model)
        assert done.status == "short"
        assert len(model.calls) <= 2
        assert "calls" in done.why
    with scripted.opened(root) as rich:
        assert refreshed(rich).status == "complete"


def test_more_rows_are_made_on_request(workspace: Workspace) -> None:
    before = {row.id for row in rows_of(workspace)}
    done = refreshed(workspace, count=33)
    after = {row.id for row in rows_of(workspace)}
    assert (done.status, len(after), before <= after) == ("complete", 33, True)


def test_rows_that_still_fit_survive_changed_settings(workspace: Workspace) -> None:
    before = rows_of(workspace)
    root = workspace.root
    workspace.close()
    assert len({row.level for row in before}) > 1
    with scripted.opened(root, sampling__levels="[1, 2]") as other:
        assert refreshed(other).status == "current", "settings count only on request"
        done = refreshed(other, settings=True)
        after = {row.id: row for row in rows_of(other)}
        assert {row.level for row in after.values()} <= {1, 2}
        assert all(after[row.id] == row for row in before if row.level != 3)
        assert all("sampling.levels" in each["why"] for each in records(other, done.run))
    with scripted.opened(root, verification__threshold="0.7") as stricter:
        scan = Scan(workspace=stricter, rejudge=True)
        assert len(survey(scan, source_of(stricter, None)).stale) == len(after)


def test_a_question_without_an_answer_is_looked_at_when_text_comes(workspace: Workspace) -> None:
    row = replace(
        rows_of(workspace)[0], question="When may a tenant use the laundry room of the building?", expected="abstain",
        kind="unanswerable", answer="The documents do not say.", claims=(), created="2026-01-01T00:00:00Z",
    )  # fmt: skip
    path = workspace.root / "policies" / "laundry.md"
    path.write_text("# Laundry\n\nA tenant may use the laundry room of the building between 07:00 and 21:00.\n")
    taken_in(workspace)
    old = replace(row, created="2030-01-01T00:00:00Z")
    found = list(Scan(workspace=workspace, arrivals="unanswerable").findings(iter([row, old])))
    assert [each.is_stale for each in found] == [True, False]
    assert found[0].why.startswith("new text")
    assert not any(each.is_stale for each in Scan(workspace=workspace).findings(iter([row])))
    plain_row = replace(row, expected="answer")
    assert [each.is_stale for each in Scan(workspace=workspace, arrivals="all").findings(iter([plain_row]))] == [True]


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_a_file_is_refreshed_against_a_library_that_never_saw_the_old_text(
    workspace: Workspace, tmp_path: Path, ending: str
) -> None:
    rows = rows_of(workspace)
    path = tmp_path / f"set{ending}"
    export_rows(rows, path, form={".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet"}[ending])
    with Workspace.create(tmp_path / "other", environment={}) as other:
        shutil.copytree(workspace.root / "policies", other.root / "policies")
        changed(other)
        build_graph(other, tick=scripted.silent)
        source = FileSource(path)
        assert [row.id for row in source.rows()] == [row.id for row in rows]
        done = refreshed(other, source=source)
        log = records(other, done.run)
        assert done.corrected > 0
        assert all(each["new_answer"] == longer(each["answer"]) for each in log if each["outcome"] == "corrected")
        assert any(edit["mark"] == "-" for each in log for change in each["changes"] for edit in change["words"])


def test_a_file_with_other_rows_is_told_of(tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "set.jsonl"
    good = rows_of(workspace)[0]
    path.write_text(json.dumps(good.to_json()) + '\n{"id": 3}\nnot json\n')
    source = FileSource(path)
    assert [row.id for row in source.rows()] == [good.id]
    assert [problem.partition(":")[0] for problem in source.problems] == [f"{path}, row 2", f"{path}, row 3"]
    path.write_text('{"question": "Why?", "answer": "So."}\n')
    with pytest.raises(UsageError, match="groundsmith export"):
        FileSource(path)


def test_rows_read_from_a_table_are_the_rows(tmp_path: Path, workspace: Workspace) -> None:
    rows = rows_of(workspace)
    export_rows(rows, tmp_path / "x.csv", form="csv")
    with (tmp_path / "x.csv").open(newline="") as file:
        assert [DatasetRow.from_json(plain(record)) for record in csv.DictReader(file)] == rows


def test_what_became_of_a_passage(workspace: Workspace) -> None:
    rows = rows_of(workspace)
    path = workspace.root / "policies" / ARREARS
    text = path.read_text()
    path.write_text(text.replace("## 4 ", "## 4a "))
    taken_in(workspace)
    moved = [change for row in rows for change in EvidenceChanges(workspace.library).of(row)]
    assert {change.fate for change in moved} == {Fate.MOVED}
    assert all(change.heirs and change.now == 2 for change in moved)
    path.rename(path.with_name("copy.md"))
    path.with_name("first.md").write_text(text)
    taken_in(workspace)
    assert {Fate.ALTERED} & {
        change.fate for row in rows for change in EvidenceChanges(workspace.library).of(row)
    } == set()


def test_the_command_checks_and_refreshes(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from groundsmith.cli import app

    root = workspace.root
    export_rows(rows_of(workspace), tmp_path / "set.jsonl", form="jsonl")
    assert CliRunner().invoke(app, ["refresh", "--check", "-w", str(root)]).exit_code == 0
    changed(workspace)
    stale = resting(rows_of(workspace), workspace.library.passage_ids())
    runs = len(workspace.runs.all())
    workspace.close()
    monkeypatch.chdir(tmp_path)
    for words in ([], [str(tmp_path / "set.jsonl")]):
        found = CliRunner().invoke(app, ["refresh", *words, "--check", "--json", "-w", str(root)])
        assert found.exit_code == 1
        assert {each["row"] for each in json.loads(found.stdout)["findings"]} == stale
    with scripted.opened(root) as again:
        assert len(again.runs.all()) == runs
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["set.jsonl"]
    words = ["refresh", str(tmp_path / "set.jsonl"), "--no-replace", "--json", "-w", str(root)]
    done = CliRunner().invoke(app, words)
    told = json.loads(done.stdout)
    assert (told["stale"], told["carried"], done.exit_code) == (len(stale), 30 - len(stale), int(told["lost"] > 0))
    kept = [json.loads(line) for line in (tmp_path / "set.refreshed.jsonl").read_text().splitlines()]
    assert len(kept) == 30 - told["lost"]
    assert "# What the refresh" in (tmp_path / "refresh.md").read_text()
    assert len(json.loads((tmp_path / "refresh.json").read_text())["rows"]) == len(stale)
    assert CliRunner().invoke(app, ["refresh", "--arrivals", "some", "-w", str(root)]).exception is not None


def test_settings_that_came_later_are_no_difference(workspace: Workspace) -> None:
    before = dict(source_of(workspace, None).settings or {})
    assert differences(before, workspace.settings) == ([], False)
    less = {**before, "generation": {"count": 3}, "verification": {"model": "builtin"}}
    assert differences(less, workspace.settings) == ([], False)
    other = {**before, "verification": {"rules": False}, "conditions": {"tone": ["plain"]}}
    assert differences(other, workspace.settings) == (["conditions.tone", "verification.rules"], True)
    assert differences(None, workspace.settings) == ([], False)


def test_the_log_shows_text_as_text(workspace: Workspace, tmp_path: Path) -> None:
    changed(workspace)
    done = refreshed(workspace)
    found = records(workspace, done.run)
    found[0]["question"] = "<script>*x*</script>\n# Heading"
    page = markdown(done, found)
    assert "<script>" not in page
    assert "\n# Heading" not in page
    assert re.search(r"~~\d+~~ \*\*\d+\*\*", page)
    one, other = write_changelog(tmp_path / "log.md", done, found)
    assert (one.suffix, len(json.loads(other.read_text())["rows"])) == (".md", len(found))


def test_edits_are_made_where_they_belong() -> None:
    words = [
        WordEdit(mark="=", text="A tenant must reply within "), WordEdit(mark="-", text="30"), WordEdit(mark="+", text="45"),
        WordEdit(mark="=", text=" days. The fee "), WordEdit(mark="-", text="must"), WordEdit(mark="+", text="may"),
        WordEdit(mark="=", text=" be paid."),
    ]  # fmt: skip
    assert list(edits(words)) == [
        ("must reply within", "30", "45", "days. The fee"), ("days. The fee", "must", "may", "be paid."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("It has 30 days.", ["It has 45 days."]),
        ("30 tenants have 30 days within which to reply.", []),
        ("A tenant must reply.", []),
        ("The fee must be paid.", ["The fee may be paid."]),
        ("It has 300 days.", []),
    ],
)
def test_only_the_edited_words_are_put_right(workspace: Workspace, answer: str, expected: list[str]) -> None:
    changed(workspace)
    row = next(row for row in rows_of(workspace) if EvidenceChanges(workspace.library).of(row))
    (change, *_) = EvidenceChanges(workspace.library).of(row)
    words = (
        WordEdit(mark="=", text="A tenant has to reply within "), WordEdit(mark="-", text="30"), WordEdit(mark="+", text="45"),
        WordEdit(mark="=", text=" days. The fee "), WordEdit(mark="-", text="must"), WordEdit(mark="+", text="may"),
        WordEdit(mark="=", text=" be paid."),
    )  # fmt: skip
    bare = replace(row, question="What do the rules say?", answer=answer, claims=())
    assert [each.answer for each in proposals(bare, [replace(change, words=words)])] == expected
    assert proposals(replace(bare, expected="abstain"), [change]) == []
    assert proposals(replace(bare, parts={"options": "[]"}), [change]) == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What must be paid?", ["What may be paid?"]),
        ("What shall be paid?", ["What may be paid?"]),
        ("What is paid?", ["What is paid?"]),
        ("What must be paid, and who must pay?", []),
    ],
)
def test_a_question_asks_for_what_the_answer_now_states(
    workspace: Workspace, question: str, expected: list[str]
) -> None:
    changed(workspace)
    row = next(row for row in rows_of(workspace) if EvidenceChanges(workspace.library).of(row))
    (change, *_) = EvidenceChanges(workspace.library).of(row)
    words = (
        WordEdit(mark="=", text="The fee "), WordEdit(mark="-", text="shall"), WordEdit(mark="+", text="may"),
        WordEdit(mark="=", text=" be paid."),
    )  # fmt: skip
    bare = replace(row, question=question, answer="The fee shall be paid.", claims=())
    found = proposals(bare, [replace(change, words=words)])
    assert [each.question for each in found] == expected
    assert all(each.answer == "The fee may be paid." for each in found)


def test_the_new_form_of_a_sentence_is_found() -> None:
    texts = ["Rent is due monthly. The tenant must reply within 45 days of the notice.", "Nothing else."]
    assert nearest("The tenant must reply within 30 days of the notice.", texts) == (
        "The tenant must reply within 45 days of the notice."
    )
    assert nearest("Dogs are allowed on Sundays.", texts) is None


@given(st.lists(st.tuples(st.sampled_from("=-+"), st.text("ab 1", max_size=5)), max_size=12))
def test_edits_never_fail_and_always_have_both_sides(runs: list[tuple[str, str]]) -> None:
    for _, old, new, _ in edits([WordEdit(mark=mark, text=text) for mark, text in runs]):
        assert old.strip()
        assert new.strip()

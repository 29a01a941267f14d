"""A corpus that changes: only what changed is read, extracted and embedded again, and the end is as of a new beginning."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import scripted

from graph.build import BuildReport
from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.workspace import Workspace
from knowledge.outcome import IngestReport

EXAMPLES = Path(__file__).parents[2] / "examples" / "harbourview"
NAMES = (
    "HBA-01-eligibility.md",
    "HBA-02-priority-and-waiting-list.md",
    "HBA-06-arrears-and-repayment.md",
    "HBA-07-appeals-and-review.md",
    "HBA-08-glossary.md",
)
ADDED = "HBA-03-tenancy-and-occupancy.md"
PARAGRAPH = (
    "\n\n## Laundry rooms\n\nA tenant may use the laundry room of the building between 07:00 and 21:00. "
    "The building manager may close a laundry room for repair after three days of written notice.\n"
)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of five policies, with index and graph, to be copied and left as it is."""
    root = tmp_path_factory.mktemp("untouched") / "changing"
    with Workspace.create(root, environment={}) as opened:
        for name in NAMES:
            copy(opened, name)
        report, built = renewed(opened)
        assert (report.counts["added"], built.extracted) == (5, 5)
        assert report.indexed == built.passages == opened.library.passage_count()
    return root


@pytest.fixture
def workspace(untouched: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of it of one's own, open."""
    shutil.copytree(untouched, tmp_path / "changing")
    with Workspace.open(tmp_path / "changing", environment={}) as opened:
        yield opened


def copy(workspace: Workspace, name: str) -> Path:
    target = workspace.root / "policies" / name
    target.parent.mkdir(exist_ok=True)
    target.write_bytes((EXAMPLES / name).read_bytes())
    return target


def renewed(workspace: Workspace) -> tuple[IngestReport, BuildReport]:
    report = ingest_into(workspace, [workspace.root / "policies"], prune=True, tick=scripted.silent)
    return report, build_graph(workspace, tick=scripted.silent)


def passages_of(workspace: Workspace, name: str) -> set[str]:
    (entry,) = [each for each in workspace.library.documents() if each.source.endswith(name)]
    return {passage.id for passage in workspace.library.passages(entry.id)}


def is_as_made_anew(workspace: Workspace) -> None:
    """Check library, index and graph against a workspace that only ever saw the files as they are now."""
    with Workspace.create(workspace.root.parent / "anew", environment={}) as anew:
        (anew.root / "policies").mkdir()
        for path in (workspace.root / "policies").iterdir():
            (anew.root / "policies" / path.name).write_bytes(path.read_bytes())
        renewed(anew)
        assert workspace.graph().digest == anew.graph().digest
        assert workspace.library.passage_ids() == anew.library.passage_ids()
        assert workspace.index.ids() == workspace.library.passage_ids()
        found, expected = (each.index.dense(["When is rent in arrears?"], 8)[0] for each in (workspace, anew))
        assert [name for name, _ in found] == [name for name, _ in expected]


def test_nothing_changed(workspace: Workspace) -> None:
    before = workspace.graph().digest
    report, built = renewed(workspace)
    assert (report.counts["unchanged"], report.indexed, report.dropped) == (5, 0, 0)
    assert (built.extracted, built.passages, built.unchanged, built.removed) == (0, 0, 5, 0)
    assert workspace.graph().digest == before


def test_a_paragraph_is_added_to_one_document(workspace: Workspace) -> None:
    path = workspace.root / "policies" / NAMES[2]
    old, digest = passages_of(workspace, NAMES[2]), workspace.graph().digest
    path.write_text(path.read_text() + PARAGRAPH)
    report, built = renewed(workspace)
    new = passages_of(workspace, NAMES[2])
    assert (report.counts["changed"], report.counts["unchanged"]) == (1, 4)
    assert (report.indexed, report.dropped) == (len(new - old), len(old - new))
    assert 0 < report.indexed < len(new)
    assert (built.extracted, built.unchanged, built.passages) == (1, 4, len(new))
    assert workspace.graph().digest != digest
    assert workspace.graph().find("laundry room") is not None
    is_as_made_anew(workspace)


def test_a_document_is_added(workspace: Workspace) -> None:
    copy(workspace, ADDED)
    report, built = renewed(workspace)
    assert (report.counts["added"], report.counts["unchanged"]) == (1, 5)
    assert report.indexed == built.passages == len(passages_of(workspace, ADDED))
    assert (built.extracted, built.unchanged) == (1, 5)
    is_as_made_anew(workspace)


def test_a_document_is_removed(workspace: Workspace) -> None:
    gone = passages_of(workspace, NAMES[3])
    (workspace.root / "policies" / NAMES[3]).unlink()
    report, built = renewed(workspace)
    assert (report.counts["removed"], report.counts["unchanged"]) == (1, 4)
    assert (report.indexed, report.dropped) == (0, len(gone))
    assert (built.extracted, built.removed, built.passages) == (0, 1, 0)
    assert not gone & workspace.index.ids()
    assert not gone & set(workspace.graph().passages)
    is_as_made_anew(workspace)


def test_all_at_once(workspace: Workspace) -> None:
    folder = workspace.root / "policies"
    (folder / NAMES[0]).write_text((folder / NAMES[0]).read_text() + PARAGRAPH)
    (folder / NAMES[4]).unlink()
    copy(workspace, ADDED)
    report, built = renewed(workspace)
    assert [report.counts[name] for name in ("changed", "removed", "added", "unchanged")] == [1, 1, 1, 3]
    assert (built.extracted, built.removed, built.unchanged) == (2, 1, 3)
    assert built.passages == len(passages_of(workspace, NAMES[0])) + len(passages_of(workspace, ADDED))
    is_as_made_anew(workspace)


def test_a_document_that_moves_is_not_read_again(workspace: Workspace) -> None:
    folder = workspace.root / "policies"
    (folder / NAMES[1]).rename(folder / "waiting-list.md")
    before = workspace.graph().digest
    report, built = renewed(workspace)
    assert (report.counts["moved"], report.counts["unchanged"]) == (1, 4)
    assert (report.indexed, report.dropped, built.passages) == (0, 0, 0)
    assert workspace.graph().digest == before


def test_a_change_taken_back_leaves_no_trace_in_the_graph(workspace: Workspace) -> None:
    path, before = workspace.root / "policies" / NAMES[2], workspace.graph().digest
    text = path.read_text()
    for each in (text + PARAGRAPH, text):
        path.write_text(each)
        renewed(workspace)
    assert workspace.graph().digest == before
    assert workspace.index.ids() == workspace.library.passage_ids()


def test_old_evidence_is_still_found_by_its_id(workspace: Workspace) -> None:
    path = workspace.root / "policies" / NAMES[2]
    old = passages_of(workspace, NAMES[2])
    path.write_text(PARAGRAPH.strip() + "\n")
    renewed(workspace)
    assert set(workspace.library.passages_by_id(sorted(old))) == old
    assert not old & workspace.index.ids()


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_text(PARAGRAPH)])
def test_a_run_goes_on_with_a_corpus_that_changed(workspace: Workspace, change: Callable[[Path], object]) -> None:
    first = scripted.run(workspace, 6)
    change(workspace.root / "policies" / NAMES[3])
    stale = scripted.run(workspace, 12)
    assert (stale.run, stale.kept) == (first.run, 12)
    renewed(workspace)
    second = scripted.run(workspace, 6)
    assert second.run != first.run
    known = workspace.library.passage_ids()
    assert all(each.id in known for row in workspace.runs.kept(second.run) for each in row.evidence)

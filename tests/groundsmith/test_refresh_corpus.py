"""Thirty real documents, three of them edited by rule: every outdated answer is found, and only rows on changed text are looked at."""

from __future__ import annotations

import json
import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import scripted

from groundsmith.assay import Assay
from groundsmith.pipeline import generate
from groundsmith.refresh.session import refresh
from groundsmith.refresh.source import source_of
from groundsmith.refresh.store import RefreshLog

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """The benchmark, whose documents, edits and stand-in author these are."""
    spec = spec_from_file_location("benchmark_refresh", ROOT / "benchmarks" / "refresh.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Counting:
    """The benchmark's stand-in for a model, with its calls counted."""

    name = "stand-in"

    def __init__(self, inner: object) -> None:
        self._inner, self.calls = inner, 0

    def complete(self, prompt, *, draw):
        self.calls += 1
        return self._inner.complete(prompt, draw=draw)


@pytest.mark.corpus
@pytest.mark.model
@pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not there")
def test_three_of_thirty_documents_are_edited(bench: ModuleType, tmp_path: Path) -> None:
    chosen, added = bench.documents(DATA)
    assert len(chosen) == 30
    with bench.opened(tmp_path / "living", "stand-in") as workspace:
        (workspace.root / "documents").mkdir()
        for path in chosen:
            shutil.copyfile(path, workspace.root / "documents" / path.name)
        bench.built(workspace)
        judge = Assay.of(workspace, workspace.graph())
        first, second = Counting(bench.StandIn()), Counting(bench.StandIn())
        generate(workspace, count=10, stop=lambda: False, tick=scripted.silent, model=first, assay=judge)
        source = source_of(workspace, None)
        rows = list(source.rows())
        names, _ = bench.chosen_edits(workspace, rows)
        edited = {entry.id for entry in workspace.library.documents() if entry.source in names}
        outdated = {row.id for row in rows if bench.planted(row, edited)}
        before = workspace.library.passage_ids()
        for name in names:
            bench.edited_file(workspace.root / name)
        shutil.copyfile(added, workspace.root / "documents" / added.name)
        bench.built(workspace)
        changed = before - workspace.library.passage_ids()
        resting = {row.id for row in rows if {each.id for each in row.evidence} & changed}
        done = refresh(workspace, source, stop=lambda: False, tick=scripted.silent, model=second)
        records = list(RefreshLog(workspace.database).records(done.run))
        after = {row.id: row for row in workspace.runs.kept(done.run, limit=done.asked)}
        assert outdated
        assert outdated <= resting < {row.id for row in rows}
        assert {each["row"] for each in records} == resting
        assert done.verified == len(resting)
        assert not outdated & set(after)
        assert all(after[row.id] == row for row in rows if row.id not in resting)
        assert second.calls <= first.calls / 10
        assert all(row.verdict == "supported" for row in after.values())
        stated = [bench.edited(each["answer"]) for each in records if each["outcome"] == "corrected"]
        assert stated == [each["new_answer"] for each in records if each["outcome"] == "corrected"]
        assert json.dumps([row.to_json() for row in after.values()])


def test_the_rule_edits_figures_and_duties_alone(bench: ModuleType, tmp_path: Path) -> None:
    text = "A tenant must reply within 30 days and shall not pay $1,400. Section 12 applies."
    assert bench.edited(text) == "A tenant may reply within 39 days and shall not pay $4,200. Section 12 applies."
    path = tmp_path / "x.html"
    path.write_text(
        '<html><head><title>30 days</title></head><body class="must">You must wait <b id="30 days">30 days</b></body>'
    )
    bench.edited_file(path)
    assert path.read_text().endswith('<body class="must">You may wait <b id="30 days">39 days</b></body>')

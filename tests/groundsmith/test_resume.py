"""Killed at any moment and started again, the road ends where it would have ended undisturbed."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import scripted

from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.workspace import Workspace

pytestmark = pytest.mark.timeout(900)  # a dozen processes, one after another
EXAMPLES = Path(__file__).parents[2] / "examples" / "harbourview"
SCRIPT = Path(__file__).with_name("scripted.py")
COUNT, FILES = 36, 10
"""Rows, and documents: more than are read without processes of their own."""
KILLS = int(os.environ.get("RESUME_KILLS", "3"))
"""How often each step is killed while it reads or writes; RESUME_KILLS=6 is the long form."""
WAIT = 120.0


MOST_UNRECORDED = 8
"""Calls that may have to be made again when a run is killed: four under way, and as many replies just being written."""


@dataclass(frozen=True)
class Ended:
    """A step in a process of its own: whether it was killed before it was done."""

    killed: bool


def started(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed_after(process: subprocess.Popen[str], ready: Callable[[], bool], pause: float) -> Ended:
    """Kill a process `pause` seconds after `ready`, or see it end well before."""
    deadline = time.monotonic() + WAIT
    while process.poll() is None and not ready():
        assert time.monotonic() < deadline
    time.sleep(pause)
    process.kill()
    _, errors = process.communicate()
    assert process.returncode in (0, -9), errors
    return Ended(killed=process.returncode == -9)


def after_lines(process: subprocess.Popen[str], count: int) -> Callable[[], bool]:
    """Say yes when the process has written `count` lines."""
    seen = 0

    def ready() -> bool:
        nonlocal seen
        assert process.stdout is not None
        if seen < count:
            seen += bool(process.stdout.readline())
        return seen >= count

    return ready


def finished(*words: object) -> None:
    process = started(*words)
    _, errors = process.communicate(timeout=WAIT)
    assert process.returncode == 0, errors


def made(root: Path) -> Path:
    (root / "corpus").mkdir()
    for path in sorted(EXAMPLES.iterdir())[:FILES]:
        shutil.copy(path, root / "corpus")
    Workspace.create(root, environment={}).close()
    return root


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace gone through from beginning to end without a stop."""
    root = made(tmp_path_factory.mktemp("undisturbed"))
    with scripted.opened(root) as workspace:
        ingest_into(workspace, [root / "corpus"], prune=False, tick=scripted.silent)
        build_graph(workspace, tick=scripted.silent)
        assert scripted.run(workspace, COUNT).status == "complete"
    return root


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose ingest was killed while it read and while it indexed, and whose graph was killed too."""
    root, chance, kills = made(tmp_path_factory.mktemp("disturbed")), random.Random(11), 0
    apart = FILES // (KILLS + 1)
    for lines in (*(chance.randint(1 + apart * step, apart * (step + 1)) for step in range(KILLS)), FILES):
        process = started("ingest", root, "corpus")
        pause = chance.random() * (0.05 if lines < FILES else 1.0)
        kills += killed_after(process, after_lines(process, lines), pause).killed
    assert kills >= KILLS - 1
    finished("ingest", root, "corpus")
    process = started("graph", root)
    killed_after(process, after_lines(process, 5), chance.random() * 0.05)
    finished("graph", root)
    return root


def test_a_killed_ingest_ends_with_the_same_library_index_and_graph(undisturbed: Path, disturbed: Path) -> None:
    with (
        Workspace.open(undisturbed, environment={}) as expected,
        Workspace.open(disturbed, environment={}) as found,
    ):
        assert entries(found) == entries(expected)
        assert list(found.library.passages()) == list(expected.library.passages())
        assert found.index.ids() == expected.index.ids() == found.library.passage_ids()
        assert found.graph().digest == expected.graph().digest
        assert found.database.integrity() is None


def test_a_killed_run_ends_with_the_same_rows_and_repeats_no_call(
    undisturbed: Path, disturbed: Path, tmp_path: Path
) -> None:
    chance, kills, repeated = random.Random(23), 0, 0
    log = tmp_path / "calls.log"
    log.touch()
    for _ in range(KILLS):
        known, before = journalled(disturbed), len(log.read_text().splitlines())
        process = started("generate", disturbed, COUNT, log)
        wanted = before + chance.randint(3, 16)
        ended = killed_after(process, lambda wanted=wanted: _lines(log) >= wanted, chance.random() * 0.06)
        kills += ended.killed
        repeated += len(known & set(log.read_text().splitlines()[before:]))
    assert kills >= KILLS - 1
    known, before = journalled(disturbed), _lines(log)
    finished("generate", disturbed, COUNT, log)
    calls = log.read_text().splitlines()
    repeated += len(known & set(calls[before:]))
    assert repeated == 0
    # the model answers at once, so at any moment there are calls under way and replies on their way into the journal
    assert len(calls) - len(set(calls)) <= kills * MOST_UNRECORDED
    with Workspace.open(undisturbed, environment={}) as expected, Workspace.open(disturbed, environment={}) as found:
        run = expected.latest_run()
        assert [each.id for each in found.runs.all()] == [run.id]
        assert found.latest_run().status == "complete"
        units = scripted.units(found, run.id)
        assert units == scripted.units(expected, run.id)
        assert len({unit[1] for unit in units}) == len(units)
        kept = [row.id for row in found.runs.kept(run.id, limit=COUNT)]
        assert kept == [row.id for row in expected.runs.kept(run.id, limit=COUNT)]
        assert len(set(kept)) == COUNT


def entries(workspace: Workspace) -> list[object]:
    return [replace(entry, added="", updated="") for entry in workspace.library.documents()]


def _lines(log: Path) -> int:
    time.sleep(0.005)
    return len(log.read_text().splitlines())


def journalled(root: Path) -> set[str]:
    with Workspace.open(root, environment={}) as workspace:
        rows = workspace.journal.recorded("scripted")
    return {f"{prompt} {draw}" for prompt, draw in rows}

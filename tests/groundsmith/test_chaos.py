"""Against an endpoint that fails half of all tries, and whatever moment the process dies: the number asked for, nothing paid twice."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import chaos
import scripted

from groundsmith.workspace import Workspace
from knowledge.errors import ModelCallError

SCRIPT = Path(__file__).with_name("chaos.py")
KILLS = int(os.environ.get("CHAOS_KILLS", "3"))
COUNT = int(os.environ.get("CHAOS_COUNT", "40"))
"""For the long form: CHAOS_KILLS=10 CHAOS_COUNT=200."""


def opened(place: Path, **overrides: str) -> Workspace:
    return scripted.opened(place, **{**chaos.SETTINGS, **overrides})


def test_the_number_asked_for_comes_and_no_call_is_paid_for_twice(place: Path) -> None:
    with opened(place) as workspace, chaos.Endpoint() as endpoint, chaos.model(endpoint.url) as model:
        outcome = scripted.run(workspace, 200, model=model)
        rows = list(workspace.runs.kept(outcome.run, limit=200))
        recorded = workspace.journal.recorded("chaotic")
        again = scripted.run(workspace, 200, model=model)
    assert (outcome.status, len({row.id for row in rows})) == ("complete", 200)
    assert set(endpoint.delivered.values()) == {1}
    assert len(recorded) == len(endpoint.delivered) == outcome.spent.calls
    assert min(endpoint.faults[fault] for fault in chaos.FAULTS) > 20
    assert {"cut", "missing", "not-json"} & set(dict(outcome.funnel.failures))
    assert (again.spent.calls, again.funnel) == (0, outcome.funnel)


def test_a_ceiling_on_tokens_is_not_passed(place: Path) -> None:
    options = {"budget__tokens": "50000"}
    with (
        opened(place, **options) as workspace,
        chaos.Endpoint(chance=0.0) as endpoint,
        chaos.model(endpoint.url, timeout=60.0) as model,
    ):
        outcome = scripted.run(workspace, 400, model=model)
        first = endpoint.tokens
        more = scripted.run(workspace, 400, model=model)
    assert (outcome.status, outcome.why) == ("short", "budget.tokens = 50000 is spent")
    assert 45_000 < first <= 50_000
    assert outcome.spent.input_tokens + outcome.spent.output_tokens == first
    assert 45_000 < endpoint.tokens - first <= 50_000
    assert more.spent.calls > 0
    assert set(endpoint.delivered.values()) == {1}


def test_a_call_that_failed_is_made_again_when_the_run_goes_on(place: Path) -> None:
    def script(prompt, draw):
        raise ModelCallError("scripted: the line was busy")

    with opened(place) as workspace:
        broken = scripted.CountingModel(script)
        first = scripted.run(workspace, 10, model=broken, stop=iter([False, True]).__next__)
        assert first.funnel.failed == 24 == len(workspace.runs.unanswered(first.run))
        mended = scripted.CountingModel()
        more = scripted.run(workspace, 10, model=mended)
        assert (more.run, more.status) == (first.run, "complete")
        assert not workspace.runs.unanswered(more.run)
        assert set(broken.calls) <= set(mended.calls)


def killed(place: Path, library: Path, tmp_path: Path, *, count: int, kills: int) -> None:
    shutil.copytree(library, tmp_path / "other")
    with (
        opened(tmp_path / "other") as workspace,
        chaos.Endpoint(chance=0.0) as quiet,
        chaos.model(quiet.url, timeout=60.0) as model,
    ):
        whole = scripted.run(workspace, count, model=model)
        expected = scripted.units(workspace, whole.run)
    chance, died = random.Random(kills), 0
    with chaos.Endpoint() as endpoint:
        for number in range(kills):
            wanted = len(endpoint.delivered) + chance.randint(1, max(2, 2 * count // kills))
            process = subprocess.Popen([sys.executable, str(SCRIPT), str(place), str(count), endpoint.url])
            deadline = time.monotonic() + 60
            while process.poll() is None and len(endpoint.delivered) < wanted and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(chance.random() * 0.05)
            process.kill()
            died += process.wait() == -9
            assert number == kills - 1 or died > 0
        before = dict(endpoint.delivered)
        with opened(place) as workspace:
            known = len(workspace.journal.recorded("chaotic"))
            with chaos.model(endpoint.url) as model:
                ended = scripted.run(workspace, count, model=model)
            units = scripted.units(workspace, ended.run)
    assert died >= min(2, kills)
    assert (
        len(before) - known <= died * endpoint.most
    )  # delivered to a process that died before it could write them down
    assert sum(endpoint.delivered.values()) - len(endpoint.delivered) <= died * endpoint.most
    assert [unit[:1] + unit[3:5] for unit in units] == [unit[:1] + unit[3:5] for unit in expected]


def test_killed_at_random_moments_the_run_ends_the_same(place: Path, library: Path, tmp_path: Path) -> None:
    killed(place, library, tmp_path, count=COUNT, kills=KILLS)

"""`groundsmith generate` in batches, as a person runs it: killed and gone on with, no call paid for twice, no reply lost."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import batch_endpoint
import pytest
from scripted_endpoint import quoting
from terminal import cli, command, environment

COUNT = 8
PATIENCE = 120.0


def answer(body: dict[str, Any]) -> tuple[int, str]:
    """Quote a source; one call in nine fails."""
    text = body["messages"][-1]["content"]
    return (500, "the line was busy") if len(text) % 9 == 0 else (200, quoting(text))


def words(endpoint: batch_endpoint.Endpoint, *, count: int = COUNT) -> list[str]:
    settings = {
        "model.base_url": endpoint.url,
        "model.name": "batcher",
        "model.batch": "true",
        "model.batch_calls": "10",
        "generation.strategy": "single",
        "verification.relevance": "false",
    }
    flags = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    return ["generate", "-n", str(count), "--json", *flags]


def killed(place: Path, endpoint: batch_endpoint.Endpoint, when: Callable[[], bool]) -> None:
    """Start the command and kill it when something is so."""
    with subprocess.Popen(
        command(*words(endpoint)), cwd=place, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        end = time.monotonic() + PATIENCE
        while not when() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        process.kill()
        assert process.wait() == -9, process.communicate()


@pytest.mark.model
def test_a_run_in_batches_that_is_killed_goes_on_and_pays_for_nothing_twice(place: Path) -> None:
    with batch_endpoint.Endpoint(looks=10**6, answer=answer, expires=6) as endpoint:
        killed(place, endpoint, lambda: endpoint.looked["batch-0"] > 0)
        assert len(endpoint.batches) == 1
        endpoint.looks = 1
        killed(place, endpoint, lambda: len(endpoint.batches) >= 3)
        first = cli(*words(endpoint), here=place)
        told = json.loads(first.stdout)
        assert (told["kept"], told["status"]) == (COUNT, "complete")
        assert endpoint.batches["batch-0"]["ends"] == "expired"
        assert any(b'"status_code": 500' in content for content in endpoint.files.values())
        assert len(endpoint.batches) > 3
        assert set(endpoint.done.values()) == {0, 1}
        batches = len(endpoint.batches)
        assert json.loads(cli(*words(endpoint), here=place).stdout)["kept"] == COUNT
        assert len(endpoint.batches) == batches
    rows = [json.loads(line) for line in cli("export", here=place).stdout.splitlines()]
    assert len({row["id"] for row in rows}) == COUNT
    assert all(row["model"] == "batcher" for row in rows)

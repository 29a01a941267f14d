"""`groundsmith studio` as its user starts it: an address, a token where it can be reached from elsewhere, an end with Ctrl-C."""

import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx2
import pytest
from terminal import cli

from groundsmith.workspace import Workspace


@contextmanager
def started(folder, *options):
    """The command in a process of its own; yields the address it printed."""
    command = [sys.executable, "-m", "groundsmith.cli", "studio", "-w", str(folder), "--no-browser", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def test_it_serves_until_it_is_interrupted(bare):
    with started(bare.root, "--port", "0") as (process, address):
        answer = httpx2.get(address, timeout=60)
        assert answer.status_code == 200
        assert "server" not in answer.headers
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=60)
        assert "Traceback" not in messages
        assert process.returncode in (0, 130)


def test_beyond_loopback_it_asks_for_a_token(bare):
    with started(bare.root, "--port", "0", "--host", "0.0.0.0") as (_, address):
        port = address.split(":")[2].split("/")[0]
        assert "?token=" in address
        assert httpx2.get(f"http://127.0.0.1:{port}/", timeout=60).status_code == 401
        token = address.partition("token=")[2]
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=60) as client:
            assert client.get("/", params={"token": token}).status_code == 200
            assert client.get("/runs").status_code == 200


def test_a_port_that_is_taken_is_said(bare):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = cli("studio", "-w", bare.root, "--port", port, here=bare.root, code=2)
    assert f"127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr


def test_the_copy_of_the_graph_is_made_by_a_process_of_its_own(place):
    command = [sys.executable, "-m", "groundsmith.studio.concept_store", str(place)]
    subprocess.run(command, check=True)
    from groundsmith.studio.desk import Tables

    with Workspace.open(place, environment={}) as workspace:
        graph, store = workspace.graph(), Tables(workspace).concepts
        assert store.count() == len(graph.concepts)
        heaviest = max(graph.concepts.values(), key=lambda each: each.weight)
        known = store.find(heaviest.id)
        assert known is not None
        assert known.aliases == heaviest.aliases
        assert known.definitions or not graph.definitions(heaviest.id)


@pytest.mark.parametrize("form", ["", "?token=x"])
def test_an_address_without_workspace_is_an_error(tmp_path, form):
    done = cli("studio", "-w", tmp_path / f"none{form[:1]}", here=tmp_path, code=2)
    assert "groundsmith init" in done.stderr

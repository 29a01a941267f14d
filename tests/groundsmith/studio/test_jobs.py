"""What is started from the studio: it goes on without it, is stopped and gone on with, and loses nothing that was decided."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx2
import pytest
import scripted_endpoint
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from groundsmith.studio.app import create_app
from groundsmith.workspace import Workspace

SERVER = """
import sys
from pathlib import Path
import uvicorn
from groundsmith.studio.app import create_app
from groundsmith.workspace import Workspace
workspace = Workspace.open(Path(sys.argv[1]), environment={})
app = create_app(workspace, overrides=sys.argv[2:])
server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
import asyncio
async def main():
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await task
asyncio.run(main())
"""


def overrides(address):
    """Settings under which a run asks the scripted endpoint and judges quickly."""
    return [
        f"model.base_url={address}", "model.name=scripted", "model.api_key_variable=SCRIPTED_KEY", "sampling.levels=1",
        "curation.duplicates=false", "verification.relevance=false", "verification.passages=2",
        "model.parallel=1",
    ]  # fmt: skip


@pytest.fixture
def studio(place, monkeypatch):
    """The studio over a copy of the policies, whose runs ask a scripted endpoint."""
    monkeypatch.setenv("SCRIPTED_KEY", "none")
    with (
        scripted_endpoint.endpoint(delay=0.1) as address,
        Workspace.open(place, environment={}) as workspace,
        TestClient(create_app(workspace, overrides=overrides(address)), base_url="http://127.0.0.1") as client,
    ):
        yield client, workspace, address


@contextmanager
def killed(server):
    """Kill a server at the end, however the test ends."""
    try:
        yield server
    finally:
        server.kill()
        server.communicate()


def until(check, *, seconds=90):
    """Wait until a check is true; return what it said."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it never came true")


@pytest.mark.model
def test_a_run_is_started_stopped_and_gone_on_with(studio):
    client, workspace, _ = studio
    started = client.post("/runs", data={"count": "40", "calls": "400"}, follow_redirects=False)
    job = started.headers["location"]
    until(lambda: workspace.runs.all() and workspace.runs.funnel(workspace.runs.all()[0].id).made >= 1)
    run = workspace.runs.all()[0].id
    page = BeautifulSoup(client.get(f"/runs/{run}").text, "lxml")
    assert page.select_one(f"[data-live='/runs/{run}/events']")
    assert client.post("/runs", data={"count": "5"}).status_code == 422
    stopped = client.post(f"/runs/{run}/stop", follow_redirects=False)
    assert stopped.headers["location"] == f"/runs/{run}"
    until(lambda: client.get(f"{job}.json").json()["progress"]["state"] != "working")
    decided = workspace.runs.done(run)
    shown = client.get(f"/runs/{run}.json").json()
    assert shown["state"] in ("stopped", "complete")
    assert shown["can_go_on"]
    again = client.post(f"/runs/{run}/resume", data={"count": "40"}, follow_redirects=False)
    until(lambda: client.get(f"{again.headers['location']}.json").json()["progress"]["state"] != "working")
    assert [each.id for each in workspace.runs.all()] == [run]
    assert workspace.runs.run(run).status == "complete"
    assert decided <= workspace.runs.done(run)
    finished = client.get(f"{again.headers['location']}.json").json()["progress"]
    assert (finished["state"], finished["result"]["run"]) == ("done", run)
    rows = client.get("/samples.json", params={"run": run}).json()
    assert rows["total"] == workspace.runs.funnel(run).kept
    told = client.get(f"/runs/{run}/events").text
    assert told.startswith("event: progress\ndata: ")
    assert "event: done" in told


@pytest.mark.model
def test_a_run_outlives_a_studio_that_is_killed(place, monkeypatch):
    monkeypatch.setenv("SCRIPTED_KEY", "none")
    with scripted_endpoint.endpoint(delay=0.1) as address:
        command = [sys.executable, "-c", SERVER, str(place), *overrides(address)]
        with killed(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as server:
            base = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            started = httpx2.post(f"{base}/runs", data={"count": "26"}, timeout=60)
            job = started.headers["location"]
            with Workspace.open(place, environment={}) as workspace:
                until(lambda: workspace.runs.all() and workspace.runs.funnel(workspace.runs.all()[0].id).made >= 1)
                server.kill()
                server.wait()
                decided = workspace.runs.done(workspace.runs.all()[0].id)
                until(lambda: workspace.runs.all()[0].status == "complete")
                run = workspace.runs.all()[0]
                assert decided <= workspace.runs.done(run.id)
                with TestClient(create_app(workspace), base_url="http://127.0.0.1") as client:
                    until(lambda: client.get(f"{job}.json").json()["progress"]["state"] == "done")
                    assert client.get(f"/runs/{run.id}.json").json()["funnel"]["kept"] >= 26


def test_a_run_whose_process_was_killed_is_said_to_be_interrupted(client, full):
    full.runs.begin("r_5", kind="generate", asked=5, record={"settings": {}})
    (full.state / "lock").write_text(f"{os.getpid()}\n", encoding="ascii")
    assert client.get("/runs/r_5.json").json()["state"] == "interrupted"
    page = BeautifulSoup(client.get("/").text, "lxml")
    assert (
        "1 runs were interrupted" in page.select_one("section[aria-labelledby=attention]").get_text()
        or "1 run" in page.get_text()
    )
    assert client.post("/runs/r_5/stop").status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("count", ""),
        ("count", "0"),
        ("count", "-1"),
        ("count", "1e3"),
        ("money", "free"),
        ("calls", "1.5"),
        ("seed", "x"),
    ],
)
def test_what_is_wrong_with_a_run_is_said_at_its_field(client, full, field, value):
    answer = client.post("/runs", data={"count": "5", field: value})
    page = BeautifulSoup(answer.text, "lxml")
    assert answer.status_code == 422
    assert page.select_one("[role=alert] a")["href"] == f"#{field}"
    assert page.find(id=field)["aria-describedby"] == f"{field}-wrong"
    assert page.find(id=field)["value"] == value
    assert full.runs.all()[0].id == "r_1"
    told = client.post("/runs", data={"count": "5", field: value}, headers={"accept": "application/json"})
    assert told.json()["errors"][0]["field"] == field


def test_a_job_that_fails_says_why(client):
    job = client.app.state.desk.jobs.start("generate", ["generate", "--count", "0"], title="Nothing")
    until(lambda: client.get(f"/jobs/{job.id}.json").json()["progress"]["state"] != "working")
    shown = client.get(f"/jobs/{job.id}.json").json()["progress"]
    assert shown["state"] == "failed"
    assert "--count" in shown["messages"]
    assert client.post(f"/jobs/{job.id}/stop", follow_redirects=False).status_code == 303
    assert "event: done" in client.get(f"/jobs/{job.id}/events").text


def test_a_job_that_is_killed_is_told_from_one_that_ended(client):
    jobs = client.app.state.desk.jobs
    job = jobs.start("verify", ["verify", "-"], title="Waits")
    pid = until(lambda: jobs.pid(job.id))
    os.kill(pid, signal.SIGKILL)
    until(lambda: not jobs.is_alive(job.id))
    assert jobs.progress(job).state == "killed"


def test_a_text_is_checked_and_the_report_stays(client, full):
    passage = next(each for each in full.library.passages() if len(each.text) > 200)
    said = passage.text.partition(". ")[0] + "."
    answer = client.post("/check", data={"question": "", "answer": said}, follow_redirects=False)
    assert answer.status_code == 303
    page = BeautifulSoup(client.get(answer.headers["location"]).text, "lxml")
    assert page.select_one("main .badge").get_text() == "supported"
    assert page.select("ol.claims blockquote mark")
    again = client.post("/check", files={"file": ("answer.txt", said.encode())}, follow_redirects=False)
    assert client.get(f"{again.headers['location']}.json").json()["row"]["answer"] == said
    assert len(client.get("/check.json").json()["reports"]) == 2


@pytest.mark.model
def test_a_file_is_checked_with_the_real_judge(studio):
    client, workspace, _ = studio
    passage = next(each for each in workspace.library.passages() if len(each.text) > 200)
    said = passage.text.partition(". ")[0]
    rows = f'{{"question": "What is said?", "answer": "{said}."}}\n{{"question": "Why?", "answer": "Purple elephants juggle."}}\n'
    answer = client.post("/check", files={"file": ("set.jsonl", rows.encode())}, follow_redirects=False)
    job = answer.headers["location"]
    until(lambda: client.get(f"{job}.json").json()["progress"]["state"] != "working")
    shown = client.get(f"{job}.json").json()
    assert shown["progress"]["result"]["rows"] == 2, shown["progress"]["messages"]
    copy = client.get(shown["annotated"])
    assert len(copy.text.splitlines()) == 2
    assert "groundsmith_verdict" in copy.text


@pytest.mark.model
def test_contradictions_are_looked_for(studio):
    client, _, _ = studio
    client.post("/contradictions")
    state = until(
        lambda: (found := client.get("/contradictions.json").json())["progress"]["state"] != "working" and found
    )
    assert state["progress"]["state"] in ("done", "below"), state["progress"]["messages"]
    assert state["compared"] > 0

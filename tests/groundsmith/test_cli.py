"""The command line as a person uses it: a process, two streams, an exit code, and never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import gated
import pytest
import scripted
from terminal import cli, command, complaint, environment

from groundsmith.exports import FORMS
from groundsmith.workspace import Workspace

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "harbourview"
ENCRYPTED = ROOT.parent / "shared" / "data" / "nasty" / "pdf" / "encrypted-user-password.pdf"
NAMES = ("HBA-06-arrears-and-repayment.md", "HBA-07-appeals-and-review.md")
NOWHERE = "http://127.0.0.1:9/v1"
WAIT = 240.0
"""Seconds until a process that hangs is given up."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two policies, their graph, and a run of ten rows."""
    root = scripted.stocked(tmp_path_factory.mktemp("finished"), [EXAMPLES / name for name in NAMES])
    with Workspace.open(root, environment={}) as workspace:
        assert scripted.run(workspace, 10).kept == 10
    return root


@pytest.fixture
def place(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished workspace of one's own."""
    shutil.copytree(finished, tmp_path / "place")
    return tmp_path / "place"


# Beginning ---------------------------------------------------------------------------------------------------------


def test_init_makes_a_workspace_and_keeps_one(tmp_path: Path) -> None:
    done = cli("init", "policies", here=tmp_path)
    assert "next: groundsmith ingest PATH" in done.stderr
    settings = tmp_path / "policies" / "groundsmith.yaml"
    settings.write_text("generation: {count: 3}\n")
    cli("init", "policies", here=tmp_path)
    assert settings.read_text() == "generation: {count: 3}\n"


def test_ingest_without_a_workspace_makes_one_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "fees.md").write_text("# Fees\n\nThe fee for a permit is $5 a month.\n")
    done = cli("ingest", "fees.md", here=tmp_path)
    assert "no workspace here: making one" in done.stderr
    assert "1 added; 1 passages" in done.stdout
    assert "1 unchanged" in cli("ingest", "fees.md", here=tmp_path).stdout


def test_bad_files_are_a_line_each_and_the_others_go_on(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    (box / "good.md").write_text("# Fees\n\nThe fee for a permit is $5 a month, and it is paid on the first day.\n")
    (box / "empty.md").write_bytes(b"")
    (box / "blank.txt").write_text(" \n\n \t\n")
    (box / "misnamed.pdf").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (box / "torn.docx").write_bytes(b"PK\x03\x04" + b"torn" * 50)
    (box / "large.txt").write_text("word " * 1000)
    bad = {"empty.md", "blank.txt", "misnamed.pdf", "torn.docx", "large.txt"}
    if ENCRYPTED.exists():
        shutil.copy(ENCRYPTED, box / "encrypted.pdf")
        bad.add("encrypted.pdf")
    (box / "locked.md").write_text("# Locked\n\nNobody may read this.\n")
    (box / "locked.md").chmod(0)
    if not os.access(box / "locked.md", os.R_OK):
        bad.add("locked.md")
    cli("init", here=tmp_path)
    done = cli("ingest", "box", "--set", "library.max_bytes=4000", here=tmp_path, code=1)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert {line.split(":")[1].strip() for line in errors} == {f"box/{name}" for name in bad}
    assert len(errors) == len(bad)
    assert f"{len(bad)} failed" in done.stdout
    assert " added" in done.stdout
    examined = json.loads(cli("doctor", "--json", here=tmp_path, code=1).stdout)
    problems = " ".join(each["what"] for each in examined if each["state"] == "problem")
    assert all(f"box/{name}" in problems for name in bad)
    assert all(each["remedy"] for each in examined if each["state"] == "problem")
    (box / "empty.md").write_text("# No longer empty\n\nThe office is open on Mondays.\n")
    again = cli("ingest", "box", here=tmp_path, code=1)
    assert "box/empty.md" not in again.stderr
    assert "box/empty.md" not in cli("doctor", here=tmp_path, code=1).stdout


def test_ingest_as_json_counts_what_became_of_each(place: Path) -> None:
    (place / "policies" / "empty.md").write_bytes(b"")
    found = json.loads(cli("ingest", "policies", "--json", here=place, code=1).stdout)
    assert (found["counts"]["unchanged"], found["counts"]["failed"]) == (2, 1)
    assert {outcome["status"] for outcome in found["outcomes"]} == {"unchanged", "failed"}


# Wrong usage -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["search"],
        ["generate", "-n", "0"],
        ["verify", "x.jsonl", "--fail-under", "2"],
        ["graph", "paint"],
    ],
)
def test_wrong_words_exit_with_2(tmp_path: Path, words: list[str]) -> None:
    done = cli(*words, here=tmp_path, code=2)
    assert "Error: " in done.stderr
    assert done.stdout == ""


def test_wrong_usage_names_the_thing_and_the_remedy(place: Path, tmp_path: Path) -> None:
    assert "groundsmith init" in complaint("doctor", here=tmp_path, code=2)
    assert "no such file or folder" in complaint("ingest", "nowhere", here=place, code=2)
    assert "did you mean 'csv'" in complaint("export", "-f", "cvs", here=place, code=2)
    assert "`groundsmith runs` lists them" in complaint("export", "--run", "r_none", here=place, code=2)
    assert "choose another --output" in complaint("export", "-o", "nowhere/x.jsonl", here=place, code=2)
    assert "not a concept" in complaint("graph", "show", "no such thing at all", here=place, code=2)
    assert "nowhere.jsonl" in complaint("verify", "nowhere.jsonl", here=place, code=2)


def test_unknown_settings_are_refused_with_a_suggestion(place: Path) -> None:
    assert "did you mean 'sampling.seed'" in complaint("plan", "--set", "samplng.seed=3", here=place, code=2)
    assert "must be a whole number" in complaint("plan", "--set", "sampling.seed=abc", here=place, code=2)
    assert "section.name=value" in complaint("plan", "--set", "sampling.seed", here=place, code=2)
    line = complaint("plan", here=place, code=2, GROUNDSMITH_SAMPLING__SEAD="3")
    assert "GROUNDSMITH_SAMPLING__SEAD" in line
    assert "did you mean 'sampling.seed'" in line
    (place / "groundsmith.yaml").write_text("sampling:\n  lebels: [1]\n")
    assert "did you mean 'sampling.levels'" in complaint("runs", here=place, code=2)


def test_debug_shows_the_trace(tmp_path: Path) -> None:
    done = subprocess.run(
        command("--debug", "doctor"), cwd=tmp_path, capture_output=True, text=True, check=False, env=environment()
    )
    assert "Traceback" in done.stderr
    assert "WorkspaceError" in done.stderr


# Models that are not there -----------------------------------------------------------------------------------------


def test_a_model_that_cannot_be_had_is_one_line_and_hides_no_run(place: Path) -> None:
    away = ["--set", f"model.base_url={NOWHERE}", "--set", "model.name=far", "--set", "model.retries=0"]
    line = complaint("generate", "-n", "3", *away, here=place, code=1)
    assert NOWHERE in line
    assert "is the server running" in line
    line = complaint("generate", "-n", "3", "--set", "model.name=nowhere.gguf", here=place, code=1)
    assert "nowhere.gguf" in line
    assert "models" in line
    (run,) = json.loads(cli("runs", "--json", here=place).stdout)
    assert run["status"] == "complete"
    assert len(cli("export", here=place).stdout.splitlines()) == 10


def test_generate_before_ingest_says_what_comes_first(tmp_path: Path) -> None:
    cli("init", here=tmp_path)
    assert "groundsmith ingest PATH, then groundsmith graph build" in complaint("generate", here=tmp_path, code=2)
    assert "groundsmith ingest PATH" in complaint("plan", here=tmp_path, code=2)
    assert "groundsmith generate" in complaint("export", here=tmp_path, code=2)


# What is listed and written ----------------------------------------------------------------------------------------


def test_every_listing_is_json_when_asked(place: Path) -> None:
    listings = (
        ["search", "When may an appeal be made?"], ["plan", "-n", "3"], ["runs"], ["coverage"], ["models", "list"],
        ["graph", "stats"], ["graph", "show"], ["graph", "show", "appeal"], ["graph", "build"],
    )  # fmt: skip
    for words in listings:
        assert json.loads(cli(*words, "--json", here=place).stdout), words
        assert cli(*words, here=place).stdout.strip(), words


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_is_written_to_a_file_and_to_standard_output(place: Path, form: str) -> None:
    target = place / f"rows.{form}"
    done = cli("export", "-f", form, "-o", target, here=place)
    assert done.stdout == ""
    assert f"as {form} to {target}" in done.stderr
    printed = cli("export", "-f", form, "-o", "-", here=place)
    assert printed.written == target.read_bytes()
    assert len(printed.written) > 500 or form == "preference"


def test_bytes_reach_a_pipe_as_they_are(place: Path) -> None:
    words = ["export", "-f", "parquet", "-o"]
    cli(*words, "rows.parquet", here=place)
    printed = subprocess.run(command(*words, "-"), cwd=place, capture_output=True, check=True, env=environment())
    assert printed.stdout == (place / "rows.parquet").read_bytes()


def test_an_export_goes_by_the_settings_unless_told(place: Path) -> None:
    settings = place / "groundsmith.yaml"
    settings.write_text("export: {format: alpaca, rejected: true}\n")
    done = cli("export", here=place)
    refused = [json.loads(line) for line in done.stdout.splitlines()]
    assert {tuple(row) for row in refused} == {("instruction", "input", "output")}
    kept = [json.loads(line) for line in cli("export", "--kept", "-f", "jsonl", here=place).stdout.splitlines()]
    assert len(kept) == 10
    assert all(row["rejected"] is None for row in kept)
    settings.write_text("")
    rows = [json.loads(line) for line in cli("export", "--rejected", here=place).stdout.splitlines()]
    assert all(row["rejected"] for row in rows)
    failed = [row for row in rows if not row["question"]]
    assert len(rows) == len(refused) + len(failed)
    assert f"{len(failed)} prompts that came to no question are left out" in done.stderr
    assert "I would rather not say." in {row["answer"] for row in failed}


def test_report_and_graph_are_written(place: Path) -> None:
    cli("report", "-o", "report.html", here=place)
    assert "<html" in (place / "report.html").read_text()
    for form, mark in (("turtle", "skos:"), ("graphml", "<graphml")):
        cli("graph", "export", "graph.out", "-f", form, here=place)
        assert mark in (place / "graph.out").read_text()
        assert mark in cli("graph", "export", "-", "-f", form, here=place).stdout


def test_a_reader_that_leaves_early_is_no_error(place: Path) -> None:
    with subprocess.Popen(
        command("plan", "-n", "60"), cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


# Writing, with an endpoint of our own ------------------------------------------------------------------------------


class Endpoint:
    """A chat endpoint on this machine that answers by the script, and counts what it was asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.answers: int | None = None
        """How many calls are answered before the others are held, None for all."""
        self._freed = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.calls.append(json.dumps([asked["messages"], asked.get("seed")]))
                if endpoint.answers is not None and len(endpoint.calls) > endpoint.answers:
                    endpoint._freed.wait(WAIT)
                body = json.dumps(endpoint.answer(asked)).encode()
                with suppress(ConnectionError):  # whoever asked may be gone
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def free(self) -> None:
        """Answer the calls that are held, and all others."""
        self.answers = None
        self._freed.set()

    @property
    def flags(self) -> list[str]:
        """What makes a command use this endpoint."""
        address = f"model.base_url=http://127.0.0.1:{self.server.server_address[1]}/v1"
        wanted = [address, "model.name=teller", "verification.relevance=false", "verification.passages=2"]
        return [word for each in wanted for word in ("--set", each)]

    @staticmethod
    def answer(asked: dict[str, object]) -> dict[str, object]:
        from generate.prompt import Message, Prompt

        messages = tuple(Message(role=each["role"], content=each["content"]) for each in asked["messages"])  # type: ignore[attr-defined]
        prompt = Prompt(messages=messages, schema={}, task="", template="", template_version=1)
        choice = {"index": 0, "finish_reason": "stop"}
        said = {"role": "assistant", "content": scripted.reply(prompt, 0)}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        head = {"id": "1", "object": "chat.completion", "created": 1, "model": "teller", "usage": usage}
        return {**head, "choices": [{**choice, "message": said}]}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    teller = Endpoint()
    teller.thread.start()
    yield teller
    teller.free()
    teller.server.shutdown()
    teller.server.server_close()


@pytest.mark.model
def test_generate_twice_asks_once_and_a_larger_number_extends(place: Path, endpoint: Endpoint) -> None:
    first = json.loads(cli("generate", "-n", "3", "-o", "rows.jsonl", "--json", *endpoint.flags, here=place).stdout)
    assert (first["kept"], first["status"]) == (3, "complete")
    rows = [json.loads(line)["id"] for line in (place / "rows.jsonl").read_text().splitlines()]
    calls = len(endpoint.calls)
    again = json.loads(cli("generate", "-n", "3", "--json", *endpoint.flags, here=place).stdout)
    assert (again["run"], len(endpoint.calls)) == (first["run"], calls)
    more = json.loads(cli("generate", "-n", "14", "--json", *endpoint.flags, here=place).stdout)
    assert (more["run"], more["kept"]) == (first["run"], 14)
    assert len(endpoint.calls) == len(set(endpoint.calls)) > calls
    extended = [json.loads(line)["id"] for line in cli("export", here=place).stdout.splitlines()]
    assert (len(extended), extended[:3]) == (14, rows)


@contextmanager
def under_way(*words: object, here: Path, **added: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a command in a process of its own, which does not outlive the test."""
    with subprocess.Popen(
        command(*words), cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**added)
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupt(process: subprocess.Popen[str]) -> None:
    """Send Ctrl-C, and wait until the process says that it has seen it."""
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    heard = ""
    while "press Ctrl-C again to stop at once" not in heard:
        line = process.stderr.readline()
        assert line, heard
        heard += line
    assert "Traceback" not in heard


@pytest.mark.model
def test_an_interrupt_says_how_to_go_on_and_loses_nothing(place: Path, endpoint: Endpoint) -> None:
    endpoint.answers = 6  # of the first batch, which is finished and does not bring twenty rows
    with under_way("generate", "-n", "20", *endpoint.flags, here=place) as process:
        wait_for(lambda: len(endpoint.calls) > 6, process)
        with (
            Workspace.open(place, environment={}) as other,
            pytest.raises(Exception, match="another groundsmith is writing"),
        ):
            other.lock()
        line = complaint("ingest", "policies", here=place, code=2)
        assert f"process {process.pid}" in line
        assert "wait until it is done, or stop it" in line
        assert "complete" in cli("runs", here=place).stdout  # readers are welcome
        interrupt(process)
        endpoint.free()
        _, errors = process.communicate(timeout=WAIT)
    assert process.returncode == 1, errors
    assert "Traceback" not in errors
    assert "stopped; run the same command again to continue" in errors
    calls = len(endpoint.calls)
    done = json.loads(cli("generate", "-n", "20", "--json", *endpoint.flags, here=place).stdout)
    assert (done["kept"], done["status"]) == (20, "complete")
    assert len(endpoint.calls) == len(set(endpoint.calls)) > calls


@pytest.mark.model
def test_a_second_interrupt_stops_at_once(place: Path, endpoint: Endpoint) -> None:
    endpoint.answers = 3
    flags = [*endpoint.flags, "--set", "model.parallel=2"]
    with under_way("generate", "-n", "10", *flags, here=place) as process:
        wait_for(lambda: len(endpoint.calls) == 5, process)
        interrupt(process)
        process.send_signal(signal.SIGINT)
        endpoint.free()
        _, errors = process.communicate(timeout=WAIT)
    assert process.returncode in (130, -signal.SIGINT), errors  # a shell reports both as 130
    assert "Traceback" not in errors
    assert "groundsmith: stopped; run the same command again to continue" in errors
    calls = len(endpoint.calls)
    assert calls < 24, "the batch is not finished"
    assert json.loads(cli("generate", "-n", "10", "--json", *flags, here=place).stdout)["kept"] == 10
    assert len(endpoint.calls) > calls
    # stopped at once, a run may lose the answers that were under way, two at a time, and none that was recorded
    assert len(endpoint.calls) - len(set(endpoint.calls)) <= 2


def test_an_interrupted_ingest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for number in range(9):
        held = gated.GATE if number == 4 else ""
        rule = f"Officer {number} must file form {number} within {number + 2} days. {held}"
        (tmp_path / "corpus" / f"{number}.rule").write_text(rule, encoding="utf-8")
    words = ["ingest", "corpus", "--set", "library.readers=[.rule=gated:Reader]", "--set", "library.workers=0"]
    cli("init", here=tmp_path)
    with under_way(*words, here=tmp_path, PYTHONPATH=str(Path(gated.__file__).parent)) as process:
        wait_for((tmp_path / gated.REACHED).exists, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=WAIT)
    assert process.returncode in (130, -signal.SIGINT), errors  # a shell reports both as 130
    assert errors.splitlines()[-1] == "groundsmith: stopped; run the same command again to continue"
    assert "Traceback" not in errors
    (tmp_path / gated.OPEN).touch()
    done = json.loads(cli(*words, "--json", here=tmp_path).stdout)
    assert (done["counts"]["added"], done["counts"]["unchanged"]) == (5, 4)
    assert cli("doctor", here=tmp_path).stdout.count("the index matches the library") == 1


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something is so, as long as the process runs."""
    end = time.monotonic() + WAIT
    while not ready():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)

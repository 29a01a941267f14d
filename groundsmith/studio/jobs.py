"""Starting, watching and stopping jobs: commands that go on when the studio does not.

A job holds a lock on a file of its own for as long as it lives, so whether it lives is asked of the system, not of a process
number that another may have by now.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from groundsmith.runs import now
from groundsmith.studio.job_store import Job, JobStore

if TYPE_CHECKING:
    from groundsmith.workspace import Workspace

TAIL: Final = 4000
"""Characters of a job's messages that are shown."""
_RUNNING: list[subprocess.Popen[bytes]] = []
_REAPING = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a job is: `state` is working, done, below (exit 1), failed or killed; `messages` the end of what it said."""

    state: str
    messages: str = ""
    result: Any = None

    @property
    def working(self) -> bool:
        """Whether it is still at work."""
        return self.state == "working"


class Jobs:
    """The jobs of a workspace."""

    def __init__(self, workspace: Workspace, *, overrides: Sequence[str] = ()) -> None:
        self._workspace = workspace
        self._overrides = [word for each in overrides for word in ("--set", each)]
        self._store = JobStore(workspace.database)

    def folder(self, job_id: str) -> Path:
        """Return the folder of a job's files."""
        return self._workspace.state / "studio" / "jobs" / job_id

    def prepare(self) -> tuple[str, Path]:
        """Return the id of a job to come, and its folder for files it will need."""
        job_id = f"j_{secrets.token_hex(10)}"
        folder = self.folder(job_id)
        folder.mkdir(parents=True, mode=0o700)
        return job_id, folder

    def start(self, kind: str, command: Sequence[str], *, title: str, job_id: str = "") -> Job:
        """Record a job and start it; `--workspace` and the studio's own overrides are added to the command."""
        if not job_id:
            job_id, _ = self.prepare()
        words = (command[0], *self._overrides, *command[1:], "--workspace", str(self._workspace.root))
        job = Job(id=job_id, kind=kind, title=title, command=words, started=now())
        self._store.add(job)
        self._launch(job)
        return job

    def _launch(self, job: Job) -> None:
        folder = self.folder(job.id)
        held = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with (folder / "out").open("wb") as out, (folder / "messages").open("wb") as messages:
                process = subprocess.Popen(  # noqa: S603 - our own program, words and no shell
                    [sys.executable, "-m", "groundsmith.studio.worker", str(folder), *job.command],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=messages,
                    start_new_session=True,
                    pass_fds=[held],
                )
        finally:
            os.close(held)
        _reap(process)

    def progress(self, job: Job) -> Progress:
        """Return how far a job is."""
        folder = self.folder(job.id)
        state = "working" if self.is_alive(job.id) else _ended(folder)
        return Progress(state=state, messages=_tail(folder / "messages"), result=_result(folder / "out", state))

    def is_alive(self, job_id: str) -> bool:
        """Return whether a job's process lives."""
        _reap()
        return _is_held(self.folder(job_id) / "lock")

    def stop(self, job_id: str) -> bool:
        """Ask a job to finish what it has in hand and end, as Ctrl-C does; return whether there was one to ask."""
        pid = _text(self.folder(job_id) / "pid")
        if not pid.isdecimal() or not self.is_alive(job_id):
            return False
        os.kill(int(pid), signal.SIGINT)
        return True

    def pid(self, job_id: str) -> int | None:
        """Return the process number of a job, None before it has one."""
        text = _text(self.folder(job_id) / "pid")
        return int(text) if text.isdecimal() else None


def _reap(*started: subprocess.Popen[bytes]) -> None:
    """Forget the processes that have ended, so that none stays as a zombie; keep those just started."""
    with _REAPING:
        _RUNNING[:] = [each for each in (*_RUNNING, *started) if each.poll() is None]


def writer_of(workspace: Workspace) -> int | None:
    """Return the process that is writing in a workspace, None when nobody is.

    The lock is only tried where the process that last had it still lives: so a writer about to begin is never in the way.
    """
    path = workspace.state / "lock"
    text = _text(path).strip()
    if not text.isdecimal() or not _lives(int(text)):
        return None
    return int(text) if _is_held(path) else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _is_held(path: Path) -> bool:
    """Return whether another process, or another opening of the file, holds the lock on it."""
    try:
        asked = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(asked, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(asked)
    return False


def _ended(folder: Path) -> str:
    return {"0": "done", "1": "below", "": "killed"}.get(_text(folder / "exit"), "failed")


def _result(path: Path, state: str) -> Any:  # noqa: ANN401 - JSON
    """Return what a job printed as JSON, None when it has not or was something else."""
    if state not in ("done", "below"):
        return None
    try:
        return json.loads(_text(path))
    except ValueError:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""

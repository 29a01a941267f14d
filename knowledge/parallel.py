"""Files read and split ahead in processes of their own, while this one embeds and writes.

Each process reads one file at a time, in a bounded memory; one that breaks down takes no other file with it. What was read
ahead is used only if it is what reading now would give, so that the result never depends on the number of processes.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Final

from knowledge.files import Found
from knowledge.reading import READY, Job, Manner, Reading, too_large

FILES: Final = 512
"""Files read ahead at most: about what is read while a batch of passages is embedded."""
LEAST: Final = 256
"""Megabytes a process needs to read ordinary files."""
_FEW, _SMALL = 8, 1_000_000
_SHARE: Final = 32
"""A file's text, structure and passages take some ten times its bytes: this share of the memory may wait as bytes on disk."""
_Task = tuple[Job, "Future[Reading]"]


def workers_for(workers: int | None, memory: int) -> int:
    """Return how many processes read: as asked, by default one a core, and never more than `memory` megabytes allow."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores if workers is None else workers, max(1, memory // LEAST))


class ReadAhead:
    """Reads files before they are asked for, in `workers` processes that share `memory` megabytes.

    The processes start with the first file. Where a `manner` cannot be handed to another process, nothing is read ahead.
    Close it at the end; a file in hand is then given up.
    """

    def __init__(self, manner: Manner, *, workers: int, memory: int) -> None:
        self._manner = pickle.dumps(manner) if _is_portable(manner) else b""
        self._workers = workers if self._manner else 0
        self._bytes = (memory << 20) // _SHARE
        self._memory = manner.memory
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._waiting: dict[Path, tuple[Future[Reading], int]] = {}
        self._held = 0
        self._readers: list[_Reader] = []

    @property
    def is_full(self) -> bool:
        """Whether as many files, or bytes, wait as may."""
        return not self._workers or len(self._waiting) >= FILES or self._held >= self._bytes

    def submit(self, job: Job, size: int) -> None:
        """Have a file of `size` bytes read."""
        if not self._readers:
            self._readers = [_Reader(self._manner, self._memory, self._tasks) for _ in range(self._workers)]
        future: Future[Reading] = Future()
        self._waiting[job.path] = (future, size)
        self._held += size
        self._tasks.put((job, future))

    def take(self, path: Path, *, source: str, bytes_digest: str) -> Reading | None:
        """Return what was read of a file, None if it has to be read now: it was not, or it has changed since."""
        future, size = self._waiting.pop(path, (None, 0))
        self._held -= size
        found = future.result() if future else None
        if found is None or found.source != source or (found.document is None and not found.reason):
            return None
        return found if found.reason or found.bytes_digest == bytes_digest else None

    def drop(self, path: Path) -> None:
        """Forget a file that need not be read after all."""
        self._held -= self._waiting.pop(path, (None, 0))[1]

    def close(self) -> None:
        """End the processes."""
        for reader in self._readers:
            reader.stop()
        for _ in self._readers:
            self._tasks.put(None)
        for reader in self._readers:
            reader.join()
        self._readers = []


class Lookahead:
    """Walks before an ingest and has the files that it will read read ahead; `job` says how a file will be, or that it won't.

    A few small files are not worth a process and are left to the ingest.
    """

    def __init__(self, found: Sequence[Found], job: Callable[[Found], Job | None], ahead: ReadAhead) -> None:
        self._found, self._job, self._ahead = found, job, ahead
        self._next = self._read = 0

    def move(self, done: int) -> None:
        """Go on from where the ingest is, file number `done`, as far as files may be held."""
        self._next = max(self._next, done)
        while self._next < len(self._found) and not self._ahead.is_full:
            job = self._job(self._found[self._next])
            self._next += 1
            if job:
                self._read += 1
                size = job.path.stat().st_size
                if self._read > _FEW or size > _SMALL:
                    self._ahead.submit(job, size)


class _Reader(Thread):
    """Hands one process its files, and starts another when it breaks down."""

    def __init__(self, manner: bytes, memory: int, tasks: SimpleQueue[_Task | None]) -> None:
        super().__init__(daemon=True)
        self._manner, self._memory, self._tasks = manner, memory, tasks
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = self._useless = False
        self.start()

    def run(self) -> None:
        """Serve until told to stop."""
        while (task := self._tasks.get()) is not None:
            job, future = task
            try:
                future.set_result(Reading() if self._stopped or self._useless else self._read(job))
            except Exception:  # noqa: BLE001  whatever it is, the file is read again where it can be reported
                future.set_result(Reading())
        self._end()

    def stop(self) -> None:
        """Give up the file in hand and take no more."""
        self._stopped = True
        if self._process:
            self._process.kill()

    def _read(self, job: Job) -> Reading:
        if self._process is None and not self._begin():
            self._useless = True
            return Reading()
        try:
            found = self._ask(job)
        except (OSError, EOFError, pickle.UnpicklingError, MemoryError):
            return Reading() if self._stopped else self._broken(job)
        return found if isinstance(found, Reading) else Reading()

    def _broken(self, job: Job) -> Reading:
        """Return what is said of the file whose reader ended; a kill for memory looks like any other kill."""
        code = self._end()
        if code == -9 and self._memory:
            return too_large(job, self._memory)
        return Reading(source=job.source, reason=f"reading it broke the reading process down (exit status {code})")

    def _begin(self) -> bool:
        """Start a process; return whether it can read as wanted: in some manner that only this one knows it cannot."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
        # -P: the folder the user works in may hold files named like modules.
        command = [sys.executable, "-P", "-c", "from knowledge.reading import main; main()"]
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
            return self._ask(self._manner) == READY
        except (OSError, EOFError, pickle.UnpicklingError):
            self._end()
            return False

    def _ask(self, what: Job | bytes) -> object:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(what if isinstance(what, bytes) else pickle.dumps(what))
        process.stdin.flush()
        return pickle.load(process.stdout)  # noqa: S301  from a process of our own

    def _end(self) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        for stream in (process.stdin, process.stdout):
            if stream:
                _close(stream)
        return process.wait()


def _close(stream: object) -> None:
    try:
        stream.close()  # type: ignore[attr-defined]
    except OSError:  # what could not be written to a process that has ended is not wanted any more
        return


def _is_portable(manner: Manner) -> bool:
    """Return whether another process can be given this manner: a function made on the spot cannot be.

    Readers that the settings name are imported where they were found, in this process.
    """
    if manner.limits.readers:
        return False
    try:
        pickle.dumps(manner)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True

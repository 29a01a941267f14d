"""A process that reads and splits files for `knowledge.parallel`: jobs in by standard input, results out, both pickled.

It runs with a bound on its memory and ignores Ctrl-C, which is for the process that started it: when that one ends, so does
the input, and so does this.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from knowledge.document import Document, Passage
from knowledge.errors import DocumentError
from knowledge.files import bytes_digest
from knowledge.load.limits import Limits

READY = "ready"


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How files are read and split; `memory` is the most megabytes the process may take, 0 for no bound."""

    load: Callable[..., Document]
    split: Callable[..., list[Passage]]
    limits: Limits
    max_tokens: int
    count_tokens: Callable[[str], int] | None
    memory: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A file to read as `source`, and the name under which the library knows the document, which its passages bear."""

    path: Path
    source: str
    origin: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What became of a file: the document and its passages, or why there are none.

    `reason` and `kind` are those of a DocumentError. With neither a document nor a reason the file is to be read again by
    the process that asked, where the error then arises. `bytes_digest` is of the bytes just before they were read.
    """

    source: str = ""
    origin: str = ""
    bytes_digest: str = ""
    document: Document | None = None
    passages: tuple[Passage, ...] | None = None
    reason: str = ""
    kind: str = "damaged"

    def passages_of(self, document: Document) -> list[Passage] | None:
        """Return the passages if `document` is what was split but for its warnings, else None."""
        if self.document is None or self.passages is None or self.origin != document.source:
            return None
        same = replace(document, source=self.document.source, warnings=self.document.warnings) == self.document
        return list(self.passages) if same else None


def read(job: Job, manner: Manner) -> Reading:
    """Return the document and passages of one file, or why there are none; raises nothing but what ends a process."""
    try:
        found = bytes_digest(job.path) if job.path.stat().st_size <= manner.limits.max_bytes else ""
        document = manner.load(job.path, source=job.source, limits=manner.limits)
        named = replace(document, source=job.origin)
        passages = manner.split(named, max_tokens=manner.max_tokens, count_tokens=manner.count_tokens)
    except DocumentError as error:
        return Reading(source=job.source, reason=error.reason, kind=error.kind)
    except MemoryError:
        return too_large(job, manner.memory)
    except Exception:  # noqa: BLE001  whatever it is, it is to be raised where it can be reported
        return Reading(source=job.source)
    return Reading(
        source=job.source, origin=job.origin, bytes_digest=found, document=document, passages=tuple(passages)
    )


def too_large(job: Job, memory: int) -> Reading:
    """Return what is said of a file that cannot be read in the memory there is."""
    reason = f"reading it takes more than {memory} MB of memory; raise library.memory"
    return Reading(source=job.source, reason=reason, kind="too-large")


def bound(megabytes: int) -> None:
    """Let this process have no more memory than this; a system without such limits, Windows say, sets none."""
    if megabytes and sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))


def serve(jobs: BinaryIO, results: BinaryIO) -> None:
    """Read files until the input ends."""
    manner: Manner = pickle.load(jobs)  # noqa: S301  from the process that started this one
    bound(manner.memory)
    _put(READY, results)
    while True:
        try:
            job = pickle.load(jobs)  # noqa: S301
        except EOFError:
            return
        try:
            _put(read(job, manner), results)
        except MemoryError:
            _put(too_large(job, manner.memory), results)


def _put(result: object, results: BinaryIO) -> None:
    results.write(pickle.dumps(result))
    results.flush()


def main() -> None:
    """Serve the process at the other end of standard input and output; what a library prints goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve(sys.stdin.buffer, results)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()

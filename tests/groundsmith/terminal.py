"""Commands as a person types them: in this process, through the program's own entry, with two streams and an exit code.

What needs a process of its own (signals, a reader that leaves early, what is imported) starts `command`.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from groundsmith.cli import main

HIDDEN = ("GROUNDSMITH_", "OPENAI_")


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """A command that ended: its exit code, and what it wrote on either stream."""

    code: int
    written: bytes
    stderr: str

    @property
    def stdout(self) -> str:
        return self.written.decode(errors="backslashreplace")  # some formats are no text


def environment(**added: str) -> dict[str, str]:
    """Return the variables a command sees: ours without settings, and those added."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
    return {**kept, "COLUMNS": "140", **added}


def command(*words: object) -> list[str]:
    """Return the words that start a command in a process of its own."""
    return [sys.executable, "-m", "groundsmith.cli", *map(str, words)]


def ended(*words: object, here: Path, **added: str) -> Done:
    """Run a command in the folder `here`."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code = 0
    with (
        chdir(here),
        mock.patch.dict(os.environ, environment(**added), clear=True),
        mock.patch.object(sys, "argv", ["groundsmith", *map(str, words)]),
        redirect_stdout(out),
        redirect_stderr(errors),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Done(code=code, written=_all(out), stderr=_all(errors).decode())


def _all(stream: io.TextIOWrapper) -> bytes:
    buffer = stream.detach()
    return buffer.getvalue()  # type: ignore[attr-defined, no-any-return]


def cli(*words: object, here: Path, code: int = 0, **added: str) -> Done:
    """Run a command in the folder `here`; check its exit code, and that it came to no unexpected error."""
    done = ended(*words, here=here, **added)
    assert "Traceback" not in done.stderr + done.stdout
    assert "groundsmith: unexpected " not in done.stderr
    assert done.code == code, (words, done.stdout, done.stderr)
    return done


def complaint(*words: object, here: Path, code: int, **added: str) -> str:
    """Run a command that fails; return its one line."""
    done = cli(*words, here=here, code=code, **added)
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line.startswith("groundsmith: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]

"""A job at work: one command of `groundsmith` in a process of its own, which outlives the studio.

`python -m groundsmith.studio.worker FOLDER COMMAND...` writes its process id to FOLDER/pid, and FOLDER/exit when it ends. It
inherits a lock on FOLDER/lock, which the system gives back when the process ends, however it ends.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Run the command and note how it ended."""
    folder, command = Path(arguments[0]), arguments[1:]
    (folder / "pid").write_text(str(os.getpid()), encoding="ascii")
    sys.argv = ["groundsmith", *command]
    code: object = 1
    try:
        from groundsmith.cli import main as run

        run()
        code = 0
    except SystemExit as end:
        code = 0 if end.code is None else end.code
    finally:
        written = folder / "exit.part"
        written.write_text(str(code), encoding="ascii")
        written.replace(folder / "exit")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Files written whole or not at all: to a neighbour first, then renamed into place."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from knowledge.errors import StorageError, UsageError

STANDARD_OUTPUT = "-"


@contextmanager
def atomic(target: Path) -> Iterator[BinaryIO]:
    """Yield a binary file that becomes `target` when the block ends well; `-` is standard output.

    On an exception nothing is left behind. Raises UsageError when the folder cannot be written to, StorageError
    when the disk is full.
    """
    if str(target) == STANDARD_OUTPUT:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    whole = target.expanduser().resolve()
    beside = whole.with_name(f".{whole.name}.{os.getpid()}.part")
    try:
        file = beside.open("wb")
    except OSError as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror}); choose another --output") from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(whole)
    except OSError as error:
        raise StorageError(f"{target}: cannot be written ({error.strerror})") from error
    finally:
        beside.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write `text` as UTF-8 to `target`, whole or not at all; `-` is standard output."""
    with atomic(target) as file:
        file.write(text.encode("utf-8", "replace"))

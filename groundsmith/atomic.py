"""Files and folders written whole or not at all: to a neighbour first, then renamed into place."""

from __future__ import annotations

import os
import shutil
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


@contextmanager
def whole_folder(output: Path, *, mark: str, kind: str) -> Iterator[Path]:
    """Yield a new folder that becomes `output` when the block ends well.

    Replaced is an empty folder, or one that holds the file `mark`, which shows that it was written so. Raises UsageError where
    something else is, which is told to be no `kind`, StorageError when the disk is full.
    """
    if str(output) == STANDARD_OUTPUT:
        raise UsageError("--output -: this format is a folder; name one with --output")
    whole = output.expanduser().resolve()
    if whole.exists() and not (whole / mark).is_file() and (whole.is_file() or any(whole.iterdir())):
        raise UsageError(f"{output}: is there already and is no {kind}; choose another --output, or remove it")
    part = whole.with_name(f".{whole.name}.{os.getpid()}.part")
    try:
        part.mkdir()
    except OSError as error:
        raise UsageError(f"{output}: cannot be written ({error.strerror}); choose another --output") from error
    try:
        yield part
        (part / mark).touch()
        shutil.rmtree(whole, ignore_errors=True)
        part.replace(whole)
    except OSError as error:
        raise StorageError(f"{output}: cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_text(target: Path, text: str) -> None:
    """Write `text` as UTF-8 to `target`, whole or not at all; `-` is standard output."""
    with atomic(target) as file:
        file.write(text.encode("utf-8", "replace"))

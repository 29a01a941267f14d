"""A folder written whole or not at all: beside its place first, then renamed; only an earlier export is replaced."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge.errors import StorageError, UsageError

MARK = ".groundsmith-export"


@contextmanager
def whole_folder(output: Path) -> Iterator[Path]:
    """Yield a new folder that becomes `output` when the block ends well; raises UsageError where something else is."""
    if str(output) == "-":
        raise UsageError("--output -: this format is a folder; name one with --output")
    whole = output.expanduser().resolve()
    if whole.exists() and not (whole / MARK).is_file() and (whole.is_file() or any(whole.iterdir())):
        raise UsageError(f"{output}: is there already and is no export; choose another --output, or remove it")
    part = whole.with_name(f".{whole.name}.{os.getpid()}.part")
    try:
        part.mkdir()
    except OSError as error:
        raise UsageError(f"{output}: cannot be written ({error.strerror}); choose another --output") from error
    try:
        yield part
        (part / MARK).touch()
        shutil.rmtree(whole, ignore_errors=True)
        part.replace(whole)
    except OSError as error:
        raise StorageError(f"{output}: cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)

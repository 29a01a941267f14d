"""Bytes to `Document`: one module a format in `formats`, the format found from content."""

from __future__ import annotations

from pathlib import Path

from knowledge.document import Document
from knowledge.errors import DocumentError
from knowledge.load.limits import Limits

__all__ = ["Limits", "load_bytes", "load_file"]

_DEFAULT = Limits()


def load_file(path: Path, *, source: str, limits: Limits = _DEFAULT) -> Document:
    """Read the file at `path` as the document `source`; raises DocumentError when that cannot be done."""
    try:
        size = path.stat().st_size
        if size > limits.max_bytes:
            raise DocumentError(
                source, f"{size} bytes are more than library.max_bytes = {limits.max_bytes}", kind="too-large"
            )
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(source, f"cannot be read ({error.strerror})", kind="unreadable") from error
    return load_bytes(data, source=source, limits=limits)


def load_bytes(data: bytes, *, source: str, limits: Limits = _DEFAULT) -> Document:
    """Read `data` as the document `source`; raises DocumentError when that cannot be done."""
    from knowledge.load import reader
    from knowledge.load.detect import detect
    from knowledge.load.reader import reader_named

    if not data.strip():
        raise DocumentError(source, "the file is empty", kind="empty")
    if len(data) > limits.max_bytes:
        raise DocumentError(source, f"{len(data)} bytes are more than {limits.max_bytes}", kind="too-large")
    if limits.readers and (named := reader_named(source, limits.readers)):
        return reader.load(data, source=source, limits=limits, reader=named)
    return detect(data, source=source).load(data, source=source, limits=limits)

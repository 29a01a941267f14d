"""Text files as they come: zipped or not, in UTF-8, UTF-16 or the Western encoding of Windows."""

from __future__ import annotations

import codecs
import gzip
import io
from pathlib import Path
from typing import BinaryIO, TextIO, cast

HEAD = 65_536


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading, unzipped."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return cast("BinaryIO", gzip.open(path)) if zipped else path.open("rb")


def open_text(path: Path) -> TextIO:
    """Open a text file in its encoding: UTF-8 or UTF-16 with a mark, else UTF-8, else the Western one of Windows."""
    with open_bytes(path) as file:
        head = file.read(HEAD)
        encoding = "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        elif not _is_utf8(head, file):
            encoding = "cp1252"
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline="")


def _is_utf8(head: bytes, rest: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while head:
            decoder.decode(head)
            head = rest.read(HEAD)
    except UnicodeDecodeError:
        return False
    return True

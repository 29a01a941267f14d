"""PDF streams measured before PDFium unpacks them: a small file can hold a page that takes up all memory."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from knowledge.errors import DocumentError
from knowledge.load.limits import Limits

_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")
_MOST_EXPANSION: Final = 1032
"""Deflate never makes more of its input than this many times (RFC 1951: 258 bytes from two bits)."""
_DICTIONARY: Final = 2_000
_DEEPEST: Final = 3
_CHUNK: Final = 1 << 20
_IMAGE: Final = re.compile(rb"/Subtype\s*/Image\b")
_SIDE: Final = re.compile(rb"/(?:Width|Height)\s+(\d{1,6})\b")


def check_streams(data: bytes, *, source: str, limits: Limits) -> None:
    """Raise DocumentError when the Deflate streams of a PDF, images apart, unpack to more than the limits.

    Images are not unpacked for their text; those that say they are larger than the limit are measured like the rest.
    PDFium itself stops each stream at a gigabyte.
    """
    most = limits.max_unpacked_bytes
    if len(data) * _MOST_EXPANSION <= most and not _is_nested(data):
        return
    left = most
    for start in _streams(data, most):
        left -= _unpacked(data, start, left)
        if left < 0:
            reason = f"its streams would unpack to more than {most} bytes; refused"
            raise DocumentError(source, reason, kind="too-large")


def _is_nested(data: bytes) -> bool:
    """Return whether some stream says it is packed twice over."""
    return re.search(rb"/Fl(?:ateDecode)?\s*/Fl(?:ateDecode)?\b", data) is not None


def _streams(data: bytes, most: int) -> Iterator[int]:
    """Yield where each stream begins that unpacking the text may need."""
    for found in _STREAM.finditer(data):
        head = data[max(0, found.start() - _DICTIONARY) : found.start()]
        head = head[head.rfind(b" obj") + 1 :]
        sides = [int(side) for side in _SIDE.findall(head)]
        if not (_IMAGE.search(head) and len(sides) == 2 and sides[0] * sides[1] * 4 <= most):
            yield found.end()


def _unpacked(data: bytes, start: int, most: int) -> int:
    """Return how much a stream unpacks to, counted up to just over `most`; 0 for one that is not Deflate."""
    end = data.find(b"endstream", start)
    packed = data[start : end if end >= 0 else len(data)]
    total = 0
    for _ in range(_DEEPEST):
        if packed[:1] != b"\x78":
            break
        size, packed = _inflated(packed, most)
        total = max(total, size)
        if total > most:
            break
    return total


def _inflated(packed: bytes, most: int) -> tuple[int, bytes]:
    """Return how much `packed` unpacks to, up to just over `most`, and the result when it is itself packed."""
    unpacker = zlib.decompressobj()
    size, kept, rest = 0, bytearray(), packed
    try:
        while rest and size <= most and not unpacker.eof:
            part = unpacker.decompress(rest, _CHUNK)
            rest = unpacker.unconsumed_tail
            if size == 0 and part[:1] != b"\x78":
                kept = bytearray()
            elif size == 0 or kept:
                kept += part
            size += len(part)
            if not part:
                break
    except zlib.error:
        pass  # a damaged stream unpacks to what came before the damage
    return size, bytes(kept)

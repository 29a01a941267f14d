"""gzip, unpacked piece by piece and never beyond a ceiling."""

from __future__ import annotations

import zlib
from typing import Final

from knowledge.errors import DocumentError

MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31  # zlib's window bits for gzip with its header and checksum


class Gunzip:
    """Unpacks gzip, also of several members; raises DocumentError above `max_bytes` unpacked, or for damage."""

    def __init__(self, source: str, *, max_bytes: int) -> None:
        self._source = source
        self._left = max_bytes
        self._max_bytes = max_bytes
        self._member = zlib.decompressobj(_GZIP)

    def feed(self, data: bytes) -> bytes:
        """Return what the next piece unpacks to."""
        parts = []
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            try:
                part = self._member.decompress(data, self._left + 1)
            except zlib.error as error:
                raise DocumentError(self._source, f"its gzip is damaged ({error})", kind="damaged") from error
            self._left -= len(part)
            if self._left < 0:
                said = f"it unpacks to more than library.max_bytes = {self._max_bytes} bytes"
                raise DocumentError(self._source, said, kind="too-large")
            parts.append(part)
            data = self._member.unconsumed_tail or self._member.unused_data
        return b"".join(parts)

    def end(self) -> None:
        """Raise DocumentError when the last member is not complete."""
        if not self._member.eof:
            raise DocumentError(self._source, "its gzip is cut short", kind="damaged")


def gunzip(data: bytes, *, source: str, max_bytes: int) -> bytes:
    """Return what `data` unpacks to; raises DocumentError above `max_bytes`, or for damage."""
    member = Gunzip(source, max_bytes=max_bytes)
    unpacked = member.feed(data)
    member.end()
    return unpacked

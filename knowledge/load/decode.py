"""Bytes to characters, whatever the encoding claims."""

from __future__ import annotations

import codecs
import re
from typing import Final

from knowledge.errors import DocumentError

_MARKS: Final = (
    ("utf-32", b"\xff\xfe\x00\x00"),
    ("utf-32", b"\x00\x00\xfe\xff"),
    ("utf-8-sig", b"\xef\xbb\xbf"),
    ("utf-16", b"\xff\xfe"),
    ("utf-16", b"\xfe\xff"),
)
_DECLARED: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{2,40})|^\s*<\?xml[^>]{0,100}encoding=[\"']([\w.:-]{2,40})"
)
_CANDIDATES: Final = [
    "cp1252",
    "latin_1",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
    "cp1251",
    "koi8_r",
    "cp1250",
]
_CONTROLS: Final = bytes(byte for byte in range(32) if byte not in (0, 9, 10, 11, 12, 13, 27))
SAMPLE: Final = 20_000


def decode(data: bytes, *, source: str) -> tuple[str, str | None]:
    """Return the characters of `data` and a warning when they had to be guessed; raises DocumentError when binary."""
    for encoding, mark in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), None
    wide = _wide(data)
    if wide:
        return data.decode(wide, "replace"), f"encoding: {wide} without a byte-order mark, guessed from the bytes"
    _refuse_binary(data, source)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _declared(data) or _guess(data, error)
    nulls = text.count("\x00")
    return text, f"control-characters: {nulls} NUL characters were left out" if nulls else None


def _wide(data: bytes) -> str | None:
    """Return UTF-16's byte order when every other byte is mostly zero."""
    sample = data[:4000]
    half = max(1, len(sample) // 2)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if len(sample) < 8 or (even < 0.4 and odd < 0.4):
        return None
    return "utf-16-be" if even > odd and odd < 0.1 else "utf-16-le" if even < 0.1 else None


def _refuse_binary(data: bytes, source: str) -> None:
    """Raise DocumentError when control characters or NULs are too many for text."""
    for start in (0, len(data) // 2):
        sample = data[start : start + SAMPLE]
        controls = len(sample) - len(sample.translate(None, _CONTROLS))
        if controls > 0.02 * len(sample) + 2 or sample.count(0) > 0.05 * len(sample) + 8:
            raise DocumentError(source, "the file is binary, not text", kind="binary")


def _declared(data: bytes) -> tuple[str, str | None] | None:
    """Return the text in the encoding a web page declares, None when it declares none or it does not fit."""
    found = _DECLARED.search(data[:4000])
    name = (found[1] or found[2]).decode("ascii", "replace") if found else "utf-8"
    try:
        known = codecs.lookup(name)
        if known.name in ("utf-8", "utf-16", "utf-32"):
            return None
        return data.decode("cp1252" if known.name == "iso8859-1" else known.name), None
    except (LookupError, UnicodeDecodeError):
        return None


def _guess(data: bytes, error: UnicodeDecodeError) -> tuple[str, str | None]:
    replaced = data.decode("utf-8", "replace")
    stray = replaced.count("\ufffd")
    if sum(1 for _ in re.finditer(rb"[\xc2-\xf4][\x80-\xbf]+", data)) > stray:
        return replaced, f"encoding: {stray} invalid bytes were replaced, the first at {error.start}"
    encoding = _likely(data)
    text = data.decode(encoding, "replace")
    return text, f"encoding: read as {encoding}, guessed from the bytes"


def _likely(data: bytes) -> str:
    """Return the likeliest one of the encodings in use before UTF-8; cp1252 for text that is mostly ASCII."""
    sample = data[:SAMPLE]
    if sum(1 for byte in sample if byte < 128) > 0.85 * len(sample):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(data[: 10 * SAMPLE], cp_isolation=_CANDIDATES).best()
    return best.encoding if best and best.encoding != "latin_1" else "cp1252"

"""A format of documents: how it is told from its bytes, and how it is read. One file in `formats` is one format."""

from __future__ import annotations

import importlib
import io
import pkgutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath
from typing import Final, Protocol

from knowledge.document import Document
from knowledge.errors import DocumentError
from knowledge.load.limits import Limits

CERTAIN: Final = 1.0
"""Its first bytes or its parts say so."""
PLAIN: Final = 0.9
"""It begins as texts of this format do, whatever it is called."""
NAMED: Final = 0.6
"""It is text, and its name says so."""
LIKELY: Final = 0.4
"""It looks like this format."""
REST: Final = 0.1
"""It is any text."""

_OPENING: Final = 40_000
_ZIPPED: Final = (b"PK\x03\x04", b"PK\x05\x06")


class Load(Protocol):
    """Reads bytes of one format; raises DocumentError when that cannot be done."""

    def __call__(self, data: bytes, *, source: str, limits: Limits) -> Document:
        """Return the document in `data`, known to the library as `source`."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What a format is told by: the bytes, the name's ending in lower case, the opening as text, a ZIP's members."""

    data: bytes
    suffix: str = ""
    opening: str = ""
    members: frozenset[str] = frozenset()

    @property
    def start(self) -> bytes:
        """Return the first 4,000 bytes, without a byte-order mark."""
        return self.data[:4000].removeprefix(b"\xef\xbb\xbf")


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One format. `likelihood` is 0 to 1, see the constants above; of all formats the likeliest reads the file."""

    name: str
    suffixes: tuple[str, ...]
    likelihood: Callable[[Sample], float]
    load: Load


@cache
def formats() -> tuple[Format, ...]:
    """Return every format, by name: the `FORMAT` of each module in `knowledge.load.formats`."""
    from knowledge.load import formats as package

    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(importlib.import_module(f"{package.__name__}.{name}").FORMAT for name in names)


def sample_of(data: bytes, *, source: str) -> Sample:
    """Return what tells the format of `data`; raises DocumentError for a ZIP that cannot be read."""
    suffix = PurePosixPath(source.lower()).suffix
    if data[:4] in _ZIPPED:
        return Sample(data=data, suffix=suffix, members=_members(data, source))
    return Sample(data=data, suffix=suffix, opening=_opening(data))


def _members(data: bytes, source: str) -> frozenset[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return frozenset(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise DocumentError(source, f"the file is damaged, its ZIP cannot be read ({error})", kind="damaged") from error


def _opening(data: bytes) -> str:
    from knowledge.load.decode import decode

    head = data[:_OPENING]
    if len(data) > _OPENING and (end := head.rfind(b"\n")) > 0:
        head = head[:end]
    try:
        return decode(head, source="")[0]
    except DocumentError:
        return ""


def textual(load: Callable[..., Document]) -> Load:
    """Return a loader of bytes from a loader of characters: decoded, and with lines that end in one newline sign."""

    def load_bytes(data: bytes, *, source: str, limits: Limits) -> Document:
        from knowledge.load.decode import decode

        characters, warning = decode(data, source=source)
        document = load(characters.replace("\r\n", "\n").replace("\r", "\n"), source=source)
        return replace(document, warnings=(warning, *document.warnings)) if warning else document

    return load_bytes

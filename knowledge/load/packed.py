"""ZIP packages, which DOCX, PPTX, XLSX, EPUB and archives are: checked before anything is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Final

from knowledge.errors import DocumentError
from knowledge.load.limits import Limits

MOST_MEMBERS: Final = 10_000
_LARGE: Final = 1_000_000
_DOCTYPE: Final = re.compile(b"<!DOCTYPE" + b"|" + re.escape("<!DOCTYPE".encode("utf-16-le")), re.I)
BROKEN: Final = (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, RuntimeError, zlib.error)
"""What reading a damaged ZIP raises."""


def check_archive(data: bytes, *, source: str, limits: Limits) -> None:
    """Raise DocumentError for a ZIP that is damaged or unpacks to more than the limits, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except BROKEN as error:
        raise DocumentError(source, f"the file is damaged, its ZIP cannot be read ({error})", kind="damaged") from error
    check_members(members, source=source, limits=limits)


def check_members(members: list[zipfile.ZipInfo], *, source: str, limits: Limits) -> None:
    """Raise DocumentError when members are encrypted, too many, or unpack to more than the limits."""
    if any(member.flag_bits & 1 for member in members):
        raise DocumentError(source, "the file is encrypted; save a copy without a password", kind="encrypted")
    unpacked = sum(member.file_size for member in members)
    worst = max(
        (member.file_size / max(1, member.compress_size) for member in members if member.file_size > _LARGE), default=0
    )
    if unpacked > limits.max_unpacked_bytes or worst > limits.max_ratio or len(members) > MOST_MEMBERS:
        reason = f"it would unpack to {unpacked} bytes in {len(members)} parts, {worst:.0f} times its size; refused"
        raise DocumentError(source, reason, kind="too-large")


def check_markup(data: bytes, *, source: str) -> None:
    """Raise DocumentError when an XML part of an Office file declares a document type, as only an attack would."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".xml", ".rels")) and _DOCTYPE.search(archive.read(member)):
                reason = f"{member.filename} declares a document type, which Office files never do; refused"
                raise DocumentError(source, reason, kind="unsupported")

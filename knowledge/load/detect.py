"""What a file is, from its bytes; the name only tells one kind of text from another."""

from __future__ import annotations

import re
from typing import Final

from knowledge.errors import DocumentError
from knowledge.load.format import CERTAIN, Format, Sample, formats, sample_of

_MAGIC: Final = (
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"RIFF", "a sound, film or WebP picture"),
    (b"OggS", "a sound"),
    (b"ID3", "a sound"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"BZh9", "a bzip2 archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive; unpack it first"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file; save it as CSV"),
    (b"{\\rtf", "an RTF file; save it as DOCX, or name a reader in library.readers"),
    (b"%!PS", "a PostScript file; save it as PDF"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_OFFICE: Final = {
    ".docx": "a Word file",
    ".pptx": "a PowerPoint file",
    ".xlsx": "an Excel file",
    ".epub": "an EPUB book",
}


def detect(data: bytes, *, source: str) -> Format:
    """Return the format of `data`; raises DocumentError for what cannot be read, saying what it is."""
    sample = sample_of(data, source=source)
    likelihood, best = max(((each.likelihood(sample), each) for each in formats()), key=lambda pair: pair[0])
    if likelihood < CERTAIN:
        refuse(sample, source=source)
    return best


def refuse(sample: Sample, *, source: str) -> None:
    """Raise DocumentError for a file that is of a known kind which cannot be read, or not what its name says."""
    data = sample.data
    if data.startswith(_OLE):
        raise _old_office(data, source)
    if sample.members:
        raise _zipped(sample, source)
    for magic, name in _MAGIC:
        if data.startswith(magic) and not (magic.isalpha() and 0 not in data[:64]):
            raise DocumentError(source, f"unsupported: {name}", kind="unsupported")
    if data.startswith(b"MZ") and 0 in data[:64]:
        raise DocumentError(source, "unsupported: a program", kind="unsupported")
    if sample.suffix == ".pdf":
        raise DocumentError(source, "named .pdf but it is not a PDF", kind="unsupported")
    if sample.suffix in _OFFICE:
        reason = f"named {sample.suffix} but it is not {_OFFICE[sample.suffix]}"
        raise DocumentError(source, reason, kind="damaged")


def _old_office(data: bytes, source: str) -> DocumentError:
    if _ENCRYPTED in data:
        return DocumentError(source, "the Office file is encrypted; save a copy without a password", kind="encrypted")
    reason = "unsupported: an old binary Office file; save it as DOCX, or name a reader in library.readers"
    return DocumentError(source, reason, kind="unsupported")


def _zipped(sample: Sample, source: str) -> DocumentError:
    if sample.suffix in _OFFICE:
        reason = f"named {sample.suffix} but there is not {_OFFICE[sample.suffix]} in it"
        return DocumentError(source, reason, kind="damaged")
    if any(re.match(r"(?:word|ppt|xl)/", name) for name in sample.members):
        return DocumentError(source, "the Office file has no document in it", kind="damaged")
    if "content.xml" in sample.members:
        return DocumentError(source, "unsupported: an OpenDocument file; save it as DOCX", kind="unsupported")
    reason = "unsupported: a ZIP archive within or as a document; ingest it as it is, or unpack it first"
    return DocumentError(source, reason, kind="unsupported")

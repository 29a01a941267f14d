"""How large and how deep a file may be before it is refused, and what is tried beyond the usual."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Ceilings for one file: bytes on disk, bytes unpacked, pages, and the ratio of unpacked to packed bytes.

    `ocr` has scanned pages and pictures recognised, which needs the ocr extra. `readers` are lines as in
    ".rtf=llama_index.readers.file:RTFReader": an ending, and the llama-index reader that files named so are read by.
    """

    max_bytes: int = 50_000_000
    max_unpacked_bytes: int = 200_000_000
    max_pages: int = 5_000
    max_ratio: int = 100
    ocr: bool = False
    readers: tuple[str, ...] = ()

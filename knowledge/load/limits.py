"""How large and how deep a file may be before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Ceilings for one file: bytes on disk, bytes unpacked, pages, and the ratio of unpacked to packed bytes."""

    max_bytes: int = 50_000_000
    max_unpacked_bytes: int = 200_000_000
    max_pages: int = 5_000
    max_ratio: int = 100

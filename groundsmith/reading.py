"""How files are read and cut, as the settings say: what ingest of files and of web pages have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groundsmith.sections import LibrarySection
    from knowledge.flagged import UnflaggedSplit
    from knowledge.load import Limits


def limits_of(settings: LibrarySection) -> Limits:
    """Return the ceilings for one file, the readers named, and whether scans are recognised."""
    from knowledge.load import Limits

    return Limits(
        max_bytes=settings.max_bytes,
        max_pages=settings.max_pages,
        ocr=settings.ocr,
        readers=settings.readers or (),
    )


def split_of(settings: LibrarySection) -> UnflaggedSplit | None:
    """Return the splitter, None for the usual one."""
    from knowledge.flagged import UnflaggedSplit

    return UnflaggedSplit() if settings.exclude_flagged else None

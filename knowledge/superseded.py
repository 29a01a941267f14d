"""Documents that say of themselves that they are no longer in force."""

from __future__ import annotations

import re

from knowledge.document import Document

_DECLARED = re.compile(
    r"\((?:superseded|rescinded|revoked|repealed|withdrawn|obsolete|expired)\)"
    r"|\bthis (?:\w+ ){1,4}?(?:was|is|has been|is now) (?:superseded|rescinded|revoked|repealed|withdrawn|obsolete)\b",
    re.IGNORECASE,
)
_OPENING = 1500


def superseded(document: Document) -> list[str]:
    """Return a warning when a document says near its beginning that it is no longer in force."""
    said = _DECLARED.search(f"{document.title}\n{document.text[:_OPENING]}")
    return [f'superseded: it says of itself "{" ".join(said.group().split())}"'] if said else []

"""Which rows of a labelled set may be trained on, and which are kept for the report; shared by training and benchmark."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

Row = Mapping[str, Any]

# What keeps rows of one source together: all rows of an article, a site or a claim fall into the same half.
_KEYS: dict[str, Callable[[Row], str]] = {
    "begin": lambda r: str(r["evidence"]),
    "contractnli_dev": lambda r: str(r["evidence"])[:2000],
    "factcheck_gpt": lambda r: str(r["claim"]),
    "fever_symmetric": lambda r: str(r["claim"]),
    "fm2_dev": lambda r: str(r["evidence"]).split(":")[0],
    "hover_mini": lambda r: str(r["evidence"])[:500],
    "policyqa_dev": lambda r: str(r["meta"]["site"]),
    "squad2_answers_dev": lambda r: str(r["meta"]["article"]),
}
HALVED = frozenset(_KEYS)


def normal(text: str) -> str:
    """Letters and digits of a text in lower case, for comparing texts."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def trainable(name: str, row: Row) -> bool:
    """Whether a row of the set `name` lies in the half that training may use. Sets that are not halved are never trained on."""
    key = _KEYS.get(name)
    if key is None:
        return False
    digest = hashlib.sha256(f"{name}\n{normal(key(row))}".encode()).digest()
    return digest[0] % 2 == 0

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

_FURTHER: dict[str, Callable[[Row], str]] = {
    **dict.fromkeys(
        (
            "anli_r1r2_dev",
            "control_dev",
            "covidfact",
            "entfa_xsum",
            "equate_news_reddit",
            "healthver",
            "inli_val",
            "nli4ct_dev",
            "qags",
            "ragtruth_dev",
            "ragtruth_sentences_dev",
            "wice_dev",
        ),
        lambda r: str(r["evidence"]),
    ),
    "obliqa_dev": lambda r: str(r["question"]),
}
FURTHER = frozenset(_FURTHER)
"""Sets whose terms do not let weights be shipped; halved by the mix that is made for comparison only."""
_ONE_SOURCE = {"ragtruth_sentences_dev": "ragtruth_dev"}  # sentences of the same replies


def normal(text: str) -> str:
    """Letters and digits of a text in lower case, for comparing texts."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def trainable(name: str, row: Row, *, unrestricted: bool = False) -> bool:
    """Whether a row of the set `name` lies in the half that training may use. Sets that are not halved are never trained on.

    With `unrestricted` the sets whose licence forbids shipped weights are halved too.
    """
    key = _KEYS.get(name) or (_FURTHER.get(name) if unrestricted else None)
    if key is None:
        return False
    digest = hashlib.sha256(f"{_ONE_SOURCE.get(name, name)}\n{normal(key(row))}".encode()).digest()
    return digest[0] % 2 == 0

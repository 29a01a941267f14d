"""Word for word: a statement that stands in a text as a whole sentence is entailed by it, whatever a model says."""

from __future__ import annotations

import re
from functools import lru_cache

from verify.claim import has_verb
from verify.modality import without_none
from verify.sentence import parts
from verify.verdict import Entailment, Finding

RULE = "quotation"
QUOTED = Entailment(entailment=0.99, neutral=0.01, contradiction=0.0)
"""What a quotation is given in place of a model's scores."""
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*|[$€£%]")
_LONG = 6
_ARTICLES = frozenset({"a", "an", "the"})


def quotation(statement: str, text: str) -> Finding | None:
    """Return a finding when `statement` is a whole sentence of `text`, else None.

    Case, spacing, punctuation and articles aside; "shall" is read as "must", and "No visitor may" as "visitor may
    not". A statement of a few words without a verb, as a heading is, says nothing and is no quotation.
    """
    wanted = _words(statement)
    if not has_verb(statement) and len(wanted) < _LONG:
        return None
    for said, sentence in _sentences(text):
        if said == wanted:
            detail = "the passage says it word for word"
            return Finding(rule=RULE, conflict=False, detail=detail, claim_text=statement, evidence_text=sentence)
    return None


@lru_cache(maxsize=4_096)
def _sentences(text: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The words of each sentence or table row of a text, and the sentence itself."""
    found = (text[span.start : span.end] for span in parts(text))
    return tuple((_words(sentence), sentence) for sentence in found)


@lru_cache(maxsize=4_096)
def _words(text: str) -> tuple[str, ...]:
    low = without_none(" ".join(text.split())).lower().replace("cannot", "can not")
    return tuple("must" if word == "shall" else word for word in _WORD.findall(low) if word not in _ARTICLES)

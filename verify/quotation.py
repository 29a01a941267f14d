"""Word for word: a statement that stands in a text as a whole sentence is entailed by it, whatever a model says."""

from __future__ import annotations

import re

from knowledge.split import sentences
from verify.verdict import Entailment, Finding

RULE = "quotation"
QUOTED = Entailment(entailment=0.99, neutral=0.01, contradiction=0.0)
"""What a quotation is given in place of a model's scores."""
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*|[$€£%]")


def quotation(statement: str, text: str) -> Finding | None:
    """Return a finding when `statement` is a whole sentence of `text`, case, spacing and punctuation aside; else None."""
    wanted = _words(statement)
    for span in sentences(text) if wanted else ():
        sentence = text[span.start : span.end]
        if _words(sentence) == wanted:
            detail = "the passage says it word for word"
            return Finding(rule=RULE, conflict=False, detail=detail, claim_text=statement, evidence_text=sentence)
    return None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())

"""Whether a question is fit to ask and the answer answers it, as named findings; `conflict` marks a row not worth keeping."""

from __future__ import annotations

from collections.abc import Iterator

from verify.answer import inadequate
from verify.quantity import Kind, quantities, same
from verify.question import WH, malformed
from verify.standalone import dependent
from verify.verdict import Finding
from verify.words import content, share, stem, words

RELEVANCE_VERSION = 1

_KNOWN = 0.5
"""Least share of a question's terms that its evidence must know."""
_GENERIC = frozenset(
    stem(word)
    for word in (
        "rule requirement requirements process purpose type kind policy procedure many much name way happen apply person following conditions"
        " condition provide specific main according time period amount number date required require need long often old year years day days"
        " month months case example describe explain define definition mean meaning called term refer maximum minimum role responsible"
        " responsibility do get allow allowed permitted able use used make take give state stated include included certain different"
        " consequence reason factor factors criteria steps step information person individual entity"
    ).split()
)


def check(question: str, answer: str, evidence: str, *, context: str = "") -> tuple[Finding, ...]:
    """Return what is wrong with a question and its answer as a pair, given the text the answer rests on.

    `evidence` is the window that decided, with `context` around it (title, headings, the passage). Rules: form, self-contained,
    gives-answer, no-answer, unfinished, repeats, answer-type, condition, off-question.
    """
    found = [
        *malformed(question, f"{evidence}\n{context}"),
        *dependent(question, answer),
        *inadequate(question, answer),
    ]
    if evidence.strip():
        found += _of_ground(question, f"{evidence}\n{context}")
    return tuple(found)


def _of_ground(question: str, ground: str) -> Iterator[Finding]:
    """Whether the evidence speaks of what the question asks: its conditions and its subject."""
    near = content(ground)
    figures = quantities(question)
    terms = content(WH.sub(" ", question)) - _GENERIC - content(" ".join(each.text for each in figures))
    if len(terms) >= 2 and share(terms, near) < _KNOWN:
        lost = ", ".join(_surface(term, question) for term in sorted(terms - near))
        yield _bad("off-question", f"the evidence does not speak of what is asked ({lost})", lost)
    there = quantities(ground)
    for quantity in figures:
        count = quantity.kind is Kind.NUMBER and not quantity.unit and quantity.text.isalpha()
        if quantity.loose or count or quantity.kind is Kind.ORDINAL or any(same(quantity, each) for each in there):
            continue
        detail = f"the question supposes “{quantity.text}”, which the evidence does not mention"
        yield _bad("condition", detail, quantity.text)


def _bad(rule: str, detail: str, text: str) -> Finding:
    return Finding(rule=rule, conflict=True, detail=detail, claim_text=text)


def _surface(wanted: str, text: str) -> str:
    return next((word for word in words(text) if stem(word) == wanted), wanted)

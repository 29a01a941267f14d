"""Whether a question is fit to ask and the answer answers it, as named findings; `conflict` marks a row not worth keeping."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from verify.answer import inadequate
from verify.doer import doers
from verify.figure import quantities
from verify.quantity import Kind, same
from verify.question import WH, malformed, unplaced
from verify.sentence import parts
from verify.standalone import dependent
from verify.verdict import Finding
from verify.words import content, share, stem, words

_KNOWN, _FOREIGN = 0.5, 3
"""Least share of a question's terms that its evidence should know; a conflict only where it knows none of three or more. People
ask in words of their own: on PolicyQA and SQuAD 2.0 rows less than half of the terms is known as often with right as with
wrong answers (0.70 against 0.65, and 0.10 against 0.08)."""
_LINKS = frozenset(
    "during after before between within without through until among against since toward towards above below".split()
)
_SHORT, _STANDS, _SPEAKS, _FAR = 8, 0.75, 0.6, 0.5
"""An answer of at most this many content words stands in a sentence with this share of them; a sentence with this share of the
question speaks of it; one with so much less is far. Set on SQuAD 2.0 development rows: 3.7 % of wrong, 0.9 % of right."""
_GENERIC = frozenset(
    stem(word)
    for word in (
        "rule requirement requirements process purpose type kind policy procedure many much name way happen"
        " apply person following conditions"
        " condition provide specific main according time period amount number date required require need long often old year years day days"
        " month months case example describe explain define definition mean meaning called term refer maximum minimum role responsible"
        " responsibility do get allow allowed permitted able use used make take give state stated include included certain different"
        " company companies user users customer customers data website websites site sites app organization"
        " business privacy personal collect"
        " share website party parties mention anything something kinds types"
        " consequence reason factor factors criteria steps step information person individual entity"
    ).split()
)


def check(question: str, answer: str, evidence: str, *, context: str = "", stated: str = "") -> tuple[Finding, ...]:
    """Return what is wrong with a question and its answer as a pair, given the text the answer rests on.

    `evidence` is the window that decided, with `context` around it (title, headings, the passage); `stated` is what was judged,
    question and answer in one sentence. Rules: form, self-contained, gives-answer, no-answer, unfinished, repeats, answer-type,
    condition, qualifier, off-question, actor.
    """
    found = [
        *malformed(question, f"{evidence}\n{context}"),
        *dependent(question, answer),
        *inadequate(question, answer),
    ]
    if evidence.strip():
        ground, asked = f"{evidence}\n{context}", unplaced(question)
        found += [
            *_of_ground(asked, ground),
            *_qualifiers(asked, stated or asked, ground),
            *_elsewhere(asked, answer, ground),
            *doers(asked, answer, ground),
        ]
    return tuple(found)


def _of_ground(question: str, ground: str) -> Iterator[Finding]:
    """Whether the evidence speaks of what the question asks: its conditions and its subject."""
    near = content(ground)
    figures = quantities(question)
    terms = content(WH.sub(" ", question)) - _GENERIC - content(" ".join(each.text for each in figures))
    if len(terms) >= 2 and share(terms, near) < _KNOWN:
        lost = ", ".join(_surface(term, question) for term in sorted(terms - near))
        detail = f"the evidence does not speak of what is asked ({lost})"
        foreign = len(terms) >= _FOREIGN and not terms & near
        yield Finding(rule="off-question", conflict=foreign, detail=detail, claim_text=lost)
    there = quantities(ground)
    for quantity in figures:
        count = quantity.kind is Kind.NUMBER and not quantity.unit and quantity.text.isalpha()
        if quantity.loose or count or quantity.kind is Kind.ORDINAL or any(same(quantity, each) for each in there):
            continue
        detail = f"the question supposes “{quantity.text}”, which the evidence does not mention"
        yield _bad("condition", detail, quantity.text)


def _qualifiers(question: str, stated: str, ground: str) -> Iterator[Finding]:
    """A word that narrows a known one ("sick leave") and that the evidence lacks: a conflict when nothing judged it."""
    near, judged = content(ground), content(stated)
    asked = words(WH.sub(" ", question))
    for one, other in pairwise(asked):
        narrow, known = stem(one), stem(other)
        if (
            not (content(one) and content(other))
            or one in _LINKS
            or one[0].isdigit()
            or narrow in near | _GENERIC
            or known not in near
        ):
            continue
        detail = f"the evidence speaks of “{other}”, not of “{one} {other}”"
        yield Finding(rule="qualifier", conflict=narrow not in judged, detail=detail, claim_text=f"{one} {other}")


def _elsewhere(question: str, answer: str, ground: str) -> Iterator[Finding]:
    """A short answer that stands in the evidence, but far from the sentence that speaks of the question."""
    said = content(answer)
    if len(said & content(question)) > len(said) / 2:
        return
    asked = content(WH.sub(" ", question)) - said
    places = list(dict.fromkeys(ground[span.start : span.end] for span in parts(ground)))
    if not 0 < len(said) <= _SHORT or len(asked) < 2 or len(places) < 2:
        return
    known = [share(asked, content(place)) for place in places]
    homes = [i for i, place in enumerate(places) if share(said, content(place)) >= _STANDS]
    near = max((max(known[max(0, i - 1) : i + 1]) for i in homes), default=1.0)
    best = max(known)
    if best >= _SPEAKS and near <= best - _FAR:
        place = places[known.index(best)]
        yield _bad("off-question", f"the evidence speaks of the question elsewhere (“{place[:80]}”)", answer[:60])


def _bad(rule: str, detail: str, text: str) -> Finding:
    return Finding(rule=rule, conflict=True, detail=detail, claim_text=text)


def _surface(wanted: str, text: str) -> str:
    return next((word for word in words(text) if stem(word) == wanted), wanted)

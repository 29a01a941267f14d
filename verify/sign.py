"""A sentence as a row of signs in which equal meanings are equal: figures by value, duties by kind, bounds by side, words by stem."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from verify.figure import quantities
from verify.modality import Modality, modals, without_none
from verify.quantity import Kind, Quantity
from verify.words import stem


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One word or phrase: `kind` is "figure", "modal", "bound", "not", "limit", "condition", "light" or "word".

    `key` is equal where two signs say the same; `text` is as written, `start` and `end` its offsets.
    """

    kind: str
    key: str
    text: str
    start: int
    end: int


_LIGHT = frozenset(
    "a an the of to in on at for from with and or is are was were be been being am has have had do does"
    " did will would that this these those"
    " there it its their they them his her he she which who whom as than so such also then by please into onto onto"
    " i.e e.g respectively own each any every all".split()
)
_BOUNDS: tuple[tuple[str, str, str], ...] = (
    ("bound", "least", r"at\s+least|(?:not?|never)\s+(?:be\s+)?(?:less|fewer)\s+than|(?:a\s+)?minimum\s+of|as\s+few\s+as"),
    (
        "bound",
        "most",
        r"at\s+most|(?:not?|never)\s+(?:be\s+)?(?:more|greater|longer|higher)\s+than|(?:not|never)\s+(?:to\s+)?exceed(?:ing)?"
        r"|cannot\s+exceed|up\s+to|(?:a\s+)?maximum\s+of|not?\s+in\s+excess\s+of|as\s+many\s+as|as\s+much\s+as",
    ),
    ("bound", "by", r"(?:not?|never)\s+(?:be\s+)?later\s+than|on\s+or\s+before|within"),
    ("bound", "from", r"(?:not?|never)\s+(?:be\s+)?(?:earlier|sooner)\s+than|not\s+before|not\s+until|only\s+after"),
    ("bound", "over", r"(?:more|greater|longer|higher|older|larger)\s+than|in\s+excess\s+of|exceed(?:s|ing|ed)?|over|above"),
    ("bound", "under", r"(?:less|fewer|shorter|lower|younger|smaller)\s+than|under(?=\s+(?:the\s+age|[\d$€£]))|below|is\s+below"),
)  # fmt: skip
_PHRASES: tuple[tuple[str, str, str], ...] = (
    ("limit", "other", r"not\s+only|also"),
    ("limit", "only", r"only|solely|exclusively"),
    (
        "condition",
        "unless",
        r"unless|except(?:\s+(?:that|as|for|when|where|if|in))?|excluding|other\s+than|with\s+the\s+exception\s+of|apart\s+from",
    ),
    (
        "condition",
        "if",
        r"if|in\s+the\s+event\s+(?:that|of)|in\s+case(?:s)?\s+(?:where|when|that|of)|provided,?\s+that|so\s+long\s+as|as\s+long\s+as"
        r"|when|whenever|where|once|upon",
    ),
    ("condition", "until", r"until"),
    ("condition", "even", r"even\s+if|whether\s+or\s+not|regardless\s+of"),
    ("aside", "such as", r"such\s+as|including|e\.g\.|i\.e\.|for\s+example|for\s+instance"),
    ("aside", "under", r"pursuant\s+to|in\s+accordance\s+with|as\s+(?:\w+\s+)?(?:described|defined|provided|specified|required|set\s+forth"
        r"|discussed|detailed|prescribed|established)\s+(?:in|by|under)|according\s+to"),
    ("not", "not", r"not|never|neither|nor|no|none|without|n['’]t"),
)  # fmt: skip


def _one_of(named: Sequence[tuple[str, str, str]]) -> re.Pattern[str]:
    """All patterns as one expression, whose last group names the one that matched."""
    return re.compile("|".join(rf"(?P<p{i}>\b(?:{each[2]})(?!\w))" for i, each in enumerate(named)), re.IGNORECASE)


_BOUND, _PHRASE = _one_of(_BOUNDS), _one_of(_PHRASES)
_CODE = re.compile(r"[A-Z]{2,}-?\d+(?:[.-]\d+)*")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*|[$€£%]")
_MODALS = {
    Modality.DUTY: "must",
    Modality.PERMISSION: "may",
    Modality.ABILITY: "may",
    Modality.BAN: "must not",
    Modality.ADVICE: "should",
    Modality.EXEMPTION: "need not",
}


_ALIKE = {
    "individuals": "person", "individual": "person", "prior": "before", "commence": "begin", "start": "begin", "starts": "begin",
    "purchase": "buy", "obtain": "get", "utilize": "use", "use": "use", "uses": "use", "used": "use", "using": "use", "sufficient": "enough",  # noqa: E501
    "regarding": "about", "concerning": "about",
}  # fmt: skip


@lru_cache(maxsize=16_384)
def signs(text: str) -> tuple[Sign, ...]:
    """Return the signs of a sentence in order, none overlapping; punctuation is left out, "No one may" read as "one may not".

    Offsets are those of the text so read.
    """
    rest = read_as(text)
    found: list[Sign] = []
    for read in (_figures, _bounds, _modals, _phrases, _words):
        new = list(read(rest))
        found += new
        for each in new:
            rest = rest[: each.start] + " " * (each.end - each.start) + rest[each.end :]
    found.sort(key=lambda each: each.start)
    return tuple(each for each, after in zip(found, [*found[1:], None], strict=True) if not _only_bounds(each, after))


def read_as(text: str) -> str:
    """Return the text whose offsets signs carry: one space between words, "No visitor may" as "visitor may not"."""
    return without_none(" ".join(text.split()))


def _only_bounds(sign: Sign, after: Sign | None) -> bool:
    """Whether a modal only carries a bound: "may not exceed", "must not be more than" say no more than "at most"."""
    return (
        sign.kind == "modal"
        and after is not None
        and after.kind == "bound"
        and after.text[:3].lower() in {"not", "nev"}
    )


def _figures(text: str) -> Iterator[Sign]:
    for each in quantities(text):
        if not each.loose:
            yield Sign(kind="figure", key=_figure(each), text=each.text, start=each.start, end=each.end)


def _figure(quantity: Quantity) -> str:
    """A name for a quantity's value: equal for "12 months" and "one year", "$5" and "five dollars"."""
    if quantity.kind is Kind.REFERENCE:
        return f"reference {quantity.name}"
    if quantity.day is not None:
        return f"date {quantity.day}"
    if quantity.kind is Kind.AMOUNT:
        return f"amount {quantity.value:g} {'$' if quantity.unit in {'usd', '$'} else quantity.unit}"
    kind = "period" if quantity.kind in {Kind.DURATION, Kind.FREQUENCY} else quantity.kind.value
    return f"{kind} {quantity.value:.10g} {quantity.unit}"


def _bounds(text: str) -> Iterator[Sign]:
    yield from _matched(_BOUND, _BOUNDS, text)


def _phrases(text: str) -> Iterator[Sign]:
    yield from _matched(_PHRASE, _PHRASES, text)


def _matched(expression: re.Pattern[str], named: Sequence[tuple[str, str, str]], text: str) -> Iterator[Sign]:
    for found in expression.finditer(text):
        kind, key, _ = named[int((found.lastgroup or "p0")[1:])]
        yield Sign(kind=kind, key=key, text=found[0], start=found.start(), end=found.end())


def _modals(text: str) -> Iterator[Sign]:
    for modality, found in modals(text):
        yield Sign(kind="modal", key=_MODALS[modality], text=found[0], start=found.start(), end=found.end())


def _words(text: str) -> Iterator[Sign]:
    for found in _WORD.finditer(text):
        low = found[0].lower()
        if _CODE.fullmatch(found[0]):
            yield Sign(kind="figure", key=f"reference {low}", text=found[0], start=found.start(), end=found.end())
            continue
        kind = "light" if low in _LIGHT else "word"
        yield Sign(kind=kind, key=_ALIKE.get(low) or stem(low), text=found[0], start=found.start(), end=found.end())

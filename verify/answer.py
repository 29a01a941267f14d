"""Whether an answer is whole, says more than its question, and is of the kind that was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from verify.claim import FINITE
from verify.figure import quantities
from verify.quantity import Kind, Quantity
from verify.question import AUX, is_polar, main_clause, question_word
from verify.verdict import Finding
from verify.words import content, words

_WHEN_ANSWER = re.compile(
    r"\b(?:when|after|before|during|once|until|upon|within|at\s+the|at\s+any|on|if|immediately|annually|monthly|weekly|daily|quarterly|yearly|every|each|prior|later|earlier"
    r"|not\s+later|date|day|days|week|month|months|year|years|january|february|march|april|may|june|july|august|september|october|november|december|time|deadline|end|beginning|start|as\s+soon|in\s+(?:the\s+)?(?:spring|summer|autumn|fall|winter|event|case|course|year|future|morning|afternoon|evening)|where|while|as|a\s+request|annual|quarter\w*)\b",
    re.IGNORECASE,
)
_OFTEN_ANSWER = re.compile(
    r"\b(?:daily|weekly|monthly|quarterly|yearly|annually|biennial\w*|every|each|per|once|twice|times?|regular\w*|periodic\w*|year|month|continu\w+|as\s+(?:often|needed)|basis|semi\w+|bi\w+ly)\b",
    re.IGNORECASE,
)
_LOOSE_END = re.compile(
    r"\b(?:an?|the|and|or|that|which|if|than|as|their|its|each|be|must|shall|may)\s*[.…]*$|\b(?:of|to|for|with|by|in|on|at|from|is|are|any|not)"
    r"\s*(?P<stop>[.…]*)$|[,:(\-–—]$",
    re.IGNORECASE,
)
_CLOSED = 5
"""Words from which a sentence with a verb and a stop may end in a preposition or auxiliary: "They were not entitled to."."""
_POLAR = re.compile(r"(?:yes|no|true|false|correct|incorrect)\b", re.IGNORECASE)
_NON_ANSWER = re.compile(
    r"^\W*(?:the\s+(?:passage|text|document|source)\b|not\s+(?:mentioned|stated|specified|provided|applicable)\b|n/?a\b|none\s+given|unknown\b|i\s+(?:do\s+not|don['’]t)\s+know|it\s+depends\b\W*$|see\s+(?:the|above|below)\b)"
    r"|\bis\s+not\s+(?:mentioned|stated|specified|provided)\s+in\s+the\s+(?:passage|text|document|source)\b",
    re.IGNORECASE,
)


def inadequate(question: str, answer: str) -> Iterator[Finding]:
    """Yield what is wrong with an answer as a reply: none given, broken off, a repetition, or of another kind than asked."""
    yield from _of_answer(question, answer)
    yield from _of_type(question, answer)


def _bad(rule: str, detail: str, text: str) -> Finding:
    return Finding(rule=rule, conflict=True, detail=detail, claim_text=text)


def _of_answer(question: str, answer: str) -> Iterator[Finding]:
    """Whether there is an answer, a whole one, that says more than its question."""
    said = answer.strip()
    if not re.search(r"\w", said) or _NON_ANSWER.search(said):
        yield _bad("no-answer", "the answer does not answer", said[:60])
        return
    if said.endswith("?"):
        yield _bad("no-answer", "the answer is itself a question", said[-60:])
    loose = _LOOSE_END.search(said)
    if loose and not _is_whole(said, loose):
        yield _bad("unfinished", f"the answer breaks off (“{said[-30:]}”)", said[-30:])
    if is_polar(question) or (_POLAR.match(said) and AUX.match(question[main_clause(question) :].strip())):
        return
    fresh = {word for word in words(said) if content(word)} - set(words(question))
    if not fresh and not _digits(said) - _digits(question):
        rule = "gives-answer" if len(words(said)) < len(words(question)) else "repeats"
        yield _bad(rule, "the answer says nothing that the question does not say", said[:60])


def _is_whole(said: str, loose: re.Match[str]) -> bool:
    """Whether an answer that ends in a word such as "to" or "is" is a sentence all the same: it has its stop, a verb and enough words."""
    before = said[: loose.start()]
    verb = re.search(rf"\b{FINITE}\b", before, re.IGNORECASE)
    return loose["stop"] == "." and len(before.split()) + 1 >= _CLOSED and verb is not None and said[0].isupper()


def _digits(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\d+", text))


_TIMELY = frozenset({Kind.DATE, Kind.TIME, Kind.DURATION, Kind.AGE, Kind.FREQUENCY, Kind.NUMBER, Kind.ORDINAL})
_LASTING = frozenset({Kind.DURATION, Kind.DATE, Kind.TIME, Kind.NUMBER, Kind.FREQUENCY})
_OFTEN = frozenset({Kind.DURATION, Kind.NUMBER, Kind.FREQUENCY})
_ANY_FIGURE = frozenset(Kind) - {Kind.REFERENCE}
_COUNT_ANSWER = re.compile(r"\b(?:no|none|any|all|both|several|unlimited|one|an?)\b", re.IGNORECASE)
_MUCH_ANSWER = re.compile(
    r"\b(?:all|none|half|full|free|no|equal|amount|rate|same|difference|cost|twice)\b", re.IGNORECASE
)
_WANTED: dict[str, tuple[frozenset[Kind], re.Pattern[str], str]] = {
    "how many": (_ANY_FIGURE, _COUNT_ANSWER, "a number"),
    "how old": (_ANY_FIGURE, _COUNT_ANSWER, "an age"),
    "how much": (_ANY_FIGURE, _MUCH_ANSWER, "an amount"),
    "when": (_TIMELY, _WHEN_ANSWER, "a time"),
    "how long": (_LASTING, _WHEN_ANSWER, "a period"),
    "how soon": (_LASTING, _WHEN_ANSWER, "a period"),
    "how often": (_OFTEN, _OFTEN_ANSWER, "a frequency"),
}
"""By question word: the kinds of figure that answer it, other words that do, and what is asked for."""
_NAMED = {"who": "a person or body", "whom": "a person or body", "where": "a place"}


_TIME_WORD = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|september|october|november"
    r"|december|days?|weeks?|months?|years?|hours?|and|the|within|every|each|after|before|until|from)\b",
    re.IGNORECASE,
)


def _of_type(question: str, answer: str) -> Iterator[Finding]:
    """Whether the answer is of the kind the question word asks for."""
    kind = question_word(question)
    if not kind:
        return
    figures = [each for each in quantities(answer) if each.kind is not Kind.REFERENCE]
    has = {each.kind for each in figures}
    wrong = ""
    if kind in _WANTED:
        kinds, words_for_it, name = _WANTED[kind]
        wrong = "" if has & kinds or words_for_it.search(answer) else name
    elif kind in _NAMED and not re.search(r"[A-Za-z]{3,}|\b[A-Z]{2}\b", _TIME_WORD.sub("", _without(answer, figures))):
        wrong = _NAMED[kind]
    if wrong:
        detail = f"“{kind}” asks for {wrong}; the answer gives “{answer.strip()[:60]}”"
        yield _bad("answer-type", detail, answer.strip()[:60])
    yield from _of_noun(question, answer, has)


def _without(answer: str, figures: Sequence[Quantity]) -> str:
    for each in reversed(figures):
        answer = answer[: each.start] + answer[each.end :]
    return answer


_NOUN_ASKED = re.compile(
    r"\b(?:what|which)(?:\s+(?:is|are|was|were))?\s+(?:the\s+|an?\s+)?(?:(?:maximum|minimum|total|exact|current|specific|standard|annual|monthly|initial|legal|applicable|required)\s+)*"
    r"(?P<noun>amount|fee|fine|cost|price|percentage|rate|age|number|date|deadline|year|duration|period|term|day)\b",
    re.IGNORECASE,
)
_NOUN_KINDS = {
    "amount": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}, "fee": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT},
    "fine": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT},
    "cost": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}, "price": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT},
    "percentage": {Kind.PERCENT, Kind.NUMBER}, "rate": {Kind.PERCENT, Kind.AMOUNT, Kind.NUMBER},
    "age": {Kind.AGE, Kind.NUMBER, Kind.DURATION}, "number": {Kind.NUMBER, Kind.REFERENCE, Kind.PERCENT},
    "date": {Kind.DATE, Kind.TIME, Kind.DURATION, Kind.ORDINAL}, "deadline": {Kind.DATE, Kind.TIME, Kind.DURATION, Kind.ORDINAL},
    "year": {Kind.DATE, Kind.NUMBER, Kind.ORDINAL}, "duration": {Kind.DURATION, Kind.DATE, Kind.NUMBER},
    "period": {Kind.DURATION, Kind.DATE, Kind.NUMBER, Kind.TIME}, "day": {Kind.DATE, Kind.ORDINAL, Kind.NUMBER},
}  # fmt: skip


def _of_noun(question: str, answer: str, has: set[Kind]) -> Iterator[Finding]:
    """Yield a finding when "what is the fee" wants an amount: a figure of another kind alone does not answer it."""
    asked = _NOUN_ASKED.search(question)
    wanted = _NOUN_KINDS.get(asked["noun"].lower()) if asked else None
    if asked and wanted and has and not has & wanted:
        yield _bad(
            "answer-type",
            f"“{asked['noun']}” was asked for; the answer gives “{answer.strip()[:60]}”",
            answer.strip()[:60],
        )

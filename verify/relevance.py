"""Is a question fit to ask, and does the answer answer it? Named findings; `conflict` marks a row not worth keeping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from verify.quantity import Kind, Quantity, quantities, same
from verify.verdict import Finding
from verify.words import content, share, stem, words

RELEVANCE_VERSION = 1

_NEEDS_SOURCE = re.compile(
    r"\b(?:the|this|that|these|those|above|following|given|provided)\s+(?:\w+\s+)?(?:passage|text|excerpt|snippet|extract|section\s+above|table\s+above|information\s+provided)s?\b"
    r"|\b(?:this|these|above|following|given|provided)\s+(?:document|paragraph|source|context|sentence|statement|article|list|table|information|case)s?\b"
    r"|\b(?:according\s+to|based\s+on|in|from|per|under|of)\s+(?:this|these|the\s+(?:given|provided|above|following|text))\b(?!\s+(?:act|law)\b)"
    r"|\bthis\s+(?:policy|rule|act|law|section|scheme|form|clause|article|chapter|part|statute|regulation|agreement|guideline|code|program(?:me)?|procedure|notice|page|website|site|service)\b"
    r"|\bthese\s+(?:rules|policies|regulations|terms|guidelines|provisions|requirements|conditions)\b"
    r"|\b(?:mentioned|described|listed|stated|discussed|outlined|specified|referred\s+to|provided|given)\s+(?:above|below|here|in\s+the\s+(?:text|passage|document)|in\s+this)\b"
    r"|\bthe\s+(?:author|writer|speaker)s?\b|\bas\s+(?:above|stated|mentioned|described)\b|\baforementioned\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|theirs|he|she|him|her|his|hers|such)\b", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"\bit\s+(?:is|was|be|possible|take|takes|mean|means|cost)\b|\bdoes\s+it\s+(?:take|cost|mean)\b|\b(?:is|was)\s+it\s+\w+\s+(?:to|that|for)\b|\bsuch\s+as\b",
    re.IGNORECASE,
)
_WH = re.compile(
    r"\b(how\s+(?:many|much|long|often|old|soon|far|large|big)|what|which|who|whom|whose|when|where|why|how)\b",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"^(?:when|where|if|for|in|under|after|before)\b[^?]*?,\s+(?=(?:what|which|who|whom|whose|when|where|why|how|must|may|can|is|are|do|does)\b)",
    re.IGNORECASE,
)
_AUX = re.compile(
    r"^(?:is|are|was|were|do|does|did|can|could|may|must|shall|should|will|would|has|have)\b", re.IGNORECASE
)
_COUNTED = re.compile(
    r"\bhow\s+(?:many|much)\b|\b(?:what|which)\s+(?:is|are|was|percentage|amount|number|age|fee|rate|price)\b",
    re.IGNORECASE,
)
_AMOUNT_ASKED = re.compile(
    r"\b(?:amount|fee|fine|cost|price|ceiling|salary|rent|deposit|subsidy|grant|premium|payment|income\s+(?:limit|ceiling|threshold))s?\b",
    re.IGNORECASE,
)
_WHEN_ANSWER = re.compile(
    r"\b(?:when|after|before|during|once|until|upon|within|at\s+the|at\s+any|on|if|immediately|annually|monthly|weekly|daily|quarterly|yearly|every|each|prior|later|earlier"
    r"|not\s+later|date|day|days|week|month|months|year|years|january|february|march|april|may|june|july|august|september|october|november|december|time|deadline|end|beginning|start|as\s+soon|in\s+(?:the\s+)?(?:spring|summer|autumn|fall|winter|event|case|course|year|future|morning|afternoon|evening)|where|while|as|a\s+request|annual|quarter\w*)\b",
    re.IGNORECASE,
)
_OFTEN_ANSWER = re.compile(
    r"\b(?:daily|weekly|monthly|quarterly|yearly|annually|biennial\w*|every|each|per|once|twice|times?|regular\w*|periodic\w*|year|month|continu\w+|as\s+(?:often|needed)|basis|semi\w+|bi\w+ly)\b",
    re.IGNORECASE,
)
_WHY_ANSWER = re.compile(
    r"\b(?:because|to|so|since|due|as|for|in order|purpose|reason|ensure|prevent|protect|avoid|allow|ing)\b|\w+ing\b",
    re.IGNORECASE,
)
_LOOSE_END = re.compile(
    r"\b(?:a|an|the|of|to|and|or|for|with|by|in|on|at|from|that|which|is|are|be|must|shall|may|if|than|as|their|its|each|any|not)\s*[.…]*$|[,:(\-–—]$",
    re.IGNORECASE,
)
_NON_ANSWER = re.compile(
    r"^\W*(?:the\s+(?:passage|text|document|source)\b|not\s+(?:mentioned|stated|specified|provided|applicable)\b|n/?a\b|none\s+given|unknown\b|i\s+(?:do\s+not|don['’]t)\s+know|it\s+depends\b\W*$|see\s+(?:the|above|below)\b)"
    r"|\bis\s+not\s+(?:mentioned|stated|specified|provided)\s+in\s+the\s+(?:passage|text|document|source)\b",
    re.IGNORECASE,
)
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
    found = [*_of_question(question), *_of_answer(question, answer), *_of_type(question, answer)]
    if evidence.strip():
        found += _of_ground(question, answer, evidence, context)
    return tuple(found)


def _bad(rule: str, detail: str, claim_text: str = "", evidence_text: str = "") -> Finding:
    return Finding(rule=rule, conflict=True, detail=detail, claim_text=claim_text, evidence_text=evidence_text)


def _of_question(question: str) -> Iterator[Finding]:
    """Form, and whether it can be understood without its source."""
    asked = question.strip()
    if len(asked.split()) < 3 or not (_WH.search(asked) or _AUX.match(asked)) or asked.count("?") > 1:
        yield _bad("form", "this is not one plain question", asked)
    source = _NEEDS_SOURCE.search(asked)
    if source:
        yield _bad("self-contained", f"the question leans on a text its reader does not see (“{source[0]}”)", source[0])
        return
    pronoun = _PRONOUN.search(_EXPLETIVE.sub(" ", asked))
    if pronoun and not _antecedent(asked, pronoun):
        yield _bad("self-contained", f"“{pronoun[0]}” stands for something the question does not name", pronoun[0])


def _antecedent(question: str, pronoun: re.Match[str]) -> bool:
    """Whether two or more content words before a pronoun can be what it stands for."""
    return len(content(_WH.sub(" ", question[: pronoun.start()]))) >= 1


def _of_answer(question: str, answer: str) -> Iterator[Finding]:
    """Whether there is an answer, a whole one, that says more than its question."""
    said = answer.strip()
    if not re.search(r"\w", said) or _NON_ANSWER.search(said):
        yield _bad("no-answer", "the answer does not answer", said[:60])
        return
    if said.endswith("?"):
        yield _bad("no-answer", "the answer is itself a question", said[-60:])
    if _LOOSE_END.search(said):
        yield _bad("unfinished", f"the answer breaks off (“{said[-30:]}”)", said[-30:])
    if _is_polar(question):
        return
    fresh = content(said) - content(question)
    if not fresh and not _digits(said) - _digits(question):
        rule = "gives-answer" if len(words(said)) < len(words(question)) else "repeats"
        yield _bad(rule, "the answer says nothing that the question does not say", said[:60])


def _digits(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\d+", text))


def _is_polar(question: str) -> bool:
    asked = question.strip()
    if re.search(r"\b\w+\s+or\s+\w+", asked):
        return False
    return bool(
        _AUX.match(asked)
        or re.search(
            r",\s*(?:is|are|was|were|do|does|did|can|could|may|must|shall|should|will|would|has|have)\s", asked
        )
        and not _WH.search(asked)
    )


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


def _of_type(question: str, answer: str) -> Iterator[Finding]:
    """Whether the answer is of the kind the question word asks for."""
    asked = _WH.search(_SETTING.sub("", question.strip()))
    if asked is None or _AUX.match(question.strip()):
        return
    kind = re.sub(r"\s+", " ", asked[1].lower())
    figures = [each for each in quantities(answer) if each.kind is not Kind.REFERENCE]
    has = {each.kind for each in figures}
    wrong = ""
    if kind in _WANTED:
        kinds, words_for_it, name = _WANTED[kind]
        wrong = "" if has & kinds or words_for_it.search(answer) else name
    elif kind in _NAMED and figures and not re.search(r"[A-Za-z]{3,}", _without(answer, figures)):
        wrong = _NAMED[kind]
    if wrong:
        detail = f"“{asked[0]}” asks for {wrong}; the answer gives “{answer.strip()[:60]}”"
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
    "amount": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}, "fee": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}, "fine": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT},
    "cost": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}, "price": {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT},
    "percentage": {Kind.PERCENT, Kind.NUMBER}, "rate": {Kind.PERCENT, Kind.AMOUNT, Kind.NUMBER},
    "age": {Kind.AGE, Kind.NUMBER, Kind.DURATION}, "number": {Kind.NUMBER, Kind.REFERENCE, Kind.PERCENT},
    "date": {Kind.DATE, Kind.TIME, Kind.DURATION, Kind.ORDINAL}, "deadline": {Kind.DATE, Kind.TIME, Kind.DURATION, Kind.ORDINAL},
    "year": {Kind.DATE, Kind.NUMBER, Kind.ORDINAL}, "duration": {Kind.DURATION, Kind.DATE, Kind.NUMBER},
    "period": {Kind.DURATION, Kind.DATE, Kind.NUMBER, Kind.TIME}, "day": {Kind.DATE, Kind.ORDINAL, Kind.NUMBER},
}  # fmt: skip


def _of_noun(question: str, answer: str, has: set[Kind]) -> Iterator[Finding]:
    """ "What is the fee" wants an amount: a figure of another kind alone does not answer it."""
    asked = _NOUN_ASKED.search(question)
    wanted = _NOUN_KINDS.get(asked["noun"].lower()) if asked else None
    if asked and wanted and has and not has & wanted:
        yield _bad(
            "answer-type",
            f"“{asked['noun']}” was asked for; the answer gives “{answer.strip()[:60]}”",
            answer.strip()[:60],
        )


def _of_ground(question: str, answer: str, evidence: str, context: str) -> Iterator[Finding]:
    """Whether the evidence speaks of what the question asks: its conditions and its subject."""
    near = content(f"{evidence} {context}")
    terms = content(question) - _GENERIC - content(_WH.sub(" ", "")) - _figure_words(question)
    known = share(terms, near) if terms else 1.0
    if len(terms) >= 2 and known < 0.5:
        lost = ", ".join(_surface(term, question) for term in sorted(terms - near))
        yield _bad("off-question", f"the evidence does not speak of what is asked ({lost})", lost)
    there = quantities(f"{evidence}\n{context}")
    for quantity in quantities(question):
        count = quantity.kind is Kind.NUMBER and not quantity.unit and quantity.text.isalpha()
        if quantity.loose or count or quantity.kind is Kind.ORDINAL or any(same(quantity, each) for each in there):
            continue
        yield _bad(
            "condition", f"the question supposes “{quantity.text}”, which the evidence does not mention", quantity.text
        )


def _figure_words(question: str) -> frozenset[str]:
    return frozenset().union(*(content(each.text) for each in quantities(question))) if question else frozenset()


def _surface(wanted: str, text: str) -> str:
    return next((word for word in words(text) if stem(word) == wanted), wanted)

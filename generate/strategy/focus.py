"""`Focus`: a fact of a passage that can be asked about: a sentence that stands alone and the words of it that answer.

The fact is chosen by rule and only the question is left to the model (passage, then answer, then question: Self-Prompting,
Li et al., arXiv 2212.08635). A focus also fixes how the question opens and shows the sentence without its answer, so
that a small model neither asks for something else nor gives the answer away. Rules are patterns and word lists; no
model is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from generate.strategy.clause import Clause, read_clause, stands_alone
from generate.strategy.fact import amount_of, facts, leading_amount

_MEANS = re.compile(
    r"^[“\"]?(?P<term>[A-Za-z][^“”\".,;:]{2,60}?)[”\"]?\s(?P<verb>means?|refers? to|is defined as|are defined as)\s(?P<rest>.{12,})$"
)
_PERSON = re.compile(
    r"\b(?:tenants?|applicants?|landlords?|owners?|residents?|famil(?:y|ies)|households?|members?|persons?|people|staff|guests?"
    r"|employ(?:ee|er)s?|agenc(?:y|ies)|authorit(?:y|ies)|office|department|board|court|council|committee|commission|mayor|secretary"
    r"|director|officials?|contractors?|vendors?|parents?|students?|party|parties|company|bureau|panel|team|candidates?|attorney|clerk"
    r"|subscribers?|entit(?:y|ies)|desk|corporation|[a-z]{2,}(?:ers?|ors?|ees?))$",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"\b(?:[A-Z]{2,5}s?|Id[A-Z]s?)$")
_NOT_PERSON = re.compile(
    r"\b(?:letters?|orders?|numbers?|papers?|register|matters?|offers?|computers?|floors?|doors?|errors?|authenticators?|identifiers?"
    r"|factors?|fees?|water|power|servers?|browsers?|elevators?|detectors?|generators?|vouchers?|answers?|covenants?|quarters?"
    r"|chapters?|others?|committee reports?|trees?|meters?|containers?|vendor list|career|degrees?|guarantees?)$",
    re.IGNORECASE,
)
_HEAD = re.compile(r"\s(?:of|who|that|which|whose|for|in|with|without|responsible|under|on|from)\s")
_PLURAL = re.compile(r"(?:[^s]s|people|staff|children|persons)$")
_DECIDED = frozenset(
    "deemed considered denied approved removed terminated cancelled canceled forfeited returned placed treated".split()
)
_WHEN = re.compile(r",?\s(?:if|when|unless)\s(?:the|a|an|any|all|it|no|at)\s[^,]+$", re.IGNORECASE)
_PLACES = ("In ", "At ", "On ", "For ", "By ", "To ", "As ", "Under ", "Except ", "Beginning")
_COMMON = frozenset(
    "The A An Each Every All Any No Some Both Most What How Who When Within For At By On Until After Before Under From Where"
    " Someone Something If Unless In During Upon Once While Although".split()
)
LONGEST_QUESTION = 28
"""Words in a question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Focus:
    """One answerable fact.

    `sentence` is the passage text from `start` to `end`, white space folded. `answer` are words of it. `kind` is amount, limit,
    percent, duration, frequency, date, count, manner, agent, purpose, condition, actor, duty, prohibition, action,
    outcome, or definition. `opening` is how the
    question begins, `expected` the plain question a rule can make, and `shown` the sentence without its answer.
    """

    kind: str
    sentence: str
    start: int
    end: int
    answer: str
    opening: str
    expected: str
    shown: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    kind: str
    answer: str
    opening: str
    tail: str
    shown: str


def focuses(text: str, *, split: Callable[[str], Sequence[tuple[int, int]]] | None = None) -> list[Focus]:
    """Return the facts of `text` in reading order, at most one for each sentence and kind.

    `split` gives the sentences' offsets; without it a sentence ends where a stop is followed by a capital.
    """
    found: list[Focus] = []
    for start, end in (split or _sentences)(text):
        sentence = " ".join(text[start:end].split())
        if not stands_alone(sentence):
            continue
        for question in _questions(sentence):
            expected = " ".join(f"{question.opening} {question.tail}".split()).rstrip(" ,;.") + "?"
            if len(expected.split()) > LONGEST_QUESTION:
                continue
            found.append(
                Focus(
                    kind=question.kind,
                    sentence=sentence,
                    start=start,
                    end=end,
                    answer=question.answer,
                    opening=question.opening,
                    expected=expected,
                    shown=question.shown,
                )
            )
    return found


def lower_first(phrase: str) -> str:
    """Return the phrase with its first word in lower case, unless that looks like a name."""
    words = phrase.split()
    if not words:
        return phrase
    follows_lower = len(words) == 1 or words[1][0].islower()
    common = words[0] in _COMMON or (words[0][1:].islower() and (follows_lower or words[0].endswith("s")))
    return phrase[0].lower() + phrase[1:] if common else phrase


def _questions(sentence: str) -> Iterator[_Question]:
    means = _MEANS.match(sentence)
    if means:
        term = lower_first(means["term"].strip())
        answer = means["rest"].rstrip(".")
        yield _Question(kind="definition", answer=answer, opening=f"What is meant by {term}", tail="", shown=sentence)
        return
    clause = read_clause(sentence)
    if clause is not None:
        yield from _of_rest(clause)
        yield from _of_subject(clause)
        yield from _of_whole(clause)


def _of_rest(clause: Clause) -> Iterator[_Question]:
    """Yield questions for something after the auxiliary: question word, auxiliary, subject, what is left."""
    subject = lower_first(clause.subject)
    for fact in facts(clause):
        if fact.kind == "limit":
            bare = re.sub(r"^(?:the|a|an|each|every|any|all|total)\s", "", subject)
            opening = _led(clause, f"{fact.ask} {bare}")
            shown = _led(clause, f"There is a maximum for the {bare} {fact.rest}".rstrip() + ".")
            yield _Question(kind=fact.kind, answer=fact.answer, opening=opening, tail=fact.rest, shown=shown)
            continue
        opening = _led(clause, f"{fact.ask} {clause.aux} {subject}")
        shown = _led(clause, clause.told(fact.rest))
        yield _Question(kind=fact.kind, answer=fact.answer, opening=opening, tail=fact.rest, shown=shown)


def _of_subject(clause: Clause) -> Iterator[_Question]:
    """Yield questions for the subject, or for an amount that the subject is or has."""
    be = clause.aux in {"is", "are", "was", "were"}
    amount = leading_amount(clause.rest) if be else None
    if amount and not re.match(r"\s*(?:and|or|but|,)", clause.rest[amount.end() :]):
        tail = clause.rest[amount.end() :].strip()
        opening = _led(clause, f"What {clause.aux} {lower_first(clause.subject)}")
        yield _Question(
            kind="amount",
            answer=amount[0],
            opening=opening,
            tail=tail,
            shown=_led(clause, clause.told(f"set {tail}".strip())),
        )
    owned = amount_of(clause.subject) if be else None
    if owned:
        opening = _led(clause, f"How much is the {owned['noun']} that {clause.aux}")
        shown = _led(clause, f"The {owned['noun']} {clause.aux} {clause.rest}.")
        yield _Question(kind="amount", answer=owned["amount"], opening=opening, tail=clause.rest, shown=shown)
    yield from _of_actor(clause)


def _of_actor(clause: Clause) -> Iterator[_Question]:
    words = clause.rest.split()
    plain = len(clause.subject.split()) <= 9 and words[0] not in {"not", "be"} and not words[0].endswith("ly")
    if not (clause.modal and not clause.lead and plain and 4 <= len(words) <= 30):
        return
    if not is_person(clause.subject) or clause.subject.startswith(("All ", "Any ", "Each ", "Every ")):
        return
    opening, tail = f"Who {clause.aux} {words[0]}", " ".join(words[1:])
    yield _Question(
        kind="actor", answer=clause.subject, opening=opening, tail=tail, shown=f"Someone {clause.aux} {clause.rest}."
    )


def _of_whole(clause: Clause) -> Iterator[_Question]:
    """Yield questions for what a clause says altogether: what is forbidden, what to do or what happens under its condition."""
    subject, words = lower_first(clause.subject), clause.rest.split()
    if words[0] == "not":
        yield from _forbidden(clause)
        return
    general = re.match(r"(?:An?\s|[A-Z]{2,6}$)", clause.subject)
    if (
        general
        and clause.aux == "is"
        and re.match(r"(?:a|an|any|one)\s[a-z]", clause.rest)
        and len(words) > 4
        and not clause.lead
    ):
        opening = f"What is {subject}"
        yield _Question(kind="definition", answer=clause.rest, opening=opening, tail="", shown=clause.told("something"))
    tail = _WHEN.search(clause.rest)
    when = clause.lead or (tail[0].strip(" ,") if tail else "")
    if not when or clause.lead.startswith(_PLACES) or words[0] == "only":
        return
    done = clause.rest[: tail.start()] if tail and not clause.lead else clause.rest
    passive = words[0] == "be" or (clause.aux in {"is", "are"} and re.match(r"[a-z]+(?:ed|en)\b", words[0]))
    if passive and (clause.aux not in {"must", "should"} or words[1] in _DECIDED):
        happens = "may happen" if clause.aux in {"may", "can"} else "happens"
        opening, kind, did = f"What {happens} to {subject}", "outcome", "something happens to it"
    elif clause.modal and not passive and is_person(clause.subject):
        opening, kind, did = f"What {clause.aux} {subject} do", "action", "do something"
    else:
        return
    if len(done.split()) > 2:
        opening = f"{opening} {lower_first(when)}" if tail and not clause.lead else _led(clause, opening)
        yield _Question(kind=kind, answer=f"{clause.aux} {done}", opening=opening, tail="", shown=clause.told(did))


def _forbidden(clause: Clause) -> Iterator[_Question]:
    words, subject = clause.rest.split(), lower_first(clause.subject)
    if not clause.modal or len(words) < 4 or words[1] in {"be", "have", "exceed", "need", "know", "understand"}:
        return
    if clause.aux in {"may", "must", "can"} and is_person(clause.subject):
        be = "are" if _PLURAL.search(_head(clause.subject)) else "is"
        opening = _led(clause, f"What {be} {subject} not allowed to do")
    else:
        opening = _led(clause, f"What {clause.aux} {subject} not {words[1]}")
    shown = clause.told("not do something")
    yield _Question(kind="prohibition", answer=f"{clause.aux} {clause.rest}", opening=opening, tail="", shown=shown)


def is_person(subject: str) -> bool:
    """Return whether a subject is, by its head noun, a person or body that acts."""
    head = _head(subject)
    return bool(_ACRONYM.search(head) or (_PERSON.search(head) and not _NOT_PERSON.search(head)))


def _head(subject: str) -> str:
    return _HEAD.split(subject, maxsplit=1)[0]


def _led(clause: Clause, text: str) -> str:
    return f"{clause.lead}, {lower_first(text)}" if clause.lead else text


def _sentences(text: str) -> list[tuple[int, int]]:
    bounds = [0, *(m.end() for m in re.finditer(r"[.!?][”\"')\]]*\s+(?=[A-Z“\"(])|\n{2,}", text)), len(text)]
    spans = []
    for start, end in pairwise(bounds):
        raw = text[start:end]
        spans.append((start + len(raw) - len(raw.lstrip()), start + len(raw.rstrip())))
    return [(start, end) for start, end in spans if end > start]

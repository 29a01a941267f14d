"""`Fact`: something a clause says that can be asked for: a figure, a date, a manner, a condition, what must be done.

Each finder looks at the part of the clause after its auxiliary and before any subordinate clause, so that a figure inside
an "if" is never asked for as if it belonged to the main verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generate.strategy.clause import BE, Clause
from generate.strategy.figure import AMOUNT, COUNT, DATE, DAY, DAY_OF, DURATION, EXCEED, OFTEN, PERCENT
from generate.strategy.person import is_person

_WAY = (
    r"(?:in writing|in person|by (?:telephone|phone|video|e-?mail|mail|(?:certified|registered|first-class) mail|post|letter"
    r"|check|cheque|courier|money order|direct deposit|bank transfer|standing order|hand|fax|lottery)|electronically|online)"
)
_MANNER = re.compile(rf"\b{_WAY}(?:,? (?:or |and )?{_WAY})*(?: (?:at|to) the [a-z]+(?: [a-z]+)?)?\b", re.IGNORECASE)
_LARGE = re.compile(r"\b(?P<what>an?\s(?:[a-z-]+\s){1,3})of\s(?P<amount>[$€£]\s?\d[\d,]*(?:\.\d+)?)", re.IGNORECASE)
_CONDITION = re.compile(
    r",?\s(?:only if|only when|only after|if|when|provided that|as long as)\s(?=\S+\s\S+)", re.IGNORECASE
)
_AGENT = re.compile(
    r"^(?:be\s)?(?:[a-z]+ly\s)?(?P<verb>[a-z]{3,}ed|made|given|held|set|paid|done|kept|chosen)\sby\s"
    r"(?P<agent>(?:the|a|an|at least|two|both)\s[^,;]+?)"
    r"(?=$|,|\s(?:within|before|after|in|on|at|for|to|and|or|no later|not later|as|from|under|with|by|during|through|via|upon|using"
    r"|when|if|unless|while|until|that|which|who|where)\b)"
)
ASKING = re.compile(
    r"\b(?:determine|know|see|ask|check|decide|confirm|even|except|only|and|or|earlier|later|sooner|that|how|why|whether|recogni[sz]e"
    r"|identify|understand|consider|assess|explain|indicate|specify|describe|them|him)$"
)
BRANCHED = re.compile(r"\b(?:that|which|who|whose|would|had)\b")
"""What a condition may belong to instead of the main verb."""
_COMPARED = re.compile(r"\s(?:earlier|later|older|younger|longer|shorter|before|after|from|apart|old)\b")
_PREDICATES = re.compile(r"^(?:be\s)?[^,]+,[^,]*(?:,?\s(?:and|or)\s)[^,]*$")
"""Several things that a subject is or must be: a figure behind the last of them belongs to that one alone."""
_OWN = re.compile(r"\b(?:their|its|his|her)\sown\b")
_RELATED = re.compile(
    r"\bfor each\b.*\sto\s[a-z]+|\s(?:and|or)\s[a-z]+\s(?:them|it)\b"
    r"|\b(?:in|to|of|for|by|on|at|from|under) (?:which|whom|whose)\b|\bas well as\b"
)
_BARE = re.compile(r"(?:the|its|their|his|her)\s[a-z]+$")
"""An answer that tells nobody which one is meant: "the payments"."""
_TAIL = re.compile(
    r"\s(?=(?:in order|when|if|before|after|within|(?<!ed\s)(?<!(?:made|held|paid|sent)\s)(?<!sought\s)by"
    r"|upon|prior to|during|until|unless|at least|once|twice|every|each|annually"
    r"|for each|for every|(?<!ed\s)at the|on or before|no later than|not later than|for up"
    r"|in writing|in person|while|because|so that)\b)"
)
_TAIL_TO = re.compile(_TAIL.pattern.replace("(?:in order|", "(?:in order|to the|to a|to an|to each|directly|"))
_TO_SOMEONE = frozenset("pay submit report deliver return forward refund supply present transfer provide".split())
_NARROWED = re.compile(r"\s(?:who|that|which|whose|with|without|in|at|under|used|made)\s")
"""What in a subject tells which of its kind is meant."""
_CONTAINS = frozenset("include contain state name list show specify cover mention identify describe".split())
HAVING = frozenset("include contain consist comprise mean".split())
"""Verbs by which a body of people is said to hold others, and does nothing."""
_OBJECT = re.compile(
    r"(?:the|a|an|any|all|each|every|its|their|his|her|proof|another|[a-z-]+ed|[a-z]{3,}s|[a-z]+ing)\b", re.IGNORECASE
)
_SUBORDINATE = re.compile(
    r"\s(?:if|when|unless|where|that|which|who|whose|because|while|until|whichever|provided|including"
    r"|(?:after|before)\s[a-z]+ing)\s",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"\bto be$"
    r"|\b(?:than|of|or|and|the|a|an|to|over|under|between|by|per|with|for|in|on|first|next|every|each|these|those|after|before|until|only|but|is|are|as)$"
)
_LISTED = re.compile(r",[^,]*\s(?:and|or)\s")
_NOT_COMPOUND = re.compile(
    r"(?:$|[\s]*[^\sa-z]|\s(?:of|in|on|at|by|for|from|with|to|under|over|per|within|before|after|during|if|when|unless|until|that|who|which"
    r"|whose|and|or|as|is|are|without|each|every|than|into|through|via|between|against|while|where|only|not|must|may|plus)\b)"
)
"""What follows a counted noun that is whole: "one reference, …", not "one reference number"."""
_AFTER = re.compile(r"\s(?:after|before|from|of|following|in advance of|prior to)\b[^,]*")
_PARTICLE = re.compile(r"\s(?:back|away|apart|aside|off|down|out)(?:\s|$)")
"""In an object: the rest of a verb in two words, which a question for the object would lose ("call the tenant back")."""
_TWO_OBJECTS = frozenset(
    "give advise prompt inform notify ask allow require tell send grant offer enable permit cause help ensure assign treat consider"
    " make let set keep leave assume lead last apply expire exceed vary differ depend be have not only also either then".split()
)
LEAST_PURPOSE = 5
"""Words of a purpose: "in order to operate" is none."""
MOST_DUTY = 28
"""Words in a sentence that is asked about as a whole: longer ones list too much for one answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A fact's kind, the words that answer, the question words that ask for them, and the clause's rest without them."""

    kind: str
    answer: str
    ask: str
    rest: str


def facts(clause: Clause) -> Iterator[Fact]:
    """Yield what can be asked of a clause in front of its auxiliary, figures first, one of each kind."""
    for finder in (
        _limit,
        _amount,
        _percent,
        _duration,
        _often,
        _date,
        _count,
        _manner,
        _agent,
        _purpose,
        _condition,
        _duty,
    ):
        fact = finder(clause)
        if fact is not None:
            yield fact


def plural(noun: str) -> str:
    """Return the plural of a unit or counted noun."""
    if noun.endswith(("s", "feet", "people", "children")):
        return noun
    return noun[:-1] + "ies" if noun.endswith("y") and not noun.endswith("ay") else noun + "s"


def leading_amount(rest: str) -> re.Match[str] | None:
    """Return the amount that `rest` begins with, when it is no bound: as after "is" in "The fee is $20 a month"."""
    found = AMOUNT.match(rest)
    return found if found and not found["least"] and not found["most"] else None


def amount_of(subject: str) -> re.Match[str] | None:
    """Return the match of a subject like "A late fee of $25": `noun` and `amount`."""
    return re.match(r"(?:A|An|The)\s(?P<noun>[a-z][a-z -]+?)\sof\s(?P<amount>[$€£]\s?\d[\d,]*(?:\.\d+)?)$", subject)


def _main(clause: Clause) -> str:
    """Return the rest up to the first subordinate clause."""
    found = _SUBORDINATE.search(clause.rest)
    return clause.rest[: found.start()] if found else clause.rest


def _search(pattern: re.Pattern[str], clause: Clause) -> re.Match[str] | None:
    """Return the first match in the main part that is not the tail of a larger phrase."""
    found = pattern.search(_main(clause))
    if found is None or not found.start() or _JOINED.search(clause.rest[: found.start()].rstrip()):
        return None
    state = clause.aux in BE or clause.rest.startswith("be ")
    return None if state and _PREDICATES.match(clause.rest[: found.start()]) else found


def _without(clause: Clause, start: int, end: int) -> str:
    joined = " ".join((clause.rest[:start] + " " + clause.rest[end:]).split())
    return joined.replace(" ,", ",")


def _ask(found: re.Match[str], plain: str) -> str:
    """Return the question word with "at least" or "at most" before it where the figure is a bound."""
    bound = "At least" if found["least"] else "At most" if found["most"] else ""
    return f"{bound} {plain}" if bound else plain[0].upper() + plain[1:]


def _limit(clause: Clause) -> Fact | None:
    """Find the figure after "must not exceed", asked for as a maximum by the focus, which turns the subject round."""
    found = EXCEED.match(clause.rest)
    if found is None or not clause.modal or _COMPARED.match(clause.rest[found.end() :]):
        return None
    return Fact(
        kind="limit", answer=found["limit"], ask="What is the maximum", rest=clause.rest[found.end() :].strip(" ,")
    )


def _amount(clause: Clause) -> Fact | None:
    large = _LARGE.search(_main(clause))
    if large and large.start():
        rest = _without(clause, large.start(), large.end())
        return Fact(kind="amount", answer=large["amount"], ask=f"How large {large['what'].strip()}", rest=rest)
    found = _search(AMOUNT, clause)
    if found is None or EXCEED.match(clause.rest):
        return None
    before = clause.rest[: found.start()].split()
    if len(before) > (2 if before[0] == "be" else 1):
        return None
    rest = _without(clause, found.start(), found.end())
    return Fact(kind="amount", answer=found[0], ask=_ask(found, f"how much{found['per'] or ''}"), rest=rest)


def _percent(clause: Clause) -> Fact | None:
    found = _search(PERCENT, clause)
    if found is None or EXCEED.match(clause.rest):
        return None
    after = clause.rest[found.end() :]
    whole = _TAIL.split(after.strip(), maxsplit=1)[0].rstrip(".,")
    if not 1 <= len(whole.split()) <= 7 or "," in whole:
        return None
    rest = " ".join((clause.rest[: found.start()] + after.strip()[len(whole) :]).split())
    return Fact(kind="percent", answer=found["percent"], ask=_ask(found, f"what percentage of {whole}"), rest=rest)


def _duration(clause: Clause) -> Fact | None:
    found = _search(DURATION, clause)
    if found is None or (found["lead"] or "").strip().lower() in {"after", "by", "in", "every", "than", "of"}:
        return None
    lead, unit = (found["lead"] or "").strip().lower(), plural(found["unit"].lower())
    tail = _AFTER.match(_main(clause)[found.end() :])
    end = found.end() + (len(tail[0]) if tail else 0)
    if clause.rest.startswith(",", end) and _LISTED.search(clause.rest, end):
        return None
    what = f"how many {unit}{tail[0] if tail else ''}"
    if found["noun"]:
        what, end = f"how many {unit}{found['noun']}", found.end()
        ask = _ask(found, what)
    elif lead in {"within", "no later than", "not later than"}:
        ask = f"Within {what}"
    elif lead.startswith("for"):
        bound = "at least " if found["least"] else "at most " if found["most"] else ""
        ask = f"For {bound}{what}"
    elif tail:
        ask = _ask(found, what)
    else:
        return None
    return Fact(kind="duration", answer=found[0].strip(), ask=ask, rest=_without(clause, found.start(), end))


def _often(clause: Clause) -> Fact | None:
    found = _search(OFTEN, clause)
    if found is None or (
        re.match(r"\s[a-z]+", clause.rest[found.end() :]) and found[0].lower() in {"monthly", "weekly", "quarterly"}
    ):
        return None
    rest = _without(clause, found.start(), found.end())
    return None if re.search(DAY, rest) else Fact(kind="frequency", answer=found[0], ask="How often", rest=rest)


def _date(clause: Clause) -> Fact | None:
    found = _search(DATE, clause)
    ask = "what date"
    if found is None:
        found, ask = _search(DAY_OF, clause), "what day"
    if found is None:
        return None
    rest = _without(clause, found.start(), found.end())
    return Fact(kind="date", answer=found["date"], ask=f"{found['preposition'].capitalize()} {ask}", rest=rest)


def _count(clause: Clause) -> Fact | None:
    found = _search(COUNT, clause)
    if found is None:
        return None
    after = clause.rest[found.end() :]
    if (
        re.match(r"(?:in|of|to|or|and)\s", found["noun"])
        or not _NOT_COMPOUND.match(after)
        or re.match(r"\s(?:\([^)]*\)\s)?(?:or|and)\s", after)
    ):
        return None
    of = _TAIL.split(after, maxsplit=1)[0] if re.match(r"\sof\s[^,]+$", after) else ""
    ask = _ask(found, f"how many {plural(found['noun'].lower())}{of}")
    rest = _without(clause, found.start(), found.end() + len(of))
    return Fact(kind="count", answer=found[0].strip(), ask=ask, rest=rest)


def _manner(clause: Clause) -> Fact | None:
    found = _search(_MANNER, clause)
    if clause.aux in BE and not re.match(
        r"(?:[a-z]+ly\s)?(?:[a-z]+(?:ed|en|wn)|made|held|paid|sent|kept|put)\b", clause.rest
    ):
        return None
    if (
        found is None
        or clause.rest[: found.start()].rstrip().endswith(",")
        or clause.rest[found.end() :].startswith((",", " or "))
        or (found[0] == "online" and not _NOT_COMPOUND.match(clause.rest[found.end() :]))
    ):
        return None
    return Fact(kind="manner", answer=found[0], ask="How", rest=_without(clause, found.start(), found.end()))


def _agent(clause: Clause) -> Fact | None:
    found = _AGENT.search(_main(clause))
    if found is None or not (clause.rest.startswith("be ") or clause.aux in BE) or len(found["agent"].split()) > 8:
        return None
    if re.match(r"\s(?:and|or)\s(?:the|an?|his|her|its|any)\s", clause.rest[found.end() :]):
        return None
    if not is_person(found["agent"]) or _LISTED.search(clause.rest[found.end() :]) or _OWN.search(clause.rest):
        return None
    rest = _without(clause, found.end("verb"), found.end("agent"))
    return Fact(kind="agent", answer=found["agent"], ask="By whom", rest=rest)


def _purpose(clause: Clause) -> Fact | None:
    found = re.search(r",?\s(?P<purpose>in order to\s[^,]+)$", clause.rest)
    stative = clause.aux in BE and re.match(r"(?:an?|the|to)\s", clause.rest)
    if found is None or stative or clause.also or len(clause.rest[: found.start()].split()) < 3:
        return None
    if len(found["purpose"].split()) < LEAST_PURPOSE:
        return None
    rest = clause.rest[: found.start()]
    return Fact(kind="purpose", answer=found["purpose"], ask="For what purpose", rest=rest)


def _condition(clause: Clause) -> Fact | None:
    found = _CONDITION.search(clause.rest)
    before, least = clause.rest[: found.start()] if found else "", 1 if clause.modal and clause.aux in BE else 2
    stative = clause.aux in BE and re.match(r"(?:an?|the)\s", clause.rest)
    if found is None or clause.lead or stative or "," in before or len(before.split()) < least or ASKING.search(before):
        return None
    if clause.also or re.match(r",\swhen\b", found[0]) or BRANCHED.search(before):
        return None
    answer = clause.rest[found.start() :].strip(" ,.")
    if re.match(r"(?:if|when)\s(?:so|and|any|necessary|appropriate|possible|practicable)\b", answer):
        return None
    rest = clause.rest[: found.start()].rstrip(" ,")
    return Fact(kind="condition", answer=answer, ask="Under what condition", rest=rest)


def _duty(clause: Clause) -> Fact | None:
    """Find what the subject must do, or must not: the object of the verb is the answer, what follows it stays in the question."""
    words = clause.rest.split()
    denied = words[0] == "not"
    verb, after = words[denied : denied + 1], " ".join(words[denied + 1 :])
    long = len(words) + len(clause.subject.split()) > MOST_DUTY
    if clause.aux in BE or clause.also or long or not after or verb[0] in _TWO_OBJECTS or verb[0].endswith("ly"):
        return None
    tail = _TAIL_TO if verb[0] in _TO_SOMEONE else _TAIL
    head, *rest = tail.split(after, maxsplit=1)
    if (
        len(head.split()) < 2
        or "," in head
        or _JOINED.search(head)
        or re.search(r"\bto\s[a-z]+$", head)
        or _SUBORDINATE.search(head)
        or not _OBJECT.match(head)
        or tail.match(" " + after)
        or _PARTICLE.search(head)
        or _RELATED.search(after)
    ):
        return None
    narrowing = " ".join(rest)
    open_ = not rest or re.fullmatch(r"to\s(?:the|an?)\s\w+", narrowing) or OFTEN.fullmatch(narrowing)
    if (
        (open_ and _says_little(clause, verb[0]))
        or re.search(r"\bonly$", head)
        or (_BARE.match(head) and not denied)
        or (verb[0] in HAVING and is_person(clause.subject))
        or is_person(head)
        or clause.subject.startswith("Only ")
    ):
        return None
    kept = " ".join([*words[:denied], *verb, *rest])
    return Fact(kind="prohibition" if denied else "duty", answer=head, ask="What", rest=kept)


def _says_little(clause: Clause, verb: str) -> bool:
    """Return whether subject and verb alone leave open what is asked for, as in "What may the director approve?"."""
    if clause.lead or _NARROWED.search(clause.subject):
        return False
    bare = clause.subject.startswith("The ") and len(clause.subject.split()) < 4 and not is_person(clause.subject)
    return verb not in _CONTAINS or bare

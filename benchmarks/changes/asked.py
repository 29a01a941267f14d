"""Sentences as questions with their answers, right and wrong: the same rule, said in two pieces."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from changes.figures import DURATION, _other, side, value_of, written
from changes.variant import MODAL, Variant
from changes.wording import actors

_RULE = re.compile(
    r"^(?P<who>(?:The|An?|Each|Any|All) (?:[\w’'-]+ ){0,4}?[\w’'-]+|(?:[A-Z]?[a-z]+ ){0,2}(?:[Aa]gencies"
    r"|CISA|DHS|[Vv]erifiers|CSPs|RPs|IdPs|[Ee]mployers)) "
    r"(?P<modal>shall|must|may|should|SHALL|MUST|MAY|SHOULD) (?P<do>(?!not\b|NOT\b)[a-z][^;:()]+)\.$"
)
_TERM = re.compile(
    r"^(?P<rest>.+?),? (?P<how>within|not later than|no later than|at least|for at least|for up to|every|by) $"
)
_LEANS = re.compile(r"\b(?:this|these|those|such|herein|above|below|following)\b(?! as\b)", re.IGNORECASE)
_PERSON = re.compile(
    r"\b(?:agency|agencies|mayor|council|board|director|employers?|employees?|verifiers?|csps?|rps?|idps?|claimants?|subscribers?|applicants?|cisa|dhs|omb"
    r"|general|court|merchant|consumer|commission|department|person|member|official|officer|judge|party|lobbyist|collector|body|users?|secretary)\b",
    re.IGNORECASE,
)


def _modal(word: str) -> str:
    return {"shall": "must"}.get(word.lower(), word.lower())


def _low(subject: str) -> str:
    return (
        subject[0].lower() + subject[1:]
        if subject.split()[0] in {"The", "A", "An", "Each", "Any", "All", "Agencies", "Verifiers"}
        else subject
    )


def _parts(text: str) -> tuple[str, str, str] | None:
    """Subject, modal in lower case and predicate of a plain rule."""
    found = _RULE.match(text)
    if (
        found is None
        or re.search(r"\b(?:that|which|who|and|or|of)\b", found["who"])
        or _LEANS.search(f"{found['who']} {found['do']}")
    ):
        return None
    if MODAL.search(found["do"]) or not _PERSON.search(found["who"]):
        return None
    return found["who"], _modal(found["modal"]), found["do"]


def right(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield a question on who, what, how long or whether, with the answer the sentence gives."""
    parts = _parts(text)
    if parts is None:
        return
    who, modal, do = parts
    yield Variant(question=f"{modal.capitalize()} {_low(who)} {do}?", text="Yes.")
    if _PERSON.search(who) and who.split()[-1].lower().rstrip("s") not in do.lower() and not do.startswith("be "):
        yield Variant(question=f"Who {modal} {do}?", text=f"{who}.")
    if not do.startswith(("be ", "have ", "also ", "only ", "then ")) and len(do.split()) >= 3:
        yield Variant(question=f"What {modal} {_low(who)} do?", text=f"{do[0].upper()}{do[1:]}.")
    yield from _how_long(who, modal, do, other=None)


def _how_long(who: str, modal: str, do: str, other: random.Random | None) -> Iterator[Variant]:
    for found in DURATION.finditer(do):
        before, after = do[: found.start()], do[found.end() :]
        term = _TERM.match(before)
        if (
            not term
            or found["gap"] != " "
            or found["unit"].lower() not in {"day", "hour", "month", "year"}
            or term["how"] == "by"
        ):
            continue
        value = found["value"]
        if other is not None:
            fresh = _other(value_of(value), side(do, found.start()), other)
            if fresh is None:
                continue
            value = written(fresh, value)
        sort = found["sort"] or ""
        question = (
            f"{term['how'].capitalize()} how many {sort}{found['unit']}s {modal} {_low(who)} {term['rest']}{after}?"
        )
        yield Variant(question=question, text=f"{value} {sort}{found['unit']}{'' if value in {'1', 'one'} else 's'}")


def denied(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield a yes-or-no question whose answer is yes, answered with no."""
    parts = _parts(text)
    if parts:
        yield Variant(question=f"{parts[1].capitalize()} {_low(parts[0])} {parts[2]}?", text="No.")


def misattributed(text: str, rng: random.Random, *, group: str) -> Iterator[Variant]:
    """Yield a question on who, answered with another party."""
    parts = _parts(text)
    if parts is None or not _PERSON.search(parts[0]) or parts[2].startswith("be "):
        return
    for made in actors(text, rng, group=group):
        other = _RULE.match(made.text)
        if other and other["do"] == parts[2]:
            yield Variant(question=f"Who {parts[1]} {parts[2]}?", text=f"{other['who']}.")


def mistimed(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield a question on how many days, answered with another number."""
    parts = _parts(text)
    if parts:
        yield from _how_long(*parts, other=rng)

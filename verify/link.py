"""`Link`: one passage leans on another, naming its section or a term that it defines; and the first read with the second put in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from knowledge.reference import NUMBER, plain
from verify.evidence import Evidence
from verify.sentence import parts

_MARK = re.compile(r"[\u200e\u200f]")
_REFERENCE = re.compile(
    rf"(?:\b(?:the\s+)?(?:SP\s+[\w-]+,?\s+)?(?:[Ss]ections?|[Rr]ules?|[Pp]aragraphs?|[Cc]hapters?|[A-Z]{{3,5}})|§)\s*(?P<number>{NUMBER})(?P<below>(?:\(\w{{1,4}}\))*)"
)
_OWN = re.compile(rf"^\W{{0,3}}(?:(?:[Ss]ection|[Rr]ule|Article)\s+)?(?P<number>{NUMBER})\b")
_QUOTE = r"[“”\"‘’']"
_MEANS = re.compile(
    rf"(?:{_QUOTE}(?P<quoted>[^“”\"‘’'\n]{{2,60}}){_QUOTE}|^(?:[Aa]n?\s+|[Tt]he\s+term\s+)?(?P<plain>[A-Za-z][\w -]{{2,50}}?))"
    r"[\s,]+(?:means|is defined as|refers to)\s+(?P<meaning>[^.;:\n]{8,400})",
)
_ENTRY = re.compile(r"^(?P<plain>[A-Z][^\t\n:.]{1,60})(?:\t|:\s)(?:[Mm]eans\s+)?(?P<meaning>[^.;:\n]{8,400})")
_DEFINING = re.compile(r"\b(?:definitions?|glossary|defined terms|terms)\b", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:an?|the|any)\s+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """`text` in the first passage stands for something the second says.

    `number` is the section referred to; `meaning` what a term means, without its article. One of the two is empty.
    """

    text: str
    number: str = ""
    meaning: str = ""


def links(first: Evidence, second: Evidence) -> tuple[Link, ...]:
    """Return how the first passage leans on the second: references to its section, terms that it defines."""
    numbers = _numbers(second)
    found = [Link(text=text, number=number) for text, number in _references(first.text) if number in numbers]
    own = {term.lower() for term, _ in _terms(first)}
    for term, meaning in _terms(second):
        if term.lower() not in own and (used := _used(term).search(first.text)):
            found.append(Link(text=used[0], meaning=meaning))
    return tuple(found)


def linked(first: Evidence, second: Evidence) -> bool:
    """Return whether one of two passages leans on the other."""
    return bool(links(first, second) or links(second, first))


def resolved(sentence: str, link: Link, said: str, *, named: bool = False) -> str:
    """Return a sentence with what the link stands for put in its place: the term's meaning, or what the section says.

    With `named` the section's number stays beside what it says.
    """
    if link.meaning:
        return _used(link.text).sub(lambda _: link.meaning, sentence, count=1)
    rest = said.strip().rstrip(".")
    rest = rest[:1].lower() + rest[1:] if rest[1:2].islower() else rest
    return sentence.replace(link.text, f"{link.text} (the rule that {rest})" if named else f"the rule that {rest}", 1)


@lru_cache(maxsize=4_096)
def _references(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        dict.fromkeys((found[0], plain(found["number"])) for found in _REFERENCE.finditer(_MARK.sub("", text)))
    )


def _numbers(evidence: Evidence) -> frozenset[str]:
    """The numbers a passage goes by: of its headings and title, and the one it opens with."""
    names = (*evidence.headings, evidence.title, evidence.text)
    return frozenset(plain(found["number"]) for name in names if (found := _OWN.match(_MARK.sub("", name).strip())))


def _terms(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    return _defined(evidence.text, evidence.headings)


@lru_cache(maxsize=4_096)
def _defined(text: str, headings: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The terms a passage defines and their meanings."""
    return tuple((term.strip(), _ARTICLE.sub("", meaning.strip())) for term, meaning in _definitions(text, headings))


def _definitions(text: str, headings: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    defining = any(_DEFINING.search(heading) for heading in headings)
    for span in parts(text):
        for line in text[span.start : span.end].split("\n"):
            line = re.sub(r"^\(?\w{1,4}\)\s*", "", line.strip())
            found = _MEANS.search(line)
            if found:
                yield found["quoted"] or found["plain"], found["meaning"]
            elif entry := _ENTRY.match(line) if defining else None:
                yield entry["plain"], entry["meaning"]
    if defining and len(headings) > 1 and not _DEFINING.search(headings[-1]):
        first = text[: parts(text)[0].end] if parts(text) else text
        yield headings[-1], first.strip().rstrip(".")


@lru_cache(maxsize=4_096)
def _used(term: str) -> re.Pattern[str]:
    """A term as it is used: of one word in its own case or in lower case, of more in any."""
    if len(term.split()) > 1:
        return re.compile(rf"\b{re.escape(term)}\b", re.IGNORECASE)
    return re.compile(rf"\b(?:{re.escape(term)}|{re.escape(term.lower())})\b")

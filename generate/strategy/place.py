"""Under which document a question is asked: named where the question alone does not tell what it is about.

"Who must give 28 days of notice before a removal?" is understood by nobody who does not have the page before him; under the title
of its document it is. A question that shares a word of substance with the title, and points to nothing, stands as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generate.strategy.focus import lower_first
from generate.strategy.wording import substance

LONGEST_TITLE = 9
"""Words in a title that is named."""

_SECTION = re.compile(r"(§+\s?\d[\w.–-]*\w)")
_CHAPTER = re.compile(r"^\d+(?:\.\d+)*\.?\s+(?=[A-Z])")
_NUMBER = re.compile(r"\d")
_TELLS_NOTHING = frozenset(
    substance(
        "appendix annex part chapter section schedule general introduction application purpose example scope definitions"
        " abbreviations overview provisions background summary requirements rules policy considerations guidelines guidance version"
        " final draft document untitled"
    )
)
"""Words of titles that say nothing of what a document is about."""
_PAPER = re.compile(
    r"\b(?:Policy|Policies|Rules?|Rulebook|Handbook|Act|Code|Law|Guidelines?|Guidance|Directive|Regulations?|Manual|Framework|Agreement"
    r"|Standards?|Plan|Programme|Program|Guide|Card|Charter|Bylaws|Constitution|Procedures?|Schedule|Notice|Order|Statute|Ordinance)\b"
)
"""Words that a document is called by."""
_SMALL = frozenset("a an the of to in on at by for from with and or as".split())
_POINTED = re.compile(
    r"\bthe\s(?P<noun>(?:board|director|office|commission|committee|department|administrator|agency|secretary|chair[a-z]*)"
    r"|(?:[a-z]+\s)?(?:notice|opinion|order|report|request|form|statement|certificate|certification|application|decision|hearing|event|information"
    r"|payments?|goods|individual|person|recording|plan|program|list|register|fund|account|contract|agreement|transaction|assertion|protocol|session|mechanisms?"
    r"|removal|refusal|approval|completion|inspection|cancellation|claim|case|work|home|member|processing|process|rules|allowance"
    r"|credit|amount|document|record|transfer|meeting))(?:['’]s)?\b"
    r"(?!\s(?:of|that|who|which|for(?!\stheir)|to(?!\s(?:the|an?|its|their)\b)|whose|in|by|under|on)\b)"
    r"|\b(?:its|their)\s(?:own\s)?(?:assessment|determination|decision|approval|findings)\b(?!\sof)",
    re.IGNORECASE,
)
"""Something that is meant to be known already."""


def name_of(title: str, headings: Sequence[str] = ()) -> str:
    """Return a document's title as it stands in a sentence; "" when it and the first heading look like a file name or say nothing.

    A section of a code is named by its number, and a numbered chapter by its words in quotation marks. A title that is only
    the file's name gives way to the first heading with the same words.
    """
    return _named(_title(title, headings))


def _title(title: str, headings: Sequence[str]) -> str:
    """Return the title to name a document by: the first heading where that says the same, or says more."""
    title, heading = (" ".join(each.split()) for each in (title, headings[0] if headings else ""))
    same = substance(heading.replace("-", " ")) == substance(title.replace("-", " "))
    return heading if heading and not _SECTION.match(title) and (same or not _named(title)) else title


def _named(title: str) -> str:
    section = _SECTION.match(title)
    if section:
        return section[1]
    words = _CHAPTER.sub("", title)
    told = {word for word in substance(words) - _TELLS_NOTHING if not word.isdigit()}
    shouted = words.isupper() and not _NUMBER.search(words)
    if not told or shouted or len(words.split()) > LONGEST_TITLE or re.search(r"\.\w{2,5}$|[?:;/_]", title):
        return ""
    coded = _NUMBER.search(title) or title.startswith("The ")
    if words != title or "—" in words or not (coded or _is_titled(words)):
        return f"“{words}”"
    return title.replace("The ", "the ", 1) if coded else f"the {title}"


def placed(question: str, *, answer: str, title: str, headings: Sequence[str] = ()) -> str:
    """Return the question, under its document where it does not tell by itself what it is about.

    A code's words hold for their section, so what it says is asked under its section always.
    """
    name = name_of(title, headings)
    told = _shared(question, _title(title, headings)) and not points(question) and not points(answer)
    if not name or (told and not _SECTION.match(title.strip())):
        return question
    return f"Under {name}, {lower_first(question)}"


def tells_which(title: str, headings: Sequence[str] = ()) -> bool:
    """Return whether what a question speaks of as known can be found under a document's name: not under a chapter of a book."""
    used = _title(title, headings)
    return bool(_named(used)) and not (_CHAPTER.match(used) or "—" in used)


def points(question: str) -> bool:
    """Return whether a question speaks of something as known that nothing before it in the question brings up."""
    for found in _POINTED.finditer(question):
        noun = re.escape((found["noun"] or found[0]).lower().split()[-1])
        if not re.search(
            rf"\b(?:an?|any|each|every|no|of)\s(?:\w+\s){{0,3}}{noun}\b", question[: found.start()].lower()
        ):
            return True
    return False


def joined(questions: Sequence[str], names: Sequence[str]) -> str:
    """Make one question out of two, each under its document's name where both have one."""
    parts = [lower_first(question.rstrip(" ?")) for question in questions]
    if all(names) and names[0] != names[1]:
        parts = [f"under {name}, {part}" for name, part in zip(names, parts, strict=True)]
    first, second = parts
    return f"{first[0].upper()}{first[1:]}, and {second}?"


def asked_under(question: str, name: str) -> str:
    """Return what a question asks under the document of that name; the whole question where it is not named."""
    found = re.search(rf"\bunder {re.escape(name)},\s(?P<part>.+?)(?:, and under .*)?\?$", question, re.IGNORECASE)
    return f"{found['part']}?" if name and found else question


def _is_titled(words: str) -> bool:
    """Return whether a title is that of a document, written as a name: "the Fee Policy", not “Federation” or “Write short paragraphs”."""
    return _PAPER.search(words) is not None and all(
        word[0].isupper() or word.lower() in _SMALL for word in words.split()
    )


def _shared(question: str, title: str) -> bool:
    return bool(substance(question) & (substance(_SECTION.sub("", title)) - _TELLS_NOTHING))

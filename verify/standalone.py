"""Whether a question can be understood by someone who does not see its source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verify.question import WH, main_clause
from verify.verdict import Finding
from verify.words import content

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
    r"\bit\s+(?:is|was|be)\s+(?:possible|necessary|required|allowed|permitted|legal|illegal|lawful|unlawful|mandatory|important|safe|true)\b"
    r"|\bit\s+(?:takes?|means?|costs?|possible)\b|\b(?:is|was)\s+it\s+\w+\s+(?:to|that|for)\b|\bsuch\s+as\b",
    re.IGNORECASE,
)
_THING = (
    r"(?:list|request|field|form|report|rule|rules|account|notice|certificate|plan|statement|document|documents|funds?|provision|section|paragraph|clause|terms?"
    r"|table|schedule|amount|process|procedure|requirements?|conditions?|criteria|record|records|information|data|period|members?|policy|programme|program|scheme"
    r"|guideline|decision|order|agreement|contract|system|service|services|product|facility|activity|event|meeting|item|items|change|changes|action|measures?"
    r"|method|value|following|same|above|former|latter|act|bill|law|regulations?|directive|standard|project|study|survey|letter|application)"
)
_BARE = re.compile(
    rf"\b(?:the|such|said)\s+(?P<noun>(?:(?:\d+|initial|first|new|other|same|relevant|applicable|specified|required)\s+){{0,3}}{_THING})"
    r"(?=\s*(?:$|[?,.]|\b(?:is|are|was|were|be|must|shall|may|can|should|will|do|does|has|have|include|includes|contain|identify|apply|take|begin|end|expire"
    r"|and|or|state|specify|provide|describe|cover|valid|due|final|binding|ready|open|complete|free|not|also|only|[a-z]+ed)\b))",
    re.IGNORECASE,
)
_NOUN_BEFORE = re.compile(
    r"\b(?:the|an?|any|each|every|all|no|which|what|whose|how\s+many)\s+[a-z]|\b[A-Z][\w-]+|\b[a-z]{3,}s\b", re.DOTALL
)
_COUNTED = re.compile(
    r"\bhow\s+(?:many|much)\s+[\w -]+?\s+(?=(?:must|may|can|shall|should|will|do|does|did|is|are|has|have)\b)",
    re.IGNORECASE,
)
_SUBJECT_LATER = re.compile(
    r"\b(?:must|may|can|shall|should|will|do|does|did|is|are)\s+(?:the\s+|an?\s+)?[a-z]{3,}", re.IGNORECASE
)
_PERSONAL = re.compile(r"(?:they|them|their|theirs|he|she|him|her|his|hers)$", re.IGNORECASE)
_IS_SUBJECT = re.compile(r"\b(?:must|shall|may|can|should|will|do|does|did|is|are|was|were)\s+$", re.IGNORECASE)
_NAMED = re.compile(
    r"(?<!^)\b[A-Z]{2,}|\s(?!January|February|March|April|May|June|July|August|September|October|November"
    r"|December)[A-Z][a-z]+"
)
"""A name or an acronym inside a question, which may say which is meant."""
_SPECIFIC = 4
"""Content words of a question beside the bare noun from which it says enough."""


def dependent(question: str, answer: str) -> Iterator[Finding]:
    """Yield a finding for each way a question leans on its source: naming it, a loose pronoun, a thing never introduced."""
    asked = question.strip()
    source = _NEEDS_SOURCE.search(asked)
    if source:
        yield _found(f"the question leans on a text its reader does not see (“{source[0]}”)", source[0])
        return
    plain = _EXPLETIVE.sub(lambda found: " " * len(found[0]), asked)
    pronoun = _PRONOUN.search(plain)
    if pronoun and not _antecedent(plain, pronoun):
        yield _found(f"“{pronoun[0]}” stands for something the question does not name", pronoun[0])
    bare = _BARE.search(asked, main_clause(asked))
    if bare and not _NAMED.search(asked) and (_IS_SUBJECT.search(asked[: bare.start()]) or _says_little(asked, bare)):
        yield _found(f"which “{bare['noun']}” is meant cannot be known from the question", bare[0])
    opening = re.match(r"(?:this|these|those|such)\s+(?!is\b|are\b|means\b)(\w+)", answer.strip(), re.IGNORECASE)
    if opening and not content(opening[1]) & content(asked):
        yield _found(f"the answer opens with “{opening[0]}”, which nothing before it explains", opening[0])


def _says_little(question: str, bare: re.Match[str]) -> bool:
    """Whether a question has too few words beside its bare noun to say which is meant."""
    return len(content(WH.sub(" ", question)) - content(bare["noun"])) < _SPECIFIC


def _found(detail: str, text: str) -> Finding:
    return Finding(rule="self-contained", conflict=True, detail=detail, claim_text=text)


def _antecedent(question: str, pronoun: re.Match[str]) -> bool:
    """Whether a noun before the pronoun, or "who" for a person, can be what it stands for."""
    if re.match(r"(?:its|their|his|her)$", pronoun[0], re.IGNORECASE) and _SUBJECT_LATER.search(
        question, pronoun.end()
    ):
        return True
    before = _COUNTED.sub(" ", question[: pronoun.start()])
    if _PERSONAL.match(pronoun[0]) and re.search(r"\bwho(?:m|se)?\b", before, re.IGNORECASE):
        return True
    if re.search(
        r"^(?!who\b).*?\b(?:must|may|can|shall|should|will|do|does|did|is|are|has|have)\s+[a-z]{3,}",
        before,
        re.IGNORECASE,
    ):
        return True
    opened = re.sub(r"\bdoes\b", " ", re.sub(r"^\s*\w+", "", before))
    return _NOUN_BEFORE.search(opened) is not None

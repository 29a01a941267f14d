"""`Claim`: one thing an answer says, with its place in the answer, and `claims`, which takes an answer apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.split import sentences
from verify.question import WH
from verify.statement import statement
from verify.topic import Topic
from verify.words import content, share

_SMALL_TALK = re.compile(
    r"(?:hello|hi|hey|dear|greetings|thanks?|thank you)\b"
    r"(?!.*\b(?:is|are|was|were|has|have|had|must|may|shall|will|can)\b)[\w ]{0,24}[!,.:]*$"
    r"|(?:sure|of course|certainly|absolutely|great|good)"
    r"(?: (?:question|point|thing|news|idea|job|work|luck|to know|morning|afternoon|evening|day))?[!,.:]*$"
    r"|(?:i|we) (?:hope|trust) (?:this|that|it)\b|(?:please )?(?:let me|let us) know\b|feel free to\b"
    r"|i(?:'m| am) (?:happy|glad|here|sorry)\b"
    r"|(?:if you have|should you have) (?:any )?(?:other|further|more|additional)? ?questions?\b|(?:great|good|excellent) question\b"
    r"|as an ai\b|(?:here is|here's|here are) (?:the|an?|your) (?:answer|summary|information|response)\b"
    r"|(?:i|we) (?:can|would|will|am able to|are able to) (?:be (?:happy|glad)|help|assist|explain"
    r"|summari[sz]e)\b|let['’]s\b|below (?:is|are)\b"
    r"|(?:sure|certainly|of course|absolutely),? (?:i|we|here)\b|based on (?:the |these )?(?:provided |given |available )?\w+,? here\b"
    r"|(?:i|we) (?:have|['’]ve) (?:summari[sz]ed|listed|outlined|provided)\b|(?:i|we) (?:do not|don['’]t"
    r"|cannot|can['’]t) (?:have|find|answer|provide|access|help)\b"
    r"|(?:note: ?)?this (?:answer|response|summary|text) (?:is|was|has been)\b|(?:sources?|references?|citations?|disclaimer):"
    r"|please (?:consult|refer|see|contact|note that this (?:answer|response))\b|see (?:also )?(?:the "
    r"|section |above|below)|as (?:mentioned|noted|stated|described) (?:above|earlier),? see\b"
    r"|(?:best|kind) regards\b|sincerely\b|you(?:'re| are) welcome\b|in short:?$|answer:?$",
    re.IGNORECASE,
)
FINITE = (
    r"(?:is|are|was|were|has|have|had|do|does|did|can|cannot|could|may|might|must|shall|should|will|would"
    r"|applies|requires?|includes?|means|provides?)"
)
_OWN_CLAUSE = re.compile(
    rf"(?:(?:the|an?|all|any|each|every|no|this|these|those)\s+(?:[\w'’-]+\s+){{1,6}}?|(?:[A-Z][\w'’-]*\s+){{1,4}}){FINITE}\b",
)
_JOINT = re.compile(r"(?:;\s*(?:and\s+|but\s+|however,?\s+)?|,\s+(?:and|but|while|whereas)\s+)(?=\S)")
_CONDITIONAL = re.compile(
    r"\s*(?:if|when|where|unless|once|under|provided|in (?:the )?(?:case|event)|for|upon|after|before|during)\b",
    re.IGNORECASE,
)
_NO_BOUND = re.compile(r"^no\s+(?=(?:more|less|fewer|later|earlier|longer|greater)\s+than\b)", re.IGNORECASE)
"""A "no" that opens a bound, and would be read as a reply."""
_PRONOUN = re.compile(r"(?:It|They|He|She|Its|Their|His|Her)\s")
_LEFT_PRONOUN = re.compile(r"\b(?:it|they|he|she|its|their|his|her)\s", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:(?:here(?:'s|’s| is| are)|below (?:is|are)|this is) [^:.!?\n]{0,60}:|(?:in (?:summary|short"
    r"|conclusion|brief|other words|particular|practice)|to (?:summari[sz]e|conclude)|overall|specifically|however"
    r"|(?:more )?generally speaking|more generally|similarly|likewise|separately|notably|importantly"
    r"|first(?:ly)?|second(?:ly)?|third(?:ly)?|finally|lastly|additionally|furthermore|moreover"
    r"|in addition|also),|(?:please )?note that|answer:)\s+(?=\S)",
    re.IGNORECASE,
)
"""What opens a sentence without being part of what it says."""
_MARK = re.compile(r"\s*(?:[•*\-–]+|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])\s+(?=\S)")
_TRAIL = re.compile(r"[;,]?\s+(?:and|or)$|[;,]$")
_SEMICOLON = re.compile(r";\s+(?:(?:and|or)\s+)?")
_INTRODUCES = re.compile(r":\s*$")
_ABSTRACT = re.compile(r"\s*(?:all of )?(?:the following|these|as follows)(?:\s+[a-z]+){0,2}\s*$", re.IGNORECASE)
_REPEATED, _NEARLY_ALL = 0.7, 0.85
"""Share of the question's content words from which an answer in a sentence needs no joining with it."""
_POLAR_START = re.compile(r"(?:yes|no|true|false|correct|incorrect)\b(?!\s+\w+\s+(?:may|shall|must))", re.IGNORECASE)
_SECOND_QUESTION = re.compile(
    r"[,;]?\s(?:and|or)\s(?:(?:to|under|in|for|by|at|on)\s)?(?:how|what|who|whom|which|when|where|why)\b", re.IGNORECASE
)
_LONG_QUESTION, _SENTENCE = 30, 6
"""Words from which a question is long, and an answer with a verb may be a sentence of its own."""
_POLAR = re.compile(r"(?:yes|no|true|false|correct|incorrect)\W*$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One thing said: `text` is the answer's `[start:end]`, `statement` the same as a sentence that stands alone."""

    text: str
    start: int
    end: int
    statement: str


def claims(text: str, *, question: str | None = None) -> list[Claim]:
    """Return what `text` claims, in order; greetings, offers of help and questions claim nothing.

    `question` may also be a bare topic ("Marie Curie"), whose name is then put for the pronouns that open sentences.
    With its question, an answer of one sentence is one claim, stated in full; of a longer answer the first sentence is, and later
    ones that open with a pronoun. Sentences of two clauses, each with subject and verb, are taken apart.
    """
    spans = [(start, end) for span in sentences(text) for start, end in _trimmed(text, span.start, span.end)]
    worthy = [(start, end) for start, end in spans if worth_checking(text[start:end], question=question)]
    worthy = _joined_polar(text, worthy)
    topic = Topic.of(question, [text[start:end] for start, end in worthy])
    question = None if topic else question
    found: list[Claim] = []
    lead = ""
    for start, end in worthy:
        if _INTRODUCES.search(text[start:end]):
            lead = text[start:end]
            continue
        listed = _is_item(text, start)
        lead = lead if listed else ""
        if question and start == worthy[0][0] and not has_verb(text[start:end]):
            items = _items(text, start, end)
            listed, clauses = listed or len(items) > 1, items
        else:
            clauses = list(_clauses(text, start, end))
        first = start == worthy[0][0] or (listed and not has_verb(text[start:end]))
        found += [
            Claim(
                text=text[a:b],
                start=a,
                end=b,
                statement=_named(_said(text[a:b], question, lead, first=first and (a == start or listed)), topic),
            )
            for a, b in clauses
        ]
    return found


def _named(said: str, topic: Topic | None) -> str:
    return topic.named(said) if topic else said


def _items(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a list without verbs, "hash it; salt it; and store it", cut at its semicolons."""
    cuts = [(found.start() + start, found.end() + start) for found in _SEMICOLON.finditer(text[start:end])]
    return list(zip([start, *(b for _, b in cuts)], [*(a for a, _ in cuts), end], strict=True))


def _is_item(text: str, start: int) -> bool:
    """Whether a claim begins an item of a list: its line opens with a mark."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    mark = _MARK.match(f"{line}x")
    return mark is not None and mark.end() == len(line)


def _said(part: str, question: str | None, lead: str, *, first: bool) -> str:
    """The statement of a claim; an item of a list goes on with the sentence that introduces the list."""
    if lead and not has_verb(part):
        opening = _ABSTRACT.sub("", _INTRODUCES.sub("", lead))
        if has_verb(opening) or not question:
            item = _TRAIL.sub("", " ".join(part.split()).rstrip(" .;,"))
            low = item if item[:2].isupper() else item[:1].lower() + item[1:]
            return _stated(f"{opening.strip()} {low}", None, first=False)
    return _stated(part, question, first=first)


def worth_checking(sentence: str, *, question: str | None = None) -> bool:
    """Return whether a sentence says something of the world; with a question, "Yes." does."""
    if not re.search(r"\w", sentence):
        return False
    if question and _POLAR.match(sentence):
        return True
    return not sentence.rstrip().endswith("?") and not _SMALL_TALK.match(sentence.strip())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence's stretch without list mark, opening remark, and the "and" before the next item."""
    while found := _MARK.match(text, start, end) or _LEAD.match(text, start, end):
        start = found.end()
    part = text[start:end].rstrip()
    part = _TRAIL.sub("", part)
    left = len(part) - len(part.lstrip())
    if len(part) > left:
        yield start + left, start + len(part)


def _joined_polar(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Put "Yes." and the sentence after it into one claim when that sentence goes on with the reply."""
    if len(spans) < 2 or not _POLAR.match(text[spans[0][0] : spans[0][1]]):
        return spans
    return [(spans[0][0], spans[1][1]), *spans[2:]]


def _stated(part: str, question: str | None, *, first: bool) -> str:
    question = _first_asked(question, part) if question else None
    if question and (first or _PRONOUN.match(part)) and not _complete(part, question):
        made = statement(question, _NO_BOUND.sub("not ", part))
        if first or not _LEFT_PRONOUN.search(made):
            return made
    said = " ".join(part.split()).rstrip(" ;,")
    said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _first_asked(question: str, part: str) -> str | None:
    """What a part may be joined with: of several questions in one sentence the first, and nothing where the part stands by itself.

    A long question says too much that an answer of a sentence does not repeat; joined, it would be judged too.
    """
    second = _SECOND_QUESTION.search(question)
    if second is None and len(question.split()) <= _LONG_QUESTION:
        return question
    stands = part[:1].isupper() and len(part.split()) >= _SENTENCE and has_verb(part)
    if stands and not _PRONOUN.match(part) and not _POLAR_START.match(part):
        return None
    return f"{question[: second.start()].rstrip(' ,;')}?" if second else question


def _complete(part: str, question: str) -> bool:
    """Whether a sentence says by itself what was asked: it has a verb, names no one by a pronoun, and repeats the question's words."""
    asked = content(WH.sub(" ", question))
    said = share(asked, content(part))
    whole = part[:1].isupper() and len(part.split()) > len(asked) and (has_verb(part) or said >= _NEARLY_ALL)
    return whole and said >= _REPEATED and not _PRONOUN.match(part) and not _POLAR_START.match(part)


def has_verb(text: str) -> bool:
    """Return whether a finite verb that cannot be missed stands in the text: an auxiliary, a modal, "means"."""
    return re.search(rf"\b{FINITE}\b", text, re.IGNORECASE) is not None


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the independent clauses of a sentence; a condition in front holds for all of it, so it stays whole."""
    part = text[start:end]
    if not _CONDITIONAL.match(part):
        for joint in _JOINT.finditer(part):
            left, right = part[: joint.start()], part[joint.end() :]
            if (
                ":" not in left
                and _OWN_CLAUSE.match(right)
                and re.search(rf"\b{FINITE}\b", left)
                and len(left.split()) > 3
            ):
                yield start, start + joint.start()
                yield from _clauses(text, start + joint.end(), end)
                return
    yield start, end

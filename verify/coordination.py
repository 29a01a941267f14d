"""A claim with coordinated parts taken apart: "must sign in and wear a badge" says two things, each judged on what speaks of it.

Tried in this order: a numbered list, predicates with a verb of their own, verbs under one modal, things named one after another. What the
parts share goes into each: the subject with its verb, a condition in front, and a figure or condition at the end, which may hold for all.
Every content word stands in a part. Alternatives of a duty ("must sign or pay") are no parts: they hold only together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from verify.figure import quantities
from verify.grammar import DETERMINERS, PRONOUNS, STRONG, WEAK
from verify.listing import together
from verify.modality import Modality, modals

MOST = 8
"""Parts at most; a claim with more stays whole."""
_FINITE = (
    r"(?:is|are|was|were|has|have|had|does|do|must|shall|may|can|cannot|should|will|applies|apply|requires?|includes?|contains?|covers?"
    r"|provides?|means|states?|consists?)"
)
_LEAD = re.compile(
    r"(?:if|when|where|whenever|once|unless|until|before|after|upon|on|in|for|under|during|within|at|as|to|by|with|while|provided|subject)\b"
    rf"[^;:]{{2,240}}?,\s+(?!(?:that|which|who|whose|where|and|or|but)\b)(?=(?:[\w’'()/.-]+\s+){{1,10}}?{_FINITE}\b)",
    re.IGNORECASE,
)
_LAST = re.compile(r"[;,]?\s*(?:\b(?:and|or|plus)\s*)?$")
_MARK = re.compile(r"\((?P<mark>[a-h]|[ivx]{1,4}|\d)\)\s+")
_ORDER = (("i", "ii", "iii", "iv", "v", "vi", "vii"), tuple("abcdefgh"), tuple("12345678"))
_ALTERNATIVES = re.compile(
    r"\b(?:either|between|one\s+of|any\s+of|whichever|(?:lesser|greater|higher|lower|earlier|later|sum)\s+of)\b",
    re.IGNORECASE,
)
_PREDICATE = re.compile(
    r"(?:,|;)?\s+(?:and|but)\s+(?:(?:also|then|it|they|he|she)\s+)*(?=(?:not\s+)?(?:must|shall|may|should|will|can|cannot|is|are|has|have|was|were)\b)"
)
_CUT = re.compile(
    r"(?:[,;]\s+(?:(?:and|or|plus|as\s+well\s+as)\s+)?|\s+(?:and|or|plus|as\s+well\s+as)\s+)(?:(?:also|then)\s+)?"
)
_VERBS = re.compile(
    r"\b(?:includes?|including|contains?|covers?|covering|comprises?|requires?|consists?\s+of|states?|sets?\s+out|lists?|specif(?:y|ies)|provides?"
    r"|names?|namely|such\s+as|as\s+follows|means|needs?|identif(?:y|ies)|describes?|considers?|details?)\b:?\s+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[,]?\s+(?:(?:within|before|after|by|until|during|at\s+least|at\s+most|no\s+(?:later|more|less|fewer)\s+than|not\s+(?:later|more|less)\s+than|up\s+to"
    r"|every|each|per|for|over|under|above|below)\s+[^,;]*$|(?:if|unless|when|where|provided|except|only|once|upon|other\s+than|as\s+long\s+as|so\s+long\s+as)\b.*$"
    r"|(?:annually|monthly|weekly|daily|quarterly|yearly)$)",
    re.IGNORECASE,
)
_FIRM = re.compile(
    r"\s*,?\s*(?:if|unless|when|where|provided|except|only|once|upon|other\s+than|until|before|after|annually|monthly|weekly|daily|quarterly|yearly)\b",
    re.IGNORECASE,
)
_SMALL = frozenset({"whether", "how", "what", "who", "when", "where", "which", "that", "why"}) | DETERMINERS
_LEAST_WORDS, _LONGEST_OBJECT = 2, 15
_BOTH = re.compile(r"\s+both$")
_AGAIN = re.compile(r"^(?P<verb>[\w-]+)\s+(?:it|them)\b")
_COPULA = re.compile(r"\b(?:is|are|was|were)\s+")
_LISTS = re.compile(r"\b(?:including|namely|such\s+as|as\s+follows:?)\s+|:\s+", re.IGNORECASE)
_ADDED = re.compile(r"\bplus\s*$", re.IGNORECASE)
_CONJUNCTION = re.compile(r"\b(?:and|or|plus|as\s+well)\b")
_AND_TO = re.compile(r",?\s+(?:and|or)\s+(?P<to>to\s+)")
_TO = re.compile(r"(?<=\s)to\s+")
_RELATIVE = re.compile(r"\b(?:who|which|whose|when|where|if|because)\s*$")
_CLASSES = tuple(
    re.compile(rf"(?:not\s+)?\b(?:{words})\b")
    for words in ("must|shall|may|should|will|can|cannot", "is|are|was|were", "has|have")
)
_NO_THING = re.compile(
    r"(?:which|who|whose|that|where|when|if|unless|while|because|including|such|with|without|among|as|so|in|on|at|to|by|of|for|from|but|not|it|they|then|thereby|\w+ing)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One thing a claim says: `text` as a sentence of its own, `start` and `end` its own stretch of the claim."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Split:
    """Where a text falls apart: `head` goes before each of the `spans`, `tail` after each but the last.

    With `objects` the spans are verbs with what they govern, which one may share with the next ("obtain and keep the key") or
    take up again ("keep the key and show it").
    """

    head: str
    spans: tuple[tuple[int, int], ...]
    tail: str = ""
    objects: bool = False


@lru_cache(maxsize=8_192)
def divided(claim: str) -> tuple[Part, ...]:
    """Return the parts of a claim in order, each with what they share; none where it has one part, or more than MOST."""
    text = claim.rstrip().rstrip(".")
    found = _LEAD.match(text)
    start = found.end() if found else 0
    for cut in _CUTS:
        split = cut(text, start)
        if split is not None and 1 < len(split.spans) <= MOST and all(text[a:b].strip() for a, b in split.spans):
            return tuple(_part(text, start, split, i) for i in range(len(split.spans)))
    return ()


def _part(text: str, start: int, split: _Split, i: int) -> Part:
    a, b = split.spans[i]
    tail = split.tail if i < len(split.spans) - 1 else ""
    own = _whole(text, split, i) if split.objects else text[a:b]
    tail = "" if tail and tail.strip() in own else tail
    said = " ".join(f"{text[:start]}{_BOTH.sub('', split.head)} {own}{tail}".split())
    return Part(text=f"{said[:1].upper()}{said[1:]}.", start=a, end=b)


def _whole(text: str, split: _Split, i: int) -> str:
    """A verb with its object, which another part may hold."""
    own = [text[a:b] for a, b in split.spans]
    verb, _, thing = own[i].partition(" ")
    if not thing and i + 1 < len(own):
        return f"{verb} {own[i + 1].partition(' ')[2]}".strip()
    known = own[0].partition(" ")[2]
    if i and 0 < len(known.split()) <= _LONGEST_OBJECT:
        return _AGAIN.sub(lambda found: f"{found['verb']} {known}", own[i], count=1)
    return own[i]


def _numbered(text: str, start: int) -> _Split | None:
    """A list with marks in the sentence: "include: (i) …; (ii) …; and (iii) …"."""
    marks = list(_MARK.finditer(text, start))
    named = tuple(mark["mark"] for mark in marks)
    if len(marks) < 2 or not any(named == order[: len(named)] for order in _ORDER):
        return None
    head, bounds = text[start : marks[0].start()], [*(mark.start() for mark in marks[1:]), len(text)]
    joint = text[marks[-2].end() : marks[-1].start()]
    if (
        _ALTERNATIVES.search(head)
        or together(head)
        or _ADDED.search(joint)
        or (_chooses(joint[-5:]) and not _allows(head))
    ):
        return None
    spans = [_trimmed(text, mark.end(), bound) for mark, bound in zip(marks, bounds, strict=True)]
    return _Split(head=head.rstrip(" :,—–"), spans=tuple(spans))


def _predicates(text: str, start: int) -> _Split | None:
    """Predicates of one subject: "must sign in and must wear a badge", "is checked and is not paid"."""
    for joint in _PREDICATE.finditer(text, start):
        kind = next(each for each in _CLASSES if each.match(text, joint.end()))
        verbs = [found.start() for found in kind.finditer(text, start, joint.start())]
        at = (verbs[0] if joint[0].lstrip().startswith(",") else verbs[-1]) if verbs else None
        head = text[start:at].strip() if at is not None else ""
        if at is not None and head and not _RELATIVE.search(head):
            return _Split(head=head, spans=((at, joint.start()), (joint.end(), len(text))))
    return None


def _verbs(text: str, start: int) -> _Split | None:
    """Verbs under one modal: "must keep records, check them and report errors"."""
    act = next(((modality, found) for modality, found in modals(text[start:])), None)
    if act is None:
        return None
    modality, found = act
    begin = start + found.end()
    cuts = [
        each
        for each in _CUT.finditer(text, begin)
        if _is_verb(text[each.end() :]) and not _inside(text, start, each.start())
    ]
    if (
        not cuts
        or (any(_chooses(each[0]) for each in cuts) and modality not in _FREE)
        or _ALTERNATIVES.search(text[:begin])
    ):
        return None
    if not _CONJUNCTION.search(cuts[-1][0]):
        return None
    spans = _between(text, begin, cuts)
    return _Split(head=text[start:begin].strip(), spans=spans, tail=_tail(text, spans[-1]), objects=True)


def _infinitives(text: str, start: int) -> _Split | None:
    """Infinitives side by side: "may direct a firm to publish it or to take other steps"."""
    joints = [each for each in _AND_TO.finditer(text, start) if _is_verb(text[each.end("to") :])]
    act = next(((modality, found) for modality, found in modals(text[start:])), None)
    if len(joints) != 1 or (_chooses(joints[0][0]) and (act is None or act[0] not in _FREE)):
        return None
    firsts = [each for each in _TO.finditer(text, start, joints[0].start()) if _is_verb(text[each.end() :])]
    if not firsts:
        return None
    spans = ((firsts[-1].start(), joints[0].start()), (joints[0].start("to"), len(text)))
    return _Split(head=text[start : firsts[-1].start()].strip(), spans=spans, tail=_tail(text, spans[-1]))


def _things(text: str, start: int) -> _Split | None:
    """Things named one after another: "must consider the type of client, the size of transactions and the area"."""
    begin = _after_verb(text, start)
    cuts = (
        _run([each for each in _CUT.finditer(text, begin) if not _inside(text, start, each.start())]) if begin else []
    )
    if begin is None or not cuts or (_chooses(cuts[-1][0]) and not _allows(text[start:begin])):
        return None
    begin, cuts = _first(text, begin, cuts)
    spans = _between(text, begin, cuts) if cuts else ()
    if len(spans) < 2 or _ALTERNATIVES.search(text, start) or not all(map(_names, (text[a:b] for a, b in spans))):
        return None
    if len(spans) == 2 and (cuts[0][0].startswith(",") or not all(_opens(text[a:b]) for a, b in spans)):
        return None
    return _Split(head=text[start:begin].strip(), spans=spans, tail=_tail(text, spans[-1]))


def _run(cuts: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """The cuts of one list: commas up to ", and" or "and"; none where several lists stand side by side."""
    joined = [each for each in cuts if _CONJUNCTION.search(each[0])]
    strong = [each for each in joined if each[0].lstrip().startswith((",", ";"))]
    if strong:
        return [each for each in cuts if each.start() <= strong[-1].start() and (each in strong or each not in joined)]
    return [each for each in cuts if each.start() <= joined[0].start()] if len(joined) == 1 else []


def _after_verb(text: str, start: int) -> int | None:
    """Where what a verb governs begins: after "includes:", else after a modal and its verb, else after "is"."""
    act = next((found for _, found in modals(text[start:])), None)
    named = next((each for each in _LISTS.finditer(text, start) if not _inside(text, start, each.start())), None)
    if named is not None and text.find(",", named.end()) > 0:
        return named.end()
    listing = _VERBS.search(text, start + act.end() if act else start)
    if listing is not None and not _inside(text, start, listing.start()):
        return listing.end()
    if act is None:
        found = _COPULA.search(text, start)
        return found.end() if found else None
    verb = re.compile(
        r"\s+(?:(?:also|only|be|been|\w+ly)\s+)*[\w-]+\s+(?:(?:to|for|of|on|with|by|in|from|about|that)\s+)?"
    ).match(text, start + act.end())
    return verb.end() if verb else None


def _first(text: str, begin: int, cuts: Sequence[re.Match[str]]) -> tuple[int, list[re.Match[str]]]:
    """Where the first of the things begins, judged by the word the second begins with; a stretch too short joins the one before."""
    second = text[cuts[0].end() :].split(maxsplit=1)[:1]
    if second and second[0].lower() in _SMALL:
        found = re.compile(rf"\b{re.escape(second[0])}\b", re.IGNORECASE).search(text, begin, cuts[0].start())
        begin = found.start() if found else begin
    return begin, [each for each in cuts if each.start() > begin]


def _between(text: str, begin: int, cuts: Sequence[re.Match[str]]) -> tuple[tuple[int, int], ...]:
    starts, ends = [begin, *(each.end() for each in cuts)], [*(each.start() for each in cuts), len(text)]
    return tuple(_trimmed(text, a, b) for a, b in zip(starts, ends, strict=True))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch without blanks around it and without the "; and" at its end."""
    start += len(text[start:end]) - len(text[start:end].lstrip())
    return start, start + len(_LAST.sub("", text[start:end]).rstrip())


def _tail(text: str, span: tuple[int, int]) -> str:
    """What ends the last part and may hold for all: a figure or a condition."""
    found = _TAIL.search(text, span[0] + 1, span[1])
    if found is None or not (_FIRM.match(found[0]) or quantities(found[0])):
        return ""
    return f" {found[0].lstrip(' ,')}"


def _is_verb(rest: str) -> bool:
    """Whether a text goes on with a verb in its base form."""
    words = [word.strip(",;:.").lower() for word in rest.split(maxsplit=2)[:2]]
    if not words or words[0] in {"have", "be"}:
        return False
    following = words[1] if len(words) > 1 else ""
    return words[0] in STRONG or (words[0] in WEAK and following in DETERMINERS | PRONOUNS | _SMALL)


def _inside(text: str, begin: int, at: int) -> bool:
    """Whether a place lies in brackets or quotation marks."""
    before = text[begin:at]
    return before.count("(") > before.count(")") or before.count("“") > before.count("”")


def _chooses(joint: str) -> bool:
    return re.search(r"\bor\b", joint) is not None


_FREE = frozenset({Modality.PERMISSION, Modality.ABILITY, Modality.BAN, Modality.EXEMPTION})


def _allows(head: str) -> bool:
    """Whether the last modal of a text permits or bans, so that each of several alternatives holds by itself."""
    kinds = [modality for modality, _ in modals(head)]
    return bool(kinds) and kinds[-1] in _FREE


def _names(text: str) -> bool:
    """Whether a stretch may name a thing: it opens with no word that leads on."""
    return bool(text.strip()) and _NO_THING.match(text.strip()) is None


def _opens(text: str) -> bool:
    """Whether a stretch opens as a thing of its own does: "the", "any", "whether"."""
    words = text.split()
    return len(words) >= _LEAST_WORDS and words[0].lower() in _SMALL


_CUTS: tuple[Callable[[str, int], _Split | None], ...] = (
    _numbered,
    _predicates,
    _verbs,
    _infinitives,
    _things,
)

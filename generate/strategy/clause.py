"""`Clause`: a sentence that stands alone, taken apart at its auxiliary: condition in front, subject, auxiliary, rest.

The reading is by pattern. Where the subject's end or the verb is not plain there is no clause, and so no question:
a fact left out costs less than one misread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from generate.strategy.person import is_person, is_plural

SHORTEST, LONGEST, LONGEST_CLAUSE = 6, 60, 40
"""Words in a sentence that is taken as a fact; most of one that is taken apart, as a definition is not."""

_MODAL = r"must|shall|may|should|can|will|cannot|is required to|are required to|does(?= not)|do(?= not)"
BE = frozenset({"is", "are", "was", "were"})
_BE = r"is|are|was|were"
_LEAD = re.compile(
    r"^(?P<lead>(?:If|When|Where|Before|After|Unless|Upon|Once|During|In|At|Under|Except|Within|By|For|On|Not later than"
    r"|No later than|Beginning|As|To|While|Although)\b[^;:]{4,160}?),\s(?=\S)"
)
_CLAUSE = re.compile(
    rf"^(?P<subject>[^,;:()–—]{{3,90}}?)\s(?:(?P<modal>{_MODAL})|(?P<be>{_BE}))(?:\s(?:(?P<also>also)|then))?\s(?P<rest>.+)$",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    rf"^(?P<subject>(?:The|A|An|Any|Each|Every)\s(?:[a-z-]+\s){{1,4}}?(?:who|whose|that|which)\s[^,;:()–—]{{3,80}}?)"
    rf"\s(?:(?P<modal>{_MODAL})|(?P<be>(?!)))(?:\s(?:(?P<also>also)|then))?\s(?P<rest>.+)$",
    re.IGNORECASE,
)
_VERBS = (
    "accept|address|adjust|allow|appl(?:y|ie)|appoint|approve|assess|assign|award|become|begin|belong|calculate|carr(?:y|ie)|charge"
    "|close|collect|come|complete|conduct|consist|contain|continue|cost|cover|decide|deduct|define|depend|describe|determine|enable"
    "|end|establish|expire|give|grant|help|hold|identif(?:y|ie)|include|increase|inform|inspect|issue|keep|lapse|last|lose|maintain"
    "|make|meet|mail|notif(?:y|ie)|offer|open|owe|own|pay|pass(?:e)?|provide|publish(?:e)?|reach(?:e)?|receive|reduce|reflect|refund|remain|renew|repair"
    "|replace|report|represent|require|retain|return|review|select|send|serve|set|start|stay|stop|store|submit|support|take|tell|update"
    "|use|verif(?:y|ie)|visit|waive"
)
_PRESENT = re.compile(
    rf"^(?P<subject>(?:The|A|An|Each|Every|All|Most|[A-Z][a-z]+s)(?:\s[A-Za-z][A-Za-z'’-]*){{0,5}}?)\s"
    rf"(?P<verb>(?:{_VERBS})s|(?<=[^s]s\s)(?:{_VERBS}))\s(?P<rest>.+)$"
)
_HANGING = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|its|their|such|however|therefore|thus|otherwise|also|in addition|additionally|but"
    r"|and|or|so|for example|for instance|note|see|examples?|as a result|similarly|furthermore|moreover|instead|here|there"
    r"|the following|you|we|i|your|our|in (?:this|that|these|such|some|many|most|other)|for this|at this|both|other|another|neither|either"
    r"|pub|no|please|make|ensure|in particular|accordingly|consequently"
    r"|(?:in|by) contrast|on the other hand)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:this|these|those|such)\s(?!as\b)[a-z-]+\b"
    r"|\b(?:of|to|for|with|by|from|on|at|under|using)\sthat\s[a-z]+\b"
    r"|\bthat\s(?:section|subsection|paragraph|date|period|notice|amount|rule|policy|case|person)\b"
    r"|\b(?:the following|as follows|above|below|aforementioned|the (?:former|latter|same))\b"
    r"|\b(?:sub)?(?:section|paragraph|chapter|clause|part|item|step)s?\s[(\d]|\b(?:appendix|table|figure|exhibit|attachment)\s[A-Z\d]"
    r"|\b(?:therefore|hence|herein|hereunder|hereinafter|thereunder|thereafter)\b"
    r"|^(?:if|when|where)\b[^,]*\balso\b|^(?:if|when|where|unless)\s(?:that|this|it|so)\b"
    r"|§(?!§?\s?\d+[A-Z]?[-–]\d)|\[|\bsee\b|\bibid\b|https?:|\bhe or she\b|\bid\.|\bpub\.|\(\w*\s*\)|\b(?:you|your|we|our)\b|\b(?-i:us)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"^(?:it|they|he|she|this|that|these|those|there|you|we|which|who|such|one|some|no)\b", re.IGNORECASE
)
_NO_SUBJECT = re.compile(
    r"\b(?:that|which|who|whom|whose|if|when|while|because|where|unless|and|or)$|\b(?:whether|how|what|as|needs?|regarding|while|when|until|if|because|does|do)\b"
    r"|^(?:each|every) (?:year|month|week|day|quarter)\b|\b(?:they|it|he|she|we|you|there|only|also|then)$"
    r"|^(?:initially|generally|usually|typically|normally|finally|specifically|currently|ideally|ultimately|subsequently|often|sometimes)\b",
    re.IGNORECASE,
)
_FINITE = re.compile(r"\b(?:is|are|was|were|has|have)\b", re.IGNORECASE)
_BEFORE_ARTICLE = re.compile(r"(?:\b(?P<to>to)\s)?\b(?P<word>[\w-]+)\s(?:an?|the)\s", re.IGNORECASE)
_SAID_THAT = re.compile(
    r"\b(?:expect|note|consider|believe|state|provide|require|recogni[sz]e|acknowledge|assume|recommend|say|understand)s?\sthat\b"
)
_VERBLESS = re.compile(r"\s(?:the|an?|each|any|its|their)\s[\w-]+(?:\s[\w-]+)?$")
"""What follows "which" where the verb behind it is its own: "criteria which the regulator will consider"."""
_WISHED = re.compile(r"(?:require|recommend|demand|suggest)\s(?!that\b).*\bbe\s[a-z]+ed\b")
"""A clause without its "that" behind a verb of wishing."""
_PREPOSITION = re.compile(r"(?:in|at|on|by|for|from|to|as|under|with|within|upon|through|of)\s")
_ARTICLES = frozenset("The A An Each Every Any All No".split())
MOST_CAPITALS = 4
"""Words in capitals in a subject without an article."""
_LEADING = frozenset(
    "of to in on at by or for and from with than under between against through within about after before during without into near over"
    " upon via both all outside inside across toward towards regarding concerning not".split()
)
"""Words that may lead to an article inside a subject."""
_SECOND = re.compile(
    rf",?\s(?:and|but|or)\s(?:(?:{_MODAL}|{_BE}|has|have)\b|(?:the|a|an|each|any|it|they|no)\s(?:(?!\b(?:that|which|who|whose)\b)[^,;]){{2,60}}?\s(?:{_MODAL}|{_BE})\b"
    r"|be\s[a-z]+(?:ed|en)\b).*$|,\s(?:although|though|whereas|but)\s.*$",
    re.IGNORECASE,
)
_OTHER_CLAUSE = re.compile(
    r"\s(?:and|or|but)\s(?:the|an?|any|each|all|every)\s[^,;]*\s(?:must|shall|should|may|will|cannot)\b", re.IGNORECASE
)
"""A second clause too long or too branched to be told from the first."""
_TORN = re.compile(r"\b(?:which|that|who)(?:\s\w+){0,2}$|^either\b|\seither\s", re.IGNORECASE)
"""What is left of a clause that was cut in the middle of "which …" or "either … or"."""
_RUN_ON = re.compile(
    r",[^,]*\b(?:must|shall|may|should|will|cannot)\b|,\s(?:and|but|or|so|yet)\s[^,]*\b(?:can|is|are|was|were|has|have)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"(?<!\s[a-z])(?<!\.\s\d)[.][”\"')\]]*$")
"""A stop that ends a sentence, not one behind the number of the next item of a list."""
_STATE = re.compile(
    r"be\s(?=(?:liable|deemed|considered|construed|entitled|valid|void|timely|eligible|ineligible|effective|responsible|final|exempt"
    r"|applicable|confidential|punishable|guilty)\b)"
)
"""States that law texts say with "shall": "shall be liable" is no duty."""
_CASE = re.compile(r"\s(?:if|when|unless|where|provided)\s")
"""A condition: what was cut behind one may be half of it."""
_SHORT = {"is required to": "must", "are required to": "must", "shall": "must"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """The parts of a sentence: `lead` without its comma, `rest` without the full stop and without a second main verb.

    `modal` tells "must" from "is", `cut` whether a second verb was left out, `also` whether what is said comes on top of something.
    In a simple present ("The board meets") `aux` is "does" or "do" and `rest` begins
    with the verb's base form.
    """

    lead: str
    subject: str
    aux: str
    rest: str
    modal: bool
    cut: bool = False
    also: bool = False


def stands_alone(sentence: str) -> bool:
    """Return whether a sentence can be understood, and quoted as an answer, without what stands around it."""
    words = sentence.split()
    if not SHORTEST <= len(words) <= LONGEST or not _ENDS.search(sentence) or not words[0].lstrip('“"')[:1].isupper():
        return False
    if sentence.isupper():
        return False
    if _HANGING.match(sentence) or _POINTING.search(sentence) or re.search(r"[:;–—]", sentence):
        return False
    lead = _LEAD.match(sentence)
    main = sentence[lead.end() :] if lead else sentence
    return not _PRONOUN.match(main) and sentence.count("(") == sentence.count(")") and sentence.count('"') % 2 == 0


def read_clause(sentence: str) -> Clause | None:
    """Take a sentence apart; None where subject or verb are not plain."""
    lead = _LEAD.match(sentence)
    main = re.sub(r"^then\s", "", (sentence[lead.end() :] if lead else sentence).rstrip('. ”"'))
    found = _RELATIVE.match(main) or _CLAUSE.match(main)
    if found is None or not _plain_subject(found["subject"]) or _PRESENT.match(found["subject"] + " "):
        return _present(main, lead["lead"] if lead else "")
    if (found["modal"] or "").lower().endswith("required to") and not is_person(found["subject"]):
        return None
    aux, rest = (found["modal"] or found["be"]).lower(), re.sub(r"^NOT\b", "not", found["rest"])
    if aux == "cannot":
        aux, rest = "can", f"not {rest}"
    if aux == "shall" and _STATE.match(rest):
        aux, rest = "are" if is_plural(found["subject"]) else "is", rest.removeprefix("be ")
    return _checked(
        Clause(
            lead=lead["lead"] if lead else "",
            subject=found["subject"],
            aux=_SHORT.get(aux, aux),
            rest=rest,
            modal=bool(found["modal"]),
            also=bool(found["also"]),
        )
    )


def _present(main: str, lead: str) -> Clause | None:
    """Read a clause in the simple present, by a list of verbs that policies use."""
    found = _PRESENT.match(main)
    if found is None or not _plain_subject(found["subject"]):
        return None
    verb = found["verb"]
    third = verb.endswith("s") and not verb.endswith("ss")
    base = re.sub(r"ie$", "y", verb[:-1]) if third else verb
    base = re.sub(r"(?<=ss|sh)e$", "", base)
    rest = f"{base} {found['rest']}"
    return _checked(Clause(lead=lead, subject=found["subject"], aux="does" if third else "do", rest=rest, modal=False))


def _plain_subject(subject: str) -> bool:
    relative = re.search(r"\b(?:that|which|who|whose)\b", subject)
    if _PRONOUN.match(subject) or _NO_SUBJECT.search(subject) or len(subject.split()) > 11 or _is_headed(subject):
        return False
    if relative is None:
        return not _holds_clause(subject)
    after = subject[relative.end() :]
    if _FINITE.search(subject[: relative.start()]) or _SAID_THAT.search(subject) or _VERBLESS.match(after):
        return False
    return len(after.split()) > 1


def _is_headed(subject: str) -> bool:
    """Return whether a heading seems to stand in front of a subject: many words in capitals, and no article."""
    words = subject.split()
    return words[0] not in _ARTICLES and sum(word[0].isupper() for word in words) > MOST_CAPITALS


def _holds_clause(subject: str) -> bool:
    """Return whether a clause without its "that" stands in a subject: an article that no preposition or verb form leads to.

    "The failure an agency may meet" is one, "the failure of an agency" and "failure to obey the court" are not.
    """
    return any(
        not found["to"] and found["word"].lower() not in _LEADING and not found["word"].endswith(("ing", "ed"))
        for found in _BEFORE_ARTICLE.finditer(subject)
    )


def _checked(clause: Clause) -> Clause | None:
    """Return the clause up to its second main verb; None where what follows a comma is a clause of its own."""
    rest = _SECOND.sub("", clause.rest)
    if (
        _RUN_ON.search(rest)
        or (len(rest.split()) < 2 and clause.modal)
        or (rest.startswith("not ") and clause.aux in BE)
        or _OTHER_CLAUSE.search(rest)
        or (clause.modal and clause.aux not in BE and _PREPOSITION.match(rest))
        or _WISHED.match(rest)
    ):
        return None
    cut = rest != clause.rest
    return None if cut and (_TORN.search(rest) or _CASE.search(rest)) else replace(clause, rest=rest, cut=cut)

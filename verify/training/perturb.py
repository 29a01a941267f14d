"""Rewrites a sentence so that its meaning stays, breaks or reaches too far; every function returns None where it has no say."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_LEADS = re.compile(
    r"^(?:Notwithstanding [^,;:]{3,80},|For (?:the )?purposes? of [^,;:]{3,60},|In addition(?: to [^,;:]{3,60})?,|Further(?:more)?,"
    r"|Therefore,|However,|In accordance with [^,;:]{3,60},|Pursuant to [^,;:]{3,60},|Provided,? (?:further,? )?that,?|Also,"
    r"|Moreover,|Accordingly,|In general,|As used in [^,;:]{3,60},)\s*",
)
_COUNTED = (
    r"(?<![\w$.,§–-])(?<!itle )(?<!apter )(?<!ection ){}"
    r"(?= (?:[a-z]+ )?(?:days|years|months|members|hours|weeks|copies|times|persons|people|employees))"
)
_SYNONYMS = [
    (r"\bshall not\b", ("must not", "may not")),
    (r"\bshall be\b", ("must be", "is to be", "will be")),
    (r"\bshall\b", ("must", "has to", "will")),
    (r"\bnot less than\b", ("at least", "a minimum of")),
    (r"\bnot (?:more|greater) than\b", ("at most", "up to", "no more than")),
    (r"\bnot to exceed\b", ("of no more than", "up to")),
    (r"\bnot later than\b", ("no later than", "by")),
    (r"\bprior to\b", ("before",)),
    (r"\bpursuant to\b", ("under", "according to")),
    (r"\bin the event that\b", ("if",)),
    (r"\bcommence\b", ("begin", "start")),
    (r"\bterminate\b", ("end",)),
    (r"\bannually\b", ("each year", "every year", "yearly")),
    (r"\bis authorized to\b", ("may", "can")),
    (r"\bare authorized to\b", ("may", "can")),
    (r"\bpurchase\b", ("buy",)),
    (r"\butilize\b", ("use",)),
    (r"\bsufficient\b", ("enough",)),
    (r"\bprovided that\b", ("as long as", "if")),
    (r"\bregarding\b", ("about", "concerning")),
    (r"\ba minimum of\b", ("at least",)),
    (r"\ba maximum of\b", ("at most", "up to")),
    (r"\bapproximately\b", ("about",)),
    (r"\bper annum\b", ("a year", "per year")),
    (r"\bsubsequent to\b", ("after",)),
    (r"\bfollowing\b(?= the (?:date|receipt|end))", ("after",)),
    (r"\bindividuals\b", ("people", "persons")),
    (r"\bindividual\b", ("person",)),
    (r"\bmay\b(?! \d)", ("can", "is allowed to")),
    (r"\bis required to\b", ("must", "has to")),
    (r"\bare required to\b", ("must", "have to")),
    (r"\bmust\b", ("is required to", "has to")),
    (r"\bin accordance with\b", ("under", "as required by")),
    (r"\bobtain\b", ("get",)),
    (r"\bassist\b", ("help",)),
    (r"\bin writing\b", ("in written form",)),
    (r"\bwith respect to\b", ("about", "on")),
    (r"\bestablish\b", ("set up", "create")),
    (r"\bensure\b", ("make sure",)),
    (r"\bdeemed\b", ("considered",)),
    (r"\bsubmit\b", ("send in", "file")),
    (r"\bexceeds?\b", ("is more than",)),
    (r"\bten\b", ("10",)),
    (r"\bthirty\b", ("30",)),
    (r"\bsixty\b", ("60",)),
    (r"\bninety\b", ("90",)),
    (_COUNTED.format(30), ("thirty",)),
    (_COUNTED.format(60), ("sixty",)),
    (_COUNTED.format(10), ("ten",)),
    (_COUNTED.format(5), ("five",)),
    (_COUNTED.format(3), ("three",)),
    (_COUNTED.format(2), ("two",)),
    (r" percent\b", ("%", " per cent")),
    (r",000,000\b", (" million",)),
    (r"\bthe District of Columbia\b", ("the District", "D.C.")),
    (r"\bconducts?\b", ("carry out",)),
    (r"\bemployment\b", ("work",)),
    (r"\bevery\b", ("each",)),
    (r"\beach\b", ("every",)),
    (r"\bchildren\b", ("kids",)),
]
_TRIMS = [
    re.compile(r"\s*\[[^\]]{0,120}\]"),
    re.compile(r"\s*\((?![a-zA-Z0-9]{1,3}\))[^()]{3,120}\)"),
    re.compile(
        r",? (?:pursuant to|in accordance with|as (?:defined|described|provided|specified|set forth|required|established) (?:in|by|under))"
        r" (?:§+|sections?|subsections?|paragraphs?|this|chapter|title)[^,;:]{0,70}?(?=[,;.](?:\s|$)|$)"
    ),
    re.compile(r", (?:including|such as)(?!,)[^;:]{3,120}?(?=\.$|$)"),
    re.compile(r", (?:which|who) [^,;:]{5,100}, "),
    re.compile(r" (?:of|under) this (?:section|subsection|chapter|subchapter|paragraph|title|act)\b", re.IGNORECASE),
]


def plain(text: str) -> str:
    """Return the sentence without list marks, lead-ins and doubled spaces, with a capital and a stop."""
    text = re.sub(r"^(?:\([a-zA-Z0-9-]{1,5}\)\s*)+", "", text.strip())
    text = re.sub(r"^[A-Z][\w ,;'’-]{2,70}\. ?— ?", "", text)
    text = re.sub(r"\s+", " ", _LEADS.sub("", text)).strip(" ;,")
    text = re.sub(r";? (?:and|or)$", "", text)
    return text[:1].upper() + text[1:].rstrip(" ;:,.") + "." if text else text


def reword(text: str, rng: random.Random, rate: float = 0.5) -> str:
    """Return the sentence with some words replaced by plain equivalents."""
    for pattern, choices in _SYNONYMS:
        if rng.random() < rate and re.search(pattern, text):
            text = re.sub(pattern, rng.choice(choices), text, count=1)
    return re.sub(r"\$(\d+) million", r"$\1 million", text)


def trim(text: str, rng: random.Random) -> str:
    """Return the sentence with some asides and references taken out."""
    for pattern in _TRIMS:
        if rng.random() < 0.6:
            text = pattern.sub(lambda m: " " if m.group().endswith(" ") else "", text, count=1)
    return plain(text)


# -- opposite meaning -----------------------------------------------------------------------------------------------

_FLIPS = [
    (r"\bat least\b", ("at most", "no more than", "less than")),
    (r"\bnot less than\b", ("not more than", "at most", "less than")),
    (r"\bnot (?:more|greater) than\b", ("not less than", "at least", "more than")),
    (r"\bno more than\b", ("no less than", "more than")),
    (r"\bat most\b", ("at least", "more than")),
    (r"\bmore than\b", ("less than", "fewer than")),
    (r"\bless than\b", ("more than", "at least")),
    (r"\bgreater than\b", ("less than",)),
    (r"\bfewer than\b", ("more than",)),
    (r"\b(?:no|not) later than\b", ("no earlier than", "later than")),
    (r"\bbefore\b", ("after",)),
    (r"\bafter\b", ("before",)),
    (r"\bprior to\b", ("after",)),
    (r"\bminimum\b", ("maximum",)),
    (r"\bmaximum\b", ("minimum",)),
    (r"\bup to\b", ("at least", "more than")),
    (r"\bwithin (?=[\dtfsn])", ("after ", "no sooner than ")),
    (r"\bexceeds\b", ("falls below",)),
    (r"\bexceed\b", ("fall below",)),
    (r"\babove\b", ("below",)),
    (r"\bbelow\b", ("above",)),
    (r"\bincrease", ("decrease", "reduction")),
    (r"\bhigher\b", ("lower",)),
    (r"\blower\b", ("higher",)),
    (r"\buntil\b", ("after",)),
    (r"\bexcluding\b", ("including",)),
    (r"\bincluding\b", ("excluding",)),
    (r"\bwithout\b", ("only with",)),
    (r"\bwith or without\b", ("only with",)),
    (r"\bprohibited from\b", ("permitted to engage in",)),
    (r"\bprohibited\b", ("permitted", "allowed")),
    (r"\bpermitted\b", ("prohibited",)),
    (r"\bexempt from\b", ("subject to",)),
    (r"\bsubject to\b", ("exempt from",)),
    (r"\beligible\b", ("ineligible",)),
    (r"\bentitled\b", ("not entitled",)),
    (r"\bunlawful\b", ("lawful",)),
    (r"\ball\b", ("none of the",)),
    (r"\bapprove", ("reject",)),
    (r"\bgrant\b", ("deny",)),
    (r"\bdeny\b", ("grant",)),
    (r"\bconfidential\b", ("public",)),
    (r"\bpublic\b", ("private",)),
    (r"\bmandatory\b", ("optional",)),
    (r"\bvoluntar(?:y|ily)\b", ("mandatory",)),
    (r"\bfirst\b", ("last",)),
    (r"\bmajority\b", ("minority",)),
    (r"\bopen\b", ("closed",)),
    (r"\bonly if\b", ("even if not",)),
    (r"\bunless\b", ("only if", "even if")),
    (r"\bexcept (?:that|as|for|when|if)\b", ("including",)),
    (r"\bother than\b", ("including",)),
    (r"\beither\b", ("neither",)),
    (r"\bwith\b(?= the (?:approval|consent|advice))", ("without",)),
    (r"\bmonthly\b", ("annually",)),
    (r"\bannual(?:ly)?\b", ("monthly",)),
    (r"\bpermanent\b", ("temporary",)),
    (r"\btemporary\b", ("permanent",)),
    (r"\bonly\b", ("not only",)),
]
_AGAINST = [
    (r"\b(?:shall|must) not\b", ("may", "must", "is allowed to")),
    (r"\bmay not\b", ("may", "must")),
    (r"\bcannot\b", ("can",)),
    (r"\bshall be\b", ("must not be", "need not be")),
    (r"\b(?:shall|must)\b", ("must not", "need not", "is not required to")),
    (r"\bmay be\b", ("may not be", "must not be")),
    (r"\bmay\b(?! \d)", ("may not", "must not", "is not allowed to")),
    (r"\bcan\b", ("cannot",)),
    (r"\bis not\b", ("is",)),
    (r"\bare not\b", ("are",)),
    (r"\bdoes not\b", ("always does",)),
    (r"\bhas not\b", ("has",)),
    (r"\bis\b", ("is not",)),
    (r"\bare\b", ("are not",)),
    (r"\bwas\b", ("was not",)),
    (r"\bwere\b", ("were not",)),
    (r"\bwill\b", ("will not",)),
    (r"\bmeans\b", ("does not mean", "excludes")),
    (r"\bincludes\b", ("does not include", "excludes")),
    (r"\bhas\b", ("has no",)),
    (r"\bNo (?=[a-z])", ("Any ", "Every ")),
    (r"\bapplies\b", ("does not apply",)),
    (r"\bapply\b", ("not apply",)),
    (r"\brequires\b", ("does not require",)),
]
_WIDEN = [
    (r"\b(?:shall|must) (?!not)", ("may ", "can ")),
    (r"\bmay (?!not|\d)", ("must ", "is required to ")),
    (r"\bor\b", ("and",)),
    (r"\bmay be\b", ("is always", "must be")),
    (r"\bif\b", ("even if", "whether or not")),
    (r"\bany\b", ("only one",)),
]


def flip(text: str, rng: random.Random) -> str | None:
    """One comparison, order or exception of the sentence turned round."""
    return _one_of(_FLIPS, text, rng)


def oppose(text: str, rng: random.Random) -> str | None:
    """Return the sentence with a "not" put in or taken out, or its duty turned into a ban or a choice."""
    return _first_of(_AGAINST, text, rng)


def widen(text: str, rng: random.Random) -> str | None:
    """Return a duty made a choice, a choice a duty, or a condition lifted: what the text does not say, without denying it."""
    return _one_of(_WIDEN, text, rng)


def _one_of(rules: Sequence[tuple[str, tuple[str, ...]]], text: str, rng: random.Random) -> str | None:
    fitting = [(p, c) for p, c in rules if re.search(p, text)]
    if not fitting:
        return None
    pattern, choices = rng.choice(fitting)
    made = re.sub(pattern, rng.choice(choices), text, count=1)
    return made[:1].upper() + made[1:]


def _first_of(rules: Sequence[tuple[str, tuple[str, ...]]], text: str, rng: random.Random) -> str | None:
    places = [(m.start(), p, c) for p, c in rules if (m := re.search(p, text))]
    if not places:
        return None
    _, pattern, choices = min(places, key=lambda p: p[0])
    return re.sub(pattern, rng.choice(choices), text, count=1)


# -- more than the text says ----------------------------------------------------------------------------------------

_CONDITION = re.compile(
    r",? (?:if|unless|only if|provided that|except(?: that| when| as)?|when|until|so long as|where) [^;:]{12,160}?(?=\.$|$)"
)
_LEADING_CONDITION = re.compile(r"^(?:If|When|Unless|Except|Until|Where|After|Upon) [^,;:]{10,140}, ")
_PHRASE = re.compile(
    r" (?:within|by|for|with|without|during|at|in|on|after|before|under|through)"
    r" (?:the |a |an |any |each )?[a-z0-9$][^,;:.()]{6,45}(?=[,;.])"
)
SUBJECT = re.compile(
    r"^((?:The|An?|Each|Every|Any|No) (?:[\w’'-]+ ){0,5}?[\w’'-]+|(?:[A-Z][\w’'-]+ )*[A-Z][\w’'-]+) "
    r"(?=(?:shall|must|may|is|are|was|has|will|can|does)\b)"
)


def unconditional(text: str, rng: random.Random) -> str | None:
    """Return the sentence without its condition, which the text does not promise."""
    for pattern in rng.sample([_CONDITION, _LEADING_CONDITION], 2):
        m = pattern.search(text)
        if m:
            rest = (text[: m.start()] + text[m.end() :]).strip(" ,.")
            return rest[:1].upper() + rest[1:] + "." if len(rest.split()) > 4 else None
    return None


def conditions(text: str) -> list[str]:
    """Conditions and adverbial phrases of a sentence that could be hung on another one."""
    found = [m.group().strip(" ,") for m in _CONDITION.finditer(text)]
    return found + [m.group().strip(" ,") for m in _PHRASE.finditer(text)]


def with_detail(text: str, details: Sequence[str], rng: random.Random) -> str | None:
    """Return the sentence with a detail of another one added at its end."""
    fresh = [d for d in details if d.lower() not in text.lower()]
    return f"{text.rstrip('. ')} {rng.choice(fresh)}." if fresh else None


def subject(text: str) -> str | None:
    """Return the subject phrase in front of the first auxiliary, if it is short and plain."""
    m = SUBJECT.match(text)
    return m.group(1) if m else None


def with_subject(text: str, subjects: Sequence[str], rng: random.Random) -> str | None:
    """Return the sentence with another actor in the place of its subject."""
    own = subject(text)
    others = [
        s for s in subjects if own and s.lower() != own.lower() and s.split()[-1].lower() != own.split()[-1].lower()
    ]
    return rng.choice(others) + text[len(own) :] if own and others else None

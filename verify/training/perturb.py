"""Rewrites a sentence so that its meaning stays, breaks or reaches too far; every function returns None where it has no say."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Edit = Callable[[str, random.Random], "str | None"]

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen twenty"
).split()
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "one hundred": 100}
NUMBER_WORDS = {word: i + 1 for i, word in enumerate(_WORDS)} | _TENS
_NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|one hundred|" + "|".join([*_TENS, *reversed(_WORDS)]) + ")"
_UNIT = r"(?:(?:calendar|business|working|consecutive|school)[ -])?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
_KINDS = {
    "money": re.compile(r"\$\s?\d[\d,]*(?:\.\d+)?(?: (?:million|billion|thousand))?"),
    "percent": re.compile(_NUMBER + r"\s?(?:%|percent\b|per cent\b)", re.IGNORECASE),
    "date": re.compile(rf"\b(?:{_MONTHS})\s+\d{{1,2}}(?:,\s+\d{{4}})?|\b(?:{_MONTHS})\s+\d{{4}}"),
    "duration": re.compile(r"\b" + _NUMBER + r"[ -]" + _UNIT + r"\b", re.IGNORECASE),
    "number": re.compile(r"(?<![\w§.\-–—$(])" + _NUMBER + r"(?![\w%\-–—)]|\.\d)", re.IGNORECASE),
}
_REFERENCE = re.compile(
    r"(?:§|sections?|subsections?|paragraphs?|chapters?|titles?|laws?|acts?|parts?|no\.|stat\.|code|article|pub\.?|of this|form|the)"
    r"\s*[\d.\-–—()a-z]*$",
    re.IGNORECASE,
)
_ENTITY = re.compile(
    r"\b(?!January|February|March|April|May|June|July|August|September|October|November|December)"
    r"[A-Z][a-z]+(?: (?:of (?:the )?)?[A-Z][a-z]+){0,3}\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """A typed figure or name in a text, with its offsets."""

    kind: str
    start: int
    end: int
    text: str


def slots(text: str) -> list[Slot]:
    """Figures of a text, left to right, without overlaps; numbers of sections and laws are left out."""
    found: list[Slot] = []
    for kind, pattern in _KINDS.items():
        for m in pattern.finditer(text):
            clear = all(m.end() <= s.start or m.start() >= s.end for s in found)
            if clear and not _REFERENCE.search(text[max(0, m.start() - 25) : m.start()]) and m.group().lower() != "one":
                found.append(Slot(kind=kind, start=m.start(), end=m.end(), text=m.group()))
    return sorted(found, key=lambda s: s.start)


def entities(text: str) -> list[Slot]:
    """Capitalised names inside a text, its first word left out."""
    return [
        Slot(kind="entity", start=m.start(), end=m.end(), text=m.group()) for m in _ENTITY.finditer(text) if m.start() > 0
    ]


def put(text: str, slot: Slot, new: str) -> str:
    """The text with a slot's words replaced."""
    return text[: slot.start] + new + text[slot.end :]


def other_value(slot: Slot, pool: Sequence[Slot], rng: random.Random) -> str | None:
    """Another value for a slot: one of the same kind from the pool two times in three, else a changed figure."""
    same = [s.text for s in pool if s.kind == slot.kind and s.text.lower() != slot.text.lower() and s.text not in slot.text]
    if same and rng.random() < 0.67:
        return rng.choice(same)
    return _changed(slot, rng)


def _changed(slot: Slot, rng: random.Random) -> str | None:
    """The slot's text with its first number, or its month or unit, changed."""
    if slot.kind == "duration" and rng.random() < 0.3:
        return _other_unit(slot.text, rng)
    if slot.kind == "date" and rng.random() < 0.4:
        month = rng.choice(_MONTHS.split("|"))
        made = re.sub(_MONTHS, month, slot.text)
        return made if made != slot.text else None
    m = re.search(_NUMBER, slot.text, re.IGNORECASE)
    if m is None:
        return None
    return slot.text[: m.start()] + _other_number(m.group(), rng) + slot.text[m.end() :]


def _other_unit(text: str, rng: random.Random) -> str | None:
    m = re.search(r"(hour|day|week|month|year)", text)
    if m is None:
        return None
    unit = rng.choice([u for u in ("hour", "day", "week", "month", "year") if u != m.group()])
    return text.replace(m.group(), unit, 1)


def _other_number(text: str, rng: random.Random) -> str:
    """A different number written the way the first one was."""
    if text.lower() in NUMBER_WORDS:
        value = NUMBER_WORDS[text.lower()]
        return rng.choice([w for w, v in NUMBER_WORDS.items() if v != value and v <= max(12, 3 * value)])
    plain = text.replace(",", "")
    value = float(plain)
    if "." not in plain and 1900 <= value <= 2100 and "," not in text:
        return str(int(value) + rng.choice([-10, -5, -3, -2, -1, 1, 2, 3, 5, 10]))
    step = max(1, round(value * rng.choice([0.1, 0.2, 0.5, 1.0])))
    new = value + step * rng.choice([-1, 1]) if value > step else value + step
    if rng.random() < 0.3:
        new = value * rng.choice([2, 3, 10]) if value else 5
    made = f"{new:,.2f}" if "." in plain and rng.random() < 0.5 else f"{int(new):,}"
    made = made if "," in text or len(plain) > 4 else made.replace(",", "")
    return made if made != text else str(int(value) + 1)


# -- same meaning ---------------------------------------------------------------------------------------------------

_LEADS = re.compile(
    r"^(?:Notwithstanding [^,;:]{3,80},|For (?:the )?purposes? of [^,;:]{3,60},|In addition(?: to [^,;:]{3,60})?,|Further(?:more)?,"
    r"|Therefore,|However,|In accordance with [^,;:]{3,60},|Pursuant to [^,;:]{3,60},|Provided,? (?:further,? )?that,?|Also,"
    r"|Moreover,|Accordingly,|In general,|As used in [^,;:]{3,60},)\s*",
)
_COUNTED = r"(?<![\w$.,§–-])(?<!itle )(?<!apter )(?<!ection ){}(?= (?:[a-z]+ )?(?:days|years|months|members|hours|weeks|copies|times|persons|people|employees))"
_SYNONYMS = [
    (r"\bshall not\b", ("must not", "may not")), (r"\bshall be\b", ("must be", "is to be", "will be")), (r"\bshall\b", ("must", "has to", "will")),
    (r"\bnot less than\b", ("at least", "a minimum of")), (r"\bnot (?:more|greater) than\b", ("at most", "up to", "no more than")),
    (r"\bnot to exceed\b", ("of no more than", "up to")), (r"\bnot later than\b", ("no later than", "by")), (r"\bprior to\b", ("before",)),
    (r"\bpursuant to\b", ("under", "according to")), (r"\bin the event that\b", ("if",)), (r"\bcommence\b", ("begin", "start")),
    (r"\bterminate\b", ("end",)), (r"\bannually\b", ("each year", "every year", "yearly")), (r"\bis authorized to\b", ("may", "can")),
    (r"\bare authorized to\b", ("may", "can")), (r"\bpurchase\b", ("buy",)), (r"\butilize\b", ("use",)), (r"\bsufficient\b", ("enough",)),
    (r"\bprovided that\b", ("as long as", "if")), (r"\bregarding\b", ("about", "concerning")), (r"\ba minimum of\b", ("at least",)),
    (r"\ba maximum of\b", ("at most", "up to")), (r"\bapproximately\b", ("about",)), (r"\bper annum\b", ("a year", "per year")),
    (r"\bsubsequent to\b", ("after",)), (r"\bfollowing\b(?= the (?:date|receipt|end))", ("after",)), (r"\bindividuals\b", ("people", "persons")),
    (r"\bindividual\b", ("person",)), (r"\bmay\b(?! \d)", ("can", "is allowed to")), (r"\bis required to\b", ("must", "has to")),
    (r"\bare required to\b", ("must", "have to")), (r"\bmust\b", ("is required to", "has to")), (r"\bin accordance with\b", ("under", "as required by")),
    (r"\bobtain\b", ("get",)), (r"\bassist\b", ("help",)), (r"\bin writing\b", ("in written form",)), (r"\bwith respect to\b", ("about", "on")),
    (r"\bestablish\b", ("set up", "create")), (r"\bensure\b", ("make sure",)), (r"\bdeemed\b", ("considered",)), (r"\bsubmit\b", ("send in", "file")),
    (r"\bexceeds?\b", ("is more than",)), (r"\bten\b", ("10",)), (r"\bthirty\b", ("30",)), (r"\bsixty\b", ("60",)), (r"\bninety\b", ("90",)),
    (_COUNTED.format(30), ("thirty",)), (_COUNTED.format(60), ("sixty",)), (_COUNTED.format(10), ("ten",)), (_COUNTED.format(5), ("five",)),
    (_COUNTED.format(3), ("three",)), (_COUNTED.format(2), ("two",)),
    (r" percent\b", ("%", " per cent")), (r",000,000\b", (" million",)), (r"\bthe District of Columbia\b", ("the District", "D.C.")),
    (r"\bconducts?\b", ("carry out",)), (r"\bemployment\b", ("work",)), (r"\bevery\b", ("each",)), (r"\beach\b", ("every",)), (r"\bchildren\b", ("kids",)),
]  # fmt: skip
_TRIMS = [
    re.compile(r"\s*\[[^\]]{0,120}\]"), re.compile(r"\s*\((?![a-zA-Z0-9]{1,3}\))[^()]{3,120}\)"),
    re.compile(r",? (?:pursuant to|in accordance with|as (?:defined|described|provided|specified|set forth|required|established) (?:in|by|under))"
               r" (?:§+|sections?|subsections?|paragraphs?|this|chapter|title)[^,;:]{0,70}?(?=[,;.](?:\s|$)|$)"),
    re.compile(r", (?:including|such as)(?!,)[^;:]{3,120}?(?=\.$|$)"), re.compile(r", (?:which|who) [^,;:]{5,100}, "),
    re.compile(r" (?:of|under) this (?:section|subsection|chapter|subchapter|paragraph|title|act)\b", re.IGNORECASE),
]  # fmt: skip


def plain(text: str) -> str:
    """The sentence without list marks, lead-ins and doubled spaces, with a capital and a stop."""
    text = re.sub(r"^(?:\([a-zA-Z0-9-]{1,5}\)\s*)+", "", text.strip())
    text = re.sub(r"^[A-Z][\w ,;'’-]{2,70}\. ?— ?", "", text)
    text = re.sub(r"\s+", " ", _LEADS.sub("", text)).strip(" ;,")
    text = re.sub(r";? (?:and|or)$", "", text)
    return text[:1].upper() + text[1:].rstrip(" ;:,.") + "." if text else text


def reword(text: str, rng: random.Random, rate: float = 0.5) -> str:
    """The sentence with some words replaced by plain equivalents."""
    for pattern, choices in _SYNONYMS:
        if rng.random() < rate and re.search(pattern, text):
            text = re.sub(pattern, rng.choice(choices), text, count=1)
    return re.sub(r"\$(\d+) million", r"$\1 million", text)


def trim(text: str, rng: random.Random) -> str:
    """The sentence with some asides and references taken out."""
    for pattern in _TRIMS:
        if rng.random() < 0.6:
            text = pattern.sub(lambda m: " " if m.group().endswith(" ") else "", text, count=1)
    return plain(text)


# -- opposite meaning -----------------------------------------------------------------------------------------------

_FLIPS = [
    (r"\bat least\b", ("at most", "no more than", "less than")), (r"\bnot less than\b", ("not more than", "at most", "less than")),
    (r"\bnot (?:more|greater) than\b", ("not less than", "at least", "more than")), (r"\bno more than\b", ("no less than", "more than")),
    (r"\bat most\b", ("at least", "more than")), (r"\bmore than\b", ("less than", "fewer than")), (r"\bless than\b", ("more than", "at least")),
    (r"\bgreater than\b", ("less than",)), (r"\bfewer than\b", ("more than",)), (r"\b(?:no|not) later than\b", ("no earlier than", "later than")),
    (r"\bbefore\b", ("after",)), (r"\bafter\b", ("before",)), (r"\bprior to\b", ("after",)), (r"\bminimum\b", ("maximum",)),
    (r"\bmaximum\b", ("minimum",)), (r"\bup to\b", ("at least", "more than")), (r"\bwithin (?=[\dtfsn])", ("after ", "no sooner than ")),
    (r"\bexceeds\b", ("falls below",)), (r"\bexceed\b", ("fall below",)), (r"\babove\b", ("below",)), (r"\bbelow\b", ("above",)),
    (r"\bincrease", ("decrease", "reduction")), (r"\bhigher\b", ("lower",)), (r"\blower\b", ("higher",)), (r"\buntil\b", ("after",)),
    (r"\bexcluding\b", ("including",)), (r"\bincluding\b", ("excluding",)), (r"\bwithout\b", ("only with",)), (r"\bwith or without\b", ("only with",)),
    (r"\bprohibited from\b", ("permitted to engage in",)), (r"\bprohibited\b", ("permitted", "allowed")), (r"\bpermitted\b", ("prohibited",)),
    (r"\bexempt from\b", ("subject to",)), (r"\bsubject to\b", ("exempt from",)), (r"\beligible\b", ("ineligible",)), (r"\bentitled\b", ("not entitled",)),
    (r"\bunlawful\b", ("lawful",)), (r"\ball\b", ("none of the",)), (r"\bapprove", ("reject",)), (r"\bgrant\b", ("deny",)), (r"\bdeny\b", ("grant",)),
    (r"\bconfidential\b", ("public",)), (r"\bpublic\b", ("private",)), (r"\bmandatory\b", ("optional",)), (r"\bvoluntar(?:y|ily)\b", ("mandatory",)),
    (r"\bfirst\b", ("last",)), (r"\bmajority\b", ("minority",)), (r"\bopen\b", ("closed",)), (r"\bonly if\b", ("even if not",)),
    (r"\bunless\b", ("only if", "even if")), (r"\bexcept (?:that|as|for|when|if)\b", ("including",)), (r"\bother than\b", ("including",)),
    (r"\beither\b", ("neither",)), (r"\bwith\b(?= the (?:approval|consent|advice))", ("without",)), (r"\bmonthly\b", ("annually",)),
    (r"\bannual(?:ly)?\b", ("monthly",)), (r"\bpermanent\b", ("temporary",)), (r"\btemporary\b", ("permanent",)), (r"\bonly\b", ("not only",)),
]  # fmt: skip
_AGAINST = [
    (r"\b(?:shall|must) not\b", ("may", "must", "is allowed to")), (r"\bmay not\b", ("may", "must")), (r"\bcannot\b", ("can",)),
    (r"\bshall be\b", ("must not be", "need not be")), (r"\b(?:shall|must)\b", ("must not", "need not", "is not required to")),
    (r"\bmay be\b", ("may not be", "must not be")), (r"\bmay\b(?! \d)", ("may not", "must not", "is not allowed to")), (r"\bcan\b", ("cannot",)),
    (r"\bis not\b", ("is",)), (r"\bare not\b", ("are",)), (r"\bdoes not\b", ("always does",)), (r"\bhas not\b", ("has",)),
    (r"\bis\b", ("is not",)), (r"\bare\b", ("are not",)), (r"\bwas\b", ("was not",)), (r"\bwere\b", ("were not",)), (r"\bwill\b", ("will not",)),
    (r"\bmeans\b", ("does not mean", "excludes")), (r"\bincludes\b", ("does not include", "excludes")), (r"\bhas\b", ("has no",)),
    (r"\bNo (?=[a-z])", ("Any ", "Every ")), (r"\bapplies\b", ("does not apply",)), (r"\bapply\b", ("not apply",)), (r"\brequires\b", ("does not require",)),
]  # fmt: skip
_WIDEN = [
    (r"\b(?:shall|must) (?!not)", ("may ", "can ")), (r"\bmay (?!not|\d)", ("must ", "is required to ")), (r"\bor\b", ("and",)),
    (r"\bmay be\b", ("is always", "must be")), (r"\bif\b", ("even if", "whether or not")), (r"\bany\b", ("only one",)),
]  # fmt: skip


def flip(text: str, rng: random.Random) -> str | None:
    """One comparison, order or exception of the sentence turned round."""
    return _one_of(_FLIPS, text, rng)


def oppose(text: str, rng: random.Random) -> str | None:
    """The sentence with a "not" put in or taken out, or its duty turned into a ban or a choice."""
    return _first_of(_AGAINST, text, rng)


def widen(text: str, rng: random.Random) -> str | None:
    """A duty made a choice, a choice a duty, or a condition lifted: what the text does not say, without denying it."""
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
    r" (?:within|by|for|with|without|during|at|in|on|after|before|under|through) (?:the |a |an |any |each )?[a-z0-9$][^,;:.()]{6,45}(?=[,;.])"
)
SUBJECT = re.compile(
    r"^((?:The|An?|Each|Every|Any|No) (?:[\w’'-]+ ){0,5}?[\w’'-]+|(?:[A-Z][\w’'-]+ )*[A-Z][\w’'-]+) "
    r"(?=(?:shall|must|may|is|are|was|has|will|can|does)\b)"
)


def unconditional(text: str, rng: random.Random) -> str | None:
    """The sentence without its condition, which the text does not promise."""
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
    """The sentence with a detail of another one added at its end."""
    fresh = [d for d in details if d.lower() not in text.lower()]
    return f"{text.rstrip('. ')} {rng.choice(fresh)}." if fresh else None


def subject(text: str) -> str | None:
    """The subject phrase in front of the first auxiliary, if it is short and plain."""
    m = SUBJECT.match(text)
    return m.group(1) if m else None


def with_subject(text: str, subjects: Sequence[str], rng: random.Random) -> str | None:
    """The sentence with another actor in the place of its subject."""
    own = subject(text)
    others = [s for s in subjects if own and s.lower() != own.lower() and s.split()[-1].lower() != own.split()[-1].lower()]
    return rng.choice(others) + text[len(own) :] if own and others else None

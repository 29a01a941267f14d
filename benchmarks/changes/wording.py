"""Changes of words: comparison, duty, negation, actor, condition, exception, and only, except or unless turned round."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from changes.variant import MODAL, NO_ONE, Variant, like, plural, put, tidy

_COMPARATIVES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\bat least(?= [\d$a-z])", ("at most", "no more than")),
    (r"\bnot less than\b", ("not more than", "at most")),
    (r"\b(?:not|no) more than\b", ("at least", "not less than")),
    (r"\bat most\b", ("at least",)),
    (r"(?<!not )(?<!no )\bmore than\b", ("less than", "no more than")),
    (r"(?<!not )(?<!no )\bless than\b", ("more than",)),
    (r"(?<!not )(?<!no )\bfewer than\b", ("more than",)),
    (r"(?<!not )(?<!no )\bgreater than\b", ("less than",)),
    (r"\b(?:not|no) later than\b", ("no earlier than", "not before")),
    (r"\bwithin (?=\d|[a-z]+ (?:days|hours|months|years|business|calendar))", ("no sooner than ", "only after ")),
    (r"\bbefore\b", ("after",)),
    (r"\bprior to\b", ("after",)),
    (r"\bafter\b", ("before",)),
    (r"\bminimum\b", ("maximum",)),
    (r"\bmaximum\b", ("minimum",)),
    (r"\bup to(?= [\d$a-z])", ("at least",)),
    (r"\bexceeds\b", ("is below",)),
    (r"\bnot exceed\b", ("exceed",)),
    (r"\bnot to exceed\b", ("of at least",)),
    (r"\bhigher\b", ("lower",)),
    (r"\bgreater\b(?! than)", ("lesser",)),
    (r"\bstronger\b", ("weaker",)),
    (r"\bearlier\b", ("later",)),
    (r"\blonger\b(?! than)", ("shorter",)),
)
_DUTY = ("may", "{is} not required to", "{is} permitted to")
_MODALITIES = {
    "shall": _DUTY, "must": _DUTY, "may": ("must", "{is} required to"), "should": ("must", "{is} required to"),
    "can": ("must",), "shall not": ("need not", "{is} not required to"), "must not": ("need not",),
}  # fmt: skip
_PHRASED: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\b(is|are) required to\b", ("may",)),
    (r"\b(is|are) (?:authorized|permitted|allowed) to\b", ("must",)),
)
_ACTORS = {
    "nist-rev3": ("verifier", "CSP", "RP", "IdP", "claimant", "subscriber", "applicant", "agency", "attacker"),
    "nist-rev4": ("verifier", "CSP", "RP", "IdP", "claimant", "subscriber", "applicant", "agency", "attacker"),
    "dc-code": (
        "Mayor", "Council", "Board", "Director", "Attorney General", "employer", "employee", "agency", "court", "merchant", "consumer",
        "debt collector", "lobbyist", "public body", "Commission", "Department", "candidate", "Ethics Board",
    ),
    "cisa": ("agency", "CISA", "DHS", "OMB", "vendor", "Secretary", "Agency CIO", "NCCIC", "researcher"),
}  # fmt: skip
_PLURALS = {"agency": "agencies", "public body": "public bodies"}
_SAME = [{"Board", "Ethics Board", "Commission"}, {"CISA", "DHS", "NCCIC"}, {"agency", "Department", "Agency CIO"}]
_UNNAMED = frozenset("CISA DHS OMB NCCIC".split())

_ASKING = "".join(
    rf"(?<!{word})"
    for word in "determine determines determining determined ask asks even as and or know see check only but learn decide indicate sure especially".split()  # noqa: E501
)
CONDITION_LAST = re.compile(
    rf"^(?P<body>.{{25,}}?){_ASKING},? (?P<word>if|provided that|provided, that|so long as|as long as|only if|only when|in the event that)"
    r" (?P<what>[^,;:()]{10,140})\.$"
)
CONDITION_FIRST = re.compile(
    r"^(?P<word>If|When|Where|Upon|Provided that|In the event that|In cases where) (?P<what>[^,;:()]{8,120}), (?:then )?"
    r"(?P<body>(?!and |or |but |such |which |who |including |the following)[^;:]{20,})\.$"
)
_IDLE = re.compile(
    r"^(?:\w+ ){0,2}(?:applicable|available|possible|needed|necessary|stated|not addressed|specified|there are|any)\b"
)
_POINTS = re.compile(r"(?:they|it|he|she|his|her|their|its|this|these|such)\b", re.IGNORECASE)
_EXCEPTION_LAST = re.compile(
    r"^(?P<body>.{25,}?),? (?P<word>unless|except(?: that| when| where| if| for| in)?|other than|with the exception of|excluding)"
    r" (?!as (?:otherwise )?provided|otherwise)(?P<what>[^;:()]{6,140})\.$"
)
_EXCEPTION_FIRST = re.compile(
    r"^(?P<word>Unless|Except (?:when|where|if|for|in)) (?!otherwise)(?P<what>[^,;:]{6,120}), (?P<body>[^;:]{20,})\.$"
)
_EXCEPTED = re.compile(r"\b(?:unless|except|excluding|other than|exempt|if|when|only)\b", re.IGNORECASE)
_ADDED = (
    ", except in an emergency", ", except on weekends", " unless the parties agree otherwise", ", except for contractors",
    ", except where the cost would be excessive", " unless a waiver is granted", ", other than in the first year",
    ", except for small organizations",
)  # fmt: skip
_TURNED: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\bunless\b", ("if", "only if")),
    (r"\bexcept (?:for|in|when|where|if)\b", ("including",)),
    (r"\bother than\b", ("including",)),
    (r"\bexcluding\b", ("including",)),
    (r"(?<!only )(?<!even )(?<!as )(?<!determine )(?<!determines )(?<!or )(?<!indicate )(?<!decide )\bif\b(?! (?:any|not|applicable|possible|needed|necessary)\b)", ("only if", "unless")),  # noqa: E501
    (r"\bwithout\b", ("only with",)),
    (r"\bapplies to\b", ("applies only to",)),
    (r"\bapply to\b", ("apply only to",)),
    (r"\bmay be\b", ("may only be",)),
    (r"\bMAY be\b", ("MAY only be",)),
    (r"\bmay only\b", ("may also",)),
    (r"\bonly\b", ("not only",)),
    (r"\bOnly\b", ("Not only",)),
)  # fmt: skip


def _each(rules: Sequence[tuple[str, tuple[str, ...]]], text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield one variant for each place a rule fits."""
    for pattern, choices in rules:
        for found in re.finditer(pattern, text):
            yield Variant(text=put(text, found, rng.choice(choices)))


def comparatives(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with a comparison, bound or order turned round."""
    yield from _each(_COMPARATIVES, text, rng)


def modalities(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with its first duty made a choice, or a choice or advice made a duty."""
    found = MODAL.search(text)
    key = " ".join(found[0].lower().split()) if found else ""
    if (
        found
        and key in _MODALITIES
        and not NO_ONE.search(text[: found.start()])
        and not text[found.end() :].startswith(" only")
    ):
        be = "are" if plural(text[: found.start()]) else "is"
        other = rng.choice(_MODALITIES[key]).format(is_=be, **{"is": be})
        yield Variant(text=put(text, found, like(found["modal"], other)))
    yield from _each(_PHRASED, text, rng)


def negations(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with a "not" put after its first verb, or taken out; "No" and "Yes" in reply to a question."""
    found = MODAL.search(text)
    if found and found["no"]:
        yield Variant(text=put(text, found, found["modal"]))
    elif found:
        no = "not" if found["modal"] != "can" else ""
        yield Variant(text=put(text, found, f"{found['modal']} {like(found['modal'], no)}" if no else "cannot"))
    else:
        be = re.search(r"\b(?P<be>is|are|was|were)\b(?P<no> not)?", text)
        if be and not re.search(r"\b(?:that|which|who)\b", text[: be.start()]):
            yield Variant(text=put(text, be, be["be"] if be["no"] else f"{be['be']} not"))
    none = re.match(r"No (?=[a-z ]{3,40} (?:shall|may|must)\b)", text)
    if none:
        yield Variant(text=put(text, none, rng.choice(("Any ", "Every "))))


def named(actor: str, *, many: bool) -> str:
    """Return an actor, in the plural where wanted."""
    return (_PLURALS.get(actor) or f"{actor}s") if many and actor not in _UNNAMED else actor


def actors(text: str, rng: random.Random, *, group: str) -> Iterator[Variant]:
    """Yield the text with another party as its subject, as the doer after "by", or as the one acted upon."""
    for own in _ACTORS[group]:
        for many in (False, True):
            word = re.escape(named(own, many=many))
            pattern = (
                rf"(?:(?P<before>(?:^|\b(?:by|to|from|with) )(?:[Tt]he |[Ee]ach |[Aa]ny |[Aa]n? |[Aa]ll )?)(?P<own>{word})"
                rf"(?=\.| (?:shall|must|may|should|will|can|SHALL|SHOULD|MAY|MUST|to|and|or|in|for|within|before|after|if|is|are|has)\b))"
            )
            found = re.search(pattern, text, re.IGNORECASE if many or own.islower() else 0)
            if not found or (many and own in _UNNAMED):
                continue
            other = _other_actor(own, text, group, rng)
            if other:
                yield Variant(text=put(text, found, _placed(found["before"], named(other, many=many), other)))


def _other_actor(own: str, text: str, group: str, rng: random.Random) -> str | None:
    """Another party of the group that the text does not name, nor one that may be the same."""
    low = text.lower()
    fit = [
        each
        for each in _ACTORS[group]
        if each != own
        and not any({each, own} <= same for same in _SAME)
        and each.lower() not in low
        and named(each, many=True).lower() not in low
    ]
    return rng.choice(fit) if fit else None


def _placed(before: str, name: str, actor: str) -> str:
    """The article and name of a party; agencies known by their letters take no article."""
    if actor in _UNNAMED:
        return re.sub(r"(?:the|each|any|an?|all) $", "", before, flags=re.IGNORECASE) + name
    if re.search(r"\ban? $", before, re.IGNORECASE):
        before = re.sub(r"\ban? $", "a " if name[0].lower() not in "aeio" else "an ", before, flags=re.IGNORECASE)
    bare = not re.search(r"(?:the|each|any|an?|all) $", before, re.IGNORECASE) and not name.endswith("s")
    return f"{before}{'the ' if bare else ''}{name}"


def conditions(text: str, rng: random.Random, *, others: Sequence[str]) -> Iterator[Variant]:
    """Yield the text without its condition, or with one of `others` in its place."""
    last, first = CONDITION_LAST.match(text), CONDITION_FIRST.match(text)
    for found in (last, first):
        if (
            found
            and re.search(r"\b(?:shall|must|may|should|will|can|is|are)\b", found["body"], re.IGNORECASE)
            and not _POINTS.match(found["body"])
        ):
            yield Variant(text=tidy(found["body"]))
            fresh = [each for each in others if each.lower() not in text.lower()]
            if fresh and found is last:
                yield Variant(text=tidy(f"{found['body']} {found['word']} {rng.choice(fresh)}"))
            elif fresh:
                yield Variant(text=tidy(f"{found['word']} {rng.choice(fresh)}, {found['body']}"))


def condition_of(text: str) -> str | None:
    """Return what the condition of a sentence says, fit to be put into another."""
    found = CONDITION_LAST.match(text) or CONDITION_FIRST.match(text)
    usable = (
        found
        and found["word"].lower() in {"if", "when", "where"}
        and not re.search(r"\b(?:it|they|such|this)\b", found["what"])
    )
    return found["what"] if found and usable else None


def exceptions(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text without its exception, or with one that it does not make."""
    for found in (_EXCEPTION_LAST.match(text), _EXCEPTION_FIRST.match(text)):
        if found and not _POINTS.match(found["body"]):
            yield Variant(text=tidy(found["body"]))
    if MODAL.search(text) and not _EXCEPTED.search(text) and len(text.split()) <= 30:
        yield Variant(text=tidy(text.rstrip(".") + rng.choice(_ADDED)))


def limits(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with only, except or unless put in or turned round."""
    yield from _each(_TURNED, text, rng)

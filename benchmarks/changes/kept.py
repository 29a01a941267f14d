"""Harmless rewrites: the same rule with another word of duty, voice, figure, unit, order, without an aside, or as an answer."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from changes.figures import AMOUNT, DURATION, PERCENT, VALUES
from changes.variant import MODAL, NO_ONE, Variant, like, plural, put, tidy
from changes.wording import CONDITION_FIRST, CONDITION_LAST

_ALIKE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\bis required to\b", ("must",)),
    (r"\bare required to\b", ("must",)),
    (r"\b(?:is|are) (?:permitted|allowed|authorized) to\b", ("may",)),
)
_IRREGULAR = {
    "make": "made",
    "send": "sent",
    "hold": "held",
    "pay": "paid",
    "keep": "kept",
    "give": "given",
    "take": "taken",
    "find": "found",
}


def _participle(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    return re.sub(r"(?<=[^aeiou])y$", "i", verb).removesuffix("e") + "ed"


_VERBS = (
    "approve issue perform determine establish provide publish maintain verify use appoint conduct complete require notify submit sign"
    " request prescribe make generate enforce impose adopt protect present send collect review manage process control validate accept"
    " administer assess assign authenticate authorize certify consider create define deliver develop disclose document encrypt evaluate"
    " file hold identify implement include inform inspect investigate keep monitor obtain operate pay prepare produce promulgate receive"
    " record register reject release remove report represent retain revoke select store support take track treat update waive"
).split()
_DONE = {verb: _participle(verb) for verb in _VERBS}
_BARE = {done: verb for verb, done in _DONE.items()}
_WITH_ADJECTIVE = frozenset("keep hold make consider".split())
"""Verbs whose object may have an adjective after it: \"keep it confidential\"."""
_WHO = r"(?:the|an?|each|any|CISA|DHS|verifiers|CSPs|RPs|agencies)(?: (?!and\b|or\b|that\b|which\b|who\b|to\b|in\b|for\b|at\b|on\b|via\b|as\b|with\b|within\b|by\b|from\b|using\b|when\b|if\b)[\w’'-]+){0,3}"  # noqa: E501
_PASSIVE = re.compile(
    r"^(?P<what>(?!No |.*\b(?:that|which|who)\b)[A-Z][^,;:()]{3,80}?) (?P<modal>shall|must|may|should|SHALL|MUST|MAY|SHOULD) (?:be|BE) "
    rf"(?P<verb>{'|'.join(_BARE)}) by (?P<who>{_WHO})(?P<rest>(?: (?:in|within|for|at|on|before|upon|to|if|as|via|using|when) [^;:]+)?)\.$"
)
_ACTIVE = re.compile(
    r"^(?P<who>(?:The|An?|Each|Any|All)(?: [\w’'-]+){1,3}|CISA|DHS|Verifiers|CSPs|RPs|Agencies"
    r"|Employers) (?P<modal>shall|must|may|should|SHALL|MUST|MAY|SHOULD) "
    rf"(?P<verb>{'|'.join(_DONE)}) (?P<what>(?:the|an?|each|any|all|its|their)(?: (?!and\b|or\b|that\b"
    rf"|which\b|who\b|to\b|as\b|where\b|when\b|if\b|unless\b|using\b|with\b|in\b|on\b|by\b|at\b|from\b|for\b|within\b|voluntarily\b|through\b|via\b|prior\b|before\b|after\b|under\b)[\w’'/-]+){{1,7}})\.$"
)
_ASIDES: tuple[re.Pattern[str], ...] = (
    re.compile(r" \((?![a-zA-Z0-9]{1,3}\)|if |unless |except|when |only |where |until |not )[^()]{4,120}\)"),
    re.compile(r",? (?:pursuant to|in accordance with|as (?:defined|described|specified|set forth|discussed|detailed) (?:in|by|under)) (?:§+|[Ss]ections?|Sec\.|subsections?|paragraphs?|this|chapter|title|\[?SP)[^,;:]{0,60}?(?=\.$|, )"),  # noqa: E501
    re.compile(r", (?:such as|including|e\.g\.,|for example,?)(?!,) [^,;:()]{4,80}(?=\.$)"),
)  # fmt: skip
_POINTS = re.compile(r"(?:they|it|he|she|his|her|their|its|this|these|such)\b")
_LEANS = re.compile(r"\b(?:it|they|so|not specified|neither)\b")
_BY_VALUE = {n: word for word, n in VALUES.items()}
_EQUAL = {
    "12 months": ("one year", "1 year"), "one year": ("12 months",), "1 year": ("12 months", "one year"), "2 weeks": ("14 days", "two weeks"),  # noqa: E501
    "two weeks": ("14 days", "2 weeks"), "14 days": ("two weeks", "2 weeks"), "7 days": ("one week",), "24 months": ("two years",),
    "2 years": ("24 months", "two years"), "two years": ("24 months", "2 years"), "3 years": ("36 months", "three years"),
    "60 minutes": ("one hour",), "48 hours": ("two days",), "72 hours": ("three days",), "6 months": ("half a year", "six months"),
    "5 years": ("60 months", "five years"), "30 minutes": ("half an hour", "thirty minutes"), "10 years": ("ten years",),
}  # fmt: skip


def modalities(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with another word for the same duty, permission or ban."""
    found = MODAL.search(text)
    if found and not NO_ONE.search(text[: found.start()]):
        other = _same_modal(found, text[: found.start()], text[found.end() :], rng)
        if other:
            yield Variant(text=put(text, found, other))
    for pattern, choices in _ALIKE:
        for each in re.finditer(pattern, text):
            yield Variant(text=put(text, each, rng.choice(choices)))


def _same_modal(found: re.Match[str], before: str, after: str, rng: random.Random) -> str | None:
    """Other words for a modal verb; "may" of things that happen is left alone."""
    be, have = ("are", "have") if plural(before) else ("is", "has")
    low, negative = found["modal"].lower(), bool(found["no"])
    if low in {"shall", "must"} and negative:
        return rng.choice([each for each in ("must not", "shall not", "may not") if not each.startswith(low)])
    if low in {"shall", "must"}:
        return rng.choice(["must" if low == "shall" else "shall", f"{be} required to", f"{have} to"])
    if low == "may" and negative and after.startswith((" require", " be", " need")):
        return None
    if low == "may" and negative:
        return (
            rng.choice(("must not", "shall not"))
            if found["modal"] == "may" and not after.startswith(" be able")
            else None
        )
    if low == "may" and after.startswith(" be "):
        return "can"
    if low == "should" and not negative:
        return rng.choice(("ought to", like(found["modal"], "should") if found["modal"] != "SHOULD" else "should"))
    return None


def figures(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with a figure in words for digits, digits for words, or a mark for a word."""
    for found in DURATION.finditer(text):
        other = _respelled(found["value"])
        if other and found["gap"] == " ":
            yield Variant(text=put(text, found, f"{other} {found['sort'] or ''}{found['unit']}{found['s']}"))
    for found in re.finditer(
        r"(?<![\w.,$§/–-])(?<!tep )(?P<value>\d{1,2}|two|three|four|five|six|seven|eight"
        r"|ten) (?=[a-z]{3,}s\b)(?!days|hours|months|years|minutes|weeks)",
        text,
    ):
        other = _respelled(found["value"])
        if other:
            yield Variant(text=put(text, found, f"{other} "))
    for found in PERCENT.finditer(text):
        mark = " percent" if "%" in found["mark"] else "%"
        value = found["value"] if found["value"].lower() not in VALUES else str(VALUES[found["value"].lower()])
        yield Variant(text=put(text, found, f"{value}{mark}"))


def _respelled(value: str) -> str | None:
    if value.lower() in VALUES:
        return str(VALUES[value.lower()])
    return _BY_VALUE.get(int(value.replace(",", "")))


def units(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with the same figure in another unit or another spelling of its unit."""
    for plain, others in _EQUAL.items():
        for found in re.finditer(rf"(?<![\w.-]){plain}\b(?!\)| of age| old)", text, re.IGNORECASE):
            yield Variant(text=put(text, found, rng.choice(others)))
    for found in AMOUNT.finditer(text):
        sum_ = found["value"] + (found["cents"] or "")
        yield Variant(text=put(text, found, rng.choice((f"{sum_} dollars", f"USD {sum_}", f"US${sum_}"))))
    for found in DURATION.finditer(text):
        if found["unit"] == "day" and found["gap"] == " " and not found["sort"] and found["s"]:
            yield Variant(text=put(text, found, f"{found['value']} calendar days"))


def voices(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the passive in the active voice and the reverse, where doer, verb and object are plain."""
    passive, active = _PASSIVE.match(text), _ACTIVE.match(text)
    if passive:
        verb, what = _BARE[passive["verb"]], passive["what"]
        low = what[0].lower() + what[1:] if what[1:2].islower() or what[1:2] == " " else what
        made = f"{passive['who'].strip()} {passive['modal'].lower()} {verb} {low}{passive['rest']}"
        yield Variant(text=tidy(made))
    if active and active["verb"] not in _WITH_ADJECTIVE and not re.match(r"(?:its|their)\b", active["what"]):
        who = active["who"]
        made = f"{active['what'].strip()} {active['modal'].lower()} be {_DONE[active['verb']]} by {who[0].lower() + who[1:] if not who[:2].isupper() else who}"  # noqa: E501
        yield Variant(text=tidy(made))


def orders(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text with its condition at the other end."""
    last, first = CONDITION_LAST.match(text), CONDITION_FIRST.match(text)
    if (
        last
        and last["word"] in {"if", "in the event that"}
        and "," not in last["body"]
        and _LEANS.search(last["what"]) is None
    ):
        body = last["body"]
        opens = re.match(r"(?:The|An?|Each|Any|All) ", body)
        if (opens or body[:2].isupper()) and MODAL.search(body):
            low = body[0].lower() + body[1:] if opens else body
            yield Variant(text=tidy(f"{last['word']} {last['what']}, {low}"))
    plain = first and first["word"] in {"If", "When", "Where", "In the event that"} and "," not in first["body"]
    if first and plain and not _POINTS.match(first["body"]) and not _LEANS.search(first["what"]):
        yield Variant(text=tidy(f"{first['body']} {first['word'].lower()} {first['what']}"))


def shortened(text: str, rng: random.Random) -> Iterator[Variant]:
    """Yield the text without an aside: a bracket, a "pursuant to section 5", a closing list of examples."""
    for pattern in _ASIDES:
        for found in pattern.finditer(text):
            made = tidy(text[: found.start()] + text[found.end() :])
            if len(made.split()) >= 6:
                yield Variant(text=made)

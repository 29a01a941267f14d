"""Says what a rule says in another form ("has 30 days to file", "the maximum fine is $500"), or in a form that it refutes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from verify.training.figures import Slot, other_value, put, slots
from verify.training.perturb import SUBJECT

_DUTY = re.compile(SUBJECT.pattern + r"(shall|must|may)( not)? ([a-z]+ .+?)\.?$")
_WITHIN = re.compile(
    r"^(.+?),? (?:within|not later than|no later than) (\S+ (?:\S+ )?(?:days?|months?|years?|hours?|weeks?))\b(.*)$"
)
_CEILING = re.compile(
    r"^(The|An?|Each|Any) ([a-z][^,;:]{3,60}?) (?:shall|may|must) not (?:exceed|be (?:more|greater) than) (.{2,40}?)(?=[,;.]|$)"
)
_FLOOR = re.compile(
    r"^(The|An?|Each|Any) ([a-z][^,;:]{3,60}?) (?:shall|must) be (?:at least|not less than|no less than) (.{2,40}?)(?=[,;.]|$)"
)
_FINE = re.compile(
    r"(?:fined?|penalty)[^.;]{0,30}? (?:of |not |no |in an amount )*(?:more than|to exceed|exceeding) (\$[\d,]+)"
)
_PRISON = re.compile(r"imprison(?:ed|ment)[^.;]{0,30}? (?:more than|to exceed|exceeding) (\S+ (?:days|months|years?))")
_AGE = re.compile(
    r"(?:at least|not less than|attained the age of|reached the age of) (\w+)(?: years of age| years old)?\b"
)
_GUARDED = re.compile(
    r"\b(?:not|no|only|unless|except|if|until|without|nor|neither|none|any|less|fewer|all|every|each)\b", re.IGNORECASE
)
_LAST = re.compile(
    r",? (?:within|by|before|after|during|for|in|at|on|through|under|with|from|upon|as) [^,;:.]{6,70}\.$"
)
_IF_FIRST = re.compile(r"^(If|When|Unless|Upon|After|Before) ([^,;:]{8,120}), (.{15,})\.$")
_IF_LAST = re.compile(r"^(.{15,}?),? (if|when|unless) ([^,;:]{8,120})\.$")


def restated(sentence: str, rng: random.Random) -> list[tuple[str, bool]]:
    """Other forms of a sentence, each with whether the sentence supports it."""
    return [*_limits(sentence), *_times(sentence, rng), *_duties(sentence), *_order(sentence), *_shorter(sentence)]


def _limits(sentence: str) -> Iterator[tuple[str, bool]]:
    """Yield ceilings and floors by name."""
    for pattern, name, wrong in ((_CEILING, "maximum", "minimum"), (_FLOOR, "minimum", "maximum")):
        m = pattern.match(sentence)
        if m:
            yield f"The {name} {m.group(2)} is {m.group(3)}.", True
            yield f"The {wrong} {m.group(2)} is {m.group(3)}.", False
    for pattern, noun in ((_FINE, "fine"), (_PRISON, "term of imprisonment")):
        m = pattern.search(sentence)
        if m:
            yield f"The maximum {noun} is {m.group(1)}.", True
            yield f"The {noun} can be up to {m.group(1)}.", True
            yield f"The minimum {noun} is {m.group(1)}.", False
            yield f"The {noun} is at least {m.group(1)}.", False
    m = _AGE.search(sentence)
    if m and "age" in sentence:
        yield f"The minimum age is {m.group(1)}.", True
        yield f"The maximum age is {m.group(1)}.", False


def _times(sentence: str, rng: random.Random) -> Iterator[tuple[str, bool]]:
    """Yield "has 30 days to ..." for "shall ... within 30 days", with right and wrong figures."""
    m = _DUTY.match(sentence)
    inner = _WITHIN.match(m.group(4)) if m and not m.group(3) else None
    if m is None or inner is None:
        return
    action, time, rest = inner.groups()
    have = "have" if m.group(1).endswith("s") and not m.group(1).endswith("ss") else "has"
    wrong = _changed(time, rng)
    short = rest if rng.random() < 0.5 else ""
    yield f"{m.group(1)} {have} {time} to {action}{short}.", True
    yield f"The deadline for {_mid(m.group(1))} to {action} is {time}{rest}.", True
    yield f"{m.group(1)} must {action} within {time}{short}.", True
    if wrong:
        yield f"{m.group(1)} {have} {wrong} to {action}{short}.", False
        yield f"The deadline for {_mid(m.group(1))} to {action} is {wrong}{rest}.", False
    yield f"{m.group(1)} must wait {time} before it can {action}.", False


def _changed(time: str, rng: random.Random) -> str | None:
    found: list[Slot] = slots(time)
    value = other_value(found[0], [], rng) if found else None
    return put(time, found[0], value) if value else None


def _duties(sentence: str) -> Iterator[tuple[str, bool]]:
    """Yield duties, permissions and bans in other words."""
    m = _DUTY.match(sentence)
    if m is None or m.group(4).startswith("be ") or re.match(r"No\b", m.group(1)):
        return
    actor, modal, negative, action = m.groups()
    who = _mid(actor)
    if negative:
        yield f"It is prohibited for {who} to {action}.", True
        yield f"{actor} is not allowed to {action}.", True
        yield f"It is permitted for {who} to {action}.", False
    elif modal == "may":
        yield f"It is permitted for {who} to {action}.", True
        yield f"{actor} has the option to {action}.", True
        yield f"{actor} is prohibited from choosing to {action}.", False
        yield f"It is forbidden for {who} to {action}.", False
    else:
        yield f"It is the duty of {who} to {action}.", True
        yield f"{actor} is obliged to {action}.", True
        yield f"{actor} can choose not to {action}.", False
        yield f"There is no requirement for {who} to {action}.", False


def _order(sentence: str) -> Iterator[tuple[str, bool]]:
    """Yield the sentence with its condition moved to the other end, or turned round."""
    first, last = _IF_FIRST.match(sentence), _IF_LAST.match(sentence)
    if first:
        word, condition, rest = first.groups()
        yield f"{_upper(rest)} {word.lower()} {condition}.", True
        if word == "If":
            yield f"{_upper(rest)} unless {condition}.", False
    elif last:
        rest, word, condition = last.groups()
        yield f"{_upper(word)} {condition}, {_mid(rest)}.", True
        yield f"{'Unless' if word != 'unless' else 'If'} {condition}, {_mid(rest)}.", False


def _shorter(sentence: str) -> Iterator[tuple[str, bool]]:
    """Yield the sentence without its last adverbial phrases, where nothing in it forbids that."""
    if _GUARDED.search(sentence):
        return
    for _ in range(3):
        m = _LAST.search(sentence)
        if m is None or m.start() < 35:
            return
        sentence = sentence[: m.start()] + "."
        yield sentence, True


def _mid(text: str) -> str:
    return text[0].lower() + text[1:] if text.split()[0] in {"The", "A", "An", "Each", "Every", "Any", "No"} else text


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]

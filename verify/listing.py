"""Lists in a passage: each item with the words that lead in to it, so that "(c) reconcile …" says who must.

A lead-in is a sentence that ends in a colon or dash; items open with a mark, and an item that ends so leads in to a list within it. Lists
whose items hold only together are left alone: conditions ("if:", "where:"), alternatives of a duty ("must: (a) …; or (b) …").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from verify.modality import Modality, modals
from verify.sentence import parts

_OPENS = re.compile(r"[:—–]\s*-?\s*$")
_MARK = re.compile(
    r"\s*(?:\((?P<in>[A-Za-z]{1,4}|\d{1,2})\)|(?P<out>[A-Za-z]|[ivx]{1,4}|\d{1,2})[.)]|(?P<dot>[•*–—-]))\s+(?=\S)"
)
_INLINE = re.compile(
    r"(?:(?<=[:;,—–]\s)|(?<=[;,]\sand\s)|(?<=[;,]\sor\s)|(?<=\sand\s)|(?<=\sor\s))\((?P<mark>[a-z]|[ivx]{1,4}|\d{1,2})\)\s+(?=[A-Za-z“\"])"
)
_CONDITION = re.compile(
    r"\b(?:if|where|when|whenever|unless|until|provided|except|only|in\s+which|such\s+that|in\s+the\s+event|so\s+long\s+as|as\s+long\s+as)\b",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"\b(?:must|shall|may|can|cannot|should|will|need\s+not|(?:is|are)\s+(?:\w+\s+)?to|(?:has|have)\s+to)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(?:either|one\s+of|any\s+of|both|sum|product|total|aggregate|combination|average|consists?\s+of|comprises?|equals?|equal\s+to"
    r"|(?:least|lesser|lower|lowest|greater|greatest|higher|highest|larger|smaller|earlier|later)\s+of|means|defined\s+as"
    r"|(?:who|whose|which|whom)\b[^,:]{0,40}|conditions?)\b[^:]{0,30}[:—–]?\s*-?\s*$",
    re.IGNORECASE,
)
_OR = re.compile(r"(?:[;,]\s*|\s)or\s*$", re.IGNORECASE)
_END = re.compile(r"[;,]?\s*(?:\b(?:and|or)\s*)?[;,]?\s*$")
_STOPS = re.compile(r"[;,.\s]+$")
_ANY_MARK = re.compile(r"(?:^|(?<=[\s;:,]))\(?([a-z]|[ivx]{1,4}|\d{1,2})[.)]\s", re.MULTILINE)
_ORDERS = (
    tuple("abcdefghijklmnopqrstuvwxyz"),
    ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"),
    tuple(str(number) for number in range(1, 31)),
)
_ROMAN = {"i": "h", "v": "u", "x": "w"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ListItem:
    """An item at `start` to `end` of its passage, mark and all; `said` is it without mark, `lead` what leads in to it."""

    start: int
    end: int
    said: str
    lead: str


@dataclass(slots=True)
class _Open:
    """A lead-in whose list goes on: the form of its items' marks and the last of them."""

    text: str
    form: str = ""
    last: str = ""


@lru_cache(maxsize=4_096)
def items(text: str, before: str = "") -> tuple[ListItem, ...]:
    """Return the items of the lists in `text` that hold each by itself, in order; `before` may lead in to the first list."""
    units = [span for part in parts(text) for span in _inline(text, part.start, part.end)]
    opened = [_Open(text=before.strip())] if _OPENS.search(before) else []
    found: list[ListItem] = []
    for start, end in units:
        mark = _MARK.match(text, start, end)
        if mark is None:
            opened = [_Open(text=_joined(text[start:end]))] if _OPENS.search(text[start:end]) else []
            continue
        _close(opened, mark)
        said = _joined(text[mark.end() : end])
        if _OPENS.search(said) and opened:
            opened.append(_Open(text=said))
        elif opened:
            lead = " ".join(each.text for each in opened)
            found.append(ListItem(start=start, end=end, said=_END.sub("", said), lead=lead))
        elif _OPENS.search(said):
            opened = [_Open(text=said)]
    return tuple(_apart(found, text))


@lru_cache(maxsize=4_096)
def lengths(text: str) -> frozenset[int]:
    """Return how many items the lists marked (a), (i) or (1) in `text` have."""
    found: set[int] = set()
    for order in _ORDERS:
        at = 0
        for mark in _ANY_MARK.findall(text):
            if mark == order[at % len(order)]:
                at += 1
            elif mark == order[0]:
                found.add(at)
                at = 1
        found.add(at)
    return frozenset(found - {0, 1})


def _inline(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence cut before the marks of a list that runs on in it."""
    marks = list(_INLINE.finditer(text, start, end))
    running = len(marks) > 1 and marks[0]["mark"] in {"a", "i", "1"} and marks[1]["mark"] in {"b", "ii", "2"}
    cuts = [found.start() for found in marks] if running else []
    return list(zip([start, *cuts], [*cuts, end], strict=True))


def _close(opened: list[_Open], mark: re.Match[str]) -> None:
    """End the lists that an item of this mark does not belong to, and note the mark on the one it does."""
    last = mark["in"] or mark["out"] or mark["dot"]
    while len(opened) > 1 and opened[-1].form not in {"", _form(last, opened[-1])}:
        opened.pop()
    if opened:
        opened[-1].form, opened[-1].last = _form(last, opened[-1]), last


def _form(mark: str, within: _Open) -> str:
    """The kind of a mark: digit, letter, roman or bullet; "(i)" after "(h)" is a letter."""
    if mark.isdigit():
        return "digit"
    if not mark.isalpha():
        return "bullet"
    low = mark.lower()
    roman = set(low) <= set("ivx") and not (within.form == "letter" and within.last.lower() == _ROMAN.get(low))
    return "roman" if roman else "letter"


def _apart(found: Sequence[ListItem], text: str) -> list[ListItem]:
    """The items whose list holds item by item."""
    either = {each.lead for each in found if _OR.search(_STOPS.sub("", text[each.start : each.end]))}
    return [each for each in found if not together(each.lead) and not (each.lead in either and _binds(each.lead))]


def together(lead: str) -> bool:
    """Return whether the items of a lead-in hold only together: it ends in a condition, a sum, "who:" or "means:"."""
    conditions = list(_CONDITION.finditer(lead))
    return _WHOLE.search(lead) is not None or (bool(conditions) and not _ACTS.search(lead, conditions[-1].end()))


def _binds(lead: str) -> bool:
    """Whether a lead-in puts a duty, of which alternatives may be chosen, rather than a permission or a ban."""
    kinds = [modality for modality, _ in modals(lead)]
    return not kinds or kinds[-1] not in {Modality.PERMISSION, Modality.ABILITY, Modality.BAN, Modality.EXEMPTION}


def _joined(text: str) -> str:
    return " ".join(text.split())

"""The words of a text that carry meaning, cut to stems: what overlap is measured in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?(?:[.,]\d+)*%?")
_NON = re.compile(r"\bnon[-–\s](?=[a-z])")
_STOP = frozenset(
    "a an the of to in on at by for from with and or not no nor is are was were be been being am has have had having do does did will"
    " would can could may might must shall should that this these those there it its they their them he his him she her we our us you"
    " your i my me as which who whom whose what when where why how if than then so such any all also into over under about upon per"
    " each every both either neither only more most less least very cannot yes s t".split()
)
_ALIKE = {
    "dollars": "$", "dollar": "$", "percent": "%", "business": "work", "working": "work", "jan": "januar", "feb": "februa",
    "statute": "law", "laws": "law", "shall": "must", "persons": "person", "people": "person", "children": "child", "men": "man",
    "women": "woman", "ineligible": "eligib", "unlawful": "lawful", "invalid": "valid", "pays": "pay", "paid": "pay", "lies": "lie",
    "made": "make", "given": "give", "gave": "give", "sent": "send", "held": "hold", "kept": "keep", "taken": "take",
    "began": "begin", "begun": "begin", "chosen": "choose", "written": "write", "bought": "buy", "sold": "sell", "won": "win",
    "met": "meet", "left": "leave", "lost": "lose", "found": "find", "paying": "pay", "payment": "pay", "payable": "pay",
    "application": "apply", "applications": "apply", "applied": "apply", "applies": "apply", "applying": "apply",
}  # fmt: skip
_PARTY = re.compile(
    r"(employ|licens|less|mortgag|train|pay|grant|transfer|assign|oblig|guarant|trust|appoint|refer|interview|borrow|lend)(ee|or|er)s?$"
)
"""The two parties of a relation, which a stem must not confound."""
STEM = 6


def words(text: str) -> list[str]:
    """Return the words of `text` in lower case, in order."""
    return _WORD.findall(_NON.sub("non", text.lower().replace("’", "'")))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return a word without its ending, cut to STEM letters: "notified" and "notification" come close to one another."""
    word = word.lower().removesuffix("'s")
    if word in _ALIKE:
        return _ALIKE[word]
    party = _PARTY.match(word)
    if party:
        return f"{party[1][:4]}+{party[2][-1]}"
    if word[:1].isdigit():
        return word.replace(",", "").rstrip(".")
    for ending, instead in (
        ("ies", "y"),
        ("ied", "y"),
        ("sses", "ss"),
        ("ing", ""),
        ("ed", ""),
        ("ly", ""),
        ("es", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            break
    word = word.removesuffix("e") if len(word) > 4 else word
    return word[:STEM]


def stems(text: str) -> list[str]:
    """Return the stems of the content words of `text`, in order, repeats kept."""
    return [stem(word) for word in words(text) if word not in _STOP]


@lru_cache(maxsize=32_768)
def content(text: str) -> frozenset[str]:
    """Return the stems of the words of `text` that carry meaning."""
    return frozenset(stems(text))


def overlap(claim: str, evidence: str) -> float:
    """Return the share, 0 to 1, of the claim's content words that stand in the evidence; 0 for a claim without any."""
    return share(content(claim), content(evidence))


def share(wanted: Iterable[str], found: frozenset[str]) -> float:
    """Return the share, 0 to 1, of `wanted` in `found`; 0 when nothing is wanted."""
    wanted = frozenset(wanted)
    return len(wanted & found) / len(wanted) if wanted else 0.0

"""Names and acronyms of a claim that the evidence does not know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from verify.numeral import number
from verify.verdict import Finding
from verify.words import stem, words

_WORD = r"[A-Z][\w'’&.-]*(?:\(e?s\)|\w)"
_NAME = re.compile(rf"\b{_WORD}(?:\s+(?:(?:of|for|and|the|de|&)\s+){{0,2}}{_WORD})*")
_OWN = re.compile(
    rf"(?P<phrase>{_WORD}(?:\s+(?:(?:of|for|and|the|to|in|&)\s+){{0,2}}{_WORD})+)\s+\((?P<short>[A-Z][\w.&-]{{1,9}})\)"
)
"""A phrase with the abbreviation that the claim itself gives it."""
_PREFIX = re.compile(r"\b[Nn]on[-–‑]")
_ARTICLE = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)
_COMMON = frozenset(
    "the a an any all each every no if when where under in for at on after before during according to as once unless with what which who"
    " yes shall should must may can will not required recommended optional i it they he she we you this"
    " that these those there such both only also applicants applicant employees employee tenants tenant"
    " citizens residents persons person members member parents students families january february march april may june july august"
    " september october november december usd sgd eur gbp aud cad hkd jpy inr chf nzd myr us rule rules section sections article articles"
    " paragraph paragraphs regulation regulations chapter chapters schedule appendix annex clause monday tuesday wednesday thursday friday saturday sunday".split()  # noqa: E501
)


def names_missing(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for each name of the claim with a word that stands nowhere in the evidence, in any case or form."""
    claim, evidence = folded(claim), folded(evidence)
    known = frozenset(stem(word) for word in (*words(evidence), *words(_PREFIX.sub("", evidence))))
    letters = _initials(evidence)
    own = _abbreviations(claim)
    for found in _NAME.finditer(claim):
        name = _ARTICLE.sub("", re.sub(r"['’]s$", "", found[0]))
        opening = found.start() == 0 or claim[: found.start()].rstrip().endswith((":", ".", "“", '"'))
        missing = [
            word
            for word in _proper(name, opening=opening)
            if not _known(word.lower(), known) and word.lower() not in own
        ]
        if not missing or _abbreviated(name, letters, evidence):
            continue
        yield Finding(
            rule="name", conflict=True, detail=f"“{name}” is not in the evidence", claim_text=" ".join(missing)
        )


def _abbreviations(claim: str) -> frozenset[str]:
    """The abbreviations that a claim gives to phrases of its own, whose initials they hold: "Countercyclical Capital Buffer (CCyB)"."""
    pairs = ((found["phrase"], found["short"]) for found in _OWN.finditer(claim))
    held = ((re.sub(r"[^A-Z]", "", short), short, phrase) for phrase, short in pairs)
    return frozenset(
        short.lower()
        for capitals, short, phrase in held
        if len(capitals) > 1 and "".join(word[0] for word in phrase.split() if word[0].isupper()).endswith(capitals)
    )


def folded(text: str) -> str:
    """Return a text without accents: "Maiziere" is "Maizière"."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _known(word: str, known: frozenset[str]) -> bool:
    """Whether a word, or the country or people it is made from ("Chinese" from "China"), is known."""
    if stem(word) in known or word in known or (word.endswith("s") and word[:-1] in known):
        return True
    root = word[:4] if re.search(r"(?:ese|ish|ian|an|ch)$", word) and len(word) > 5 else None
    return root is not None and any(each.startswith(root) for each in known)


def _proper(name: str, *, opening: bool) -> list[str]:
    """The words of a name that must be known; the first word of a sentence is capitalised whatever it is."""
    found = [word for word in re.findall(r"[^\W_][\w'’]*(?:\.\d+)*", _PREFIX.sub("", name)) if word[0].isupper()]
    found = [word for word in found if word.lower() not in _COMMON and number(word) is None]
    return found[1:] if opening and found and name.startswith(found[0]) and not found[0].isupper() else found


def _initials(text: str) -> frozenset[str]:
    """The initials of capitalised phrases: "Housing and Development Board" gives HDB and HADB."""
    made: set[str] = set()
    for found in _NAME.finditer(text):
        parts = re.findall(r"[^\W_]+", _ARTICLE.sub("", found[0]))
        made.add("".join(part[0] for part in parts if part[0].isupper()))
        made.add("".join(part[0] for part in parts).upper())
    return frozenset(made)


def _abbreviated(name: str, letters: frozenset[str], evidence: str) -> bool:
    """Whether an acronym stands for a phrase of the evidence, or a phrase for an acronym of it."""
    if name.isupper():
        return name in letters or name.replace(".", "") in letters
    initials = "".join(word[0] for word in name.split() if word[0].isupper())
    return len(initials) > 1 and re.search(rf"\b{re.escape(initials)}\b", evidence.replace(".", "")) is not None

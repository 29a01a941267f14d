"""Words that say the contrary of one another: "before" for "after", "employer" for "employee"."""

from __future__ import annotations

from collections.abc import Iterator

from verify.verdict import Finding
from verify.words import content, stem, words

_PAIRS = (
    "before/after before/upon increase/decrease increase/reduce raise/lower maximum/minimum heavier/lighter longer/shorter older/younger"
    " higher/lower above/below more/less more/fewer earliest/latest first/last include/exclude"
    " included/excluded accept/reject approve/reject"
    " approve/refuse approved/refused approved/rejected grant/refuse grant/deny granted/denied granted/refused permitted/prohibited"
    " allowed/prohibited mandatory/optional mandatory/voluntary required/optional required/voluntary compulsory/voluntary public/private"
    " internal/external written/oral written/verbal start/end begin/end begins/ends open/closed"
    " entry/exit employer/employee landlord/tenant"
    " lessor/lessee licensor/licensee buyer/seller lender/borrower plaintiff/defendant import/export temporary/permanent urban/rural"
    " whole/half full/half full/partial over/under direct/indirect refundable/non-refundable taxable/exempt with/without"
    " inside/outside within/outside majority/minority greater/lesser greater/less greater/smaller earlier/later"
    " stronger/weaker higher/lesser sooner/later faster/slower narrower/broader upper/lower"
)
_OPPOSITES: dict[str, set[str]] = {}
for _pair in _PAIRS.split():
    _one, _other = (word.replace("-", "") for word in _pair.split("/"))
    _OPPOSITES.setdefault(_one, set()).add(_other)
    _OPPOSITES.setdefault(_other, set()).add(_one)


def contrary(one: str, other: str) -> bool:
    """Return whether two words in lower case say the contrary of one another."""
    return other.replace("-", "") in _OPPOSITES.get(one.replace("-", ""), ())


def opposites(claim: str, evidence: str) -> Iterator[Finding]:
    """Yield a conflict for a word whose contrary stands in the evidence in its place, beside the same word, and it does not."""
    said, there = _words(claim), _words(evidence)
    for i, word in enumerate(said):
        beside = _beside(said, i)
        for other in sorted(_OPPOSITES.get(word, set()) & set(there)):
            if _stands(other, beside, there) and (not _stands(word, beside, there) or _nearer(said, i, other, there)):
                detail = f"the claim says “{word}”, the evidence “{other}”"
                yield Finding(rule="opposite", conflict=True, detail=detail, claim_text=word, evidence_text=other)


def _stands(word: str, beside: set[tuple[int, str]], text: list[str]) -> bool:
    """Whether a word stands in a text beside one of some neighbours."""
    return any(each == word and _beside(text, i) & beside for i, each in enumerate(text))


def _nearer(said: list[str], i: int, other: str, there: list[str]) -> bool:
    """Whether what follows a word in the claim follows its contrary, rather than the word itself, in the evidence."""
    wanted = _following(said, i)

    def most(word: str) -> int:
        return max((len(wanted & _following(there, j)) for j, each in enumerate(there) if each == word), default=0)

    return most(other) > most(said[i])


def _following(text: list[str], i: int) -> frozenset[str]:
    return content(" ".join(text[i + 1 : i + 5]))


def _words(text: str) -> list[str]:
    joined = text.replace("full-time", "fulltime").replace("part-time", "parttime")
    return [
        word
        for word in words(joined)
        if word not in {"the", "a", "an", "any", "of", "to", "and", "or", "is", "are", "be"}
    ]


def _beside(text: list[str], i: int) -> set[tuple[int, str]]:
    """The stems right before and right after a word, with their side."""
    return {(side, stem(text[i + side])) for side in (-1, 1) if 0 <= i + side < len(text)}


def contrary_of(word: str) -> list[str]:
    """Return the words that say the contrary of a word in lower case, in order."""
    return sorted(_OPPOSITES.get(word.replace("-", ""), ()))

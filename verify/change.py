"""`Change`: one place where a copy departs from its sentence, what only moved left out, and how it is told as a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from verify.sign import Sign
from verify.verdict import Finding

_AUXILIARIES = frozenset("is are was were has have had will would does do did".split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A run of signs gone from the sentence and the run that came in its place.

    `before` and `after` are the signs of the claim around it, light ones left out; `acts` tells that a modal or auxiliary follows.
    """

    gone: tuple[Sign, ...]
    come: tuple[Sign, ...]
    before: Sign | None
    after: Sign | None
    acts: bool = False

    @property
    def opens(self) -> bool:
        """Whether nothing but light words stands before it."""
        return self.before is None


def key_of(sign: Sign) -> tuple[str, str]:
    """Return what two signs that say the same have in common."""
    return ("word" if sign.kind == "light" else sign.kind, sign.key)


def departures(
    matcher: SequenceMatcher[tuple[str, str]], there: Sequence[Sign], said: Sequence[Sign]
) -> Iterator[Change]:
    """Yield the runs that differ; runs of light words alone are none."""
    for tag, a, b, c, d in matcher.get_opcodes():
        gone, come = tuple(there[a:b]), tuple(said[c:d])
        if tag == "equal" or not (heavy(gone) or heavy(come)):
            continue
        before = next((each for each in reversed(said[:c]) if each.kind != "light"), None)
        after = next((each for each in said[d:] if each.kind != "light"), None)
        acts = d < len(said) and (said[d].kind == "modal" or said[d].text.lower() in _AUXILIARIES)
        yield Change(gone=gone, come=come, before=before, after=after, acts=acts)


def heavy(run: Sequence[Sign]) -> list[Sign]:
    """Return the signs of a run that are not light."""
    return [each for each in run if each.kind != "light"]


def without_moves(changes: Sequence[Change]) -> tuple[list[Change], list[tuple[Sign, ...]]]:
    """The changes without runs that only stand elsewhere, and those runs."""
    left, moved = list(changes), []
    for i, each in enumerate(left):
        keys = [key_of(sign) for sign in heavy(each.come)]
        for j, other in enumerate(left):
            start = _place(keys, other.gone) if keys and j != i else None
            if start is not None:
                moved.append(each.come)
                left[j] = replace(other, gone=_cut(other.gone, start, len(keys)))
                left[i] = replace(left[i], come=())
                break
    return [each for each in left if heavy(each.gone) or heavy(each.come)], moved


def _place(keys: Sequence[tuple[str, str]], run: Sequence[Sign]) -> int | None:
    """Where the heavy signs of a run have these keys in a row."""
    own = [key_of(each) for each in heavy(run)]
    return next((i for i in range(len(own) - len(keys) + 1) if own[i : i + len(keys)] == list(keys)), None)


def _cut(run: Sequence[Sign], start: int, length: int) -> tuple[Sign, ...]:
    dropped = set(heavy(run)[start : start + length])
    return tuple(each for each in run if each not in dropped)


def text_of(run: Sequence[Sign]) -> str:
    """Return a run as written, at most 80 characters of it."""
    return " ".join(each.text for each in run)[:80]


def conflict(rule: str, come: Sequence[Sign], gone: Sequence[Sign], note: str = "") -> Finding:
    """Return a finding that says what came and what is gone."""
    said, there = text_of(come), text_of(gone)
    if said and there:
        detail = f"the claim says “{said}” where the evidence says “{there}”"
    elif said:
        detail = f"the claim puts in “{said}”, which the evidence does not say"
    else:
        detail = f"the claim leaves out “{there}”"
    return Finding(rule=rule, conflict=True, detail=f"{detail}{note}", claim_text=said, evidence_text=there)


def of_kind(run: Sequence[Sign], kind: str) -> list[Sign]:
    """Return the signs of a run of one kind."""
    return [each for each in run if each.kind == kind]

"""Judgements compared: the likeliest scores, the strongest judgement, what is left without a passage, a claim as its weakest part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verify.quotation import QUOTED
from verify.verdict import Entailment, Judgement, Verdict


def likeliest(scores: Sequence[Entailment]) -> Entailment:
    """Return the scores that entail most; a quotation has none of its own."""
    return max(scores, key=lambda each: each.entailment, default=QUOTED)


def rank(judgement: Judgement) -> tuple[bool, float]:
    """Return what readings of the same passages are ordered by: no rule against it, then support."""
    return not judgement.conflicts, judgement.support


def needed(judgement: Judgement, others: Sequence[Judgement]) -> Judgement:
    """Return the judgement with what is left of its support without each of its passages."""
    left = []
    for name in judgement.together:
        rest = set(judgement.together) - {name}
        less = [each.support for each in others if rest.issuperset(each.passages) and not each.conflicts]
        left.append(max(less, default=0.0))
    return replace(judgement, without=tuple(left))


def weakest(best: Sequence[Judgement], *, parts: tuple[str, ...]) -> Judgement:
    """Return the judgement of a claim by its parts: the weakest, on all the passages that the parts need."""
    worst = min(best, key=lambda each: each.support)
    names = tuple(dict.fromkeys(name for each in best for name in each.passages))
    many = names if len(names) > 1 else ()
    authority = min(each.authority for each in best)
    return replace(worst, together=many, without=(0.0,) * len(many), missing=(), authority=authority, parts=parts)


def strongest(verdict: Verdict) -> Judgement | None:
    """Return the judgement that supports most."""
    usable = [each for each in verdict.judgements if not each.conflicts]
    return max(usable, key=lambda each: each.support, default=None)

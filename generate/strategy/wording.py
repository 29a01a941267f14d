"""Whether a model's question says no more, no less and nothing else than the question drafted for a fact."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from generate.sample import Failure

if TYPE_CHECKING:
    from generate.strategy.focus import Focus

KEPT = 0.9
"""Share of the draft question's words of substance that the model's question must keep."""

NEW = 8
"""One word of substance that the draft has not is let pass for so many that it has."""

_WORD = re.compile(r"[A-Za-z0-9$€£][\w'’.,%-]*[\w%]|\w")
_NUMBER = re.compile(r"\d")
_EMPTY = frozenset(
    "a an the of to in on at by for from with and or as is are was were be been do does did has have had will would can could may might"
    " must shall should it its their his her they that this which who whom what when where how why many much not no any each every"
    " all if than then there so such within after before under about into per".split()
)
_EXACT = frozenset(
    re.sub(r"ing$", "", word)
    for word in "working business calendar consecutive least most only maximum minimum".split()
)
_ARTICLE = re.compile(r"\b(an?|the)\s([\w'’-]+)")
_FRAME = frozenset(
    "that which who whom whose is are was were be been do does did has have had will would can could may might must shall should".split()
)
"""Words that hold a question together: one put in makes another sentence of it."""


def check(question: str, focus: Focus) -> Failure | None:
    """Return what is wrong with a question as wording of the focus's own, None when nothing is.

    It must be a question, keep the draft's words of substance, add no number and hardly a word, repeat nothing, and not hold
    its answer.
    """
    words, wanted = _words(question), _words(focus.question)
    if not question.endswith("?") or question.count("?") > 1:
        return Failure(kind="not-a-question", message="the reply is not one question")
    new = substance(question) - substance(focus.question)
    if any(_NUMBER.search(word) for word in new) or (
        focus.answer.lower() in question.lower() and focus.answer.lower() not in focus.question.lower()
    ):
        return Failure(kind="gives-away", message=f"the question holds a figure or words of its answer: {sorted(new)}")
    put_in = Counter(word for word in words if word in _FRAME) - Counter(word for word in wanted if word in _FRAME)
    turned = _articles(question).items() - _articles(focus.question).items()
    swapped = {noun for noun, _ in turned} & _articles(focus.question).keys()
    if swapped:
        return Failure(
            kind="reworded", message=f"the question says “a” for “the”, or the reverse: {', '.join(sorted(swapped))}"
        )
    if put_in:
        told = f"the question puts in: {', '.join(sorted(put_in))}"
        return Failure(kind="reworded", message=told)
    if len(new) > len(substance(focus.question)) // NEW or len(words) > len(wanted) + 6:
        return Failure(kind="off-source", message=f"the question brings in words of its own: {', '.join(sorted(new))}")
    lost = substance(focus.question) - substance(question)
    if (
        lost & _EXACT
        or len(lost) > (1 - KEPT) * len(substance(focus.question))
        or _negations(words) != _negations(wanted)
    ):
        return Failure(kind="incomplete", message=f"the question leaves out: {', '.join(sorted(lost)) or 'a negation'}")
    counts, allowed = Counter(word for word in words if word not in _EMPTY), Counter(wanted)
    if any(count > max(1, allowed[word]) for word, count in counts.items()):
        return Failure(kind="repeats", message="the question repeats itself")
    return None


def _articles(text: str) -> dict[str, frozenset[str]]:
    """Return for each word behind an article whether it is "the" or "a", or both."""
    found: dict[str, set[str]] = {}
    for article, noun in _ARTICLE.findall(text.lower()):
        found.setdefault(noun, set()).add("the" if article == "the" else "a")
    return {noun: frozenset(articles) for noun, articles in found.items()}


def substance(text: str) -> set[str]:
    """Return the words of a text that carry its matter, in lower case and without plural and verb endings."""
    return {re.sub(r"(?:ies|es|s|ed|ing|e|y)$", "", word) or word for word in _words(text) if word not in _EMPTY}


def _words(text: str) -> list[str]:
    return [word.lower().rstrip(".,") for word in _WORD.findall(text)]


def _negations(words: Sequence[str]) -> int:
    return sum(word in {"not", "no", "never", "cannot", "without", "unless"} or word.endswith("n't") for word in words)

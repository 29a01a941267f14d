"""`Demonstration`: a worked example in the prompt, the ways to choose which ones to show, and the guard against copying them."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import SettingsError
from knowledge.identity import identify

if TYPE_CHECKING:
    import numpy as np

Embed = Callable[[Sequence[str]], "np.ndarray"]

COPIED_WORDS = 6
"""Words in a row that a sample may not share with a demonstration unless a source has them too."""

_WORD = re.compile(r"[\w'’%-]+")
_FIGURE = re.compile(r"[$€£]?\d[\d,.]*\d%?|\d%?")
_NAMED = re.compile(r"\b[A-Z][A-Za-z]{2,}(?:\s[A-Z][A-Za-z]{2,})+")
_VOTERS, _DISCOUNT = 8, 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Demonstration:
    """A question and answer as they should be written, with the source text they were written from (may be empty).

    `explanation` says why the answer follows; it is shown where the settings ask for explanations. `confidence` is how sure the judge
    was of it, 0 to 1, None when it was not judged.
    """

    question: str
    answer: str
    passage: str = ""
    explanation: str = ""
    confidence: float | None = None

    @property
    def id(self) -> str:
        """`dm_` and a digest of its texts."""
        return identify("dm", [self.question, self.answer, self.passage])

    @property
    def text(self) -> str:
        """Question and passage, by which it is compared."""
        return f"{self.question} {self.passage}".strip()


class Selection(StrEnum):
    """How demonstrations are chosen.

    None; at random; most similar to the passages; spread out from the most similar (k-centre); by votes of their neighbours (vote-k);
    least like what exists; informative: together they use most of the passages' telling words.
    """

    NONE = "none"
    RANDOM = "random"
    SIMILAR = "similar"
    DIVERSE = "diverse"
    VOTE_K = "vote-k"
    UNLIKE = "unlike"
    INFORMATIVE = "informative"


def select(
    demonstrations: Sequence[Demonstration],
    k: int,
    *,
    selection: Selection,
    query: str = "",
    embed: Embed | None = None,
    existing: Sequence[str] = (),
    seed: int = 0,
) -> list[Demonstration]:
    """Return at most `k` demonstrations for a prompt about `query`, the best last, next to the question.

    `embed` maps texts to L2-normalised rows; all but RANDOM and INFORMATIVE need it (ValueError without). DIVERSE takes the nearest
    first and then, each time, the one farthest from those taken (k-centre, Gonzalez 1985). VOTE_K takes, whatever the query, those that
    most others have among their nearest, discounting what is near to one taken (Su et al., arXiv 2209.01975, section 2.1). UNLIKE takes
    those farthest from the `existing` questions. INFORMATIVE covers the words of the query, rare ones first (Gupta et al., arXiv
    2305.14907, set-level coverage).
    """
    ordered = sorted(demonstrations, key=lambda demonstration: demonstration.id)
    if selection is Selection.NONE or k <= 0 or not ordered:
        return []
    if selection is Selection.RANDOM:
        key = int(identify("", [seed, query])[1:], 16)
        return random.Random(key).sample(ordered, min(k, len(ordered)))
    if selection is Selection.INFORMATIVE:
        return [ordered[i] for i in reversed(_covering([each.text for each in ordered], query, k))]
    if embed is None:
        raise ValueError(f"selection {selection.value} needs an embed function")
    known = list(existing) if selection is Selection.UNLIKE else []
    rows = embed([*(each.text for each in ordered), query, *known])
    vectors = rows[: len(ordered) + 1]
    near = vectors[:-1] @ vectors[-1]
    if selection is Selection.SIMILAR:
        best = sorted(range(len(ordered)), key=lambda i: (-float(near[i]), i))[:k]
    elif selection is Selection.DIVERSE:
        best = _spread(vectors[:-1], near, k)
    elif selection is Selection.VOTE_K:
        best = _voted(vectors[:-1], k)
    else:
        best = _unlike(vectors[:-1], rows[len(ordered) + 1 :], near, k)
    return [ordered[i] for i in reversed(best)]


def _spread(vectors: np.ndarray, near: np.ndarray, k: int) -> list[int]:
    chosen = [int(near.argmax())]
    closest = vectors @ vectors[chosen[0]]
    while len(chosen) < min(k, len(vectors)):
        closest[chosen] = float("inf")
        nearest = int(closest.argmin())
        chosen.append(nearest)
        closest = closest.clip(min=vectors @ vectors[nearest])
    return chosen


def _voted(vectors: np.ndarray, k: int) -> list[int]:
    """Return the examples with most votes; a voter that has a chosen one among its nearest counts ten times less for each."""
    likeness = vectors @ vectors.T
    nearest = {
        voter: {int(i) for i in (-likeness[voter]).argsort(kind="stable")[: _VOTERS + 1] if int(i) != voter}
        for voter in range(len(vectors))
    }
    chosen: list[int] = []
    while len(chosen) < min(k, len(vectors)):
        votes = dict.fromkeys(range(len(vectors)), 0.0)
        for _voter, friends in nearest.items():
            for friend in friends:
                votes[friend] += _DISCOUNT ** -len(friends & set(chosen))
        chosen.append(min((i for i in range(len(vectors)) if i not in chosen), key=lambda i: (-votes[i], i)))
    return chosen


def _unlike(vectors: np.ndarray, existing: np.ndarray, near: np.ndarray, k: int) -> list[int]:
    """Return the examples least like anything that exists, the query's nearest first among equals."""
    if not len(existing):
        return _spread(vectors, near, k)
    closest = (vectors @ existing.T).max(axis=1)
    return sorted(range(len(vectors)), key=lambda i: (round(float(closest[i]), 6), -float(near[i]), i))[:k]


def _covering(texts: Sequence[str], query: str, k: int) -> list[int]:
    """Return the examples that one after the other add most to the words of the query that are covered."""
    bags = [_terms(text) for text in texts]
    spread = Counter(term for bag in bags for term in bag)
    left = {term: log(1 + len(texts) / spread[term]) for term in _terms(query) if spread[term]}
    chosen: list[int] = []
    while len(chosen) < min(k, len(texts)):
        gains = [sum(left.get(term, 0.0) for term in bag) / (1 + len(bag)) ** 0.5 for bag in bags]
        chosen.append(min((i for i in range(len(texts)) if i not in chosen), key=lambda i: (-gains[i], i)))
        left = {term: weight for term, weight in left.items() if term not in bags[chosen[-1]]}
    return chosen


def _terms(text: str) -> set[str]:
    return {word for word in map(str.lower, _WORD.findall(text)) if len(word) > 3 or word.isdigit()}


def copied(text: str, demonstrations: Iterable[Demonstration], sources: Sequence[str]) -> str:
    """Return what a text takes from a demonstration and no source says: a figure, a name, or a run of words; "" for nothing."""
    known = " ".join(sources)
    known_runs = _runs(known)
    known_names = {word.lower() for word in _WORD.findall(known)}
    for each in demonstrations:
        shown = f"{each.question} {each.answer} {each.passage}"
        exact = [*_FIGURE.findall(each.answer), *_NAMED.findall(f"{each.question} {each.answer}")]
        for word in exact:
            if (
                word.lower() not in known_names
                and word not in known
                and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
            ):
                return str(word)
        runs = (_runs(text) & _runs(shown)) - known_runs
        if runs and _runs(text) and len(runs) * 2 > len(_runs(text)) // 2:
            return min(runs)
    return ""


def _runs(text: str) -> set[str]:
    words = [word.lower() for word in _WORD.findall(text)]
    return {" ".join(words[i : i + COPIED_WORDS]) for i in range(len(words) - COPIED_WORDS + 1)}


def read_demonstrations(path: Path) -> list[Demonstration]:
    """Return the demonstrations in a JSON Lines file: question, answer, and if there are, passage and explanation.

    Raises SettingsError naming file, line and remedy.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the demonstrations cannot be read ({error})") from error
    return [_read(line, where=f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _read(line: str, *, where: str) -> Demonstration:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise SettingsError(f"{where}: not JSON ({error.msg}); write one object a line") from error
    if not isinstance(data, dict) or not all(str(data.get(name) or "").strip() for name in ("question", "answer")):
        raise SettingsError(f'{where}: a demonstration needs a "question" and an "answer"')
    evidence = data.get("evidence")
    source = (
        evidence[0].get("text", "") if isinstance(evidence, list) and evidence and isinstance(evidence[0], dict) else ""
    )
    return Demonstration(
        question=str(data["question"]),
        answer=str(data["answer"]),
        passage=str(data.get("passage") or source),
        explanation=str(data.get("explanation") or data.get("reasoning") or ""),
    )

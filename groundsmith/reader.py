"""A small reader: it ranks the sentences of passages by how well each answers a question, and learns to from questions with answers.

A linear model over the vectors of question and sentence and a few counts, trained to pick the sentence that holds the answer
(softmax over a question's candidates, ListNet top one: Cao et al. 2007). It learns all it knows from the set: a reader that began with
good weights was as good after wrong answers as after right ones, and so could tell nothing about a set.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from knowledge.embed import query_vectors
from knowledge.fusion import fuse
from knowledge.lexical import LexicalIndex
from knowledge.sentence import sentences
from verify.words import content, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from knowledge.embed import Embedder

FOUND = 5
"""Passages looked into where a question comes without its own."""
RIGHT = 0.8
"""Share of the words of the shorter that a sentence and the answer have in common when the sentence is right."""
PULL = 0.01
"""Strength by which weights are held to 0. Chosen on the halves of SQuAD and PolicyQA that no benchmark of the product reports."""
STEPS, RATE = 150, 0.05
_BATCH = 2_000
_DENSE, _WORDS, _PLACE = 6.0, 6.0, 3.0
"""Weights of the untrained reader: cosine and shared words of the sentence; the same of its passage together."""
_FIGURE, _NAME = re.compile(r"\d"), re.compile(r"(?<=[\w,;:)] )[A-Z]\w+")
_ASKS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(asked, re.IGNORECASE), test)
    for asked, test in (
        (r"\b(?:when|what (?:year|date|day)|how (?:many|much|long|often))\b", lambda text: bool(_FIGURE.search(text))),
        (r"\bwho(?:m|se)?\b|\bwhere\b", lambda text: bool(_NAME.search(text))),
        (
            r"\bwhy\b|\bpurpose\b|\breason\b",
            lambda text: bool(re.search(r"\bbecause\b|\bin order to\b|\bto \w+", text)),
        ),
        (
            r"^(?:do|does|is|are|can|may|must|will)\b",
            lambda text: bool(re.search(r"\b(?:may|must|shall|will|not)\b", text)),
        ),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question with its answer, the passages it comes with (none: they are looked for), and how much it counts in training."""

    question: str
    answer: str
    contexts: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The candidates of a question: features (n, d), the likeness (n,) of each to the answer, and how much it counts."""

    features: NDArray[Any]
    likeness: NDArray[Any]
    weight: float = 1.0

    @property
    def right(self) -> NDArray[Any]:
        """Which candidates hold the answer or stand in it."""
        found: NDArray[Any] = self.likeness >= RIGHT
        return found


class Shelf:
    """The passages of a corpus with their sentences, vectors and word counts; candidates for questions come from here."""

    def __init__(self, passages: Sequence[str], embedder: Embedder) -> None:
        self._numbers = {text: number for number, text in enumerate(dict.fromkeys(passages))}
        self._passages = list(self._numbers)
        self._embedder = embedder
        cut = [[text[span.start : span.end] for span in sentences(text)] or [text] for text in self._passages]
        self._starts = np.concatenate([[0], np.cumsum([len(each) for each in cut])])
        self._sentences = [sentence for each in cut for sentence in each]
        self._vectors, self._wholes = self._embedded(self._sentences), self._embedded(self._passages)
        counts = Counter(word for sentence in self._sentences for word in content(sentence))
        self._rarity = {word: float(np.log((len(self._sentences) + 1) / count)) for word, count in counts.items()}
        self._lexical = LexicalIndex((str(number), "", text) for number, text in enumerate(self._passages))

    def _embedded(self, texts: Sequence[str]) -> NDArray[Any]:
        parts = [self._embedder.embed(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
        return np.concatenate([*parts, np.zeros((0, self._embedder.dimensions))]).astype(np.float32)

    def choices(self, asked: Sequence[Asked]) -> list[Choice]:
        """Return the candidates of each question: the sentences of its own passages, else of those found."""
        if not asked:
            return []
        vectors: NDArray[Any] = query_vectors(self._embedder, [each.question for each in asked])
        found = self._search(asked, vectors)
        return [self._choice(*each) for each in zip(asked, vectors, found, strict=True)]

    def _search(self, asked: Sequence[Asked], vectors: NDArray[Any]) -> list[list[int]]:
        """The passages of each question: its own, else the best of the rankings by meaning and by words."""
        found = [self._own(each) for each in asked]
        loose = [place for place, numbers in enumerate(found) if not numbers]
        lexical = self._lexical.search([asked[place].question for place in loose], 2 * FOUND) if loose else []
        for place, shared in zip(loose, lexical, strict=True):
            near = self._wholes @ vectors[place]
            best = np.argsort(-near, kind="stable")[: 2 * FOUND]
            fused = fuse([(str(number), float(near[number])) for number in best], shared)
            found[place] = [int(name) for name, _ in fused[:FOUND]]
        return found

    def _own(self, asked: Asked) -> list[int]:
        return [self._numbers[text] for text in asked.contexts if text in self._numbers]

    def _choice(self, asked: Asked, vector: NDArray[Any], found: Sequence[int]) -> Choice:
        rows = [self._rows(asked.question, vector, number) for number in found]
        texts = [self._sentences[place] for number in found for place in self._places(number)]
        likeness = np.array([likeness_of(text, asked.answer) for text in texts])
        features = np.concatenate(rows) if rows else np.zeros((0, self.width))
        return Choice(features=features.astype(np.float32), likeness=likeness, weight=asked.weight)

    @property
    def width(self) -> int:
        """Features of a candidate: the counts, then the products of the vectors' parts."""
        return _COUNTS + self._embedder.dimensions

    def _places(self, number: int) -> range:
        return range(int(self._starts[number]), int(self._starts[number + 1]))

    def _rows(self, question: str, vector: NDArray[Any], number: int) -> NDArray[Any]:
        """The features of a passage's sentences for a question."""
        wanted = content(question)
        whole = (float(self._wholes[number] @ vector) + self._shared(wanted, self._passages[number])) / 2
        places = self._places(number)
        counts = [
            (
                float(self._vectors[place] @ vector),
                self._shared(wanted, self._sentences[place]),
                whole,
                np.log1p(len(words(self._sentences[place]))) / 4,
                (place - places.start) / len(places),
                *_fits(question, self._sentences[place]),
            )
            for place in places
        ]
        products = self._vectors[places.start : places.stop] * vector * np.sqrt(len(vector))
        return np.concatenate([np.array(counts), products], axis=1)

    def _shared(self, wanted: frozenset[str], text: str) -> float:
        """The share of the question's words in a text, each by its rarity."""
        total = sum(self._rarity.get(word, 0.0) for word in wanted)
        return sum(self._rarity.get(word, 0.0) for word in wanted & content(text)) / total if total else 0.0


_COUNTS = 5 + len(_ASKS)


def _fits(question: str, sentence: str) -> tuple[float, ...]:
    """For each kind of question, whether it is one and the sentence has what it asks for."""
    return tuple(float(bool(asked.search(question)) and test(sentence)) for asked, test in _ASKS)


def likeness_of(sentence: str, answer: str) -> float:
    """Return the share, 0 to 1, of the words of content of the shorter text that the other has (overlap coefficient)."""
    one, other = content(sentence), content(answer)
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


def untrained(width: int) -> NDArray[Any]:
    """Return weights set by hand, of a reader that has seen no question: likeness in meaning and in words, added up."""
    weights = np.zeros(width)
    weights[:3] = _DENSE, _WORDS, _PLACE
    return weights


def train(choices: Sequence[Choice], *, width: int, pull: float = PULL) -> NDArray[Any]:
    """Return the weights that pick the sentence most like the answer, held to 0 by `pull`; Adam, full batch.

    Questions whose candidates share nothing with the answer teach nothing; where none teaches, the untrained weights are returned.
    """
    usable = [each for each in choices if len(each.likeness) > 1 and each.likeness.max() > 0]
    if not usable:
        return untrained(width)
    features = np.concatenate([each.features for each in usable]).astype(np.float64)
    starts = np.concatenate([[0], np.cumsum([len(each.likeness) for each in usable])[:-1]])
    sizes = np.diff([*starts, len(features)])
    goals = np.concatenate(
        [(each.likeness == each.likeness.max()) / (each.likeness == each.likeness.max()).sum() for each in usable]
    )
    share = np.repeat(np.array([each.weight for each in usable]), sizes) / sum(each.weight for each in usable)
    weights, speed, power = np.zeros(width), np.zeros(width), np.zeros(width)
    for step in range(1, STEPS + 1):
        scores = features @ weights
        scores = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
        chance = scores / np.repeat(np.add.reduceat(scores, starts), sizes)
        slope = features.T @ ((chance - goals) * share) + 2 * pull * weights
        speed, power = 0.9 * speed + 0.1 * slope, 0.999 * power + 0.001 * slope**2
        weights = weights - RATE * (speed / (1 - 0.9**step)) / (np.sqrt(power / (1 - 0.999**step)) + 1e-8)
    return weights


def read(choices: Sequence[Choice], weights: NDArray[Any]) -> NDArray[Any]:
    """Return the reciprocal rank, 0 to 1, of each question's best right candidate; 1 is right at once, 0 never."""
    ranks = np.zeros(len(choices))
    for number, each in enumerate(choices):
        if each.right.any():
            order = np.argsort(-(each.features @ weights), kind="stable")
            ranks[number] = 1 / (1 + int(np.argmax(each.right[order])))
    return ranks

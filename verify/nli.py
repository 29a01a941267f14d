"""`EntailmentModel`: does a premise entail a hypothesis? The port, a cache around any model, and a fake that counts words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from verify.verdict import Entailment
from verify.words import overlap, words

if TYPE_CHECKING:
    from verify.store import EntailmentCache

Pair = tuple[str, str]

_NEGATIONS = frozenset("not no never cannot nor without unless except".split())


class EntailmentModel(Protocol):
    """Judges pairs of premise and hypothesis.

    `name` identifies model and weights: two models with one name give equal answers, so it may key a cache.
    """

    name: str

    def entail(self, pairs: Sequence[Pair]) -> list[Entailment]:
        """Return one Entailment for each (premise, hypothesis), in order."""
        ...


class LexicalEntailment:
    """A deterministic stand-in for unit tests: entailment is the share of the hypothesis' words in the premise.

    A negation on one side only, with nearly all words shared, counts as contradiction. Not for real use: it knows no
    meaning.
    """

    name = "lexical"

    def entail(self, pairs: Sequence[Pair]) -> list[Entailment]:
        """Return word overlap as probabilities, for each pair."""
        return [_lexical(premise, hypothesis) for premise, hypothesis in pairs]


def _lexical(premise: str, hypothesis: str) -> Entailment:
    found = overlap(hypothesis, premise)
    negated = [bool(_NEGATIONS & set(words(text))) for text in (premise, hypothesis)]
    if negated[0] != negated[1] and found >= 0.8:
        return Entailment(entailment=0.05, neutral=0.1, contradiction=0.85)
    high = 0.98 * found**3
    return Entailment(entailment=high, neutral=(1 - high) * 0.9, contradiction=(1 - high) * 0.1)


class CachedEntailment:
    """A model that remembers: pairs judged before, in this process or another, are read from the cache."""

    def __init__(self, model: EntailmentModel, cache: EntailmentCache) -> None:
        self.name = model.name
        self._model = model
        self._cache = cache

    def entail(self, pairs: Sequence[Pair]) -> list[Entailment]:
        """Return one Entailment a pair; only pairs not in the cache reach the model, each once."""
        distinct = list(dict.fromkeys(pairs))
        known = self._cache.get(self.name, distinct)
        fresh = [pair for pair in distinct if pair not in known]
        if fresh:
            judged = dict(zip(fresh, self._model.entail(fresh), strict=True))
            self._cache.put(self.name, judged)
            known |= judged
        return [known[pair] for pair in pairs]

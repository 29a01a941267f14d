"""The stages of curation in turn, each on the rows that those before it left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from groundsmith.curation_rows import On, Rows, Tick, read_rows
from groundsmith.datasets import Dataset
from knowledge.errors import UsageError
from verify.consistency import disputes, neighbours
from verify.contamination import Overlap, leaks_of_meaning
from verify.filter import Filter, refused
from verify.repetition import Repeat, Texts, meaning
from verify.selection import Worth, take
from verify.weight import weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from groundsmith.rating import Rater
    from knowledge.embed import Embedder
    from verify.nli import EntailmentModel

COLUMNS: dict[str, type] = {
    "groundsmith_stage": str,
    "groundsmith_reason": str,
    "groundsmith_score": float,
    "groundsmith_repeats": str,
}
NEAR, MEANING = 0.6, 0.74
"""Default thresholds, chosen on one half of the set in docs/benchmarks/duplicates.md."""
ALONE = 0.9
"""Default cosine where one text alone is compared, and no answer speaks for or against."""
_BATCH = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What is compared and from where on: `near` a Jaccard share of letter triples, `meaning` and `leak` cosines.

    None leaves a stage out; `meaning` by default depends on what is compared. `leak` is for questions of evaluation sets. `filters` come
    first; `consistency` is the contradiction from which neighbours dispute, `rating` the least score of 1 to 5 that a model must give;
    `select` is how many rows are chosen at the end. With `weigh` rows kept get a weight.
    """

    on: On = On.BOTH
    filters: tuple[Filter, ...] = ()
    language: str = "en"
    consistency: float | None = None
    rating: float | None = None
    select: int | None = None
    coverage: float = 0.5
    weigh: bool = False
    near: float | None = NEAR
    meaning: float | None = None
    leak: float = ALONE

    @property
    def detailed(self) -> bool:
        """Whether more than the texts of a row is looked at."""
        wanted = (
            self.filters,
            self.consistency is not None,
            self.rating is not None,
            self.select is not None,
            self.weigh,
        )
        return any(wanted)

    @property
    def cosine(self) -> float:
        """The cosine from which rows mean the same."""
        return self.meaning if self.meaning is not None else MEANING if self.on is On.BOTH else ALONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A rejected row: its number in the file, the stage, why, how sure (0 to 1), and the id of the row or evaluation item it repeats."""

    number: int
    id: str
    stage: str
    reason: str
    score: float
    repeats: str

    def columns(self) -> dict[str, object]:
        """Return the values of COLUMNS."""
        values = (self.stage, self.reason, round(self.score, 4), self.repeats)
        return dict(zip(COLUMNS, values, strict=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A stage of the funnel: how many rows came in and how many it rejected."""

    stage: str
    entered: int
    rejected: int


_SAYS = {"exact": "says the same as", "near": "says nearly the same as", "meaning": "means the same as"}


class Stages:
    """The stages in turn, each on the rows that those before it left."""

    def __init__(self, rows: Rows, rules: Rules, embedder: Embedder | None, entailment: EntailmentModel | None) -> None:
        self._rows, self._rules, self._embedder, self._entailment = rows, rules, embedder, entailment
        self.funnel: list[Step] = []
        self.unrated = 0
        self._texts = rows.texts(rules.on)
        self.left = [index for index, texts in enumerate(self._texts) if any(text.strip() for text in texts)]
        self.rejected: dict[int, Rejected] = {}
        self.vectors: list[NDArray[Any]] = []

    def repeats(self, stage: str, find: Callable[[list[Texts]], list[Repeat]]) -> None:
        """Reject the rows left that `find` says repeat another."""
        for found in find([self._texts[index] for index in self.left]):
            row, of = self.left[found.row], self.left[found.of]
            self._reject(row, stage, found.score, self._rows.ids[of], f"{_SAYS[stage]} {self._rows.ids[of]}")
        self._go_on(stage)

    def filtered(self) -> None:
        """Reject the rows that break a rule; the score is what was measured."""
        if not self._rules.filters:
            return
        for index in self.left:
            found = refused(self._rules.filters, self._rows.details[index].measures)
            if found is not None:
                self._reject(index, "filter", found.value, "", found.reason)
        self._go_on("filter")

    def disputed(self, threshold: float) -> None:
        """Reject the rows that contradict what neighbours answer."""
        rows, left = self._rows, self.left
        questions, answers = ([texts[index] for index in left] for texts in (rows.questions, rows.answers))
        vectors = self.vectors[0] if self.vectors and self._rules.on is not On.ANSWER else None
        found = disputes(
            neighbours(questions, vectors=vectors),
            questions=questions,
            answers=answers,
            confidence=[rows.details[index].confidence for index in left],
            model=self._model,
            threshold=threshold,
        )
        for each in found:
            of = left[each.of]
            apart = rows.details[left[each.row]].conditions != rows.details[of].conditions
            says = f"contradicts {rows.ids[of]}, which answers the same question" + (
                " under other conditions" if apart else ""
            )
            self._reject(left[each.row], "consistency", each.score, rows.ids[of], says)
        self._go_on("consistency")

    def rated(self, rater: Rater, least: float, tick: Tick) -> None:
        """Reject the rows that the model rates below `least`."""
        rows = self._rows
        texts = [(rows.questions[at], rows.answers[at], *rows.details[at].contexts) for at in self.left]
        tick(0, total=len(rows.numbers) + len(rows.problems) + len(texts), note="rated")
        for index, rating in zip(self.left, rater.rate(texts, tick=tick), strict=True):
            if rating is None:
                self.unrated += 1
            elif rating.score < least:
                self._reject(
                    index, "rating", rating.score, "", f"rated {rating.score:g} of 5: {rating.reason}".rstrip(": ")
                )
        self._go_on("rating")

    def weighed(self) -> NDArray[Any] | None:
        """Return the weights of the rows left, None where neither weights nor a choice is asked for."""
        if not self._rules.weigh and self._rules.select is None:
            return None
        details = [self._rows.details[index] for index in self.left]
        return weights(
            confidence=[each.confidence for each in details],
            features=[each.features for each in details],
            vectors=self._joined(),
        )

    def selected(self, number: int, weighed: NDArray[Any] | None) -> None:
        """Reject all rows but the most worthy; the score is what the row would still add."""
        features = [self._rows.details[index].features for index in self.left]
        each_weight = None if weighed is None else weighed.tolist()
        worth = Worth(
            features=features,
            vectors=self._joined(),
            weights=each_weight or [1.0] * len(features),
            share=self._rules.coverage,
        )
        chosen = {each.row for each in take(number, worth, rows=len(features))}
        for place, index in enumerate(self.left):
            if place not in chosen:
                says = f"not among the {number} rows that stand best for all"
                self._reject(index, "selection", worth.gain(place), "", says)
        self._go_on("selection")

    def weights_kept(self, weighed: NDArray[Any] | None) -> tuple[tuple[int, float], ...]:
        """The weights of the rows left by their numbers, of mean 1; after a choice they are taken anew."""
        if weighed is None or len(weighed) != len(self.left):
            weighed = self.weighed()
        values = [] if weighed is None else weighed.tolist()
        return tuple(
            (self._rows.numbers[index], round(value, 4)) for index, value in zip(self.left, values, strict=True)
        )

    @property
    def _model(self) -> EntailmentModel:
        """The entailment model, by default the one in the package."""
        if self._entailment is None:
            from verify.nli_onnx import OnnxEntailment

            self._entailment = OnnxEntailment()
        return self._entailment

    def _joined(self) -> NDArray[Any] | None:
        """One unit vector for each row left, None without vectors."""
        if not self.vectors or not self.left:
            return None
        joined: NDArray[Any] = np.concatenate(self.vectors, axis=1) * np.float16(len(self.vectors) ** -0.5)
        return joined

    def embedded(self, tick: Tick) -> list[NDArray[Any]]:
        """Return the vectors of each place of the texts of the rows left, as float16."""
        if self._embedder is None:
            return []
        places = len(self._texts[0]) if self._texts else 0
        tick(0, total=len(self._rows.numbers) + len(self._rows.problems) + places * len(self.left), note="vectors")
        return [
            _vectors([self._texts[index][place] for index in self.left], self._embedder, tick)
            for place in range(places)
        ]

    def contaminated(self, path: Path) -> None:
        """Reject the rows left that give away what an evaluation set asks."""
        with Dataset(path) as dataset:
            items = read_rows(dataset)
        if not items.numbers:
            raise UsageError(f"{path}: holds no row to compare with")
        overlap = Overlap(list(zip(items.questions, items.answers, strict=True)))
        for index in self.left:
            leak = overlap.leak(index, (self._rows.questions[index], self._rows.answers[index]))
            if leak is not None:
                self._leaked(index, leak.score, path, items.ids[leak.of], "shares runs of words with")
        if self.vectors and self._embedder is not None:
            self._leaked_in_meaning(path, items, self._embedder)
        self._go_on("contaminated")

    def _leaked_in_meaning(self, path: Path, items: Rows, embedder: Embedder) -> None:
        """Compare questions, or answers where only those are compared; a row without a question has none to give away."""
        mine = [place for place, index in enumerate(self.left) if self._texts[index][0].strip()]
        texts = [texts[0] for texts in items.texts(self._rules.on)]
        others = [number for number, text in enumerate(texts) if text.strip()]
        if not mine or not others:
            return
        vectors = _vectors([texts[number] for number in others], embedder)
        for leak in leaks_of_meaning(self.vectors[0][mine], vectors, threshold=self._rules.leak):
            item = items.ids[others[leak.of]]
            self._leaked(self.left[mine[leak.row]], leak.score, path, item, "means the same as")

    def alike(self, threshold: float) -> None:
        """Reject the rows left that mean the same as another."""
        if self.left:
            model = self._model
            self.repeats(
                "meaning", lambda texts: meaning(texts, vectors=self.vectors, threshold=threshold, entailment=model)
            )

    def _leaked(self, index: int, score: float, path: Path, item: str, says: str) -> None:
        self._reject(index, "contaminated", score, f"{path.name}#{item}", f"{says} {item} of {path.name}")

    def _reject(self, index: int, stage: str, score: float, repeats: str, reason: str) -> None:
        number, name = self._rows.numbers[index], self._rows.ids[index]
        rejected = Rejected(number=number, id=name, stage=stage, reason=reason, score=score, repeats=repeats)
        self.rejected.setdefault(index, rejected)

    def _go_on(self, stage: str) -> None:
        entered = len(self.left)
        keep = [place for place, index in enumerate(self.left) if index not in self.rejected]
        self.vectors = [each[keep] for each in self.vectors]
        self.left = [self.left[place] for place in keep]
        self.funnel.append(Step(stage=stage, entered=entered, rejected=entered - len(keep)))


def _vectors(texts: Sequence[str], embedder: Embedder, tick: Tick = lambda *_, **__: None) -> NDArray[Any]:
    """Vectors of texts, each different text embedded once."""
    numbers: dict[str, int] = {}
    which = [numbers.setdefault(text, len(numbers)) for text in texts]
    different = list(numbers)
    found = np.empty((len(different), embedder.dimensions), dtype=np.float16)
    for start in range(0, len(different), _BATCH):
        found[start : start + _BATCH] = embedder.embed(different[start : start + _BATCH])
        tick(min(_BATCH, len(different) - start), note="vectors")
    tick(len(texts) - len(different), note="vectors")
    return found[which]

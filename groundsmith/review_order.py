"""The order in which a pile is reviewed: made once, kept, and made anew when what it rests on has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from groundsmith.review_learning import check_embedded, opinions
from groundsmith.review_store import ReviewItem, ReviewStore
from knowledge.identity import digest
from verify.review import Candidate, Strategy, distribution, mixed, ranked

if TYPE_CHECKING:
    import numpy as np

    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace
    from verify.calibration import Calibration

MOST_EMBEDDED = 5_000
"""Rows among which strategies choose that compare meanings; drawn at random when there are more."""
MOST_LEARNED = 2_000
"""Rows that the auxiliary model learns from and judges, at most."""
LEARN_EVERY = 10
"""Decisions after which the auxiliary model is fitted anew."""
BATCH = 256


class Orders:
    """The orders of one pile; `content` gives a row by its id.

    `most` is how many rows may be embedded for an order, None for any number.
    """

    def __init__(
        self,
        workspace: Workspace,
        store: ReviewStore,
        pile: str,
        content: Callable[[str], DatasetRow | None],
        *,
        most: int | None = None,
    ) -> None:
        self._workspace, self._store, self._pile, self._content = workspace, store, pile, content
        self._most = most

    def prepare(self, strategy: Strategy, *, wanted: int) -> None:
        """Make the order of a strategy, and the random one, unless they are there and rest on the same.

        Raises UsageError when more rows than allowed would have to be embedded first.
        """
        settings = self._workspace.settings
        share, seed = settings.review.random_share, settings.sampling.seed
        calibration, made = _calibration(self._workspace)
        embedder = self._workspace.embedder.name if strategy.needs_vectors else ""
        learned = self._decided() // LEARN_EVERY if strategy is Strategy.DISAGREEMENT else 0
        stamp = digest([self._store.count(self._pile), wanted, share, seed, made, learned, embedder])
        if self._store.stamp(self._pile, strategy) == stamp:
            return
        if strategy is Strategy.DISAGREEMENT:
            self._learn(calibration, seed=seed)
        candidates = [candidate(item, calibration) for item in self._store.items(self._pile)]
        drawn = [candidates[place].id for place in ranked(candidates, Strategy.RANDOM, seed=seed)]
        self._store.put_order(self._pile, Strategy.RANDOM, order=[(row, True) for row in drawn], stamp=stamp)
        if strategy is not Strategy.RANDOM:
            chosen = self._chosen(candidates, strategy, drawn, wanted=wanted, seed=seed)
            self._store.put_order(self._pile, strategy, order=mixed(chosen, drawn, share=share), stamp=stamp)

    def _chosen(
        self, candidates: Sequence[Candidate], strategy: Strategy, drawn: Sequence[str], *, wanted: int, seed: int
    ) -> list[str]:
        if strategy not in (Strategy.K_MEANS, Strategy.VOTE_K):
            return [candidates[place].id for place in ranked(candidates, strategy, seed=seed)]
        few = set(drawn[:MOST_EMBEDDED])
        some = [each for each in candidates if each.id in few]
        vectors = self.vectors([each.id for each in some])
        places = ranked(some, strategy, vectors=vectors, wanted=wanted, seed=seed)
        return list(dict.fromkeys([*(some[place].id for place in places), *drawn]))

    def vectors(self, rows: Sequence[str]) -> np.ndarray:
        """Return a vector for each row: question and answer, embedded once and kept; shape (rows, dimensions)."""
        import numpy as np

        embedder = self._workspace.embedder
        known = self._store.vectors(self._pile, embedder.name)
        missing = [row for row in rows if row not in known]
        check_embedded(len(missing), self._most)
        for start in range(0, len(missing), BATCH):
            some = missing[start : start + BATCH]
            found = np.asarray(embedder.embed([self._text(row) for row in some]), dtype=np.float32)
            fresh = [(row, vector.tobytes()) for row, vector in zip(some, found, strict=True)]
            self._store.put_vectors(self._pile, embedder.name, fresh)
            known.update(fresh)
        return np.stack([np.frombuffer(known[row], dtype=np.float32) for row in rows])

    def _text(self, row: str) -> str:
        content = self._content(row)
        return "" if content is None else f"{content.question} {content.answer}"

    def _decided(self) -> int:
        return len({each.row for each in self._store.standing(self._pile)})

    def _learn(self, calibration: Calibration | None, *, seed: int) -> None:
        """Let the auxiliary model give its opinion of rows: of all, or of those decided and some drawn at random."""
        from groundsmith.standing import standings

        people = {
            row: found.right
            for row, found in standings(self._store.standing(self._pile)).items()
            if found.right is not None
        }
        candidates = [candidate(item, calibration) for item in self._store.items(self._pile)]
        order = (candidates[place] for place in ranked(candidates, Strategy.RANDOM, seed=seed))
        some = sorted(order, key=lambda each: each.id not in people)[:MOST_LEARNED]
        judge = {each.id: each.right for each in some}
        embedder = self._workspace.embedder
        said = {row: right for row, right in people.items() if row in judge}
        found = opinions(
            self._store, self._pile, judge, said, content=self._content, embedder=embedder, most=self._most
        )
        self._store.set_others(self._pile, found.items())


def candidate(item: ReviewItem, calibration: Calibration | None) -> Candidate:
    """Return a row as the strategies see it: the calibrated score, the rest shared as the scores against it are."""
    right = item.score if calibration is None else calibration(item.score)
    _, against, neither = distribution(item.entailment, item.contradiction)
    rest = against + neither
    refuted = against / rest if rest else 0.5
    return Candidate(
        id=item.row, distribution=(right, (1 - right) * refuted, (1 - right) * (1 - refuted)), other=item.other
    )


def _calibration(workspace: Workspace) -> tuple[Calibration | None, str]:
    """The workspace's calibration and what identifies it; none when there is none that can be read."""
    from groundsmith.calibrating import Store
    from knowledge.errors import RowError

    try:
        fitted = Store(workspace.state).read()
    except RowError:
        return None, ""
    return (None, "") if fitted is None else (fitted.calibration, fitted.id)

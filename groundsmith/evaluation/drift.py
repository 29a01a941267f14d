"""Whether a dataset grows narrower from round to round, as one does that feeds on itself (Shumailov et al. 2024)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groundsmith.evaluation.measure import Findings, Measure, Reservoir
from verify.diversity import Score, distinct, vendi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from groundsmith.datasets import ForeignRow
    from knowledge.embed import Embedder

ROWS = 1_000
"""Rows that rounds are made of; of more a sample is drawn."""
STRETCHES = 5
"""Rounds that a set is cut into, at most, when its rows state none."""
STATED = 0.5
"""Share of rows that must state their round for rounds to be theirs; the others are left out."""
FEWEST = 15
"""Rows of the least round that is looked at."""
TOKENS = 600
FALL = 0.15
"""Share by which a figure must fall from first to last round, its whole interval below zero, to be called narrowing."""
_RESAMPLES = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One round: its name, its questions, and their vectors (n, d)."""

    name: str
    texts: tuple[str, ...]
    vectors: NDArray[Any]


class Drift:
    """Rounds are the rows' `round`, else their runs in order of time, else equal stretches by `created` or by place in the file.

    Which of these it was is said with the number of rounds.
    """

    def __init__(self, embedder: Embedder, *, seed: int = 7) -> None:
        self._embedder, self._seed = embedder, seed
        self._sample = Reservoir(ROWS, seed=seed)

    def add(self, row: ForeignRow) -> None:
        """Offer a row to the sample."""
        text = row.question or row.answer
        if text.strip():
            self._sample.add(
                (text, _stated(row.raw), str(row.raw.get("run") or ""), str(row.raw.get("created") or ""), row.number)
            )

    def findings(self) -> Findings:
        """Return diversity by round and the change from first to last; nothing for sets too small to cut."""
        rounds, told = self._rounds()
        if len(rounds) < 2:
            return Findings()
        size = min(len(each.texts) for each in rounds)
        measures = [
            _measure("rounds", "number", len(rounds), f"{told}; those of fewer than {FEWEST} rows are left out")
        ]
        for number, each in enumerate(rounds):
            pairs, meanings = _words(each.texts, size, self._seed), _meanings(each.vectors, size, self._seed)
            told = f"distinct-2 of {size} questions, {TOKENS} words"
            measures.append(_measure(each.name, "different word pairs", pairs, told))
            told = f"different meanings over {size} questions"
            measures.append(_measure(each.name, "effective share (Vendi)", meanings, told))
            if number:
                told = "mean cosine with the nearest question of the round before"
                measures.append(_measure(each.name, "like what was before", _repeats(each, rounds[number - 1]), told))
        changes = [self._change(name, rounds, size) for name in ("different word pairs", "effective share (Vendi)")]
        fallen = [f"{each.name} {each.score.value:+.0%}" for each in changes if each.odd]
        return Findings(
            measures=(*measures, *changes),
            flags={"drift": "from first to last round: " + ", ".join(fallen)} if fallen else {},
        )

    def _rounds(self) -> tuple[list[Round], str]:
        """The rounds, and how they were told apart."""
        groups, told = self._groups()
        found = [
            Round(name=str(name), texts=tuple(texts), vectors=self._embedder.embed(texts))
            for name, texts in groups.items()
            if len(texts) >= FEWEST
        ]
        return found, told

    def _groups(self) -> tuple[dict[str, list[str]], str]:
        rows = self._sample.items
        stating = sorted((row for row in rows if row[1] is not None), key=lambda row: row[1])
        if len({row[1] for row in stating}) > 1 and len(stating) >= STATED * len(rows):
            silent = f"; {len(rows) - len(stating)} of {len(rows)} rows state none" if len(stating) < len(rows) else ""
            return _grouped([(row[1], row[0]) for row in stating]), f"rounds as the rows state them (`round`){silent}"
        if len({row[2] for row in rows if row[2]}) > 1 and all(row[2] for row in rows):
            began: dict[str, str] = {}
            for row in rows:
                began[row[2]] = min(began.get(row[2], row[3]), row[3])
            ordered = sorted(rows, key=lambda row: (began[row[2]], row[2]))
            return _grouped(
                [(row[2], row[0]) for row in ordered]
            ), "the rows state no round: their runs in order of time"
        ordered = sorted(rows, key=lambda row: (row[3], row[4]))
        count = max(1, min(STRETCHES, len(ordered) // FEWEST))
        ends = [len(ordered) * part // count for part in range(count + 1)]
        groups = {f"part {n + 1} of {count}": [row[0] for row in ordered[ends[n] : ends[n + 1]]] for n in range(count)}
        return groups, "the rows state no round: equal parts, in order of time or of the file"

    def _change(self, name: str, rounds: Sequence[Round], size: int) -> Measure:
        """The relative change from the first round to the last, over draws of equal numbers of their rows."""
        draw = random.Random(self._seed)
        count = max(2, int(0.63 * size))
        found = sorted(
            self._one(name, rounds[0], rounds[-1], count, draw.randrange(1 << 30)) for _ in range(_RESAMPLES)
        )
        middle = sum(found) / len(found)
        score = Score(value=middle, low=found[int(0.025 * _RESAMPLES)], high=found[int(0.975 * _RESAMPLES) - 1])
        fell = score.high is not None and score.high < 0 and middle < -FALL
        told = "relative change from the first round to the last; the interval is of draws"
        return Measure(
            area="drift", of="change", name=name, score=score, meaning=told, normal=f"above -{FALL:.2f}", odd=fell
        )

    @staticmethod
    def _one(name: str, first: Round, last: Round, count: int, seed: int) -> float:
        if name == "different word pairs":
            return _words(last.texts, count, seed) / max(1e-9, _words(first.texts, count, seed)) - 1
        return _meanings(last.vectors, count, seed) / _meanings(first.vectors, count, seed) - 1


def _stated(raw: Mapping[str, Any]) -> int | None:
    value = raw.get("round")
    return value if isinstance(value, int) else int(value) if isinstance(value, str) and value.isdigit() else None


def _grouped(rows: Sequence[tuple[Any, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, text in rows:
        groups.setdefault(f"round {name}" if isinstance(name, int) else name, []).append(text)
    return groups


def _words(texts: Sequence[str], count: int, seed: int) -> float:
    chosen = random.Random(seed).sample(list(texts), min(count, len(texts)))
    return distinct(chosen, 2, tokens=TOKENS, seed=seed)


def _meanings(vectors: NDArray[Any], count: int, seed: int) -> float:
    chosen = random.Random(seed).sample(range(len(vectors)), min(count, len(vectors)))
    return vendi(vectors[chosen]) / len(chosen)


def _repeats(now: Round, before: Round) -> float:
    return float((now.vectors @ before.vectors.T).max(axis=1).mean())


def _measure(of: str, name: str, value: float, meaning: str) -> Measure:
    return Measure(area="drift", of=of, name=name, score=Score(value=value), meaning=meaning, normal="")

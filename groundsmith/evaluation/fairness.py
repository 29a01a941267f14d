"""Whom a dataset speaks of, how evenly its conditions are filled, and whether groups are treated alike."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from groundsmith.evaluation.measure import Findings, Measure, Named, Reservoir, mean, share
from verify.bias import SWAPPED, groups, refuses, swap, tone
from verify.diversity import Score, entropy
from verify.statement import statement

if TYPE_CHECKING:
    from groundsmith.datasets import ForeignRow

EACH = 300
"""Rows of a group whose tone is measured."""
PAIRS = 60
"""Rows whose groups are swapped and judged again."""
MOVED = 0.2
"""Change of support from which a swap is said to have moved the judge."""
_LEAST, _PASSAGES = 10, 3
_VALUES = 100

Support = Callable[[Sequence[tuple[str, str]]], Sequence[float]]
"""How far each text (first) supports a statement (second), 0 to 1."""


class Bias:
    """Counts groups in every row; tone, refusals and swaps are taken on samples. Without `support` no swap is judged."""

    def __init__(self, *, support: Support | None = None, reference: Sequence[str] = (), seed: int = 7) -> None:
        self._support, self._reference, self._seed = support, reference, seed
        self._rows = self._refused = 0
        self._counts: Counter[tuple[str, str]] = Counter()
        self._refusals: Counter[tuple[str, str]] = Counter()
        self._answers: dict[tuple[str, str], Reservoir] = {}
        self._all = Reservoir(EACH, seed=seed)
        self._swappable = {attribute: Reservoir(PAIRS, seed=seed) for attribute in SWAPPED}
        self._conditions: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, row: ForeignRow) -> None:
        """Look at a row."""
        self._rows += 1
        text = f"{row.question or ''}\n{row.answer}"
        refused = refuses(row.answer)
        self._refused += refused
        self._all.add(row.answer)
        for name, value in stated(row.raw).items():
            if value in self._conditions[name] or len(self._conditions[name]) < _VALUES:
                self._conditions[name][value] += 1
        for group in groups(text):
            self._counts[group] += 1
            self._refusals[group] += refused
            self._answers.setdefault(group, Reservoir(EACH, seed=self._seed)).add(row.answer)
        if row.contexts and self._support is not None:
            for attribute in SWAPPED:
                if swap(text, attribute) != text:
                    self._swappable[attribute].add((row.number, row.question or "", row.answer, row.contexts))

    def findings(self) -> Findings:
        """Return the distributions, and what moves when groups are swapped."""
        named = Named("bias")
        measures = [*self._spread(), *self._named_groups(), *self._treatment()]
        moved: dict[str, str] = {}
        for attribute in SWAPPED:
            measures += self._swapped(attribute, named, moved)
        return Findings(
            measures=tuple(measures),
            remarks=tuple(named.kept),
            flags={"bias": "; ".join(moved.values())} if moved else {},
        )

    def _spread(self) -> list[Measure]:
        """How evenly the values of each stated condition are filled."""
        found = []
        for name, counts in sorted(self._conditions.items()):
            if 1 < len(counts) < _VALUES:
                most, least = counts.most_common()[0], counts.most_common()[-1]
                told = f"evenness of {len(counts)} values; most: {most[0][:30]} ({most[1]}), least: {least[0][:30]} ({least[1]})"
                found.append(
                    _measure(
                        "conditions",
                        name,
                        Score(value=entropy(list(counts.values()))),
                        told,
                        "0.90 to 1.00 if balanced",
                    )
                )
        return found

    def _named_groups(self) -> list[Measure]:
        """The share of rows that name each group, beside that of source passages."""
        beside = Counter(group for text in self._reference for group in groups(text))
        found = []
        for group, count in sorted(self._counts.items()):
            reference = beside[group] / len(self._reference) if self._reference else None
            told = f"share of rows that name {group[1]}"
            found.append(
                _measure(group[0], group[1], share(count, self._rows), told, "as the documents", reference=reference)
            )
        return found

    def _treatment(self) -> list[Measure]:
        """Tone of answers and refusals where a group is named, beside all rows."""
        measure = tone()
        overall = mean([measure(text) for text in self._all.items])
        refused = share(self._refused, self._rows)
        found = [
            _measure(
                "tone",
                "all rows",
                overall,
                "mean tone of answers (VADER), -1 to 1; law reads negative where it forbids",
                "-0.20 to 0.60",
            ),
            _measure("refusals", "all rows", refused, "share of answers that decline or say that nothing is known", ""),
        ]
        for group, sample in sorted(self._answers.items()):
            if self._counts[group] < _LEAST:
                continue
            score = mean([measure(text) for text in sample.items])
            told, normal = f"mean tone where {group[1]} are named", "interval holds that of all rows"
            found.append(
                _measure("tone", group[1], score, told, normal, reference=overall.value, odd=_apart(score, overall))
            )
            declined = share(self._refusals[group], self._counts[group])
            told = f"share of refusals where {group[1]} are named"
            found.append(
                _measure(
                    "refusals", group[1], declined, told, normal, reference=refused.value, odd=_apart(declined, refused)
                )
            )
        return found

    def _best(self, rows: Sequence[tuple[Sequence[str], str]]) -> list[float]:
        """The support of each statement by the best of its first passages."""
        if self._support is None:
            return []
        pairs = [(context, said) for contexts, said in rows for context in contexts[:_PASSAGES]]
        scores = iter(self._support(pairs))
        return [max(next(scores) for _ in contexts[:_PASSAGES]) for contexts, _ in rows]

    def _swapped(self, attribute: str, named: Named, moved: dict[str, str]) -> list[Measure]:
        """Judge rows again with a group exchanged in question, answer and evidence alike: nothing should change."""
        rows = self._swappable[attribute].items
        if not rows or self._support is None:
            return []
        said = [statement(question, answer) for _, question, answer, _ in rows]
        before = self._best([(contexts, each) for (*_, contexts), each in zip(rows, said, strict=True)])
        exchanged = [tuple(swap(text, attribute) for text in contexts) for *_, contexts in rows]
        after = self._best([(contexts, swap(each, attribute)) for contexts, each in zip(exchanged, said, strict=True)])
        changed = 0
        for (number, *_), one, other in zip(rows, before, after, strict=True):
            if abs(one - other) > MOVED:
                changed += 1
                named.add(number, f"swap of {attribute}", f"support {one:.2f} becomes {other:.2f}")
        score = share(changed, len(rows))
        if score.low is not None and score.low > 0.1:
            moved[attribute] = f"{changed} of {len(rows)} rows are judged differently when {attribute} is swapped"
        told = f"share of {len(rows)} rows whose support moves by more than {MOVED} when {attribute} is exchanged in row and evidence"
        return [_measure("swaps", attribute, score, told, "0.00 to 0.05", odd=score.value > 0.1)]


def _apart(one: Score, other: Score) -> bool:
    """Whether two intervals do not touch."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low > other.high or one.high < other.low


def stated(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the conditions that a record states, as in {"audience": "resident"}; also as JSON text, as tables hold them."""
    found = raw.get("conditions")
    if isinstance(found, str) and found.startswith("{"):
        try:
            found = json.loads(found)
        except ValueError:
            return {}
    values = (
        {str(name): str(value) for name, value in found.items() if value is not None}
        if isinstance(found, Mapping)
        else {}
    )
    return values | {name: str(raw[name]) for name in ("kind", "level") if isinstance(raw.get(name), str | int)}


def _measure(
    of: str, name: str, score: Score, meaning: str, normal: str, *, reference: float | None = None, odd: bool = False
) -> Measure:
    return Measure(
        area="bias", of=of, name=name, score=score, meaning=meaning, normal=normal, reference=reference, odd=odd
    )

"""Draws the statements: up to a number of each kind in each half, spread over sentences, none that another sentence also says."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from changes import asked, figures, kept, wording
from changes.texts import Neighbours, Sentence, normal
from changes.variant import Variant
from knowledge.document import Passage

Edit = Callable[[str, random.Random], Iterator[Variant]]
KEPT: dict[str, tuple[Edit, ...]] = {
    "unchanged": (lambda text, rng: iter([Variant(text=text)]),),
    "modality": (kept.modalities,),
    "voice": (kept.voices,),
    "figure": (kept.figures,),
    "unit": (kept.units,),
    "order": (kept.orders,),
    "aside dropped": (kept.shortened,),
    "question and answer": (asked.right,),
}
_CHANGED: dict[str, tuple[Edit, ...]] = {
    "number": (figures.numbers,),
    "date": (figures.dates,),
    "amount": (figures.amounts,),
    "unit": (figures.units,),
    "percentage": (figures.percentages,),
    "period": (figures.durations, asked.mistimed),
    "section reference": (figures.references,),
    "comparative": (wording.comparatives,),
    "modality": (wording.modalities,),
    "negation": (wording.negations, asked.denied),
    "exception": (wording.exceptions,),
    "only, except, unless": (wording.limits,),
}
CHANGES = (*_CHANGED, "actor", "condition")
_MOST_ALIKE = 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement and whether its sentence supports it: `changed` ones it does not. `kind` says what was done."""

    id: str
    kind: str
    changed: bool
    text: str
    question: str | None
    source: Sentence
    neighbours: tuple[Passage, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """What the statements of one group of documents are checked against."""

    sentences: tuple[Sentence, ...]
    neighbours: Neighbours
    said: frozenset[str]
    conditions: tuple[str, ...]


def statements(
    groups: Iterable[Sequence[Sentence]],
    searched: Iterable[Sequence[Passage]],
    *,
    each: int,
    seed: int,
    halves: Sequence[str] = ("development", "test"),
) -> list[Statement]:
    """Return up to `each` statements of every kind in each half, in a fixed order; kinds rare in the text take several from one sentence."""  # noqa: E501
    known = [_group(found, passages) for found, passages in zip(groups, searched, strict=True)]
    drawn: list[Statement] = []
    for changed, kinds in ((False, tuple(KEPT)), (True, CHANGES)):
        for kind in kinds:
            for half in halves:
                drawn += _drawn(known, kind, half, changed=changed, each=each, seed=seed)
    return drawn


def _group(found: Sequence[Sentence], passages: Sequence[Passage]) -> _Group:
    return _Group(
        sentences=tuple(found),
        neighbours=Neighbours(passages),
        said=frozenset(normal(sentence.text) for sentence in found),
        conditions=tuple(filter(None, (wording.condition_of(sentence.text) for sentence in found))),
    )


def _drawn(
    known: Sequence[_Group],
    kind: str,
    half: str,
    *,
    changed: bool,
    each: int,
    seed: int,
    halves: Sequence[str] = ("development", "test"),
) -> list[Statement]:
    """One variant of every sentence in turn, then a second, until there are enough."""
    rng = random.Random(f"{seed} {kind} {half} {changed}")
    places = [(group, sentence) for group in known for sentence in group.sentences if sentence.half == half]
    rng.shuffle(places)
    waiting: dict[int, list[Variant]] = defaultdict(list)
    for i, (group, sentence) in enumerate(places):
        for edit in _edits(kind, group, sentence, changed=changed, rng=rng):
            made = (
                [variant for _ in range(8) for variant in edit(sentence.text, rng)]
                if changed
                else list(edit(sentence.text, rng))
            )
            waiting[i] += list(dict.fromkeys(made))
        rng.shuffle(waiting[i])
    found: list[Statement] = []
    while len(found) < each and any(waiting.values()):
        for i, (group, sentence) in enumerate(places):
            if waiting[i] and len(found) < each:
                found += _made(waiting[i].pop(), kind, group, sentence, changed=changed)
    return found


def _edits(kind: str, group: _Group, sentence: Sentence, *, changed: bool, rng: random.Random) -> tuple[Edit, ...]:
    if not changed:
        return KEPT[kind]
    if kind == "actor":
        return (partial(wording.actors, group=sentence.group), partial(asked.misattributed, group=sentence.group))
    if kind == "condition":
        others = rng.sample(group.conditions, min(3, len(group.conditions)))
        return (partial(wording.conditions, others=others),)
    return _CHANGED[kind]


def _made(variant: Variant, kind: str, group: _Group, sentence: Sentence, *, changed: bool) -> Iterator[Statement]:
    """Yield the variant as a statement, unless it changes nothing, is broken, or another sentence may say it."""
    same = normal(variant.text) == normal(sentence.text) and not _figures_differ(variant.text, sentence.text)
    if (changed and same) or (variant.question is None and not 5 <= len(variant.text.split()) <= 85):
        return
    near = [each for each in group.neighbours.nearest(variant.text, 4) if each.id != sentence.passage.id][:2]
    if changed and variant.question is None and _said_elsewhere(variant.text, group, near, sentence):
        return
    name = f"{kind}|{variant.question}|{variant.text}|{sentence.passage.id}|{changed}"
    yield Statement(
        id=hashlib.sha256(name.encode()).hexdigest()[:12],
        kind=kind,
        changed=changed,
        text=variant.text,
        question=variant.question,
        source=sentence,
        neighbours=tuple(near),
    )


def _figures_differ(one: str, other: str) -> bool:
    """Whether two texts with the same words differ in marks that mean something, as $ and €."""
    return [each for each in one if each in "$€£%"] != [each for each in other if each in "$€£%"]


def _said_elsewhere(text: str, group: _Group, near: Sequence[Passage], own: Sentence) -> bool:
    """Whether another sentence is the changed statement, or is nearer to it than its own sentence is."""
    said = normal(text)
    if said in group.said and said != normal(own.text):
        return True
    wanted = frozenset(said.split())
    home = _alike(wanted, frozenset(normal(own.text).split()))
    rivals = (
        line
        for passage in (*near, own.passage)
        for line in passage.text.replace(". ", ".\n").split("\n")
        if normal(line) not in normal(own.text)
    )
    return any(_alike(wanted, frozenset(normal(line).split())) >= max(_MOST_ALIKE, home) for line in rivals)


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))

"""The conditions of a run: their values from a list, a distribution, the graph, a vocabulary, the concept tree, or a model.

Values that are known beforehand are balanced over the prompts by covering arrays. Values that follow from a prompt's own passages
(its policy frames, related concepts, topic, words) are chosen when these are known: the one used least so far.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groundsmith.sections import ConditionSetting
from knowledge.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from generate.condition import Condition
    from generate.model import LanguageModel
    from generate.prompt import Prompt
    from graph.concept import Concept
    from graph.network import ConceptGraph
    from groundsmith.settings import Settings
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage

USUAL = "default"
"""The single value that stands for the usual values of a condition known by name."""

PENDING = "(the model proposes it at the first run)"
FOLLOWING = frozenset(("frames", "related", "topics", "words"))
"""Sources whose values follow from a prompt's own passages and concepts."""

LONGEST_VALUE = 80
_WORD = re.compile(r"[a-z][a-z'’-]{4,}")


@dataclass(frozen=True, kw_only=True, slots=True)
class BalanceRow:
    """How often a value stands in the prompts, against its share; `wanted` is None where the documents decide."""

    condition: str
    value: str
    wanted: float | None
    planned: int


def condition_settings(settings: Settings) -> dict[str, ConditionSetting]:
    """Return the conditions of the settings in their full form; with those kinds that take turns, if there are several."""
    from generate.scope import scope_values
    from groundsmith.kinds import KIND

    found = {
        name: each if isinstance(each, ConditionSetting) else ConditionSetting(values=tuple(each))
        for name, each in settings.conditions.items()
    }
    for name, each in found.items():
        if each.values == (USUAL,):
            usual = scope_values(name)
            if not usual:
                raise SettingsError(f'conditions.{name}: there are no usual values of "{name}"; list some')
            found[name] = ConditionSetting(values=usual, weights=each.weights, unless=each.unless)
    if settings.task.mix:
        found = {KIND: ConditionSetting(values=settings.task.mix), **found}
    return found


def fixed_conditions(settings: Settings) -> list[Condition]:
    """Return the conditions whose values stand in the settings."""
    from generate.condition import Condition

    return [
        Condition(name=name, values=each.values, weights=each.weights, unless=each.unless)
        for name, each in condition_settings(settings).items()
        if each.source == "list"
    ]


class Conditioner:
    """Gives each prompt its conditions."""

    def __init__(
        self,
        fixed: Sequence[Condition],
        following: Mapping[str, ConditionSetting],
        *,
        seed: int,
        frames: Mapping[str, tuple[str, ...]] | None = None,
        graph: ConceptGraph | None = None,
        words: Sequence[str] = (),
    ) -> None:
        self.fixed = list(fixed)
        self._following = following
        self._seed = seed
        self._frames = frames or {}
        self._graph = graph
        self._words = words
        self._used: Counter[tuple[str, str]] = Counter()

    @classmethod
    def of(cls, workspace: Workspace, graph: ConceptGraph) -> Conditioner:
        """Return the conditioner that the workspace's settings ask for."""
        from generate.condition import Condition

        every = condition_settings(workspace.settings)
        fixed = [
            Condition(name=name, values=_values(workspace, graph, name, each), weights=each.weights, unless=each.unless)
            for name, each in every.items()
            if each.source not in FOLLOWING
        ]
        following = {name: each for name, each in every.items() if each.source in FOLLOWING}
        framed = any(each.source == "frames" for each in following.values())
        lists = [each.file for each in following.values() if each.source == "words" and each.file is not None]
        return cls(
            fixed,
            following,
            seed=workspace.settings.sampling.seed,
            frames=_frames(workspace) if framed else {},
            graph=graph,
            words=[word for path in lists for word in _lines(path)],
        )

    def rows(self) -> Iterator[Mapping[str, str]]:
        """Yield balanced assignments of the values known beforehand, without end."""
        from generate.condition import assignments

        made, wanted = 0, 64
        while self.fixed:
            # The first rows do not depend on how many are made, so stretches that double are linear in all.
            yield from assignments(self.fixed, wanted, seed=self._seed)[made:]
            made, wanted = wanted, wanted * 2
        while True:
            yield {}

    def used(self, values: Mapping[tuple[str, str], int]) -> None:
        """Take these counts of conditions and values as what was used so far."""
        self._used = Counter(values)

    def furnish(
        self, row: Mapping[str, str], passages: Sequence[Passage], concepts: Sequence[Concept]
    ) -> Mapping[str, str]:
        """Return a row with the values that follow from passages and concepts; a condition for which there is none is left out."""
        made = dict(row)
        for name, each in self._following.items():
            if each.source == "words":
                value = self._some_words(each.count, passages, concepts)
            else:
                possible = self._possible(each, passages, concepts)
                value = min(possible, key=lambda one: (self._used[name, one], possible.index(one)), default="")
            if value:
                made[name] = value
                self._used[name, value] += 1
        return made

    def _possible(
        self, wanted: ConditionSetting, passages: Sequence[Passage], concepts: Sequence[Concept]
    ) -> list[str]:
        if wanted.source == "frames":
            found = dict.fromkeys(kind for passage in passages for kind in self._frames.get(passage.id, ()))
            return [kind for kind in found if not wanted.values or kind in wanted.values]
        if self._graph is None:
            return []
        if wanted.source == "related":
            from groundsmith.kinds import siblings

            return [concept.label for concept in siblings(self._graph, concepts, wanted.count)]
        tree = self._graph.tree
        return list(dict.fromkeys(each.label for concept in concepts for each in tree.path(concept.id)[-1:]))

    def _some_words(self, count: int, passages: Sequence[Passage], concepts: Sequence[Concept]) -> str:
        """Return words that the sample must use (TinyStories, Eldan and Li, arXiv 2305.07759): of the list, else of the passages.

        Of a list, words that the passages have come first.
        """
        import random

        from knowledge.identity import digest

        text = " ".join(passage.text.lower() for passage in passages)
        there = list(dict.fromkeys(_WORD.findall(text)))
        pool = [word for word in self._words if word.lower() in text] or list(self._words) or there
        key = digest([self._seed, *(passage.id for passage in passages), *(concept.id for concept in concepts)])
        return ", ".join(random.Random(key).sample(sorted(set(pool)), min(count, len(set(pool)))))


def _values(workspace: Workspace, graph: ConceptGraph, name: str, wanted: ConditionSetting) -> tuple[str, ...]:
    """Return the values of a condition that are known beforehand; raises UsageError when its source has none."""
    if wanted.source == "list":
        return wanted.values
    if wanted.source == "model":
        return proposed(workspace, name, wanted) or (PENDING,)
    if wanted.source == "concepts":
        ranked = sorted(graph.concepts.values(), key=lambda concept: (-concept.weight, concept.id))
        found = tuple(dict.fromkeys(concept.label for concept in ranked))
    elif wanted.source == "tree":
        found = tuple(dict.fromkeys(graph.tree.communities[root].label for root in graph.tree.roots))
    else:
        found = _vocabulary(workspace)
    if not found:
        raise UsageError(f"conditions.{name}: there is nothing to take its values from ({wanted.source})")
    return found[: wanted.count]


def _vocabulary(workspace: Workspace) -> tuple[str, ...]:
    """Return the labels of the imported vocabularies in the order of their names."""
    from graph.vocabulary_store import VocabularyStore

    store = VocabularyStore(workspace.database)
    vocabularies = [store.get(name) for name in store.names()]
    return tuple(dict.fromkeys(each.label for known in vocabularies if known is not None for each in known.concepts))


def _frames(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Return the kinds of policy frame in each passage."""
    found: dict[str, dict[str, None]] = {}
    for frame in workspace.graph_store.frames():
        found.setdefault(frame.passage_id, {})[str(frame.kind)] = None
    return {passage: tuple(kinds) for passage, kinds in found.items()}


def _lines(path: Any) -> list[str]:  # noqa: ANN401 - a path
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the words cannot be read ({error})") from error


def proposal_prompt(name: str, wanted: ConditionSetting) -> Prompt:
    """Return the prompt that asks a model for the values of a condition."""
    from generate.prompt import Message, Prompt, neutralise

    ask = wanted.ask or f"Name {wanted.count} different values of: {name}."
    schema = {
        "type": "object",
        "properties": {
            "values": {"type": "array", "minItems": 2, "maxItems": wanted.count, "items": {"type": "string"}}
        },
        "required": ["values"],
        "additionalProperties": False,
    }
    system = "Reply with one JSON object with the key values, a list of short texts that differ from one another."
    messages = (Message(role="system", content=system), Message(role="user", content=neutralise(ask)))
    return Prompt(messages=messages, schema=schema, task=f"condition {name}", template="condition", template_version=1)


def proposed(workspace: Workspace, name: str, wanted: ConditionSetting) -> tuple[str, ...]:
    """Return the values that a model proposed for a condition in this workspace; none when it was not asked yet."""
    from generate.prompt import neutralise
    from generate.sample import read_object

    replies = workspace.journal.replies(proposal_prompt(name, wanted).id)
    found = read_object(replies[0]) if replies else None
    listed = found.get("values") if found else None
    texts = [" ".join(neutralise(str(each)).split()) for each in listed] if isinstance(listed, list) else []
    return tuple({text.lower(): text for text in texts if 0 < len(text) <= LONGEST_VALUE}.values())[: wanted.count]


def propose(workspace: Workspace, model: LanguageModel) -> None:
    """Ask the model for the values that it is to propose, once a workspace; raises UsageError when fewer than two come."""
    from generate.journal import Journalled

    for name, wanted in condition_settings(workspace.settings).items():
        if wanted.source != "model" or proposed(workspace, name, wanted):
            continue
        Journalled(model, workspace.journal).complete(proposal_prompt(name, wanted), draw=0)
        if len(proposed(workspace, name, wanted)) < 2:
            raise UsageError(
                f"conditions.{name}: the model proposed fewer than two values; list them, or ask otherwise"
            )


def balance_table(
    conditions: Sequence[Condition], rows: Sequence[Mapping[str, str]]
) -> tuple[list[BalanceRow], tuple[int, int]]:
    """Return how often each value stands in the prompts against its share, and how many pairs of values do, of how many."""
    from generate.condition import balance, coverage

    names = {condition.name for condition in conditions}
    table = [
        BalanceRow(condition=each.condition, value=each.value, wanted=each.wanted, planned=each.count)
        for each in balance(conditions, rows)
    ]
    free = Counter((name, value) for row in rows for name, value in row.items() if name not in names)
    table += [
        BalanceRow(condition=name, value=value, wanted=None, planned=count)
        for (name, value), count in sorted(free.items())
    ]
    return table, coverage(conditions, rows) if rows else (0, 0)

"""The plan of a run: which concepts, passages and conditions each prompt is made of, in which order.

A plan is a deterministic stream: the same graph, settings and seed give the same items with the same ordinals, however
often it is started again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from knowledge.errors import UsageError

LOOKAHEAD = 64
"""Combinations of a level among which quotas choose."""

if TYPE_CHECKING:
    from graph.combine import Combination
    from graph.concept import Concept
    from graph.network import ConceptGraph
    from groundsmith.conditioning import BalanceRow
    from groundsmith.quota import TopicQuotas, TopicShare
    from groundsmith.sections import SamplingSection
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage

CHUNK = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One prompt to be: `ordinal` is its place in the plan, `draw` numbers repeated answers to it.

    `advice` is what the model is told besides, `asked` are questions that rows over its passages ask already, `scarce` is the condition
    and value whose prompts give rows least often: they come of the rounds before and are empty without. `round` is counted from 1.
    """

    ordinal: int
    combination: Combination
    passages: tuple[Passage, ...]
    concepts: tuple[Concept, ...]
    conditions: Mapping[str, str]
    draw: int = 0
    advice: str = ""
    asked: tuple[str, ...] = ()
    scarce: tuple[str, str] | None = None
    round: int | None = None

    @property
    def level(self) -> int:
        """1 for one passage, 2 for one document, 3 for two."""
        return self.combination.level


def planned(workspace: Workspace, graph: ConceptGraph) -> Iterator[Planned]:
    """Yield the plan's items; raises UsageError when the library or the graph is empty.

    Where rounds follow from the rows before them, this is the plan as it would be if every prompt gave what it aims at.
    """
    require_concepts(graph)
    if workspace.settings.sampling.round is not None:
        from groundsmith.rounds import foreseen

        yield from foreseen(workspace, graph)
        return
    draws, ordinal = workspace.settings.generation.draws, 0
    for combination, passages, conditions in _furnished(workspace, graph, _drawn(graph, workspace.settings.sampling)):
        concepts = tuple(graph.concepts[concept] for concept in combination.concepts)
        for draw in range(draws):
            yield Planned(
                ordinal=ordinal,
                combination=combination,
                passages=passages,
                concepts=concepts,
                conditions=conditions,
                draw=draw,
            )
            ordinal += 1


def _drawn(graph: ConceptGraph, sampling: SamplingSection) -> Iterator[Combination]:
    """Return the combinations in the order in which they are asked about."""
    from graph.combine import combinations, drawn_levels
    from groundsmith.aim import chosen_concepts
    from groundsmith.quota import TopicQuotas

    levels = tuple(sorted(set(sampling.levels)))
    stream = combinations(graph, seed=sampling.seed, levels=levels, epochs=sampling.epochs, mode=sampling.mode)
    if sampling.concepts:
        chosen = chosen_concepts(graph, sampling.concepts)
        stream = (one for one in stream if not chosen.isdisjoint(one.concepts))
    pattern = drawn_levels(sampling.mode, sampling.levels)
    return in_turn(stream, pattern, quotas=TopicQuotas.of(graph, sampling))


def require_concepts(graph: ConceptGraph) -> None:
    """Raise UsageError when there is nothing to draw from."""
    if not graph.concepts:
        raise UsageError("the concept graph is empty; run: groundsmith ingest PATH, then groundsmith graph build")


def in_turn(
    stream: Iterable[Combination], levels: Sequence[int], *, quotas: TopicQuotas | None = None
) -> Iterator[Combination]:
    """Reorder a stream so that levels follow the pattern `levels`; a level named more often is drawn more often.

    With `quotas`, topics are served by their shares, among the next combinations of the level whose turn it is.
    What the pattern has no room for is passed over; when a level runs out, or does not come for long, the others
    go on without it.
    """
    source = iter(stream)
    ahead = 1 if quotas is None else LOOKAHEAD
    waiting: dict[int, deque[Combination]] = {level: deque(maxlen=CHUNK + 4 * (ahead - 1)) for level in levels}
    patience = CHUNK if quotas is None else 4 * CHUNK
    absent: set[int] = set()
    ended = False
    while True:
        given = False
        for level in levels:
            looked = 0
            while len(waiting[level]) < ahead and not ended and level not in absent:
                combination = next(source, None)
                ended, looked = combination is None, looked + 1
                if combination is not None:
                    waiting[combination.level].append(combination)
                    absent.discard(combination.level)
                if looked >= patience:
                    absent.add(level)
            if waiting[level]:
                given = True
                yield waiting[level].popleft() if quotas is None else quotas.take(waiting[level])
        if not given and ended:
            return
        if not given:
            absent.clear()


def _furnished(
    workspace: Workspace, graph: ConceptGraph, stream: Iterator[Combination]
) -> Iterator[tuple[Combination, tuple[Passage, ...], Mapping[str, str]]]:
    """Give each combination its passages and its conditions; those whose passages are gone are left out."""
    from groundsmith.conditioning import Conditioner
    from groundsmith.infusion import infused

    conditioner = Conditioner.of(workspace, graph)
    rows = conditioner.rows()
    while chunk := list(islice(stream, CHUNK)):
        known = workspace.library.passages_by_id([each for combination in chunk for each in combination.references])
        here = [one for one in chunk if all(reference in known for reference in one.references)]
        concepts = [tuple(graph.concepts[concept] for concept in one.concepts) for one in here]
        drawn = [tuple(known[reference] for reference in one.references) for one in here]
        levels = [one.level for one in here]
        for one, about, passages in zip(
            here, concepts, infused(workspace, list(zip(concepts, drawn, levels, strict=True))), strict=True
        ):
            yield one, passages, conditioner.furnish(next(rows), passages, about)


def condition_balance(workspace: Workspace, count: int) -> tuple[list[BalanceRow], tuple[int, int]]:
    """Return how the conditions of the first `count` combinations are balanced, and how many pairs of values they cover."""
    from groundsmith.conditioning import Conditioner, balance_table, condition_settings

    if not condition_settings(workspace.settings):
        return [], (0, 0)
    graph = workspace.graph()
    draws = workspace.settings.generation.draws
    rows = [item.conditions for item in islice(planned(workspace, graph), count * draws) if item.draw == 0]
    return balance_table(Conditioner.of(workspace, graph).fixed, rows)


def topic_shares(workspace: Workspace, count: int) -> list[TopicShare]:
    """Return the topics with their shares and how many of the first `count` prompts they have; none without quotas."""
    from groundsmith.quota import TopicQuotas

    graph = workspace.graph()
    quotas = TopicQuotas.of(graph, workspace.settings.sampling)
    if quotas is None:
        return []
    return quotas.shares(item.combination for item in islice(planned(workspace, graph), count))


def preview(workspace: Workspace, count: int) -> list[dict[str, Any]]:
    """Return the first `count` prompts of the plan as plain data; no model is called."""
    from groundsmith.authorship import authorship
    from groundsmith.quota import TopicQuotas

    graph = workspace.graph()
    quotas = TopicQuotas.of(graph, workspace.settings.sampling)
    author = authorship(workspace.settings, graph=graph)
    items: list[dict[str, Any]] = []
    for item in planned(workspace, graph):
        for prompt in author.prompts(item):
            text = "\n".join(message.content for message in prompt.messages)
            items.append(
                {
                    "ordinal": item.ordinal,
                    "level": item.level,
                    "concepts": [concept.label for concept in item.concepts],
                    "topic": None if quotas is None else quotas.label(item.combination),
                    "places": [" > ".join((passage.source, *passage.headings)) for passage in item.passages],
                    "conditions": dict(item.conditions),
                    "prompt": text,
                    "tokens": -(-len(text) // 4),
                }
            )
        if len(items) >= count:
            break
    return items[:count]

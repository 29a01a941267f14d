"""What a run will take, before it is made: prompts, calls, tokens and money, learnt from runs made here or assumed, and said which.

A run of the same model and recipe in this workspace tells how many prompts a row takes and what a prompt costs. Without one, the share
that passes and the length of replies are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groundsmith.authorship import Author
    from groundsmith.runs import Spending
    from groundsmith.workspace import Workspace

SAMPLE = 96
"""Prompts of the plan whose size is looked at."""
LOOKED_UP = 400
"""Prompts of the plan that are looked up in the journal."""
LEAST_MADE = 24
"""Prompts that an earlier run must have made to be learnt from."""
ASSUMED_SHARE = {True: 0.3, False: 0.6}
"""Share of prompts that give a row, for small models and others, where no run tells it."""
ASSUMED_REPLY = 80
"""Tokens of a reply where no call tells it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What `rows` new rows will take. `share` is the part of prompts that give a row; `money` is None where the price is not known.

    `expected` rows can be made where the plan has too few combinations for all; `recorded` is the share of calls that the journal
    holds already, which are left out of calls, tokens and money. `basis` says where the figures come from.
    """

    rows: int
    expected: int
    prompts: int
    share: float
    recorded: float
    calls: int
    input_tokens: int
    output_tokens: int
    money: float | None
    currency: str
    model: str
    basis: str
    is_learnt: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Each:
    """What one prompt of the plan takes on average: calls, and the tokens of a call."""

    share: float
    calls: float
    input_tokens: float
    output_tokens: float
    basis: str
    is_learnt: bool


def estimate(workspace: Workspace, count: int, *, model: str | None = None) -> Estimate:
    """Return what a new run of `count` rows will take; `model` replaces the name of the model the settings name. No model is called."""
    from generate.model import Usage
    from groundsmith.authorship import authorship
    from groundsmith.models import model_name
    from groundsmith.pipeline import BATCH
    from groundsmith.spending import price_table, pricing

    settings = workspace.settings
    name = model or model_name(workspace)
    author = authorship(settings, graph=workspace.graph())
    each = _learnt(workspace, author, name) or _assumed(workspace, author, name)
    wanted = min(ceil(count / each.share / BATCH) * BATCH, int(count * settings.generation.oversample))
    prompts, recorded = _looked_up(workspace, author, name, wanted)
    calls = prompts * each.calls * (1 - recorded)
    used = Usage(input_tokens=round(calls * each.input_tokens), output_tokens=round(calls * each.output_tokens))
    price = pricing(settings)(name)
    return Estimate(
        rows=count,
        expected=count if prompts == wanted else min(count, round(prompts * each.share)),
        prompts=prompts,
        share=each.share,
        recorded=recorded,
        calls=round(calls),
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        money=None if price is None else price.of(used),
        currency=price_table(settings).currency,
        model=name,
        basis=each.basis,
        is_learnt=each.is_learnt,
    )


def _looked_up(workspace: Workspace, author: Author, model: str, wanted: int) -> tuple[int, float]:
    """Return how many of the prompts wanted the plan has, and the share of their first calls that the journal holds.

    The first LOOKED_UP prompts speak for all, and the first call of an item for its later ones.
    """
    from groundsmith.planning import planned

    prompts = known = asked = 0
    for item in islice(planned(workspace, workspace.graph()), wanted):
        prompts += 1
        for prompt in author.prompts(item) if prompts <= LOOKED_UP else ():
            asked += 1
            known += workspace.journal.holds(prompt.id, item.draw, model=model)
    return prompts, known / max(1, asked)


def _learnt(workspace: Workspace, author: Author, model: str) -> _Each | None:
    """Return what a prompt took in the runs of the same model and recipe, all together, if they made enough of them."""
    recipe = author.name.split(" ", 1)[0]
    made = kept = runs = 0
    spent: list[Spending] = []
    for run in workspace.runs.all():
        used = workspace.runs.spending(run.id)
        if used is None or run.record.get("model") != model:
            continue
        if str(run.record.get("author", "")).split(" ", 1)[0] == recipe:
            funnel = workspace.runs.funnel(run.id)
            made, kept, runs = made + funnel.made, kept + funnel.kept, runs + 1
            spent.append(used)
    covered, begun = sum(each.made for each in spent), max(1, sum(each.calls for each in spent))
    if min(made, covered) < LEAST_MADE or not kept:
        return None
    calls = sum(each.calls + each.cached for each in spent) / covered
    return _Each(
        share=kept / made,
        calls=calls,
        input_tokens=sum(each.input_tokens for each in spent) / begun,
        output_tokens=sum(each.output_tokens for each in spent) / begun,
        basis=f"learnt from {runs} run{'s' if runs > 1 else ''} here: {kept} of {made} prompts gave a row",
        is_learnt=True,
    )


def _assumed(workspace: Workspace, author: Author, model: str) -> _Each:
    """Return what a prompt takes by the plan's first prompts, the recipe's count of calls, and assumptions."""
    from generate.budget import prompt_tokens
    from groundsmith.models import is_small
    from groundsmith.planning import planned

    items = list(islice(planned(workspace, workspace.graph()), SAMPLE))
    first = [author.prompts(item) for item in items]
    sizes = [prompt_tokens(prompt) for prompts in first for prompt in prompts] or [0]
    begun = sum(map(len, first)) / max(1, len(items))
    expected = sum(author.expected_calls(item).expected for item in items if first) / max(1, len(items))
    fails = sum(not prompts for prompts in first) / max(1, len(items))
    calls = max(begun, expected * (1 - fails))
    template = next((prompt.template for prompts in first for prompt in prompts), "")
    usual = workspace.journal.usual(model, template)
    share = ASSUMED_SHARE[is_small(workspace.settings)]
    known = "length of replies from the journal" if usual else f"replies of {ASSUMED_REPLY} tokens"
    return _Each(
        share=max(0.01, share * (1 - fails)),
        calls=calls,
        input_tokens=usual.input_tokens if usual else sum(sizes) / len(sizes),
        output_tokens=usual.output_tokens if usual else ASSUMED_REPLY,
        basis=f"assumed: {share:.0%} of drafts pass, {known}; a first run of {LEAST_MADE} prompts makes it firm",
        is_learnt=False,
    )

"""The author's side of a run: planned items in, drafts out, every call journalled."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from generate.sample import Draft, is_repaired
from groundsmith.recall import tested

if TYPE_CHECKING:
    from generate.budget import Budget
    from generate.demonstrate import Embed
    from generate.journal import Journal
    from generate.model import LanguageModel
    from generate.prompt import Prompt
    from generate.strategy import attempt
    from generate.strategy.recipe import Calls, Recipe
    from generate.strategy.steps import Critique, Steps, Writer
    from generate.task import Task
    from graph.network import ConceptGraph
    from groundsmith.assay import Assay
    from groundsmith.planning import Planned
    from groundsmith.settings import Settings

AUTHOR_VERSION = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What the author made of a planned item: a draft, or the problem in a few words and the model's text."""

    planned: Planned
    draft: Draft | None
    problem: str = ""
    raw: str = ""
    prompt: str = ""
    model: str = ""
    seconds: float = 0.0


class Author:
    """Writes drafts by one recipe, with a language model for each role.

    `roles` are further models by role (validate, refine); what has none is done by `model`. `review` and `entails` are the judge's, for
    recipes that ask it while writing. `graph` gives the neighbours of concepts, `embed` the likeness of demonstrations.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        recipe: Recipe,
        model: LanguageModel | None = None,
        journal: Journal | None = None,
        roles: Mapping[str, LanguageModel] | None = None,
        review: Callable[[Sequence[tuple[attempt.Planned, Draft]]], Sequence[Critique]] | None = None,
        entails: Callable[[Sequence[tuple[str, str]]], Sequence[float]] | None = None,
        graph: ConceptGraph | None = None,
        embed: Embed | None = None,
    ) -> None:
        from generate.journal import Journalled
        from generate.template import Templates
        from groundsmith.exemplars import Exemplars
        from groundsmith.kinds import kinds

        self._settings = settings
        self.recipe = recipe
        self._journal = journal
        models = {"generate": model, **(roles or {})} if model is not None else {}
        self._models = {
            role: Journalled(each, journal) for role, each in models.items() if each is not None and journal is not None
        }
        self._review, self._entails = review, entails
        self._graph = graph
        self._kinds = kinds(settings, recipe)
        self._templates = Templates(settings.task.templates)
        self.exemplars = Exemplars(settings, embed=embed)
        self.repaired = 0
        """Replies that were not the JSON asked for and could be read all the same."""

    @property
    def name(self) -> str:
        """Recipe, version, the models of the roles, and the templates in force."""
        names = sorted({task.template for task in self._kinds.tasks} | {"question_for_answer"})
        templates = ",".join(f"{name}.v{self._templates.get(name).version}" for name in names)
        roles = "".join(f" {role}={each.name}" for role, each in self._models.items() if role != "generate")
        own = f" {self._kinds.digest}" if self._settings.task.file is not None else ""
        return f"{self.recipe.name}.v{AUTHOR_VERSION}{roles} ({templates}{own})"

    def write(
        self, batches: Iterable[Sequence[Planned]], *, budget: Budget | None = None
    ) -> Generator[Written, None, None]:
        """Yield what was written for each item of each batch, in order; raises MissingModel when no call can succeed.

        Items for whose calls the budget had no room are left out. Batches are taken only as far ahead as keeps the models busy.
        """
        from generate.session import Session
        from generate.strategy.stream import stream

        if not self._models:
            raise ValueError("this author has no model: it can only preview prompts")
        taken: list[Planned] = []

        def items() -> Iterator[attempt.Planned]:
            for batch in batches:
                self.exemplars.prepare(batch)
                for planned in batch:
                    taken.append(planned)
                    yield self._item(planned)

        with Session(self._models, budget=budget, workers=self._settings.model.parallel) as session:
            done = stream(items(), self._writer(), session, review=self._review, entails=self._entails)
            for number, attempted in done:
                self.repaired += sum(is_repaired(completion.text) for completion in attempted.completions)
                yield self._written(taken[number], attempted)

    def prompts(self, planned: Planned) -> tuple[Prompt, ...]:
        """Return the prompts that an item begins with; no model is called."""
        from generate.strategy.steps import Call

        self.exemplars.prepare([planned])
        steps = self._writer()(self._item(planned))
        try:
            wishes = next(steps)
        except StopIteration:
            return ()
        return tuple(wish.prompt for wish in wishes if isinstance(wish, Call))

    def expected_calls(self, planned: Planned) -> Calls:
        """Return how many model calls an item takes."""
        calls = self._recipe_of(self._kinds.of(planned)).calls(documents=self._kinds.of(planned).documents)
        if self._settings.generation.closed_book == "off":
            return calls
        return replace(calls, most=calls.most + 1, expected=calls.expected + 0.5)

    def _recipe_of(self, task: Task) -> Recipe:
        """Return the recipe, with one call in place of rules where a kind cannot be made of a fact alone."""
        from generate.strategy import Strategy
        from generate.strategy.shape import is_shapeable

        if self.recipe.base is Strategy.DECOMPOSE and not is_shapeable(task):
            return replace(self.recipe, base=Strategy.SINGLE)
        if self.recipe.base is Strategy.DIALOGUE and "turns" not in task.schema["properties"]:
            return replace(self.recipe, base=Strategy.SINGLE)
        return self.recipe

    def _writer(self) -> Writer:
        """Return the steps of an item, by the recipe that fits its kind."""
        made: dict[str, Writer] = {}

        def write(planned: attempt.Planned) -> Steps:
            recipe = self._recipe_of(planned.task)
            if recipe.name not in made:
                written = recipe.writer(templates=self._templates, temperature=self._settings.model.temperature)
                made[recipe.name] = written if self._settings.generation.closed_book == "off" else tested(written)
            return made[recipe.name](planned)

        return write

    def _item(self, planned: Planned) -> attempt.Planned:
        from generate.scope import scope_checks
        from generate.strategy import attempt
        from groundsmith.kinds import KIND, siblings

        task = self._kinds.of(planned)
        if planned.advice:
            task = replace(task, instruction=f"{task.instruction} {planned.advice}")
        conditions = {name: value for name, value in planned.conditions.items() if name != KIND}
        return attempt.Planned(
            id=planned.combination.id,
            task=task,
            passages=planned.passages,
            concepts=planned.concepts,
            conditions=conditions,
            demonstrations=self.exemplars.of(planned),
            siblings=siblings(self._graph, planned.concepts, task.siblings),
            checks=scope_checks(conditions),
            variant=self._variant(planned),
            asked=planned.asked,
            draw=planned.draw,
        )

    def _variant(self, planned: Planned) -> int:
        """Return what chooses among a template's wordings, 0 where they are not to vary."""
        from knowledge.identity import digest

        if not self._settings.generation.variety:
            return 0
        return 1 + int(digest([self._settings.sampling.seed, planned.combination.id, planned.draw]), 16) % 2**31

    def _written(self, planned: Planned, attempted: attempt.Attempt) -> Written:
        result = attempted.result
        made: dict[str, Any] = {
            "planned": planned,
            "prompt": attempted.prompts[-1].id if attempted.prompts else "",
            "model": self._models["generate"].name if self._models else "",
            "seconds": sum(completion.seconds for completion in attempted.completions),
        }
        if isinstance(result, Draft):
            kept = result if self._settings.generation.reasoning else replace(result, reasoning=None)
            return Written(draft=kept, **made)
        return Written(draft=None, problem=f"{result.kind}: {result.message}", raw=result.raw, **made)


def recipe_of(settings: Settings, *, model: str) -> Recipe:
    """Return the recipe the settings ask for, for a model of this name."""
    from generate.strategy import Strategy, strategy_for
    from generate.strategy.recipe import Recipe

    wanted = settings.generation
    return Recipe(
        base=strategy_for(Strategy(wanted.strategy), model),
        answers=wanted.answers,
        agreement=wanted.agreement,
        rounds=wanted.refine,
        verdicts=wanted.critics in {"verdict", "both"},
        validator=wanted.critics in {"validator", "both"},
        ways=wanted.evolve or (),
        turns=wanted.turns,
    )


def is_by_rule(settings: Settings) -> bool:
    """Return whether rules choose the facts that rows are made of, and the model only words their questions."""
    from generate.strategy import Strategy

    return recipe_of(settings, model=_model_name(settings)).base is Strategy.DECOMPOSE


def _model_name(settings: Settings) -> str:
    """Return a name that tells how large the model of the settings is."""
    from groundsmith.models import is_small

    return "small-135M" if is_small(settings) else settings.model.name or ""


def authorship(
    settings: Settings,
    *,
    model: LanguageModel | None = None,
    journal: Journal | None = None,
    roles: Mapping[str, LanguageModel] | None = None,
    judge: Assay | None = None,
    graph: ConceptGraph | None = None,
    embed: Embed | None = None,
) -> Author:
    """Return the author for the settings; without a model it can preview prompts only."""
    return Author(
        settings,
        recipe=recipe_of(settings, model=model.name if model is not None else _model_name(settings)),
        model=model,
        journal=journal,
        roles=roles,
        review=judge.review if judge is not None else None,
        entails=judge.entails if judge is not None else None,
        graph=graph,
        embed=embed,
    )

"""The author's side of a run: planned items in, drafts out, every call journalled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from generate.sample import Draft, Failure

if TYPE_CHECKING:
    from generate.journal import Journal
    from generate.model import Completion, LanguageModel, Usage
    from generate.prompt import Prompt
    from generate.strategy import attempt
    from generate.task import Task
    from groundsmith.planning import Planned
    from groundsmith.settings import Settings

AUTHOR_VERSION = 1


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
    """Writes drafts by one strategy, with one language model."""

    def __init__(
        self, settings: Settings, *, strategy: str, model: LanguageModel | None = None, journal: Journal | None = None
    ) -> None:
        from generate.journal import Journalled
        from generate.model import Usage

        self._settings = settings
        self._strategy = strategy
        self._journal = journal
        self._model = Journalled(model, journal) if model is not None and journal is not None else None
        self._tasks = {level: _task(settings, level) for level in (1, 2, 3)}
        self._usage = Usage()
        self._room: Callable[[], bool] = lambda: True
        self.calls = 0
        """Calls begun by this author, those that failed among them; answers from the journal are none."""

    @property
    def name(self) -> str:
        """Strategy, version, and the templates in force."""
        from generate.template import Templates

        names = sorted({task.template for task in self._tasks.values()} | {"question_for_answer"})
        templates = ",".join(f"{name}.v{Templates().get(name).version}" for name in names)
        return f"{self._strategy}.v{AUTHOR_VERSION} ({templates})"

    def usage(self) -> Usage:
        """Return the calls answered and the tokens used by this author so far."""
        return self._usage

    def write(self, batch: Sequence[Planned], *, room: Callable[[], bool] = lambda: True) -> Iterator[Written]:
        """Yield what was written for each item, in order; raises MissingModel when no call can succeed.

        `room` is asked before each new call; once it says no, the items that need one are left out.
        """
        from generate.strategy import decompose, single

        strategy = decompose if self._strategy == "decompose" else single
        self._room = room
        items = [self._item(planned) for planned in batch]
        attempts = strategy.generate(items, self._complete, **self._options())
        for planned, attempted in zip(batch, attempts, strict=False):
            yield self._written(planned, attempted)

    def prompts(self, planned: Planned) -> tuple[Prompt, ...]:
        """Return the prompts that an item would be written with; no model is called."""
        from generate.strategy import decompose, single

        asked: list[Prompt] = []

        def record(requests: Iterable[tuple[Prompt, int]]) -> Iterator[tuple[int, Completion | Failure]]:
            for number, (prompt, _) in enumerate(requests):
                asked.append(prompt)
                yield number, Failure(kind="preview", message="no model was called")

        strategy = decompose if self._strategy == "decompose" else single
        list(strategy.generate([self._item(planned)], record, **self._options()))
        return tuple(asked)

    def _complete(self, requests: Iterable[tuple[Prompt, int]]) -> Iterator[tuple[int, Completion | Failure]]:
        if self._model is None:
            raise ValueError("this author has no model: it can only preview prompts")
        for number, result in self._model.complete_many(
            self._affordable(requests), workers=self._settings.model.parallel
        ):
            if not isinstance(result, Failure):
                self._usage = self._usage.plus(result)
            yield number, result

    def _affordable(self, requests: Iterable[tuple[Prompt, int]]) -> Iterator[tuple[Prompt, int]]:
        """Yield the requests up to the first that would be a new call for which there is no room."""
        for prompt, draw in requests:
            if not self._is_answered(prompt, draw):
                if not self._room():
                    return
                self.calls += 1
            yield prompt, draw

    def _is_answered(self, prompt: Prompt, draw: int) -> bool:
        if self._model is None or self._journal is None:
            return False
        return self._journal.find(self._model.key(prompt, draw)) is not None

    def _options(self) -> dict[str, float]:
        temperature = self._settings.model.temperature
        return {} if temperature is None else {"temperature": temperature}

    def _item(self, planned: Planned) -> attempt.Planned:
        from generate.strategy import attempt

        return attempt.Planned(
            id=planned.combination.id,
            task=self._tasks[planned.level],
            passages=planned.passages,
            concepts=planned.concepts,
            conditions=planned.conditions,
            draw=planned.draw,
        )

    def _written(self, planned: Planned, attempted: attempt.Attempt) -> Written:
        result = attempted.result
        made: dict[str, Any] = {
            "planned": planned,
            "prompt": attempted.prompts[-1].id if attempted.prompts else "",
            "model": self._model.name if self._model else "",
            "seconds": sum(completion.seconds for completion in attempted.completions),
        }
        if isinstance(result, Draft):
            return Written(draft=result, **made)
        return Written(draft=None, problem=f"{result.kind}: {result.message}", raw=result.raw, **made)


def _task(settings: Settings, level: int) -> Task:
    """Return the task for a level: the preset named, with the role, words and language of the settings."""
    from generate.task import task_from

    name = settings.task.name.replace("-", "_")
    task = task_from(f"{name}_across" if level == 3 and name == "question_answer" else name, {})
    changes: dict[str, Any] = {}
    if settings.task.role:
        changes["role"] = settings.task.role
    if settings.task.instruction:
        changes["instruction"] = f"{task.instruction} {settings.task.instruction}"
    if settings.task.language != "en":
        changes["language"] = settings.task.language
    if settings.generation.sentences and name == "question_answer":
        most = settings.generation.sentences
        words = changes.get("instruction", task.instruction)
        changes["instruction"] = f"{words} The answer has at most {most} sentence{'s' if most > 1 else ''}."
    return replace(task, **changes)


def authorship(settings: Settings, *, model: LanguageModel | None = None, journal: Journal | None = None) -> Author:
    """Return the author for the settings; without a model it can preview prompts only."""
    from generate.strategy import Strategy, strategy_for
    from groundsmith.models import is_small

    name = model.name if model is not None else ("small-135M" if is_small(settings) else settings.model.name or "")
    strategy = strategy_for(Strategy(settings.generation.strategy), name)
    return Author(settings, strategy=str(strategy), model=model, journal=journal)
